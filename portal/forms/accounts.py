"""Forms about people, organisations, authority and keys."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import MEMBER_LABELS, STAFF_LABELS
from portal.forms.base import HouseForm, money_field, text_field


class KeyForm(HouseForm):
    """A new key of an organisation."""

    name = forms.CharField(max_length=50, label="What will use it", help_text="Such as: nightly scoring job")
    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)


class PersonForm(HouseForm):
    """Who somebody is; their password is made by the house and shown once."""

    name = forms.CharField(max_length=200, label="Name")
    email = forms.EmailField(label="E-mail address", help_text="They log in with it.")


class StaffForm(PersonForm):
    """A new person of the insurer."""

    roles = forms.MultipleChoiceField(
        label="Roles", choices=list(STAFF_LABELS.items()), widget=forms.CheckboxSelectMultiple
    )


class MemberForm(PersonForm):
    """A new person of a customer."""

    role = forms.ChoiceField(
        label="Role",
        choices=list(MEMBER_LABELS.items()),
        help_text="Owners accept quotes and manage keys; engineers register and upload; viewers read.",
    )


class OrganisationForm(HouseForm):
    """A new customer."""

    name = forms.CharField(max_length=200, label="Name", help_text="As it shall stand on the policy.")
    country = forms.CharField(min_length=2, max_length=2, label="Country", help_text="Two letters, such as: US")
    address = text_field(rows=2, required=False, max_length=1000, label="Address")


class AuthorityForm(HouseForm):
    """How far one person may go alone."""

    person = forms.UUIDField(label="Who", widget=forms.Select)
    kind = forms.ChoiceField(
        label="To do what",
        choices=[("bind", "bind cover, up to this limit of liability"), ("claim", "decide claims and reserves up to")],
    )
    amount = money_field(min_value=0, label="Amount", help_text="It replaces an earlier grant. 0 takes it away.")
    currency = forms.RegexField(
        r"^[A-Z]{3}$", initial="USD", label="Currency", help_text="Three letters. Nothing is converted."
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), row.name) for row in people]
        self.fields["person"].widget = forms.Select(attrs={"class": "form-select"}, choices=choices)
