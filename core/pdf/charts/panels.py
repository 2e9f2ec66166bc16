"""Small panels side by side over the same rows: one dot-and-interval plot per measure, groups in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.pdf.charts.scale import Scale, around, percent_short
from core.pdf.shapes import Disc, Label, Line, Picture, Shape
from core.pdf.typeface import fit

ROW, NAMES, HEAD, FOOT, FIGURE = 15.0, 92.0, 16.0, 16.0, 24.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One row of a panel; no value, no dot."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A measure and its dots, in the order of the rows."""

    title: str
    dots: Sequence[Dot]


def panels(names: Sequence[str], colours: Sequence[str], shown: Sequence[Panel], *, width: float = 425.0) -> Picture:
    """All panels in one picture; figures in percent at the right of each panel."""
    height = HEAD + FOOT + ROW * len(names)
    pitch = (width - NAMES) / len(shown)
    shapes: list[Shape] = []
    for index, name in enumerate(names):
        y = _y(index, height)
        shapes.append(Label(NAMES - 10, y - 2.5, fit(name, "regular", 7.2, NAMES - 14), 7.2, "ink", "end"))
        shapes.append(Line(NAMES - 4, y, width, y, "fog", 0.5))
    for index, panel in enumerate(shown):
        left = NAMES + pitch * index
        shapes += _panel(panel, colours, left, left + pitch - FIGURE - 8, height)
    return Picture(width, height, tuple(shapes), ", ".join(panel.title for panel in shown))


def _y(index: int, height: float) -> float:
    return height - HEAD - ROW * (index + 0.5)


def _panel(panel: Panel, colours: Sequence[str], left: float, right: float, height: float) -> list[Shape]:
    values = [part for dot in panel.dots for part in (dot.value, dot.low, dot.high)]
    scale = around(values, left, right, room=0.04)
    shapes: list[Shape] = [
        Label(left, height - 8, fit(panel.title, "bold", 7, right - left + FIGURE), 7, "slate", "start", "bold")
    ]
    for tick in scale.ticks(3):
        shapes.append(Line(scale(tick), FOOT - 2, scale(tick), height - HEAD, "haze", 0.4))
        shapes.append(Label(scale(tick), FOOT - 10, percent_short(tick), 6, "slate", "middle"))
    for index, dot in enumerate(panel.dots):
        shapes += _dot(dot, colours[index], scale, _y(index, height), right)
    return shapes


def _dot(dot: Dot, colour: str, scale: Scale, y: float, right: float) -> list[Shape]:
    if dot.value is None:
        return [Label(right + FIGURE, y - 2.3, "–", 6.6, "slate", "end")]
    shapes: list[Shape] = []
    if dot.low is not None and dot.high is not None:
        shapes.append(Line(scale(dot.low), y, scale(dot.high), y, colour, 1.1))
    figure = Label(right + FIGURE, y - 2.3, f"{dot.value * 100:.1f}", 6.6, "ink", "end")
    return [*shapes, Disc(scale(dot.value), y, 2.7, colour, "white", 0.5), figure]
