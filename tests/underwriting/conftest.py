"""A registered COMPAS-like model of the organisation, its version, a ready data set and a completed audit."""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from audits.models import DataSet
from core.actors import Actor
from core.canonical import canonical_json, digest
from core.jobs.runner import drain
from tests.handing import model_of, version_of
from underwriting.models import AuditOrder, ModelVersion, RegisteredModel
from underwriting.selectors import order_of
from underwriting.services import audit_order, model_register, version_register

FIELDS: dict[str, Any] = {
    "name": "COMPAS recidivism score",
    "purpose": "Scores defendants from 1 to 10 for the risk of re-arrest within two years.",
    "population": "Defendants scored in Broward County in 2013 and 2014.",
    "use_class": "JUSTICE-RISK",
    "industry": "92a",
    "decisions_per_year": 7000,
    "autonomy": "in_the_loop",
    "criticality": "high_risk",
    "data_sensitivity": "personal",
    "third_party": "opaque_api",
    "jurisdiction": "us_states_or_eu",
    "validation_age": "12_24m",
    "dependencies": [{"kind": "vendor", "name": "Northpointe COMPAS", "version": "2013"}],
    "schema": {
        "task": "binary",
        "label": "two_year_recid",
        "positive_label": "1",
        "decision": {"column": "decile_score", "op": ">=", "value": "5"},
        "score": "decile_score",
        "attributes": [{"name": "race", "column": "race", "source": "recorded"}],
        "slices": [{"name": "charge degree", "column": "c_charge_degree"}],
    },
}
COLUMNS = ("two_year_recid", "decile_score", "race", "sex", "age_cat", "c_charge_degree")
TERMS: dict[str, Any] = {"limit": "1000000", "aggregate": "1000000", "deductible": "25000"}
# Counts of the published COMPAS table at decile >= 5; bounds as an audit stores them.
DIMENSIONS: dict[str, dict[str, Any]] = {
    "error": {
        "state": "measured",
        "k": 1282,
        "n": 7214,
        "point": "0.177710",
        "u": "0.183600",
        "gamma": "0.90",
    },
    "gap": {
        "state": "measured",
        "metric": "false_positive_rate",
        "attribute": "race",
        "group": "African-American",
        "point": "0.196000",
        "half_width": "0.019000",
        "u": "0.215000",
        "n": 3963,
    },
    "ece": {"state": "not_run", "reason": "no probability column was registered"},
    "robustness": {"state": "not_run", "reason": "robustness needs the model itself, not its predictions"},
    "label": {"state": "not_run", "reason": "no blind re-labelled random sample was sent"},
    "drift": {"state": "not_run", "reason": "no dates were registered"},
}


@pytest.fixture
def actor() -> Actor:
    return Actor(kind="user", id="u-engineer", label="Erin Engineer")


@pytest.fixture
def underwriter() -> Actor:
    return Actor(kind="user", id="u-underwriter", label="Uma Underwriter")


@pytest.fixture
def fields() -> dict[str, Any]:
    return copy.deepcopy(FIELDS)


@pytest.fixture
def terms() -> dict[str, Any]:
    return dict(TERMS)


@pytest.fixture
def model(organisation, fields, actor, now) -> RegisteredModel:
    return model_register(organisation=organisation, fields=fields, actor=actor, at=now)


@pytest.fixture
def version(model, actor, now) -> ModelVersion:
    return version_register(model=model, label="2013", digest=digest(b"compas"), actor=actor, at=now)


@pytest.fixture
def dataset(organisation, now) -> DataSet:
    return dataset_ready(organisation, now)


def dataset_ready(organisation: Any, at: datetime) -> DataSet:
    """A data set as intake leaves it, without its bytes."""
    return DataSet.objects.create(
        organisation=organisation,
        created_at=at,
        name="compas",
        state=DataSet.State.READY,
        digest=digest(b"rows"),
        size=4,
        rows=7214,
        columns=[{"name": name, "type": "dictionary", "nulls": 0} for name in COLUMNS],
        uploaded_by="Erin Engineer",
    )


@pytest.fixture
def order(version, dataset, actor, now) -> AuditOrder:
    return audit_order(version=version, dataset=dataset, purpose="submission", actor=actor, at=now)


@pytest.fixture
def complete(now) -> Callable[..., AuditOrder]:
    """complete(order, error={...}) stores a result as the audit job would, with some dimensions replaced."""

    def store(order: AuditOrder, **replaced: dict[str, Any]) -> AuditOrder:
        run = order.audit_run
        result = result_of({**copy.deepcopy(DIMENSIONS), **replaced})
        run.result, run.result_digest = result, digest(canonical_json(result))
        run.state, run.completed_at = "completed", now + timedelta(minutes=1)
        run.save()
        return order

    return store


@pytest.fixture
def hand(api) -> Callable[..., Any]:
    """hand(user, version, b"...") posts the bytes as the version's file and gives the response."""

    def send(holder: Any, version: Any, data: bytes, extra: dict[str, Any] | None = None) -> Any:
        address = f"/api/v1/versions/{version.pk}/artifact"
        return api(holder).generic("POST", address, data, content_type="application/octet-stream", **(extra or {}))

    return send


@pytest.fixture
def work_jobs(django_capture_on_commit_callbacks) -> Callable[[], None]:
    """Runs every due job in this process, with what it does after its commit."""

    def work() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            drain()

    return work


@pytest.fixture
def credit(organisation, now):
    return model_of(organisation, now)


@pytest.fixture
def ready(credit, now, hand, engineer, work_jobs):
    """ready(b"...") is a version whose file was handed over and examined."""

    def make(file: bytes, **changed):
        version = version_of(credit, file, now, **changed)
        assert hand(engineer, version, file).status_code == 201
        work_jobs()
        return version

    return make


@pytest.fixture
def sent(api, work_jobs):
    """sent(user, b"...") uploads rows and has them read."""

    def send(user, data: bytes, **query) -> DataSet:
        address = "/api/v1/datasets?" + urlencode({"name": "decisions", **query})
        answer = api(user).generic("POST", address, data, content_type="text/csv")
        assert answer.status_code == 201, answer.content
        work_jobs()
        found = DataSet.objects.get(pk=answer.json()["id"])
        assert found.state == "ready", found.problem
        return found

    return send


@pytest.fixture
def audited(api, work_jobs):
    """audited(user, version, dataset) orders the audit over the API and has it run."""

    def order(user, version, dataset) -> AuditOrder:
        body = {"dataset": str(dataset.pk)}
        answer = api(user).post(f"/api/v1/versions/{version.pk}/audits", body, format="json")
        assert answer.status_code == 201, answer.content
        work_jobs()
        return order_of(answer.data["audit"]["id"])

    return order


def result_of(dimensions: dict[str, Any]) -> dict[str, Any]:
    """An audit result (contract B) with these dimensions."""
    return {
        "schema": "plimsoll.audit-result/1",
        "suite": {"id": "PAS-2026.1"},
        "rows": {"total": 7214, "labelled": 7214, "unlabelled": 0, "undecided": 0},
        "dimensions": dimensions,
        "checks": [],
    }


@pytest.fixture
def completed(order, complete) -> AuditOrder:
    return complete(order)
