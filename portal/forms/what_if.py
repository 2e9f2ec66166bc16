"""The form of a price under other terms or bounds."""

from typing import Any

from django import forms

from portal.forms.base import HouseForm
from portal.worksheet_story import DIMENSIONS
from underwriting.rating import Plan


class WhatIfForm(HouseForm):
    """What shall be different; all that is left empty stays as it was priced."""

    decisions = forms.IntegerField(required=False, min_value=1, max_value=10**12, label="Decisions a year")
    limit = forms.ChoiceField(required=False, label="Limit, each claim")
    aggregate = forms.DecimalField(required=False, max_digits=16, decimal_places=2, min_value=0, label="Aggregate")
    deductible = forms.ChoiceField(required=False, label="Deductible")

    def __init__(self, *args: Any, plan: Plan, dimensions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, filed in (("limit", plan.limits), ("deductible", plan.deductibles)):
            self.choices_set(name, [(str(amount), f"{amount:,f}") for amount in filed], empty="as priced")
        for name in dimensions:
            self.fields[name] = forms.DecimalField(
                required=False,
                min_value=0,
                max_value=10 if name == "drift" else 1,
                max_digits=8,
                decimal_places=6,
                label=f"Bound: {DIMENSIONS[name]}",
            )
        self.style()

    def asked(self) -> dict[str, Any]:
        """What was filled in, as price_what_if takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        terms = {name: str(given[name]) for name in ("limit", "aggregate", "deductible") if name in given}
        if "decisions" in given:
            terms["decisions"] = given["decisions"]
        bounds = {name: str(value) for name, value in given.items() if name in DIMENSIONS}
        return {**terms, "bounds": bounds}
