"""Capacity by dependency: a bind that would pass it changes nothing, and two at once cannot slip through."""

from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction

from accounts.roles import ALL_STAFF
from core.actors import Actor
from core.errors import InputRefused, NotAllowed, StateRefused
from core.models import JournalEntry
from policies.capacity import leanings
from policies.models import Capacity, Policy, Quote
from policies.services import Acceptance, capacity_referral_decide, capacity_set, policy_bind
from policies.services.capacity import OverCapacity
from tests.book import authorised, bound, quoted
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.racing import race

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
ORDER = Acceptance(reason="Rows were sampled.", order_text="Bind.")
KEY = {"kind": "library", "name": "scikit-learn"}
OTHER = [{"kind": "vendor", "name": "Somebody", "version": ""}]


def let(amount, now, **changed):
    given = {**KEY, "amount": Decimal(amount), "currency": "USD", "why": "The treaty ends there.", **changed}
    return capacity_set(**given, actor=ACTUARY, at=now)


@pytest.fixture
def bind(staff, now):
    actor = authorised(staff("underwriter"), "bind", "2000000")
    return lambda quote: policy_bind(quote=quote, inception=now.date(), acceptance=ORDER, actor=actor, at=now)


@pytest.mark.django_db
def test_what_leans_on_a_dependency_is_added_up_over_its_versions_and_spellings(organisation, staff, now):
    bound(organisation, staff("underwriter"), now)
    spelt = [{"kind": "library", "name": " Scikit-Learn ", "version": "1.9"}]
    bound(organisation, staff("underwriter"), now, name="Second", dependencies=spelt)
    let("5000000", now, name="SCIKIT-learn")
    row = leanings("USD")[0]
    assert (row.name, row.exposed, row.headroom, len(row.policies)) == ("scikit-learn", 4_000_000, 1_000_000, 2)


@pytest.mark.django_db
def test_a_bind_beyond_the_capacity_is_refused_and_changes_nothing(organisation, staff, now, bind):
    bound(organisation, staff("underwriter"), now)
    let("3999999.99", now)
    quote, lines = quoted(organisation, now, name="Second"), JournalEntry.objects.count()
    with pytest.raises(StateRefused) as refused:
        bind(quote)
    assert "scikit-learn" in refused.value.message
    assert "by USD 0.01 over USD 3,999,999.99" in refused.value.message
    quote.refresh_from_db()
    written = JournalEntry.objects.count() - lines
    assert (quote.state, Policy.objects.count(), written) == (Quote.State.OPEN, 1, 1)  # the referral alone
    let("4000000", now)
    assert bind(quote).state == Policy.State.IN_FORCE


@pytest.mark.django_db
def test_a_capacity_of_another_dependency_or_currency_is_none_of_it(organisation, now, bind):
    let("0", now, currency="EUR")
    let("0", now, name="xgboost")
    let("0", now, kind="vendor")
    assert bind(quoted(organisation, now)).aggregate == 2_000_000


@pytest.mark.django_db(transaction=True)
def test_of_four_models_bound_at_once_only_as_many_as_fit_slip_through(organisation, now, bind):
    let("5000000", now)
    quotes = [quoted(organisation, now, name=f"Model {place}") for place in range(4)]
    refusals = race([lambda quote=quote: bind(quote) for quote in quotes])
    assert (Policy.objects.count(), [type(error) for error in refusals]) == (2, [OverCapacity] * 2)


def over(quote, bind):
    with pytest.raises(OverCapacity):
        bind(quote)
    return quote.capacity_referrals.get(state="open")


@pytest.mark.django_db
def test_an_actuary_lets_one_quote_through_for_its_excess_and_no_more(organisation, staff, now, bind):
    let("1500000", now)
    first, second = quoted(organisation, now, name="First"), quoted(organisation, now, name="Second")
    referral = over(first, bind)
    assert (referral.over, referral.capacity, referral.state) == (500_000, 1_500_000, "open")
    assert over(first, bind).pk == referral.pk  # asked once
    capacity_referral_decide(referral=referral, decision="accepted", why="A treaty covers it.", actor=ACTUARY, at=now)
    assert over(second, bind).over == 500_000  # another quote
    assert bind(first).aggregate == 2_000_000
    later = over(second, bind)  # the book has grown
    assert (later.over, second.capacity_referrals.count()) == (2_500_000, 1)
    capacity_referral_decide(referral=later, decision="refused", why="No more.", actor=ACTUARY, at=now)
    with pytest.raises(OverCapacity):
        bind(second)
    assert second.capacity_referrals.count() == 1  # refused is not asked again


@pytest.mark.django_db
def test_whoever_binds_does_not_let_it_through_and_a_decision_is_final(organisation, staff, now, bind):
    let("0", now)
    referral = over(quoted(organisation, now), bind)
    binder = Actor(kind="user", id=referral.asked_by_id, label="Una")
    for actor, decision, why, error in (
        (binder, "accepted", "Fine.", NotAllowed),
        (ACTUARY, "perhaps", "Fine.", InputRefused),
        (ACTUARY, "accepted", " ", InputRefused),
    ):
        with pytest.raises(error):
            capacity_referral_decide(referral=referral, decision=decision, why=why, actor=actor, at=now)
    referral.refresh_from_db()
    assert referral.state == "open"
    capacity_referral_decide(referral=referral, decision="refused", why="No.", actor=ACTUARY, at=now)
    with pytest.raises(StateRefused):
        capacity_referral_decide(referral=referral, decision="accepted", why="Yes.", actor=ACTUARY, at=now)


@pytest.mark.django_db
@time_machine.travel("2026-10-01T10:00:00Z", tick=True)
def test_actuaries_decide_over_the_api_staff_read_and_no_customer_sees_it(api, staff, owner, organisation, now):
    let("0", now)
    quote = quoted(organisation, now)
    authorised(staff("underwriter"), "bind", "2000000")
    body = {"inception": now.date().isoformat(), "acceptance_reason": "Sampled.", "order_text": "Bind."}
    answer = api(staff("underwriter")).post(f"/api/v1/quotes/{quote.pk}/bind", body, format="json")
    assert (answer.status_code, "actuar" in answer.json().get("remedy", "")) == (409, True), answer.json()
    row = quote.capacity_referrals.get()
    address = f"/api/v1/capacities/referrals/{row.pk}/decision"
    for who in (owner, staff("underwriter"), staff("auditor")):
        said = {"decision": "accepted", "why": "Fine."}
        assert api(who).post(address, said, format="json").status_code in (403, 404)
    assert api(owner).get("/api/v1/capacities/referrals").status_code == 403
    row.refresh_from_db()
    assert row.state == "open"
    told = api(staff("actuary")).post(address, {"decision": "accepted", "why": "Treaty."}, format="json").json()
    assert (told["state"], told["over"], told["why"]) == ("accepted", "2000000.00", "Treaty.")
    assert api(staff("underwriter")).get("/api/v1/capacities/referrals").json()["items"][0]["id"] == str(row.pk)
    assert api(staff("underwriter")).post(f"/api/v1/quotes/{quote.pk}/bind", body, format="json").status_code == 201


@pytest.mark.django_db
def test_the_portal_puts_it_before_actuaries_and_back_on_the_quote(portal, staff, organisation, now, bind):  # noqa: F811
    let("0", now)
    quote = quoted(organisation, now)
    row = over(quote, bind)
    actuary = portal(staff("actuary"))
    assert quote.number in actuary.get("/").content.decode()
    assert quote.number not in portal(staff("auditor")).get("/").content.decode().split("Quotes that lapse")[0]
    assert "Binds over a capacity" in actuary.get("/book/accumulation").content.decode()
    actuary.post(f"/book/accumulation/referrals/{row.pk}", {"decision": "accepted", "why": "The treaty covers it."})
    page = portal(staff("underwriter")).get(f"/quotes/{quote.pk}").content.decode()
    assert "The treaty covers it." in page
    assert "Binds over a capacity" not in actuary.get("/book/accumulation").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"kind": "weather"}, {"name": "  "}, {"why": " "}, {"amount": Decimal(-1)}, {"currency": "GOLD"},
              {"amount": Decimal("0.001")}]
)  # fmt: skip
def test_what_is_no_capacity_is_refused_and_nothing_is_stored(now, wrong):
    with pytest.raises(InputRefused):
        capacity_set(**{**KEY, "amount": Decimal(1), "currency": "USD", "why": "So.", **wrong}, actor=ACTUARY, at=now)
    assert Capacity.objects.count() == 0


@pytest.mark.django_db
def test_a_capacity_is_never_changed(now):
    row = let("1", now)
    with pytest.raises(DatabaseError), transaction.atomic():
        Capacity.objects.filter(pk=row.pk).update(amount=2)


@pytest.mark.django_db
def test_an_actuary_sets_it_others_read_it_and_no_customer_sees_it(api, staff, owner, organisation, now):
    bound(organisation, staff("underwriter"), now)
    body = {**KEY, "amount": "2500000", "currency": "USD", "why": "The treaty ends there."}
    for role in sorted(ALL_STAFF):
        before = Capacity.objects.count()
        status = api(staff(role)).post("/api/v1/capacities", body, format="json").status_code
        assert status == (201 if role == "actuary" else 403)
        assert Capacity.objects.count() == before + (role == "actuary")
        assert api(staff(role)).get("/api/v1/capacities").status_code == (403 if role == "adjuster" else 200)
    assert api(owner).get("/api/v1/capacities").status_code == 403
    told = api(staff("underwriter")).get("/api/v1/capacities").json()["items"][0]
    assert (told["exposed"], told["headroom"], told["policies"]) == ("2000000.00", "500000.00", ["P-2026-000001"])


@pytest.mark.django_db
def test_the_portal_shows_headroom_and_lets_an_actuary_set_it(portal, staff, organisation, now):  # noqa: F811
    policy = bound(organisation, staff("underwriter"), now)
    browser = portal(staff("actuary"))
    browser.post("/book/accumulation", {**KEY, "amount": "1500000", "currency": "USD", "why": "Enough."})
    page = browser.get("/book/accumulation").content.decode()
    assert "leans on 1 dependency more than it may" in page
    assert f'href="/policies/{policy.pk}"' in page
    assert "Enough." in page
    assert "Set a capacity" not in portal(staff("underwriter")).get("/book/accumulation").content.decode()
