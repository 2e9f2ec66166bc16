"""Who is in the tests: one insured with an owner, an engineer and a viewer; a stranger; the insurer's staff."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

from accounts.models import ApiKey, Membership, Organisation, StaffRole, User
from accounts.principal import Principal
from accounts.roles import ENGINEER, OWNER, VIEWER
from accounts.selectors import principal_of_user
from tests.emptying import empty_database

# Transactional tests end with an empty database; Django's own way is refused by the append-only triggers.
TransactionTestCase._fixture_teardown = empty_database

# A slow machine is no defect. CI repeats the same cases, so that a commit fails for its own reasons alone.
hypothesis_settings.register_profile("plimsoll", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("plimsoll")

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    """Files of a test go to its own folder."""
    settings.STORE_DIR = tmp_path / "store"


@pytest.fixture
def organisation(db) -> Organisation:
    return Organisation.objects.create(name="Acme Credit", country="US", created_at=NOW)


@pytest.fixture
def other_organisation(db) -> Organisation:
    return Organisation.objects.create(name="Other Bank", country="US", created_at=NOW)


def _user(name: str) -> User:
    user = User(email=f"{name}@example.org", name=name.title(), created_at=NOW)
    user.set_unusable_password()
    user.save()
    return user


def _member(name: str, organisation: Organisation, role: str) -> User:
    user = _user(name)
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user


@pytest.fixture
def owner(organisation) -> User:
    return _member("owner", organisation, OWNER)


@pytest.fixture
def engineer(organisation) -> User:
    return _member("engineer", organisation, ENGINEER)


@pytest.fixture
def viewer(organisation) -> User:
    return _member("viewer", organisation, VIEWER)


@pytest.fixture
def stranger(other_organisation) -> User:
    return _member("stranger", other_organisation, OWNER)


@pytest.fixture
def staff(db) -> Callable[..., User]:
    """staff("underwriter") makes (or finds) the insurer's person of that role."""

    def make(role: str, name: str = "") -> User:
        email = f"{name or role}@example.org"
        user = User.objects.filter(email=email).first() or _user(name or role)
        StaffRole.objects.get_or_create(user=user, role=role)
        return user

    return make


@pytest.fixture
def principal() -> Callable[[User], Principal]:
    return principal_of_user


@pytest.fixture
def api(db) -> Callable[..., APIClient]:
    """api(user) is an API client with a key of that user; api() is anonymous; api(organisation) has its key."""

    def client(holder: User | Organisation | None = None) -> APIClient:
        made = APIClient()
        if holder is None:
            return made
        held = {"user": holder} if isinstance(holder, User) else {"organisation": holder}
        expires = datetime.now(UTC) + timedelta(days=1)
        _, key = ApiKey.objects.create_key(name="test", expiry_date=expires, **held)
        made.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
        return made

    return client
