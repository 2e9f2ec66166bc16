"""The checklist of DOMAIN 4.6: one fault turns exactly one line; dates against day-by-day oracles."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from claims.adjustment import (
    Answers,
    AuditFacts,
    DeploymentFacts,
    Facts,
    LossFacts,
    PolicyFacts,
    Scheduled,
    Sibling,
    coverage_check,
    coverage_outcome,
    quarters_due,
)

POLICY = PolicyFacts(
    id="P",
    inception=date(2026, 10, 1),
    expiry=date(2027, 10, 1),
    cancelled_on=None,
    erp_days=60,
    retro_date=date(2025, 10, 1),
    continuity_date=date(2026, 10, 1),
    limit=Decimal(2_000_000),
    aggregate=Decimal(2_000_000),
    deductible=Decimal(25_000),
    currency="USD",
    perils=frozenset({"ERR", "DISC", "SEC"}),
    territory=frozenset({"US"}),
    notice_days=30,
    exclusions=frozenset({"X1", "X2"}),
)
LOSS = LossFacts(
    incident_id="I",
    claim_id="C",
    act_on=date(2026, 10, 20),
    discovered_on=date(2026, 10, 25),
    made_on=date(2026, 11, 1),
    reported_on=date(2026, 11, 5),
    amount=Decimal(1_500_000),
    peril="ERR",
    level="occurred",
    uncoded=(),
    country="US",
)
LIVE = DeploymentFacts(known=True, version_id="v1", label="v1", scheduled=(Scheduled("v1", "v1", None),))
ANSWERED = Answers(prior_knowledge=False, exclusions=(), other_insurance="none")
BASE = Facts(policy=POLICY, loss=LOSS, deployment=LIVE, aggregate_remaining=Decimal(2_000_000), answers=ANSWERED)
GOOD = {"audit_condition": "not_applicable", "related_claims": "not_applicable"}
LATE_ACT = {"act_on": date(2027, 3, 20), "discovered_on": date(2027, 3, 21), "made_on": date(2027, 3, 22)}
LATE_ACT["reported_on"] = date(2027, 3, 23)


def facts(**changed: object) -> Facts:
    """BASE with fields of any of its parts replaced, found by their name."""
    whole = BASE
    for part in ("policy", "loss", "deployment", "answers"):
        mine = {name: value for name, value in changed.items() if name in getattr(whole, part).__dataclass_fields__}
        whole = replace(whole, **{part: replace(getattr(whole, part), **mine)})
    return replace(whole, **{name: value for name, value in changed.items() if name in Facts.__dataclass_fields__})


def outcomes(given: Facts) -> dict[str, str]:
    return {check.check: check.outcome for check in coverage_check(given)}


def test_a_plain_good_claim_is_covered_on_every_line():
    found = outcomes(BASE)
    assert found == {name: GOOD.get(name, "met") for name in found}
    assert len(found) == 12
    assert coverage_outcome(coverage_check(BASE)) == "covered"


@pytest.mark.parametrize(
    ("changed", "check", "outcome", "says"),
    [
        (
            {"made_on": date(2026, 9, 30), "reported_on": date(2026, 10, 1)},
            "in_force",
            "not_met",
            "before the policy began",
        ),
        ({"cancelled_on": date(2026, 10, 31)}, "in_force", "not_met", "was cancelled on 2026-10-31"),
        ({"act_on": date(2025, 9, 30)}, "retro_and_prior_knowledge", "not_met", "before the retroactive date"),
        ({"discovered_on": date(2026, 9, 30)}, "retro_and_prior_knowledge", "not_met", "continuity date"),
        ({"prior_knowledge": True}, "retro_and_prior_knowledge", "not_met", "the adjuster found"),
        ({"known": False, "version_id": None}, "scheduled_version", "cannot_tell", "The chain breaks here"),
        ({"version_id": None}, "scheduled_version", "not_met", "switched off"),
        ({"version_id": "v2", "label": "v2"}, "scheduled_version", "not_met", "the policy schedules v1"),
        ({"scheduled": (Scheduled("v1", "v1", date(2026, 10, 21)),)}, "scheduled_version", "not_met", "only from"),
        ({"level": "near_miss"}, "covered_harm", "not_met", "near miss"),
        ({"uncoded": ("entity",)}, "covered_harm", "cannot_tell", "entity missing"),
        ({"peril": None}, "covered_harm", "cannot_tell", "names no peril"),
        ({"peril": "CYBER"}, "covered_harm", "not_met", "CYBER is not insured"),
        ({"country": None}, "territory", "cannot_tell", "does not say"),
        ({"country": "FR"}, "territory", "not_met", "outside the territory US"),
        ({"exclusions": None}, "exclusions", "cannot_tell", "Nobody"),
        ({"aggregate_remaining": Decimal(0)}, "limits_left", "not_met", "used up"),
        ({"amount": Decimal(25_000)}, "deductible", "not_met", "not over the deductible"),
        ({"other_insurance": None}, "other_insurance", "cannot_tell", "Nobody"),
        ({"other_insurance": "this_is_excess"}, "other_insurance", "cannot_tell", "pays first"),
        ({"siblings": (Sibling("D", "C-1", date(2026, 9, 1)),)}, "related_claims", "not_met", "outside this policy"),
    ],
)
def test_one_fault_turns_exactly_one_line_and_says_so(changed, check, outcome, says):
    given = facts(**changed)
    before, after = outcomes(BASE), outcomes(given)
    assert {name for name in after if after[name] != before[name]} == {check}
    line = next(row for row in coverage_check(given) if row.check == check)
    assert (line.outcome, says in line.reason) == (outcome, True), line.reason
    assert coverage_outcome(coverage_check(given)) == ("not_covered" if outcome == "not_met" else "open")


def test_an_exclusion_that_applies_is_not_met_whatever_else_is():
    given = replace(BASE, answers=replace(ANSWERED, exclusions=("X2",)))
    assert outcomes(given)["exclusions"] == "not_met"


@pytest.mark.parametrize(("breach", "expected"), [(None, "cannot_tell"), (True, "not_met"), (False, "met")])
def test_a_missed_audit_or_late_notice_counts_only_if_it_could_have_mattered(breach, expected):
    missed = facts(**LATE_ACT, audit_breach_raised_risk=breach)
    late = facts(reported_on=date(2026, 12, 2), late_notice_prejudiced=breach)
    assert outcomes(missed)["audit_condition"] == expected
    assert outcomes(late)["notice_condition"] == expected


def test_an_audit_made_late_but_before_the_act_cures_the_condition():
    made = (AuditFacts("A", date(2027, 3, 19)),)
    assert outcomes(facts(**LATE_ACT, audits=made))["audit_condition"] == "met"
    after = (AuditFacts("A", date(2027, 3, 21)),)
    assert outcomes(facts(**LATE_ACT, audits=after))["audit_condition"] == "cannot_tell"


def test_in_force_agrees_with_walking_the_calendar():
    days = [POLICY.inception, POLICY.expiry, POLICY.expiry + timedelta(days=60)]
    around = sorted({day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)})
    covered = {POLICY.inception + timedelta(days=step) for step in range(365)}
    for made, reported in product(around, around):
        expected = made in covered and reported <= POLICY.expiry + timedelta(days=60)
        found = outcomes(facts(made_on=made, reported_on=reported))["in_force"]
        assert found == ("met" if expected else "not_met"), (made, reported)


@pytest.mark.parametrize(("noticed", "expected"), [(20, "met"), (-1, "not_met"), (365, "not_met")])
def test_circumstances_notified_in_the_period_carry_a_later_claim(noticed, expected):
    told = POLICY.inception + timedelta(days=noticed)
    later = {"made_on": POLICY.expiry + timedelta(days=90), "reported_on": POLICY.expiry + timedelta(days=95)}
    found = outcomes(facts(**later, noticed_on=told, siblings=(Sibling("D", "C-1", later["made_on"]),)))
    assert (found["in_force"], found["related_claims"]) == (expected, expected)
    early = facts(made_on=date(2026, 9, 30), noticed_on=told)
    assert outcomes(early)["in_force"] == "not_met"


def test_a_deployment_recorded_after_the_incident_is_pointed_out():
    checks = coverage_check(facts(recorded_late=date(2026, 11, 9)))
    found = next(row for row in checks if row.check == "scheduled_version")
    assert found.outcome == "met"
    assert found.reason.endswith("recorded on 2026-11-09, after the incident was reported: make sure of it.")


def test_retroactive_date_agrees_with_walking_the_calendar():
    for shift in range(-3, 4):
        act = POLICY.retro_date + timedelta(days=shift)
        assert (outcomes(facts(act_on=act))["retro_and_prior_knowledge"] == "met") == (act >= POLICY.retro_date)
    ancient = facts(act_on=date(1999, 1, 1), retro_date=None)
    assert outcomes(ancient)["retro_and_prior_knowledge"] == "met"
    assert outcomes(ancient)["scheduled_version"] == "met"


def test_a_quarter_falls_due_thirty_days_after_its_end_and_may_be_cured_for_thirty_more():
    last_day_of_cure = date(2026, 12, 31) + timedelta(days=60)
    assert quarters_due(POLICY, last_day_of_cure) == []
    assert [q.start for q in quarters_due(POLICY, last_day_of_cure + timedelta(days=1))] == [date(2026, 10, 1)]
    assert len(quarters_due(POLICY, date(2030, 1, 1))) == 4


def test_every_line_names_a_clause_of_the_form():
    from policies.wording import CLAUSES

    ids = {clause.id for clause in CLAUSES}
    named = {check.clause for check in coverage_check(BASE)}
    assert all(any(one == clause or one.startswith(clause) for one in ids) for clause in named)
