"""The document: numbering, links, outline. Blocks are noted first and set at the end.

Because numbers are given before anything is set, a sentence may point forward ("see table 7"), and one pass sets the
whole paper.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageBreak,
    PageTemplate,
    Spacer,
)

from core.errors import InputRefused
from core.pdf import flow, shapes, tables, typeface
from core.pdf.paper import MARGIN, Contents, Entry, Meta, Paper, furnish
from core.pdf.text import Piece, Span, shown, spans

# Streams are compressed bytes as they are; writing them as letters makes files a quarter larger and a third slower.
rl_config.useA85 = 0
COLUMN = 150 * mm
PAGES = {"A4": A4, "Letter": LETTER}


class Document:
    """Collects blocks; `build()` returns the PDF bytes."""

    def __init__(self, meta: Meta) -> None:
        if meta.page_size not in PAGES:
            raise InputRefused(
                f"page size {shown(meta.page_size, 20)} is not known",
                field="page_size",
                limit="A4 or Letter",
                remedy="send A4 or Letter",
            )
        self.meta = meta
        self.entries: list[Entry] = []
        self._blocks: list[Callable[[], Sequence[Flowable]]] = []
        self._counts = {"section": 0, "part": 0, "table": 0, "figure": 0}
        self._listed = True
        self._index: dict[str, Entry] = {}
        self._indexed = 0

    # what a paper is made of

    def section(self, key: str, title: str, need: float = 54 * mm) -> None:
        """A numbered section; starts a new page unless `need` points are left on this one."""
        self._counts["section"] += 1
        self._counts["part"] = 0
        number = str(self._counts["section"])
        self.entries.append(Entry("section", number, key, title, self._listed))
        self.add(CondPageBreak(need), flow.Heading(key, number, title))

    def part(self, key: str, title: str, need: float = 48 * mm) -> None:
        """A numbered part of a section."""
        self._counts["part"] += 1
        number = f"{self._counts['section']}.{self._counts['part']}"
        self.entries.append(Entry("part", number, key, title, self._listed))
        self.add(CondPageBreak(need), flow.Heading(key, number, title, 1))

    def say(self, *pieces: Piece, size: float = flow.BODY, colour: str = "ink", after: float = 4.0) -> None:
        """A paragraph; spans with a link whose text is empty show the number of what they point to."""
        self._blocks.append(lambda: [flow.Words(self._resolved(spans(pieces, colour)), size, 0, after)])

    def note(self, *pieces: Piece) -> None:
        """Words in the side column beside the next block."""
        self._blocks.append(lambda: [flow.MarginNote(self._resolved(spans(pieces, "slate")), COLUMN)])

    def table(
        self,
        key: str,
        caption: str,
        columns: Sequence[tables.Column],
        rows: Sequence[tables.Row],
        after: float = 9.0,
        beside: Sequence[Piece] = (),
    ) -> None:
        """A numbered table with its caption above; `beside` goes on in grey behind the caption."""
        number = self._number("table", key, caption)

        def made() -> list[Flowable]:
            more = self._resolved(spans(beside, "slate"))
            said = [*self._caption("Table", number, caption), *more]
            grid = tables.Grid(columns, self._linked(rows), said, key, f"Table {number}: {caption}")
            return [tables.Table(grid, after)]

        self._blocks.append(made)

    def facts(self, rows: Sequence[tuple[str, tables.Cell]], after: float = 9.0) -> None:
        """Names and values without head or number."""
        self.add(tables.Table(facts_grid(rows), after))

    def figure(self, key: str, caption: str, picture: shapes.Picture, *lead: Piece) -> None:
        """A numbered figure, led by a sentence that says what it shows; sentence and figure stay together."""
        number = self._number("figure", key, caption)
        self.add(CondPageBreak(picture.height + 55))
        if lead:
            self.say(*lead)
        self.add(
            flow.Place(key, f"Figure {number}: {caption}", 1),
            flow.Words(self._caption("Figure", number, caption), tables.SIZE, 2, 3),
            flow.Figure(picture),
        )

    def add(self, *blocks: Flowable) -> None:
        """Blocks as they are."""
        self._blocks.append(lambda: blocks)

    def gap(self, points: float) -> None:
        """Empty height."""
        self.add(Spacer(1, points))

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self.add(PageBreak())

    def contents(self) -> None:
        """The linked list of sections, tables and figures."""
        self._blocks.append(lambda: [Contents(self.entries)])

    def unlisted(self) -> None:
        """From here on the contents list sections alone: an appendix."""
        self._listed = False

    def number_of(self, key: str) -> str:
        """The printed name of a place, such as "table 7" or "section 3"; empty when there is none."""
        found = self._by_key().get(key)
        kind = "section" if found and found.kind == "part" else found.kind if found else ""
        return f"{kind} {found.number}" if found else ""

    def build(self) -> bytes:
        """Set the pages. The same blocks give the same bytes."""
        target = BytesIO()
        size = PAGES[self.meta.page_size]
        template = BaseDocTemplate(target, pagesize=size, pageCompression=1, allowSplitting=1, **self._properties())
        frame = Frame(MARGIN, MARGIN, COLUMN, size[1] - 2 * MARGIN, 0, 0, 0, 0)
        template.addPageTemplates(PageTemplate("page", [frame], onPageEnd=lambda canvas, _: furnish(canvas, self.meta)))
        story = [item for block in self._blocks for item in block()]
        template.build(story, canvasmaker=self._canvas)
        return target.getvalue()

    # inside

    def _by_key(self) -> dict[str, Entry]:
        """The first entry of each key."""
        for entry in self.entries[self._indexed :]:
            self._index.setdefault(entry.key, entry)
        self._indexed = len(self.entries)
        return self._index

    def _number(self, kind: str, key: str, title: str) -> str:
        self._counts[kind] += 1
        number = str(self._counts[kind])
        self.entries.append(Entry(kind, number, key, title, self._listed))
        return number

    def _caption(self, kind: str, number: str, caption: str) -> list[Span]:
        return [Span(f"{kind} {number}  ", "bold", "sea"), Span(caption, "bold")]

    def _resolved(self, pieces: Sequence[Span]) -> list[Span]:
        """Links to what is not in this paper become plain words; empty ones take the number of their target."""
        known = self._by_key()
        return [
            replace(
                piece,
                text=piece.text or self.number_of(piece.link),
                link=piece.link if piece.link in known else None,
            )
            if piece.link
            else piece
            for piece in pieces
        ]

    def _linked(self, rows: Sequence[tables.Row]) -> list[tables.Row]:
        """The rows with their links resolved as those of a paragraph are."""
        return [replace(row, cells=tuple(map(self._linked_cell, row.cells))) for row in rows]

    def _linked_cell(self, cell: tables.Cell) -> tables.Cell:
        pieces = (cell,) if isinstance(cell, Span) else cell
        if not isinstance(pieces, tuple) or not any(piece.link for piece in pieces):
            return cell
        return tuple(self._resolved(pieces))

    def _properties(self) -> dict[str, str]:
        """What the file says of itself."""
        return {
            "title": self.meta.title,
            "author": self.meta.author,
            "subject": self.meta.subject,
            "keywords": f"{self.meta.id} {self.meta.digest}",
            "creator": "Plimsoll",
        }

    def _canvas(self, *args: Any, **options: Any) -> "Paper":
        paper = Paper(
            *args,
            **options
            | {
                "invariant": 1,
                "lang": self.meta.language,
                "initialFontName": typeface.font("regular").fontName,
            },
        )
        stamp = self.meta.made_on.replace("-", "")
        if len(stamp) == 8 and stamp.isdecimal():
            paper.setDateFormatter(lambda *_: f"D:{stamp}000000+00'00'")
        paper.setViewerPreference("DisplayDocTitle", "true")
        paper.showOutline()
        return paper


def facts_grid(rows: Sequence[tuple[str, tables.Cell]]) -> tables.Grid:
    """Names in grey, values in ink."""
    made = [tables.Row((Span(name, "regular", "slate"), value)) for name, value in rows]
    return tables.Grid([tables.Column("", most=42 * mm), tables.Column("")], made, head=False)


def see(key: str, before: str = "") -> Span:
    """A link that shows the number of its target."""
    return Span(before, "regular", "sea", key)
