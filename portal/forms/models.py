"""Forms about registered models, their versions, deployments and audits."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from audits.interface import Input, Interface, interface_parse
from audits.interface_nodes import LONGEST
from core.errors import InputRefused
from core.pdf.text import shown
from portal.asking import said
from portal.forms.base import HouseForm, moment_field, text_field
from underwriting.rating import Plan

FACTORS = ("autonomy", "criticality", "data_sensitivity", "third_party", "jurisdiction", "validation_age")
CHOOSE = "choose"
EXAMPLE = {
    "task": "binary",
    "label": "repaid",
    "positive_label": "1",
    "decision": {"column": "p_repay", "op": ">=", "value": "0.5"},
    "probability": "p_repay",
    "attributes": [{"name": "sex", "column": "sex", "source": "recorded"}],
    "slices": [{"name": "purpose", "column": "purpose"}],
}


INTERFACE_SAMPLE = """{
  "inputs": [
    {"column": "age", "as": "number"},
    {"column": "housing", "as": "codes",
     "categories": ["free", "own", "rent"], "missing": -1},
    {"column": "purpose", "as": "one_hot",
     "categories": ["car", "education", "repairs"]},
    {"column": "job", "as": "text"}
  ],
  "output": {"column": "p_repay", "means": "probability",
             "index": 1, "tolerance": "0.000001"}
}"""


class PrettyJson(json.JSONEncoder):
    """Indented, as a person edits it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 2, "ensure_ascii": False})


class OptionalJson(forms.JSONField):
    """JSON that may be left out; the field is then empty and does not say null."""

    default_error_messages = {
        "invalid": "This cannot be read as JSON. Limit: one object with inputs and output, names and texts in double "
        "quotes. Compare it with the example."
    }

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class RegisterForm(HouseForm):
    """A model as the rating plan needs to know it."""

    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=200, label="Name", help_text="As your own people call it, such as: Retail credit")
    purpose = text_field(label="What does it decide, and about whom?")
    population = text_field(rows=2, required=False, label="Who is in its population?")
    use_class = forms.ChoiceField(label="Use class")
    industry = forms.ChoiceField(label="Industry")
    harm_text = text_field(
        rows=2,
        required=False,
        label="What harm does a wrong decision do?",
        help_text="Empty: the use class's own words.",
    )
    decisions_per_year = forms.IntegerField(
        min_value=1,
        label="Decisions a year",
        help_text="Automated consequential decisions expected in the policy year.",
    )
    autonomy = forms.ChoiceField()
    criticality = forms.ChoiceField()
    data_sensitivity = forms.ChoiceField(label="Data sensitivity")
    third_party = forms.ChoiceField(label="Third-party or foundation model")
    jurisdiction = forms.ChoiceField()
    validation_age = forms.ChoiceField(label="Last independent validation")
    schema = forms.JSONField(
        encoder=PrettyJson,
        label="How it shall be measured",
        widget=forms.Textarea(attrs={"class": "pl-code", "spellcheck": "false"}),
        help_text="Fixed before any data is seen, frozen by the first audit. Every key is explained beside this form.",
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["schema"].initial = EXAMPLE
        classes = [(code, f"{code}: {use.title}") for code, use in plan.use_classes.items()]
        self.choices_set("use_class", classes, empty=CHOOSE)
        self.choices_set("industry", [(row.code, row.title) for row in plan.industries], empty=CHOOSE)
        for name in FACTORS:
            levels = plan.factors[name].levels
            self.choices_set(name, [(key, level.title) for key, level in levels.items()], empty=CHOOSE)

    def registration(self) -> dict[str, Any]:
        """The fields as underwriting.registration wants them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "organisation"}


class VersionForm(HouseForm):
    """A frozen artifact, and how the data reaches it if it shall be handed over."""

    label = forms.CharField(max_length=80, label="Version", help_text="Such as: 3 or 2026-10")
    digest = forms.CharField(
        max_length=80,
        label="SHA-256 of the artifact",
        help_text="sha256: and the 64 digits that sha256sum prints for the file you deploy or hand over.",
    )
    notes = text_field(rows=2, required=False, label="What changed")
    interface = OptionalJson(
        encoder=PrettyJson,
        required=False,
        label="How columns reach the model",
        widget=forms.Textarea(attrs={"class": "pl-code", "spellcheck": "false", "rows": 12}),
        help_text="JSON; needed to hand the model over, and frozen with the version. Empty: only its recorded "
        "predictions can be audited.",
    )

    def clean_interface(self) -> dict[str, Any] | None:
        """The interface as it was typed, once it can be read; the message names the path, the limit and the remedy."""
        typed: dict[str, Any] | None = self.cleaned_data["interface"]
        if typed is None:
            return None
        try:
            interface_parse(typed)
        except InputRefused as error:
            raise forms.ValidationError(said(error)) from error
        return typed


class TryForm(HouseForm):
    """One field for each input of a model: a number, one of its categories, or a text; empty is no value."""

    def __init__(self, *args: Any, interface: Interface, typical: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.interface = interface
        for place, one in enumerate(interface.inputs):
            self.fields[f"in{place}"] = _input_field(one, typical.get(one.column))
        self.style()

    def inputs(self) -> dict[str, Any]:
        """What was typed by column; None where nothing was."""
        return {one.column: self._typed(place, one) for place, one in enumerate(self.interface.inputs)}

    def _typed(self, place: int, one: Input) -> Any:
        value = self.cleaned_data[f"in{place}"]
        if value in (None, ""):
            return None
        return one.categories[int(value)] if _is_chosen(one) else value


MOST_CHOICES = 500


def _is_chosen(one: Input) -> bool:
    """Whether the input is one of few enough categories to choose from."""
    return 0 < len(one.categories) <= MOST_CHOICES


def _input_field(one: Input, typical: Any) -> forms.Field:
    shared: dict[str, Any] = {"label": shown(one.column, LONGEST), "required": False}
    if one.how == "image":
        said = "A picture cannot be typed: send it in a data set and order an audit. Left empty it is black."
        return forms.CharField(**shared, disabled=True, help_text=said)
    if one.how == "number":
        number = typical if isinstance(typical, int | float) else None
        number = int(number) if number is not None and float(number).is_integer() else number
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(**shared, initial=number, widget=widget)
    if not _is_chosen(one):
        return forms.CharField(**shared, max_length=1_000, initial=typical)
    choices = [("", "no value"), *((str(place), shown(name, LONGEST)) for place, name in enumerate(one.categories))]
    known = str(one.categories.index(str(typical))) if str(typical) in one.categories else ""
    return forms.ChoiceField(**shared, choices=choices, initial=known)


class DeploymentForm(HouseForm):
    """From when on which version decides."""

    version = forms.ChoiceField(label="Version that decides")
    live_from = moment_field(label="From (UTC)")
    notes = text_field(rows=2, required=False, label="Why", help_text="Needed when a later switch is already recorded.")

    def __init__(self, *args: Any, versions: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), row.label) for row in versions]
        self.choices_set("version", [*choices, ("", "none: taken out of use")])
        self.fields["version"].required = False
        # Taking a model out of use is chosen, never left standing.
        self.initial.setdefault("version", choices[0][0] if choices else "")


class ProductionForm(HouseForm):
    """Which file production runs."""

    digest = forms.CharField(
        max_length=71,
        label="SHA-256 of the file",
        help_text="As production has loaded it: sha256: and 64 hex digits, which sha256sum gives.",
    )
    observed_at = moment_field(label="Seen at (UTC)")


class ExposureForm(HouseForm):
    """A new number of decisions a year."""

    decisions_per_year = forms.IntegerField(
        min_value=1,
        label="Decisions a year",
        help_text="Automated consequential decisions expected in the policy year. A change of more than a tenth voids "
        "the quotes made on the earlier figure.",
    )
    why = text_field(rows=2, label="Why", help_text="In plain words; it stays in the journal.")


class AuditForm(HouseForm):
    """An audit of one version on one data set."""

    version = forms.ChoiceField(label="Version")
    dataset = forms.ChoiceField(label="Data set")
    purpose = forms.ChoiceField(
        choices=[("submission", "to be priced"), ("quarterly", "quarterly condition")], label="Purpose"
    )

    def __init__(self, *args: Any, versions: list[Any], datasets: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("version", [(str(row.pk), row.label) for row in versions])
        self.choices_set("dataset", [(str(row.pk), _rows_words(row)) for row in datasets])


class BesideForm(HouseForm):
    """What else an audit shall read; everything may be left out."""

    training = forms.ChoiceField(
        required=False, label="Training data", help_text="Rows that are in both are found, and what they hide."
    )
    relabelled = forms.ChoiceField(
        required=False,
        label="Re-labelled sample",
        help_text="A second reader's labels of the rows that were drawn on an earlier audit's page.",
    )
    reviews = forms.ChoiceField(
        required=False,
        label="Seeded-error test of reviewers",
        help_text="Columns case, reviewer, seeded and caught, the last two 0 or 1.",
    )
    earlier_version = forms.ChoiceField(
        required=False, label="Earlier version to compare with", help_text="Its file is asked for the same rows."
    )
    earlier = forms.ChoiceField(
        required=False,
        label="Or its recorded answers",
        help_text="The same rows, named by the registered row_id, as the earlier version decided them.",
    )

    def __init__(self, *args: Any, versions: list[Any], datasets: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(row.pk), _rows_words(row)) for row in datasets]
        for name in ("training", "relabelled", "reviews", "earlier"):
            self.choices_set(name, rows, empty="none")
        self.choices_set("earlier_version", [(str(row.pk), row.label) for row in versions], empty="none")


class ChallengeForm(HouseForm):
    """Rows that the insurer holds, to be put to the model in every later audit."""

    dataset = forms.ChoiceField(label="Rows that the insurer holds")

    def __init__(self, *args: Any, datasets: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("dataset", [(str(row.pk), _rows_words(row)) for row in datasets])


def _rows_words(row: Any) -> str:
    held = ", held by the insurer" if row.custody == "insurer" else ""
    return f"{row.name}, {row.rows or 0:,} rows{held}"
