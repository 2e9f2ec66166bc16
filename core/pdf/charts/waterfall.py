"""The price as a waterfall: each step starts where the last one ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.pdf.charts.scale import around, bottom_axis
from core.pdf.shapes import Box, Label, Line, Picture, Shape
from core.pdf.typeface import fit

ROW, FOOT, NAMES, VALUES = 16.0, 20.0, 150.0, 74.0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of `amount`; a `total` restates the running sum from nought and adds nothing."""

    name: str
    amount: float
    figure: str
    total: bool = False
    colour: str | None = None


def waterfall(steps: Sequence[Step], *, width: float = 425.0, axis: str = "") -> Picture:
    """Steps from top to bottom; `figure` is printed as given, so that the chart can never round a price."""
    spans = _spans(steps)
    height = FOOT + ROW * len(steps) + 4
    scale = around([end for span in spans for end in span], NAMES, width - VALUES, zero=True, room=0.02)
    shapes: list[Shape] = bottom_axis(scale, FOOT, height - 4, lambda value: f"{value:,.0f}", 5)
    for index, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        y = height - 4 - ROW * (index + 0.5)
        face = "bold" if step.total else "regular"
        shapes.append(Label(NAMES - 8, y - 2.5, fit(step.name, face, 7.2, NAMES - 12), 7.2, "ink", "end", face))
        left, right = sorted((scale(start), scale(end)))
        shapes.append(Box(left, y - 4.5, max(0.6, right - left), 9, step.colour or _colour(step)))
        if index + 1 < len(steps):
            shapes.append(Line(scale(end), y - 4.5, scale(end), y - ROW + 4.5, "mist", 0.5))
        shapes.append(Label(width, y - 2.5, step.figure, 7.2, "ink", "end", face))
    return Picture(width, height, (*shapes, Label(NAMES, 3, axis, 6.5, "slate")), "How the price comes about")


def _spans(steps: Sequence[Step]) -> list[tuple[float, float]]:
    spans, running = [], 0.0
    for step in steps:
        start = 0.0 if step.total else running
        running = running if step.total else running + step.amount
        spans.append((start, running))
    return spans


def _colour(step: Step) -> str:
    if step.total:
        return "ink"
    return "lead" if step.amount > 0 else "moss"
