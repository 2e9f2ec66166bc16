"""Reading accounts."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import ApiKey, Membership, Organisation, StaffRole, User
from accounts.principal import Principal
from accounts.roles import ENGINEER
from core.actors import Actor


def principal_of_user(user: User) -> Principal:
    """The principal of a person, with roles as they are now: a revoked role is gone with the next request."""
    memberships = {row.organisation_id: row.role for row in user.memberships.all()}
    roles = frozenset(row.role for row in user.staff_roles.all())
    only = next(iter(memberships)) if len(memberships) == 1 and not roles else None
    actor = Actor(kind="user", id=str(user.pk), label=user.name, organisation_id=only)
    return Principal(actor=actor, user_id=user.pk, staff_roles=roles, memberships=memberships)


def principal_of_key(key: ApiKey) -> Principal | None:
    """The principal of a key: its person's, or an engineer of its organisation. None if the person is inactive."""
    if key.user is not None:
        return principal_of_user(key.user) if key.user.is_active else None
    if key.organisation_id is None:
        return None
    actor = Actor(kind="key", id=key.prefix, label=key.name, organisation_id=key.organisation_id)
    return Principal(actor=actor, memberships={key.organisation_id: ENGINEER})


def actor_is_staff(actor: Actor) -> bool:
    """Whether the actor is a person of the insurer."""
    return actor.kind == "user" and StaffRole.objects.filter(user_id=actor.id).exists()


def organisations_visible(principal: Principal) -> QuerySet[Organisation]:
    """All for staff, the own ones for members."""
    rows = Organisation.objects.all()
    return rows if principal.is_staff else rows.filter(pk__in=list(principal.memberships))


def members_of(organisation_id: UUID) -> QuerySet[Membership]:
    """The members of one organisation, by name."""
    return Membership.objects.filter(organisation_id=organisation_id).select_related("user").order_by("user__name")


def staff_all() -> QuerySet[User]:
    """The insurer's people, by name."""
    return User.objects.filter(staff_roles__isnull=False).distinct().prefetch_related("staff_roles").order_by("name")
