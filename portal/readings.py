"""What a load line shows of a price, and the newest price of each model."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from underwriting.models import Pricing

_HEAVY = ("worksheet", "evidence", "risk", "terms")


def reading_of(pricing: Pricing | None, previous: Pricing | None = None) -> dict[str, Any] | None:
    """The arguments of core.pdf.loadline.Reading for one price; `previous` stands behind in grey."""
    if pricing is None or pricing.score is None:
        return None
    before = previous.score if previous is not None else None
    return {
        "score": float(pricing.score),
        "grade": pricing.grade or None,
        "previous": None if before is None else float(before),
    }


def newest_prices(models: Iterable[UUID]) -> dict[UUID, list[Pricing]]:
    """Model id -> its prices, newest first, without their worksheets. One query."""
    rows = Pricing.objects.filter(order__version__model_id__in=list(models)).defer(*_HEAVY)
    found: dict[UUID, list[Pricing]] = {}
    for row in rows.select_related("order__version").order_by("-created_at", "-id"):
        found.setdefault(row.order.version.model_id, []).append(row)
    return found
