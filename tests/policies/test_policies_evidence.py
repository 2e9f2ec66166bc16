"""Evidence at bind and after it: what is verified needs no promise, and better evidence keeps one that was made."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from audits.models import AuditRun, DataSet, ModelFile
from core.canonical import canonical_json, digest
from core.errors import StateRefused
from core.events import event_publish
from core.jobs.runner import drain
from core.models import JournalEntry
from policies.models import Policy
from policies.services import Acceptance, Subjectivity, evidence_met, policy_bind, quote_accept, quote_offer
from tests.book import CUSTOMER, audited, authorised, complete, pricing_made
from tests.handing import INTERFACE, SCHEMA, model_of
from underwriting.models import AuditOrder, Handover, ModelVersion
from underwriting.selectors import order_of
from underwriting.services import version_register

pytestmark = pytest.mark.django_db
REPRODUCED = [{"id": "model.reproduces", "verdict": "pass", "sentence": "Same."}]
NOT_REPRODUCED = [{"id": "model.reproduces", "verdict": "fail", "sentence": "9 of 10 differ."}]


@pytest.fixture
def underwriter(staff):
    return authorised(staff("underwriter"), "bind", "5000000")


@pytest.fixture
def version(organisation, now) -> ModelVersion:
    return version_made(model_of(organisation, now), now)


def version_made(model: Any, at: Any, label: str = "v1", interface: Any = INTERFACE) -> ModelVersion:
    fields = {"label": label, "digest": digest(b"v1"), "interface": interface}
    return version_register(model=model, actor=CUSTOMER, at=at, **fields)


def caged(version: ModelVersion, at: Any, checks: Any = REPRODUCED, custody: str = "customer") -> AuditOrder:
    """A completed audit in which the model of `version` itself answered."""
    common = {"organisation": version.organisation, "created_at": at}
    file = ModelFile.objects.create(
        **common, state="ready", digest=version.digest, size=1, interface=version.interface, uploaded_by="Olga Owner"
    )
    Handover.objects.create(**common, version=version, model_file=file)
    dataset = DataSet.objects.create(
        **common, name="rows", custody=custody, state="ready", digest=digest(b"rows"), size=4, uploaded_by="Olga Owner"
    )
    run = AuditRun.objects.create(
        **common,
        dataset=dataset,
        model_file=file,
        spec=SCHEMA,
        spec_digest=digest(canonical_json(SCHEMA)),
        suite="PAS-2026.2",
        seed=1,
        requested_by="Olga Owner",
    )
    code = "E1" if custody == "insurer" else "E2"
    order = AuditOrder.objects.create(
        **common,
        version=version,
        audit_run=run,
        purpose="submission",
        evidence_class=code,
        registration=1,
        ordered_by="Olga Owner",
    )
    complete(order, at, 7000, {"checks": checks}, "")
    found = order_of(run.pk)
    assert found is not None
    return found


def bound(order: AuditOrder, at: Any, underwriter: Any, **acceptance: Any) -> Policy:
    quote = quote_accept(
        quote=quote_offer(pricing=pricing_made(order, at), actor=underwriter, at=at), actor=CUSTOMER, at=at
    )
    agreed = Acceptance(**acceptance)
    return policy_bind(quote=quote, inception=at.date(), acceptance=agreed, actor=underwriter, at=at)


def promised(at: Any, days: int = 60) -> Subjectivity:
    return Subjectivity("An audit of class E1 to E3.", at.date() + timedelta(days=days))


@pytest.mark.parametrize(("custody", "code"), [("customer", "E2"), ("insurer", "E1")])
def test_verified_evidence_is_bound_without_reason_or_promise(custody, code, version, now, underwriter):
    policy = bound(caged(version, now, custody=custody), now, underwriter)
    assert (policy.quote.pricing.evidence["evidence_class"], policy.subjectivities) == (code, [])


def test_a_model_that_does_not_reproduce_needs_them_again(version, now, underwriter):
    with pytest.raises(StateRefused, match="E4"):
        bound(caged(version, now, NOT_REPRODUCED), now, underwriter)
    assert not Policy.objects.exists()


@pytest.fixture
def unverified(version, now, underwriter) -> Policy:
    """A policy that was bound on E4, against a promise."""
    return bound(audited(version, now), now, underwriter, subjectivity=promised(now))


def test_better_evidence_keeps_the_promise(unverified, version, now):
    order, later = caged(version, now + timedelta(days=9)), now + timedelta(days=9)
    event_publish(
        name="audits.run_completed.1",
        organisation_id=version.organisation_id,
        ids={"audit_run": str(order.audit_run_id)},
        at=later,
    )
    drain()
    unverified.refresh_from_db()
    assert unverified.subjectivities[0]["met_at"]
    entry = JournalEntry.objects.get(action="policy.subjectivity_met")
    assert (entry.actor_label, "E2" in entry.why) == ("audit", True)


def test_telling_it_twice_meets_it_once(unverified, version, now):
    order, later = caged(version, now), now + timedelta(days=9)
    assert [evidence_met(order=order, at=later) for _ in range(2)] == [1, 0]


def test_the_same_artifact_registered_with_an_interface_counts(organisation, now, underwriter):
    model = model_of(organisation, now)
    policy = bound(audited(version_made(model, now, interface=None), now), now, underwriter, subjectivity=promised(now))
    again = version_made(model, now, label="v1 handed over")
    assert evidence_met(order=caged(again, now), at=now) == 1
    policy.refresh_from_db()
    assert policy.subjectivities[0]["met_at"]


def test_evidence_that_stays_unverified_keeps_no_promise(unverified, version, now):
    assert evidence_met(order=caged(version, now, NOT_REPRODUCED), at=now) == 0
    unverified.refresh_from_db()
    assert unverified.subjectivities[0]["met_at"] is None


def test_another_artifact_keeps_no_promise(unverified, version, now):
    other = version_register(
        model=version.model, label="v2", digest=digest(b"v2"), interface=INTERFACE, actor=CUSTOMER, at=now
    )
    assert evidence_met(order=caged(other, now), at=now) == 0


def test_a_promise_of_something_else_is_left_to_people(unverified, version, now):
    items = [{"text": "A certificate.", "due": "2026-11-01", "met_at": None}]
    Policy.objects.filter(pk=unverified.pk).update(subjectivities=items)
    assert evidence_met(order=caged(version, now), at=now) == 0


def test_an_audit_that_underwriting_did_not_order_moves_nothing(organisation, now, unverified):
    event_publish(
        name="audits.run_completed.1", organisation_id=organisation.pk, ids={"audit_run": str(uuid.uuid4())}, at=now
    )
    drain()
    unverified.refresh_from_db()
    assert unverified.subjectivities[0]["met_at"] is None


def test_the_quote_says_the_class_it_was_priced_on(version, now, underwriter, api, staff):
    quote = quote_offer(pricing=pricing_made(caged(version, now), now), actor=underwriter, at=now)
    assert api(staff("underwriter")).get(f"/api/v1/quotes/{quote.pk}").json()["evidence_class"] == "E2"
