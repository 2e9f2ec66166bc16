"""Forms of the accumulation page: capacities, and what may pass one."""

from django import forms

from portal.forms.base import HouseForm, money_field, text_field
from underwriting.registration import DEPENDENCY_KINDS


class CapacityForm(HouseForm):
    """How much of the book may lean on one dependency."""

    kind = forms.ChoiceField(label="Kind", choices=[(kind, kind.replace("_", " ")) for kind in DEPENDENCY_KINDS])
    name = forms.CharField(label="Name", max_length=200, help_text="As models register it; holds for all versions.")
    amount = money_field(label="Aggregate limits at most", min_value=0)
    currency = forms.CharField(label="Currency", max_length=3)
    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")


class LetThroughForm(HouseForm):
    """An actuary's answer to a bind over the capacity."""

    decision = forms.ChoiceField(
        choices=[("accepted", "let it through, by this much"), ("refused", "refuse")], label="Decision"
    )
    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")
