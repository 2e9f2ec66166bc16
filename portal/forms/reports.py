"""The form that asks for a quarterly report."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms

from core.periods import quarter_label, quarter_of
from portal.forms.base import HouseForm

OFFERED = 8  # quarters to choose from: the running one and the seven before it


def quarters_to(day: date) -> Iterator[tuple[str, str]]:
    """The quarter that holds `day` and those before it, newest first: (name, words)."""
    running = quarter_label(day)
    for _ in range(OFFERED):
        name = quarter_label(day)
        yield name, f"{name}, still running" if name == running else name
        day = quarter_of(day).start - timedelta(days=1)


class ReportForm(HouseForm):
    """Which model, which quarter; on a model's own page only the quarter is asked."""

    model = forms.UUIDField(label="Model", widget=forms.Select)
    quarter = forms.ChoiceField(
        label="Quarter", help_text="A report of the running quarter says what is known so far; a later one replaces it."
    )

    def __init__(self, *args: Any, on: date, models: list[Any] | None = None, model: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("quarter", quarters_to(on))
        if model is not None:
            self.fields["model"].widget, self.initial["model"] = forms.HiddenInput(), model.pk
        else:
            choices = [(str(row.pk), row.name) for row in models or []]
            self.fields["model"].widget = forms.Select(attrs={"class": "form-select"}, choices=choices)
