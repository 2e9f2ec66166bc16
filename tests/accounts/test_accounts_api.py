"""Logging in, and who may manage whom."""

import pytest

from accounts.models import ApiKey, Membership, Organisation, User
from core.journal import journal_of

pytestmark = pytest.mark.django_db
PERSON = {"email": "new@example.org", "name": "New"}


def _log_in(api, password):
    return api().post("/api/v1/tokens", {"email": "owner@example.org", "password": password}, format="json")


@pytest.fixture
def owner_with_password(owner) -> User:
    owner.set_password("a-long-enough-one")
    owner.save()
    return owner


def test_a_token_is_given_for_the_right_password_only(api, owner_with_password):
    wrong = _log_in(api, "not-that-one-12")
    assert (wrong.status_code, wrong["Content-Type"]) == (401, "application/problem+json")
    right = _log_in(api, "a-long-enough-one")
    assert right.status_code == 201
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {right.data['key']}")
    assert client.get("/api/v1/me").data["label"] == "Owner"


def test_five_failures_lock_even_the_right_password_out(api, owner_with_password):
    for _ in range(5):
        _log_in(api, "not-that-one-12")
    locked = _log_in(api, "a-long-enough-one")
    assert locked.status_code == 429
    assert "ten minutes" in locked.json()["remedy"]


def test_the_lock_holds_for_that_name_from_that_address_alone(api, owner_with_password):
    for _ in range(5):
        _log_in(api, "not-that-one-12")
    body = {"email": "owner@example.org", "password": "a-long-enough-one"}
    elsewhere = api().post("/api/v1/tokens", body, format="json", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 201


def test_the_password_is_in_no_answer_of_a_later_request(api, staff):
    admin = api(staff("administrator"))
    made = admin.post("/api/v1/staff", {**PERSON, "roles": ["auditor"]}, format="json")
    assert made.status_code == 201
    assert made.data["password"] not in admin.get("/api/v1/staff").content.decode()


@pytest.mark.parametrize("chosen", [None, "a-long-enough-one"])
def test_a_password_is_answered_only_if_it_was_made_here(api, staff, organisation, chosen):
    admin, own = api(staff("administrator")), {"password": chosen} if chosen else {}
    member = {"email": "m@example.org", "name": "M", "role": "viewer", **own}
    answers = [
        admin.post("/api/v1/staff", {**PERSON, "roles": ["auditor"], **own}, format="json"),
        admin.post(f"/api/v1/organisations/{organisation.pk}/members", member, format="json"),
    ]
    for answer in answers:
        assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
        assert (answer.data["password"] is None) == (chosen is not None)
        assert User.objects.get(email=answer.data["email"]).check_password(chosen or answer.data["password"])


def test_logging_in_for_a_key_is_journalled_with_its_prefix(api, owner_with_password):
    made = _log_in(api, "a-long-enough-one").data
    entry = journal_of(subject_kind="user", subject_id=owner_with_password.pk).get(action="token.created")
    assert (entry.actor_id, entry.detail["prefix"]) == (str(owner_with_password.pk), made["prefix"])
    assert made["key"] not in str(entry.detail)


@pytest.mark.parametrize("role", ["underwriter", "actuary", "adjuster", "auditor"])
def test_only_an_administrator_adds_staff(api, staff, role):
    refused = api(staff(role)).post("/api/v1/staff", {**PERSON, "roles": ["auditor"]}, format="json")
    assert refused.status_code == 403
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 201), ("engineer", 403), ("viewer", 403), ("stranger", 404), (None, 401)]
)
def test_who_may_add_a_member(request, api, organisation, who, status):
    client = api(request.getfixturevalue(who) if who else None)
    body = {**PERSON, "role": "viewer"}
    answer = client.post(f"/api/v1/organisations/{organisation.pk}/members", body, format="json")
    assert answer.status_code == status
    assert Membership.objects.filter(user__email="new@example.org").exists() == (status == 201)


def test_a_stranger_cannot_tell_an_organisation_from_nothing(api, organisation, stranger):
    client = api(stranger)
    real = client.get(f"/api/v1/organisations/{organisation.pk}/keys")
    nothing = client.get("/api/v1/organisations/00000000-0000-4000-8000-000000000000/keys")
    assert (real.status_code, real.content) == (nothing.status_code, nothing.content)
    assert real.status_code == 404


def test_an_unknown_field_is_refused_by_name(api, staff):
    body = {"name": "X", "country": "US", "owner": "me"}
    refused = api(staff("underwriter")).post("/api/v1/organisations", body, format="json")
    assert refused.status_code == 422
    assert refused.json()["field"] == "owner"
    assert not Organisation.objects.exists()


def test_an_idempotency_key_makes_one_organisation(api, staff):
    client, body = api(staff("underwriter")), {"name": "X", "country": "US"}
    first, second = (
        client.post("/api/v1/organisations", body, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)
    )
    assert first.data == second.data
    assert second["Idempotent-Replay"] == "true"
    other = client.post("/api/v1/organisations", {**body, "name": "Y"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert other.status_code == 422
    assert Organisation.objects.count() == 1


def test_a_refused_request_does_not_use_up_its_idempotency_key(api, staff):
    client = api(staff("underwriter"))
    bad = client.post("/api/v1/organisations", {"name": "X"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    good = client.post(
        "/api/v1/organisations", {"name": "X", "country": "US"}, format="json", HTTP_IDEMPOTENCY_KEY="k1"
    )
    assert (bad.status_code, good.status_code) == (422, 201)


def test_a_key_belongs_to_its_organisation_alone(api, organisation, other_organisation, owner):
    client = api(owner)
    made = client.post(f"/api/v1/organisations/{organisation.pk}/keys", {"name": "ci"}, format="json")
    holder = api()
    holder.credentials(HTTP_AUTHORIZATION=f"Api-Key {made.data['key']}")
    assert [row["name"] for row in holder.get("/api/v1/organisations").data["items"]] == ["Acme Credit"]
    assert holder.get(f"/api/v1/organisations/{other_organisation.pk}").status_code == 404
    assert client.delete(f"/api/v1/organisations/{organisation.pk}/keys/{made.data['id']}").status_code == 204
    assert ApiKey.objects.get(prefix=made.data["id"]).revoked


def test_a_misspelt_field_of_an_authority_is_refused(api, staff):
    body = {"kind": "bind", "amount": "1.00", "currency": "USD", "amonut": "5000000.00"}
    person = staff("underwriter")
    answer = api(staff("administrator")).put(f"/api/v1/staff/{person.pk}/authorities", body, format="json")
    assert (answer.status_code, answer.json()["field"]) == (422, "amonut")


def test_no_answer_holds_the_hash_of_a_key(api, organisation, owner):
    path = f"/api/v1/organisations/{organisation.pk}/keys"
    made = api(owner).post(path, {"name": "ci"}, format="json")
    hashed = ApiKey.objects.get(prefix=made.data["id"]).hashed_key
    assert hashed
    assert hashed not in made.content.decode() + api(owner).get(path).content.decode()
