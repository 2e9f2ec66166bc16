"""The form that asks for a study: one field a choice of its kind."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actuarial.registry import Choice, StudyKind
from portal.forms.base import HouseForm, day_field, text_field


def _document(value: str) -> None:
    try:
        json.loads(value)
    except ValueError as error:
        raise ValidationError(f"This is not JSON: {error}.") from error


def _field(choice: Choice) -> forms.Field:
    common: dict[str, Any] = {"label": choice.label, "help_text": choice.help, "required": False}
    if choice.kind == "choice":
        return forms.ChoiceField(choices=choice.options(), **common)
    if choice.kind == "whole":
        return forms.IntegerField(**common)
    if choice.kind in ("number", "share"):
        return forms.DecimalField(**common)
    if choice.kind == "day":
        return day_field(**common)
    if choice.kind == "document":
        return text_field(rows=6, validators=[_document], **common)
    return forms.CharField(max_length=400, **common)


class StudyForm(HouseForm):
    """What one kind of study may be asked; what is left empty stands at its default."""

    def __init__(self, *args: Any, kind: StudyKind, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, **kwargs)
        for choice in kind.choices:
            self.fields[choice.name] = _field(choice)
            written = choice.kind == "document" and choice.default is not None
            shown = json.dumps(choice.default, indent=1) if written else choice.default
            self.initial.setdefault(choice.name, shown)
        self.style()

    def asked(self) -> dict[str, Any]:
        """What was filled in, as the API takes it: decimals as text, documents as values."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return {choice.name: _plain(choice, given[choice.name]) for choice in self.kind.choices if choice.name in given}


class StudyDraftForm(HouseForm):
    """Start a draft from what a study proposes."""

    name = forms.CharField(label="Name of the plan", max_length=40, help_text="Such as MRL-2027.01.")
    why = text_field(rows=2, label="Why", help_text="In plain words; the study is named behind it.")


def _plain(choice: Choice, value: Any) -> Any:
    if choice.kind == "document":
        return json.loads(value)
    return value if isinstance(value, int | str) else str(value)
