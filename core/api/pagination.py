"""Lists in pages: newest first, with a cursor that survives new rows."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from core.errors import InputRefused

PAGE = 25
PAGE_MAX = 100


def page_of(queryset: QuerySet[Any], request: Request, serializer: type[Any]) -> dict[str, Any]:
    """`{"items": [...], "next": cursor or None}` of rows that have created_at and id; ?limit= and ?after= steer it."""
    limit = _limit(request)
    rows = queryset.order_by("-created_at", "-id")
    after = request.query_params.get("after")
    if after:
        rows = rows.filter(_older_than(after))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit
    cursor = f"{shown[-1].created_at.isoformat()}~{shown[-1].pk}" if more else None
    return {"items": serializer(shown, many=True).data, "next": cursor}


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PAGE))
    if not text.isdecimal() or not 1 <= int(text) <= PAGE_MAX:
        raise InputRefused("limit must be a whole number.", field="limit", limit=f"1 to {PAGE_MAX}")
    return int(text)


def _older_than(cursor: str) -> Q:
    when, _, pk = cursor.partition("~")
    try:
        at = parse_datetime(when)
    except ValueError:
        at = None
    if at is None or len(pk) != 36:
        raise InputRefused("This cursor is not one of ours.", field="after", remedy="Take it from next of a page.")
    return Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)
