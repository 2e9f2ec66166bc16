"""A result's tables as a page shows them: the wording of the papers, and of a huge table its first rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.pdf.tables import Cell
from core.pdf.text import Span
from reports.quarterly.exhibits import heading
from reports.quarterly.own_tables import bounded, is_figure, is_share_column, once, table_cell

MOST_ROWS = 60
Table = Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """A column's title; figures stand right, words left."""

    title: str
    is_figure: bool


@dataclass(frozen=True)
class Worded:
    """A table ready to be read: each cell is (words, whether it stands right). `said_once` is a column that says the
    same in every row, `left_out` counts the rows that are not shown."""

    title: str
    heads: list[Head]
    rows: list[list[tuple[str, bool]]]
    total: int
    said_once: list[tuple[str, str]]

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


def worded(title: str, table: Table, most: int = MOST_ROWS) -> Worded:
    """At most `most` rows; a figure and its two bounds become one column, as on paper."""
    names = [str(name) for name in table["columns"]]
    rows = [list(row) for row in table["rows"][:most]]
    said_once = [(heading(name), text) for name, text in once(names, rows)]
    heads: list[Head] = []
    columns: list[list[tuple[str, bool]]] = []
    place = 0
    while place < len(names):
        taken = 3 if bounded(names, place) else 1
        said = heading(names[place]) + (" (interval)" if taken == 3 else "")
        right = place > 0 and all(is_figure(row[place]) for row in rows)
        heads.append(Head(said, right))
        shares = is_share_column(names[place], [row[place] for row in rows])
        columns.append([(_words(table_cell(row[place : place + taken], names[place], shares)), right) for row in rows])
        place += taken
    cells = [list(row) for row in zip(*columns, strict=True)]
    return Worded(heading(title), heads, cells, len(table["rows"]), said_once)


def _words(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    spans = (cell,) if isinstance(cell, Span) else cell
    return "".join(span.text for span in spans if isinstance(span, Span))
