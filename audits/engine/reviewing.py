"""A seeded-error test: errors were planted among the cases, and it was counted which of them the reviewers caught."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from audits.engine.frame import Column, Frame, Groups, Mask, canonical_text
from core.errors import InputRefused

COLUMNS = ("case", "reviewer", "seeded", "caught")
_SIX_PLACES = Decimal("0.000001")


def six_down(value: float) -> str:
    """A figure that lowers a price: 6 decimals, rounded down, as a string (rounding never helps the insured)."""
    return str(Decimal(repr(float(value))).quantize(_SIX_PLACES, rounding=ROUND_FLOOR))


@dataclass(frozen=True)
class Reviews:
    """One entry a review: whether an error was seeded, and whether it was caught; `reviewer` groups them.

    repeated   further rows of the same case and reviewer, folded into one
    unread     rows whose `seeded` is neither 0 nor 1, or `caught` of an unseeded case is not stated; left out
    silent     seeded cases without an answer, which count as not caught
    """

    seeded: Mask
    caught: Mask
    reviewer: Groups
    cases: int
    repeated: int
    unread: int
    silent: int


def reviews_read(frame: Frame) -> Reviews:
    """The reviews of a frame with the columns case, reviewer, seeded and caught (0 or 1); raises InputRefused where a
    column is missing. Rows of one case and reviewer are one review, caught only if every one of them says so."""
    for name in COLUMNS:
        if name not in frame.columns:
            raise InputRefused(
                f"The seeded-error test has no column {name!r}.",
                field=name,
                limit=", ".join(COLUMNS),
                remedy="Send one row a review with these four columns; seeded and caught are 0 or 1.",
            )
    seeded, stated = _truth(frame.columns["seeded"])
    caught, answered = _truth(frame.columns["caught"])
    read = stated & (answered | seeded)
    keys = _keys(frame)
    kept = np.flatnonzero(read)
    first, place = np.unique(keys[kept], return_index=True)[1], np.unique(keys[kept], return_inverse=True)[1]
    held = np.ones(len(first), dtype=bool)
    np.logical_and.at(held, place, caught[kept])
    rows = kept[first]
    groups = frame.columns["reviewer"].groups
    return Reviews(
        seeded[rows],
        held,
        Groups(groups.codes[rows], groups.names),
        len(np.unique(frame.columns["case"].groups.codes[rows])),
        len(kept) - len(first),
        int((~read).sum()),
        int((seeded & stated & ~answered).sum()),
    )


def _truth(column: Column) -> tuple[Mask, Mask]:
    """Cells that are 1, and cells that are 0 or 1."""
    table = np.array([canonical_text(name) for name in column.groups.names] + [""])
    texts = table[column.groups.codes]
    return texts == "1", (texts == "1") | (texts == "0")


def _keys(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """A number for each pair of case, reviewer and seeding; a row without a case is a review of its own."""
    case, reviewer = frame.columns["case"].groups, frame.columns["reviewer"].groups
    seeded, _ = _truth(frame.columns["seeded"])
    width = 2 * (len(reviewer.names) + 1)
    pair = case.codes.astype(np.int64) * width + 2 * (reviewer.codes + 1) + seeded
    alone = case.codes < 0
    return np.where(alone, (len(case.names) + 1) * width + np.arange(len(pair)), pair)
