"""The few rows and columns of a table of the audit that a section prints; the appendix prints the table whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.pdf.document import Document, see
from core.pdf.figures import general, share, whole
from core.pdf.tables import Cell, Column, Row
from reports.quarterly.exhibits import points, probability, worded
from reports.quarterly.reading import Source, family_table, number, plain_name, records_of

MOST = 8  # rows that a section shows
Line = Mapping[str, Any]
Order = Callable[[Line], float]
WORDINGS: Mapping[str, Callable[[Any], str]] = {
    "words": worded,
    "share": share,
    "figure": general,
    "count": whole,
    "points": points,
    "p": probability,
}


@dataclass(frozen=True, slots=True)
class Pick:
    """A column as it is printed: its head, the table's columns (a value and its bounds, or k and n), how it is worded.

    kind "of": two counts as "12 of 300"; "from to": two ends in points as "-4.0 to 9.0".
    """

    head: str
    names: tuple[str, ...]
    kind: str = "words"

    def column(self) -> Column:
        return Column(self.head, self.kind != "words")

    def cell(self, line: Line) -> Cell:
        """The cell of one row."""
        values = [line.get(plain_name(name)) for name in self.names]
        if values[0] is None:
            return "–"
        if self.kind == "of":
            return f"{whole(values[0])} of {whole(values[1])}"
        if self.kind == "from to":
            return f"{points(values[0])} to {points(values[1])}"
        wording = WORDINGS[self.kind]
        if len(values) < 3 or number(values[1]) is None or number(values[2]) is None:
            return wording(values[0])
        low, high = (wording(value).removesuffix(" %") for value in values[1:])
        return f"{wording(values[0])} ({low} to {high})"


def pick(head: str, *names: str, kind: str = "words") -> Pick:
    """A Pick of these columns."""
    return Pick(head, names, kind)


def chosen(
    doc: Document,
    report: Source,
    place: tuple[str, str],
    caption: str,
    picks: Sequence[Pick],
    *,
    order: Order | None = None,
    most: int = MOST,
    keep: Callable[[list[Any]], list[Any]] | None = None,
) -> bool:
    """The first `most` rows in this order, or what `keep` chooses, of the table at `place` (section, name).

    False where the audit has no such table.
    Columns that are blank in all of these rows are left out.
    """
    lines = records_of(family_table(report, *place))
    if not lines:
        return False
    kept = keep(lines) if keep else (sorted(lines, key=order) if order else lines)[:most]
    used = [item for item in picks if any(line.get(plain_name(item.names[0])) not in (None, "") for line in kept)]
    rows = [Row(tuple(item.cell(line) for item in used)) for line in kept]
    section, name = place
    of = f"{len(kept)} of {len(lines):,} rows, " if len(kept) < len(lines) else ""
    beside = (f"  ({of}in full ", see(f"every-{section}-{name}"), ")")
    doc.table(f"told-{section}-{name}", caption, [item.column() for item in used], rows, 7, beside)
    return True


def falling(*names: str) -> Order:
    """Sort key: the largest of these columns first; rows without a figure last."""

    def key(line: Line) -> float:
        found = [value for name in names if (value := number(line.get(plain_name(name)))) is not None]
        return -found[0] if found else float("inf")

    return key


def rising(name: str) -> Order:
    """Sort key: the smallest first; rows without a figure last."""

    def key(line: Line) -> float:
        found = number(line.get(plain_name(name)))
        return float("inf") if found is None else found

    return key
