"""Charts as data: what plimsoll.js draws. Every chart stands beside its table and is drawn from the same rows."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


def table_rows(table: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The rows of a result's table as mappings from column name to value."""
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]] if table else []


def point(
    label: str, value: Any, low: Any = None, high: Any = None, n: Any = None, tone: str = "plain"
) -> dict[str, Any]:
    """One reading of an interval or trend chart."""
    return {"label": label, "value": value, "low": low, "high": high, "n": n, "tone": tone}


def intervals(
    title: str, rows: Iterable[dict[str, Any]], *, unit: str = "percent", limit: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Values with their intervals, one line each; None if there is nothing to draw."""
    shown = [row for row in rows if row["value"] is not None]
    if not shown:
        return None
    return {"kind": "intervals", "title": title, "unit": unit, "rows": shown, "limit": limit}


def trend(title: str, rows: Iterable[dict[str, Any]], *, unit: str = "percent") -> dict[str, Any] | None:
    """A value over time with its band."""
    points = [row for row in rows if row["value"] is not None]
    return {"kind": "trend", "title": title, "unit": unit, "points": points} if len(points) > 1 else None


def reliability(title: str, rows: Iterable[Row]) -> dict[str, Any] | None:
    """What the model says against what came true."""
    points = [
        {"x": row["mean score"], "y": row["observed"], "low": row["low"], "high": row["high"], "n": row["n"]}
        for row in rows
        if row.get("observed") is not None
    ]
    return {"kind": "reliability", "title": title, "points": points} if points else None


def waterfall(title: str, steps: Iterable[tuple[str, Any, str]]) -> dict[str, Any]:
    """From the first amount to the last; a step is (label, amount, tone), tone "total" stands on the ground."""
    return {
        "kind": "waterfall",
        "title": title,
        "steps": [
            {"label": label, "value": float(Decimal(str(amount))), "total": tone == "total", "tone": tone}
            for label, amount, tone in steps
        ],
    }
