"""Models that fail while their audit asks them, under the edition that goes on: completed, told, and unverified."""

import pytest
from django.utils import timezone

from audits.sandbox.refusals import ModelFault, ModelRejected
from tests.book import PRICER, TERMS
from tests.handing import brittle_file, linear_answers, linear_file, matrix, table
from underwriting.evidence_class import class_in_force
from underwriting.services import price_make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _third(monkeypatch):
    monkeypatch.setattr("audits.services.CURRENT", "PAS-2026.3")


def brittle_rows(answers=linear_answers) -> bytes:
    """The rows, of which the first has an income that the brittle model answers with NaN."""
    return table(answers, income=["20"] + [f"{value:.6f}" for value in matrix()[1:, 0]])


def test_a_model_that_fails_on_the_rows_is_e4_and_what_was_recorded_is_measured(ready, sent, audited, engineer):
    order = audited(engineer, ready(brittle_file()), sent(engineer, brittle_rows()))
    run = order.audit_run
    assert (run.state, run.problem) == ("completed", None)
    assert run.result["model"]["failed"]["verdict"] == "model_fault"
    assert run.result["dimensions"]["error"]["state"] == "measured"
    assert run.result["dimensions"]["robustness"]["state"] == "cannot_tell"
    assert any(item["title"].startswith("The model failed: ") for item in run.result["findings"])
    found = class_in_force(order)
    assert (found.code, order.evidence_class) == ("E4", "E2")
    assert "own predictions were measured" in found.reason
    pricing = price_make(order=order, terms=TERMS, actor=PRICER, at=timezone.now())
    assert "evidence-e4" in {flag["code"] for flag in pricing.worksheet["subjectivities"]}


def test_without_recorded_answers_it_fails_the_run(ready, sent, audited, engineer):
    order = audited(engineer, ready(brittle_file()), sent(engineer, brittle_rows(None)))
    assert (order.audit_run.state, order.audit_run.problem["verdict"]) == ("failed", "model_fault")


@pytest.mark.parametrize("error", [ModelFault("It died.", field="model"), ModelRejected("No model.", field="file")])
def test_a_file_that_does_not_open_is_a_model_that_fails(error, ready, sent, audited, engineer, monkeypatch):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))

    def broken(*_args, **_keywords):
        raise error

    monkeypatch.setattr("audits.caged.model_open", broken)
    order = audited(engineer, version, rows)
    assert order.audit_run.state == "completed"
    assert order.audit_run.result["model"]["failed"]["verdict"] == error.verdict
    assert class_in_force(order).code == "E4"


def test_a_failing_checks_name_alone_is_enough_to_verify_nothing(ready, sent, audited, engineer):
    order = audited(engineer, ready(linear_file()), sent(engineer, table(linear_answers)))
    assert class_in_force(order).code == "E2"
    failed = class_in_force(order, [{"id": "model.answers", "verdict": "fail", "sentence": "The model failed."}])
    assert failed.code == "E4"
