"""One figure for a whole grouping, as fairlearn and AIF360 define them, each with an interval.

Largest less smallest value: the intervals of all pairs hold together (Bonferroni), so the largest of their lower ends
and the largest of their upper ends hold for the largest difference, whichever pair makes it. Ratios of the smallest to
the largest value come from exact bounds of all groups that hold together.
Against all other rows: Newcombe and Katz where both sides are large, exact bounds of both sides else; a mean of two
differences by Zou and Donner 2008 (each half-width squared, added up).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from audits.engine.bias.benefit import between_groups, theil
from audits.engine.bias.cells import Cells, Way
from audits.engine.bias.intervals import EXACT, NEWCOMBE, Difference, Floats, difference, exact, ratio
from audits.engine.bias.rates import BY_KEY, Group, group_of, number
from audits.engine.bounds import Interval
from audits.engine.result import Table
from audits.engine.spec import AuditSpec

PAIRS, TOGETHER = "all pairs together (Bonferroni)", "exact bounds of all groups together"
NEAR = {"Disparate impact ratio": "Katz", "Average odds difference": "Newcombe, Zou-Donner"}
ODDS = ("true_positive_rate", "false_positive_rate")


class Figure(NamedTuple):
    """One figure of a grouping; `between` names the groups that make it."""

    key: str
    title: str
    value: float
    interval: Interval | None
    n: int
    groups: int
    between: str
    method: str


@dataclass(frozen=True)
class _Spread:
    """Largest and smallest value of one metric among the groups that have one."""

    group: Group
    low: float
    high: float
    interval: Interval
    ratio: float
    ratio_interval: Interval
    between: str


def figures(way: Way, cells: Cells, spec: AuditSpec, confidence: float) -> Iterator[Figure]:
    """Demographic parity, equal opportunity, equalized odds (differences and ratios) and the between-group Theil index;
    only for yes/no decisions, and for groupings of two groups or more."""
    if not spec.decides or len(way.names) < 3:
        return
    selected = _spread(group_of(BY_KEY["selection_rate"], way, cells), confidence)
    if selected is not None:
        yield _difference("demographic_parity_difference", "Demographic parity difference", [selected])
        yield from _ratio("demographic_parity_ratio", "Demographic parity ratio", [selected])
    rates = [group_of(BY_KEY[key], way, cells) for key in ODDS]
    single = _spread(rates[0], confidence)
    if single is not None:
        yield _difference("equal_opportunity_difference", "Equal opportunity difference", [single])
    both = [_spread(rate, 1 - (1 - confidence) / 2) for rate in rates]
    odds = [each for each in both if each is not None]
    if len(odds) == 2:
        yield _difference("equalized_odds_difference", "Equalized odds difference", odds)
        yield from _ratio("equalized_odds_ratio", "Equalized odds ratio", odds)
    yield from _benefits(way, spec, confidence)


def _spread(group: Group, confidence: float) -> _Spread | None:
    there = np.flatnonzero(group.n[:-1] > 0)
    if len(there) < 2:
        return None
    count = len(there) * (len(there) - 1) // 2
    found = group.sides(1 - (1 - confidence) / count)[there]
    first, second = np.triu_indices(len(there), 1)
    gap = difference(found[first], found[second])
    surest = float(max(0.0, np.maximum(gap.low, -gap.high).max()))
    most = float(min(1.0, np.maximum(gap.high, -gap.low).max()))
    together = exact(group.k[there], group.n[there], 1 - (1 - confidence) / len(there))
    values = found.value
    top, bottom = int(values.argmax()), int(values.argmin())
    names = [group.way.names[there[place]] for place in (top, bottom)]
    return _Spread(
        group,
        float(values[bottom]),
        float(values[top]),
        Interval(surest, most),
        float(values[bottom] / values[top]) if values[top] > 0 else float("nan"),
        _ratio_interval(together.low, together.high),
        f"highest {names[0]}, lowest {names[1]}" if top != bottom else "all groups alike",
    )


def _ratio_interval(low: Floats, high: Floats) -> Interval:
    """min/max of rates that lie, all together, between these bounds."""
    largest_low = float(low.max())
    upper = min(1.0, float(high.min()) / largest_low) if largest_low > 0 else 1.0
    return Interval(float(low.min()) / float(high.max()), upper)


def _difference(key: str, title: str, spreads: list[_Spread]) -> Figure:
    worst = max(spreads, key=lambda each: each.high - each.low)
    low, high = (max(getattr(each.interval, end) for each in spreads) for end in ("low", "high"))
    return _figure(key, title, worst.high - worst.low, Interval(low, high), spreads, worst, PAIRS)


def _ratio(key: str, title: str, spreads: list[_Spread]) -> Iterator[Figure]:
    """The smallest ratio; none where no group has the rate at all, since 0 of 0 is no ratio."""
    told = [each for each in spreads if each.high > 0]
    if len(told) < len(spreads):
        return
    worst = min(told, key=lambda each: each.ratio)
    low, high = (min(getattr(each.ratio_interval, end) for each in told) for end in ("low", "high"))
    yield _figure(key, title, worst.ratio, Interval(low, high), spreads, worst, TOGETHER)


def _figure(
    key: str, title: str, value: float, around: Interval, spreads: list[_Spread], worst: _Spread, method: str
) -> Figure:
    n = sum(int(each.group.n[:-1].sum()) for each in spreads)
    groups = int((worst.group.n[:-1] > 0).sum())
    between = worst.between if len(spreads) == 1 else f"{worst.group.measure.title.lower()}: {worst.between}"
    return Figure(key, title, value, around, n, groups, between, method)


def _benefits(way: Way, spec: AuditSpec, confidence: float) -> Iterator[Figure]:
    if spec.favourable_decision is None:
        return
    more, less = benefit_counts(way.counts, spec)
    n = way.counts["labelled"]
    found = between_groups(more[:-1], less[:-1], n[:-1], confidence)
    if found is not None:
        value, interval, method = found
        groups = int((n[:-1] > 0).sum())
        yield Figure(
            "between_group_theil", "Between-group Theil index", value, interval, int(n[:-1].sum()), groups, "", method
        )


def benefit_counts(counts: Any, spec: AuditSpec) -> tuple[Any, Any]:
    """Rows that got the favourable decision without deserving it by the outcome, and those that deserved and did not
    get it (AIF360: benefit 2 and 0; everybody else 1)."""
    names = ("fp", "fn") if spec.favourable_decision == "positive" else ("fn", "fp")
    return counts[names[0]], counts[names[1]]


def whole_theil(cells: Cells, spec: AuditSpec, confidence: float) -> Figure | None:
    """The Theil index of benefits over all audited rows; None where the task has no favourable decision."""
    if not spec.decides or spec.favourable_decision is None:
        return None
    more, less = (int(each.sum()) for each in benefit_counts(cells.counts, spec))
    n = cells.total(("labelled",))
    found = theil(more, less, n, confidence)
    if found is None:
        return None
    value, interval, method = found
    return Figure("theil", "Theil index of benefits", value, interval, n, 1, "", method)


COLUMNS = ("grouping", "measure", "value", "low", "high", "n", "groups", "between", "method")


def parity_table(found: list[tuple[str, Figure]]) -> Table:
    """One row a grouping and figure."""
    return Table(COLUMNS, tuple(_figure_row(name, each) for name, each in found))


def _figure_row(name: str, each: Figure) -> tuple[Any, ...]:
    low, high = (each.interval.low, each.interval.high) if each.interval else (None, None)
    return (name, each.title, number(each.value), low, high, each.n, each.groups, each.between, each.method)


def against_others(way: Way, cells: Cells, confidence: float) -> Iterator[tuple[Any, ...]]:
    """For each group against all other rows, as AIF360 names them: difference and ratio of selection rates (statistical
    parity, disparate impact), difference of true-positive rates (equal opportunity), and the mean of that and of the
    difference of false-positive rates (average odds)."""
    selected = group_of(BY_KEY["selection_rate"], way, cells)
    yield from _others_rows(way, "Statistical parity difference", selected, selected.gap(confidence))
    tall, wide = selected.sides(confidence), selected.other_sides(confidence)
    impact = ratio(tall, wide, (selected.k, selected.other_k), (selected.n, selected.other_n), confidence)
    yield from _others_rows(way, "Disparate impact ratio", selected, impact)
    rates = [group_of(BY_KEY[key], way, cells) for key in ODDS]
    yield from _others_rows(way, "Equal opportunity difference", rates[0], rates[0].gap(confidence))
    yield from _others_rows(way, "Average odds difference", rates[0], average_odds(rates, confidence), rates[1])


def average_odds(rates: list[Group], confidence: float) -> Difference:
    """Half the sum of the two differences. The cases with the event and those without it are other rows."""
    near = [rate.gap(confidence) for rate in rates]
    far = [rate.gap(1 - (1 - confidence) / 2) for rate in rates]
    value = (near[0].value + near[1].value) / 2
    low = value - np.hypot(near[0].value - near[0].low, near[1].value - near[1].low) / 2
    high = value + np.hypot(near[0].high - near[0].value, near[1].high - near[1].value) / 2
    good = near[0].approximate & near[1].approximate
    return Difference(
        value,
        np.where(good, low, (far[0].low + far[1].low) / 2),
        np.where(good, high, (far[0].high + far[1].high) / 2),
        good,
    )


def _others_rows(
    way: Way, title: str, rate: Group, found: Difference, second: Group | None = None
) -> Iterator[tuple[Any, ...]]:
    for i, name in enumerate(way.names[:-1]):
        if not np.isfinite(found.value[i]):
            continue
        n = int(rate.n[i]) + (int(second.n[i]) if second else 0)
        others = int(rate.other_n[i]) + (int(second.other_n[i]) if second else 0)
        method = NEAR.get(title, NEWCOMBE) if found.approximate[i] else EXACT
        ends = number(found.low[i]), number(found.high[i])
        yield (way.name, name, title, float(found.value[i]), *ends, n, others, method)


OTHERS_COLUMNS = ("grouping", "group", "measure", "value", "low", "high", "n", "others n", "method")
