"""The base of every API view."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.parsing import JsonParser, length_check


class ApiView(APIView):
    """A view that declares, per HTTP method, who may use it (accounts.access.Access in `access`).

    request.principal is who asks; an undeclared method is refused and fails the route inventory test.
    `streams` says that the view reads the body itself, as it comes; every other body needs its length.
    """

    access: dict[str, object] = {}
    streams = False
    parser_classes = (JsonParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks first, then whether the body can be read."""
        super().initial(request, *args, **kwargs)
        if not self.streams:
            length_check(request)
