"""What a plan does to a book: every row rated under two plans, and who moves by how much. Amounts in cents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underwriting.rating.columns import NO_PRICE, Book, rate
from underwriting.rating.plan import Plan

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

FEW = 10  # policies; of fewer nothing is said about a group
BANDS = ((100_000, "under 100,000"), (1_000_000, "100,000 to 1 million"), (10_000_000, "1 to 10 million"))
BEYOND = (Decimal("0.10"), Decimal("0.25"))


@dataclass(frozen=True)
class Moved:
    """The rows that both plans price: premiums in cents now and then; the others by row with the reason."""

    rows: Whole  # places in the book
    now: Whole
    then: Whole
    gross: Whole  # then, before the minimum premium
    newly_capped: Mask  # a clip refers then that does not refer now
    unrated: Mapping[int, str]
    by_engine: int

    @property
    def change(self) -> NDArray[np.float64]:
        """then / now - 1 of each row."""
        return np.asarray(self.then / self.now - 1)


@dataclass(frozen=True)
class Group:
    """A group's premium now and then, and what it pays then over its own rated cost because of the minimum premium."""

    name: str
    policies: int
    now: Decimal
    then: Decimal
    change: Decimal
    least: Decimal
    most: Decimal
    over_cost: Decimal

    @property
    def few(self) -> bool:
        return self.policies < FEW


def moved(rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], now: Plan, then: Plan) -> Moved:
    """Rate stored (risk, evidence) under both plans, to the cent as the engine would."""
    book = Book(rows)
    old, new = rate(book, now), rate(book, then)
    priced = (old.premium != NO_PRICE) & (new.premium != NO_PRICE)
    said = {**{row: f"now: {why}" for row, why in old.refused.items()}, **new.refused}
    at = np.flatnonzero(priced)
    return Moved(
        at,
        old.premium[at],
        new.premium[at],
        new.gross[at],
        (new.at_cap & ~old.at_cap)[at],
        dict(sorted(said.items())),
        len(set(old.by_engine) | set(new.by_engine)),
    )


def by_group(found: Moved, names: Sequence[str]) -> list[Group]:
    """Groups by name; `names` is one for each row of the book."""
    own = np.array(names, dtype=object)[found.rows] if len(found.rows) else np.array([], dtype=object)
    return [_group(found, str(name), own == name) for name in sorted(set(own.tolist()))]


def band(decisions: int) -> str:
    """The size of a policy by its decisions a year."""
    return next((name for most, name in BANDS if decisions < most), "10 million and more")


def bands_ordered(groups: Sequence[Group]) -> list[Group]:
    """Size groups from small to large."""
    order = [*(name for _, name in BANDS), "10 million and more"]
    return sorted(groups, key=lambda group: order.index(group.name))


def beyond(found: Moved) -> Iterator[tuple[Decimal, int, int]]:
    """How many rows fall and rise by more than each share."""
    for share in BEYOND:
        edge = float(share)
        yield share, int((found.change < -edge).sum()), int((found.change > edge).sum())


def histogram_of(found: Moved) -> tuple[list[float], list[float]]:
    """Edges in percent, at most twenty-four bins of a round width, and counts."""
    percent = 100 * found.change
    width = next(step for step in (1, 2, 5, 10, 20, 50, 100, 10**9) if np.ptp(percent) <= 22 * step)
    low, high = (int(np.floor(percent.min() / width)) * width, (int(np.floor(percent.max() / width)) + 1) * width)
    edges = np.arange(low, high + width, width, dtype=np.float64)
    counts, _ = np.histogram(percent, edges)
    return edges.tolist(), counts.astype(np.float64).tolist()


def share(then: Decimal, now: Decimal) -> Decimal:
    """then / now - 1, to six decimals."""
    return round(then / now - 1, 6) if now else Decimal(0)


def _group(found: Moved, name: str, of: Mask) -> Group:
    now, then, gross = (Decimal(int(part[of].sum())) / 100 for part in (found.now, found.then, found.gross))
    change = found.change[of]
    return Group(
        name,
        int(of.sum()),
        now,
        then,
        share(then, now),
        Decimal(repr(round(float(change.min()), 6))),
        Decimal(repr(round(float(change.max()), 6))),
        share(then, gross),
    )
