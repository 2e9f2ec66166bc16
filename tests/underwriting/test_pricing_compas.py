"""COMPAS, whole: sent, read, measured and priced as in production; the stored price is the pure price."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from audits.services import dataset_receive
from core.canonical import canonical_json
from core.jobs.runner import drain
from underwriting.models import AuditOrder, Pricing
from underwriting.rating import evidence_from_audit, plan_load, price
from underwriting.services import audit_order, price_make, price_replay
from underwriting.terms import risk_of, terms_complete

pytestmark = pytest.mark.django_db
FILE = next((Path(__file__).parents[2] / "demo" / "data").rglob("compas_two_years.csv"))


def _chunks() -> Iterator[bytes]:
    with FILE.open("rb") as file:
        while chunk := file.read(1 << 16):
            yield chunk


@pytest.fixture
def measured(version, organisation, actor, django_capture_on_commit_callbacks) -> AuditOrder:
    at = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        dataset = dataset_receive(
            organisation=organisation,
            chunks=_chunks(),
            name="compas",
            source="ProPublica",
            historic=True,
            actor=actor,
            at=at,
        )
        drain()
        dataset.refresh_from_db()
        order = audit_order(version=version, dataset=dataset, purpose="submission", actor=actor, at=at)
        drain()
    order.audit_run.refresh_from_db()
    return order


def test_compas_is_priced_as_the_pure_engine_prices_it(measured, model, terms, underwriter):
    at = measured.audit_run.completed_at + timedelta(days=3)
    pricing = price_make(order=measured, terms=terms, actor=underwriter, at=at)
    plan = plan_load("MRL-2026.02")
    result = measured.audit_run.result
    evidence = evidence_from_audit(
        result, evidence_class="E4", age_days=3, result_digest=measured.audit_run.result_digest
    )
    risk = risk_of(model=model, terms=terms_complete(terms=terms, on=at.date()), dimensions={}, plan=plan)
    pure = price(risk, evidence, plan)
    stored = Pricing.objects.get(pk=pricing.pk)
    assert canonical_json(stored.worksheet) == canonical_json(pure.to_dict())
    assert price_replay(pricing=stored) == stored.worksheet_digest
    _assert_published_rates(result, stored)


def _assert_published_rates(result, stored: Pricing) -> None:
    """1,282 of 7,214 flagged without an event (ProPublica, threshold 5); the rest is priced as untested."""
    error = result["dimensions"]["error"]
    assert (error["k"], error["n"]) == (1282, 7214)
    assert stored.evidence["rows"] == 7214
    gap = result["dimensions"]["gap"]
    assert (gap["state"], gap["metric"], gap["group"]) == ("measured", "false_positive_rate", "African-American")
    untested = {line["dimension"] for line in stored.worksheet["figures"]["untested"]}
    assert {"robustness", "label", "drift"} <= untested
    assert stored.outcome in ("quote", "refer")
    assert stored.referrals.count() == len(stored.worksheet["referrals"])
