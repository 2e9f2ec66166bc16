"""The upload itself: who may send, how much, and what a broken request leaves behind."""

import io
import uuid
from functools import partial

import pytest
from gunicorn.http.errors import InvalidChunkSize, NoMoreData
from rest_framework.test import APIClient

from audits.models import DataSet
from core.models import JournalEntry
from provenance.models import Artifact
from tests.audits.conftest import GOOD

CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


class Unread(io.RawIOBase):
    """A body that must not be touched."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("who", ["owner", "engineer"])
def test_owner_and_engineer_may_upload(who, request, upload):
    answer = upload(request.getfixturevalue(who), GOOD)
    assert answer.status_code == 201
    assert answer.json()["state"] == "received"
    assert answer.json()["digest"].startswith("sha256:")


def test_a_viewer_may_not_upload_and_nothing_changes(viewer, upload, stored):
    before = JournalEntry.objects.count()
    answer = upload(viewer, GOOD)
    assert answer.status_code == 403
    assert (DataSet.objects.count(), stored(), JournalEntry.objects.count()) == (0, [], before)


def test_the_anonymous_may_not_upload(upload, organisation):
    answer = upload(None, GOOD)
    assert answer.status_code == 401
    assert not DataSet.objects.exists()


def test_a_stranger_cannot_upload_into_the_organisation(stranger, organisation, upload, stored):
    answer = upload(stranger, GOOD, organisation=organisation.pk)
    unknown = upload(stranger, GOOD, organisation=uuid.uuid4())
    assert answer.status_code == 404
    assert answer.content == unknown.content
    assert stored() == []


def test_an_underwriter_uploads_for_a_named_organisation(staff, organisation, upload):
    assert upload(staff("underwriter"), GOOD, organisation=organisation.pk).status_code == 201
    assert upload(staff("underwriter"), GOOD).json()["field"] == "organisation"


@pytest.mark.parametrize("path", ["/api/v1/datasets/{}", "/api/v1/audits/{}", "/api/v1/audits/{}/result"])
def test_a_stranger_is_answered_as_for_a_random_id(path, upload, owner, stranger, api):
    known = upload(owner, GOOD).json()["id"]
    foreign, random = (api(stranger).get(path.format(pk)) for pk in (known, uuid.uuid4()))
    assert foreign.status_code == 404
    assert foreign.content == random.content


def test_a_list_shows_only_the_own_organisation(upload, owner, viewer, stranger, api):
    upload(owner, GOOD)
    assert len(api(viewer).get("/api/v1/datasets").json()["items"]) == 1
    assert api(stranger).get("/api/v1/datasets").json() == {"items": [], "next": None}


def test_a_length_over_the_cap_is_refused_before_the_body_is_read(upload, owner):
    answer = upload(owner, b"", extra={"CONTENT_LENGTH": str(10**13), "wsgi.input": Unread()})
    assert answer.status_code == 413
    assert answer.json()["limit"] == "512 MiB"


def test_the_stranger_to_the_api_is_refused_before_the_length_is_looked_at(upload, organisation):
    answer = upload(None, b"", extra={"CONTENT_LENGTH": str(10**13), "wsgi.input": Unread()})
    assert answer.status_code == 401


def test_a_body_without_length_is_cut_at_the_cap(upload, owner, settings, stored):
    settings.DATASET_MAX_BYTES = 1000
    answer = upload(owner, b"", extra=CHUNKED | {"wsgi.input": io.BytesIO(b"y,x\n" + b"1,2\n" * 1000)})
    assert answer.status_code == 413
    assert stored() == []


def test_a_body_without_length_is_accepted_under_the_cap(upload, owner):
    answer = upload(owner, b"", extra=CHUNKED | {"wsgi.input": io.BytesIO(GOOD)})
    assert answer.status_code == 201
    assert answer.json()["size"] == len(GOOD)


class Broken(io.BytesIO):
    """A body the web server cannot read to its end, for the reason given."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason

    def read(self, size: int | None = -1) -> bytes:
        raise self.reason


@pytest.mark.parametrize(("reason", "field"), [(InvalidChunkSize(b"a,b"), "Transfer-Encoding"), (NoMoreData(), "body")])
def test_a_body_in_chunks_that_cannot_be_read_is_refused(upload, owner, stored, reason, field):
    answer = upload(owner, b"", extra=CHUNKED | {"wsgi.input": Broken(reason)})
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert stored() == []


def test_a_body_shorter_than_announced_is_refused(upload, owner, stored):
    extra = {"CONTENT_LENGTH": str(len(GOOD) + 5), "wsgi.input": io.BytesIO(GOOD)}
    answer = upload(owner, b"", extra=extra)
    assert answer.status_code == 422
    assert answer.json()["field"] == "Content-Length"
    assert stored() == []


@pytest.mark.parametrize("media", ["application/json", "multipart/form-data; boundary=x", "text/html"])
def test_another_media_type_is_refused(media, upload, owner):
    answer = upload(owner, GOOD, media=media)
    assert answer.status_code == 415
    assert "--data-binary" in answer.json()["remedy"]


def test_a_portal_session_uploads_only_with_its_csrf_token(owner, stored):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["csrftoken"] = token = "a" * 32
    send = partial(client.generic, "POST", "/api/v1/datasets?name=x", GOOD, content_type="text/csv")
    assert send().status_code == 403
    assert stored() == []
    assert send(HTTP_X_CSRFTOKEN=token).status_code == 201


def test_an_unknown_parameter_is_refused_by_name(upload, owner, stored):
    answer = upload(owner, GOOD, nmae="x")
    assert answer.status_code == 422
    assert answer.json()["field"] == "nmae"
    assert stored() == []


def test_a_window_that_ends_before_it_begins_is_refused(upload, owner, stored):
    answer = upload(owner, GOOD, window_start="2026-02-01", window_end="2026-01-01")
    assert answer.json()["field"] == "window_end"
    assert stored() == []


def test_the_same_key_and_body_upload_once(upload, owner, stored):
    extra = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first, again = upload(owner, GOOD, extra=extra), upload(owner, GOOD, extra=extra)
    assert first.json() == again.json()
    assert DataSet.objects.count() == 1
    assert len(stored()) == 1


def test_the_same_key_with_other_bytes_is_refused(upload, owner, stored):
    extra = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    upload(owner, GOOD, extra=extra)
    assert upload(owner, GOOD.replace(b"a", b"c"), extra=extra).status_code == 422
    assert len(stored()) == 1


def test_equal_bytes_of_two_organisations_are_stored_apart(upload, owner, stranger, stored):
    first, second = upload(owner, GOOD), upload(stranger, GOOD)
    assert first.json()["digest"] == second.json()["digest"]
    assert Artifact.objects.count() == len(stored()) == 2
