"""Forms about incidents and claims."""

from typing import Any

from django import forms

from claims.adjustment import OTHER_INSURANCE, Answers
from claims.models import Claim, Decision, Incident, ReserveChange
from portal.forms.base import HouseForm, day_field, moment_field, money_field, text_field

UNKNOWN = [("", "not answered"), ("yes", "yes"), ("no", "no")]
WORDS = {
    "accept": "accept: the whole claimed loss counts",
    "partial": "partial: a smaller loss counts",
    "deny": "deny, for stated reasons and clause",
    "withdraw": "the claimant gave it up",
    "indemnity": "for the claimant",
    "alae": "defence and experts of this claim",
    "ulae": "own handling",
    "no": "not a serious incident",
    "general": "serious: 15 days to report",
    "death": "death: 10 days to report",
    "widespread": "widespread: 2 days to report",
}


def choices_of(values: list[str], *, empty: str = "") -> list[tuple[str, str]]:
    """Codes with words; `empty` is what choosing none means."""
    told = [(value, WORDS.get(value, value.replace("_", " "))) for value in values]
    return [("", empty), *told] if empty else told


class CodingForm(HouseForm):
    """How an incident is coded, after CSET's four elements and the OECD's fields."""

    level = forms.ChoiceField(label="Level", choices=choices_of(Incident.Level.values))
    affected = forms.IntegerField(min_value=0, initial=1, label="People affected")
    entity = forms.CharField(required=False, max_length=300, label="Who or what was harmed?")
    harm_event = forms.CharField(required=False, max_length=300, label="What was the harm?")
    linked_to = forms.CharField(required=False, max_length=300, label="How is it directly linked?")
    system_behaviour = forms.CharField(required=False, max_length=300, label="To which behaviour of the AI system?")
    harm = forms.ChoiceField(
        required=False, label="Kind of harm", choices=choices_of(Incident.Harm.values, empty="not coded")
    )
    peril = forms.ChoiceField(
        required=False,
        label="Peril of the policy",
        choices=[
            ("", "not known"),
            ("ERR", "decision error"),
            ("DISC", "discrimination"),
            ("SEC", "robustness, privacy"),
        ],
    )
    oecd_harm = forms.ChoiceField(
        required=False, label="OECD harm type", choices=choices_of(Incident.OecdHarm.values, empty="not coded")
    )
    oecd_severity = forms.ChoiceField(
        required=False, label="OECD severity", choices=choices_of(Incident.OecdSeverity.values, empty="not coded")
    )
    business_function = forms.CharField(required=False, max_length=100, label="Business function")
    serious = forms.ChoiceField(label="Serious incident (EU AI Act)", choices=choices_of(Incident.Serious.values))


class RecodeForm(CodingForm):
    """The coding anew, with the reason."""

    why = text_field(rows=2, label="Why", max_length=2000, help_text="In plain words; it stays in the journal.")


class IncidentForm(CodingForm):
    """What a model did or nearly did."""

    model = forms.ChoiceField(label="Model")
    occurred_at = moment_field(label="When did the model act? (UTC)")
    discovered_at = moment_field(label="When was it discovered? (UTC)")
    description = text_field(label="What happened?")

    def __init__(self, *args: Any, models: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("model", [(str(row.pk), row.name) for row in models])

    def incident(self) -> dict[str, Any]:
        """The fields as claims.services.incident_report wants them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "model"}


class ClaimForm(HouseForm):
    """A demand because of an incident."""

    policy = forms.ChoiceField(label="Policy")
    incident = forms.ChoiceField(label="Incident")
    claimant = forms.CharField(max_length=300, label="Who claims", help_text="Shown to adjusters and to you alone.")
    amount = money_field(min_value=0, label="Amount claimed")
    made_on = day_field(label="First made against you on")
    country = forms.CharField(required=False, min_length=2, max_length=2, label="Brought in", help_text="Such as: US")

    def __init__(self, *args: Any, policies: list[Any], incidents: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("policy", [(str(row.pk), f"{row.number}, {row.model.name}") for row in policies])
        labels = [
            (str(row.pk), f"{row.occurred_at:%Y-%m-%d} {row.model.name}: {row.description[:60]}") for row in incidents
        ]
        self.choices_set("incident", labels)


class TriageForm(HouseForm):
    """The first answer to a claim."""

    severity = forms.ChoiceField(label="Severity", choices=choices_of(Claim.Severity.values))
    systemic = forms.BooleanField(required=False, label="The cause may hit other decisions too")
    country = forms.CharField(required=False, max_length=2, label="Brought in", help_text="Empty: as reported.")
    why = text_field(rows=2, label="Why")


class CoverageForm(HouseForm):
    """What only a person can judge; not answered is never taken for met."""

    prior_knowledge = forms.ChoiceField(required=False, choices=UNKNOWN, label="Did the insured know of it before?")
    audit_breach_raised_risk = forms.ChoiceField(
        required=False, choices=UNKNOWN, label="If an audit was missed: did that raise the risk of this loss?"
    )
    late_notice_prejudiced = forms.ChoiceField(
        required=False, choices=UNKNOWN, label="If notice was late: did that harm the insurer?"
    )
    other_insurance = forms.ChoiceField(
        required=False, label="Other insurance", choices=choices_of(list(OTHER_INSURANCE), empty="not answered")
    )
    exclusions_looked = forms.BooleanField(required=False, label="I have gone through the exclusions")
    exclusions = forms.MultipleChoiceField(
        required=False, label="Exclusions that apply", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, clauses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_set("exclusions", clauses)

    def answers(self) -> Answers:
        """As claims.adjustment reads them; None = nobody has answered."""
        given = self.cleaned_data
        looked = given["exclusions_looked"] or given["exclusions"]
        return Answers(
            prior_knowledge=_yes(given["prior_knowledge"]),
            exclusions=tuple(given["exclusions"]) if looked else None,
            audit_breach_raised_risk=_yes(given["audit_breach_raised_risk"]),
            late_notice_prejudiced=_yes(given["late_notice_prejudiced"]),
            other_insurance=given["other_insurance"] or None,
        )


def _yes(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


class ReserveForm(HouseForm):
    """A signed change of what is set aside."""

    part = forms.ChoiceField(label="Part", choices=choices_of(ReserveChange.Part.values))
    delta = money_field(label="Change", help_text="Negative to release.")
    reason = text_field(rows=2, label="Why")


class ProposalForm(HouseForm):
    """What one person proposes; the amount payable is computed."""

    outcome = forms.ChoiceField(label="Outcome", choices=choices_of(Decision.Outcome.values))
    loss = money_field(required=False, min_value=0, label="Established loss", help_text="Empty: the amount claimed.")
    payee = forms.CharField(required=False, max_length=300, label="Pay to")
    reason_codes = forms.CharField(
        required=False, label="Reason codes of a denial", help_text="Lines of the checklist that are not met, by comma."
    )
    clause = forms.CharField(required=False, max_length=10, label="Clause of the policy, for a denial")
    why = text_field(rows=2, label="Why")


class PaymentForm(HouseForm):
    """Money that leaves, to the approved payee."""

    amount = money_field(required=False, min_value=0, label="Amount", help_text="Empty: all that may be paid now.")
    payee = forms.CharField(max_length=300, label="To", help_text="Must be the approved payee.")
    key = forms.CharField(max_length=100, label="Your payment reference", help_text="The same one pays once.")
