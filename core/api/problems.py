"""Errors as RFC 9457 problem documents that name the field, the limit and the remedy."""

import logging
import re
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from core.errors import (
    InputRefused,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PlimsollError,
    TooLarge,
    TooSlow,
)

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
_REMEDIES = {
    HTTPStatus.METHOD_NOT_ALLOWED: "The header Allow names the methods; /api/v1/schema says what each does.",
    HTTPStatus.NOT_ACCEPTABLE: "Send «Accept: application/json», or no such header.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send JSON with «Content-Type: application/json».",
}
# What a DRF code limits; {} is the number in its sentence.
_LIMITS = {
    "required": "required",
    "null": "not null",
    "blank": "at least 1 character",
    "empty": "at least 1 item",
    "max_length": "at most {}",
    "min_length": "at least {}",
    "max_value": "at most {}",
    "min_value": "at least {}",
    "max_digits": "at most {} digits",
    "max_decimal_places": "at most {} digits after the point",
    "max_whole_digits": "at most {} digits before the point",
    "max_string_length": "at most {} characters",
    "unprintable": "printable characters",
}
_UNKNOWN = "unknown field; known: "
NOTHING_HERE = NotFound("Nothing is here that you may see.", remedy="Check the address and who you are logged in as.")


def problem(error: PlimsollError, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The problem document of `error`. It repeats nothing of the request, so two refusals are byte-equal."""
    document: dict[str, Any] = {
        "type": f"urn:plimsoll:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
    }
    for name in ("field", "limit", "remedy"):
        if getattr(error, name):
            document[name] = getattr(error, name)
    if errors:
        document["errors"] = errors
    return document


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: any refusal becomes a problem document; a bug is left to the middleware, which answers 500."""
    if isinstance(exc, exceptions.ValidationError):
        return _response(*_invalid(exc))
    error = as_plimsoll(exc)
    if error is None:
        return None
    # Nothing here and nothing you may see are the same answer.
    return _response(NOTHING_HERE if isinstance(error, NotFound) else error)


def as_plimsoll(exc: Exception) -> PlimsollError | None:
    """`exc` as one of our errors; None if it is a bug."""
    if isinstance(exc, PlimsollError):
        return exc
    if isinstance(exc, Http404):
        return NOTHING_HERE
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(
            "The body is too large.",
            limit="1 MiB",
            remedy="Send data sets to /api/v1/datasets, which streams them.",
        )
    if isinstance(exc, UnreadablePostError):
        return body_lost(exc)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return NotAuthenticated(str(exc.detail), remedy="Send the header «Authorization: Api-Key …» or log in.")
    if isinstance(exc, PermissionDenied | exceptions.PermissionDenied):
        return NotAllowed(str(getattr(exc, "detail", "")) or "Your role does not allow this.")
    if isinstance(exc, exceptions.APIException):
        return _from_drf(exc)
    return None


def body_lost(exc: OSError) -> PlimsollError:
    """Why a body could not be read to its end: the sender was slower than the pace (config/web.py), or went away."""
    cause: BaseException = exc
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, TimeoutError):
        return TooSlow(
            "The body came too slowly.",
            field="body",
            limit="64 KiB, or all that is left, in every 20 seconds of waiting",
            remedy="Send it again over a faster line, or less of it.",
        )
    return InputRefused(
        "The connection ended before the body did.", field="body", limit="the whole body", remedy="Send it again."
    )


def problem_response(error: PlimsollError) -> HttpResponse:
    """A problem document outside DRF."""
    return JsonResponse(problem(error), status=error.status, content_type=CONTENT_TYPE, headers=_headers(error))


def _response(error: PlimsollError, errors: list[dict[str, Any]] | None = None) -> Response:
    return Response(problem(error, errors), status=error.status, content_type=CONTENT_TYPE, headers=_headers(error))


def _headers(error: PlimsollError) -> dict[str, str]:
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}


def _invalid(exc: exceptions.ValidationError) -> tuple[PlimsollError, list[dict[str, Any]]]:
    errors = list(_flatten(exc.detail, ""))
    first = errors[0]
    more = f" And {len(errors) - 1} more, listed in errors." if len(errors) > 1 else ""
    error = InputRefused(
        f"{first['field'] or 'The body'}: {first['detail']}{more}",
        field=first["field"] or None,
        limit=first.get("limit"),
        remedy="Correct the named fields and send it again; /api/v1/schema says what each takes.",
    )
    return error, errors


def _flatten(detail: Any, path: str) -> Any:
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flatten(value, f"{path}.{name}".strip("."))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _flatten(value, f"{path}.{index}".strip(".") if nested else path)
    else:
        limit = _limit_of(detail)
        yield {"field": path, "detail": str(detail), **({"limit": limit} if limit else {})}


def _limit_of(detail: Any) -> str | None:
    """The limit a field's complaint is about. DRF keeps it in its sentence alone: the code says of what it is."""
    text = str(detail)
    if text.startswith(_UNKNOWN):
        return text.removeprefix(_UNKNOWN)
    form = _LIMITS.get(getattr(detail, "code", ""), "")
    number = re.search(r"-?\d[\d.,]*(?<![.,])", text)
    if "{}" in form:
        return form.format(number[0]) if number else None
    return form or None


def _from_drf(exc: exceptions.APIException) -> PlimsollError:
    error = PlimsollError(str(exc.detail), remedy=_REMEDIES.get(exc.status_code))
    error.status = exc.status_code
    error.code = str(exc.default_code).replace("_", "-")
    error.title = HTTPStatus(exc.status_code).phrase
    return error
