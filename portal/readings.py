"""What a load line shows of a price, and the newest price of each model, read without whole worksheets."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from core.errors import PlimsollError
from underwriting.models import Pricing
from underwriting.rating import Plan, plan_load
from underwriting.rating.score import score as score_of

HEAVY = ("worksheet", "evidence", "risk", "terms")
# The three figures of a worksheet that a load line needs, as annotations beside the row.
_FIGURES = {
    "point_premium": "worksheet__figures__parameter_risk__point_pure_premium",
    "class_premium": "worksheet__figures__standing__class_pure_premium",
    "rows_audited": "evidence__rows",
}


def figures_for(rows: QuerySet[Any], prefix: str = "") -> QuerySet[Any]:
    """`rows` with what their load lines need; `prefix` leads from the row to its price, such as "quote__pricing__"."""
    return rows.annotate(**{name: F(f"{prefix}{path}") for name, path in _FIGURES.items()})


def reading_of(
    pricing: Pricing | None, previous: Pricing | None = None, *, figures: Any = None
) -> dict[str, Any] | None:
    """The arguments of core.pdf.loadline.Reading for one price; `previous` stands behind in grey.

    `figures` carries the annotations of figures_for; without it the whole worksheet is read. The band runs from the
    score at the bounds, which is the score, to the score at the measured points.
    """
    if pricing is None or pricing.score is None:
        return None
    point, at_class, rows = _annotated(figures) if figures is not None else _stored(pricing)
    high = _at_points(pricing, point, at_class)
    return {
        "score": float(pricing.score),
        "grade": pricing.grade or None,
        "low": None if high is None else float(pricing.score),
        "high": high,
        "rows": int(rows) if rows else None,
        "previous": None if previous is None or previous.score is None else float(previous.score),
    }


def _annotated(row: Any) -> tuple[Any, Any, Any]:
    return row.point_premium, row.class_premium, row.rows_audited


def _stored(pricing: Pricing) -> tuple[Any, Any, Any]:
    figures = pricing.worksheet["figures"]
    point = figures["parameter_risk"]["point_pure_premium"]
    return point, figures["standing"]["class_pure_premium"], pricing.evidence["rows"]


def _at_points(pricing: Pricing, point: Any, at_class: Any) -> float | None:
    plan = _plan(pricing.plan_name)
    if plan is None or plan.hash != pricing.plan_hash or not point or not at_class or not Decimal(at_class):
        return None
    return float(score_of(Decimal(point) / Decimal(at_class), plan))


@lru_cache(maxsize=8)
def _plan(name: str) -> Plan | None:
    try:
        return plan_load(name)
    except PlimsollError:
        return None


def newest_prices(models: Iterable[UUID]) -> dict[UUID, list[Pricing]]:
    """Model id -> its prices, newest first, without their worksheets. One query."""
    rows = figures_for(Pricing.objects.filter(order__version__model_id__in=list(models))).defer(*HEAVY)
    found: dict[UUID, list[Pricing]] = {}
    for row in rows.select_related("order__version").order_by("-created_at", "-id"):
        found.setdefault(row.order.version.model_id, []).append(row)
    return found


def newest_reading(prices: list[Pricing]) -> dict[str, Any] | None:
    """The reading of the newest of these prices, the one before it in grey."""
    if not prices:
        return None
    return reading_of(prices[0], prices[1] if len(prices) > 1 else None, figures=prices[0])
