"""What was expected of every policy so far, and what came: for studies that hold the two against each other.

A claim here is one incident on one policy: the wording makes claims from one incident one claim. What was denied or
withdrawn does not count; what is open does, and so does what lies within the deductible, for rates are ground-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from actuarial.ledger import COUNTED, Earning, claims_counted, earnings
from actuarial.methods.triangle import DAY
from actuarial.registry import Json
from claims.models import Decision, Payment, ReserveChange
from claims.services.decisions import WITHIN_DEDUCTIBLE
from core.errors import InputRefused
from underwriting.rating import Evidence, Plan, Risk, price
from underwriting.rating.arithmetic import divide, multiply
from underwriting.rating.plan import UseClass

NOT_OURS = (Decision.Outcome.DENY, Decision.Outcome.WITHDRAW)
# The dimension whose rate says how many decisions harm, by peril: that of its largest elasticity.
HARM_BY = {"ERR": "error", "DISC": "gap", "SEC": "robustness"}


@dataclass(frozen=True)
class Counted:
    """One claim as it counts: its policy, its peril ("" while not coded), the day of its first report, incurred."""

    policy: str
    peril: str
    reported: date
    incurred: Decimal

    def to_dict(self) -> Json:
        reported, incurred = self.reported.isoformat(), str(self.incurred)
        return {"policy": self.policy, "peril": self.peril, "reported": reported, "incurred": incurred}


def earned_terms(
    *, currency: str, since: date, valued: date, bound_before: date | None = None
) -> list[tuple[Earning, Decimal]]:
    """Every policy of which something is earned from `since` up to and including `valued`, with its share of a term."""
    rows = [(term, term.earned(since, valued + DAY)) for term in earnings(currency=currency)]
    return [
        (term, share)
        for term, share in rows
        if share > 0 and (bound_before is None or term.policy.bound_at.date() < bound_before)
    ]


def claims_observed(*, currency: str, since: date, valued: date) -> list[Counted]:
    """Claims first reported from `since` up to and including `valued`, oldest first."""
    refused = _refused(valued)
    amounts = _incurred(valued)
    found: dict[tuple[Any, Any], list[Any]] = {}
    rows = claims_counted(currency=currency, peril=None).select_related("incident", "policy")
    for claim in rows.filter(reported_at__date__lte=valued).order_by("reported_at", "number"):
        if claim.pk not in refused:
            found.setdefault((claim.policy_id, claim.incident_id), []).append(claim)
    counted = [
        Counted(
            claims[0].policy.number,
            claims[0].incident.peril,
            claims[0].reported_at.date(),
            sum((amounts.get(claim.pk, Decimal(0)) for claim in claims), Decimal(0)),
        )
        for claims in found.values()
    ]
    return [one for one in counted if one.reported >= since]


def sheet_today(term: Earning, plan: Plan) -> Mapping[str, Any] | None:
    """The term's worksheet under `plan`, from the risk and evidence of its bind and the decisions known of it.

    None where the plan has no price.
    """
    pricing = term.policy.quote.pricing
    risk = replace(Risk.from_dict(pricing.risk), decisions=term.decisions)
    try:
        sheet = price(risk, Evidence.from_dict(pricing.evidence), plan)
    except InputRefused:
        return None
    return sheet.to_dict() if sheet.figures else None


def harmful(sheet: Mapping[str, Any], plan: Plan, peril: str) -> tuple[Decimal, Decimal] | None:
    """(H of a whole term, phi0) of one peril by DOMAIN 2.1, or None where the rate that H needs was not measured.

    H = N q x step, q the measured point: the harmful decisions of the term whose claim would be made within it.
    phi0 = f0 I k / (unit x q0) of the class.
    """
    name = HARM_BY[peril]
    measured = sheet["evidence"]["dimensions"][name]
    q0 = _reference(plan, plan.use_class(sheet["risk"]["use_class"]), name)
    if measured["state"] != "measured" or measured["point"] is None or not q0:
        return None
    figures = sheet["figures"]
    line = next(row for row in figures["lines"] if row["peril"] == peril)
    decisions = multiply(Decimal(line["exposure"]), plan.exposure_unit)
    f0, industry, k = (Decimal(line[key]) for key in ("f0", "industry", "k"))
    phi0 = divide(multiply(f0, industry, k), multiply(plan.exposure_unit, q0))
    return multiply(decisions, Decimal(measured["point"]), Decimal(figures["step"])), phi0


def _reference(plan: Plan, use: UseClass, dimension: str) -> Decimal | None:
    own = {"error": use.q0_error, "gap": use.q0_gap}
    return own[dimension] if dimension in own else plan.relativity.q0[dimension]


def _refused(valued: date) -> set[Any]:
    """Claims whose latest approved decision denies them for more than their size, or that were withdrawn."""
    rows = Decision.objects.filter(state=Decision.State.APPROVED, decided_at__date__lte=valued)
    found = rows.order_by("decided_at", "created_at").values_list("claim_id", "outcome", "reason_codes")
    latest = {claim: (outcome, codes) for claim, outcome, codes in found}
    return {claim for claim, (outcome, codes) in latest.items() if outcome in NOT_OURS and codes != [WITHIN_DEDUCTIBLE]}


def _incurred(valued: date) -> dict[Any, Decimal]:
    """Paid and set aside by claim, own handling left out."""
    found: dict[Any, Decimal] = {}
    paid = Payment.objects.filter(created_at__date__lte=valued).values_list("claim_id", "amount")
    kept = ReserveChange.objects.filter(part__in=COUNTED, created_at__date__lte=valued)
    for claim, amount in (*paid, *kept.values_list("claim_id", "delta")):
        found[claim] = found.get(claim, Decimal(0)) + amount
    return found
