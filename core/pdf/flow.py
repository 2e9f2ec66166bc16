"""Blocks that flow over pages: words, headings, pictures, margin notes. No markup: spans carry style."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from core.pdf import shapes, typeface
from core.pdf.text import Span, TextLine, break_lines

BODY, SMALL, NOTE = 9.0, 7.4, 6.4
LEADING = 1.38
GAP = 3 * mm
SIDE = 17 * mm


def draw_line(canvas: Canvas, line: TextLine, x: float, y: float, size: float) -> None:
    """Draw one broken line with its links."""
    for offset, span in line.runs:
        shapes.write(canvas, x + offset, y, span.text, span.face, size, span.colour)
        if span.link:
            right = x + offset + typeface.width(span.text, span.face, size)
            canvas.linkRect("", span.link, (x + offset, y - 2, right, y + size), relative=1, Border="[0 0 0]")


class Words(Flowable):
    """A paragraph of spans, ragged right; splits between lines and leaves at least two on either side."""

    def __init__(self, pieces: Sequence[Span], size: float = BODY, before: float = 0.0, after: float = 4.0) -> None:
        super().__init__()
        self.pieces, self.size, self.leading = list(pieces), size, size * LEADING
        self.spaceBefore, self.spaceAfter = before, after
        self.lines: list[TextLine] = []

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        self.lines = self.lines or break_lines(self.pieces, self.size, room)
        self.width, self.height = room, len(self.lines) * self.leading
        return room, self.height

    def split(self, room: float, height: float) -> list[Flowable]:
        self.wrap(room, height)
        fit = int(height // self.leading)
        fit = min(fit, len(self.lines) - 2)
        if fit < 2:
            return []
        return [
            self._part(self.lines[:fit], self.spaceBefore, 0),
            self._part(self.lines[fit:], 0, self.spaceAfter),
        ]

    def _part(self, lines: list[TextLine], before: float, after: float) -> "Words":
        part = Words((), self.size, before, after)
        part.lines = lines
        return part

    def draw(self) -> None:
        y = self.height - self.size * 1.02
        for line in self.lines:
            draw_line(self.canv, line, 0, y, self.size)
            y -= self.leading


class Place(Flowable):
    """A named place of no height: target of links, and an outline entry when it has a title."""

    def __init__(self, key: str, title: str = "", level: int = 0) -> None:
        super().__init__()
        self.key, self.title, self.level = key, title, level

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        mark_place(self.canv, self.key, self.title, self.level, 12)


def mark_place(canvas: Canvas, key: str, title: str, level: int, above: float) -> None:
    """Bookmark `key` a little above the current origin, note its page, and enter it in the outline."""
    _, y = canvas.absolutePosition(0, above)
    canvas.bookmarkHorizontalAbsolute(key, y)
    pages = getattr(canvas, "place_pages", None)
    if pages is not None:
        pages.setdefault(key, canvas.getPageNumber())
    if title:
        canvas.addOutlineEntry(title[:150], key, level, closed=level >= 0)


class Heading(Words):
    """A numbered heading, its place and its outline entry; never split."""

    def __init__(self, key: str, number: str, title: str, level: int = 0) -> None:
        size = (14.0, 10.5)[level]
        head = [Span(f"{number}  ", "regular", "sea")] if number else []
        super().__init__([*head, Span(title, "bold", "ink")], size, (16.0, 9.0)[level], (6.0, 3.5)[level])
        self.key, self.title, self.level = key, f"{number} {title}".strip(), level

    def split(self, _room: float, _height: float) -> list[Flowable]:
        return []

    def draw(self) -> None:
        mark_place(self.canv, self.key, self.title, self.level, self.height + 4)
        super().draw()


class Figure(Flowable):
    """A picture at full size."""

    def __init__(self, picture: shapes.Picture, after: float = 8.0) -> None:
        super().__init__()
        self.picture, self.spaceAfter = picture, after

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        return self.picture.width, self.picture.height

    def draw(self) -> None:
        shapes.paint(self.picture, self.canv)


class MarginNote(Flowable):
    """Words in the side column, level with the next block; takes no height."""

    def __init__(self, pieces: Sequence[Span], column: float) -> None:
        super().__init__()
        self.pieces, self.column = list(pieces), column

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        y = -NOTE - 3
        for line in break_lines(self.pieces, NOTE, SIDE, 12):
            draw_line(self.canv, line, self.column + GAP, y, NOTE)
            y -= NOTE * 1.28


class Beside(Flowable):
    """Two blocks side by side; the first has `share` points of width."""

    def __init__(self, first: Flowable, second: Flowable, share: float, after: float = 8.0) -> None:
        super().__init__()
        self.first, self.second, self.share, self.spaceAfter = first, second, share, after

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        self.left = self.first.wrap(self.share, height)[1]
        self.right = self.second.wrap(room - self.share, height)[1]
        self.width, self.height = room, max(self.left, self.right)
        return room, self.height

    def draw(self) -> None:
        self.first.drawOn(self.canv, 0, self.height - self.left)
        self.second.drawOn(self.canv, self.share, self.height - self.right)
