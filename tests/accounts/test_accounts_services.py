"""People, organisations, keys and authority: what is allowed, what is refused, and that a refusal changes nothing."""

from decimal import Decimal

import pytest

from accounts.authority import authority_of
from accounts.models import ApiKey, Authority, Membership, Organisation, StaffRole, User
from accounts.selectors import principal_of_user
from accounts.services import (
    administrator_bootstrap,
    authority_set,
    key_revoke,
    member_add,
    member_remove,
    organisation_create,
    organisation_key_create,
    staff_add,
)
from core.actors import system
from core.errors import Conflict, InputRefused, StateRefused
from core.models import JournalEntry

WHO = system("tests")
pytestmark = pytest.mark.django_db


def test_bootstrap_makes_one_administrator_and_then_refuses(now):
    user, password = administrator_bootstrap(email="Ada@Example.org", name="Ada", actor=WHO, at=now)
    assert user.email == "ada@example.org"
    assert user.check_password(password)
    with pytest.raises(StateRefused, match="has an administrator"):
        administrator_bootstrap(email="eve@example.org", name="Eve", actor=WHO, at=now)
    assert User.objects.count() == 1


def test_staff_roles_are_what_was_asked_and_are_journalled(now):
    user, _ = staff_add(
        email="u@example.org", name="U", roles=["underwriter", "underwriter"], password=None, actor=WHO, at=now
    )
    assert principal_of_user(user).staff_roles == {"underwriter"}
    assert JournalEntry.objects.get(action="staff.added").detail["roles"] == ["underwriter"]


@pytest.mark.parametrize("roles", [[], ["king"], ["underwriter", "king"]])
def test_an_unknown_or_empty_role_is_refused(now, roles):
    with pytest.raises(InputRefused) as refused:
        staff_add(email="u@example.org", name="U", roles=roles, password=None, actor=WHO, at=now)
    assert "underwriter" in str(refused.value.limit)
    assert not User.objects.exists()
    assert not StaffRole.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1234", "u@example.org"])
def test_a_weak_password_is_refused_and_leaves_no_user(now, password):
    with pytest.raises(InputRefused, match=r"password|e-?mail|short|similar"):
        staff_add(email="u@example.org", name="U", roles=["actuary"], password=password, actor=WHO, at=now)
    assert not User.objects.exists()


def test_an_address_is_used_once_whatever_its_case(now, organisation, owner):
    with pytest.raises(Conflict):
        member_add(
            organisation=organisation,
            email="OWNER@example.org",
            name="O",
            role="viewer",
            password=None,
            actor=WHO,
            at=now,
        )


def test_a_country_is_a_code(now, db):
    with pytest.raises(InputRefused, match="country"):
        organisation_create(name="X", country="usa", address="", actor=WHO, at=now)
    assert not Organisation.objects.exists()


def test_the_last_owner_stays_and_others_may_go(now, organisation, owner, engineer):
    with pytest.raises(StateRefused, match="at least one owner"):
        member_remove(member=owner.memberships.get(), actor=WHO, at=now)
    member_remove(member=engineer.memberships.get(), actor=WHO, at=now)
    assert list(Membership.objects.values_list("user__email", flat=True)) == ["owner@example.org"]


def test_a_removed_member_is_out_at_the_next_request(now, organisation, owner, engineer, api):
    client = api(engineer)
    assert client.get(f"/api/v1/organisations/{organisation.pk}").status_code == 200
    member_remove(member=engineer.memberships.get(), actor=WHO, at=now)
    assert client.get(f"/api/v1/organisations/{organisation.pk}").status_code == 403


def test_a_key_is_stored_as_a_hash_and_ends_when_revoked(now, organisation, api):
    row, key = organisation_key_create(organisation=organisation, name="ci", actor=WHO, at=now)
    assert key not in str(ApiKey.objects.filter(pk=row.pk).values())
    key_revoke(key=row, actor=WHO, at=now)
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    assert client.get("/api/v1/me").status_code == 401


def test_authority_is_replaced_not_added_and_never_self_granted(now, staff, principal):
    admin, adjuster = staff("administrator"), staff("adjuster")
    who = principal(admin).actor
    for amount in ("25000.00", "100000.00"):
        authority_set(user=adjuster, kind="claim", amount=Decimal(amount), currency="USD", actor=who, at=now)
    held = principal(adjuster).actor
    assert authority_of(actor=held, kind="claim", currency="USD") == Decimal("100000.00")
    assert authority_of(actor=held, kind="claim", currency="EUR") is None
    with pytest.raises(InputRefused, match="themselves"):
        authority_set(user=admin, kind="claim", amount=Decimal("1"), currency="USD", actor=who, at=now)
    assert Authority.objects.count() == 1
