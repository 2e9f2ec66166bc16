"""The registry over the API: as owner, colleague, stranger and nobody; a refusal changes nothing."""

import uuid
from datetime import timedelta

import pytest

from core.canonical import digest
from core.models import JournalEntry
from underwriting.models import AuditOrder, DeploymentSwitch, ModelVersion, RegisteredModel
from underwriting.rating import plan_load
from underwriting.services import deployment_switch
from underwriting.specification import spec_for

pytestmark = pytest.mark.django_db
MODELS = "/api/v1/models"
VERSION = {"label": "2014", "digest": digest(b"2014")}


def _counts() -> tuple[int, ...]:
    kinds = (RegisteredModel, ModelVersion, DeploymentSwitch, AuditOrder, JournalEntry)
    return tuple(kind.objects.count() for kind in kinds)


def _post(client, path, body):
    return client.post(path, body, format="json")


@pytest.mark.parametrize("who", ["owner", "engineer"])
def test_owner_and_engineer_register_a_model(who, request, api, fields):
    answer = _post(api(request.getfixturevalue(who)), MODELS, fields)
    assert answer.status_code == 201
    assert answer.data["schema"]["decision"] == fields["schema"]["decision"]
    assert RegisteredModel.objects.get(pk=answer.data["id"]).name == fields["name"]


def test_weights_clusters_and_chances_are_registered_and_come_back(api, owner, fields):
    inferred = [
        {
            "name": "origin",
            "source": "BIFSG, Census 2010",
            "groups": [{"name": "a", "column": "p_a"}, {"name": "b", "column": "p_b"}],
        }
    ]
    schema = {**fields["schema"], "weight": "w", "cluster": "person", "inferred": inferred}
    answer = _post(api(owner), MODELS, {**fields, "schema": schema})
    assert answer.status_code == 201, answer.content
    kept = RegisteredModel.objects.get(pk=answer.data["id"])
    spec = spec_for(kept, plan_load("MRL-2026.02"))
    assert (spec["weight"], spec["cluster"], spec["inferred"][0]["source"]) == ("w", "person", "BIFSG, Census 2010")
    assert answer.data["schema"]["inferred"] == inferred


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight": ["w"]}, "schema.weight"),
        ({"inferred": [{"name": "origin", "groups": []}]}, "schema.inferred.0.source"),
        (
            {"inferred": [{"name": "o", "source": "BISG", "groups": [{"name": "a", "column": "p"}]}]},
            "schema.inferred[0].groups",
        ),
    ],
)
def test_chances_and_weights_that_cannot_be_are_refused_by_name(api, owner, fields, change, field):
    before = _counts()
    answer = _post(api(owner), MODELS, {**fields, "schema": {**fields["schema"], **change}})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert _counts() == before


def test_a_viewer_registers_nothing(api, viewer, fields):
    before = _counts()
    assert _post(api(viewer), MODELS, fields).status_code == 403
    assert _counts() == before


def test_staff_register_nothing(api, staff, fields):
    assert _post(api(staff("underwriter")), MODELS, fields).status_code == 403


def test_an_idempotency_key_registers_once(api, owner, fields):
    client = api(owner)
    answers = [client.post(MODELS, fields, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert answers[0].data["id"] == answers[1].data["id"]
    assert RegisteredModel.objects.count() == 1


def test_a_refusal_names_field_limit_and_remedy(api, owner, fields):
    answer = _post(api(owner), MODELS, {**fields, "autonomy": "wild"})
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert problem["field"] == "autonomy"
    assert "in_the_loop" in problem["limit"].split(", ")
    assert problem["remedy"]


def test_an_unknown_field_is_refused_by_name(api, owner, fields):
    schema = {**fields["schema"], "harmful_error": "either"}
    answer = _post(api(owner), MODELS, {**fields, "schema": schema})
    assert (answer.status_code, answer.json()["field"]) == (422, "schema.harmful_error")


@pytest.mark.parametrize("who", ["owner", "engineer", "viewer"])
def test_the_organisation_reads_its_model(who, request, api, model):
    answer = api(request.getfixturevalue(who)).get(f"{MODELS}/{model.pk}")
    assert (answer.status_code, answer.data["name"]) == (200, model.name)


def test_lists_show_only_the_own(api, stranger, viewer, model):
    assert api(stranger).get(MODELS).data == {"items": [], "next": None}
    assert [row["id"] for row in api(viewer).get(MODELS).data["items"]] == [str(model.pk)]


ROUTES = [
    ("get", "models/{model}", None),
    ("patch", "models/{model}", {"purpose": "stolen"}),
    ("post", "models/{model}/exposure", {"decisions_per_year": 1, "why": "theft"}),
    ("post", "models/{model}/retire", {"why": "theft"}),
    ("get", "models/{model}/versions", None),
    ("post", "models/{model}/versions", VERSION),
    ("get", "models/{model}/deployments", None),
    ("post", "models/{model}/deployments", {"version": None, "live_from": "2026-01-01T00:00:00Z"}),
    ("get", "models/{model}/production", None),
    ("post", "models/{model}/production", {"digest": digest(b"stolen")}),
    ("get", "models/{model}/live", None),
    ("get", "versions/{version}", None),
    ("get", "versions/{version}/audits", None),
    ("post", "versions/{version}/audits", {"dataset": str(uuid.uuid4())}),
]


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_a_stranger_sees_what_a_random_id_shows(method, route, body, api, stranger, model, version):
    before = _counts()
    client = api(stranger)
    real, random = (
        getattr(client, method)(f"/api/v1/{path}", body, format="json")
        for path in (
            route.format(model=model.pk, version=version.pk),
            route.format(model=uuid.uuid4(), version=uuid.uuid4()),
        )
    )
    assert (real.status_code, real.content) == (404, random.content)
    assert _counts() == before


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_the_anonymous_get_nowhere(method, route, body, api, model, version):
    before = _counts()
    path = "/api/v1/" + route.format(model=model.pk, version=version.pk)
    assert getattr(api(), method)(path, body, format="json").status_code == 401
    assert _counts() == before


@pytest.mark.parametrize(("method", "route", "body"), [row for row in ROUTES if row[0] != "get"])
def test_a_viewer_changes_nothing(method, route, body, api, viewer, model, version):
    before = _counts()
    path = "/api/v1/" + route.format(model=model.pk, version=version.pk)
    assert getattr(api(viewer), method)(path, body, format="json").status_code == 403
    assert _counts() == before


def test_a_patch_before_the_first_audit_corrects(api, owner, model):
    answer = api(owner).patch(f"{MODELS}/{model.pk}", {"decisions_per_year": 8000}, format="json")
    assert (answer.status_code, answer.data["decisions_per_year"]) == (200, 8000)


def test_a_patched_schema_must_be_whole(api, owner, model):
    answer = api(owner).patch(f"{MODELS}/{model.pk}", {"schema": {"label": "x"}}, format="json")
    assert (answer.status_code, answer.json()["field"]) == (422, "schema.task")


def test_a_patch_after_the_first_audit_is_refused(api, owner, model, order):
    answer = api(owner).patch(f"{MODELS}/{model.pk}", {"purpose": "new"}, format="json")
    assert answer.status_code == 409
    model.refresh_from_db()
    assert model.purpose != "new"


def test_versions_and_deployments_and_live(api, engineer, model, now):
    client = api(engineer)
    made = _post(client, f"{MODELS}/{model.pk}/versions", VERSION)
    body = {"version": made.data["id"], "live_from": "2026-05-01T00:00:00Z"}
    switched = _post(client, f"{MODELS}/{model.pk}/deployments", body)
    assert (made.status_code, switched.status_code, switched.data["recorded_late"]) == (201, 201, True)
    live = client.get(f"{MODELS}/{model.pk}/live", {"at": "2026-05-01T00:00:00Z"})
    assert live.data["version"]["id"] == made.data["id"]
    assert client.get(f"{MODELS}/{model.pk}/live", {"at": "2026-04-30T23:59:59Z"}).data["version"] is None


def test_a_moment_without_offset_is_refused(api, viewer, model):
    answer = api(viewer).get(f"{MODELS}/{model.pk}/live", {"at": "2026-05-01T00:00:00"})
    assert (answer.status_code, answer.json()["field"]) == (422, "at")


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_moment_beyond_the_calendar_is_refused(api, viewer, model, text):
    answer = api(viewer).get(f"{MODELS}/{model.pk}/live", {"at": text})
    assert (answer.status_code, answer.json()["field"]) == (422, "at")


def test_a_plus_sign_in_a_moment_survives_the_query(api, viewer, model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now)
    text = (now + timedelta(hours=1)).isoformat()
    answer = api(viewer).get(f"{MODELS}/{model.pk}/live?at={text}")
    assert answer.data["version"]["id"] == str(version.pk)


def test_an_audit_is_ordered_on_the_own_data_set(api, engineer, version, dataset):
    answer = _post(api(engineer), f"/api/v1/versions/{version.pk}/audits", {"dataset": str(dataset.pk)})
    assert answer.status_code == 201
    assert (answer.data["audit"]["state"], answer.data["evidence_class"]) == ("queued", "E4")


def test_a_foreign_data_set_is_answered_like_a_random_one(api, engineer, version, dataset, other_organisation):
    dataset.organisation = other_organisation
    dataset.save()
    client, path = api(engineer), f"/api/v1/versions/{version.pk}/audits"
    foreign, random = (_post(client, path, {"dataset": str(pk)}) for pk in (dataset.pk, uuid.uuid4()))
    assert (foreign.status_code, foreign.content) == (404, random.content)
    assert not AuditOrder.objects.exists()


def test_a_data_set_without_the_registered_columns_is_refused(api, engineer, version, dataset):
    dataset.columns = [{"name": "other", "type": "int64", "nulls": 0}]
    dataset.save()
    answer = _post(api(engineer), f"/api/v1/versions/{version.pk}/audits", {"dataset": str(dataset.pk)})
    assert (answer.status_code, answer.json()["field"]) == (422, "dataset")
    assert not AuditOrder.objects.exists()


def test_a_customers_key_works_as_an_engineer(api, organisation, fields):
    assert _post(api(organisation), MODELS, fields).status_code == 201
