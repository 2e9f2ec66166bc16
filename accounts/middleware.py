"""Puts the principal of the portal's session on the request, and refusals on a page of their own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.selectors import principal_of_user
from core.api.problems import NOTHING_HERE, as_plimsoll
from core.errors import NotFound


class PrincipalMiddleware:
    """request.principal: the Principal, or None for the anonymous. Roles are read anew for each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        request.principal = principal_of_user(user) if user.is_authenticated else None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        error = as_plimsoll(exc)
        if error is None or request.path.startswith("/api/"):
            return None
        shown = NOTHING_HERE if isinstance(error, NotFound) else error
        return render(request, "problem.html", {"problem": shown}, status=shown.status)
