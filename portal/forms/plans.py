"""Writing a plan: one form a section, a field for every figure of it."""

import copy
from collections.abc import Iterator
from typing import Any

from django import forms

from portal.forms.base import HouseForm, day_field, text_field

FIXED = ("schema", "id", "currency")  # what a draft has from its parent
MOST = 2000  # letters of one value
Path = tuple[str | int, ...]


class DraftForm(HouseForm):
    """Begin a draft."""

    name = forms.CharField(label="Name", max_length=40, help_text="Such as MRL-2027.01.")
    parent = forms.ChoiceField(label="Begins from")
    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")


class CompareForm(HouseForm):
    """Two published plans."""

    old = forms.ChoiceField(label="From")
    new = forms.ChoiceField(label="To")


class SectionForm(HouseForm):
    """Every value of one section of a plan; what is left as it is stays."""

    why = text_field(rows=2, label="Why", help_text="What the change is for; it stays in the journal.")

    def __init__(self, *args: Any, document: dict[str, Any], section: str, **kwargs: Any) -> None:
        self.document, self.section = document, section
        super().__init__(*args, **kwargs)
        self.paths = dict(enumerate(values_of(document[section], (section,))))
        for place, (path, value) in self.paths.items():
            self.fields[f"v{place}"] = _field(path, value)
        self.order_fields([*(f"v{place}" for place in self.paths), "why"])
        self.style()

    def changed(self) -> dict[str, Any]:
        """The whole document with the section as it was filled in."""
        made = copy.deepcopy(self.document)
        for place, (path, old) in self.paths.items():
            _put(made, path, _typed(self.cleaned_data[f"v{place}"], old))
        return made


def sections_of(document: dict[str, Any]) -> list[str]:
    """The sections a draft may change."""
    return [name for name in document if name not in FIXED]


def values_of(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no other, with its path."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from values_of(item, (*path, key))
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from values_of(item, (*path, place))
    else:
        yield path, value


def _field(path: Path, value: Any) -> forms.Field:
    label = ".".join(str(part) for part in path)
    common: dict[str, Any] = {"label": label, "required": False, "initial": value}
    if path in (("effective_from",), ("effective_to",)):
        return day_field(**common)
    if isinstance(value, bool):
        return forms.BooleanField(**common)
    if isinstance(value, str) and len(value) > 80:
        return text_field(rows=2, max_length=MOST, **common)
    return forms.CharField(max_length=MOST, **common)


def _typed(given: Any, old: Any) -> Any:
    """What was typed, in the kind that stood there: whole numbers stay whole, nothing stays nothing."""
    if isinstance(old, bool):
        return given
    if isinstance(old, list | dict):  # an empty one holds nothing to type
        return old
    if given in (None, ""):
        return None if old is None else ""
    if isinstance(old, int) and str(given).lstrip("-").isdigit():
        return int(given)
    return given.isoformat() if hasattr(given, "isoformat") else given


def _put(document: Any, path: Path, value: Any) -> None:
    for part in path[:-1]:
        document = document[part]
    document[path[-1]] = value
