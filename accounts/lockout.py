"""What somebody sees who failed to log in too often."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.api.problems import problem_response
from core.errors import Busy

TOO_MANY = Busy("Too many failed log-ins.", limit="5 in a row", remedy="Wait ten minutes and try again.")
TOO_MANY.retry_after = 600


def locked_out(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """The answer to a log-in while locked: a problem document to a program, a page to a person."""
    if request.path.startswith("/api/"):
        return problem_response(TOO_MANY)
    return render(request, "problem.html", {"problem": TOO_MANY}, status=TOO_MANY.status)
