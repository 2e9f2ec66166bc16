"""Charts with one row a thing: bars with intervals, and dots with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.pdf.charts.scale import Scale, around, bottom_axis, percent
from core.pdf.shapes import Box, Disc, Label, Line, Picture, Shape
from core.pdf.typeface import fit

Wording = Callable[[float], str]
ROW = 15.0
NAMES = 118.0
VALUES = 104.0
FOOT = 22.0
HEAD = 14.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One row: a value with its interval, or `None` where there is none and `remark` says why."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    colour: str = "sea"
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line through all rows with its words above: a limit or a reference."""

    value: float
    words: str
    colour: str = "lead"


def bars(
    rows: Sequence[Reading],
    *,
    width: float = 425.0,
    marks: Sequence[Mark] = (),
    wording: Wording = percent,
    axis: str = "",
) -> Picture:
    """Horizontal bars from nought, each with its interval as a whisker and its figures at the right."""
    scale, height = _sheet(rows, marks, width, zero=True)
    shapes = _common(marks, scale, height, wording, axis)
    for index, row in enumerate(rows):
        y = _row_y(index, height)
        if row.value is not None:
            shapes.append(Box(scale(0), y - 4, max(0.4, scale(row.value) - scale(0)), 8, row.colour))
            shapes += _whisker(row, scale, y, "ink")
        shapes += _words(row, scale, y, wording, width)
    return Picture(width, height, tuple(shapes), f"Bars: {axis}")


def dots(
    rows: Sequence[Reading],
    *,
    width: float = 425.0,
    marks: Sequence[Mark] = (),
    wording: Wording = percent,
    axis: str = "",
    zero: bool = False,
) -> Picture:
    """A dot and its interval per row, on a scale that need not begin at nought."""
    scale, height = _sheet(rows, marks, width, zero=zero)
    shapes = _common(marks, scale, height, wording, axis)
    for index, row in enumerate(rows):
        y = _row_y(index, height)
        if row.value is not None:
            shapes += _whisker(row, scale, y, row.colour)
            shapes.append(Disc(scale(row.value), y, 3.1, row.colour, "white", 0.6))
        shapes += _words(row, scale, y, wording, width)
    return Picture(width, height, tuple(shapes), f"Dots with intervals: {axis}")


def _sheet(rows: Sequence[Reading], marks: Sequence[Mark], width: float, *, zero: bool) -> tuple[Scale, float]:
    values = [part for row in rows for part in (row.value, row.low, row.high)] + [mark.value for mark in marks]
    return around(values, NAMES, width - VALUES, zero=zero), FOOT + HEAD + ROW * max(1, len(rows))


def _row_y(index: int, height: float) -> float:
    return height - HEAD - ROW * (index + 0.5)


def _common(marks: Sequence[Mark], scale: Scale, height: float, wording: Wording, axis: str) -> list[Shape]:
    top = height - HEAD
    shapes = bottom_axis(scale, FOOT, top, wording, 5)
    shapes.append(Label(NAMES, 4, axis, 6.5, "slate"))
    for index, mark in enumerate(marks):
        x, late = scale(mark.value), scale(mark.value) > (scale.start + scale.end) / 2
        shapes.append(Line(x, FOOT, x, top + 3, mark.colour, 0.9, (2.5, 1.5)))
        words_y = top + 5 if index % 2 == 0 else top - 1
        shapes.append(
            Label(x + (3 if not late else -3), words_y, mark.words, 6.5, mark.colour, "end" if late else "start")
        )
    return shapes


def _whisker(row: Reading, scale: Scale, y: float, colour: str) -> list[Shape]:
    if row.low is None or row.high is None:
        return []
    ends = [Line(scale(end), y - 2, scale(end), y + 2, colour, 0.8) for end in (row.low, row.high)]
    return [Line(scale(row.low), y, scale(row.high), y, colour, 0.9), *ends]


def _words(row: Reading, scale: Scale, y: float, wording: Wording, width: float) -> list[Shape]:
    name = Label(NAMES - 8, y - 2.5, fit(row.name, "regular", 7.2, NAMES - 12), 7.2, "ink", "end")
    if row.value is None:
        return [
            name,
            Label(NAMES + 4, y - 2.5, row.remark or "cannot tell", 7, "amber-word", "start", "italic"),
        ]
    figures = wording(row.value)
    if row.low is not None and row.high is not None:
        figures += f"  ({wording(row.low).removesuffix(' %')} to {wording(row.high).removesuffix(' %')})"
    return [name, Label(scale.end + 8, y - 2.5, fit(figures, "regular", 7, width - scale.end - 8), 7, "ink")]
