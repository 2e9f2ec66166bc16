"""Curves over a number: risk against coverage, evidence over time, what is left as inputs are taken away."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.pdf.charts.rows import Mark
from core.pdf.charts.scale import Scale, around, left_axis, percent_short
from core.pdf.shapes import Disc, Label, Line, Path, Picture, Shape
from core.pdf.typeface import fit

LEFT, FOOT, RIGHT = 40.0, 28.0, 92.0
Wording = Callable[[float], str]
MOST_DISCS = 40  # of one curve; beyond it the line is enough


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve, with its interval where it has one."""

    x: float
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve; its name stands at its end."""

    name: str
    points: Sequence[Point]
    colour: str = "sea"
    dashed: bool = False


def curves(
    lines: Sequence[Curve],
    *,
    width: float = 425.0,
    height: float = 150.0,
    marks: Sequence[Mark] = (),
    wording: Wording = percent_short,
    x_wording: Wording = percent_short,
    name: str = "",
    axis: str = "",
    powers: bool = False,
    ticks: Sequence[tuple[float, str]] = (),
) -> Picture:
    """Lines with soft bands on one sheet; marks are levels across it.

    `powers`: the upright scale goes by powers of ten, and what is not above nought stands at its foot. `ticks` names
    places along the foot (position, words) in place of round numbers.
    """
    kept = [line for line in lines if line.points]
    if not kept:
        empty = Label(width / 2, height / 2, "nothing was measured", 8, "slate", "middle")
        return Picture(width, height, (empty,), name)
    top, right = height - 18, width - RIGHT
    values = [part for line in kept for one in line.points for part in (one.value, one.low, one.high)]
    values += [mark.value for mark in marks]
    up = _Powers.around(values, FOOT, top) if powers else _Even(around(values, FOOT, top))
    across = [one.x for line in kept for one in line.points]
    along = Scale(min(across), max(across) if max(across) > min(across) else min(across) + 1, LEFT + 6, right)
    shapes: list[Shape] = [Label(LEFT, height - 8, name, 7, "slate"), *up.axis(LEFT, right, wording)]
    shapes += _foot(along, ticks, x_wording, axis, width)
    for mark in marks:
        y = up(mark.value)
        shapes.append(Line(LEFT, y, right, y, mark.colour, 0.9, (2.5, 1.5)))
        shapes.append(Label(LEFT + 4, y + 3, mark.words, 6.5, mark.colour))
    for line in kept:
        shapes += _band(line, along, up)
    for line in kept:
        shapes += _line(line, along, up)
    return Picture(width, height, (*shapes, *_names(kept, up, right, width, wording)), f"Curves: {name}")


class _Even:
    """The usual scale."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def __call__(self, value: float) -> float:
        return self.scale(value)

    def axis(self, x: float, right: float, wording: Wording) -> list[Shape]:
        return left_axis(self.scale, x, right, wording)


class _Powers:
    """A scale by powers of ten."""

    def __init__(self, low: int, high: int, start: float, end: float) -> None:
        self.low, self.high = low, high
        self.scale = Scale(low, high, start, end)

    @classmethod
    def around(cls, values: Sequence[float | None], start: float, end: float) -> "_Powers":
        """At least two powers; at most thirty, since beyond them nothing more is said."""
        known = [math.log10(value) for value in values if value is not None and 0 < value < math.inf] or [0.0]
        low = max(-6, math.floor(min(known)))
        return cls(low, min(low + 30, max(low + 2, math.ceil(max(known)))), start, end)

    def __call__(self, value: float) -> float:
        return self.scale(math.log10(value) if value > 0 else self.low)

    def axis(self, x: float, right: float, _wording: Wording) -> list[Shape]:
        step = max(1, -(-(self.high - self.low) // 5))
        shapes: list[Shape] = []
        for power in range(self.low, self.high + 1, step):
            y = self.scale(power)
            words = f"{10.0**power:,.{max(0, -power)}f}" if power <= 6 else f"10 to the {power}"
            shapes += [Line(x, y, right, y, "fog", 0.5), Label(x - 4, y - 2.2, words, 6.5, "slate", "end")]
        return shapes


def _foot(along: Scale, ticks: Sequence[tuple[float, str]], wording: Wording, axis: str, width: float) -> list[Shape]:
    shapes: list[Shape] = [Line(LEFT, FOOT - 4, along.end, FOOT - 4, "mist", 0.5)]
    named = list(ticks) or [(value, wording(value)) for value in along.ticks(8)]
    widest = max((len(words) for _, words in named), default=1) * 3.8 + 8
    free = -math.inf
    for value, words in named:
        if along(value) >= free:
            shapes.append(Label(along(value), FOOT - 13, words, 6.5, "slate", "middle"))
            free = along(value) + widest
    return [*shapes, Label(LEFT, 4, fit(axis, "regular", 6.5, width - LEFT), 6.5, "slate")]


def _band(line: Curve, along: Scale, up: Callable[[float], float]) -> list[Shape]:
    known = [
        (along(one.x), up(one.low), up(one.high)) for one in line.points if one.low is not None and one.high is not None
    ]
    if len(known) < 2:
        return []
    edge = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
    return [Path(tuple(edge), None, 0, "sea-tint" if line.colour == "sea" else "fog")]


def _line(line: Curve, along: Scale, up: Callable[[float], float]) -> list[Shape]:
    places = tuple((along(one.x), up(one.value)) for one in line.points)
    shapes: list[Shape] = []
    if line.dashed:
        shapes += [Line(*start, *end, line.colour, 1.1, (2.5, 1.5)) for start, end in pairwise(places)]
    elif len(places) > 1:
        shapes.append(Path(places, line.colour, 1.2))
    if len(places) <= MOST_DISCS:
        shapes += [Disc(x, y, 1.7, line.colour) for x, y in places]
    return shapes


def _names(
    lines: Sequence[Curve], up: Callable[[float], float], right: float, width: float, wording: Wording
) -> list[Shape]:
    """Each curve's name and last figure at its end, moved apart where they would touch."""
    shapes: list[Shape] = []
    free = -math.inf
    for line in sorted(lines, key=lambda one: up(one.points[-1].value)):
        y = max(up(line.points[-1].value) - 2.4, free)
        said = f"{line.name} {wording(line.points[-1].value)}".strip()
        shapes.append(Label(right + 5, y, fit(said, "bold", 7, width - right - 6), 7, line.colour, "start", "bold"))
        free = y + 9
    return shapes
