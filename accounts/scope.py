"""Look-up and permission in one call, so that no view can forget the second."""

from typing import Any
from uuid import UUID

from accounts.access import Access
from accounts.models import Organisation
from accounts.principal import Principal
from core.errors import InputRefused, NotAllowed, NotFound

_NOTHING = "Nothing is here that you may see."


def object_get(queryset: Any, *, principal: Principal, pk: UUID | str, access: Access) -> Any:
    """The row `pk` of a tenant table, if this caller may see it and holds a role of `access` in its organisation.

    `queryset` is a TenantModel class or a queryset of one. Raises NotFound (also for a stranger) or NotAllowed.
    """
    rows = getattr(queryset, "objects", queryset)
    row = rows.visible_to(principal).filter(pk=_uuid(pk)).first()
    if row is None:
        raise NotFound(_NOTHING)
    if access.staff & principal.staff_roles:
        return row
    if principal.memberships.get(row.organisation_id) in access.members:
        return row
    raise NotAllowed("Your role does not allow this.", remedy="Ask somebody who holds the role, or an administrator.")


def organisation_pick(*, principal: Principal, access: Access, requested: UUID | None) -> Organisation:
    """The organisation a new row shall belong to: the one asked for, or the caller's only one.

    Raises NotFound for an organisation the caller may not see, InputRefused if none was named and several fit.
    """
    own = [key for key, role in principal.memberships.items() if role in access.members]
    if access.staff & principal.staff_roles:
        return _organisation(requested)
    if requested is None and len(own) == 1:
        requested = own[0]
    if requested is not None and requested not in principal.memberships:
        raise NotFound(_NOTHING)
    if requested is not None and requested not in own:
        raise NotAllowed("Your role in this organisation does not allow this.", remedy="Ask one of its owners.")
    return _organisation(requested)


def _organisation(pk: UUID | None) -> Organisation:
    if pk is None:
        raise InputRefused("Say for which organisation.", field="organisation", remedy="Send its id.")
    found = Organisation.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_NOTHING)
    return found


def _uuid(value: UUID | str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise NotFound(_NOTHING) from None
