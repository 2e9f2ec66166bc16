"""Selection statistics of one attribute against its highest rate, and the tables papers print (DOMAIN 2.8, LL144)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from audits.engine.bounds import (
    Interval,
    Rate,
    cp_interval,
    difference_interval,
    difference_p,
    holm,
    pooled_z,
    ratio_interval,
)
from audits.engine.groups import METRICS, NOT_STATED, Gap, GroupCounts, gaps, measurable
from audits.engine.performance import wider
from audits.engine.result import Table
from audits.engine.verdicts import Judge

SIDE_RATES = ("false_positive_rate", "miss_rate", "true_positive_rate", "positive_predictive_value", "harmful_error")
SHORT = {
    "false_positive_rate": "FPR",
    "miss_rate": "FNR",
    "true_positive_rate": "TPR",
    "positive_predictive_value": "PPV",
    "harmful_error": "harmful error",
}


class Compared(NamedTuple):
    """One group's selection beside the reference group's; z > 0 when the group is selected less often."""

    group: str
    rate: Rate
    share: float
    ratio: float
    ratio_interval: Interval | None
    z: float
    p: float
    method: str
    gap: Interval
    shortfall: float


@dataclass(frozen=True)
class Selection:
    """The group with the highest rate among those with the least share of rows, and the others compared with it."""

    reference: str
    reference_rate: Rate
    others: dict[str, Compared]

    @property
    def lowest(self) -> Compared:
        return min(self.others.values(), key=lambda item: (item.ratio, item.group))

    @property
    def most_significant(self) -> Compared:
        return min(self.others.values(), key=lambda item: (-abs(item.z), item.group))

    @property
    def largest_shortfall(self) -> Compared:
        return min(self.others.values(), key=lambda item: (-item.shortfall, item.group))


def selection(counts: GroupCounts, judge: Judge) -> Selection | None:
    """Selection compared with the highest rate, among groups with at least the suite's share of rows; None when no
    group has it or nobody is selected."""
    rates = counts.rates(METRICS["selection_rate"])
    rows = sum(rate.n for rate in rates)
    named = dict(zip(counts.grouping.groups.names, rates[:-1], strict=True))
    large = {name: rate for name, rate in named.items() if rate.n > 0 and rate.n >= judge.suite.group_share * rows}
    if not large or all(rate.k == 0 for rate in large.values()):
        return None
    reference = min(large, key=lambda name: (-large[name].value, name))
    best = large[reference]
    others = {
        name: _compared(name, rate, best, rate.n / rows, judge) for name, rate in large.items() if name != reference
    }
    return Selection(reference, best, others)


def _compared(name: str, rate: Rate, best: Rate, share: float, judge: Judge) -> Compared:
    p, method = difference_p(best, rate)
    return Compared(
        name,
        rate,
        share,
        rate.value / best.value,
        ratio_interval(rate, best),
        pooled_z(best, rate),
        p,
        method,
        difference_interval(best, rate, judge.suite.z),
        share * (best.value - rate.value),
    )


def attribute_table(counts: GroupCounts, judge: Judge) -> Table:
    """One row a group, "not stated" last: selection with ratio, z and p, then FPR, FNR, TPR, PPV, harmful error."""
    shown = [name for name in SIDE_RATES if measurable(counts, METRICS[name])]
    columns = ["group", "n", "share", "eligible"]
    columns += ["favourable", "selection rate", "selection low", "selection high", "ratio to highest", "ratio low"]
    columns += ["ratio high", "z", "p", "p method", "shortfall"]
    for name in shown:
        columns += [f"{SHORT[name]} {part}" for part in ("k", "n", "value", "low", "high")]
    columns += ["AUC", "AUC low", "AUC high", "scored n", "past median", "scoring rate", "scoring ratio"]
    chosen = selection(counts, judge) if "favourable" in counts.by_name else None
    groups = [*counts.grouping.groups.names, NOT_STATED]
    rows = (_group_row(counts, index, group, shown, chosen, judge) for index, group in enumerate(groups))
    return Table(tuple(columns), tuple(rows))


def _group_row(
    counts: GroupCounts, index: int, group: str, shown: list[str], chosen: Selection | None, judge: Judge
) -> tuple[Any, ...]:
    decided = counts.by_name["decided"]
    row: list[Any] = [
        group,
        int(decided[index]),
        float(decided[index] / decided.sum()),
        _eligible(counts, index, judge),
    ]
    row += _selection_cells(counts, index, group, chosen, judge)
    for name in shown:
        rate = counts.rates(METRICS[name])[index]
        row += [int(rate.k), int(rate.n), *_value_and_interval(rate, judge)]
    return (*row, *_ranking_cells(counts, index, judge))


def _eligible(counts: GroupCounts, index: int, judge: Judge) -> str:
    metric = METRICS.get(judge.spec.gap_metric, METRICS["harmful_error"])
    if not measurable(counts, metric):
        return "no"
    return "yes" if index in counts.eligible(metric, judge.suite) else "no"


def _selection_cells(counts: GroupCounts, index: int, group: str, chosen: Selection | None, judge: Judge) -> list[Any]:
    """Rate of the favourable decision, and how it compares with the highest; blank for groups that are not compared."""
    if "favourable" not in counts.by_name:
        return [None] * 11
    rate = counts.rates(METRICS["selection_rate"])[index]
    cells: list[Any] = [int(rate.k), *_value_and_interval(rate, judge)]
    if chosen is None or index == len(counts.grouping.groups.names):
        return [*cells, *[None] * 7]
    if group == chosen.reference:
        return [*cells, 1.0, None, None, None, None, "highest rate", 0.0]
    if group not in chosen.others:
        return [*cells, *[None] * 7]
    item = chosen.others[group]
    low, high = (item.ratio_interval.low, item.ratio_interval.high) if item.ratio_interval else (None, None)
    return [*cells, item.ratio, low, high, item.z, item.p, item.method, item.shortfall]


def _ranking_cells(counts: GroupCounts, index: int, judge: Judge) -> list[Any]:
    """AUC within the group, and its share of scores on the favourable side of the median, with its ratio (LL144)."""
    if "scored" not in counts.by_name:
        return [None] * 7
    area = counts.areas[index]
    around = wider(judge.auc_interval(area), counts.beyond) if area else None
    cells: list[Any] = [area.value if area else None, around.low if around else None, around.high if around else None]
    past, scored = counts.by_name["past_median"], counts.by_name["scored"]
    large = scored[:-1] >= max(1.0, judge.suite.group_share * float(scored.sum()))
    best = max((float(k / n) for k, n, yes in zip(past, scored, [*large, False], strict=True) if yes), default=0.0)
    rate = float(past[index] / scored[index]) if scored[index] else None
    compared = rate is not None and best > 0 and index < len(large) and bool(large[index])
    return [*cells, int(scored[index]), int(past[index]), rate, rate / best if rate is not None and compared else None]


def _value_and_interval(rate: Rate, judge: Judge) -> list[Any]:
    if rate.n == 0:
        return [None, None, None]
    interval = cp_interval(rate.k, rate.n, judge.suite.confidence)
    return [rate.value, interval.low, interval.high]


def gap_table(counts: GroupCounts, judge: Judge) -> Table:
    """Every rate's gap of every eligible group against all other eligible rows; Holm's p within this table."""
    names = [name for name in ("selection_rate", *SIDE_RATES) if measurable(counts, METRICS[name])]
    found = [(name, gap) for name in names for gap in gaps(counts, METRICS[name], judge.suite)]
    adjusted = holm([gap.p for _, gap in found])
    columns = (
        "rate",
        "group",
        "n",
        "value",
        "others n",
        "others value",
        "gap",
        "low",
        "high",
        "p",
        "p method",
        "p Holm",
    )
    rows = tuple(_gap_row(name, gap, p) for (name, gap), p in zip(found, adjusted, strict=True))
    return Table(columns, rows)


def _gap_row(name: str, gap: Gap, adjusted: float) -> tuple[Any, ...]:
    return (
        METRICS[name].title,
        gap.group,
        int(gap.rate.n),
        gap.rate.value,
        int(gap.rest.n),
        gap.rest.value,
        gap.point,
        gap.interval.low,
        gap.interval.high,
        gap.p,
        gap.method,
        adjusted,
    )
