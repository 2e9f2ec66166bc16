"""Reading a request: the body by its serializer, and the filters of a list."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from core.errors import InputRefused

Row = TypeVar("Row", bound=Model)
PAGE_QUERY = ("limit", "after")


def valid(serializer: type[Any], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The checked body; `partial` lets required fields be left out."""
    checked = serializer(data=request.data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def query_check(request: Request, known: tuple[str, ...]) -> None:
    """Refuse a query parameter that nobody reads: a misspelt filter would answer with everything."""
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        raise InputRefused(
            f"This address has no query parameter {unknown[0][:80]!r}.",
            field=unknown[0][:80],
            limit=", ".join(known),
            remedy="Correct its name, or leave it out.",
        )


def narrowed(rows: QuerySet[Row], request: Request, *, states: list[str], keys: tuple[str, ...]) -> QuerySet[Row]:
    """`rows` with ?state= and the filters by id in `keys` applied; an unknown state or a bad id is refused."""
    state = request.query_params.get("state")
    if state is not None:
        if state not in states:
            raise InputRefused(f"{state!r} is not a state here.", field="state", limit=", ".join(states))
        rows = rows.filter(state=state)
    for key in keys:
        if key in request.query_params:
            rows = rows.filter(**{f"{key}_id": _uuid(key, request.query_params[key])})
    return rows


def _uuid(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InputRefused(f"{name} is not an id.", field=name, limit="a UUID") from None
