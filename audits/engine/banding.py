"""Columns as a few bands each, whatever they hold: quantile bands of numbers, categories, and what is missing.

Bands go by the column alone, never by outcomes, so that a slice of bands is fixed before any error is counted.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats
from core.errors import InputRefused

MISSING, RARE = "missing", "rarer values"
Bands = NDArray[np.uint8]


@dataclass(frozen=True)
class Banded:
    """One column: the band of each row, and the bands' names; `whole` says how many different values there were."""

    column: str
    codes: Bands
    names: tuple[str, ...]
    whole: int


def banded(column: Column, bands: int, most: int, least: int) -> Banded | str:
    """The column in at most `bands` quantile bands, or `most` categories of at least `least` rows, and one for missing
    cells; or why it has no bands (a word or two)."""
    if column.kind == "time":
        return "holds times"
    try:
        found = _numbers(column, bands) if column.kind in ("float", "int") else None
        found = found or _values(column, most, least)
    except InputRefused:
        return "holds cells that are not finite numbers"
    used = np.unique(found.codes)
    if len(used) < 2:
        return "is the same in every row"
    dense = np.zeros(len(found.names), dtype=np.uint8)
    dense[used] = np.arange(len(used))
    return Banded(found.column, dense[found.codes], tuple(found.names[code] for code in used), found.whole)


def _numbers(column: Column, bands: int) -> Banded | None:
    """Quantile bands with rounded edges; None for a column of few values, each of which is a band of its own."""
    numbers = column.numbers()
    present = numbers[~np.isnan(numbers)]
    whole = len(np.unique(present))
    if whole <= bands:
        return None
    edges = np.unique(_short(np.quantile(present, np.arange(1, bands) / bands)))
    codes = np.searchsorted(edges, numbers, side="left")
    codes[np.isnan(numbers)] = len(edges) + 1
    return Banded(column.name, codes.astype(np.uint8), (*_edge_names(edges), MISSING), whole)


def _short(edges: Floats) -> Floats:
    """Three significant digits: a band's edge is for reading, and is no single row's value."""
    return np.array([float(f"{edge:.2e}") for edge in edges])


def _edge_names(edges: Floats) -> tuple[str, ...]:
    text = [f"{edge:g}" for edge in edges]
    between = (f"over {low} to {high}" for low, high in pairwise(text))
    return (f"up to {text[0]}", *between, f"over {text[-1]}")


def _values(column: Column, most: int, least: int) -> Banded:
    """Each value a band; those of few rows, and the less frequent ones of too many, together as one."""
    groups = column.groups
    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.names))
    frequent = np.argsort(-sizes, kind="stable")[:most]
    kept = np.sort(frequent[sizes[frequent] >= least])
    place = np.full(len(groups.names) + 1, len(kept), dtype=np.uint8)
    place[kept], place[-1] = np.arange(len(kept)), len(kept) + 1  # -1, missing, asks the last entry
    names = (*(groups.names[code] for code in kept), RARE, MISSING)
    return Banded(column.name, place[groups.codes], names, len(groups.names))
