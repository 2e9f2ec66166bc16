"""One answer taken apart: from the base, push by push, to the answer.

Filled arrows push the answer up, hollow ones down; the sign stands in the figure too, so that no colour is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.pdf.charts.scale import Scale, around, bottom_axis, brief, signed, tick
from core.pdf.shapes import Disc, Label, Line, Path, Picture, Shape
from core.pdf.typeface import fit, width

ROW, NAMES, FIGURES, FOOT, HEAD = 16.0, 168.0, 54.0, 24.0, 4.0
HALF, TIP = 4.6, 3.6


@dataclass(frozen=True, slots=True)
class Push:
    """An input, its value in words, and what it adds to the answer."""

    name: str
    value: str
    amount: float


def explanation(
    base: float, pushes: Sequence[Push], answer: float, *, sheet: float = 425.0, axis: str = "", answer_words: str = ""
) -> Picture:
    """Rows from the base to the answer, each push beginning where the last one ended."""
    height = HEAD + ROW * (len(pushes) + 2) + FOOT
    levels = _levels(base, pushes)
    scale = around([*levels, answer], NAMES, sheet - FIGURES, room=0.05)
    shapes = bottom_axis(scale, FOOT, height - HEAD, tick, 5)
    last = height - HEAD - ROW * (len(pushes) + 1.5)
    shapes.append(Line(scale(base), height - HEAD - ROW * 0.5, scale(base), last, "mist", 0.6, (1.5, 1.5)))
    shapes += _end("base: the average answer", base, scale, height - HEAD - ROW * 0.5, sheet)
    for index, push in enumerate(pushes):
        y = height - HEAD - ROW * (index + 1.5)
        shapes += [*_named(push, y), *_arrow(levels[index], levels[index + 1], scale, y)]
        shapes.append(Line(scale(levels[index]), y + ROW - HALF, scale(levels[index]), y + HALF, "mist", 0.5))
        shapes.append(Label(sheet, y - 2.5, signed(push.amount), 7.2, "ink", "end"))
    shapes.append(Line(scale(levels[-1]), last + ROW - HALF, scale(levels[-1]), last + 3, "mist", 0.5))
    shapes += _end(answer_words or "answer", answer, scale, last, sheet)
    return Picture(sheet, height, (*shapes, Label(NAMES, 4, axis, 6.5, "slate")), f"How the answer comes about: {axis}")


def _levels(base: float, pushes: Sequence[Push]) -> list[float]:
    """The running sum, the base first."""
    levels = [base]
    for push in pushes:
        levels.append(levels[-1] + push.amount)
    return levels


def _end(name: str, value: float, scale: Scale, y: float, sheet: float) -> list[Shape]:
    """The base or the answer: where the pushes start and where they lead."""
    return [
        Label(NAMES - 8, y - 2.5, fit(name, "bold", 7.2, NAMES - 12), 7.2, "ink", "end", "bold"),
        Disc(scale(value), y, 2.6, "ink"),
        Label(sheet, y - 2.5, brief(value), 7.2, "ink", "end", "bold"),
    ]


def _named(push: Push, y: float) -> list[Shape]:
    """The input in ink, its value in grey before it ends; a long name leaves the value its room."""
    value = fit(push.value, "regular", 7.2, 64)
    room = NAMES - 16 - width(value, "regular", 7.2)
    end = NAMES - 8 - width(value, "regular", 7.2) - (5 if value else 0)
    return [
        Label(end, y - 2.5, fit(push.name, "regular", 7.2, room - 5), 7.2, "ink", "end"),
        Label(NAMES - 8, y - 2.5, value, 7.2, "slate", "end"),
    ]


def _arrow(start: float, end: float, scale: Scale, y: float) -> list[Shape]:
    """A box whose end points where it pushes; too short for a tip, it is a bare wedge."""
    x0, x1 = scale(start), scale(end)
    way = 1 if x1 >= x0 else -1
    x1 = x0 + way * max(0.5, abs(x1 - x0))
    neck = x1 - way * min(TIP, abs(x1 - x0))
    edge = ((x0, y - HALF), (neck, y - HALF), (x1, y), (neck, y + HALF), (x0, y + HALF))
    return [Path(edge, "sea", 0.7, "sea" if way > 0 else "sea-tint")]
