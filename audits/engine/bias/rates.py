"""The metrics of a group, and how far each lies from that of all other rows (DOMAIN 2.8; Hardt et al. 2016).

Every metric is k of n. The calibration gap is the mean stated probability less the share that came true: the scores are
taken as they are, so its interval is that of the share (a sum of unequal chances spreads less than equal ones do:
Hoeffding 1956), and it is exact too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from audits.engine.bias.cells import Cells, Way
from audits.engine.bias.intervals import EXACT, NEWCOMBE, Difference, Floats, Ints, Sides, difference, exact, sides
from audits.engine.result import Table


class Measure(NamedTuple):
    """k and n by names of counts; `what` completes "of 100 <who>, 9 <what>". `tested`: pairs of groups are compared by
    it; a complement of another (FDR of PPV) would only say the same again."""

    key: str
    title: str
    k: tuple[str, ...]
    n: tuple[str, ...]
    who: str
    what: str
    tested: bool = True


EVENTS, OTHERS = ("tp", "fn"), ("fp", "tn")
MEASURES: tuple[Measure, ...] = (
    Measure("selection_rate", "Selection rate", ("selected",), ("decided",), "decisions", "are favourable"),
    Measure(
        "true_positive_rate", "True-positive rate", ("tp",), EVENTS, "cases with the event", "are decided positive"
    ),
    Measure(
        "false_positive_rate", "False-positive rate", ("fp",), OTHERS, "cases without the event", "are decided positive"
    ),
    Measure("miss_rate", "False-negative rate", ("fn",), EVENTS, "cases with the event", "are missed", False),
    Measure(
        "false_discovery_rate",
        "False-discovery rate",
        ("fp",),
        ("tp", "fp"),
        "positive decisions",
        "show no event",
        False,
    ),
    Measure(
        "false_omission_rate",
        "False-omission rate",
        ("fn",),
        ("fn", "tn"),
        "negative decisions",
        "show the event",
        False,
    ),
    Measure(
        "positive_predictive_value",
        "Positive predictive value",
        ("tp",),
        ("tp", "fp"),
        "positive decisions",
        "show the event",
    ),
    Measure(
        "negative_predictive_value",
        "Negative predictive value",
        ("tn",),
        ("fn", "tn"),
        "negative decisions",
        "show no event",
    ),
    Measure("accuracy", "Accuracy", ("correct",), ("labelled",), "audited decisions", "are right"),
    Measure("harmful_error", "Harmful errors", ("harm",), ("labelled",), "audited decisions", "harm"),
    Measure("calibration_gap", "Calibration gap", ("came_true",), ("stated",), "stated probabilities", "are too high"),
    Measure("scoring_rate", "Scoring rate", ("past_median",), ("scored",), "scores", "lie past the median", False),
)
BY_KEY: Mapping[str, Measure] = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True)
class Group:
    """One metric in every group of a way ("not stated" last), and in the rows outside each group.

    `shift` and `other_shift` are mean stated probabilities, from which the calibration gap takes its share away; None
    for every other metric.
    """

    measure: Measure
    way: Way
    k: Ints
    n: Ints
    other_k: Ints
    other_n: Ints
    shift: Floats | None = None
    other_shift: Floats | None = None

    def sides(self, confidence: float) -> Sides:
        """The groups' values for differences between groups."""
        return shifted(sides(self.k, self.n, confidence), self.shift)

    def other_sides(self, confidence: float) -> Sides:
        return shifted(sides(self.other_k, self.other_n, confidence), self.other_shift)

    def gap(self, confidence: float) -> Difference:
        """Each group less all other rows."""
        return difference(self.sides(confidence), self.other_sides(confidence))


def shifted(found: Sides, shift: Floats | None) -> Sides:
    """`shift` less the rates, bounds turned round with them; the rates themselves where there is no shift."""
    if shift is None:
        return found
    return Sides(
        shift - found.value,
        shift - found.score_high,
        shift - found.score_low,
        shift - found.exact_high,
        shift - found.exact_low,
        found.solid,
    )


def measured(way: Way, cells: Cells) -> Iterator[Group]:
    """Every metric that the task has, in the order of MEASURES."""
    for measure in MEASURES:
        if all(name in way.counts for name in (*measure.k, *measure.n)):
            yield group_of(measure, way, cells)


def group_of(measure: Measure, way: Way, cells: Cells) -> Group:
    k, n = way.totals(measure.k), way.totals(measure.n)
    other_k, other_n = cells.total(measure.k) - k, cells.total(measure.n) - n
    if measure.key != "calibration_gap":
        return Group(measure, way, k, n, other_k, other_n)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift, other = way.stated / n, (cells.stated.sum() - way.stated) / other_n
    return Group(measure, way, k, n, other_k, other_n, shift, other)


COLUMNS = (
    "grouping",
    "group",
    "metric",
    "rows",
    "k",
    "n",
    "value",
    "low",
    "high",
    "others n",
    "others value",
    "gap",
    "gap low",
    "gap high",
    "gap method",
)


def groups_table(groups: list[Group], confidence: float) -> Table:
    """One row a grouping, metric and group: the rate with its exact interval, and group less all other rows."""
    return Table(COLUMNS, tuple(row for group in groups for row in _rows(group, confidence)))


def _rows(group: Group, confidence: float) -> Iterator[tuple[Any, ...]]:
    around = exact(group.k, group.n, confidence)
    value, low, high = around if group.shift is None else (group.shift - each for each in (around[0], *around[:0:-1]))
    gap, others = group.gap(confidence), group.other_sides(confidence).value
    for i, name in enumerate(group.way.names):
        if group.way.rows[i] == 0:
            continue
        compared = group.n[i] > 0 and group.other_n[i] > 0
        yield (
            group.way.name,
            name,
            group.measure.title,
            int(group.way.rows[i]),
            int(group.k[i]),
            int(group.n[i]),
            *(number(each[i]) for each in (value, low, high)),
            int(group.other_n[i]),
            number(others[i]),
            *((number(gap.value[i]), number(gap.low[i]), number(gap.high[i])) if compared else (None, None, None)),
            (NEWCOMBE if gap.approximate[i] else EXACT) if compared else None,
        )


def number(value: Any) -> float | None:
    """A figure for a table; None where there is none."""
    return float(value) if np.isfinite(value) else None
