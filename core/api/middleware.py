"""The last net: an unexpected error under /api/ is a problem document, and its cause is in the log."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.api.problems import CONTENT_TYPE, NOTHING_HERE, as_plimsoll, problem_response
from core.errors import PlimsollError

log = logging.getLogger(__name__)


class ProblemMiddleware:
    """Turns anything that escapes an API view, and Django's own 404, into a problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/") and response.status_code == 404:
            return response if response["Content-Type"] == CONTENT_TYPE else problem_response(NOTHING_HERE)
        return response

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if not request.path.startswith("/api/"):
            return None
        error = as_plimsoll(exc)
        if error is not None:
            return problem_response(error)
        log.exception("unexpected error at %s %s", request.method, request.path)
        return problem_response(
            PlimsollError(
                "An unexpected error was logged.",
                remedy="Nothing was changed. Try again; if it stays, tell the insurer the time.",
            )
        )
