"""Columns that tell an audit nothing, or less than they seem to: empty, the same in every row, no numbers, too many
values. Each is said once here, so that no check has to fail over it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.frame import Column, Frame
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.suite import Severity
from audits.engine.verdicts import Judge

ODD, ODD_TITLE = "data.odd_columns", "Columns that tell nothing, or less than they seem to"

# What may be wrong with a column: how grave it is, and the words of the finding.
WRONG: Mapping[str, tuple[Severity, str, str]] = {
    "empty": (
        "medium",
        "Columns without any value",
        "Nothing can be measured by them. Send the values.",
    ),
    "no numbers": (
        "high",
        "Cells that are no finite numbers where only numbers can be",
        "They are left out: a row without a deciding number counts as undecided. Send finite numbers, or empty cells.",
    ),
    "constant": ("low", "Columns that are the same in every row", "Nothing can depend on them in these rows."),
    "many values": (
        "low",
        "Columns of very many different values",
        "Groups and slices of single rows tell nothing. Send them in bands.",
    ),
}


@dataclass(frozen=True)
class ColumnsPlan:
    """many: different texts of a column from which it is told."""

    many: int


def measure(frame: Frame, names: set[str], left_out: Mapping[str, int], judge: Judge, plan: ColumnsPlan) -> Part:
    """One check, the table "columns", and a finding for each thing that is wrong, naming the columns."""
    looked = [_looked(frame.columns[name], left_out.get(name, 0), plan) for name in sorted(names & set(frame.columns))]
    wrong = [(row[0], what) for row in looked for what in str(row[5]).split(", ") if what]
    odd = len({name for name, _ in wrong})
    sentence = f"{odd:,} of {words.count(len(looked), 'column')} tell nothing, or less than they seem to."
    check: Check = judge.check(ODD, ODD_TITLE, odd, None, sentence, len(looked), method="every named column")
    columns = ("column", "kind", "empty cells", "different values", "cells left out", "what is wrong")
    findings = tuple(_findings(wrong, left_out))
    return Part((check,), {"columns": Table(columns, tuple(looked))}, judge.findings((check,)) + findings)


def _looked(column: Column, left_out: int, plan: ColumnsPlan) -> tuple[str, str, int, int, int, str]:
    values, empty = _different(column), int(column.absent.sum())
    wrong = []
    if empty == len(column.values):
        wrong.append("empty")
    elif values == 1 and not empty:
        wrong.append("constant")
    if left_out:
        wrong.append("no numbers")
    if column.kind == "category" and values >= plan.many:
        wrong.append("many values")
    return column.name, column.kind, empty, values, left_out, ", ".join(wrong)


def _different(column: Column) -> int:
    """Different cells; a picture is one."""
    if column.kind == "image":
        return len({cell.tobytes() for cell in column.values[~column.absent]})
    return len(np.unique(column.values[~column.absent]))


def _findings(wrong: list[tuple[str, str]], left_out: Mapping[str, int]) -> list[Finding]:
    found = []
    for what, (severity, title, remedy) in WRONG.items():
        named = [name for name, each in wrong if each == what]
        if named:
            cells = f" ({sum(left_out.values()):,} cells)" if what == "no numbers" else ""
            listed = ", ".join(named[:12]) + (" ..." if len(named) > 12 else "")
            found.append(
                Finding(severity, f"{title}: {listed}"[:200], f"{title}{cells}: {listed}. {remedy}", ODD, what)
            )
    return found
