"""The whole way of real small models: handed over, examined in the cage, audited, priced; and how they fail."""

import json
import re
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from audits.models import AuditRun, DataSet, ModelFile
from audits.sandbox.launch import CageLost
from core.errors import NotAllowed, Unavailable
from core.jobs.models import Job
from core.models import JournalEntry
from provenance.models import Artifact
from tests.book import PRICER, TERMS
from tests.handing import (
    ROWS,
    SCHEMA,
    boosted_answers,
    boosted_file,
    choosy_file,
    fitted_answers,
    fitted_file,
    grown_answers,
    grown_file,
    linear_answers,
    linear_file,
    margin_file,
    matrix,
    model_of,
    table,
    version_of,
)
from underwriting.evidence_class import class_in_force
from underwriting.models import AuditOrder
from underwriting.selectors import file_of
from underwriting.services import audit_order, model_change, price_make

pytestmark = pytest.mark.django_db
CANARY = 71839.524617


def checks(order) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in order.audit_run.result["checks"]}


@pytest.mark.parametrize(
    ("file", "answers", "form", "trees"),
    [
        (boosted_file, boosted_answers, "xgboost-json", True),
        (linear_file, linear_answers, "onnx", False),
        (grown_file, grown_answers, "lightgbm-text", True),
        (fitted_file, fitted_answers, "skops", False),
    ],
    ids=["xgboost", "onnx", "lightgbm", "skops"],
)
def test_a_model_handed_over_is_evidence_e2_and_measures_robustness(
    file, answers, form, trees, ready, sent, audited, engineer, api
):
    version = ready(file())
    shown = api(engineer).get(f"/api/v1/versions/{version.pk}/artifact").json()
    assert (shown["state"], shown["format"], shown["facts"]["exact_trees"]) == ("ready", form, trees)
    order = audited(engineer, version, sent(engineer, table(answers)))
    run = order.audit_run
    assert (run.state, run.problem) == ("completed", None)
    assert run.result["model"]["digest"] == version.digest == run.model_file.digest
    assert run.result["dimensions"]["robustness"]["state"] == "measured"
    assert checks(order)["model.reproduces"] == checks(order)["model.deterministic"] == "pass"
    assert class_in_force(order).code == order.evidence_class == "E2"
    pricing = price_make(order=order, terms=TERMS, actor=PRICER, at=timezone.now())
    codes = {flag["code"] for flag in pricing.worksheet["subjectivities"]}
    assert (pricing.evidence["evidence_class"], "evidence-e4" in codes) == ("E2", False)
    assert not pricing.referrals.filter(code="evidence-e4").exists()


def test_the_recorded_answers_may_be_left_out(ready, sent, audited, engineer):
    order = audited(engineer, ready(linear_file()), sent(engineer, table(None)))
    assert (order.audit_run.state, class_in_force(order).code) == ("completed", "E2")


def test_an_artifact_that_does_not_reproduce_is_e4_with_a_finding(ready, sent, audited, engineer, api):
    order = audited(engineer, ready(boosted_file()), sent(engineer, table(linear_answers)))
    assert checks(order)["model.reproduces"] == "fail"
    assert any(finding["check"] == "model.reproduces" for finding in order.audit_run.result["findings"])
    found = class_in_force(order)
    assert (found.code, order.evidence_class) == ("E4", "E2")
    assert "does not give the answers" in found.reason
    (listed,) = api(engineer).get(f"/api/v1/versions/{order.version_id}/audits").json()["items"]
    assert (listed["evidence_class"], listed["evidence_reason"]) == ("E4", found.reason)
    pricing = price_make(order=order, terms=TERMS, actor=PRICER, at=timezone.now())
    assert "evidence-e4" in {flag["code"] for flag in pricing.worksheet["subjectivities"]}


def test_a_model_that_answers_only_the_whole_batch_is_e4(ready, sent, audited, engineer):
    order = audited(engineer, ready(choosy_file(few=4, many=ROWS)), sent(engineer, table(linear_answers)))
    assert checks(order)["model.reproduces"] == "pass"
    assert checks(order)["model.deterministic"] == "cannot_tell"
    found = class_in_force(order)
    assert (found.code, order.evidence_class) == ("E4", "E2")
    assert "cannot be told" in found.reason


@pytest.mark.parametrize("name", ["model.reproduces", "model.deterministic"])
def test_what_cannot_be_told_of_the_model_verifies_nothing(name, ready, sent, audited, engineer):
    order = audited(engineer, ready(linear_file()), sent(engineer, table(linear_answers)))
    found = class_in_force(order, [{"id": name, "verdict": "cannot_tell", "sentence": "The model failed."}])
    assert found.code == "E4"
    assert found.reason.endswith("cannot be told. The model failed.")


def test_a_version_without_a_file_is_e4_as_before(credit, now, sent, audited, engineer):
    version = version_of(credit, boosted_file(), now)
    order = audited(engineer, version, sent(engineer, table()))
    assert (order.audit_run.model_file, class_in_force(order).code) == (None, "E4")
    assert order.audit_run.result["dimensions"]["robustness"]["state"] == "not_run"


def test_predictions_that_the_model_does_not_answer_stay_unverified(organisation, now, hand, engineer, work_jobs, sent):
    schema = {**SCHEMA, "decision": {"column": "approved", "op": "==", "value": "1"}}
    credit = model_of(organisation, now)
    model_change(model=credit, changes={"schema": schema}, actor=PRICER, at=now)
    version = version_of(credit, linear_file(), now)
    hand(engineer, version, linear_file())
    work_jobs()
    rows = sent(engineer, table(linear_answers, approved=1))
    order = audit_order(version=version, dataset=rows, purpose="submission", actor=PRICER, at=timezone.now())
    assert order.evidence_class == "E4"
    assert "approved" in class_in_force(order).reason


def test_a_data_set_needs_the_interfaces_inputs(ready, sent, engineer, api):
    version = ready(linear_file())
    rows = sent(engineer, b"repaid,sex,income,debt\n1,f,1.0,2.0\n0,m,2.0,1.0\n")
    answer = api(engineer).post(f"/api/v1/versions/{version.pk}/audits", {"dataset": str(rows.pk)}, format="json")
    assert (answer.status_code, "housing" in answer.json()["detail"]) == (422, True)
    assert not AuditRun.objects.exists()


def test_an_audit_waits_until_the_file_was_examined(credit, now, hand, engineer, sent, api):
    version = version_of(credit, linear_file(), now)
    rows = sent(engineer, table(linear_answers))
    hand(engineer, version, linear_file())
    answer = api(engineer).post(f"/api/v1/versions/{version.pk}/audits", {"dataset": str(rows.pk)}, format="json")
    assert (answer.status_code, answer.json()["field"]) == (409, "version")


@pytest.mark.parametrize("file", [linear_file(divide=True), linear_file()[:-40], linear_file(weights=(1.0, 2.0))])
def test_a_model_that_cannot_answer_is_refused_with_a_verdict_and_not_kept(file, ready, engineer, api):
    version = ready(file)
    shown = api(engineer).get(f"/api/v1/versions/{version.pk}/artifact").json()
    assert shown["state"] == "refused"
    assert shown["problem"]["verdict"] in ("rejected", "model_fault")
    assert {"detail", "field", "limit", "remedy"} <= set(shown["problem"])
    assert not Artifact.objects.filter(digest=version.digest).exists()


def test_margins_that_are_called_probabilities_are_refused(ready, engineer, api):
    version = ready(margin_file())
    shown = api(engineer).get(f"/api/v1/versions/{version.pk}/artifact").json()
    assert (shown["state"], shown["problem"]["field"]) == ("refused", "interface.output.means")


def test_a_refused_file_may_be_handed_over_again(ready, hand, engineer):
    version = ready(linear_file(divide=True))
    assert hand(engineer, version, linear_file(divide=True)).status_code == 201
    assert file_of(version).state == "received"


def test_a_file_whose_examiner_is_lost_three_times_is_refused(credit, now, hand, engineer, work_jobs):
    version = version_of(credit, linear_file(), now)
    hand(engineer, version, linear_file())
    file = file_of(version)
    Job.objects.filter(pk=file.job_id).update(state="running", attempt=3, lease_until=timezone.now())
    work_jobs()
    file.refresh_from_db()
    assert (file.state, file.artifact) == ("refused", None)
    assert "3 times" in file.reason


def test_an_examination_killed_half_way_is_done_by_the_next_attempt(credit, now, hand, engineer, work_jobs):
    version = version_of(credit, linear_file(), now)
    hand(engineer, version, linear_file())
    Job.objects.filter(pk=file_of(version).job_id).update(state="running", attempt=1, lease_until=timezone.now())
    work_jobs()
    assert file_of(version).state == "ready"


def test_a_file_is_final_once_it_was_examined(ready):
    file = file_of(ready(linear_file()))
    with pytest.raises(DatabaseError, match="is final"), transaction.atomic():
        ModelFile.objects.filter(pk=file.pk).update(facts={})


def test_a_run_without_a_cage_fails_with_the_reason(ready, sent, audited, engineer, monkeypatch, api):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))

    def broken(*_args, **_keywords):
        raise Unavailable("No isolation.")

    monkeypatch.setattr("audits.caged.model_open", broken)
    order = audited(engineer, version, rows)
    shown = api(engineer).get(f"/api/v1/audits/{order.audit_run_id}").json()
    assert (shown["state"], shown["problem"]["detail"], shown["result"]) == ("failed", "No isolation.", None)


def test_a_cage_that_is_lost_costs_one_attempt(ready, sent, audited, engineer, work_jobs, monkeypatch):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))

    def lost(*_args, **_keywords):
        raise CageLost("the zygote ended")

    with monkeypatch.context() as broken:
        broken.setattr("audits.caged.model_open", lost)
        order = audited(engineer, version, rows)
    assert order.audit_run.state == "running"
    Job.objects.filter(kind="audits.run").update(run_after=timezone.now())
    work_jobs()
    order.audit_run.refresh_from_db()
    assert order.audit_run.state == "completed"


def test_a_run_killed_half_way_is_measured_by_the_next_attempt(ready, sent, engineer, work_jobs, api):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))
    order = audit_order(version=version, dataset=rows, purpose="submission", actor=PRICER, at=timezone.now())
    AuditRun.objects.filter(pk=order.audit_run_id).update(state="running")
    Job.objects.filter(pk=order.audit_run.job_id).update(state="running", attempt=1, lease_until=timezone.now())
    work_jobs()
    order.audit_run.refresh_from_db()
    assert (order.audit_run.state, class_in_force(order).code) == ("completed", "E2")


# Rows that the insurer holds.


@cache
def held_cells() -> np.ndarray:
    """Float64[ROWS, 2]: income and debt of the held rows, drawn so finely that no figure is one of them by chance."""
    cells = np.round(matrix()[:, :2] + np.random.default_rng(6).random((ROWS, 2)) / 1e4, 10)
    cells[7, 0] = CANARY
    return cells


def held_rows() -> bytes:
    """The held rows with the model's answers, and a column that nobody reads."""
    rows = np.column_stack([held_cells(), matrix()[:, 2]])
    income, debt, answers = ([f"{value:.10f}" for value in column] for column in (*rows.T[:2], linear_answers(rows)))
    return table(None, income=income, debt=debt, p_repaid=answers, note=["CANARY-TEXT"] * ROWS)


@pytest.fixture
def held(ready, sent, audited, staff, organisation) -> AuditOrder:
    """An audit that the insurer ordered on rows that it holds."""
    underwriter = staff("underwriter")
    rows = sent(underwriter, held_rows(), organisation=organisation.pk, held_by="insurer")
    return audited(underwriter, ready(linear_file()), rows)


def test_rows_that_the_insurer_holds_are_evidence_e1(held):
    assert held.audit_run.state == "completed", held.audit_run.problem
    assert (held.evidence_class, class_in_force(held).code) == ("E1", "E1")
    assert checks(held)["model.reproduces"] == "pass"
    pricing = price_make(order=held, terms=TERMS, actor=PRICER, at=timezone.now())
    assert pricing.evidence["evidence_class"] == "E1"


ROUTES = (
    "datasets",
    "datasets/{dataset}",
    "audits",
    "audits/{run}",
    "audits/{run}/result",
    "versions/{version}/audits",
    "versions/{version}/artifact",
    "versions/{version}/pricings",
)


def test_no_value_of_rows_that_the_insurer_holds_reaches_a_member(held, owner, api, client):
    ids = {"dataset": held.audit_run.dataset_id, "run": held.audit_run_id, "version": held.version_id}
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    pages = [f"/datasets/{ids['dataset']}", f"/audits/{ids['run']}", "/audits"]
    answers = [api(owner).get("/api/v1/" + route.format(**ids)) for route in ROUTES] + [client.get(p) for p in pages]
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert str(CANARY)[:8] not in answer.content.decode()
        assert "CANARY" not in answer.content.decode()
    assert api(owner).get(f"/api/v1/datasets/{ids['dataset']}").json()["columns"] == []
    assert api(owner).get(f"/api/v1/datasets/{ids['dataset']}").json()["rows"] == 900


def test_no_number_of_their_result_is_a_cell(held):
    told = {float(found) for found in re.findall(r"-?\d+\.\d+", json.dumps(held.audit_run.result))}
    assert len(told) > 200
    assert told.isdisjoint(held_cells().ravel().tolist())
    assert not {"beeswarm", "examples"} & set(held.audit_run.result["sections"]["attribution"])


def test_the_journal_keeps_no_value_of_them_either(held):
    written = json.dumps(list(JournalEntry.objects.values_list("why", "detail")), default=str)
    assert "CANARY" not in written
    assert str(CANARY) not in written


def test_staff_see_the_columns(held, staff, api):
    shown = api(staff("underwriter")).get(f"/api/v1/datasets/{held.audit_run.dataset_id}").json()
    assert (shown["held_by"], "note" in {column["name"] for column in shown["columns"]}) == ("insurer", True)


def test_a_customer_does_not_order_audits_on_them(held, engineer, api):
    before = AuditRun.objects.count()
    body = {"dataset": str(held.audit_run.dataset_id)}
    answer = api(engineer).post(f"/api/v1/versions/{held.version_id}/audits", body, format="json")
    assert (answer.status_code, AuditRun.objects.count()) == (403, before)


@pytest.mark.parametrize("who", ["owner", "engineer"])
def test_a_customer_cannot_say_that_the_insurer_holds_rows(who, request, api):
    client, before = api(request.getfixturevalue(who)), JournalEntry.objects.count()
    answer = client.generic("POST", "/api/v1/datasets?name=x&held_by=insurer", table(), content_type="text/csv")
    assert (answer.status_code, answer.json()["field"]) == (403, "held_by")
    assert (DataSet.objects.count(), JournalEntry.objects.count()) == (0, before)


def test_what_fails_on_them_is_told_without_their_values(ready, sent, audited, staff, organisation, engineer, api):
    underwriter = staff("underwriter")
    labels = [f"CANARY-{place % 3}" for place in range(ROWS)]
    rows = sent(underwriter, table(linear_answers, repaid=labels), organisation=organisation.pk, held_by="insurer")
    order = audited(underwriter, ready(linear_file()), rows)
    assert order.audit_run.state == "failed"
    shown = api(engineer).get(f"/api/v1/audits/{order.audit_run_id}").content.decode()
    assert "CANARY" not in shown
    assert "rows that the insurer holds" in shown


def test_the_service_itself_refuses_a_customers_order(held, engineer, principal):
    with pytest.raises(NotAllowed):
        audit_order(
            version=held.version,
            dataset=held.audit_run.dataset,
            purpose="submission",
            actor=principal(engineer).actor,
            at=timezone.now() + timedelta(days=1),
        )


def test_an_interface_that_no_longer_fits_the_schema_is_refused_at_the_order(
    organisation, ready, sent, engineer, credit, now
):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))
    schema = {**SCHEMA, "label": "income"}
    model_change(model=credit, changes={"schema": schema}, actor=PRICER, at=now)
    with pytest.raises(Exception, match="is the label"):
        audit_order(version=version, dataset=rows, purpose="submission", actor=PRICER, at=now)
