"""How a form looks: the house's classes on every widget."""

from collections.abc import Iterable
from typing import Any

from django import forms

_CLASSES = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "",  # its class would go to the box around the choices, too
}


class HouseForm(forms.Form):
    """A form whose widgets carry the style sheet's classes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A page holds several forms with fields of the same name; each label must point at its own.
        kwargs.setdefault("auto_id", f"id_{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)
        self.style()

    def style(self) -> None:
        """Give every widget its class; a form that adds fields calls it again."""
        for field in self.fields.values():
            look = next((name for kind, name in _CLASSES.items() if isinstance(field.widget, kind)), "form-control")
            field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {look}".strip()

    def choices_set(self, name: str, choices: Iterable[tuple[str, str]], *, empty: str = "") -> None:
        """Give the choice field `name` its options, which are known only when the form is made; `empty` comes first."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", empty), *choices] if empty else list(choices)


def day_field(**kwargs: Any) -> forms.DateField:
    """A date, chosen by the browser's own picker."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    """A moment in UTC, chosen by the browser's own picker."""
    picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=picker, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


def money_field(**kwargs: Any) -> forms.DecimalField:
    """An amount to the cent."""
    return forms.DecimalField(max_digits=16, decimal_places=2, **kwargs)


def text_field(*, rows: int = 3, **kwargs: Any) -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)
