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
from audits.interface import Interface, Part

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
        return tuple(part.name for part in self.interface.parts)

    def numeric(self, place: int) -> bool:
        """Whether the part is one input of amounts."""
        inputs = [self.interface.inputs[i] for i in self.interface.parts[place].places]
        return len(inputs) == 1 and inputs[0].measures

    def column(self, place: int) -> Column:
        """The cells of a part that is one input, in the explained rows."""
        first = self.interface.parts[place].places[0]
        return self.frame.columns[self.interface.columns[first]].take(self.found.rows)

    def cells(self, place: int, rows: NDArray[np.int64]) -> list[Any]:
        """What a table shows of a part at these explained rows."""
        return part_cells(self.interface.parts[place], self.interface, self.frame, self.found.rows[rows])


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
    groups = limited_groups(told.frame, column, "attributes", judge)
    codes = groups.codes[told.found.rows]
    rows = []
    for i in told.importance.order[:GROUP_FEATURES]:
        part = told.found.contributions[:, i]
        for code, name in enumerate((*groups.names, NOT_STATED)):
            inside = part[codes == (code if code < len(groups.names) else -1)]
            rows += [_group_row(told.names[i], name, inside, judge)] if len(inside) >= judge.least_told else []
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
        contributions, cells = told.found.contributions[:, i], told.cells(i, chosen)
        positions = _positions(told, i)[chosen]
        for cell, position, part in zip(cells, positions, contributions[chosen], strict=True):
            rows.append((told.names[i], cell, None if np.isnan(position) else float(position), float(part)))
    return Table(("feature", "value", "position", "contribution"), tuple(rows))


def _positions(told: Told, place: int) -> Floats:
    """Mid-rank of each number between 0 and 1; NaN for categories, parts of several inputs and empty cells."""
    found = np.full(len(told.found.rows), np.nan)
    if told.numeric(place):
        values = told.column(place).numbers()
        present = ~np.isnan(values)
        found[present] = (stats.rankdata(values[present]) - 0.5) / max(1, present.sum())
    return found


def part_cells(part: Part, interface: Interface, frame: Frame, rows: NDArray[np.int64]) -> list[Any]:
    """The cells of a part that is one input; of another, how many inputs it is."""
    if len(part.places) > 1:
        return [f"{len(part.places):,} inputs"] * len(rows)
    return cells_of(frame.columns[interface.columns[part.places[0]]], rows)


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
