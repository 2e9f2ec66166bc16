"""First notice: what is looked up, what is refused, and that one loss is claimed once."""

from datetime import timedelta

import pytest

from claims.models import Claim, Incident
from claims.selectors import claims_by_state, incident_report_due, siblings_of
from claims.services import claim_triage, incident_code
from claims.services.reporting import claimant_key
from core.errors import Conflict, InputRefused
from core.journal import journal_of
from tests.book import CUSTOMER
from underwriting.services import deployment_switch

pytestmark = pytest.mark.django_db


def test_an_incident_knows_which_version_was_live(desk):
    assert desk.incident().version.label == "v1"
    long_ago = desk.now - timedelta(days=400)
    assert desk.incident(occurred_at=long_ago).version is None


def test_an_incident_of_the_future_or_known_before_it_happened_is_refused(desk):
    early, late = desk.now - timedelta(hours=2), desk.now - timedelta(hours=1)
    with pytest.raises(InputRefused):
        desk.incident(occurred_at=late, discovered_at=early)
    assert Incident.objects.count() == 0


def test_recoding_keeps_what_stood_before_in_the_journal(desk):
    incident = incident_code(
        incident=desk.incident(), changes={"peril": "DISC"}, why="It is bias.", actor=desk.ada, at=desk.now
    )
    last = journal_of(subject_kind="incident", subject_id=incident.pk).last()
    assert (incident.peril, last.detail) == ("DISC", {"peril": {"from": "ERR", "to": "DISC"}})


@pytest.mark.parametrize(("serious", "days"), [("no", None), ("general", 15), ("death", 10), ("widespread", 2)])
def test_a_serious_incident_starts_the_clock_of_article_73(desk, serious, days):
    incident = desk.incident(serious=serious)
    expected = incident.discovered_at + timedelta(days=days) if days else None
    assert incident_report_due(incident) == expected


def test_a_claim_is_numbered_and_starts_as_reported(desk):
    claim = desk.claim()
    assert (claim.number, claim.state) == ("C-2026-000001", "reported")
    assert claim.organisation_id == desk.policy.organisation_id


@pytest.mark.parametrize("name", ["Jo Doe", " jo  DOE "])
def test_the_same_claimants_loss_is_claimed_once_however_the_name_is_written(desk, name):
    incident = desk.incident()
    desk.claim(incident=incident)
    with pytest.raises(Conflict):
        desk.claim(incident=incident, claimant=name)
    assert desk.claim(incident=incident, claimant="Jim Doe").number == "C-2026-000002"
    assert claimant_key(name) == claimant_key("jo doe")


@pytest.mark.parametrize(
    ("changed", "field"), [({"currency": "EUR"}, "currency"), ({"made_on": timedelta(days=9)}, "made_on")]
)
def test_another_currency_or_a_day_ahead_is_refused(desk, changed, field):
    given = {
        name: desk.now.date() + value if isinstance(value, timedelta) else value for name, value in changed.items()
    }
    with pytest.raises(InputRefused) as refused:
        desk.claim(**given)
    assert (refused.value.field, Claim.objects.count()) == (field, 0)


def test_triage_acknowledges_and_notes_siblings(desk):
    incident = desk.incident()
    first, second = desk.claim(incident=incident), desk.claim(incident=incident, claimant="Jim Doe")
    other = desk.claim(incident=desk.incident(), claimant="Joy Doe")
    claim_triage(claim=second, severity="low", systemic=True, country="", why="Seen.", actor=desk.ada, at=desk.now)
    assert second.acknowledged_at == desk.now
    assert [(row.claim, row.shares) for row in siblings_of(second)] == [(first, "incident"), (other, "model")]


def test_claims_are_counted_by_state_with_every_state_named(desk, principal, staff, owner, stranger):
    desk.claim()
    counts = claims_by_state(principal(owner))
    assert (counts["reported"], counts["closed"], set(counts)) == (1, 0, set(Claim.State.values))
    assert sum(claims_by_state(principal(stranger)).values()) == 0


def test_a_switch_recorded_later_changes_the_check_and_not_the_incident(desk):
    incident = desk.incident(occurred_at=desk.now - timedelta(days=400))
    deployment_switch(
        model=desk.policy.model,
        version=desk.policy.quote.pricing.order.version,
        live_from=desk.now - timedelta(days=500),
        notes="Found in the logs.",
        actor=CUSTOMER,
        at=desk.now,
    )
    incident.refresh_from_db()
    assert incident.version is None
