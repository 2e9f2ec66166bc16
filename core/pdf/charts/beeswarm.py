"""The beeswarm: one row an input, one point a case, its place what the input did to that case's answer.

Points stand in columns by their contribution and pile up from the row's middle line, so that width is density. Their
order, and with it every place, follows from the values alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from core.pdf.charts.scale import Scale, around, bottom_axis, signed_tick
from core.pdf.palette import VALUE_STEPS, value_colour
from core.pdf.shapes import Box, Disc, Label, Line, Picture, Shape
from core.pdf.typeface import fit, width

ROW, NAMES, FIGURES, HEAD, FOOT = 25.0, 132.0, 44.0, 24.0, 32.0
RADIUS = 1.35
COLUMN = 2.3  # width of a column of points
THICKEST = 9.5  # of a pile, above and below the middle line


@dataclass(frozen=True, slots=True)
class Bee:
    """One case: the contribution, and the value's place 0..1 among all; `None` for categories and missing values."""

    contribution: float
    position: float | None = None


@dataclass(frozen=True, slots=True)
class Swarm:
    """One input with its cases, and the figure at its right."""

    name: str
    bees: Sequence[Bee]
    figure: str = ""


def beeswarm(
    swarms: Sequence[Swarm],
    *,
    sheet: float = 425.0,
    axis: str = "",
    ends: tuple[str, str] = ("pushes down", "pushes up"),
    figures: str = "",
) -> Picture:
    """All rows over one scale, the line of no push through them; the key to the colours stands above."""
    height = HEAD + ROW * max(1, len(swarms)) + FOOT
    every = [bee.contribution for swarm in swarms for bee in swarm.bees]
    scale = around([*every, 0.0], NAMES, sheet - FIGURES, room=0.03)
    shapes = [*bottom_axis(scale, FOOT, height - HEAD, signed_tick, 6), *_ends(scale, height, axis, ends)]
    shapes += [*_key(NAMES, height), Label(sheet, height - 10, figures, 6.5, "slate", "end")]
    for index, swarm in enumerate(swarms):
        y = height - HEAD - ROW * (index + 0.5)
        name = fit(swarm.name, "regular", 7.2, NAMES - 12)
        shapes.append(Label(NAMES - 8, y - 2.5, name, 7.2, "ink", "end"))
        shapes.append(Label(sheet, y - 2.5, swarm.figure, 7, "ink", "end"))
        shapes.append(Line(scale.start, y, scale.end, y, "haze", 0.4))
        shapes += _piled(swarm.bees, scale, y)
    return Picture(sheet, height, tuple(shapes), f"Beeswarm of contributions: {axis}")


def five_numbers(contributions: Sequence[float]) -> tuple[float, ...]:
    """Lowest, quartiles and highest: what the table beside a swarm says of its row."""
    ordered = sorted(contributions)
    cuts = quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    return (ordered[0], *cuts, ordered[-1])


def _piled(bees: Sequence[Bee], scale: Scale, middle: float) -> list[Shape]:
    """The points of one row, those of a column side by side around the middle line."""
    columns: dict[int, list[Bee]] = {}
    for bee in sorted(bees, key=_order):
        columns.setdefault(int(scale(bee.contribution) / COLUMN), []).append(bee)
    most = max((len(column) for column in columns.values()), default=1)
    step = min(2 * RADIUS, 2 * THICKEST / most)
    return [
        _point(bee, scale, middle + step * _lane(place))
        for column in columns.values()
        for place, bee in enumerate(column)
    ]


def _order(bee: Bee) -> tuple[float, float]:
    return bee.contribution, -1.0 if bee.position is None else bee.position


def _lane(place: int) -> int:
    """0, 1, -1, 2, -2 ...: a pile grows to both sides alike."""
    return (place + 1) // 2 * (1 if place % 2 else -1)


def _point(bee: Bee, scale: Scale, y: float) -> Disc:
    if bee.position is None:
        return Disc(scale(bee.contribution), y, RADIUS - 0.25, "white", "mist", 0.55)
    return Disc(scale(bee.contribution), y, RADIUS, value_colour(bee.position))


def _ends(scale: Scale, height: float, axis: str, ends: tuple[str, str]) -> list[Shape]:
    zero = scale(0.0)
    return [
        Line(zero, FOOT, zero, height - HEAD, "slate", 0.8),
        Label(scale.start, 4, f"← {ends[0]}", 6.5, "slate"),
        Label(scale.end, 4, f"{ends[1]} →", 6.5, "slate", "end"),
        Label((scale.start + scale.end) / 2, 13, axis, 6.5, "slate", "middle"),
    ]


def _key(left: float, height: float) -> list[Shape]:
    """What the colours mean, in words at both ends of the ramp."""
    y, x = height - 10, left + width("low value", "regular", 6.5) + 4
    shapes: list[Shape] = [Label(left, y, "low value", 6.5, "slate")]
    shapes += [Box(x + 8 * step, y - 0.6, 8, 5.4, f"value-{step}") for step in range(VALUE_STEPS)]
    x += 8 * VALUE_STEPS + 4
    shapes.append(Label(x, y, "high value", 6.5, "slate"))
    x += width("high value", "regular", 6.5) + 14
    return [*shapes, Disc(x, y + 2.2, 1.8, "white", "mist", 0.7), Label(x + 5, y, "category or missing", 6.5, "slate")]
