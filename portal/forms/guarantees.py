"""Forms of guarantees."""

from django import forms

from portal.forms.base import HouseForm, day_field, money_field, text_field


class GuaranteeForm(HouseForm):
    """The figures of a guarantee and the audit it is priced on."""

    audit = forms.ChoiceField(label="Priced on the audit")
    threshold = forms.DecimalField(
        label="Threshold", min_value=0, max_value=1, max_digits=7, decimal_places=6, help_text="A rate, such as 0.04."
    )
    rows = forms.IntegerField(label="Verified rows that settle it", min_value=1, initial=1000)
    tick = money_field(label="Paid for each 0.1 point above", min_value=0)
    cap = money_field(label="At most", min_value=0)
    currency = forms.CharField(label="Currency", max_length=3, initial="USD")
    window_start = day_field(label="Window begins")
    window_end = day_field(label="Window ends", help_text="The day after the last.")
    tax_jurisdiction = forms.CharField(label="Tax jurisdiction", max_length=40, initial="NONE")


class OrderForm(HouseForm):
    """The customer's order."""

    order_text = text_field(rows=2, label="The customer's order", help_text="In their words, with its date.")


class MeasureForm(HouseForm):
    """The audit that settles."""

    audit = forms.ChoiceField(label="Settled by the audit", help_text="Of the same version, on the insurer's own rows.")


class PayForm(HouseForm):
    """The payment."""

    payee = forms.CharField(label="Who is paid", max_length=200)
    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")
