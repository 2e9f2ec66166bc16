"""From a model's answers to decisions, by the same rules as recorded ones (cases.py)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.cases import positive_decisions
from audits.engine.frame import Column, Floats, Mask, canonical_text
from audits.engine.model import answer_columns, answer_names
from audits.engine.spec import AuditSpec
from audits.interface import Interface


@dataclass(frozen=True)
class Decider:
    """What the registered specification decides on answers of this interface."""

    spec: AuditSpec
    interface: Interface

    @property
    def why_not(self) -> str | None:
        """Why the model's answers decide nothing; None when they do."""
        column = self.spec.decision.column
        if column in answer_names(self.interface):
            return None
        return f"The decision is read from column {column!r}, which the model does not answer."

    def column(self, answers: Floats) -> Column:
        """The column that decides, as these answers fill it."""
        found = {column.name: column for column in answer_columns(answers, self.interface)}
        return found[self.spec.decision.column]

    def differ(self, first: Column, second: Column) -> Mask:
        """Rows whose decision is another one; for a forecast, whose number moves by more than the tolerance."""
        if self.spec.decides:
            return np.asarray(positive_decisions(self.spec, first) ^ positive_decisions(self.spec, second))
        if self.spec.task == "multiclass":
            return np.asarray(_texts(first) != _texts(second))
        return np.asarray(np.abs(first.numbers() - second.numbers()) > float(str(self.spec.tolerance)))

    def words(self, column: Column) -> Iterator[str]:
        """Each decision as text for a table."""
        if self.spec.decides:
            yield from np.where(positive_decisions(self.spec, column), "positive", "negative")
        elif self.spec.task == "multiclass":
            yield from _texts(column)
        else:
            yield from (f"{value:.6g}" for value in column.numbers())


def _texts(column: Column) -> NDArray[Any]:
    names = np.array([canonical_text(name) for name in column.groups.names] + [""], dtype=object)
    return np.asarray(names[column.groups.codes])
