"""The audit's own tables on paper: a figure and its bounds in one column, shares in percent, wide ones in parts."""

from collections.abc import Sequence
from typing import Any

from core.pdf.document import Document
from core.pdf.figures import general, share
from core.pdf.tables import VERDICTS, Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.exhibits import MOST_ROWS, heading, interval_words, probability, rest_line, said_plainly
from reports.quarterly.folding import confusion_folded, missing_folded
from reports.quarterly.reading import Source, number, plain_name, section_tables

WIDE = 425.0  # points; what all columns of a table may take together
LETTER = 3.9  # points; a letter of a table, about
SHARE_WORDS = ("rate", "share", "error", "observed")
UNQUANTIFIED = frozenset({"seed", "row", "year"})  # names for things, not quantities
FOLDS = {"missing": missing_folded, "confusion": confusion_folded}
VERDICT_WORDS = {word.replace("_", " "): word for word in VERDICTS}


def audit_tables(doc: Document, report: Source, family: str, only: Sequence[str]) -> None:
    """These tables of a family, whole; what else it has stands in the appendix."""
    for name, table in section_tables(report, family):
        if name not in only:
            continue
        told, caption = told_as(family, name, table)
        audit_table(doc, f"{family}-{name}", caption, told)


def told_as(family: str, name: str, table: Source) -> tuple[Source, str]:
    """A table folded to what tells something, and its caption."""
    told = FOLDS[name](table) if name in FOLDS else table
    errors = ", wrong decisions alone" if len(told["columns"]) < len(table["columns"]) else ""
    return told, f"{heading(family)}: {shown(name, 80).replace('_', ' ')}{errors}"


def audit_table(doc: Document, key: str, caption: str, table: Source, most: int = MOST_ROWS) -> None:
    """One of the audit's tables as it came, a figure and its two bounds in one column; figures right, words left.

    A table too wide for the paper is set in parts, each with the columns that name a row.
    """
    names = [str(name) for name in table["columns"]]
    kept = [(list(row) + [None] * len(names))[: len(names)] for row in table["rows"][:most]]
    said_once = once(names, kept)
    columns: list[Column] = []
    cells: list[Sequence[Cell]] = []
    place = 0
    while place < len(names):
        taken = 3 if bounded(names, place) else 1
        if kept and all(row[place] in (None, "") for row in kept):
            place += taken
            continue
        said = heading(shown(names[place], 60)) + (" (interval)" if taken == 3 else "")
        shares = is_share_column(names[place], [row[place] for row in kept])
        columns.append(Column(said, all(is_figure(row[place]) for row in kept)))
        cells.append([table_cell(row[place : place + taken], names[place], shares) for row in kept])
        place += taken
    left: list[str] = []
    if sum(map(room_of, columns, cells)) > WIDE:
        columns, cells, left = without_methods(columns, cells)
    parts = parted(columns, cells)
    for index, part in enumerate(parts):
        of = f" (part {index + 1} of {len(parts)})" if len(parts) > 1 else ""
        rows = [Row(tuple(cells[at][line] for at in part)) for line in range(len(kept))]
        doc.table(key + (f"-{index + 1}" if index else ""), caption + of, [columns[at] for at in part], rows)
    rest_line(doc, len(table["rows"]), most)
    if left:
        doc.say(f"Left to the stored result: {', '.join(left).lower()}.", size=7.4, colour="slate")
    for name, text in said_once:
        doc.say(f"{heading(name)}: {text.rstrip('.')}.", size=7.4, colour="slate")


def without_methods(
    columns: Sequence[Column], cells: Sequence[Sequence[Cell]]
) -> tuple[list[Column], list[Sequence[Cell]], list[str]]:
    """A wide table without the columns that name a method row by row, and the titles of these."""
    kept = [place for place, column in enumerate(columns) if not column.title.lower().endswith("method")]
    left = [column.title for place, column in enumerate(columns) if place not in kept]
    return [columns[place] for place in kept], [cells[place] for place in kept], left


def parted(columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> list[list[int]]:
    """The columns of each part: all in one where they fit, else some, behind those that name the rows."""
    wide = [room_of(column, told) for column, told in zip(columns, cells, strict=True)]
    if sum(wide) <= WIDE:
        return [list(range(len(columns)))]
    figures = next((place for place, column in enumerate(columns) if column.right), 1)
    lead = list(range(max(1, min(figures, 3))))
    parts, room = [list(lead)], WIDE - sum(wide[at] for at in lead)
    for place in range(len(lead), len(columns)):
        if wide[place] > room and parts[-1] != lead:
            parts.append(list(lead))
            room = WIDE - sum(wide[at] for at in lead)
        parts[-1].append(place)
        room -= wide[place]
    return parts


def room_of(column: Column, told: Sequence[Cell]) -> float:
    """About the points that a column asks for: its longest word, and a figure with its bounds in one line."""
    texts = [
        cell if isinstance(cell, str) else "".join(getattr(part, "text", "") for part in cell) for cell in _spans(told)
    ]
    longest = max((len(word) for text in texts for word in text.split()), default=1)
    whole_line = max((len(text) for text in texts), default=1)
    head = max(len(word) for word in column.title.split() or ["-"])
    letters = max(head, whole_line) if column.right else max(head, longest, min(whole_line, 22))
    return min(letters, 34) * LETTER + 8


def _spans(told: Sequence[Cell]) -> list[Any]:
    return [(cell,) if isinstance(cell, Span) else cell for cell in told]


def once(names: list[str], rows: list[list[Any]]) -> list[tuple[str, str]]:
    """Takes out the last column when it says the same long words wherever it says any; they are said once below.

    Where only some rows say them, these point there.
    """
    said = {row[-1] for row in rows if row[-1] not in (None, "")}
    text = next(iter(said)) if len(said) == 1 else None
    if len(names) < 2 or not isinstance(text, str) or len(text) < 40:
        return []
    if any(row[-1] != text for row in rows):
        for row in rows:
            row[-1] = "see below" if row[-1] == text else ""
        return [(names[-1], shown(text))]
    name = names.pop()
    for row in rows:
        row.pop()
    return [(name, shown(text))]


def bounded(names: Sequence[str], place: int) -> bool:
    """Whether the next two columns are the lower and upper bound of this one."""
    after = [plain_name(name) for name in names[place + 1 : place + 3]]
    own = plain_name(names[place]) not in {"lower bound", "n", "k"}
    return own and len(after) == 2 and after[0].endswith("low") and after[1].endswith("high")


def is_figure(value: Any) -> bool:
    """Whether a cell stands right: numbers and blanks."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def is_share_column(name: str, values: Sequence[Any]) -> bool:
    """Whether a column's figures are shares, to be printed in percent."""
    figures = [value for value in values if is_figure(value) and value is not None]
    named = any(word in plain_name(name) for word in SHARE_WORDS) and not is_p(name)
    return named and bool(figures) and all(abs(value) <= 1 for value in figures)


def is_p(name: str) -> bool:
    """Whether a column holds p-values: "p", "Holm p", "errors: p (Holm)"."""
    return plain_name(name).removesuffix(" (holm)").split(" ")[-1] == "p" or plain_name(name) == "p holm"


def table_cell(values: Sequence[Any], name: str, shares: bool) -> Cell:
    """A cell of the audit's table: verdict words get their shape, shares their percent, bounds their brackets."""
    value = values[0]
    if isinstance(value, str):
        known = VERDICT_WORDS.get(value.replace("_", " "))
        return verdict(known) if known and plain_name(name) in {"verdict", "state"} else said_plainly(value)
    if plain_name(name) in UNQUANTIFIED:
        return shown(value)
    if is_p(name) and number(value) is not None:
        return probability(value)
    wording = share if shares and not isinstance(value, bool) else general
    if len(values) == 1 or any(not is_figure(item) or item is None for item in values):
        return wording(value) if value is not None else "–"
    return interval_words(value, values[1], values[2], wording)
