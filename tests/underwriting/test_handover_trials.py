"""Trying a model: one typed row, its answer from the cage, and the explanation beside it."""

import uuid

import numpy as np
import pytest
from django.utils import timezone
from xgboost import DMatrix

from audits.models import Trial
from audits.sandbox.refusals import ModelFault
from core.jobs.models import Job
from core.models import JournalEntry
from tests.handing import boosted, boosted_answers, boosted_file, linear_answers, linear_file, table, version_of

pytestmark = pytest.mark.django_db
ROW = {"income": 1.5, "debt": 0.5, "housing": "rent"}
TYPED = np.array([[1.5, 0.5, 2.0]])


@pytest.fixture
def ask(api):
    """ask(user, version, {...}) puts a row to the version's model and gives the response."""

    def post(user, version, inputs, **extra):
        return api(user).post(f"/api/v1/versions/{version.pk}/trials", {"inputs": inputs}, format="json", **extra)

    return post


@pytest.fixture
def answered(ask, api, work_jobs):
    """answered(user, version, {...}) is the trial as the API shows it once it was worked on."""

    def tried(user, version, inputs=ROW) -> dict:
        made = ask(user, version, inputs)
        assert (made.status_code, made.json()["state"]) == (201, "asked"), made.content
        work_jobs()
        return api(user).get(f"/api/v1/trials/{made.json()['id']}").json()

    return tried


def test_trees_answer_and_are_explained_exactly(ready, engineer, answered):
    shown = answered(engineer, ready(boosted_file()))
    (expected,) = boosted_answers(TYPED)
    assert shown["state"] == "answered"
    assert shown["answer"]["answer"] == pytest.approx(float(expected), abs=1e-6)
    explained = shown["answer"]["explanation"]
    parts = explained["contributions"]
    assert {part["feature"] for part in parts} == set(ROW)
    assert explained["base"] + sum(part["contribution"] for part in parts) == pytest.approx(explained["total"])
    assert 1 / (1 + np.exp(-explained["total"])) == pytest.approx(explained["answer"], abs=1e-6)
    native = boosted().predict(DMatrix(TYPED), pred_contribs=True)[0]
    order = [list(ROW).index(part["feature"]) for part in parts]
    assert [part["contribution"] for part in parts] == pytest.approx([native[place] for place in order], abs=1e-5)
    assert next(part["value"] for part in parts if part["feature"] == "housing") == "rent"


def test_another_model_is_not_explained_before_an_audit(ready, engineer, answered):
    shown = answered(engineer, ready(linear_file()))
    assert (shown["state"], shown["answer"]["explanation"]) == ("answered", None)
    assert "No audit" in shown["answer"]["unexplained"]


def test_another_model_is_explained_against_the_rows_of_its_audit(ready, sent, audited, engineer, answered):
    version = ready(linear_file())
    audited(engineer, version, sent(engineer, table(linear_answers)))
    shown = answered(engineer, version)
    explained = shown["answer"]["explanation"]
    total = explained["base"] + sum(part["contribution"] for part in explained["contributions"])
    assert total == pytest.approx(explained["total"], abs=1e-6) == explained["answer"]


def test_rows_that_the_insurer_holds_explain_nothing(ready, sent, audited, staff, organisation, engineer, answered):
    version, underwriter = ready(linear_file()), staff("underwriter")
    rows = sent(underwriter, table(linear_answers), organisation=organisation.pk, held_by="insurer")
    audited(underwriter, version, rows)
    shown = answered(engineer, version)
    assert (shown["state"], shown["answer"]["explanation"]) == ("answered", None)


def test_what_is_left_out_is_an_empty_cell(ready, engineer, answered):
    shown = answered(engineer, ready(boosted_file()), {"income": 1.5})
    assert shown["inputs"] == {"income": 1.5, "debt": None, "housing": None}
    assert shown["state"] == "answered"


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({**ROW, "age": 3}, "inputs.age"),
        ({**ROW, "income": "1.5"}, "inputs.income"),
        ({**ROW, "income": True}, "inputs.income"),
        ({**ROW, "income": 10**400}, "inputs.income"),
        ({**ROW, "housing": 2}, "inputs.housing"),
        ({**ROW, "housing": "x" * 1001}, "inputs.housing"),
        ([1, 2], "inputs"),
    ],
)
def test_what_the_interface_does_not_take_is_refused_by_name(inputs, field, ready, engineer, ask):
    version, before = ready(linear_file()), JournalEntry.objects.count()
    answer = ask(engineer, version, inputs)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (Trial.objects.count(), JournalEntry.objects.count()) == (0, before)


@pytest.mark.parametrize("role", ["underwriter", "actuary", "auditor"])
def test_staff_try_and_read(role, staff, ready, answered):
    assert answered(staff(role), ready(linear_file()))["state"] == "answered"


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), (None, 401)])
def test_nobody_else_tries_or_reads(who, status, request, ready, engineer, ask, api):
    version = ready(linear_file())
    trial = ask(engineer, version, ROW).json()["id"]
    holder = request.getfixturevalue(who) if who else None
    assert ask(holder, version, ROW).status_code == status
    assert api(holder).get(f"/api/v1/trials/{trial}").status_code == status
    assert Trial.objects.count() == 1


def test_a_stranger_is_answered_as_for_a_random_trial(ready, engineer, stranger, ask, api):
    trial = ask(engineer, ready(linear_file()), ROW).json()["id"]
    real, random = (api(stranger).get(f"/api/v1/trials/{pk}").content for pk in (trial, uuid.uuid4()))
    assert real == random


def test_an_adjuster_does_not_try(staff, ready, ask):
    assert ask(staff("adjuster"), ready(linear_file()), ROW).status_code == 403


@pytest.mark.parametrize("file", [None, linear_file(divide=True)])
def test_without_a_ready_file_there_is_nothing_to_ask(file, ready, credit, now, engineer, ask):
    version = ready(file) if file else version_of(credit, linear_file(), now)
    answer = ask(engineer, version, ROW)
    assert (answer.status_code, answer.json()["field"]) == (409, "version")
    assert answer.json()["remedy"]


def test_the_same_key_asks_once(ready, engineer, ask):
    version = ready(linear_file())
    answers = [ask(engineer, version, ROW, HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Trial.objects.count() == 1


def test_a_model_that_dies_of_the_row_fails_the_trial_with_a_verdict(ready, engineer, answered, monkeypatch):
    version = ready(linear_file())

    def dies(*_):
        raise ModelFault("It died.", field="model")

    monkeypatch.setattr("audits.sandbox.cage.CagedModel.answers", dies)
    shown = answered(engineer, version)
    assert (shown["state"], shown["problem"]["verdict"]) == ("failed", "model_fault")


def test_a_trial_whose_worker_is_lost_three_times_fails(ready, engineer, ask, work_jobs):
    trial = Trial.objects.get(pk=ask(engineer, ready(linear_file()), ROW).json()["id"])
    Job.objects.filter(pk=trial.job_id).update(state="running", attempt=3, lease_until=timezone.now())
    work_jobs()
    trial.refresh_from_db()
    assert (trial.state, "3 times" in trial.reason) == ("failed", True)


def test_what_was_typed_is_not_in_the_journal(ready, engineer, answered):
    answered(engineer, ready(linear_file()), {**ROW, "income": 424242.5})
    assert "424242" not in str(list(JournalEntry.objects.values_list("why", "detail")))
