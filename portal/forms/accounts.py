"""Forms about people and keys."""

from django import forms

from portal.forms.base import HouseForm


class KeyForm(HouseForm):
    """A new key of an organisation."""

    name = forms.CharField(max_length=50, label="What will use it", help_text="Such as: nightly scoring job")
    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)
