"""Handing a version's file over: who may, what is refused before it is read, and that a refusal changes nothing."""

import io
import json
import pickle
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from audits.models import ModelFile
from core.canonical import digest
from core.jobs.models import Job
from core.models import JournalEntry
from provenance.staging import Staged, stage
from tests.handing import INTERFACE, SCHEMA, boosted_file, linear_file, model_of, version_of
from tests.racing import race
from underwriting.models import Handover, ModelVersion
from underwriting.services import artifact_hand_over, model_retire

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(credit, now) -> ModelVersion:
    return version_of(credit, linear_file(), now)


def stored(settings) -> list[Path]:
    return [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


def counts() -> tuple[int, ...]:
    return tuple(kind.objects.count() for kind in (ModelFile, Handover, Job, JournalEntry))


@pytest.mark.parametrize("who", ["owner", "engineer"])
def test_owner_and_engineer_hand_over(who, request, hand, version):
    answer = hand(request.getfixturevalue(who), version, linear_file())
    assert (answer.status_code, answer.json()["state"]) == (201, "received")
    assert answer.json()["digest"] == version.digest
    assert Handover.objects.get().model_file_id == uuid.UUID(answer.json()["id"])


def test_an_underwriter_hands_over_for_the_customer(staff, hand, version):
    assert hand(staff("underwriter"), version, linear_file()).status_code == 201


def test_it_is_journalled_with_the_digest(hand, engineer, version):
    hand(engineer, version, linear_file())
    entry = JournalEntry.objects.get(action="version.handed_over")
    assert (entry.subject_id, entry.detail["digest"]) == (str(version.pk), version.digest)


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), (None, 401)])
def test_nobody_else_hands_over_and_nothing_changes(who, status, request, hand, version, settings):
    holder = request.getfixturevalue(who) if who else None
    before = counts()
    assert hand(holder, version, linear_file()).status_code == status
    assert (counts(), stored(settings)) == (before, [])


class Unread(io.RawIOBase):
    """A body that must not be touched."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_a_body_for_a_version_of_others_is_not_read(who, request, hand, version):
    extra = {"CONTENT_LENGTH": "1000", "wsgi.input": Unread(), "HTTP_IDEMPOTENCY_KEY": "k"}
    assert hand(request.getfixturevalue(who), version, b"", extra=extra).status_code in (403, 404)


def test_a_stranger_is_answered_as_for_a_random_version(hand, stranger, version, api):
    unknown = ModelVersion(pk=uuid.uuid4())
    assert hand(stranger, version, b"x").content == hand(stranger, unknown, b"x").content
    shown = [api(stranger).get(f"/api/v1/versions/{one.pk}/artifact").content for one in (version, unknown)]
    assert shown[0] == shown[1]


def test_a_file_of_another_digest_is_a_conflict_that_shows_both(hand, engineer, version, settings):
    before, other = counts(), boosted_file()
    answer = hand(engineer, version, other)
    assert answer.status_code == 409
    assert digest(other) in answer.json()["detail"]
    assert version.digest in answer.json()["detail"]
    assert (counts(), stored(settings)) == (before, [])


def test_a_version_without_an_interface_is_refused_before_the_body_is_read(hand, engineer, credit, now):
    bare = version_of(credit, linear_file(), now, interface=None)
    answer = hand(engineer, bare, b"", extra={"CONTENT_LENGTH": "1000", "wsgi.input": Unread()})
    assert (answer.status_code, answer.json()["field"]) == (409, "version")
    assert "interface" in answer.json()["remedy"]


def test_the_same_digest_is_registered_once_more_with_an_interface(hand, engineer, credit, now, api):
    version_of(credit, linear_file(), now, interface=None)
    body = {"label": "v1 handed over", "digest": digest(linear_file()), "interface": INTERFACE}
    made = api(engineer).post(f"/api/v1/models/{credit.pk}/versions", body, format="json")
    assert made.status_code == 201
    assert hand(engineer, ModelVersion.objects.get(pk=made.data["id"]), linear_file()).status_code == 201
    again = api(engineer).post(f"/api/v1/models/{credit.pk}/versions", {**body, "label": "third"}, format="json")
    assert (again.status_code, again.json()["field"]) == (409, "digest")


def test_a_wrong_interface_is_mended_by_a_version_of_its_own(hand, engineer, version, api):
    hand(engineer, version, linear_file())
    mended = {**INTERFACE, "output": {**INTERFACE["output"], "tolerance": "0.001"}}
    body = {"label": "v1 mended", "digest": digest(linear_file()), "interface": mended}
    made = api(engineer).post(f"/api/v1/models/{version.model_id}/versions", body, format="json")
    assert made.status_code == 201
    assert hand(engineer, ModelVersion.objects.get(pk=made.data["id"]), linear_file()).status_code == 201
    assert ModelFile.objects.filter(digest=digest(linear_file())).count() == 2


@pytest.mark.parametrize("body", [pickle.dumps([1, 2]), b"\x7fELF" + bytes(60), b"PK\x03\x04" + bytes(60), b"hello"])
def test_a_refused_form_is_told_how_to_convert(body, hand, engineer, version, settings):
    before = counts()
    answer = hand(engineer, version, body)
    assert answer.status_code == 415
    assert "ONNX" in answer.json()["limit"]
    assert answer.json()["remedy"]
    assert (counts(), stored(settings)) == (before, [])


def test_the_rest_of_a_pickle_is_not_read(hand, engineer, version):
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked += 1
            assert self.asked < 3, "the body was read on"
            return b"\x80\x04\x95" + bytes(max(size, 70_000) - 3)

    extra = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Endless()}
    assert hand(engineer, version, b"", extra=extra).status_code == 415


def test_over_the_limit_is_refused_by_the_header(hand, engineer, version, settings):
    settings.MODEL_MAX_BYTES = 1024**2
    answer = hand(engineer, version, b"", extra={"CONTENT_LENGTH": str(10**9), "wsgi.input": Unread()})
    assert (answer.status_code, answer.json()["limit"]) == (413, "1 MiB")


def test_over_the_limit_is_cut_while_it_streams(hand, engineer, version, settings):
    settings.MODEL_MAX_BYTES = 100
    body = io.BytesIO(linear_file())
    extra = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body}
    assert hand(engineer, version, b"", extra=extra).status_code == 413
    assert stored(settings) == []


def test_an_organisation_cannot_hand_over_beyond_its_quota(hand, engineer, version, monkeypatch, settings):
    monkeypatch.setattr("provenance.store.QUOTA", 10)
    before = counts()
    assert hand(engineer, version, linear_file()).status_code == 413
    assert (counts(), stored(settings)) == (before, [])


def test_an_empty_file_is_refused(hand, engineer, version):
    answer = hand(engineer, version, b"")
    assert answer.status_code in (415, 422)
    assert not ModelFile.objects.exists()


def test_the_same_key_hands_over_once(hand, engineer, version):
    extra = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first, again = (hand(engineer, version, linear_file(), extra=extra) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ModelFile.objects.count() == 1


def test_a_second_file_of_the_same_version_is_refused(hand, engineer, version):
    hand(engineer, version, linear_file())
    answer = hand(engineer, version, linear_file())
    assert (answer.status_code, answer.json()["field"]) == (409, "version")
    assert ModelFile.objects.count() == 1


def test_a_retired_model_takes_no_file(hand, engineer, version, actor, now):
    model_retire(model=version.model, why="Gone.", actor=actor, at=now)
    assert hand(engineer, version, linear_file()).status_code == 409


def test_the_organisation_reads_what_became_of_it(hand, engineer, viewer, version, api):
    assert api(viewer).get(f"/api/v1/versions/{version.pk}/artifact").status_code == 404
    hand(engineer, version, linear_file())
    shown = api(viewer).get(f"/api/v1/versions/{version.pk}/artifact").json()
    assert (shown["state"], shown["progress"]["kind"]) == ("received", "audits.examine")


def test_hand_overs_only_grow(hand, engineer, version):
    hand(engineer, version, linear_file())
    for act in (lambda rows: rows.update(created_at=None), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            act(Handover.objects.all())


def test_a_version_is_still_append_only(version):
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        ModelVersion.objects.filter(pk=version.pk).update(interface=None)


@pytest.mark.django_db(transaction=True)
def test_two_hand_overs_at_once_are_one_file(version, actor, now):
    def act(staged: Staged) -> Callable[[], object]:
        return lambda: artifact_hand_over(version=version, staged=staged, actor=actor, at=now)

    acts = [act(stage([linear_file()], limit=10**6)) for _ in range(4)]
    refusals = race(acts)
    assert (ModelFile.objects.count(), len(refusals)) == (1, 3)
    assert Job.objects.filter(kind="audits.examine").count() == 1


def _changed(**parts) -> dict:
    return json.loads(json.dumps({**INTERFACE, **parts}))


LABEL_IN = _changed(inputs=[*INTERFACE["inputs"], {"column": "repaid", "as": "number"}])
ELSEWHERE = _changed(output={"column": "other", "means": "probability"})
CLASS_IN_SCORE = _changed(output={"column": "p_repaid", "means": "class", "classes": ["1", "2"]})
UNKNOWN = _changed(inputs=[{"column": "income", "as": "magic"}])


@pytest.mark.parametrize(
    ("interface", "field"),
    [
        (LABEL_IN, "interface.inputs[3].column"),
        (ELSEWHERE, "interface.output.column"),
        (CLASS_IN_SCORE, "interface.output.column"),
        (UNKNOWN, "interface.inputs[0].as"),
        ([], "interface"),
    ],
)
def test_an_interface_that_does_not_fit_is_refused_by_its_path(interface, field, api, engineer, credit):
    body = {"label": "v2", "digest": digest(b"v2"), "interface": interface}
    answer = api(engineer).post(f"/api/v1/models/{credit.pk}/versions", body, format="json")
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not ModelVersion.objects.filter(label="v2").exists()


def test_the_share_of_the_likelier_of_two_classes_is_no_probability(api, engineer, organisation, now):
    schema = {**SCHEMA, "decision": {"column": "said", "op": "==", "value": "1"}}
    credit = model_of(organisation, now, schema=schema)
    output = {"column": "said", "means": "class", "classes": ["0", "1"], "confidence": "p_repaid"}
    body = {"label": "v1", "digest": digest(b"v1"), "interface": {**INTERFACE, "output": output}}
    answer = api(engineer).post(f"/api/v1/models/{credit.pk}/versions", body, format="json")
    assert (answer.status_code, answer.json()["field"]) == (422, "interface.output.confidence")


def test_an_interface_is_frozen_with_the_version_and_shown(api, viewer, version):
    shown = api(viewer).get(f"/api/v1/versions/{version.pk}").json()["interface"]
    assert [one["column"] for one in shown["inputs"]] == ["income", "debt", "housing"]


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_twice_at_once_is_one_file(hand, engineer, version):
    extra, answers = {"HTTP_IDEMPOTENCY_KEY": "k"}, []
    sends = [lambda: answers.append(hand(engineer, version, linear_file(), extra=extra)) for _ in range(2)]
    assert race(sends) == []
    # The later one either finds the first under way or gets its answer.
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert (ModelFile.objects.count(), Handover.objects.count()) == (1, 1)
