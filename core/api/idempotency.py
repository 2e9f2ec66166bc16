"""Idempotency-Key as Stripe does it: same key and body replays, another body 422, in flight 409.

A refusal for the input itself (4xx) is not kept: nothing was begun, and the corrected request may use the key.
"""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.canonical import canonical_json, digest, plain
from core.errors import Conflict, InputRefused
from core.models import IdempotencyKey

HEADER = "Idempotency-Key"
LONGEST = 255
# A key whose request never answered (the process died) may be claimed again after this time.
ABANDONED = timedelta(minutes=2)


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a POST method of an ApiView: with the header its effect happens once."""

    @functools.wraps(method)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if not key:
            return method(view, request, *args, **kwargs)
        if len(key) > LONGEST:
            raise InputRefused("The key is too long.", field=HEADER, limit=f"{LONGEST} characters")
        return _once(request, key, lambda: method(view, request, *args, **kwargs))

    return once


def _once(request: Request, key: str, act: Callable[[], Response]) -> Response:
    caller = request.principal.actor  # type: ignore[attr-defined]
    row, created = _claim(f"{caller.kind}:{caller.id}", request.path, key, _fingerprint(request))
    if not created:
        return Response(row.body, status=row.status, headers={"Idempotent-Replay": "true"})
    try:
        response = act()
    except BaseException:
        row.delete()
        raise
    IdempotencyKey.objects.filter(pk=row.pk).update(status=response.status_code, body=plain(response.data))
    return response


def _fingerprint(request: Request) -> str:
    return digest(canonical_json({"query": request.META.get("QUERY_STRING", ""), "body": request.data}))


def _claim(caller: str, route: str, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    now = timezone.now()
    where = {"caller": caller, "route": route, "key": key}
    IdempotencyKey.objects.filter(**where, status=None, at__lt=now - ABANDONED).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(**where, fingerprint=fingerprint, at=now), True
    except IntegrityError:
        row = IdempotencyKey.objects.filter(**where).first()
    if row is None or row.status is None:
        raise Conflict("A request with this key is under way.", field=HEADER, remedy="Wait a moment and repeat it.")
    if row.fingerprint != fingerprint:
        raise InputRefused(
            "This key was used with another body.", field=HEADER, remedy="Use a new key for a new request."
        )
    return row, False
