"""Premium audit: the deposit held against the decisions really made, by two people, once, to the cent."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import DatabaseError, transaction

from actuarial.ledger import earnings
from core.actors import Actor
from core.errors import InputRefused, NotAllowed, StateRefused
from core.jobs.runner import drain
from core.models import JournalEntry
from policies.models import ExposureDeclaration, Policy, PolicyTransaction, PremiumAudit
from policies.services import document_remake, exposure_declare, policies_expire, premium_audit_settle
from policies.services.premium_audit import taxes_on
from tests.book import bound
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.racing import race
from underwriting.rating import Evidence, Risk, price
from underwriting.services.pricing import plan_of

CUSTOMER = Actor(kind="user", id="u-customer", label="Carla Customer")
UNDA = Actor(kind="user", id="u-unda", label="Unda Writer")
CENT = Decimal("0.01")


@pytest.fixture
def over(organisation, staff, now):
    """A policy whose term is over, and the day after."""
    policy = bound(organisation, staff("underwriter"), now)
    later = now + timedelta(days=366)
    policies_expire(at=later)
    return Policy.objects.get(pk=policy.pk), later


def declared(policy, decisions, at):
    return exposure_declare(
        policy=policy, decisions=decisions, source="Decision log, sha256:1f.", actor=CUSTOMER, at=at
    )


def settled(policy, at, actor=UNDA):
    return premium_audit_settle(policy=policy, why="Log sampled.", actor=actor, at=at)


def rated(policy, decisions):
    """The premium on `decisions` by the engine itself, from the stored risk."""
    pricing = policy.quote.pricing
    risk = Risk.from_dict({**pricing.risk, "decisions": decisions})
    return price(risk, Evidence.from_dict(pricing.evidence), plan_of(pricing)).premium


@pytest.mark.django_db
@pytest.mark.parametrize("times", [Decimal("0.1"), Decimal("0.9"), Decimal(1), Decimal("1.37"), Decimal(40)])
def test_the_adjustment_is_the_rated_premium_less_the_deposit_and_never_below_the_floor(over, times):
    policy, at = over
    decisions = int(policy.quote.decisions_per_year * times)
    declared(policy, decisions, at)
    audit = settled(policy, at)
    floor = (policy.premium * Decimal("0.80")).quantize(CENT, ROUND_HALF_UP)
    assert audit.adjustment == max(rated(policy, decisions), floor) - policy.premium
    each = [(audit.adjustment * Decimal(tax["rate"])).quantize(CENT, ROUND_HALF_UP) for tax in policy.taxes]
    assert [Decimal(tax["amount"]) for tax in audit.taxes] == each
    line = policy.transactions.get(kind="premium_audit")
    assert (line.premium, line.taxes, line.effective) == (audit.adjustment, sum(each), policy.expiry)
    assert audit.total == audit.adjustment + sum(each)
    assert bool(audit.referrals) == (decisions > 10_000_000)  # rule 20


def test_taxes_on_a_return_are_negative_and_rounded_by_themselves():
    assert taxes_on(Decimal("-100.55"), [{"name": "IPT", "rate": "0.19"}])[0]["amount"] == "-19.10"
    assert taxes_on(Decimal("0.00"), [{"name": "IPT", "rate": "0.19"}])[0]["amount"] == "0.00"


@pytest.mark.django_db
def test_the_latest_declaration_stands_and_the_statement_says_what_the_ledger_says(over):
    policy, at = over
    declared(policy, 1, at)
    declared(policy, policy.quote.decisions_per_year * 2, at + timedelta(hours=1))
    audit = settled(policy, at + timedelta(hours=2))
    assert audit.declaration.decisions == policy.quote.decisions_per_year * 2
    drain()
    paper = policy.documents.get(kind="premium_audit")
    assert document_remake(document=paper) == paper.digest
    assert {row.version for row in policy.documents.exclude(kind="premium_audit")} == {1}
    term = earnings(currency="USD")[0]
    assert (term.premium, term.decisions) == (policy.premium + audit.adjustment, audit.declaration.decisions)


@pytest.mark.django_db
def test_nothing_is_counted_before_expiry_without_a_count_or_by_one_person(organisation, staff, now, over):
    policy, at = over
    young = bound(organisation, staff("underwriter"), at, name="Second")
    lines = JournalEntry.objects.count()
    for refusal, call in (
        (StateRefused, lambda: declared(young, 5, at)),
        (StateRefused, lambda: settled(policy, at)),
        (InputRefused, lambda: declared(policy, 0, at)),
        (InputRefused, lambda: declared(policy, 10**13, at)),
        (InputRefused, lambda: exposure_declare(policy=policy, decisions=5, source=" ", actor=CUSTOMER, at=at)),
    ):
        with pytest.raises(refusal):
            call()
    assert (ExposureDeclaration.objects.count(), JournalEntry.objects.count()) == (0, lines)
    declared(policy, 5, at)
    with pytest.raises(NotAllowed):
        settled(policy, at, actor=CUSTOMER)
    with pytest.raises(InputRefused):
        premium_audit_settle(policy=policy, why=" ", actor=UNDA, at=at)
    assert PremiumAudit.objects.count() == 0


@pytest.mark.django_db
def test_it_is_settled_once_and_never_changed(over):
    policy, at = over
    declared(policy, 5, at)
    audit = settled(policy, at)
    for call in (lambda: settled(policy, at), lambda: declared(policy, 6, at)):
        with pytest.raises(StateRefused, match="settled on"):
            call()
    with pytest.raises(DatabaseError), transaction.atomic():
        PremiumAudit.objects.filter(pk=audit.pk).update(total=0)


@pytest.mark.django_db(transaction=True)
def test_two_settlements_at_once_book_one(over):
    policy, at = over
    declared(policy, 5, at)
    refusals = race([lambda: settled(policy, at)] * 2)
    rows = PolicyTransaction.objects.filter(kind="premium_audit").count()
    assert (rows, [type(error) for error in refusals]) == (1, [StateRefused])


@pytest.mark.django_db
def test_the_owner_declares_an_underwriter_settles_and_nobody_else(api, staff, owner, viewer, stranger, over):
    policy, _ = over
    counts, audits = (f"/api/v1/policies/{policy.pk}/{name}" for name in ("exposure", "premium-audit"))
    body = {"decisions": 90_000, "source": "Decision log."}
    for who, status in ((stranger, 404), (viewer, 403), (staff("adjuster"), 403)):
        assert api(who).post(counts, body, format="json").status_code == status
    assert api().post(counts, body, format="json").status_code == 401
    assert ExposureDeclaration.objects.count() == 0
    assert api(owner).post(counts, body, format="json").status_code == 201
    for who, status in ((owner, 403), (stranger, 403), (staff("adjuster"), 403)):
        assert api(who).post(audits, {"why": "Fine."}, format="json").status_code == status
    assert api(stranger).get(audits).status_code == 404
    assert PremiumAudit.objects.count() == 0
    told = api(staff("underwriter", "second")).post(audits, {"why": "Sampled."}, format="json")
    assert told.status_code == 201
    assert api(owner).get(audits).json() == told.json()
    assert told.json()["settled"]["decisions"] == 90_000


@pytest.mark.django_db
def test_the_portal_walks_from_the_desk_to_the_statement(portal, staff, owner, over):  # noqa: F811
    policy, _ = over
    una, home = portal(staff("underwriter", "second")), portal(owner)
    assert "Premium audits" in una.get("/").content.decode()
    home.post(f"/policies/{policy.pk}/exposure", {"decisions": "90000", "source": "Decision log."})
    assert "90,000 decisions are declared" in home.get(f"/policies/{policy.pk}").content.decode()
    una.post(f"/policies/{policy.pk}/premium-audit", {"why": "Sampled the log."})
    page = home.get(f"/policies/{policy.pk}").content.decode()
    assert "Sampled the log." in page
    assert f"{PremiumAudit.objects.get().rated:,.2f}" in page
    assert "Premium audits" not in una.get("/").content.decode()
