"""A guarantee and the audits that price and settle it, as the audit jobs would leave them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from audits.models import AuditRun, Companion, DataSet, ModelFile
from core.actors import Actor
from core.canonical import canonical_json, digest
from guarantees.models import Guarantee
from guarantees.services import guarantee_bind, guarantee_offer
from tests.book import CUSTOMER, authorised, complete, dimensions
from tests.handing import INTERFACE, SCHEMA, model_of
from underwriting.models import AuditOrder, Handover, ModelVersion
from underwriting.rating.parametric import Terms
from underwriting.services import version_register

UNDA = Actor(kind="user", id="u-unda", label="Unda Writer")
AUDITOR = Actor(kind="user", id="u-ola", label="Ola Auditor")
REPRODUCES = {"id": "model.reproduces", "verdict": "pass", "sentence": "Same."}
TERMS = Terms(Decimal("0.04"), 1000, Decimal(25_000), Decimal(500_000))


def fresh(seen: int = 0, apart: int = 1000) -> dict[str, Any]:
    verdict = "pass" if seen == 0 else "fail"
    return {"id": "gaming.reused_rows", "verdict": verdict, "k": seen, "n": apart, "sentence": f"{seen} of {apart}."}


def counted(errors: int, rows: int, worth: dict[str, Any] | None = None) -> dict[str, Any]:
    found = dimensions(rows)
    error = {**found["error"], "k": errors, "n": rows, "point": f"{errors / rows:.6f}", **(worth or {})}
    return {**found, "error": error, "drift": {"state": "measured", "g": "0.10", "u": "0.20", "n": rows}}


@pytest.fixture
def version(organisation, now) -> ModelVersion:
    fields = {"label": "v1", "digest": digest(b"v1"), "interface": INTERFACE}
    return version_register(model=model_of(organisation, now), actor=CUSTOMER, at=now, **fields)


@pytest.fixture
def audit(version) -> Callable[..., AuditOrder]:
    """audit(at, errors, rows): a completed audit in the cage; on the insurer's rows unless told otherwise."""
    made: dict[str, ModelFile] = {}

    def make(
        at: datetime,
        errors: int = 60,
        rows: int = 2000,
        *,
        custody: str = "insurer",
        data: bytes | None = None,
        before: Any = (),
        checks: Any = (),
        of: ModelVersion = version,
        worth: Any = None,
    ) -> AuditOrder:
        common = {"organisation": of.organisation, "created_at": at}
        if of.digest not in made:
            made[of.digest] = ModelFile.objects.create(
                **common, state="ready", digest=of.digest, size=1, interface=of.interface, uploaded_by="Olga"
            )
            Handover.objects.create(**common, version=of, model_file=made[of.digest])
        dataset = DataSet.objects.create(
            **common,
            name="rows",
            custody=custody,
            state="ready",
            digest=digest(data or f"{at}{errors}".encode()),
            size=4,
            uploaded_by="Olga",
        )
        run = AuditRun.objects.create(
            **common,
            dataset=dataset,
            model_file=made[of.digest],
            spec=SCHEMA,
            spec_digest=digest(canonical_json(SCHEMA)),
            suite="PAS-2026.3",
            seed=1,
            requested_by="Olga",
        )
        for earlier in before:
            Companion.objects.create(**common, run=run, role="audited_before", dataset=earlier.audit_run.dataset)
        order = AuditOrder.objects.create(
            **common,
            version=of,
            audit_run=run,
            purpose="submission",
            evidence_class="E1",
            registration=1,
            ordered_by="Olga",
        )
        complete(order, at, rows, {"dimensions": counted(errors, rows, worth), "checks": [REPRODUCES, *checks]}, "")
        return AuditOrder.objects.select_related("audit_run__dataset", "version__model").get(pk=order.pk)

    return make


@pytest.fixture
def offered(audit, now) -> Guarantee:
    return offer(audit(now), now)


def offer(order: AuditOrder, at: datetime, **changed: Any) -> Guarantee:
    window: tuple[date, date] = (at.date() + timedelta(days=5), at.date() + timedelta(days=95))
    given = {"terms": TERMS, "window": window, "currency": "USD", "tax_jurisdiction": "NONE", **changed}
    return guarantee_offer(order=order, actor=UNDA, at=at, **given)


@pytest.fixture
def bound(offered, staff, now) -> Guarantee:
    actor = authorised(staff("underwriter"), "bind", "500000")
    return guarantee_bind(guarantee=offered, order_text="Please bind it.", actor=actor, at=now)


@pytest.fixture
def settling(audit, bound, now) -> Callable[..., AuditOrder]:
    """settling(errors): an audit that may settle, unless something is changed."""

    def make(errors: int, rows: int = 1000, **changed: Any) -> AuditOrder:
        at = now + timedelta(days=100)
        given = {"before": (bound.priced_on,), "checks": (fresh(),), **changed}
        return audit(given.pop("at", at), errors, rows, **given)

    return make
