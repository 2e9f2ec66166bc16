"""The policy table's words: which roles may use a route, declared on the route itself."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from rest_framework.exceptions import NotAuthenticated as DrfNotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.principal import Principal
from core.errors import NotAllowed


@dataclass(frozen=True)
class Access:
    """staff: roles at the insurer; members: roles in the organisation concerned; anonymous: everybody."""

    staff: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    anonymous: bool = False

    def admits(self, principal: Principal | None) -> bool:
        """Whether this caller holds any named role anywhere; the row's own organisation is checked by object_get."""
        if self.anonymous:
            return True
        if principal is None:
            return False
        return bool(self.staff & principal.staff_roles) or bool(self.members & set(principal.memberships.values()))


EVERYONE = Access(anonymous=True)
_REFUSED = NotAllowed("Your role does not allow this.", remedy="Ask somebody who holds the role, or an administrator.")


class DeclaredAccess(BasePermission):
    """DRF permission that reads the view's `access` table; a method without a line there is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = view.access.get("GET" if request.method == "HEAD" else request.method)
        if access is None:
            # Let DRF answer 405 where there is no such method; a method without a line stays shut.
            return not hasattr(view, (request.method or "").lower())
        principal = getattr(request, "principal", None)
        if access.admits(principal):
            return True
        if principal is None:
            raise DrfNotAuthenticated()
        raise NotAllowed(_REFUSED.message, remedy=_REFUSED.remedy)


def page(
    access: Access | Mapping[str, Access],
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorate a portal view with who may use it; the anonymous are sent to the log-in page."""
    table = {"GET": access} if isinstance(access, Access) else dict(access)

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            rule = table.get("GET" if request.method == "HEAD" else request.method or "")
            if rule is None:
                return HttpResponseNotAllowed(list(table))
            if not rule.admits(request.principal):  # type: ignore[attr-defined]
                if request.principal is None:  # type: ignore[attr-defined]
                    return redirect_to_login(request.get_full_path())
                raise NotAllowed(_REFUSED.message, remedy=_REFUSED.remedy)
            return view(request, *args, **kwargs)

        guarded.access = table  # type: ignore[attr-defined]
        return guarded

    return decorate
