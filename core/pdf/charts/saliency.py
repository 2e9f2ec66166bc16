"""A picture and, laid over it, how far each patch speaks for the model's answer or against it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from core.pdf.charts.scale import signed, signed_tick, tick
from core.pdf.palette import HEAT_STEPS, heat_colour
from core.pdf.shapes import Box, Label, Line, Picture, Shape

WIDE, HIGH, GAP, HEAD, FOOT = 300.0, 150.0, 14.0, 12.0, 34.0
TALL = 1.6  # pictures wider than this times their height stand one below the other
SEAM = 0.3  # boxes overlap by as much, else the paper shines through between them
KEY = 22.0
SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of `height` x `width` pixels and its map of square patches of `edge` pixels.

    values  one line of numbers a line of patches
    greys   the picture, one line of brightnesses (0 to 255) a line of cells, at any resolution; empty where it is not
            shown
    """

    height: int
    width: int
    edge: int
    values: Sequence[Sequence[float]]
    greys: Sequence[Sequence[int]] = ()

    @property
    def largest(self) -> float:
        return max([SMALLEST, *(abs(value) for line in self.values for value in line)])

    def at(self, down: float, across: float) -> float:
        """The value of the patch over a pixel, as a share of the largest."""
        return self.values[int(down // self.edge)][int(across // self.edge)] / self.largest


class _Frame(NamedTuple):
    """Where a picture lies on the sheet: its lower left corner, and points a pixel."""

    left: float
    low: float
    scale: float


def saliency(seen: Seen, *, units: str = "", sheet: float = 425.0) -> Picture:
    """The picture as the model got it and again with its map over it; without the picture the map alone.

    Amber speaks for the answer, blue against it, by the scale below; the strongest patches are framed, those against
    the answer in dashes.
    """
    stacked = seen.width > TALL * seen.height
    copies = 2 if seen.greys else 1
    room = WIDE if stacked or copies == 1 else (sheet - GAP) / 2
    scale = min(room / seen.width, HIGH / seen.height)
    wide, high = seen.width * scale, seen.height * scale
    rows = copies if stacked else 1
    height = FOOT + rows * (high + HEAD) + (rows - 1) * 4
    shapes: list[Shape] = []
    for place in range(copies):
        left = 0.0 if stacked else place * (wide + GAP)
        low = height - HEAD - high - (place * (high + HEAD + 4) if stacked else 0)
        frame, tinted = _Frame(left, low, scale), place == copies - 1
        shapes += _head(frame, high, "the map over it" if tinted and copies == 2 else "", tinted or copies == 1)
        shapes += _tinted(seen, frame) if tinted else _plain(seen, frame)
        shapes += _frames(seen, frame) if tinted else []
        shapes.append(Box(frame.left, frame.low, wide, high, None, "mist", 0.5))
    shapes += _scale(seen, units)
    return Picture(sheet, height, tuple(shapes), f"Saliency map, {units}")


def _head(frame: _Frame, high: float, words: str, last: bool) -> list[Shape]:
    said = words or ("" if last else "as the model got it")
    return [Label(frame.left, frame.low + high + 3.5, said, 6.5, "slate")] if said else []


def _plain(seen: Seen, frame: _Frame) -> Iterator[Shape]:
    yield from _cells(seen, frame, lambda _down, _across, light: heat_colour(0.0, light))


def _tinted(seen: Seen, frame: _Frame) -> Iterator[Shape]:
    if seen.greys:
        yield from _cells(seen, frame, lambda down, across, light: heat_colour(seen.at(down, across), light))
        return
    for row, line in enumerate(seen.values):
        for column, value in enumerate(line):
            left, low, wide, high = _patch(seen, frame, row, column)
            yield Box(left, low, wide, high, heat_colour(value / seen.largest), "fog", 0.3)


def _cells(seen: Seen, frame: _Frame, colour: Any) -> Iterator[Shape]:
    """Cells of one colour beside each other are one box."""
    lines, across = len(seen.greys), len(seen.greys[0])
    high, wide = seen.height / lines * frame.scale, seen.width / across * frame.scale
    for line, greys in enumerate(seen.greys):
        down = (line + 0.5) * seen.height / lines
        low = frame.low + (lines - 1 - line) * high
        names = [colour(down, (cell + 0.5) * seen.width / across, grey / 255) for cell, grey in enumerate(greys)]
        start = 0
        for cell in range(1, across + 1):
            if cell == across or names[cell] != names[start]:
                seam = SEAM if cell < across else 0.0
                lift = SEAM if line else 0.0
                yield Box(frame.left + start * wide, low, (cell - start) * wide + seam, high + lift, names[start])
                start = cell


def _patch(seen: Seen, frame: _Frame, row: int, column: int) -> tuple[float, float, float, float]:
    """Left, low, width and height of a patch on the sheet; the last ones may be cut."""
    top, left = row * seen.edge, column * seen.edge
    high, wide = min(seen.edge, seen.height - top), min(seen.edge, seen.width - left)
    low = frame.low + (seen.height - top - high) * frame.scale
    return frame.left + left * frame.scale, low, wide * frame.scale, high * frame.scale


def _frames(seen: Seen, frame: _Frame) -> Iterator[Shape]:
    """Edges around patches of the outermost steps, so that print without colour tells them, too."""
    line = 1 - 0.5 / (HEAT_STEPS // 2)
    for row, values in enumerate(seen.values):
        for column, value in enumerate(values):
            share = value / seen.largest
            if abs(share) >= line:
                left, low, wide, high = _patch(seen, frame, row, column)
                dash = () if share > 0 else (1.6, 1.2)
                ends = [(left, low), (left + wide, low), (left + wide, low + high), (left, low + high), (left, low)]
                for (x1, y1), (x2, y2) in pairwise(ends):
                    yield Line(x1, y1, x2, y2, "ink", 0.8, dash)


def _scale(seen: Seen, units: str) -> Iterator[Shape]:
    middle = HEAT_STEPS // 2
    against = any(value < 0 for line in seen.values for value in line)
    steps = range(-middle if against else 0, middle + 1)
    for place, step in enumerate(steps):
        yield Box(place * KEY, 16, KEY, 7, heat_colour(step / middle), "mist", 0.4)
    largest = 0.0 if seen.largest == SMALLEST else seen.largest
    ends = [(0.0, signed(-largest) if against else tick(0.0)), (len(steps) * KEY, signed_end(largest, against))]
    for (x, words), anchor in zip(ends, ("start", "end"), strict=True):
        yield Label(x, 7, words, 6.5, "slate", anchor)
    if against:
        yield Label(len(steps) * KEY / 2, 7, "0", 6.5, "slate", "middle")
    yield Label(len(steps) * KEY + 8, 17.5, units, 6.5, "slate")


def signed_end(value: float, both: bool) -> str:
    """The upper end of the scale; with its sign where there is a lower one."""
    return signed(value) if both else signed(value).removeprefix("+") if value else signed_tick(0.0)
