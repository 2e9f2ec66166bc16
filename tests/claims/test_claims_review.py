"""From triage to closed: the checklist on real rows, the chain, reserves, decisions by two people."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from claims.adjustment import Answers
from claims.clocks import clocks_of
from claims.ledger import aggregate_of, incurred_of, reserves_of
from claims.models import Claim, CoverageCheck, Decision, Payment, ReserveChange
from claims.selectors import claims_stair_stepping, decisions_waiting
from claims.services import (
    claim_close,
    claim_reopen,
    coverage_check_run,
    decision_approve,
    decision_reject,
    payment_make,
    reserve_set,
)
from claims.states import CLAIM, DECISION
from core.errors import Conflict, InputRefused, NotAllowed, StateRefused
from core.journal import journal_of
from core.states import state_change
from tests.book import authorised
from tests.claims.conftest import ANSWERED
from underwriting.services import deployment_switch, version_register

pytestmark = pytest.mark.django_db


def reserve(desk, claim, delta, *, actor=None, part="indemnity"):
    return reserve_set(
        claim=claim, part=part, delta=Decimal(delta), reason="As known.", actor=actor or desk.ada, at=desk.now
    )


def pay(desk, claim, amount=None, **changed):
    given = {"payee": "", "key": f"INV-{amount}" if amount else "", "actor": desk.ada, **changed}
    return payment_make(claim=claim, amount=amount and Decimal(amount), **given, at=desk.now + timedelta(days=6))


def line(check, name):
    return next(row for row in check.result if row["check"] == name)


def test_the_whole_course_of_a_covered_claim(desk):
    claim = desk.reviewed("1500000")
    assert claim.checks.get().outcome == "covered"
    reserve(desk, claim, "1475000")
    desk.approve(desk.propose(claim))
    claim.refresh_from_db()
    assert pay(desk, claim).amount == Decimal("1475000.00")
    claim.refresh_from_db()
    claim = claim_close(claim=claim, why="Paid.", actor=desk.ada, at=desk.now + timedelta(days=7))
    assert (claim.state, incurred_of(claim)) == ("closed", Decimal("1475000.00"))
    assert aggregate_of(desk.policy).remaining == Decimal("525000.00")
    moves = [r.action for r in journal_of(subject_kind="claim", subject_id=claim.pk) if "." in r.action]
    steps = ["claim.reported", "claim.triaged", "claim.coverage_review", "claim.reserved", "claim.decided"]
    assert [move for move in moves if move in (*steps, "claim.paid", "claim.closed")] == [
        *steps,
        "claim.paid",
        "claim.closed",
    ]


def test_the_chain_from_incident_to_policy_is_whole_where_nothing_is_missing(desk):
    check = desk.reviewed().checks.get()
    assert [row["link"] for row in check.chain] == ["incident", "version", "schedule", "audit", "pricing", "policy"]
    assert all(row["whole"] and row["id"] for row in check.chain)


def test_an_unscheduled_version_breaks_the_chain_and_the_cover(desk):
    version = version_register(
        model=desk.policy.model, label="v2", digest="sha256:" + "2" * 64, actor=desk.ada, at=desk.now
    )
    deployment_switch(model=desk.policy.model, version=version, live_from=desk.now, actor=desk.ada, at=desk.now)
    check = desk.reviewed().checks.get()
    assert (check.outcome, line(check, "scheduled_version")["outcome"]) == ("not_covered", "not_met")
    assert [row["link"] for row in check.chain if not row["whole"]] == ["schedule", "audit"]
    assert "measured version v1, not the one that acted" in check.chain[3]["text"]


def test_an_act_before_any_deployment_cannot_be_told(desk):
    early = desk.incident(occurred_at=desk.now - timedelta(days=400))
    check = desk.reviewed(incident=early).checks.get()
    assert line(check, "scheduled_version")["outcome"] == "cannot_tell"
    assert check.chain[1]["text"] == "Break: No deployment is on record at or before that moment."


def test_a_later_check_stands_beside_the_first_and_neither_changes(desk):
    claim = desk.reviewed(answers=Answers())
    coverage_check_run(claim=claim, answers=ANSWERED, actor=desk.ada, at=desk.now + timedelta(days=4))
    assert list(CoverageCheck.objects.order_by("created_at").values_list("outcome", flat=True)) == ["open", "covered"]
    with pytest.raises(DatabaseError), transaction.atomic():
        CoverageCheck.objects.update(outcome="covered")


def test_an_exclusion_the_policy_does_not_have_is_refused(desk):
    with pytest.raises(InputRefused) as refused:
        desk.reviewed(answers=replace(ANSWERED, exclusions=("X99",)))
    assert refused.value.field == "exclusions"
    assert Claim.objects.get().state == "triaged"


def test_reserves_add_up_by_part_and_alert_after_three_increases(desk, principal, staff):
    claim = desk.reviewed()
    for delta in ("100000", "20000", "-5000"):
        reserve(desk, claim, delta)
    assert claims_stair_stepping(principal(staff("adjuster"))) == []
    reserve(desk, claim, "1")
    reserve(desk, claim, "3000", part="alae")
    found = reserves_of(claim)
    assert (found["indemnity"].outstanding, found["alae"].outstanding) == (Decimal("115001.00"), Decimal("3000.00"))
    assert claims_stair_stepping(principal(staff("adjuster"))) == [claim]


@pytest.mark.parametrize(
    ("delta", "error"), [("1975000.01", InputRefused), ("-0.01", InputRefused), ("50000.01", NotAllowed)]
)
def test_a_reserve_stays_within_policy_and_authority(desk, staff, delta, error):
    claim = desk.reviewed()
    junior = authorised(staff("adjuster", "junior"), "claim", "50000")
    with pytest.raises(error):
        reserve(desk, claim, delta, actor=junior if error is NotAllowed else desk.ada)
    claim.refresh_from_db()
    assert (ReserveChange.objects.count(), claim.state) == (0, "coverage_review")
    assert reserve(desk, claim, "50000", actor=junior).delta == 50_000


def test_authority_counts_all_parts_of_a_reserve_together(desk, staff):
    claim, junior = desk.reviewed(), authorised(staff("adjuster", "junior"), "claim", "50000")
    reserve(desk, claim, "40000", actor=junior)
    with pytest.raises(NotAllowed):
        reserve(desk, claim, "10000.01", actor=junior, part="alae")


def test_the_amount_of_a_decision_is_computed(desk):
    claim = desk.reviewed("3000000")
    accepted = desk.propose(claim)
    assert accepted.amount == Decimal("1975000.00")
    decision_reject(decision=accepted, why="Only part is shown.", actor=desk.ben, at=desk.now)
    partial = desk.propose(claim, "partial", loss=Decimal(600_000))
    assert (partial.amount, partial.state) == (Decimal("575000.00"), "proposed")


def test_one_proposal_waits_at_a_time(desk):
    claim = desk.reviewed()
    desk.propose(claim)
    with pytest.raises(Conflict):
        desk.propose(claim)


def test_open_or_failed_lines_keep_a_claim_from_being_paid(desk):
    for answers, says in ((Answers(), "cannot_tell"), (replace(ANSWERED, exclusions=("X1",)), "not_met")):
        claim = desk.reviewed(answers=answers, incident=desk.incident())
        with pytest.raises(StateRefused):
            desk.propose(claim)
        assert any(row["outcome"] == says for row in claim.checks.get().result)
    assert Decision.objects.count() == 0


def test_a_payable_decision_names_its_payee(desk):
    with pytest.raises(InputRefused) as refused:
        desk.propose(desk.reviewed(), payee=" ")
    assert refused.value.field == "payee"


@pytest.mark.parametrize("loss", [None, "0", "1500000", "1500001"])
def test_partial_means_more_than_nothing_and_less_than_all(desk, loss):
    with pytest.raises(InputRefused):
        desk.propose(desk.reviewed(), "partial", loss=loss and Decimal(loss))


def test_a_denial_rests_on_a_failed_line_and_names_a_clause(desk):
    claim = desk.reviewed(answers=replace(ANSWERED, exclusions=("X1",)))
    for codes, clause in (((), "X1"), (("territory",), "X1"), (("exclusions",), ""), (("exclusions",), "Z9")):
        with pytest.raises(InputRefused):
            desk.propose(claim, "deny", reason_codes=codes, clause=clause)
    denied = desk.approve(desk.propose(claim, "deny", reason_codes=["exclusions"], clause="X1"))
    claim.refresh_from_db()
    assert (denied.amount, denied.payee, claim.state) == (0, "", "decided")
    assert claim_close(claim=claim, why="Denied.", actor=desk.ada, at=desk.now).state == "closed"


def test_a_loss_within_the_deductible_is_denied_and_still_counts_for_related_claims(desk):
    incident = desk.incident()
    small = desk.reviewed("15000", incident=incident)
    denied = desk.approve(desk.propose(small, "deny", reason_codes=["deductible"], clause="B2"))
    assert (denied.loss, denied.amount) == (Decimal(15_000), 0)
    other = desk.reviewed("15000", incident=incident, claimant="Jim Doe")
    assert desk.approve(desk.propose(other)).amount == Decimal("5000.00")


def test_a_smaller_loss_than_claimed_may_lie_within_the_deductible(desk):
    claim = desk.reviewed("60000")
    deny = {"reason_codes": ["deductible"], "clause": "B2"}
    for loss in (None, Decimal(25_001), Decimal(60_001)):
        with pytest.raises(InputRefused):
            desk.propose(claim, "deny", loss=loss, **deny)
    assert desk.propose(claim, "deny", loss=Decimal(25_000), **deny).loss == Decimal(25_000)


def test_a_deployment_recorded_after_the_incident_is_told_in_the_check(desk):
    incident = desk.incident()
    when = incident.occurred_at - timedelta(minutes=5)
    live = desk.policy.schedule.get().version
    at = desk.now + timedelta(days=1)
    deployment_switch(model=desk.policy.model, version=live, live_from=when, actor=desk.ada, at=at)
    told = line(desk.reviewed(incident=incident).checks.get(), "scheduled_version")
    assert (told["outcome"], "after the incident was reported" in told["reason"]) == ("met", True)


def test_cover_that_later_facts_take_away_is_not_approved(desk):
    incident = desk.incident()
    decision = desk.propose(desk.reviewed(incident=incident))
    at, digest = desk.now + timedelta(days=4), "sha256:" + "2" * 64
    other = version_register(model=desk.policy.model, label="v2", digest=digest, actor=desk.ada, at=at)
    when = incident.occurred_at - timedelta(minutes=5)
    deployment_switch(model=desk.policy.model, version=other, live_from=when, actor=desk.ada, at=at)
    with pytest.raises(Conflict) as refusal:
        desk.approve(decision)
    assert "Version v2 was live" in refusal.value.limit
    decision.refresh_from_db()
    assert decision.state == "proposed"


def test_a_claim_can_be_withdrawn_but_only_by_two_people(desk):
    claim = desk.reviewed(answers=Answers())
    withdrawn = desk.propose(claim, "withdraw")
    with pytest.raises(NotAllowed):
        decision_approve(decision=withdrawn, why="Yes.", actor=desk.ada, at=desk.now)
    assert desk.approve(withdrawn).state == "approved"


def test_proposer_underwriter_and_the_unauthorised_do_not_approve(desk, staff):
    decision = desk.propose(desk.reviewed())
    binder = authorised(staff("underwriter"), "claim", "9000000")
    short = authorised(staff("adjuster", "short"), "claim", "1474999.99")
    none = replace(short, id=str(staff("adjuster", "none").pk))
    for actor in (desk.ada, binder, short, none):
        with pytest.raises(NotAllowed):
            decision_approve(decision=decision, why="Yes.", actor=actor, at=desk.now)
    decision.refresh_from_db()
    assert (decision.state, decision.claim.state) == ("proposed", "coverage_review")


def test_the_database_itself_refuses_one_person_in_both_chairs(desk):
    decision = desk.propose(desk.reviewed())
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(approved_by_id=decision.proposed_by_id)


def test_a_person_sees_only_the_proposals_they_may_decide(desk, principal, staff):
    decision = desk.propose(desk.reviewed())
    seen = {name: list(decisions_waiting(principal(staff("adjuster", name)))) for name in ("ada", "ben")}
    assert seen == {"ada": [], "ben": [decision]}
    assert list(decisions_waiting(principal(staff("underwriter")))) == []


def test_a_proposal_overtaken_by_a_related_decision_is_not_approved(desk):
    incident = desk.incident()
    first = desk.propose(desk.reviewed("1500000", incident=incident))
    second = desk.propose(desk.reviewed("1000000", incident=incident, claimant="Jim Doe"))
    desk.approve(first)
    with pytest.raises(Conflict):
        desk.approve(second)


def test_related_claims_share_one_limit_and_one_deductible(desk):
    incident = desk.incident()
    amounts = []
    for name, loss in (("a", "1000000"), ("b", "20000"), ("c", "1500000")):
        claim = desk.reviewed(loss, incident=incident, claimant=name)
        amounts.append(desk.approve(desk.propose(claim)).amount)
    assert amounts == [Decimal("975000.00"), Decimal("20000.00"), Decimal("980000.00")]
    assert sum(amounts) == desk.policy.limit - desk.policy.deductible
    late = desk.reviewed("50000", incident=incident, claimant="d").checks.get()
    assert line(late, "limits_left")["reason"] == "Related claims have used up the USD 2,000,000.00 of one claim."


def test_the_payer_is_not_the_approver_and_pays_the_approved_payee_only(desk):
    claim = desk.decided()
    with pytest.raises(NotAllowed):
        pay(desk, claim, actor=desk.ben)
    with pytest.raises(InputRefused):
        pay(desk, claim, payee="Mallory")
    assert Payment.objects.count() == 0
    assert pay(desk, claim, payee="Jo Doe").payee == "Jo Doe"


def test_nothing_is_paid_without_an_approved_decision(desk):
    claim = desk.reviewed()
    desk.propose(claim)
    with pytest.raises(StateRefused):
        pay(desk, claim)
    assert Payment.objects.count() == 0


def test_payments_in_parts_never_pass_the_decision(desk):
    claim = desk.decided("125000")
    pay(desk, claim, "60000")
    for too_much in ("40000.01", "0", "-5"):
        with pytest.raises(Conflict):
            pay(desk, claim, too_much)
    assert pay(desk, claim).amount == Decimal("40000.00")
    claim.refresh_from_db()
    assert claim.state == "paid"


def test_the_same_reference_pays_once_and_another_amount_under_it_is_a_mistake(desk):
    claim = desk.decided("125000")
    first = pay(desk, claim, "60000", key="INV-1")
    assert pay(desk, claim, "60000", key="INV-1") == first
    with pytest.raises(Conflict):
        pay(desk, claim, "30000", key="INV-1")
    assert Payment.objects.count() == 1


def test_paying_spends_the_reserve_and_closing_releases_the_rest(desk):
    claim = desk.reviewed("125000")
    reserve(desk, claim, "150000")
    reserve(desk, claim, "7000", part="alae")
    desk.approve(desk.propose(claim))
    claim.refresh_from_db()
    pay(desk, claim)
    assert reserves_of(claim)["indemnity"].outstanding == Decimal("50000.00")
    claim.refresh_from_db()
    claim_close(claim=claim, why="Done.", actor=desk.ada, at=desk.now)
    assert {row.outstanding for row in reserves_of(claim).values()} == {0}
    assert incurred_of(claim) == Decimal("100000.00")


def test_a_claim_with_money_still_owed_is_not_closed(desk):
    claim = desk.decided()
    with pytest.raises(StateRefused):
        claim_close(claim=claim, why="Done.", actor=desk.ada, at=desk.now)
    claim.refresh_from_db()
    assert claim.state == "decided"


def test_reopening_keeps_what_was_paid_and_pays_only_the_difference(desk):
    claim = desk.reviewed("225000")
    desk.approve(desk.propose(claim, "partial", loss=Decimal(125_000)))
    claim.refresh_from_db()
    pay(desk, claim)
    claim.refresh_from_db()
    claim = claim_close(claim=claim, why="Done.", actor=desk.ada, at=desk.now)
    claim = claim_reopen(claim=claim, why="A second doctor's letter.", actor=desk.ada, at=desk.now)
    coverage_check_run(claim=claim, answers=ANSWERED, actor=desk.ada, at=desk.now + timedelta(days=8))
    decision = desk.propose(claim)
    decision_approve(decision=decision, why="Yes.", actor=desk.ben, at=desk.now + timedelta(days=9))
    claim.refresh_from_db()
    assert (decision.amount, pay(desk, claim).amount) == (Decimal("200000.00"), Decimal("100000.00"))


def test_total_paid_is_the_aggregate_when_claims_exceed_it(desk):
    paid = []
    for amount in ("1025000", "825000", "525000"):
        claim = desk.decided(amount, incident=desk.incident())
        paid.append(pay(desk, claim).amount)
    assert (paid, sum(paid)) == ([Decimal(1_000_000), Decimal(800_000), Decimal(200_000)], desk.policy.aggregate)
    late = desk.reviewed("100000", incident=desk.incident())
    assert line(late.checks.get(), "limits_left")["outcome"] == "not_met"


def test_an_aggregate_eaten_by_others_is_refused_to_pay_and_lets_the_claim_close(desk):
    first, second = (desk.decided(amount, incident=desk.incident()) for amount in ("2000000", "900000"))
    pay(desk, first)
    assert pay(desk, second).amount == Decimal("25000.00")
    second.refresh_from_db()
    assert second.state == "paid"


def test_clocks_run_from_report_to_acknowledgement_to_decision(desk):
    claim = desk.decided()
    acknowledge, decide, settle = clocks_of(claim)
    assert (acknowledge.due, acknowledge.late(desk.now)) == (claim.reported_at + timedelta(days=15), False)
    assert decide.done == claim.decided_at
    assert settle.late(claim.decided_at + timedelta(days=31))
    assert not settle.late(claim.decided_at + timedelta(days=30))


@pytest.mark.parametrize("machine", [CLAIM, DECISION])
def test_the_state_tables_lead_only_to_states_they_know(machine):
    assert {new for moves in machine.moves.values() for new in moves} <= set(machine.moves)


def test_every_move_outside_the_table_is_refused(desk):
    claim = desk.claim()
    for state in Claim.State.values:
        Claim.objects.filter(pk=claim.pk).update(state=state)
        claim.state = state
        for to in set(Claim.State.values) - CLAIM.moves[state]:
            with pytest.raises(StateRefused):
                state_change(instance=claim, machine=CLAIM, to=to, actor=desk.ada, at=desk.now)


def test_money_rows_are_never_changed(desk):
    claim = desk.reviewed("125000")
    reserve(desk, claim, "1000")
    desk.approve(desk.propose(claim))
    claim.refresh_from_db()
    pay(desk, claim)
    for rows in (Payment.objects, ReserveChange.objects):
        for act in (lambda rows=rows: rows.all().delete(), lambda rows=rows: rows.update(organisation=None)):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
    assert (Payment.objects.count(), ReserveChange.objects.count()) == (1, 2)
