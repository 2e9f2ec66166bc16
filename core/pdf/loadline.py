"""The score as a load line: a scale from 100 at the top to 0 at the keel, the grade bands as faint ticks.

The model's line stands at its score, crossed by the mark's circle, its interval a soft band; last quarter's line
stands behind in grey. The small form lies on its side so that strips under one another can be compared.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.pdf.shapes import Box, Disc, Label, Line, Picture, Shape, svg

# Lower end of each grade on the score scale: 100 (1 - ln(A / 0.5) / ln 8) at A = .75, .95, 1.15, 1.60, 2.50
# (DOMAIN 1.4). Grades belong to a rating plan: hand over the plan's own bands where they differ.
BANDS = (("A", 80.5), ("B", 69.1), ("C", 59.9), ("D", 44.1), ("E", 22.6), ("F", 0.0))


Bands = Sequence[tuple[str, float]]
Level = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the load line shows. Scores run from 0 to 100; `None` means that there is no such figure."""

    score: float | None
    grade: str | None = None
    low: float | None = None
    high: float | None = None
    rows: int | None = None
    previous: float | None = None


def words(reading: Reading) -> str:
    """The sentence that always stands beside the line: "grade C, 64.8 (58 to 71), 2,000 rows"."""
    if reading.score is None:
        return "no score: the plan gives no price"
    band = ""
    if reading.low is not None and reading.high is not None:
        # Outwards: the band in words never leaves its own line out.
        band = f" ({math.floor(reading.low)} to {math.ceil(reading.high)})"
    rows = f", {reading.rows:,} rows" if reading.rows is not None else ""
    return f"grade {reading.grade or '?'}, {reading.score:.1f}{band}{rows}"


def load_line(reading: Reading, width: float = 190.0, height: float = 150.0, bands: Bands = BANDS) -> Picture:
    """The large form."""
    keel, scale, left, right = 8.0, (height - 16.0) / 100, 34.0, width - 46.0

    def level(score: float) -> float:
        return keel + scale * min(100.0, max(0.0, score))

    shapes = [*_axis(bands, level, left, right), *_earlier(reading, level, left, right)]
    shapes += _band(reading, level, left, right)
    shapes += _line(reading, level, left, right)
    return Picture(width, height, tuple(shapes), words(reading))


def strip(reading: Reading, width: float = 48.0, height: float = 16.0, bands: Bands = BANDS) -> Picture:
    """The small form: 0 at the left, 100 at the right."""
    unit, middle = (width - 4) / 100, height / 2

    def at(score: float) -> float:
        return 2 + unit * min(100.0, max(0.0, score))

    shapes: list[Shape] = [Line(2, middle, width - 2, middle, "mist", 0.5)]
    shapes += [Line(at(low), middle - 2, at(low), middle + 2, "mist", 0.5) for _, low in bands[:-1]]
    if reading.low is not None and reading.high is not None:
        shapes.append(Box(at(reading.low), middle - 4, at(reading.high) - at(reading.low), 8, "sea-tint"))
    if reading.previous is not None:
        shapes.append(Line(at(reading.previous), middle - 6, at(reading.previous), middle + 6, "mist", 1.2))
    if reading.score is not None:
        shapes.append(Disc(at(reading.score), middle, 3, None, "sea", 1.2))
        shapes.append(Line(at(reading.score), 1, at(reading.score), height - 1, "sea", 1.6))
    return Picture(width, height, tuple(shapes), words(reading))


def load_line_svg(reading: Reading, css_class: str = "") -> str:
    """The large form as SVG."""
    return svg(load_line(reading), css_class)


def strip_svg(reading: Reading, css_class: str = "") -> str:
    """The small form as SVG, 48 by 16."""
    return svg(strip(reading), css_class)


def _axis(bands: Bands, level: Level, left: float, right: float) -> list[Shape]:
    shapes: list[Shape] = [Line(left, level(0), left, level(100), "mist", 0.8)]
    for mark in (0, 25, 50, 75, 100):
        shapes.append(Label(left - 6, level(mark) - 2.2, str(mark), 6.5, "slate", "end"))
        shapes.append(Line(left - 3, level(mark), left, level(mark), "mist", 0.6))
    top = 100.0
    for grade, low in bands:
        shapes.append(Label(left + 8, level((top + low) / 2) - 2.4, grade, 7, "slate", "middle", "bold"))
        if low > 0:
            shapes.append(Line(left, level(low), right, level(low), "haze", 0.5))
        top = low
    return shapes


def _earlier(reading: Reading, level: Level, left: float, right: float) -> list[Shape]:
    if reading.previous is None:
        return []
    y = level(reading.previous)
    clear = reading.score is None or abs(level(reading.score) - y) > 9
    name = [Label(right + 4, y - 2.2, f"{reading.previous:.1f} before", 6.5, "slate")] if clear else []
    return [Line(left + 18, y, right, y, "mist", 1.6), *name]


def _band(reading: Reading, level: Level, left: float, right: float) -> list[Shape]:
    if reading.low is None or reading.high is None:
        return []
    bottom, top = level(reading.low), level(reading.high)
    return [Box(left + 18, bottom, right - left - 18, max(1.0, top - bottom), "sea-tint")]


def _line(reading: Reading, level: Level, left: float, right: float) -> list[Shape]:
    if reading.score is None:
        return [Label((left + right) / 2 + 8, level(50), "no score", 9, "slate", "middle", "bold")]
    y, middle = level(reading.score), (left + 18 + right) / 2
    return [
        Disc(middle, y, 11, None, "sea", 2.2),
        Line(left + 18, y, right, y, "sea", 2.2),
        Label(right + 4, y - 3.6, f"{reading.score:.1f}", 10.5, "ink", "start", "bold"),
        Label(right + 28, y - 3.6, reading.grade or "", 10.5, "sea", "start", "bold"),
    ]
