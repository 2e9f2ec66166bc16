"""What a policy pays on a loss, and why: the claim's arithmetic and its coverage checklist.

Pure: no Django, no clock, no I/O. Source: DOMAIN 1.0 (rules 16 and 17) and 4.2, 4.4, 4.5, 4.6.
Every check answers met, not_met, cannot_tell or not_applicable with a plain reason; what is not known is never
taken for met, and a break in the chain from claim to policy is a line of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from core.errors import InputRefused
from core.money import cents, money_text
from core.periods import Period, next_quarter, quarter_label, quarter_of

ZERO = Decimal(0)
MET, NOT_MET, CANNOT_TELL, NOT_APPLICABLE = "met", "not_met", "cannot_tell", "not_applicable"
COVERED, NOT_COVERED, OPEN = "covered", "not_covered", "open"
DAY = timedelta(days=1)
REPORT_DAYS = timedelta(days=30)  # the quarterly audit's report is due this long after quarter end (DOMAIN 4.4)
CURE_DAYS = timedelta(days=30)  # and may be cured this long after that
OTHER_INSURANCE = ("none", "this_is_primary", "this_is_excess", "shares_settled")
STAIR_STEPS = 3  # so many increases of one reserve raise the stair-stepping alert (DOMAIN 4.6)


# --- money -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Payable:
    """What is payable on one claim, with the steps that led there; all amounts to the cent."""

    ground_up: Decimal  # the loss that counts against the limit, related claims included
    within_limit: Decimal  # min(ground_up, limit)
    net: Decimal  # less the deductible, never below zero
    paid_before: Decimal  # already decided on related claims
    amount: Decimal  # what this claim pays
    cut_by_aggregate: Decimal  # what the aggregate's end took away

    @property
    def sentence(self) -> str:
        """The sum in words."""
        text = f"min(loss {self.ground_up:,.2f}, limit) = {self.within_limit:,.2f}, less deductible = {self.net:,.2f}"
        if self.paid_before:
            text += f", less {self.paid_before:,.2f} decided on related claims"
        if self.cut_by_aggregate:
            text += f", cut by {self.cut_by_aggregate:,.2f} because the aggregate ends"
        return f"{text}; payable {self.amount:,.2f}"


def payable(
    *,
    loss: Decimal,
    limit: Decimal,
    deductible: Decimal,
    aggregate_remaining: Decimal,
    alae: Decimal = ZERO,
    alae_inside: bool = False,
    related_loss: Decimal = ZERO,
    related_amount: Decimal = ZERO,
) -> Payable:
    """max(0, min(loss, limit) - deductible), at most the aggregate left.

    The deductible erodes the limit. Defence cost (`alae`) counts only where the policy says it stands inside the limit.
    Related claims are one claim: their loss shares this limit and deductible, and what was decided on them
    (`related_amount`) is taken off. Raises InputRefused on a negative amount.
    """
    _not_negative(loss=loss, limit=limit, deductible=deductible, alae=alae, related_loss=related_loss)
    ground_up = cents(loss + related_loss + (alae if alae_inside else ZERO))
    within = min(ground_up, limit)
    net = max(ZERO, within - deductible)
    due = max(ZERO, net - related_amount)
    amount = min(due, max(ZERO, aggregate_remaining))
    return Payable(*(cents(value) for value in (ground_up, within, net, related_amount, amount, due - amount)))


def payment_room(*, decided: Decimal, paid_on_claim: Decimal, aggregate: Decimal, paid_on_policy: Decimal) -> Decimal:
    """What may be paid now: the rest of the decided amount, at most the aggregate left; never below zero."""
    return max(ZERO, min(decided - paid_on_claim, aggregate - paid_on_policy))


@dataclass(frozen=True)
class Reserve:
    """One part's case reserve: what stands, and how often it was raised."""

    part: str
    outstanding: Decimal
    increases: int

    @property
    def stair_stepping(self) -> bool:
        return self.increases >= STAIR_STEPS


def reserve_of(part: str, deltas: Sequence[Decimal]) -> Reserve:
    """Add up the signed changes of one part; the first posting counts as an increase, which is the prudent reading."""
    return Reserve(part, sum(deltas, ZERO), sum(1 for delta in deltas if delta > 0))


def incurred(*, paid: Decimal, case: Decimal, recoveries: Decimal = ZERO) -> Decimal:
    """Paid + case reserve - recoveries."""
    return paid + case - recoveries


def _not_negative(**amounts: Decimal) -> None:
    for name, amount in amounts.items():
        if amount < 0:
            raise InputRefused(f"{name} is below zero: {amount}", field=name, limit="0 or more", remedy="correct it")


# --- facts -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Evidence:
    """A link to the row that shows it: kind such as "policy" or "audit", and its id."""

    kind: str
    id: str


@dataclass(frozen=True)
class PolicyFacts:
    """The policy as it stood on the loss date. Periods run from 12:01 a.m., so the expiry day itself is outside."""

    id: str
    inception: date
    expiry: date
    cancelled_on: date | None
    erp_days: int
    retro_date: date | None  # None: full prior acts
    continuity_date: date
    limit: Decimal
    aggregate: Decimal
    deductible: Decimal
    currency: str
    perils: frozenset[str]
    territory: frozenset[str]  # ISO 3166-1 alpha-2
    notice_days: int
    exclusions: frozenset[str]

    @property
    def end(self) -> date:
        return min(self.expiry, self.cancelled_on) if self.cancelled_on else self.expiry


@dataclass(frozen=True)
class LossFacts:
    """The incident and the claim from it."""

    incident_id: str
    claim_id: str
    act_on: date  # the day of the model's decision: the loss date
    discovered_on: date
    made_on: date
    reported_on: date
    amount: Decimal
    peril: str | None
    level: str  # occurred, near_miss or issue
    uncoded: tuple[str, ...]  # of the four CSET elements, those without an entry
    country: str | None
    noticed_on: date | None = None  # when the insurer was told of the circumstances


@dataclass(frozen=True)
class Scheduled:
    """A version the policy schedules, for acts from a day on (None: from the retroactive date)."""

    version_id: str
    label: str
    from_on: date | None


@dataclass(frozen=True)
class DeploymentFacts:
    """What was live when the act happened. `known` is False where no deployment was ever recorded before the act."""

    known: bool
    version_id: str | None
    label: str
    scheduled: tuple[Scheduled, ...]
    recorded_late: date | None = None  # when it was recorded, if only after the incident was reported


@dataclass(frozen=True)
class AuditFacts:
    """A completed audit of the model."""

    id: str
    completed_on: date


@dataclass(frozen=True)
class Sibling:
    """Another claim from the same incident."""

    claim_id: str
    number: str
    made_on: date


@dataclass(frozen=True)
class Answers:
    """What only a person can judge; None = nobody has answered yet."""

    prior_knowledge: bool | None = None
    exclusions: tuple[str, ...] | None = None  # codes that apply; empty = looked, none applies
    audit_breach_raised_risk: bool | None = None
    late_notice_prejudiced: bool | None = None
    other_insurance: str | None = None  # of OTHER_INSURANCE


@dataclass(frozen=True)
class Facts:
    """All a coverage check reads, as of the loss date."""

    policy: PolicyFacts
    loss: LossFacts
    deployment: DeploymentFacts
    aggregate_remaining: Decimal
    audits: tuple[AuditFacts, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    related_loss: Decimal = ZERO  # decided on siblings under this policy: they are one claim with this one
    related_amount: Decimal = ZERO
    answers: Answers = field(default_factory=Answers)


# --- the checklist ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    check: str
    title: str
    clause: str
    outcome: str
    reason: str
    evidence: tuple[Evidence, ...] = ()


Finding = tuple[str, str, tuple[Evidence, ...]]


def coverage_check(facts: Facts) -> list[Check]:
    """The checklist of DOMAIN 4.6 in its order, one line a check."""
    return [Check(name, title, clause, *judge(facts)) for name, title, clause, judge in CHECKS]


def coverage_outcome(checks: Sequence[Check]) -> str:
    """not_covered if any check is not met, open if any cannot be told, else covered."""
    outcomes = {check.outcome for check in checks}
    if NOT_MET in outcomes:
        return NOT_COVERED
    return OPEN if CANNOT_TELL in outcomes else COVERED


def _in_force(facts: Facts) -> Finding:
    policy, loss = facts.policy, facts.loss
    seen = (Evidence("policy", policy.id), Evidence("claim", loss.claim_id))
    made, last = loss.made_on, policy.end + timedelta(days=policy.erp_days)
    if made < policy.inception:
        return NOT_MET, f"First made on {made}, before the policy began on {policy.inception}.", seen
    if _noticed(facts) and (made >= policy.end or loss.reported_on > last):
        told = f"the circumstances were notified on {loss.noticed_on}, in the policy period (A6)"
        return MET, f"First made on {made} and reported on {loss.reported_on}, but {told}.", seen
    if made >= policy.end:
        word = "was cancelled" if policy.end == policy.cancelled_on else "expired"
        return NOT_MET, f"First made on {made}; the policy {word} on {policy.end} at 12:01 a.m.", seen
    if loss.reported_on > last:
        return NOT_MET, f"Reported on {loss.reported_on}, after the reporting period ended on {last}.", seen
    return MET, f"First made on {made} and reported on {loss.reported_on}, within the policy period.", seen


def _noticed(facts: Facts) -> date | None:
    """When the circumstances were notified, if in the policy period: a later claim counts as made then (clause A6)."""
    told = facts.loss.noticed_on
    return told if told and facts.policy.inception <= told < facts.policy.end else None


def _retro(facts: Facts) -> Finding:
    policy, loss = facts.policy, facts.loss
    seen = (Evidence("policy", policy.id), Evidence("incident", loss.incident_id))
    if policy.retro_date and loss.act_on < policy.retro_date:
        return NOT_MET, f"The act of {loss.act_on} lies before the retroactive date {policy.retro_date}.", seen
    if loss.act_on >= policy.end:
        return NOT_MET, f"The act of {loss.act_on} lies after the cover ended on {policy.end}.", seen
    if facts.answers.prior_knowledge or loss.discovered_on < policy.continuity_date:
        known = "the adjuster found" if facts.answers.prior_knowledge else f"discovered on {loss.discovered_on}"
        return NOT_MET, f"Known before the continuity date {policy.continuity_date}: {known}.", seen
    back = f"after the retroactive date {policy.retro_date}" if policy.retro_date else "within full prior acts"
    return MET, f"The act of {loss.act_on} is {back}; first known on {loss.discovered_on}.", seen


def _version(facts: Facts) -> Finding:
    live, act = facts.deployment, facts.loss.act_on
    if not live.known:
        return CANNOT_TELL, f"The chain breaks here: no deployment is on record at or before {act}.", ()
    if live.version_id is None:
        return NOT_MET, f"The chain breaks here: the model was switched off on {act}.", ()
    seen = (Evidence("version", live.version_id), Evidence("policy", facts.policy.id))
    entries = [row for row in live.scheduled if row.version_id == live.version_id]
    if not entries:
        listed = ", ".join(row.label for row in live.scheduled) or "no version"
        return NOT_MET, f"Version {live.label} was live on {act}; the policy schedules {listed}.", seen
    starts = [row.from_on for row in entries if row.from_on is not None]
    if len(starts) == len(entries) and act < min(starts):
        return NOT_MET, f"Version {live.label} is scheduled only from {min(starts)}.", seen
    late = f" That was recorded on {live.recorded_late}, after the incident was reported: make sure of it."
    return MET, f"Version {live.label} was live on {act} and is scheduled.{late if live.recorded_late else ''}", seen


def _harm(facts: Facts) -> Finding:
    loss = facts.loss
    seen = (Evidence("incident", loss.incident_id),)
    if loss.level != "occurred":
        return NOT_MET, f"No harm occurred: the incident is coded {loss.level.replace('_', ' ')}.", seen
    if loss.uncoded:
        return CANNOT_TELL, f"The harm is not fully coded: {', '.join(loss.uncoded)} missing.", seen
    if loss.peril is None:
        return CANNOT_TELL, "The incident names no peril.", seen
    if loss.peril not in facts.policy.perils:
        return NOT_MET, f"Peril {loss.peril} is not insured; insured are {_listed(facts.policy.perils)}.", seen
    return MET, f"Harm occurred, is coded with all four elements, and peril {loss.peril} is insured.", seen


def _territory(facts: Facts) -> Finding:
    country = facts.loss.country
    if country is None:
        return CANNOT_TELL, "The claim does not say in which country it is brought.", ()
    if country in facts.policy.territory:
        return MET, f"Brought in {country}, inside the territory.", ()
    return NOT_MET, f"Brought in {country}, outside the territory {_listed(facts.policy.territory)}.", ()


def _exclusions(facts: Facts) -> Finding:
    found = facts.answers.exclusions
    if found is None:
        return CANNOT_TELL, "Nobody has gone through the exclusions yet.", ()
    if found:
        return NOT_MET, f"Excluded by {_listed(found)}.", ()
    return MET, f"None of {_listed(facts.policy.exclusions)} applies.", ()


def _audits(facts: Facts) -> Finding:
    act = facts.loss.act_on
    due = quarters_due(facts.policy, act)
    done = [audit for audit in facts.audits if audit.completed_on <= act]
    missed = [quarter for quarter in due if not any(audit.completed_on >= quarter.start for audit in done)]
    seen = tuple(Evidence("audit", audit.id) for audit in done)
    if not due:
        return NOT_APPLICABLE, f"No quarterly audit had fallen due by {act}.", seen
    if not missed:
        return MET, f"Every quarterly audit due by {act} was made.", seen
    names = _listed(quarter_label(quarter.start) for quarter in missed)
    return *_breach(f"The audit of {names} was missing on {act}", facts.answers.audit_breach_raised_risk), seen


def quarters_due(policy: PolicyFacts, on: date) -> list[Period]:
    """The calendar quarters ended during the policy whose report was overdue, and past its cure, on `on`."""
    found, quarter = [], quarter_of(policy.inception)
    while quarter.end <= policy.end and quarter.end - DAY + REPORT_DAYS + CURE_DAYS < on:
        found.append(quarter)
        quarter = next_quarter(quarter.start)
    return found


def _notice(facts: Facts) -> Finding:
    loss = facts.loss
    days = (loss.reported_on - loss.made_on).days
    seen = (Evidence("claim", loss.claim_id),)
    if days <= facts.policy.notice_days:
        return MET, f"Reported {days} days after it was made; {facts.policy.notice_days} are allowed.", seen
    return *_breach(f"Reported {days} days after it was made", facts.answers.late_notice_prejudiced), seen


def _breach(what: str, harmful: bool | None) -> tuple[str, str]:
    """A breached condition defeats a claim only if the breach could have mattered to this loss (DOMAIN 4.4)."""
    if harmful is None:
        return CANNOT_TELL, f"{what}; whether that raised the risk of this loss is not answered."
    if harmful:
        return NOT_MET, f"{what}, and the adjuster found that it raised the risk of this loss."
    return MET, f"{what}, but the adjuster found that it could not have affected this loss."


def _limits(facts: Facts) -> Finding:
    left, policy = facts.aggregate_remaining, facts.policy
    seen = (Evidence("policy", policy.id),)
    if left <= 0:
        return NOT_MET, f"The aggregate of {money_text(policy.aggregate, policy.currency)} is used up.", seen
    each = money_text(policy.limit, policy.currency)
    if facts.related_amount and facts.related_amount >= policy.limit - policy.deductible:
        return NOT_MET, f"Related claims have used up the {each} of one claim.", seen
    return MET, f"{money_text(left, policy.currency)} of the aggregate is left; each claim up to {each}.", seen


def _deductible(facts: Facts) -> Finding:
    counted, policy = facts.loss.amount + facts.related_loss, facts.policy
    stated, owed = (money_text(value, policy.currency) for value in (counted, policy.deductible))
    whose = "claimed, related claims included" if facts.related_loss else "claimed"
    if counted > policy.deductible:
        return MET, f"{stated} is {whose}, over the deductible of {owed}.", ()
    return NOT_MET, f"{stated} is {whose}, not over the deductible of {owed}: nothing would be payable.", ()


def _other_insurance(facts: Facts) -> Finding:
    answer = facts.answers.other_insurance
    if answer == "none":
        return MET, "No other insurance covers this loss.", ()
    if answer == "shares_settled":
        return MET, "Other insurance exists; the shares are settled.", ()
    if answer == "this_is_primary":
        return MET, "Other insurance exists; this policy pays first.", ()
    if answer == "this_is_excess":
        return CANNOT_TELL, "Other insurance pays first; what it leaves is not settled.", ()
    return CANNOT_TELL, "Nobody has asked about other insurance yet.", ()


def _related(facts: Facts) -> Finding:
    if not facts.siblings:
        return NOT_APPLICABLE, "No other claim comes from this incident.", ()
    first = min(facts.siblings, key=lambda row: (row.made_on, row.number))
    seen = tuple(Evidence("claim", row.claim_id) for row in facts.siblings)
    names, made = _listed(row.number for row in facts.siblings), min(first.made_on, facts.loss.made_on)
    made = min(made, _noticed(facts) or made)
    if not facts.policy.inception <= made < facts.policy.end:
        return NOT_MET, f"One claim with {names}, first made on {made}: outside this policy period.", seen
    return MET, f"One claim with {names}, first made on {made}; one limit and one deductible for all.", seen


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


CHECKS: tuple[tuple[str, str, str, Callable[[Facts], Finding]], ...] = (
    ("in_force", "Policy in force at the trigger date", "A2", _in_force),
    ("retro_and_prior_knowledge", "Retroactive date and prior knowledge", "A3", _retro),
    ("scheduled_version", "Scheduled model and version", "A4", _version),
    ("covered_harm", "Covered peril and harm", "A1", _harm),
    ("territory", "Territory and jurisdiction", "A5", _territory),
    ("exclusions", "Exclusions", "X", _exclusions),
    ("audit_condition", "Continuing audit condition", "C1", _audits),
    ("notice_condition", "Notice of claim", "C3", _notice),
    ("limits_left", "Limit and aggregate left", "B1", _limits),
    ("deductible", "Deductible", "B2", _deductible),
    ("other_insurance", "Other insurance", "C5", _other_insurance),
    ("related_claims", "Related claims", "C6", _related),
)
