"""The whole way of a real file: uploaded, read, measured, shown; and what happens when it cannot be measured."""

import json

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Organisation
from audits.models import AuditRun, DataSet
from audits.selectors import audit_checks, audit_progress, audit_section
from audits.services import audit_request
from core.actors import system
from core.canonical import digest
from core.errors import InputRefused, NotFound, StateRefused
from core.jobs.models import Job
from core.models import Event, JournalEntry
from provenance.store import path_of
from tests.audits.conftest import GOOD

COMPAS = {
    "task": "binary",
    "label": "two_year_recid",
    "positive_label": "1",
    "decision": {"column": "decile_score", "op": ">=", "value": "5"},
    "score": "decile_score",
    "harmful_error": "false_positive",
    "favourable_decision": "negative",
    "gap_metric": "false_positive_rate",
    "attributes": [{"name": "race", "column": "race", "source": "recorded"}],
    "slices": [{"name": "age band", "column": "age_cat"}],
    "scores_expected": False,
}
SMALL = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "yhat", "op": ">=", "value": "1"},
}


@pytest.fixture
def ask(organisation):
    """ask(dataset_id, spec) requests an audit."""

    def request(dataset_id: str, spec: dict, owner: Organisation = organisation, **options) -> AuditRun:
        dataset = DataSet.objects.get(pk=dataset_id)
        return audit_request(
            organisation=owner, dataset=dataset, spec=spec, actor=system("test"), at=timezone.now(), **options
        )

    return request


@pytest.fixture
def compas(sent, owner, data_file, ask, work_jobs) -> AuditRun:
    dataset = sent(owner, data_file("compas_two_years.csv"), name="COMPAS", historic="true")
    assert (dataset["state"], dataset["rows"]) == ("ready", 7214)
    run = ask(dataset["id"], COMPAS)
    work_jobs()
    run.refresh_from_db()
    return run


def test_compas_is_measured_to_propublicas_printed_rates(compas, owner, api):
    shown = api(owner).get(f"/api/v1/audits/{compas.pk}").json()
    assert shown["state"] == "completed"
    table = audit_section(compas, "fairness")["race"]
    rows = {row[0]: dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
    printed = {"African-American": ("0.4485", "0.2799"), "Caucasian": ("0.2345", "0.4772")}
    for group, rates in printed.items():
        assert tuple(f"{rows[group][name]:.4f}" for name in ("FPR value", "FNR value")) == rates
    assert shown["result"]["dimensions"]["error"]["state"] == "measured"


def test_the_result_is_its_bytes_and_its_digest(compas, owner, api):
    raw = api(owner).get(f"/api/v1/audits/{compas.pk}/result").content
    assert digest(raw) == compas.result_digest
    assert json.loads(raw) == compas.result
    assert compas.result["dataset_digest"] == compas.dataset.canonical.digest
    assert compas.result["spec_digest"] == compas.spec_digest


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_a_completed_audit(act, sent, owner, ask, work_jobs):
    run = ask(sent(owner, GOOD)["id"], SMALL)
    work_jobs()
    rows = AuditRun.objects.filter(pk=run.pk)
    with pytest.raises(DatabaseError, match="is final"), transaction.atomic():
        rows.update(result={}) if act == "update" else rows.delete()
    assert rows.get().result["schema"]


def test_altered_rows_are_not_measured(sent, owner, ask, work_jobs):
    run = ask(sent(owner, GOOD)["id"], SMALL)
    canonical = run.dataset.canonical
    path_of(run.organisation_id, canonical.digest).write_bytes(b"PAR1 other rows PAR1")
    work_jobs()
    run.refresh_from_db()
    assert run.state != "completed"


def test_altered_result_bytes_are_not_given_out(sent, owner, ask, work_jobs, api):
    run = ask(sent(owner, GOOD)["id"], SMALL)
    work_jobs()
    run.refresh_from_db()
    path_of(run.organisation_id, run.result_digest).write_bytes(b"{}")
    assert api(owner).get(f"/api/v1/audits/{run.pk}/result").status_code == 503


def test_the_same_audit_again_gives_the_same_bytes(compas, ask, work_jobs):
    again = ask(str(compas.dataset_id), COMPAS)
    work_jobs()
    again.refresh_from_db()
    assert again.result_digest == compas.result_digest
    assert again.artifact_id == compas.artifact_id


def test_completion_is_journalled_and_told_upwards(compas):
    actions = JournalEntry.objects.filter(subject_id=str(compas.pk)).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["audit.requested", "audit.running", "audit.completed"]
    event = Event.objects.get(name="audits.run_completed.1")
    assert event.ids == {"audit_run": str(compas.pk)}


def test_checks_come_worst_first(compas):
    order = ["fail", "cannot_tell", "not_run", "measured", "pass"]
    verdicts = [order.index(check["verdict"]) for check in audit_checks(compas)]
    assert verdicts == sorted(verdicts)
    assert all(check["family"] == "fairness" for check in audit_checks(compas, family="fairness"))


def test_the_log_of_a_finished_audit_stays_readable(compas):
    progress = audit_progress(compas)
    assert (progress["state"], progress["percent"]) == ("done", 100)
    assert any("7,214 rows" in line["text"] for line in progress["lines"])


def test_a_viewer_sees_the_audit_and_a_list_without_results(compas, viewer, api):
    (item,) = api(viewer).get("/api/v1/audits").json()["items"]
    assert item["dataset_name"] == "COMPAS"
    assert "result" not in item
    assert api(viewer).get(f"/api/v1/audits/{compas.pk}").status_code == 200


def test_a_list_of_audits_costs_a_fixed_number_of_queries(compas, ask, viewer, api, django_assert_max_num_queries):
    for _ in range(3):
        ask(str(compas.dataset_id), COMPAS)
    client = api(viewer)
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/v1/audits").json()["items"]) == 4


def test_an_audit_of_a_data_set_not_read_yet_is_refused(upload, owner, ask):
    with pytest.raises(StateRefused, match="received, not ready"):
        ask(upload(owner, GOOD).json()["id"], SMALL)
    assert not AuditRun.objects.exists()


def test_an_audit_of_a_missing_column_is_refused_by_name(sent, owner, ask):
    with pytest.raises(InputRefused, match="no column outcome") as caught:
        ask(sent(owner, GOOD)["id"], SMALL | {"label": "outcome"})
    assert "yhat" in caught.value.limit
    assert not AuditRun.objects.exists()


def test_an_unreadable_specification_is_refused(sent, owner, ask):
    with pytest.raises(InputRefused):
        ask(sent(owner, GOOD)["id"], SMALL | {"task": "astrology"})
    assert not Job.objects.filter(kind="audits.run").exists()


def test_an_audit_for_another_organisation_is_refused(sent, owner, ask, other_organisation):
    with pytest.raises(NotFound):
        ask(sent(owner, GOOD)["id"], SMALL, owner=other_organisation)


def test_what_the_engine_refuses_fails_the_run_with_a_problem(sent, owner, ask, work_jobs, api):
    run = ask(sent(owner, GOOD)["id"], SMALL | {"decision": {"column": "group", "op": ">=", "value": "1"}})
    work_jobs()
    shown = api(owner).get(f"/api/v1/audits/{run.pk}").json()
    assert shown["state"] == "failed"
    assert shown["problem"]["field"] == "group"
    assert Event.objects.filter(name="audits.run_failed.1").count() == 1
    assert Job.objects.get(kind="audits.run").state == "done"


def test_a_run_whose_worker_is_lost_three_times_fails_with_the_reason(sent, owner, ask, work_jobs):
    run = ask(sent(owner, GOOD)["id"], SMALL)
    Job.objects.filter(pk=run.job_id).update(state="running", attempt=3, lease_until=timezone.now())
    work_jobs()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "3 times" in run.reason


def test_a_second_attempt_takes_up_a_run_that_was_begun(sent, owner, ask, work_jobs):
    run = ask(sent(owner, GOOD)["id"], SMALL)
    AuditRun.objects.filter(pk=run.pk).update(state="running")
    Job.objects.filter(pk=run.job_id).update(state="running", attempt=1, lease_until=timezone.now())
    work_jobs()
    run.refresh_from_db()
    assert run.state == "completed"


def test_a_data_set_whose_reader_is_lost_three_times_is_refused(upload, owner, work_jobs, stored):
    dataset = DataSet.objects.get(pk=upload(owner, GOOD).json()["id"])
    Job.objects.filter(pk=dataset.job_id).update(state="running", attempt=3, lease_until=timezone.now())
    work_jobs()
    dataset.refresh_from_db()
    assert (dataset.state, stored()) == ("refused", [])
    assert dataset.problem["remedy"]


def test_uploading_the_same_bytes_twice_gives_one_stored_canonical_form(sent, owner, stored):
    first, second = sent(owner, GOOD, name="a"), sent(owner, GOOD, name="b")
    assert first["canonical_digest"] == second["canonical_digest"]
    assert len(stored()) == 2
