"""Importance: bars of the mean push of each input with their intervals, and beside them how sure the rank is."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.pdf.charts.scale import Scale, around, bottom_axis, brief, tick
from core.pdf.shapes import Box, Disc, Label, Line, Picture, Shape
from core.pdf.typeface import fit

ROW, NAMES, FIGURES, RANKS, FOOT, HEAD = 15.0, 130.0, 116.0, 92.0, 26.0, 14.0
SAID = 38.0  # room of the rank in words


@dataclass(frozen=True, slots=True)
class Ranked:
    """One input: mean push with interval, rank with interval (1 is the largest)."""

    name: str
    value: float
    low: float | None
    high: float | None
    rank: int
    rank_low: int
    rank_high: int


def importance(rows: Sequence[Ranked], *, sheet: float = 425.0, axis: str = "") -> Picture:
    """Bars from nought with whiskers at the left; at the right the span of ranks that the rows allow."""
    height = HEAD + ROW * max(1, len(rows)) + FOOT
    right = sheet - RANKS - FIGURES
    scale = around([part for row in rows for part in (row.value, row.low, row.high)], NAMES, right, zero=True)
    ranks = Scale(1, max([2, *(row.rank_high for row in rows)]), sheet - RANKS + 8, sheet - SAID)
    shapes: list[Shape] = [*bottom_axis(scale, FOOT, height - HEAD, tick, 4), Label(NAMES, 5, axis, 6.5, "slate")]
    shapes.append(Label(ranks.start - 2, height - 8, "rank (interval)", 6.5, "slate"))
    for index, row in enumerate(rows):
        y = height - HEAD - ROW * (index + 0.5)
        shapes.append(Label(NAMES - 8, y - 2.5, fit(row.name, "regular", 7.2, NAMES - 12), 7.2, "ink", "end"))
        shapes += [*_bar(row, scale, y), *_figures(row, right, y), *_rank(row, ranks, y, sheet)]
    return Picture(sheet, height, tuple(shapes), f"Importance with intervals: {axis}")


def _bar(row: Ranked, scale: Scale, y: float) -> list[Shape]:
    shapes: list[Shape] = [Box(scale(0), y - 4, max(0.4, scale(row.value) - scale(0)), 8, "sea")]
    if row.low is None or row.high is None:
        return shapes
    ends = [Line(scale(end), y - 2, scale(end), y + 2, "ink", 0.8) for end in (row.low, row.high)]
    return [*shapes, Line(scale(row.low), y, scale(row.high), y, "ink", 0.9), *ends]


def _figures(row: Ranked, right: float, y: float) -> list[Shape]:
    around_it = "" if row.low is None or row.high is None else f"  ({brief(row.low)} to {brief(row.high)})"
    words = fit(f"{brief(row.value)}{around_it}", "regular", 7, FIGURES - 12)
    return [Label(right + 8, y - 2.5, words, 7, "ink")]


def _rank(row: Ranked, ranks: Scale, y: float, sheet: float) -> list[Shape]:
    span = str(row.rank) if row.rank_low == row.rank_high else f"{row.rank_low} to {row.rank_high}"
    return [
        Line(ranks.start, y, ranks.end, y, "fog", 0.5),
        Line(ranks(row.rank_low), y, ranks(row.rank_high), y, "slate", 1.6),
        Disc(ranks(row.rank), y, 2.3, "slate", "white", 0.5),
        Label(sheet, y - 2.5, span, 7, "ink", "end"),
    ]
