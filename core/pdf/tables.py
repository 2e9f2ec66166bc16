"""Tables that repeat their head over pages and never split a row. Figures stand right, words left."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from core.pdf import shapes, typeface
from core.pdf.flow import draw_line, mark_place
from core.pdf.text import SHORT, Span, TextLine, break_lines, shown, words_of

SIZE = 7.6
LEADING = SIZE * 1.3
PAD_Y = 2.6
PAD_X = 7.0
FIRM = 96.0  # points; so much of a figure with its bounds stays in one line where all columns allow it
MOST_LINES = 30  # of one cell, so that a row always fits on a page

# verdict -> (shape, colour of the shape, word, colour of the word)
VERDICTS = {
    "pass": ("●", "moss", "met", "slate"),
    "fail": ("■", "lead", "fail", "lead"),
    "cannot_tell": ("◆", "amber", "cannot\u00a0tell", "amber-word"),
    "not_run": ("○", "mist", "not\u00a0tested", "slate"),
    "not_applicable": ("–", "mist", "does not apply", "slate"),
    "measured": ("□", "slate", "measured", "slate"),
    "high": ("■", "lead", "high", "lead"),
    "medium": ("◆", "amber", "medium", "amber-word"),
    "low": ("●", "mist", "low", "slate"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `right` for figures, `share` of the spare width, `most` points at most before it wraps."""

    title: str
    right: bool = False
    face: str = "regular"
    most: float = 400.0


Cell = str | Span | tuple[Span, ...] | shapes.Picture


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in column order; a strong row is a total."""

    cells: tuple[Cell, ...]
    strong: bool = False


@dataclass(slots=True)
class Grid:
    """A table before it is set: columns, rows, and the words of its caption."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Sequence[Span] = field(default_factory=list)
    key: str = ""
    outline: str = ""
    head: bool = True


def verdict(word: str) -> tuple[Span, ...]:
    """A verdict as shape and word; an unknown word is shown as it is."""
    if word not in VERDICTS:
        return (Span(shown(word, SHORT)),)
    shape, colour, said, tone = VERDICTS[word]
    return (
        Span(shape, "bold", colour),
        Span("\u00a0" + said, "bold" if word in {"fail", "high"} else "regular", tone),
    )


class Table(Flowable):
    """A grid set to the width it is given."""

    def __init__(
        self,
        grid: Grid,
        after: float = 9.0,
        parent: "Table | None" = None,
        first: int = 0,
        last: int | None = None,
    ) -> None:
        super().__init__()
        self.grid, self.spaceBefore, self.spaceAfter = grid, 3.0, after
        self.first, self.last = first, len(grid.rows) if last is None else last
        self.parent = parent
        self.widths: list[float] = parent.widths if parent else []
        self.set_rows: list[list[list[TextLine] | shapes.Picture]] = parent.set_rows if parent else []
        self.heads: list[list[TextLine]] = parent.heads if parent else []

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        if not self.widths:
            self._set(room)
        self.caption_lines = self._caption(room)
        self.width = room
        self.height = self._top_height() + sum(self._row_height(i) for i in range(self.first, self.last))
        return room, self.height

    def split(self, room: float, height: float) -> list[Flowable]:
        self.wrap(room, height)
        used, cut = self._top_height(), self.first
        while cut < self.last and used + self._row_height(cut) <= height:
            used += self._row_height(cut)
            cut += 1
        least = min(2, self.last - self.first)
        if cut - self.first < least or cut == self.last:
            return []
        return [
            Table(self.grid, 0, self, self.first, cut),
            Table(self.grid, self.spaceAfter, self, cut, self.last),
        ]

    def draw(self) -> None:
        canvas, y = self.canv, self.height
        if self.grid.key and self.first == 0:
            mark_place(canvas, self.grid.key, self.grid.outline, 1, self.height + 6)
        for line in self.caption_lines:
            y -= LEADING
            draw_line(canvas, line, 0, y + 2.6, SIZE)
        y -= 3 if self.caption_lines else 0
        y = self._draw_head(y)
        for index in range(self.first, self.last):
            y = self._draw_row(index, y)

    # setting

    def _set(self, room: float) -> None:
        self.widths = column_widths(self.grid, room)
        faces = [column.face for column in self.grid.columns]
        self.heads = [
            break_lines([Span(c.title, "bold", "slate")], SIZE, w, 4)
            for c, w in zip(self.grid.columns, self.widths, strict=True)
        ]
        self.set_rows = [
            [
                _set_cell(cell, face, wide, row.strong)
                for cell, face, wide in zip(row.cells, faces, self.widths, strict=True)
            ]
            for row in self.grid.rows
        ]

    def _caption(self, room: float) -> list[TextLine]:
        if not self.grid.caption:
            return []
        more = [Span(", continued", "italic", "slate")] if self.first else []
        return break_lines([*self.grid.caption, *more], SIZE, room)

    def _top_height(self) -> float:
        head = max((len(lines) for lines in self.heads), default=1) * LEADING + 2 * PAD_Y if self.grid.head else 1
        return head + (len(self.caption_lines) * LEADING + 3 if self.caption_lines else 0)

    def _row_height(self, index: int) -> float:
        tallest = max((_cell_height(cell) for cell in self.set_rows[index]), default=LEADING)
        return tallest + 2 * PAD_Y

    # drawing

    def _draw_head(self, y: float) -> float:
        if not self.grid.head:
            self._rule(y, "haze", 0.5)
            return y - 1
        deep = max(len(lines) for lines in self.heads)
        for lines, x, wide, column in zip(self.heads, self._lefts(), self.widths, self.grid.columns, strict=True):
            self._draw_lines(lines, x, y - PAD_Y - (deep - len(lines)) * LEADING, wide, column.right)
        y -= deep * LEADING + 2 * PAD_Y
        self._rule(y, "ink", 0.8)
        return y

    def _draw_row(self, index: int, y: float) -> float:
        height = self._row_height(index)
        if self.grid.rows[index].strong:
            self._rule(y, "ink", 0.5)
        for cell, x, wide, column in zip(
            self.set_rows[index], self._lefts(), self.widths, self.grid.columns, strict=True
        ):
            if isinstance(cell, shapes.Picture):
                self._draw_picture(cell, x, y - PAD_Y)
            else:
                self._draw_lines(cell, x, y - PAD_Y, wide, column.right)
        self._rule(y - height, "haze", 0.4)
        return y - height

    def _draw_lines(self, lines: list[TextLine], x: float, top: float, wide: float, right: bool) -> None:
        y = top - SIZE
        for line in lines:
            draw_line(self.canv, line, x + (wide - line.width if right else 0), y, SIZE)
            y -= LEADING

    def _draw_picture(self, picture: shapes.Picture, x: float, top: float) -> None:
        self.canv.saveState()
        self.canv.translate(x, top - picture.height)
        shapes.paint(picture, self.canv)
        self.canv.restoreState()

    def _rule(self, y: float, colour: str, weight: float) -> None:
        shapes.paint(shapes.Picture(0, 0, (shapes.Line(0, y, self.width, y, colour, weight),)), self.canv)

    def _lefts(self) -> list[float]:
        lefts, x = [], 0.0
        for wide in self.widths:
            lefts.append(x)
            x += wide + PAD_X
        return lefts


def _cell_spans(cell: Cell, face: str, strong: bool) -> Sequence[Span]:
    if isinstance(cell, str):
        return [Span(cell, "bold" if strong and face != "mono" else face)]
    return [cell] if isinstance(cell, Span) else cell if isinstance(cell, tuple) else []


def _set_cell(cell: Cell, face: str, wide: float, strong: bool) -> list[TextLine] | shapes.Picture:
    if isinstance(cell, shapes.Picture):
        return cell
    return break_lines(_cell_spans(cell, face, strong), SIZE, wide, MOST_LINES)


def _cell_height(cell: list[TextLine] | shapes.Picture) -> float:
    return cell.height if isinstance(cell, shapes.Picture) else len(cell) * LEADING


def _natural(cell: Cell, face: str, strong: bool) -> tuple[float, float]:
    """(width on one line, width of the longest word, at most 72 points) of a cell."""
    if isinstance(cell, shapes.Picture):
        return cell.width, cell.width
    pieces = _cell_spans(cell, face, strong)
    if len(pieces) == 1 and len(pieces[0].text) <= 40:
        alone = pieces[0]
        longest = max(
            (typeface.width(word, alone.face, SIZE) for word in re.split(r"[ \t\n]+", alone.text)), default=0.0
        )
        return typeface.width(alone.text, alone.face, SIZE), min(longest, 72.0)
    whole = sum(typeface.width(piece.text[:200], piece.face, SIZE) for piece in pieces)
    short = [replace(piece, text=piece.text[:600]) for piece in pieces]
    words = [sum(typeface.width(part.text[:60], part.face, SIZE) for part in word) for word in words_of(short)]
    return whole, min(max(words, default=0.0), 72.0)


def column_widths(grid: Grid, room: float) -> list[float]:
    """Widths that fill `room`: its longest word for every column, then what it needs."""
    room -= PAD_X * (len(grid.columns) - 1)
    least, natural, firm = [], [], []
    for index, column in enumerate(grid.columns):
        sizes = [_natural(row.cells[index], column.face, row.strong) for row in grid.rows]
        head_word = max((typeface.width(word, "bold", SIZE) for word in column.title.split()), default=0)
        whole_head = typeface.width(column.title, "bold", SIZE)
        least.append(max([head_word, *(size[1] for size in sizes)]))
        natural.append(min(column.most, max([min(whole_head, head_word * 2 + 8), *(size[0] for size in sizes)])))
        natural[-1] = max(natural[-1], least[-1])
        widest = max((size[0] for size in sizes), default=0.0)
        firm.append(max(least[-1], min(widest, FIRM)) if column.right else least[-1])
    return _share_out(firm if sum(firm) <= room else least, natural, room)


def _share_out(least: list[float], natural: list[float], room: float) -> list[float]:
    if sum(least) > room:
        return [wide * room / sum(least) for wide in least]
    if sum(natural) <= room:
        return _spread(natural, room)
    spare, wish = room - sum(least), sum(natural) - sum(least)
    return [small + (large - small) * spare / wish for small, large in zip(least, natural, strict=True)]


def _spread(natural: list[float], room: float) -> list[float]:
    """Give spare room to all columns alike, but no more than a column's own width again."""
    spare = (room - sum(natural)) / len(natural)
    return [wide + min(spare, wide + 20 * mm) for wide in natural]
