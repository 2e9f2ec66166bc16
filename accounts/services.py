"""Changing accounts: people, organisations, roles, keys, authority. Every change is journalled."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import ApiKey, Authority, Membership, Organisation, StaffRole, User
from accounts.roles import ADMINISTRATOR, ALL_MEMBERS, ALL_STAFF, OWNER
from core.actors import Actor
from core.errors import Conflict, InputRefused, StateRefused
from core.journal import journal_write

ORGANISATION_KEY_LIFE = timedelta(days=365)
TOKEN_LIFE = timedelta(hours=12)


def administrator_bootstrap(*, email: str, name: str, actor: Actor, at: datetime) -> tuple[User, str]:
    """The first administrator of an installation and the password made for them.

    Raises StateRefused once there is one: later administrators are added by an administrator.
    """
    with transaction.atomic():
        if StaffRole.objects.filter(role=ADMINISTRATOR).exists():
            raise StateRefused(
                "This installation has an administrator.",
                remedy="Ask them to add further staff (POST /api/v1/staff).",
            )
        return staff_add(email=email, name=name, roles=[ADMINISTRATOR], password=None, actor=actor, at=at)


def staff_add(
    *, email: str, name: str, roles: Iterable[str], password: str | None, actor: Actor, at: datetime
) -> tuple[User, str]:
    """A new person of the insurer; returns the password, made here unless given. Roles: accounts.roles.ALL_STAFF."""
    wanted = sorted(set(roles))
    if not wanted or not set(wanted) <= ALL_STAFF:
        raise InputRefused("Unknown or no role.", field="roles", limit=f"one or more of {', '.join(sorted(ALL_STAFF))}")
    with transaction.atomic():
        user, made = _user_create(email=email, name=name, password=password, at=at)
        if user.memberships.exists():
            raise Conflict("This person belongs to a customer.", field="email", remedy="Use another address.")
        StaffRole.objects.bulk_create([StaffRole(user=user, role=role) for role in wanted])
        _note(actor, "staff.added", "user", user.pk, None, at, {"email": user.email, "roles": wanted})
    return user, made


def organisation_create(*, name: str, country: str, address: str, actor: Actor, at: datetime) -> Organisation:
    """A new customer; `country` is ISO 3166-1 alpha-2. Raises Conflict if the name is taken."""
    if len(country) != 2 or not country.isalpha() or not country.isupper():
        raise InputRefused("Not a country code.", field="country", limit="ISO 3166-1 alpha-2, such as US")
    with transaction.atomic():
        if Organisation.objects.filter(name=name).exists():
            raise Conflict("There is an organisation of this name.", field="name", remedy="Choose another name.")
        made = Organisation.objects.create(name=name, country=country, address=address, created_at=at)
        _note(actor, "organisation.created", "organisation", made.pk, made, at, {"name": name})
    return made


def member_add(
    *,
    organisation: Organisation,
    email: str,
    name: str,
    role: str,
    password: str | None,
    actor: Actor,
    at: datetime,
) -> tuple[Membership, str]:
    """A new person of `organisation` in `role`; returns the password, made here unless given."""
    if role not in ALL_MEMBERS:
        raise InputRefused("Unknown role.", field="role", limit=f"one of {', '.join(sorted(ALL_MEMBERS))}")
    with transaction.atomic():
        user, made = _user_create(email=email, name=name, password=password, at=at)
        member = Membership.objects.create(user=user, organisation=organisation, role=role)
        detail = {"email": user.email, "role": role}
        _note(actor, "member.added", "organisation", organisation.pk, organisation, at, detail)
    return member, made


def member_remove(*, member: Membership, actor: Actor, at: datetime) -> None:
    """Take a person out of an organisation, with effect on their next request. The last owner stays."""
    with transaction.atomic():
        owners = Membership.objects.select_for_update().filter(organisation_id=member.organisation_id, role=OWNER)
        if member.role == OWNER and owners.count() == 1:
            raise StateRefused("An organisation keeps at least one owner.", remedy="Add another owner first.")
        organisation, email = member.organisation, member.user.email
        member.delete()
        _note(actor, "member.removed", "organisation", organisation.pk, organisation, at, {"email": email})


def organisation_key_create(*, organisation: Organisation, name: str, actor: Actor, at: datetime) -> tuple[ApiKey, str]:
    """A key for the organisation's programs, valid a year. The key itself is returned once and not kept."""
    with transaction.atomic():
        row, key = _key_make(name=name, organisation=organisation, expiry_date=at + ORGANISATION_KEY_LIFE)
        _note(actor, "key.created", "organisation", organisation.pk, organisation, at, {"prefix": row.prefix})
    return row, key


def token_create(*, user: User, at: datetime) -> tuple[ApiKey, str]:
    """A key that acts as `user`, valid for a working day."""
    actor = Actor(kind="user", id=str(user.pk), label=user.name)
    with transaction.atomic():
        row, key = _key_make(name=user.name, user=user, expiry_date=at + TOKEN_LIFE)
        _note(actor, "token.created", "user", user.pk, None, at, {"prefix": row.prefix, "until": row.expiry_date})
    return row, key


def key_revoke(*, key: ApiKey, actor: Actor, at: datetime) -> None:
    """End a key, with effect on the next request."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked=False).update(revoked=True) != 1:
            raise StateRefused("This key is revoked already.")
        _note(
            actor,
            "key.revoked",
            "organisation",
            key.organisation_id,
            key.organisation,
            at,
            {"prefix": key.prefix},
        )


def authority_set(*, user: User, kind: str, amount: Decimal, currency: str, actor: Actor, at: datetime) -> Authority:
    """How far `user` may bind cover (kind "bind") or decide claims (kind "claim") alone; replaces an earlier grant."""
    if not user.staff_roles.exists():
        raise InputRefused("Authority is for the insurer's staff.", field="user")
    if actor.id == str(user.pk):
        raise InputRefused("Nobody grants authority to themselves.", remedy="Ask another administrator.")
    with transaction.atomic():
        grant, _ = Authority.objects.update_or_create(
            user=user, kind=kind, currency=currency, defaults={"amount": amount}
        )
        detail = {"kind": kind, "amount": amount, "currency": currency}
        _note(actor, "authority.set", "user", user.pk, None, at, detail)
    return grant


def _key_make(**fields: object) -> tuple[ApiKey, str]:
    row = ApiKey(**fields)
    key: str = ApiKey.objects.assign_key(row)
    row.save(force_insert=True)
    return row, key


def _user_create(*, email: str, name: str, password: str | None, at: datetime) -> tuple[User, str]:
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        raise Conflict("There is a user with this e-mail address.", field="email", remedy="Use another address.")
    user = User(email=address, name=name, created_at=at)
    chosen = password or secrets.token_urlsafe(12)
    try:
        validate_password(chosen, user)
    except ValidationError as refused:
        raise InputRefused(" ".join(refused.messages), field="password", limit="12 characters or more") from None
    user.set_password(chosen)
    user.save(force_insert=True)
    return user, chosen


def _note(
    actor: Actor,
    action: str,
    kind: str,
    pk: object,
    organisation: Organisation | None,
    at: datetime,
    detail: Mapping[str, object],
) -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind=kind,
        subject_id=str(pk),
        organisation_id=organisation.pk if organisation else None,
        at=at,
        detail=detail,
    )
