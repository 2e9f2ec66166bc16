"""How a study tells its result, once for page, paper and API: sentences, charts, tables.

A result is {"lines": the finding first, "assumptions", "figures": for machines, "parts": each a heading with sentences,
perhaps a chart, perhaps a table}. `door` is where floats end.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.money import round_half_up

Json = dict[str, Any]


def door(value: float, places: int = 6) -> str:
    """A float as exact text, half up at `places` decimals: the one way out of floating point. Raises on NaN."""
    return f"{round_half_up(Decimal(repr(float(value))), places):f}"


def drawn(value: float) -> float:
    """A figure as a chart labels it: three digits that count."""
    return float(f"{float(value):.3g}")


def part(
    key: str,
    title: str,
    *say: str,
    chart: Mapping[str, Any] | None = None,
    table: Mapping[str, Any] | None = None,
) -> Json:
    """One part; `key` is a word for addresses."""
    return {"key": key, "title": title, "say": list(say), "chart": chart, "table": table}


def table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> Json:
    """Columns as (name, kind), kind of text, count, money, share (of 1), number, day; cells in their order."""
    return {"columns": [{"name": name, "kind": kind} for name, kind in columns], "rows": [list(row) for row in rows]}


def linked(text: str, href: str) -> Json:
    """A cell that leads to what it is made of."""
    return {"text": text, "href": href}


def intervals(
    title: str,
    rows: Iterable[tuple[str, float | None, float | None, float | None]],
    *,
    unit: str = "number",
    limit: tuple[float, str] | None = None,
    signed: bool = False,
) -> Json:
    """A value with its interval a row: (label, value, low, high)."""
    drawn = [
        {"label": label, "value": value, "low": low, "high": high, "n": None, "tone": "plain", "note": ""}
        for label, value, low, high in rows
        if value is not None
    ]
    at = {"value": limit[0], "label": limit[1]} if limit else None
    return {
        "kind": "intervals", "title": title, "unit": unit, "rows": drawn, "limit": at, "noted": False, "signed": signed
    }  # fmt: skip


def curves(
    title: str,
    series: Iterable[tuple[str, Iterable[tuple[float, float]]]],
    *,
    x_name: str,
    y_name: str,
    x_unit: str = "number",
    y_unit: str = "number",
    log_y: bool = False,
) -> Json:
    """Lines over a number; `log_y` goes by powers of ten."""
    lines = [{"label": label, "points": [[float(x), float(y)] for x, y in points]} for label, points in series]
    return {
        "kind": "curves",
        "title": title,
        "series": lines,
        "x_name": x_name,
        "y_name": y_name,
        "x_unit": x_unit,
        "y_unit": y_unit,
        "log_y": log_y,
    }


def histogram(
    title: str, edges: Sequence[float], counts: Sequence[float], *, x_name: str, unit: str = "number"
) -> Json:
    """Counts between edges, one edge more than counts."""
    return {
        "kind": "histogram",
        "title": title,
        "edges": [float(edge) for edge in edges],
        "counts": [float(count) for count in counts],
        "x_name": x_name,
        "unit": unit,
    }


def waterfall(title: str, steps: Iterable[tuple[str, Decimal, bool]]) -> Json:
    """From the first amount to the last; a step is (label, amount, total)."""
    drawn = [
        {"label": label, "value": float(amount), "total": total, "tone": "plain"} for label, amount, total in steps
    ]
    return {"kind": "waterfall", "title": title, "steps": drawn}
