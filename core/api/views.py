"""The base of every API view."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.parsing import JsonParser, length_check
from core.api.requests import PAGE_QUERY, query_check


class ApiView(APIView):
    """A view that declares, per HTTP method, who may use it (accounts.access.Access in `access`).

    request.principal is who asks; an undeclared method is refused and fails the route inventory test.
    `filters` names the query parameters a GET reads besides those of a page; any other is refused.
    `streams` says that the view reads the body itself, as it comes; every other body needs its length.
    """

    access: dict[str, object] = {}
    filters: tuple[str, ...] = ()
    streams = False
    parser_classes = (JsonParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks first, then whether the query is understood and the body can be read."""
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            query_check(request, (*self.filters, *PAGE_QUERY))
        if not self.streams:
            length_check(request)
