"""A run-off triangle: cumulative amounts by origin year (rows) and age (columns), known down to the last diagonal.

Floats: triangles are statistics. Amounts of money come in as text or Decimal and leave through `parts.door`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputRefused
from core.periods import Period, add_months

Floats = NDArray[np.float64]
DAY = timedelta(days=1)
MOST = 60  # origins or ages of one triangle


@dataclass(frozen=True)
class Triangle:
    """`values` has a row an origin and a column an age; NaN where nothing is known yet. `known` counts per row."""

    origins: tuple[str, ...]
    ages: tuple[int, ...]
    values: Floats

    @property
    def known(self) -> NDArray[np.int64]:
        """How many ages each origin knows."""
        known: NDArray[np.int64] = np.sum(~np.isnan(self.values), axis=1).astype(np.int64)
        return known

    @property
    def latest(self) -> Floats:
        """The last known value of each origin."""
        return self.values[np.arange(len(self.origins)), self.known - 1]


@dataclass(frozen=True)
class Move:
    """A signed amount that belongs to a loss of `origin` (reported or happened on that day) and was booked later."""

    origin: date
    booked: date
    amount: Decimal


@dataclass(frozen=True)
class Years:
    """Twelve-month origin years that end on the valuation's day of the year, so that every diagonal is a whole one."""

    valued: date
    count: int

    @property
    def ends(self) -> tuple[date, ...]:
        """The last day of each, oldest first."""
        return tuple(add_months(self.valued, -12 * back) for back in reversed(range(self.count)))

    def place(self, day: date) -> int | None:
        """The year that holds `day`, 0 the oldest; None before the first and after the valuation."""
        if day > self.valued or day <= add_months(self.valued, -12 * self.count):
            return None
        return next(place for place, end in enumerate(self.ends) if day <= end)

    def period(self, place: int) -> Period:
        """The days of a year."""
        end = self.ends[place]
        return Period(add_months(end, -12) + DAY, end + DAY)


def triangle_of(origins: Sequence[str], ages: Sequence[int], rows: Sequence[list[Any]]) -> Triangle:
    """A triangle from rows of numbers, None where nothing is known; raises InputRefused for what is no triangle.

    A row is known from its first age to some age without a hole, and no row knows an age that an older one does not.
    """
    if not 2 <= len(origins) <= MOST or not 2 <= len(ages) <= MOST:
        _refuse("it needs origins and ages", f"2 to {MOST} of each", "Send at least two years.")
    if any(isinstance(age, bool) or not isinstance(age, int) for age in ages) or list(ages) != sorted(set(ages)):
        _refuse("its ages do not rise", "whole months, each above the one before", "Send ages such as 12, 24, 36.")
    if len(rows) != len(origins) or not all(isinstance(row, list) and len(row) <= len(ages) for row in rows):
        _refuse("its rows do not fit its origins and ages", f"{len(origins)} rows of up to {len(ages)}", "Send them.")
    values = np.full((len(origins), len(ages)), np.nan)
    for place, row in enumerate(rows):
        for age, cell in enumerate(row):
            values[place, age] = np.nan if cell is None else _number(cell, origins[place], ages[age])
    return _staircase(Triangle(tuple(map(str, origins)), tuple(ages), values))


def triangle_accumulated(moves: Iterable[Move], years: Years) -> Triangle:
    """Cumulative amounts of each origin year at 12 months and more, from dated moves.

    A move counts in the year it was booked; what was booked before its own origin counts at 12 months. Raises
    InputRefused for fewer than two years.
    """
    if years.count < 2:
        _refuse("the book is younger than two years", "2 years", "Use the expected losses of the price until then.")
    added = np.zeros((years.count, years.count))
    for move in moves:
        origin, booked = years.place(move.origin), years.place(move.booked)
        if origin is not None and booked is not None:
            added[origin, max(0, booked - origin)] += float(move.amount)
    cumulative = np.cumsum(added, axis=1)
    for place in range(years.count):
        cumulative[place, years.count - place :] = np.nan
    ages = tuple(12 * (age + 1) for age in range(years.count))
    return Triangle(tuple(end.isoformat() for end in years.ends), ages, cumulative)


def triangle_read(document: Mapping[str, Any]) -> Triangle:
    """A triangle sent as {"origins", "ages", "values"}; raises InputRefused."""
    missing = [name for name in ("origins", "ages", "values") if not isinstance(document.get(name), list)]
    if missing:
        _refuse(f"{missing[0]} is missing", "origins, ages and values, each a list", "Send all three.")
    return triangle_of(document["origins"], document["ages"], document["values"])


def _staircase(found: Triangle) -> Triangle:
    known = found.known
    holes = np.isnan(found.values) != (np.arange(len(found.ages)) >= known[:, None])
    if holes.any():
        _refuse("it has a hole", "known ages without a gap", "Send every age up to the last known one.")
    if (known < 1).any() or known[0] < len(found.ages):
        _refuse("an origin knows too little", "the oldest knows every age, each at least one", "Drop empty years.")
    if (np.diff(known) > 0).any():
        _refuse(
            "a younger origin knows more than an older", "rows that grow shorter", "Sort the origins, oldest first."
        )
    return found


def _number(cell: Any, origin: Any, age: Any) -> float:
    try:
        number = float("nan") if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError):
        number = float("nan")
    if not np.isfinite(number) or abs(number) > 1e15:
        _refuse(f"origin {origin} at age {age} is {str(cell)[:40]!r}", "a number below 1e15", "Mend the cell.")
    return number


def _refuse(what: str, limit: str, remedy: str) -> None:
    raise InputRefused(f"This is no triangle: {what}.", field="triangle", limit=limit, remedy=remedy)
