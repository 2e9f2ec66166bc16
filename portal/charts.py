"""Charts as data: what plimsoll.js draws. Every chart stands beside its table and is drawn from the same rows."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.pdf.charts.scale import as_typed
from core.pdf.text import shown

LABEL = 80  # letters of a label
ALL_OTHERS = "all others"
Row = Mapping[str, Any]


def table_rows(table: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The rows of a result's table as mappings from column name to value."""
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]] if table else []


def point(
    label: str,
    value: Any,
    low: Any = None,
    high: Any = None,
    n: Any = None,
    tone: str = "plain",
    note: str = "",
) -> dict[str, Any]:
    """One reading of an interval or trend chart; the note stands after its figures."""
    return {"label": label, "value": value, "low": low, "high": high, "n": n, "tone": tone, "note": note}


def intervals(
    title: str,
    rows: Iterable[dict[str, Any]],
    *,
    unit: str = "percent",
    limit: Mapping[str, Any] | None = None,
    signed: bool = False,
) -> dict[str, Any] | None:
    """Values with their intervals, one line each; None if there is nothing to draw. Differences are `signed`."""
    shown = [row for row in rows if row["value"] is not None]
    if not shown:
        return None
    noted = any(row["note"] for row in shown)
    drawn = {"kind": "intervals", "title": title, "unit": unit, "rows": shown, "limit": limit, "noted": noted}
    return {**drawn, "signed": signed}


def longest(title: str, rows: Iterable[dict[str, Any]], most: int = 12, **more: Any) -> dict[str, Any] | None:
    """The highest values with their intervals, at most so many lines; `of` tells how many there were."""
    known = sorted((row for row in rows if row["value"] is not None), key=lambda row: -row["value"])
    drawn = intervals(title, known[:most], **more)
    return {**drawn, "of": len(known)} if drawn and len(known) > most else drawn


def trend(
    title: str,
    rows: Iterable[dict[str, Any]],
    *,
    unit: str = "percent",
    limit: Mapping[str, Any] | None = None,
    log: bool = False,
) -> dict[str, Any] | None:
    """A value over time, or over another order, with its band; on a logarithmic scale if asked."""
    points = [row for row in rows if row["value"] is not None]
    if len(points) < 2:
        return None
    return {"kind": "trend", "title": title, "unit": unit, "points": points, "limit": limit, "log": log}


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


def beeswarm(title: str, rows: Iterable[Row], *, units: str, most: int = 10) -> dict[str, Any] | None:
    """Every case a point at what the input did to its answer; rows of feature, value, position and contribution.

    A point is [contribution, position, value]: there are thousands, so they carry no names, and four digits.
    """
    swarms: dict[str, list[list[Any]]] = {}
    for row in rows:
        if row["contribution"] is not None:
            value = row.get("value")
            said = None if value is None else shown(as_typed(value), LABEL)
            bee = [_short(row["contribution"]), _short(row["position"]), said]
            swarms.setdefault(shown(row["feature"], LABEL), []).append(bee)
    drawn = [{"label": name, "bees": bees} for name, bees in list(swarms.items())[:most]]
    return {"kind": "beeswarm", "title": title, "units": units, "rows": drawn} if drawn else None


def _short(value: Any) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def explanation(
    title: str, parts: Iterable[Row], *, base: float, units: str, answered: str = "", most: int = 10
) -> dict[str, Any]:
    """One answer taken apart, the largest pushes first and all others as one; rows of feature, value, contribution.

    The last level is base and all contributions: the answer in the units of the contributions. `answered` is the
    answer as the model gave it.
    """
    known = [(str(row["feature"]), row.get("value"), float(row["contribution"])) for row in parts]
    named = [part for part in known if part[0] != ALL_OTHERS]
    kept = named[: most + 1 if len(named) == most + 1 else most]
    rest = sum(push for _, _, push in known) - sum(push for _, _, push in kept)
    steps = [_step(name, value, push) for name, value, push in kept]
    if len(known) > len(kept):
        others = f"{len(known) - len(kept)} inputs" if len(named) == len(known) else ""
        steps.append({"label": ALL_OTHERS, "name": ALL_OTHERS, "said": others, "value": rest})
    level = base + sum(push for _, _, push in known)
    drawn = {"kind": "explanation", "title": title, "units": units, "base": base, "steps": steps}
    return {**drawn, "answer": level, "answered": answered}


def _step(name: str, value: Any, push: float) -> dict[str, Any]:
    told, said = shown(name, LABEL), shown("missing" if value is None else as_typed(value), LABEL)
    return {"label": f"{told}: {said}", "name": told, "said": said, "value": push}
