"""Binding: every guard, the money to the cent, and nothing changed where it is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, InputRefused, NotAllowed, StateRefused
from core.journal import journal_of
from core.models import Job, JournalEntry
from core.periods import claims_made_year
from policies.models import Policy, PolicyTransaction, Quote, Series
from policies.priced import Priced, priced
from policies.selectors import policies_in_force, schedule_at
from policies.services import (
    Acceptance,
    Subjectivity,
    policies_expire,
    policies_start,
    policy_bind,
    quote_accept,
    quote_offer,
    subjectivity_meet,
)
from policies.services.binding import instalment_plan
from policies.services.guards import retro_date
from tests.book import CUSTOMER, PRICER, audited, authorised, bound, pricing_made, quoted
from tests.book import priced as pricing_of
from underwriting.models import Referral

pytestmark = pytest.mark.django_db
REASON = Acceptance(reason="Rows were sampled by the insurer.", order_text="Please bind, 1 October 2026.")


@pytest.fixture
def underwriter(staff):
    return authorised(staff("underwriter"), "bind", "2000000")


def bind(quote, actor, at, *, acceptance=REASON, inception=None):
    return policy_bind(quote=quote, inception=inception or at.date(), acceptance=acceptance, actor=actor, at=at)


def nothing_changed(quote):
    quote.refresh_from_db()
    journal = journal_of(subject_kind="quote", subject_id=quote.pk).values_list("action", flat=True)
    bound_jobs = Job.objects.filter(kind="policies.documents").exists()
    return not Policy.objects.exists() and not bound_jobs and "quote.bound" not in journal


def test_a_bound_policy_copies_the_price_and_is_in_force_on_its_first_day(organisation, underwriter, now):
    quote = quoted(organisation, now)
    policy = bind(quote, underwriter, now)
    assert (policy.number, policy.state, policy.form) == ("P-2026-000001", "in_force", "claims-made and reported")
    assert (policy.inception, policy.expiry) == (date(2026, 10, 1), date(2027, 10, 1))
    assert (policy.premium, policy.total) == (quote.pricing.premium, quote.pricing.total)
    assert policy.premium + sum(Decimal(line["amount"]) for line in policy.taxes) == policy.total
    assert sum(Decimal(part["amount"]) for part in policy.instalments) == policy.total


def test_binding_books_one_transaction_and_orders_the_papers(organisation, underwriter, now):
    policy = bind(quoted(organisation, now), underwriter, now)
    booked = PolicyTransaction.objects.get()
    assert (booked.kind, booked.premium, booked.premium + booked.taxes) == (
        "new_business",
        policy.premium,
        policy.total,
    )
    assert Job.objects.get(kind="policies.documents").args == {"policy": str(policy.pk)}
    actions = [row.action for row in journal_of(subject_kind="policy", subject_id=policy.pk)]
    assert actions == ["policy.bound", "policy.in_force"]


def test_the_audited_version_is_scheduled_for_acts_since_the_retroactive_date(organisation, underwriter, now):
    policy = bind(quoted(organisation, now, terms={"claims_made_year": 2}), underwriter, now)
    row = schedule_at(policy=policy, on=now.date()).get()
    assert (row.version, policy.retro_date) == (policy.quote.pricing.order.version, date(2025, 10, 1))


def test_a_later_inception_waits_until_its_day_comes(organisation, underwriter, now):
    policy = bind(quoted(organisation, now), underwriter, now, inception=now.date() + timedelta(days=5))
    assert policy.state == "bound"
    assert policies_start(at=now + timedelta(days=4)) == 0
    assert policies_start(at=now + timedelta(days=5)) == 1
    assert policies_expire(at=now + timedelta(days=369)) == 0
    assert policies_expire(at=now + timedelta(days=370)) == 1
    policy.refresh_from_db()
    assert policy.state == "expired"


def test_in_force_is_told_by_dates_and_not_by_todays_state(organisation, underwriter, now):
    policy = bind(quoted(organisation, now), underwriter, now)
    days = [policy.inception - timedelta(days=1), policy.inception, policy.expiry - timedelta(days=1), policy.expiry]
    assert [policies_in_force(on=day).exists() for day in days] == [False, True, True, False]


def test_a_quote_is_bound_once(organisation, underwriter, now):
    quote = quoted(organisation, now)
    bind(quote, underwriter, now)
    with pytest.raises(StateRefused):
        bind(quote, underwriter, now)
    assert Policy.objects.count() == 1


def test_without_the_customers_word_nothing_is_bound(organisation, underwriter, now):
    quote = quoted(organisation, now)
    with pytest.raises(StateRefused, match="not accepted"):
        bind(quote, underwriter, now, acceptance=Acceptance(reason="Fine."))
    assert nothing_changed(quote)
    accepted = quote_accept(quote=quote, actor=CUSTOMER, at=now)
    assert bind(accepted, underwriter, now, acceptance=Acceptance(reason="Fine.")).state == "in_force"


@pytest.mark.parametrize("grant", [None, ("1999999.99", "USD"), ("9000000", "EUR")])
def test_authority_must_reach_the_limit_in_the_policys_currency(organisation, staff, now, grant):
    quote, person = quoted(organisation, now), staff("underwriter", "ulla")
    actor = authorised(person, "claim", "9000000")
    if grant:
        authorised(person, "bind", *grant)
    with pytest.raises(NotAllowed):
        bind(quote, actor, now)
    assert nothing_changed(quote)


def test_unverified_evidence_needs_a_reason_or_a_subjectivity_within_sixty_days(organisation, underwriter, now):
    quote = quoted(organisation, now)
    for due, error in ((61, InputRefused), (0, InputRefused), (None, StateRefused)):
        promised = Subjectivity("E1 to E3", now.date() + timedelta(days=due)) if due is not None else None
        with pytest.raises(error):
            bind(quote, underwriter, now, acceptance=Acceptance(subjectivity=promised, order_text="Bind."))
    assert nothing_changed(quote)
    last = Subjectivity("E1 to E3", now.date() + timedelta(days=60))
    policy = bind(quote, underwriter, now, acceptance=Acceptance(subjectivity=last, order_text="Bind."))
    assert policy.subjectivities == [{"text": "E1 to E3", "due": "2026-11-30", "met_at": None, "code": "evidence-e4"}]


def test_a_subjectivity_is_met_once_and_journalled(organisation, underwriter, now):
    promised = Acceptance(subjectivity=Subjectivity("E1 to E3", date(2026, 11, 1)), order_text="Bind.")
    policy = bind(quoted(organisation, now), underwriter, now, acceptance=promised)
    policy = subjectivity_meet(policy=policy, index=0, why="Audit arrived.", actor=underwriter, at=now)
    assert policy.subjectivities[0]["met_at"] == now.isoformat()
    with pytest.raises(StateRefused):
        subjectivity_meet(policy=policy, index=0, why="Again.", actor=underwriter, at=now)


def test_fewer_than_three_hundred_rows_are_never_bound_even_when_the_referral_is_accepted(
    organisation, underwriter, now
):
    pricing = pricing_of(organisation, now, rows=299)
    pricing.referrals.update(state=Referral.State.ACCEPTED)
    quote = quote_offer(pricing=pricing, actor=PRICER, at=now)
    with pytest.raises(StateRefused, match="299 labelled"):
        bind(quote, underwriter, now)
    assert nothing_changed(quote)


def test_grade_f_is_never_bound(organisation, underwriter, now, monkeypatch):
    from policies.services import binding

    quote = quoted(organisation, now)
    worse = Priced(**{**priced(quote.pricing).__dict__, "grade": "F"})
    monkeypatch.setattr(binding, "priced", lambda pricing: worse)
    with pytest.raises(StateRefused, match="grade F"):
        bind(quote, underwriter, now)
    assert nothing_changed(quote)


def test_an_audit_over_a_hundred_days_old_is_not_bound_unless_an_underwriter_took_it(organisation, underwriter, now):
    old = pricing_of(organisation, now)
    late = now + timedelta(days=80)
    quote = quote_offer(pricing=pricing_made(old.order, late), actor=PRICER, at=late)
    with pytest.raises(StateRefused, match="101 days old"):
        bind(quote, underwriter, now + timedelta(days=101))
    assert nothing_changed(quote)
    assert bind(quote, underwriter, now + timedelta(days=100)).state == "in_force"


@pytest.mark.parametrize(("ahead", "begins"), [(100, True), (101, False)])
def test_cover_that_begins_later_still_rests_on_an_audit_of_a_hundred_days(
    organisation, underwriter, now, ahead, begins
):
    inception = now.date() + timedelta(days=ahead)
    order = pricing_of(organisation, now).order
    quote = quote_offer(pricing=pricing_made(order, now, inception=inception.isoformat()), actor=PRICER, at=now)
    if begins:
        assert bind(quote, underwriter, now, inception=inception).state == "bound"
        return
    with pytest.raises(StateRefused, match="101 days old when cover begins"):
        bind(quote, underwriter, now, inception=inception)
    assert nothing_changed(quote)


def test_an_accepted_referral_for_age_lets_an_old_audit_be_bound(organisation, underwriter, now):
    order, late = pricing_of(organisation, now).order, now + timedelta(days=110)
    pricing = pricing_made(order, late)
    assert [row.code for row in pricing.referrals.all()] == ["audit-too-old"]
    pricing.referrals.update(state=Referral.State.ACCEPTED)
    quote = quote_offer(pricing=pricing, actor=PRICER, at=late)
    assert bind(quote, underwriter, late).state == "in_force"


def test_a_quote_that_lapsed_is_not_bound_though_no_event_came_yet(organisation, underwriter, now):
    quote = quoted(organisation, now)
    audited(quote.pricing.order.version, now + timedelta(minutes=1))
    with pytest.raises(StateRefused, match="newer audit"):
        bind(quote, underwriter, now + timedelta(minutes=2))
    assert nothing_changed(quote)


@pytest.mark.parametrize("shift", [-1, 31])
def test_cover_is_never_backdated_nor_begun_after_the_quotes_validity(organisation, underwriter, now, shift):
    quote = quoted(organisation, now)
    with pytest.raises(InputRefused) as refused:
        bind(quote, underwriter, now, inception=now.date() + timedelta(days=shift))
    assert (refused.value.field, nothing_changed(quote)) == ("inception", True)


def test_an_inception_in_another_claims_made_year_must_be_priced_anew(organisation, underwriter, now):
    quote = quoted(organisation, now, terms={"retro_date": "2025-10-10"})
    with pytest.raises(StateRefused, match="claims-made year"):
        bind(quote, underwriter, now, inception=date(2026, 10, 10))
    assert nothing_changed(quote)


def test_two_policies_of_a_model_never_overlap(organisation, underwriter, now):
    first = bind(quoted(organisation, now), underwriter, now)
    order = first.quote.pricing.order
    quote = quote_offer(pricing=pricing_made(order, now, limit="1000000"), actor=PRICER, at=now)
    with pytest.raises(Conflict, match=first.number):
        bind(quote, underwriter, now)
    assert Policy.objects.count() == 1


def test_a_refused_binding_uses_no_number(organisation, staff, underwriter, now):
    quote = quoted(organisation, now)
    nobody = authorised(staff("underwriter", "nobody"), "bind", "1")
    before = JournalEntry.objects.count()
    with pytest.raises(NotAllowed):
        bind(quote, nobody, now)
    assert not Series.objects.filter(name="P-2026").exists()
    assert JournalEntry.objects.count() == before


@given(year=st.integers(1, 5), day=st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_the_retroactive_date_gives_the_claims_made_year_it_was_priced_with(year, day):
    price = Priced.__new__(Priced)
    for name, value in {"retro_date": None, "claims_made_year": year}.items():
        object.__setattr__(price, name, value)
    assert claims_made_year(retro_date(price=price, inception=day), day) == year


def test_from_the_sixth_year_on_all_prior_acts_are_covered(organisation, underwriter, now):
    assert bind(quoted(organisation, now, terms={"claims_made_year": 6}), underwriter, now).retro_date is None


def test_instalments_are_spread_over_the_term_and_taxes_fall_due_first(organisation, now):
    price = priced(pricing_of(organisation, now))
    plan = instalment_plan(price=price, inception=date(2026, 11, 30))
    assert [part["due"] for part in plan] == ["2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]
    assert [Decimal(part["taxes"]) for part in plan] == [price.total - price.premium, 0, 0, 0]
    assert sum(Decimal(part["premium"]) for part in plan) == price.premium


def test_transactions_are_never_changed(organisation, staff, now):
    bound(organisation, staff("underwriter"), now)
    for act in (lambda: PolicyTransaction.objects.update(premium=0), lambda: PolicyTransaction.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert PolicyTransaction.objects.get().premium > 0


def test_states_on_a_quote_agree_with_its_policy(organisation, staff, now):
    policy = bound(organisation, staff("underwriter"), now)
    assert Quote.objects.get().state == "bound"
    assert policy.bound_by_id == str(staff("underwriter").pk)
