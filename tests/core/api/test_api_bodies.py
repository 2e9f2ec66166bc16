"""Bodies that cannot be read: each is refused by name, and none is dropped in silence."""

import json

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
MODELS = "/api/v1/models"


def _send(api, who, body: bytes, **headers):
    return api(who).generic("POST", MODELS, body, content_type="application/json", **headers)


@pytest.mark.parametrize("body", [b"{", b'{"name": NaN}', b'{"name": "\xff"}', b"\xef\xbb\xbf{}", b"[" * 100_000])
def test_what_is_not_json_is_refused_with_field_limit_and_remedy(api, owner, body):
    answer = _send(api, owner, body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == "body"
    assert answer.json()["limit"]
    assert answer.json()["remedy"]


@pytest.mark.parametrize("place", ["name", "schema", "task"])
def test_half_a_character_is_refused_wherever_it_stands(api, owner, place):
    answer = _send(api, owner, json.dumps({place: ["\ud800"], "\udfff": 1}).encode())
    assert answer.status_code == 422
    assert "half a character" in answer.json()["detail"]


def test_a_whole_pair_of_surrogates_is_a_character(api, owner):
    answer = _send(api, owner, b'{"name": "\\ud83d\\ude00"}')
    assert "name" not in [line["field"] for line in answer.json()["errors"]]


def test_a_body_in_chunks_is_refused_and_not_taken_for_an_empty_one(api, owner):
    answer = _send(api, owner, b'{"name": "x"}', CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 411
    assert answer.json()["field"] == "Content-Length"


def test_the_anonymous_learn_nothing_from_a_body_in_chunks():
    answer = APIClient().generic("POST", MODELS, b"{}", HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("method", "media", "status", "title"),
    [
        ("PUT", "application/json", 405, "Method Not Allowed"),
        ("POST", "text/xml", 415, "Unsupported Media Type"),
    ],
)
def test_a_refusal_of_the_framework_has_a_title_and_a_remedy(api, owner, method, media, status, title):
    answer = api(owner).generic(method, MODELS, b"<a/>", content_type=media)
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert answer.json()["remedy"]


def test_head_is_allowed_where_get_is(api, owner):
    assert api(owner).head(MODELS).status_code == 200
    assert APIClient().head(MODELS).status_code == 401
