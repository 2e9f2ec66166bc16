"""Part B from offer to payment: priced by the engine's posterior, settled by its count, never on the same data."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction

from core.actors import Actor
from core.canonical import digest
from core.errors import Conflict, InputRefused, NotAllowed, StateRefused
from core.models import JournalEntry
from guarantees.documents import guarantee_pdf
from guarantees.models import Guarantee, GuaranteePayment, Measurement
from guarantees.services import (
    guarantee_bind,
    guarantee_measure,
    guarantee_pay,
    guarantee_replay,
    guarantee_withdraw,
)
from tests.book import CUSTOMER, authorised
from tests.guarantees.conftest import AUDITOR, TERMS, fresh, offer
from tests.handing import INTERFACE
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.racing import race
from underwriting.rating.parametric import Audited, filed, guarantee_price
from underwriting.services import version_register

pytestmark = pytest.mark.django_db
LATER = timedelta(days=101)


def measured(guarantee, order, at):
    return guarantee_measure(guarantee=guarantee, order=order, actor=AUDITOR, at=at)


def test_an_offer_is_priced_on_the_audits_count_and_its_drift(offered):
    audited = offered.worksheet["audited"]
    assert (audited["k"], audited["n"]) == ("60", "2000")
    years = Decimal(95) / 365
    assert audited["drift"] == str(round(((Decimal("0.10") * years).exp() - 1) / (Decimal("0.10") * years), 6))
    told = Audited(Decimal(60), Decimal(2000), Decimal(audited["drift"]))
    sheet = guarantee_price(told, TERMS, filed(), accompanies=False)
    assert (offered.premium, offered.total) == (sheet.premium, sheet.premium)
    assert guarantee_replay(guarantee=offered) == offered.worksheet_digest


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"window": (0, 90)}, "window_end"),
        ({"window": (5, 5)}, "window_end"),
        ({"window": (5, 500)}, "window_end"),
        ({"currency": "GOLD"}, "currency"),
    ],
)
def test_what_is_not_written_is_not_offered(audit, now, changed, field):
    if "window" in changed:
        first, last = changed["window"]
        changed = {"window": (now.date() + timedelta(days=first - 1), now.date() + timedelta(days=last - 1))}
        if first == 5:
            changed = {"window": tuple(day + timedelta(days=1) for day in changed["window"])}
    with pytest.raises(InputRefused) as refused:
        offer(audit(now), now, **changed)
    assert refused.value.field == field
    assert Guarantee.objects.count() == 0


def test_copied_rows_price_it_by_what_they_are_worth_and_never_settle_it(audit, bound, settling, now):
    worth = {"k_eff": "15.000000", "n_eff": "500.000000", "design_effect": "4.000000"}
    assert offer(audit(now, worth=worth), now).premium > 2 * bound.premium
    with pytest.raises(InputRefused):
        offer(audit(now, worth={**worth, "k_eff": "14", "n_eff": "499"}), now)
    found = measured(bound, settling(90, worth=worth), now + LATER)
    assert (found.verdict, "copied" in found.reason) == ("cannot_tell", True)


def test_the_desk_says_which_windows_are_over(portal, staff, bound, now):  # noqa: F811
    assert bound.number not in portal(staff("auditor")).get("/").content.decode()
    with time_machine.travel(now + LATER, tick=True):
        assert bound.number in portal(staff("auditor")).get("/").content.decode()


def test_no_offer_stands_on_unverified_or_old_or_unfinished_audits(audit, now):
    doubtful = {"id": "model.deterministic", "verdict": "fail", "sentence": "9 of 10 differ."}
    for order, at in ((audit(now, checks=(doubtful,)), now), (audit(now), now + timedelta(days=101))):
        with pytest.raises(StateRefused):
            offer(order, at)
    running = audit(now)
    running.audit_run.state = "running"
    with pytest.raises(StateRefused):
        offer(running, now)


def test_it_is_bound_on_an_order_within_authority_and_before_its_window(offered, staff, now):
    una, small = authorised(staff("underwriter"), "bind", "500000"), authorised(staff("underwriter", "s"), "bind", "9")
    for refusal, given in (
        (InputRefused, {"order_text": " ", "actor": una, "at": now}),
        (NotAllowed, {"order_text": "Bind.", "actor": small, "at": now}),
        (StateRefused, {"order_text": "Bind.", "actor": una, "at": now + timedelta(days=6)}),
    ):
        with pytest.raises(refusal):
            guarantee_bind(guarantee=offered, **given)
    assert guarantee_bind(guarantee=offered, order_text="Bind.", actor=una, at=now).state == "bound"
    with pytest.raises(StateRefused):
        guarantee_withdraw(guarantee=Guarantee.objects.get(), why="Late.", actor=una, at=now)


@pytest.mark.parametrize(
    ("errors", "due", "state"), [(40, "0.00", "ended"), (41, "25000.00", "triggered"), (90, "500000.00", "triggered")]
)
def test_the_engines_count_settles_it(bound, settling, now, errors, due, state):
    found = measured(bound, settling(errors), now + LATER)
    bound.refresh_from_db()
    assert (found.errors, found.rows, found.payable, bound.state) == (errors, 1000, Decimal(due), state)
    assert guarantee_pdf(bound) == guarantee_pdf(Guarantee.objects.get())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"custody": "customer"}, "not verified"),
        ({"rows": 999}, "too few"),
        ({"rows": 1001}, "more than were agreed"),
        ({"checks": (fresh(3),)}, "evaluated before"),
        ({"checks": ()}, "not compared"),
        ({"before": ()}, "not compared"),
    ],
)
def test_what_is_not_verified_fresh_and_agreed_cannot_tell(bound, settling, now, changed, said):
    found = measured(bound, settling(90, **changed), now + LATER)
    bound.refresh_from_db()
    assert (found.verdict, found.payable, bound.state) == ("cannot_tell", 0, "bound")
    assert said in found.reason
    again = measured(bound, settling(90, data=b"others"), now + LATER)
    assert again.verdict == "triggered"


def test_the_data_that_priced_it_never_settle_it(bound, audit, settling, version, now):
    other = version_register(
        model=version.model, label="v2", digest=digest(b"v2"), interface=INTERFACE, actor=CUSTOMER, at=now
    )
    at = now + timedelta(days=100)
    same = settling(90)
    type(same.audit_run.dataset).objects.filter(pk=same.audit_run.dataset_id).update(
        digest=bound.priced_on.audit_run.dataset.digest
    )
    same.audit_run.dataset.refresh_from_db()
    early = settling(90, at=now + timedelta(days=50))
    old = settling(90)
    type(old.audit_run.dataset).objects.filter(pk=old.audit_run.dataset_id).update(created_at=now)
    old.audit_run.dataset.refresh_from_db()
    for order in (bound.priced_on, same, early, old, settling(90, of=other)):
        with pytest.raises(InputRefused):
            measured(bound, order, at)
    with pytest.raises(InputRefused):
        measured(bound, settling(90), at + timedelta(days=60))
    assert Measurement.objects.count() == 0


def test_it_is_paid_once_by_a_third_person_within_authority(bound, settling, staff, now):
    measured(bound, settling(45), now + LATER)
    aki = authorised(staff("adjuster"), "claim", "200000")
    small = authorised(staff("adjuster", "small"), "claim", "5")
    binder = Actor(kind="user", id=Guarantee.objects.get().bound_by_id, label="Una")

    def pay(actor, payee="Acme"):
        return guarantee_pay(guarantee=bound, payee=payee, why="As measured.", actor=actor, at=now + LATER)

    for actor, refusal in ((AUDITOR, NotAllowed), (binder, NotAllowed), (small, NotAllowed)):
        with pytest.raises(refusal):
            pay(actor)
    with pytest.raises(InputRefused):
        pay(aki, payee=" ")
    assert GuaranteePayment.objects.count() == 0
    assert pay(aki).amount == Decimal("125000.00")
    with pytest.raises(StateRefused):
        pay(aki)
    with pytest.raises(DatabaseError), transaction.atomic():
        GuaranteePayment.objects.update(amount=1)


def test_one_audit_measures_once_and_an_ended_one_no_more(bound, settling, now):
    order = settling(90, custody="customer")
    measured(bound, order, now + LATER)
    with pytest.raises(Conflict):
        measured(bound, order, now + LATER)
    measured(bound, settling(10, data=b"x"), now + LATER)
    with pytest.raises(StateRefused):
        measured(bound, settling(90, data=b"y"), now + LATER)


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_pay_one(bound, settling, staff, now):
    measured(bound, settling(45), now + LATER)
    payers = [authorised(staff("adjuster", name), "claim", "200000") for name in ("a", "b")]
    refusals = race(
        [
            lambda who=who: guarantee_pay(guarantee=bound, payee="Acme", why="So.", actor=who, at=now + LATER)
            for who in payers
        ]
    )
    assert (GuaranteePayment.objects.count(), [type(error) for error in refusals]) == (1, [StateRefused])


@time_machine.travel("2026-10-01T10:00:00Z", tick=True)
def test_over_the_api_the_insurer_acts_the_insured_reads_a_stranger_sees_nothing(
    api, staff, owner, stranger, audit, now
):
    body = {
        "audit": str(audit(now).audit_run_id), "threshold": "0.04", "rows": 1000, "tick": "25000", "cap": "500000",
        "currency": "USD", "window_start": "2026-10-06", "window_end": "2027-01-04",
    }  # fmt: skip
    for who, status in ((owner, 403), (stranger, 403), (staff("adjuster"), 403)):
        assert api(who).post("/api/v1/guarantees", body, format="json").status_code == status
    assert api().post("/api/v1/guarantees", body, format="json").status_code == 401
    assert Guarantee.objects.count() == 0
    authorised(staff("underwriter"), "bind", "500000")
    una = api(staff("underwriter"))
    made = una.post("/api/v1/guarantees", body, format="json")
    assert made.status_code == 201, made.json()
    at = f"/api/v1/guarantees/{made.json()['id']}"
    assert api(owner).get(at).json()["premium"] == made.json()["premium"]
    assert api(owner).get(f"{at}.pdf").content[:5] == b"%PDF-"
    assert api(owner).post(f"{at}/replay").json()["same"]
    for address in (at, f"{at}.pdf"):
        assert api(stranger).get(address).status_code == 404
    assert api(owner).post(f"{at}/bind", {"order_text": "Bind."}, format="json").status_code == 403
    assert una.post(f"{at}/bind", {"order_text": "Bind."}, format="json").json()["state"] == "bound"
    assert una.post("/api/v1/guarantees", {**body, "threshold": "0.031"}, format="json").json()["field"] == "threshold"


def test_the_portal_walks_from_offer_to_payment(portal, staff, owner, stranger, audit, now):  # noqa: F811
    priced_on = audit(now)
    authorised(staff("underwriter"), "bind", "500000")
    una = portal(staff("underwriter"))
    authorised(staff("adjuster"), "claim", "500000")
    with time_machine.travel(now, tick=True):
        una.post(
            "/guarantees",
            {
                "audit": str(priced_on.audit_run_id), "threshold": "0.04", "rows": "1000", "tick": "25000",
                "cap": "500000", "currency": "USD", "window_start": now.date() + timedelta(days=5),
                "window_end": now.date() + timedelta(days=95), "tax_jurisdiction": "NONE",
            },
        )  # fmt: skip
        row = Guarantee.objects.get()
        page = una.get(f"/guarantees/{row.pk}").content.decode()
        assert f"{row.premium:,.2f}" in page
        assert "more than 40 harmful errors on 1,000 rows" in page
        una.post(f"/guarantees/{row.pk}/bind", {"order_text": "Bind it."})
    at = now + timedelta(days=100)
    settled_by = audit(at, 45, 1000, before=(priced_on,), checks=(fresh(),))
    with time_machine.travel(at + timedelta(hours=1), tick=True):
        portal(staff("auditor")).post(f"/guarantees/{row.pk}/measure", {"audit": str(settled_by.audit_run_id)})
        portal(staff("adjuster")).post(f"/guarantees/{row.pk}/pay", {"payee": "Acme Credit", "why": "As measured."})
        page = portal(owner).get(f"/guarantees/{row.pk}").content.decode()
        assert "125,000.00" in page
        assert "Acme Credit" in page
        assert portal(stranger).get(f"/guarantees/{row.pk}").status_code == 404
    row.refresh_from_db()
    assert row.state == "paid"
    acts = set(JournalEntry.objects.filter(subject_id=str(row.pk)).values_list("action", flat=True))
    assert {
        "guarantee.offered",
        "guarantee.bound",
        "guarantee.measured",
        "guarantee.triggered",
        "guarantee.paid",
    } <= acts
