"""A priced, quoted and bound model for the tests of the rooms above underwriting, made by the rooms' own services."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Authority, Organisation, User
from audits.models import DataSet
from core.actors import Actor
from core.canonical import canonical_json, digest
from policies.models import Policy, Quote
from policies.services import Acceptance, policy_bind, quote_accept, quote_offer
from underwriting.models import AuditOrder, ModelVersion, Pricing, RegisteredModel
from underwriting.services import audit_order, deployment_switch, model_register, price_make, version_register

CUSTOMER = Actor(kind="user", id="u-owner", label="Olga Owner")
PRICER = Actor(kind="user", id="u-pricer", label="Peter Pricer")
COLUMNS = ("repaid", "p_repaid", "approved", "sex")
TERMS = {"limit": "2000000", "aggregate": "2000000", "deductible": "25000", "tax_jurisdiction": "US-NY"}
FIELDS: dict[str, Any] = {
    "name": "Retail credit",
    "purpose": "Decides on consumer credit.",
    "population": "Applicants for consumer credit.",
    "use_class": "CREDIT-RETAIL",
    "industry": "52",
    "harm_text": "Somebody who would repay is refused.",
    "decisions_per_year": 400_000,
    "autonomy": "on_the_loop",
    "criticality": "high_risk",
    "data_sensitivity": "financial",
    "third_party": "own",
    "jurisdiction": "us_states_or_eu",
    "validation_age": "under_6m",
    "dependencies": [{"kind": "library", "name": "scikit-learn", "version": "1.7"}],
    "schema": {
        "task": "binary",
        "label": "repaid",
        "positive_label": "1",
        "decision": {"column": "approved", "op": "==", "value": "1"},
        "probability": "p_repaid",
        "attributes": [{"name": "sex", "column": "sex", "source": "recorded"}],
    },
}


def dimensions(rows: int) -> dict[str, dict[str, Any]]:
    """What a decent model's audit stores; every dimension measured, so that nothing refers by itself."""
    counted = {"state": "measured", "n": rows, "gamma": "0.90"}
    return {
        "error": {**counted, "k": rows // 10, "point": "0.100000", "u": "0.110000"},
        "gap": {
            **counted,
            "metric": "selection_rate",
            "attribute": "sex",
            "group": "f",
            "point": "0.080000",
            "half_width": "0.020000",
            "u": "0.100000",
        },
        "ece": {**counted, "point": "0.020000", "u": "0.028000"},
        "robustness": {"state": "not_run", "reason": "robustness needs the model itself, not its predictions"},
        "label": {"state": "not_run", "reason": "no blind re-labelled random sample was sent"},
        "drift": {"state": "not_run", "reason": "no dates were registered"},
    }


def model_made(organisation: Organisation, at: datetime, **changed: Any) -> tuple[RegisteredModel, ModelVersion]:
    """A registered model and its first version, live since a year before `at`."""
    model = model_register(organisation=organisation, fields={**FIELDS, **changed}, actor=CUSTOMER, at=at)
    version = version_register(model=model, label="v1", digest=digest(b"v1"), actor=CUSTOMER, at=at)
    deployment_switch(model=model, version=version, live_from=at - timedelta(days=365), actor=CUSTOMER, at=at)
    return model, version


def audited(
    version: ModelVersion,
    at: datetime,
    *,
    rows: int = 7000,
    purpose: str = "submission",
    told: Mapping[str, Any] | None = None,
    kept_as: str = "",
) -> AuditOrder:
    """A completed audit of `version`, as the audit job would leave it."""
    dataset = DataSet.objects.create(
        organisation=version.organisation,
        created_at=at,
        name="rows",
        state=DataSet.State.READY,
        digest=digest(b"rows"),
        size=4,
        rows=rows,
        columns=[{"name": name, "type": "dictionary", "nulls": 0} for name in COLUMNS],
        uploaded_by=CUSTOMER.label,
    )
    order = audit_order(version=version, dataset=dataset, purpose=purpose, actor=CUSTOMER, at=at)
    complete(order, at, rows, told or {}, kept_as)
    return order


def complete(order: AuditOrder, at: datetime, rows: int, told: Mapping[str, Any], kept_as: str) -> None:
    """Store a result, with the parts `told`, as the audit job would; under another digest if one is given."""
    run = order.audit_run
    counts = {"total": rows, "labelled": rows, "unlabelled": 0, "undecided": 0}
    run.result = {"suite": {"id": "PAS-2026.1"}, "rows": counts, "dimensions": dimensions(rows), "checks": [], **told}
    run.result_digest = kept_as or digest(canonical_json(run.result))
    run.state, run.completed_at = "completed", at
    run.save()


def pricing_made(order: AuditOrder, at: datetime, **terms: Any) -> Pricing:
    return price_make(order=order, terms={**TERMS, **terms}, actor=PRICER, at=at)


def priced(
    organisation: Organisation, at: datetime, *, rows: int = 7000, terms: Any = None, told: Any = None, **changed: Any
) -> Pricing:
    """A price of a new model of `organisation`."""
    _, version = model_made(organisation, at, **changed)
    return pricing_made(audited(version, at, rows=rows, told=told), at, **(terms or {}))


def quoted(organisation: Organisation, at: datetime, **changed: Any) -> Quote:
    return quote_offer(pricing=priced(organisation, at, **changed), actor=PRICER, at=at)


def authorised(user: User, kind: str, amount: str, currency: str = "USD") -> Actor:
    """`user` with a grant, as an actor."""
    Authority.objects.update_or_create(user=user, kind=kind, currency=currency, defaults={"amount": Decimal(amount)})
    return Actor(kind="user", id=str(user.pk), label=user.name)


def bound(organisation: Organisation, underwriter: User, at: datetime, **changed: Any) -> Policy:
    """A policy in force from `at`, bound by `underwriter`."""
    quote = quote_accept(quote=quoted(organisation, at, **changed), actor=CUSTOMER, at=at)
    return policy_bind(
        quote=quote,
        inception=at.date(),
        acceptance=Acceptance(reason="Rows were sampled by the insurer."),
        actor=authorised(underwriter, "bind", "5000000"),
        at=at,
    )
