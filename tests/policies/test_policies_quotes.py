"""Quotes: offered once, for thirty days, and void when what they rest on changes."""

from datetime import timedelta

import pytest

from core.errors import Conflict, StateRefused
from core.events import event_publish
from core.jobs.runner import drain
from core.journal import journal_of
from core.models import Event
from policies.lapse import exposure_lapse
from policies.models import Quote
from policies.selectors import quotes_standing
from policies.services import quote_accept, quote_decline, quote_offer, quotes_expire, quotes_void_lapsed
from policies.states import POLICY, QUOTE
from tests.book import CUSTOMER, PRICER, audited, priced, pricing_made, quoted
from underwriting.models import Referral
from underwriting.services import exposure_change, model_retire

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def test_a_quote_is_numbered_valid_thirty_days_and_journalled(organisation, now):
    quote = quoted(organisation, now)
    assert quote.number == "Q-2026-000001"
    assert quote.valid_until == now + timedelta(days=30)
    assert [row.action for row in journal_of(subject_kind="quote", subject_id=quote.pk)] == ["quote.offered"]


def test_numbers_of_a_year_follow_each_other_and_a_new_year_begins_anew(organisation, now):
    first = quoted(organisation, now)
    second = quoted(organisation, now, name="Second")
    third = quoted(organisation, now + timedelta(days=100), name="Third")
    assert [first.number, second.number, third.number] == ["Q-2026-000001", "Q-2026-000002", "Q-2027-000001"]


def test_one_price_makes_one_quote(organisation, now):
    quote = quoted(organisation, now)
    with pytest.raises(Conflict):
        quote_offer(pricing=quote.pricing, actor=PRICER, at=now)
    assert Quote.objects.count() == 1


def test_a_declined_price_is_not_offered(organisation, now):
    with pytest.raises(StateRefused):
        quote_offer(pricing=priced(organisation, now, criticality="prohibited"), actor=PRICER, at=now)


def test_a_referred_price_is_offered_only_once_every_referral_is_accepted(organisation, now):
    pricing = priced(organisation, now, rows=200)
    assert pricing.outcome == "refer"
    with pytest.raises(StateRefused) as refused:
        quote_offer(pricing=pricing, actor=PRICER, at=now)
    assert "too-few-rows (open)" in refused.value.limit
    pricing.referrals.update(state=Referral.State.ACCEPTED)
    assert quote_offer(pricing=pricing, actor=PRICER, at=now).state == "open"


def test_a_refused_referral_keeps_the_price_from_being_offered(organisation, now):
    pricing = priced(organisation, now, rows=200)
    pricing.referrals.update(state=Referral.State.REFUSED)
    with pytest.raises(StateRefused):
        quote_offer(pricing=pricing, actor=PRICER, at=now)


def test_a_price_overtaken_by_a_newer_audit_is_not_offered(organisation, now):
    pricing = priced(organisation, now)
    audited(pricing.order.version, now + LATER)
    with pytest.raises(StateRefused, match="newer audit"):
        quote_offer(pricing=pricing, actor=PRICER, at=now + 2 * LATER)


def test_the_replay_for_a_claim_voids_no_quote(organisation, now):
    quote = quoted(organisation, now)
    audited(quote.pricing.order.version, now + LATER, purpose="claim")
    assert quotes_void_lapsed(quotes=quotes_standing(), at=now + 2 * LATER) == 0


def test_a_newer_audit_of_the_model_voids_its_quote_and_no_other(organisation, now):
    quote, other = quoted(organisation, now), quoted(organisation, now, name="Other")
    audited(quote.pricing.order.version, now + LATER)
    assert quotes_void_lapsed(quotes=quotes_standing(), at=now + 2 * LATER) == 1
    quote.refresh_from_db()
    other.refresh_from_db()
    assert (quote.state, quote.voided_why, other.state) == (
        "voided",
        "A newer audit of the model was completed.",
        "open",
    )


def test_the_audit_event_is_delivered_as_a_job_and_voids_once(organisation, now):
    quote = quoted(organisation, now)
    run = audited(quote.pricing.order.version, now + LATER).audit_run
    for _ in range(2):
        event_publish(
            name="audits.run_completed.1",
            organisation_id=organisation.pk,
            ids={"audit_run": str(run.pk)},
            at=now + LATER,
        )
    drain(["default"])
    quote.refresh_from_db()
    assert (quote.state, Event.objects.count()) == ("voided", 2)
    assert [r.action for r in journal_of(subject_kind="quote", subject_id=quote.pk)].count("quote.voided") == 1


def test_a_quote_on_the_newest_audit_stands(organisation, now):
    old = quoted(organisation, now)
    order = audited(old.pricing.order.version, now + LATER)
    fresh = quote_offer(pricing=pricing_made(order, now + LATER), actor=PRICER, at=now + LATER)
    quotes_void_lapsed(quotes=quotes_standing(), at=now + LATER)
    states = dict(Quote.objects.values_list("pk", "state"))
    assert (states[old.pk], states[fresh.pk]) == ("voided", "open")


@pytest.mark.parametrize(
    ("before", "now_makes", "lapses"),
    [(1000, 1100, False), (1000, 1101, True), (1000, 900, False), (1000, 899, True), (1000, 1000, False)],
)
def test_more_than_ten_per_cent_either_way_lapses(before, now_makes, lapses):
    assert (exposure_lapse(before=before, now=now_makes) is not None) == lapses


def test_exposure_counts_cumulatively_from_the_quote(organisation, now):
    quote = quoted(organisation, now)
    for decisions, state in ((430_000, "open"), (441_000, "voided")):
        exposure_change(model=quote.model, decisions_per_year=decisions, why="Growth.", actor=CUSTOMER, at=now)
        drain(["default"])
        quote.refresh_from_db()
        assert quote.state == state


def test_a_retired_model_voids_its_quote(organisation, now):
    quote = quoted(organisation, now)
    model_retire(model=quote.model, why="Replaced.", actor=CUSTOMER, at=now)
    assert quotes_void_lapsed(quotes=quotes_standing(), at=now) == 1


def test_a_changed_plan_voids_quotes_made_under_the_one_before(organisation, now, monkeypatch):
    from underwriting.plan_records import plan_get

    quoted(organisation, now)
    plans = {True: plan_get("MRL-2026.02"), False: plan_get("MRL-2026.01")}
    change = (now + timedelta(days=10)).date()
    monkeypatch.setattr("policies.lapse.plan_current", lambda *, on: plans[on < change])
    assert quotes_void_lapsed(quotes=quotes_standing(), at=now + timedelta(days=9)) == 0
    assert quotes_void_lapsed(quotes=quotes_standing(), at=now + timedelta(days=10)) == 1


def test_a_published_plan_is_told_by_event(organisation, now, monkeypatch):
    quote = quoted(organisation, now)
    monkeypatch.setattr("policies.lapse._other_plan", lambda pricing, at: "The rating plan changed.")
    event_publish(name="underwriting.plan_published.1", organisation_id=None, ids={"plan": "MRL-2027.01"}, at=now)
    drain(["default"])
    quote.refresh_from_db()
    assert (quote.state, quote.voided_why) == ("voided", "The rating plan changed.")


def test_quotes_expire_after_thirty_days_and_not_before(organisation, now):
    quote = quoted(organisation, now)
    assert quotes_expire(at=now + timedelta(days=30)) == 0
    assert quotes_expire(at=now + timedelta(days=30, seconds=1)) == 1
    quote.refresh_from_db()
    assert quote.state == "expired"


def test_an_expired_quote_is_not_accepted_even_before_the_timer_notices(organisation, now):
    quote = quoted(organisation, now)
    with pytest.raises(StateRefused, match="expired"):
        quote_accept(quote=quote, actor=CUSTOMER, at=now + timedelta(days=31))
    quote.refresh_from_db()
    assert quote.state == "open"


def test_a_declined_quote_is_final(organisation, now):
    quote = quote_decline(quote=quoted(organisation, now), why="Too dear.", actor=CUSTOMER, at=now)
    with pytest.raises(StateRefused):
        quote_accept(quote=quote, actor=CUSTOMER, at=now)


def test_final_states_allow_nothing():
    for machine, final in ((QUOTE, ("bound", "voided", "expired", "declined")), (POLICY, ("expired", "cancelled"))):
        assert all(machine.moves[state] == frozenset() for state in final)
        assert {new for moves in machine.moves.values() for new in moves} <= set(machine.moves)
