"""The global tables of an explanation: importance, direction, groups, beeswarm."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.attribution.explaining import Explained
from audits.engine.attribution.summary import Importance, mean_interval, spearman
from audits.engine.frame import Column, Floats, Frame
from audits.engine.groups import NOT_STATED, limited_groups
from audits.engine.result import Table
from audits.engine.verdicts import Judge
from audits.interface import Interface

BEESWARM_FEATURES, BEESWARM_ROWS, GROUP_FEATURES = 10, 200, 10


@dataclass(frozen=True)
class Told:
    """An explanation with its summary, over a frame whose columns include the inputs."""

    found: Explained
    importance: Importance
    frame: Frame
    interface: Interface

    @property
    def names(self) -> tuple[str, ...]:
        return self.interface.columns

    def column(self, place: int) -> Column:
        """The cells of one input in the explained rows."""
        return self.frame.columns[self.names[place]].take(self.found.rows)

    def numeric(self, place: int) -> bool:
        return self.interface.inputs[place].how == "number"


def importance_table(told: Told) -> Table:
    """Every input by rank."""
    found = told.importance
    rows = tuple(
        (
            told.names[i],
            float(found.mean[i]),
            float(found.low[i]),
            float(found.high[i]),
            float(found.share[i]),
            int(found.rank[i]),
            int(found.rank_low[i]),
            int(found.rank_high[i]),
        )
        for i in found.order
    )
    return Table(("feature", "mean absolute", "low", "high", "share", "rank", "rank low", "rank high"), rows)


def direction_table(told: Told) -> Table:
    """Whether more of a number goes with a larger contribution; inputs that do not vary are left out."""
    rows = []
    for i in told.importance.order:
        if told.numeric(i):
            values = told.column(i).numbers()
            present = ~np.isnan(values)
            found = spearman(values[present], told.found.contributions[present, i])
            rows += [] if found is None else [(told.names[i], found, int(present.sum()))]
    return Table(("feature", "spearman of value and contribution", "n"), tuple(rows))


def group_tables(told: Told, judge: Judge) -> dict[str, Table]:
    """For each registered attribute the leading inputs' contributions by group, rows that state none included."""
    return {f"by {item.name}": _group_table(told, item.column, judge) for item in judge.spec.attributes}


def _group_table(told: Told, column: str, judge: Judge) -> Table:
    groups = limited_groups(told.frame, column, "attributes", judge.suite)
    codes = groups.codes[told.found.rows]
    rows = []
    for i in told.importance.order[:GROUP_FEATURES]:
        part = told.found.contributions[:, i]
        for code, name in enumerate((*groups.names, NOT_STATED)):
            inside = part[codes == (code if code < len(groups.names) else -1)]
            rows += [_group_row(told.names[i], name, inside, judge)] if len(inside) else []
    return Table(("feature", "group", "n", "mean absolute", "low", "high", "mean"), tuple(rows))


def _group_row(feature: str, group: str, part: Floats, judge: Judge) -> tuple[Any, ...]:
    around = mean_interval(np.abs(part), judge.suite.confidence)
    low, high = (None, None) if around is None else (max(0.0, around.low), around.high)
    return (feature, group, len(part), float(np.abs(part).mean()), low, high, float(part.mean()))


def beeswarm_table(told: Told, rng: np.random.Generator) -> Table:
    """The leading inputs in some rows: the cell, its place among the explained rows' cells from 0 to 1 (numbers only)
    and the contribution."""
    count = len(told.found.rows)
    chosen = np.sort(rng.choice(count, size=min(count, BEESWARM_ROWS), replace=False))
    rows = []
    for i in told.importance.order[:BEESWARM_FEATURES]:
        column, contributions = told.column(i), told.found.contributions[:, i]
        cells = cells_of(column, chosen)
        positions = _positions(column, told.numeric(i))[chosen]
        for cell, position, part in zip(cells, positions, contributions[chosen], strict=True):
            rows.append((told.names[i], cell, None if np.isnan(position) else float(position), float(part)))
    return Table(("feature", "value", "position", "contribution"), tuple(rows))


def _positions(column: Column, numeric: bool) -> Floats:
    """Mid-rank of each number between 0 and 1; NaN for categories and empty cells."""
    found = np.full(len(column.values), np.nan)
    if numeric:
        values = column.numbers()
        present = ~np.isnan(values)
        found[present] = (stats.rankdata(values[present]) - 0.5) / max(1, present.sum())
    return found


def cells_of(column: Column, places: NDArray[np.int64]) -> list[Any]:
    """The cells at these places as a table holds them: numbers, text, or None where null."""
    found: list[Any] = []
    for place in places:
        value = column.values[place]
        if column.null[place]:
            found.append(None)
        elif column.kind == "category":
            found.append(column.categories[int(value)])
        else:
            found.append(str(value) if column.kind == "time" else value.item())
    return found
