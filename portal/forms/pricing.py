"""The terms a price is made for, as an underwriter or actuary types them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms

from core.canonical import plain
from portal.forms.base import HouseForm, day_field, money_field
from portal.worksheet_story import DIMENSIONS
from underwriting.rating import Plan

ITEMS = 4  # lines for schedule items; the plan's bounds leave room for no more that matter
COVER = ("limit", "aggregate", "deductible", "inception", "tax_jurisdiction", "instalments")
HISTORY = ("retro_date", "claims_made_year", "prior_claims", "expected_claims", "audits_on_time")
CONDUCT = ("audit_interval_years", "drift_withheld", "not_independent", "plan")
INTERVALS = [("", "quarterly"), ("0.5", "half-yearly"), ("1", "yearly")]


class ScheduleItemForm(HouseForm):
    """One credit or debit. An empty line is no item; a begun one must be whole."""

    use_required_attribute = False
    name = forms.CharField(max_length=80, label="What for")
    pct = forms.DecimalField(max_digits=6, decimal_places=2, label="Per cent")
    reason = forms.CharField(max_length=1000, label="Reason")
    evidence = forms.CharField(max_length=1000, label="Evidence")

    def item(self) -> dict[str, str]:
        """As POST /versions/{id}/pricings takes it: the share as text."""
        given = self.cleaned_data
        return {**given, "pct": f"{given['pct'] / Decimal(100):f}"}


class TermsForm(HouseForm):
    """The cover asked for, the loss history, what is credited and what does not apply."""

    limit = forms.ChoiceField(label="Limit, each claim")
    aggregate = money_field(label="Aggregate limit", help_text="All claims of the period together; at least the limit.")
    deductible = forms.ChoiceField(label="Deductible, each claim", help_text="At most a tenth of the limit.")
    inception = day_field(label="Cover begins", help_text="Decides which taxes apply.")
    tax_jurisdiction = forms.ChoiceField(label="Taxes of")
    instalments = forms.IntegerField(
        required=False, min_value=1, max_value=12, label="Instalments", help_text="Empty: four."
    )
    retro_date = day_field(
        required=False,
        label="Retroactive date",
        help_text="Earlier acts are not covered. Empty: counted back from the claims-made year.",
    )
    claims_made_year = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=6,
        label="Claims-made year",
        help_text="Without a retroactive date. 1, or empty: acts from the first day of cover; 6: full prior acts.",
    )
    prior_claims = forms.IntegerField(
        min_value=0, initial=0, label="Claims in the rated years", help_text="From the ground up, whatever was paid."
    )
    expected_claims = forms.DecimalField(
        min_value=0,
        max_digits=12,
        decimal_places=4,
        initial=0,
        label="Claims expected in those years",
        help_text="Of this risk at class rates. 0: no history is rated.",
    )
    audits_on_time = forms.BooleanField(required=False, label="Every quarterly audit so far was on time")
    audit_interval_years = forms.ChoiceField(
        required=False, choices=INTERVALS, label="Audits agreed", help_text="The longer, the more drift is priced."
    )
    drift_withheld = forms.BooleanField(required=False, label="Dated history exists and was withheld (refers)")
    not_independent = forms.BooleanField(required=False, label="The auditor is not independent (refers)")
    plan = forms.ChoiceField(required=False, label="Rating plan")

    def __init__(self, *args: Any, plan: Plan, plans: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("limit", _amounts(plan, plan.limits))
        self.choices_set("deductible", _amounts(plan, plan.deductibles))
        self.choices_set("tax_jurisdiction", [(code, code) for code in plan.taxes.jurisdictions])
        self.choices_set("plan", [(name, name) for name in plans or []], empty="the one in force")
        self.removable = {f"removed_{name}": name for name in plan.relativity.removable}
        self.fields.update({key: _removal(name) for key, name in self.removable.items()})
        self.suggested = plan.schedule.suggested
        self.items = [
            ScheduleItemForm(self.data if self.is_bound else None, prefix=f"schedule-{number}", empty_permitted=True)
            for number in range(1, ITEMS + 1)
        ]

    def is_valid(self) -> bool:
        """Whether the terms and every begun schedule item are whole."""
        whole = [item.is_valid() for item in self.items]
        return super().is_valid() and all(whole)

    def part(self, names: tuple[str, ...]) -> Iterator[forms.BoundField]:
        """The fields of one part of the page, in its order."""
        return (self[name] for name in names)

    def parts(self) -> dict[str, list[forms.BoundField]]:
        """Every field, by the part of the form it stands in."""
        named = {"cover": COVER, "history": HISTORY, "conduct": CONDUCT, "removed": tuple(self.removable)}
        return {name: list(self.part(fields)) for name, fields in named.items()}

    def terms(self) -> dict[str, Any]:
        """As POST /versions/{id}/pricings takes them, `plan` among them; what was left empty is left out."""
        given = plain(self.cleaned_data)
        independent = not given.pop("not_independent")
        gone = [{"dimension": name, "reason": given.pop(key)} for key, name in self.removable.items()]
        kept = {name: value for name, value in given.items() if value not in (None, "")}
        schedule = [item.item() for item in self.items if item.has_changed()]
        removed = [row for row in gone if row["reason"]]
        return {**kept, "independent": independent, "schedule": schedule, "removed": removed}


def _amounts(plan: Plan, sizes: tuple[Decimal, ...]) -> list[tuple[str, str]]:
    return [(f"{size:f}", f"{plan.currency} {size:,.0f}") for size in sizes]


def _removal(name: str) -> forms.CharField:
    field = forms.CharField(
        required=False,
        max_length=1000,
        label=f"{DIMENSIONS.get(name, name).capitalize()}: why it does not apply",
        help_text="Empty: it applies. Your name is kept with the reason.",
    )
    field.widget.attrs["class"] = "form-control"
    return field
