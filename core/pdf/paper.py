"""The sheet a document is set on: running head, footer, contents, and page numbers that are known only at the end.

Late numbers stand in two form objects, drawn where they belong and filled when the file is saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from core.pdf import shapes, typeface
from core.pdf.mark import mark_shapes

MARGIN = 20 * mm
FOOT = 11.4 * mm
SIZE = 6.6


@dataclass(frozen=True, slots=True)
class Meta:
    """What the document is: shown in the footer and written into the file. `made_on` is an ISO date."""

    id: str
    title: str
    author: str
    subject: str
    digest: str
    page_size: str = "A4"
    language: str = "en-GB"
    running_head: str = ""
    stamp: str = ""
    made_on: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents: a section, table or figure."""

    kind: str
    number: str
    key: str
    title: str
    listed: bool = True  # an appendix has too many tables to list


def furnish(canvas: Canvas, meta: Meta) -> None:
    """Running head, stamp and footer of the current page."""
    width, height = canvas._pagesize
    page = canvas.getPageNumber()
    if page > 1 and meta.running_head:
        shapes.paint(shapes.Picture(0, 0, mark_shapes(MARGIN + 5, height - 12.2 * mm, 10)), canvas)
        head = typeface.fit(meta.running_head, "regular", 7, 136 * mm)
        shapes.write(canvas, MARGIN + 14, height - 13 * mm, head, "regular", 7, "slate")
    if meta.stamp:
        wide = typeface.width(meta.stamp, "bold", 8)
        shapes.write(canvas, width - MARGIN - wide, height - 13 * mm, meta.stamp, "bold", 8, "lead")
    rule = shapes.Line(MARGIN, 15 * mm, width - MARGIN, 15 * mm, "haze", 0.5)
    shapes.paint(shapes.Picture(0, 0, (rule,)), canvas)
    _footer(canvas, meta, width - MARGIN - 50, page)


def _footer(canvas: Canvas, meta: Meta, right: float, page: int) -> None:
    name = typeface.fit(meta.id, "bold", SIZE, 60 * mm)
    shapes.write(canvas, MARGIN, FOOT, name, "bold", SIZE, "slate")
    left = MARGIN + typeface.width(name, "bold", SIZE) + 8
    shapes.write(canvas, left, FOOT, typeface.fit(meta.digest, "mono", 5.4, right - left - 6), "mono", 5.4, "slate")
    shapes.write(canvas, right, FOOT, f"page {page} of", "regular", SIZE, "slate")
    canvas.saveState()
    canvas.translate(right + typeface.width(f"page {page} of ", "regular", SIZE), FOOT)
    canvas.doForm("page-total")
    canvas.restoreState()


class Paper(Canvas):
    """A canvas that remembers on which page each place fell, and fills in the late numbers when it is saved."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.place_pages: dict[str, int] = {}
        self.late: list[tuple[float, float, str]] = []

    def save(self) -> None:
        total = self.getPageNumber() - 1 if not self._code else self.getPageNumber()
        self.beginForm("page-total", -2, -3, 40, 12)
        shapes.write(self, 0, 0, str(total), "regular", 6.6, "slate")
        self.endForm()
        if self.late:
            self._write_late()
        super().save()

    def _write_late(self) -> None:
        self.beginForm("contents-pages", 0, 0, *self._pagesize)
        for x, y, key in self.late:
            page = str(self.place_pages.get(key, ""))
            shapes.write(self, x - typeface.width(page, "regular", 7.6), y, page, "regular", 7.6, "slate")
        self.endForm()


class Contents(Flowable):
    """Sections at the left, tables and figures at the right, each line a link; a long list stands closer.

    Of more tables and figures than a page lists, the figures alone, among the parts of sections.
    """

    ROW, LEAST = 12.4, 8.8
    MOST = 64
    BELOW = 90.0  # room kept under a list that must be set closer

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.sections = [entry for entry in entries if entry.kind == "section"]
        listed = [entry for entry in entries if entry.listed]
        self.title, kinds = "Tables and figures", {"table", "figure"}
        if sum(entry.kind in kinds for entry in listed) > self.MOST:
            self.title, kinds = "Parts and figures", {"part", "figure"}
        self.exhibits = [entry for entry in listed if entry.kind in kinds]

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        self.width = room
        longest = max(len(self.sections), len(self.exhibits), 1)
        self.row = min(self.ROW, max(self.LEAST, (height - self.BELOW) / longest))
        self.per = min(longest, max(1, int((height - 30) // self.row)))
        self.height = self.per * self.row + 24
        return room, self.height

    def draw(self) -> None:
        half = self.width * 0.44
        self._list("Sections", self.sections, 0, half - 14)
        self._list(self.title, self.exhibits, half, self.width - half)
        x, y = self.canv.absolutePosition(0, 0)
        self.canv.saveState()
        self.canv.translate(-x, -y)
        self.canv.doForm("contents-pages")
        self.canv.restoreState()

    def _list(self, title: str, entries: Sequence[Entry], left: float, wide: float) -> None:
        y = self.height - 10
        shapes.write(self.canv, left, y, title, "bold", 8, "slate")
        for entry in entries[: self.per]:
            y -= self.row
            name = {"table": "Table ", "figure": "Figure "}.get(entry.kind, "") + entry.number
            indent = 18 if entry.kind == "section" else 40
            shapes.write(self.canv, left, y, name, "regular", 7.6, "sea")
            shapes.write(
                self.canv,
                left + indent,
                y,
                typeface.fit(entry.title, "regular", 7.6, wide - indent - 18),
                "regular",
                7.6,
                "ink",
            )
            self.canv.linkRect("", entry.key, (left, y - 3, left + wide, y + 8), relative=1, Border="[0 0 0]")
            right, up = self.canv.absolutePosition(left + wide, y)
            self.canv.late.append((right, up, entry.key))
