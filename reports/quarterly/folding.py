"""Tables with a line for every column or class, folded to the lines that tell something. Portal and paper read them."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

Table = Mapping[str, Any]
MOST_CLASSES = 10  # of a confusion matrix that still stands on paper
ALIKE = 12  # as many inputs in a row that reach the model in the same way are told in one line


def missing_folded(table: Table) -> dict[str, Any]:
    """column, missing, rows, share: the columns with missing cells, most first, and all others in one line."""
    holed = sorted((row for row in table["rows"] if row[1]), key=lambda row: -row[1])
    whole = [row for row in table["rows"] if not row[1]]
    if len(whole) < 2:
        return {**table, "rows": [*holed, *whole]}
    name = f"{'the other' if holed else 'all'} {len(whole):,} columns"
    return {**table, "rows": [*holed, [name, 0, whole[0][2], 0.0]]}


def flips_folded(table: Table) -> dict[str, Any]:
    """family, column, rows touched, flipped: the columns with flips, most first, then each family's others in a line.

    Columns that no row of the family touched are left out.
    """
    touched = [row for row in table["rows"] if row[2]]
    flipped = sorted((row for row in touched if row[3]), key=lambda row: -row[3])
    still: dict[str, list[Sequence[Any]]] = {}
    for row in touched:
        if not row[3]:
            still.setdefault(row[0], []).append(row)
    return {**table, "rows": [*flipped, *(_still(family, rows) for family, rows in still.items())]}


def _still(family: str, rows: list[Sequence[Any]]) -> Sequence[Any]:
    if len(rows) == 1:
        return rows[0]
    return [family, f"{len(rows):,} columns without a flip", sum(row[2] for row in rows), 0]


def confusion_folded(table: Table) -> dict[str, Any]:
    """A matrix of many classes as its errors: true class, decision, rows, most rows first; a small one as it is."""
    names = table["columns"][1:]
    if len(names) <= MOST_CLASSES:
        return dict(table)
    errors = [
        [row[0], name, count]
        for row in table["rows"]
        for name, count in zip(names, row[1:], strict=True)
        if count and name != row[0]
    ]
    return {"columns": ["true class", "decision", "rows"], "rows": sorted(errors, key=lambda row: -row[2])}


def inputs_folded(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """(column, how it arrives, ...): many neighbours that arrive alike become one line, first to last."""
    told: list[tuple[str, ...]] = []
    for same, group in groupby(rows, key=lambda row: row[1:]):
        found = list(group)
        if len(found) < ALIKE:
            told += found
        else:
            told.append((f"{found[0][0]} to {found[-1][0]}, {len(found):,} columns", *same))
    return told
