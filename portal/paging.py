"""Lists in pages: the newest first, "older" by a cursor that survives new rows, as core.api.pagination does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.errors import InputRefused

MOST = 100


@dataclass(frozen=True)
class Paged:
    """One page of a list. `older` and `newest` are the queries that lead on and back, empty where there is no way."""

    rows: list[Any]
    total: int
    older: str
    newest: str


def paged(rows: QuerySet[Any], request: HttpRequest, *, by: str = "created_at", name: str = "after") -> Paged:
    """At most MOST of `rows`, newest by the field `by` first; ?`name`= says after which row, for one list of a page.

    Raises InputRefused for a cursor that is not one of ours. The rows are counted only if one page does not hold them.
    """
    ordered = rows.order_by(f"-{by}", "-pk")
    cursor = request.GET.get(name, "")
    if cursor:
        ordered = ordered.filter(_older_than(rows, by, cursor))
    found = list(ordered[: MOST + 1])
    shown = found[:MOST]
    more = len(found) > MOST
    total = rows.count() if more or cursor else len(shown)
    last = f"{_text(getattr(shown[-1], by))}~{shown[-1].pk}" if more else ""
    return Paged(shown, total, _query(request, name, last) if more else "", _query(request, name) if cursor else "")


def _query(request: HttpRequest, name: str, cursor: str = "") -> str:
    """The page's query with this list's cursor replaced; "?" alone leads to the beginning."""
    query = request.GET.copy()
    query.pop(name, None)
    if cursor:
        query[name] = cursor
    return f"?{query.urlencode()}"


def _text(value: Any) -> str:
    told: Callable[[], str] | None = getattr(value, "isoformat", None)
    return told() if told else str(value)


def _older_than(rows: QuerySet[Any], by: str, cursor: str) -> Q:
    text, _, pk = cursor.rpartition("~")
    fields = rows.model._meta
    try:
        value = fields.get_field(by).to_python(text) if text else None
        key = fields.pk.to_python(pk)
    except (ValidationError, ValueError, OverflowError):
        value = None
    if value is None:
        raise InputRefused("This page of the list is not known.", field="after", remedy="Begin at the list's top.")
    return Q(**{f"{by}__lt": value}) | Q(**{by: value, "pk__lt": key})
