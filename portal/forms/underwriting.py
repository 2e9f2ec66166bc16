"""Forms of underwriters and of customers who answer them."""

from django import forms

from portal.forms.base import HouseForm, day_field, text_field


class DecisionForm(HouseForm):
    """An underwriter's answer to a referral."""

    decision = forms.ChoiceField(
        choices=[("accepted", "accept the risk"), ("refused", "refuse"), ("withdrawn", "withdrawn by the customer")],
        label="Decision",
    )
    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")


class ReasonForm(HouseForm):
    """A reason that stays in the journal."""

    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")


class BindForm(HouseForm):
    """What an underwriter states when binding."""

    inception = day_field(label="Cover begins", help_text="From 12:01 a.m.; today or later.")
    acceptance_reason = text_field(
        rows=2,
        required=False,
        label="Why the unverified predictions are accepted",
        help_text="Evidence of class E4 needs this, or a subjectivity.",
    )
    subjectivity_text = forms.CharField(required=False, max_length=1000, label="Or: what the customer must still bring")
    subjectivity_due = day_field(required=False, label="By when", help_text="At most 60 days on.")
    order_text = text_field(
        rows=2,
        required=False,
        label="The customer's order, if they did not accept here",
        help_text="In their words, with its date.",
    )


class ExposureForm(HouseForm):
    """The decisions really made in a term that is over."""

    decisions = forms.IntegerField(min_value=1, label="Decisions made in the term")
    source = text_field(rows=2, label="Where the count comes from", help_text="The log or ledger, or its digest.")
