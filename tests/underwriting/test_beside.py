"""What stands beside an audit: who may name it, what reaches the engine, what the insurer adds, who sees it."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from audits import services as audit_services
from audits.models import AuditRun, Companion, DataSet
from core.models import JournalEntry
from tests.handing import boosted_file, linear_answers, linear_file, table
from underwriting.models import ChallengeSet

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(staff):
    """The insurer's underwriter."""
    return staff("underwriter")


@pytest.fixture
def seen(monkeypatch):
    """What the engine was given beside the rows, by audit in turn."""
    given = []
    real = audit_services.run_suite

    def run(*args, **kwargs):
        given.append({role: frame.rows for role, frame in kwargs["beside"].items()})
        return real(*args, **kwargs)

    monkeypatch.setattr(audit_services, "run_suite", run)
    return given


def order(api, who, version, dataset, **beside):
    body = {"dataset": str(dataset), "beside": {name: str(pk) for name, pk in beside.items()}}
    return api(who).post(f"/api/v1/versions/{version.pk}/audits", body, format="json")


def test_named_data_sets_reach_the_engine_in_their_roles(ready, sent, engineer, api, seen, work_jobs):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))
    training, reviews = sent(engineer, table(None)), sent(engineer, b"case,reviewer,seeded,caught\n1,a,1,0\n2,a,1,1\n")
    made = order(api, engineer, version, rows.pk, training=training.pk, reviews=reviews.pk)
    assert made.status_code == 201, made.json()
    work_jobs()
    assert seen == [{"training": training.rows, "reviews": 2}]
    shown = api(engineer).get(f"/api/v1/audits/{made.json()['audit']['id']}").json()
    assert [(row["role"], row["id"]) for row in shown["beside"]] == [
        ("reviews", str(reviews.pk)),
        ("training", str(training.pk)),
    ]
    entry = JournalEntry.objects.get(action="audit.requested", subject_id=shown["id"])
    assert {role for role, _ in entry.detail["beside"]} == {"training", "reviews"}


def test_an_earlier_versions_file_is_asked_for_the_same_rows(ready, sent, engineer, api, seen, work_jobs):
    version = ready(linear_file())
    earlier = ready(boosted_file(), label="v0")
    rows = sent(engineer, table(linear_answers))
    made = order(api, engineer, version, rows.pk, earlier_version=earlier.pk)
    assert made.status_code == 201, made.json()
    work_jobs()
    assert seen == [{"earlier": rows.rows}]
    assert AuditRun.objects.get().companions.get().model_file_id is not None


def test_rows_of_earlier_audits_of_the_model_stand_beside_the_next_one(ready, sent, engineer, api, seen, work_jobs):
    version = ready(linear_file())
    first, second = sent(engineer, table(linear_answers)), sent(engineer, table(None))
    for dataset in (first, first, second):
        assert order(api, engineer, version, dataset.pk).status_code == 201
        work_jobs()
    assert seen == [{}, {}, {"audited_before": first.rows}]


def test_the_insurers_rows_challenge_every_later_audit_and_members_are_not_told(
    ready, sent, engineer, reader, api, seen, work_jobs
):
    version = ready(linear_file())
    held = sent(reader, table(None), held_by="insurer", organisation=version.organisation_id)
    path = f"/api/v1/models/{version.model_id}/challenges"
    assert api(reader).post(path, {"dataset": str(held.pk)}, format="json").status_code == 201
    rows = sent(engineer, table(linear_answers))
    made = order(api, engineer, version, rows.pk)
    work_jobs()
    assert seen == [{"challenge": held.rows}]
    audit = f"/api/v1/audits/{made.json()['audit']['id']}"
    assert api(engineer).get(audit).json()["beside"] == []
    assert [row["role"] for row in api(reader).get(audit).json()["beside"]] == ["challenge"]
    assert [row["dataset"] for row in api(reader).get(path).json()["items"]] == [str(held.pk)]


def test_a_challenge_is_set_by_the_insurers_staff_and_on_rows_it_holds(ready, sent, engineer, reader, api):
    version = ready(linear_file())
    path = f"/api/v1/models/{version.model_id}/challenges"
    own = sent(engineer, table(None))
    refused = api(reader).post(path, {"dataset": str(own.pk)}, format="json")
    assert refused.status_code == 409
    assert "rows that the insurer holds" in refused.json()["detail"]
    for method in ("get", "post"):
        assert getattr(api(engineer), method)(path, {"dataset": str(own.pk)}, format="json").status_code in (403, 404)
    assert not ChallengeSet.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [("training", 201), ("challenge", 422), ("audited_before", 422), ("nonsense", 422)]
)
def test_an_order_fills_only_the_roles_that_are_its_own(role, status, ready, sent, engineer, api):
    version, rows, other = ready(linear_file()), sent(engineer, table(linear_answers)), sent(engineer, table(None))
    assert order(api, engineer, version, rows.pk, **{role: other.pk}).status_code == status
    assert Companion.objects.count() == (status == 201)


def test_what_is_not_the_callers_or_not_ready_cannot_stand_beside(now, ready, sent, engineer, reader, api):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))
    held = sent(reader, table(None), held_by="insurer", organisation=version.organisation_id)
    refused = DataSet.objects.create(
        organisation=version.organisation,
        created_at=now,
        name="odd",
        state="refused",
        digest="x",
        size=1,
        uploaded_by="x",
    )
    for role, dataset, status in (
        ("training", uuid4(), 404),
        ("training", held.pk, 403),
        ("training", refused.pk, 409),
        ("training", rows.pk, 422),
        ("earlier_version", version.pk, 404),
    ):
        assert order(api, engineer, version, rows.pk, **{role: dataset}).status_code == status, role
    assert not AuditRun.objects.exists()


def test_companions_only_grow(ready, sent, engineer, api):
    version, rows = ready(linear_file()), sent(engineer, table(linear_answers))
    order(api, engineer, version, rows.pk, training=sent(engineer, table(None)).pk)
    for act in (lambda found: found.update(role="reviews"), lambda found: found.delete()):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            act(Companion.objects.all())
    assert Companion.objects.get().role == "training"
    assert DataSet.objects.count() == 2
