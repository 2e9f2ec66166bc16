"""Rows counted by group once; every group rate is then a marginal of these counts (DOMAIN 1.0 rule 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine.auc import Auc, auc_of
from audits.engine.bounds import Interval, Rate, difference_interval, difference_p
from audits.engine.cases import Cases
from audits.engine.counting.scores import scores_by_group
from audits.engine.counting.states import by_name, joint, past_median, states_of
from audits.engine.frame import Frame, Groups
from audits.engine.spec import AuditSpec
from audits.engine.suite import Suite
from audits.engine.verdicts import Judge
from core.errors import InputRefused

NOT_STATED = "not stated"
RARE = "rarer values"


class Metric(NamedTuple):
    """k and n of a group rate by name of count; `sign` makes group minus others a disadvantage of the group."""

    title: str
    k: str
    n: tuple[str, ...]
    sign: int
    who: str
    what: str


METRICS: Mapping[str, Metric] = {
    "selection_rate": Metric(
        "Selection rate", "favourable", ("decided",), -1, "decisions", "receive the favourable decision"
    ),
    "false_positive_rate": Metric(
        "False-positive rate", "fp", ("fp", "tn"), 1, "cases without the event", "are decided positive"
    ),
    "miss_rate": Metric("Miss rate", "fn", ("fn", "tp"), 1, "cases with the event", "are missed"),
    "true_positive_rate": Metric(
        "True-positive rate", "tp", ("tp", "fn"), -1, "cases with the event", "are decided positive"
    ),
    "positive_predictive_value": Metric(
        "Positive predictive value", "tp", ("tp", "fp"), -1, "positive decisions", "show the event"
    ),
    "harmful_error": Metric("Harmful errors", "harm", ("labelled",), 1, "audited decisions", "harm"),
}


@dataclass(frozen=True)
class Grouping:
    """One attribute, or two crossed; `least` is the fewest rows at which a group is eligible for the priced gap."""

    name: str
    groups: Groups
    source: str
    least: int
    crossed: bool


@dataclass(frozen=True)
class GroupCounts:
    """Counts by name and AUC, one entry a group of `grouping` and the last for "not stated".

    `beyond` is what an AUC may be away from its value because scores were counted by rung."""

    grouping: Grouping
    by_name: Mapping[str, NDArray[np.int64]]
    areas: tuple[Auc | None, ...] = ()
    beyond: float = 0.0

    def rates(self, metric: Metric) -> list[Rate]:
        """k of n of every group, "not stated" last; n may be 0."""
        k, n = self.by_name[metric.k], sum(self.by_name[name] for name in metric.n)
        return [Rate(int(a), int(b)) for a, b in zip(k, np.atleast_1d(n), strict=True)]

    def eligible(self, metric: Metric, suite: Suite) -> list[int]:
        """Groups with enough rows in the metric's own denominator: a count, and a share of all its rows."""
        rates = self.rates(metric)
        least = max(self.grouping.least, suite.group_share * sum(rate.n for rate in rates))
        return [index for index, rate in enumerate(rates[:-1]) if rate.n >= least]


class Gap(NamedTuple):
    """Disadvantage of one eligible group against all other eligible rows, with its interval at the suite's z. `sizes`:
    rows of the two where `rate` and `rest` count effective ones."""

    attribute: str
    group: str
    rate: Rate
    rest: Rate
    point: float
    interval: Interval
    p: float
    method: str
    sizes: tuple[int, int] | None = None

    @property
    def upper(self) -> float:
        """The priced bound, never below 0."""
        return max(0.0, self.interval.high)


def groupings(frame: Frame, judge: Judge) -> list[Grouping]:
    """Every registered attribute, then every registered intersection."""
    least = judge.suite.group_rows
    single = {
        item.name: Grouping(
            item.name, limited_groups(frame, item.column, "attributes", judge), item.source, least, False
        )
        for item in judge.spec.attributes
    }
    crossed = [_cross(single[first], single[second], judge) for first, second in judge.spec.intersections]
    return [*single.values(), *crossed]


def limited_groups(frame: Frame, column: str, field: str, judge: Judge) -> Groups:
    """The groups of a column, those too small to be told of as one; or InputRefused when it has more values than a
    table can carry."""
    groups, suite = frame.column(column, field).groups, judge.suite
    if len(groups.names) > suite.most_groups:
        raise InputRefused(
            f"Column {column!r} ({field}) has {len(groups.names):,} different values.",
            field=column,
            limit=f"{suite.most_groups} values",
            remedy="Send it in bands, such as age groups.",
        )
    return pooled(groups, judge.least_told)


def pooled(groups: Groups, least: int) -> Groups:
    """The same with all groups of fewer than `least` rows as one, and the next larger ones too until it has as many."""
    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.names))
    if not (sizes < least).any():
        return groups
    kept = kept_places(sizes, least)
    place = np.full(len(groups.names) + 1, len(kept), dtype=np.int32)
    place[kept], place[-1] = np.arange(len(kept)), -1  # -1, not stated, asks the last entry
    return Groups(place[groups.codes], (*(groups.names[code] for code in kept), RARE))


def kept_places(sizes: NDArray[np.int64], least: int) -> NDArray[np.int64]:
    """Places of the groups that stand by themselves, all of them where none is too small."""
    if not (sizes < least).any():
        return np.arange(len(sizes))
    by_size = np.argsort(sizes, kind="stable")
    merged = max(int((sizes < least).sum()), 1 + int(np.searchsorted(np.cumsum(sizes[by_size]), least)))
    return np.sort(by_size[merged:])


def _cross(first: Grouping, second: Grouping, judge: Judge) -> Grouping:
    """Two attributes crossed; a row that lacks either is not stated."""
    a, b = first.groups, second.groups
    width = max(len(b.names), 1)
    pair = np.where((a.codes < 0) | (b.codes < 0), -1, a.codes.astype(np.int64) * width + b.codes)
    seen = np.unique(pair[pair >= 0])
    dense = np.full(max(len(a.names) * width, 1), -1, dtype=np.int32)
    dense[seen] = np.arange(len(seen), dtype=np.int32)
    codes = np.where(pair < 0, -1, dense[pair]).astype(np.int32)
    names = tuple(f"{a.names[code // width]}, {b.names[code % width]}" for code in seen)
    sources = first.source if first.source == second.source else f"{first.source}, {second.source}"
    name = f"{first.name} x {second.name}"
    groups = pooled(Groups(codes, names), judge.least_told)
    return Grouping(name, groups, sources, judge.suite.intersection_rows, True)


def count(grouping: Grouping, cases: Cases, spec: AuditSpec) -> GroupCounts:
    """All counts of a grouping; the confusion cells only where decisions are yes or no."""
    return counted([grouping], cases, spec)[0]


def counted(every: Sequence[Grouping], cases: Cases, spec: AuditSpec) -> list[GroupCounts]:
    """The counts of each grouping; what a row is, is found out once for all of them."""
    states, scored = states_of(cases, past_median(cases, spec)), cases.score is not None
    return [
        GroupCounts(
            grouping,
            by_name(joint(grouping.groups.codes, len(grouping.groups.names), states), spec, scored),
            _areas(grouping.groups, cases),
        )
        for grouping in every
    ]


def _areas(groups: Groups, cases: Cases) -> tuple[Auc | None, ...]:
    if cases.score is None:
        return ()
    scored = cases.audited & np.isfinite(cases.score)
    found = scores_by_group(groups.codes, len(groups.names), cases.score, cases.event, scored)
    return tuple(auc_of(each) for each in found)


def measurable(counts: GroupCounts, metric: Metric) -> bool:
    """True when the counts that the metric needs exist for this task."""
    return metric.k in counts.by_name and all(name in counts.by_name for name in metric.n)


def gaps(counts: GroupCounts, metric: Metric, suite: Suite) -> list[Gap]:
    """The gap of every eligible group against all other eligible rows; none with fewer than two eligible groups."""
    rates, chosen = counts.rates(metric), counts.eligible(metric, suite)
    if len(chosen) < 2:
        return []
    k, n = sum(rates[index].k for index in chosen), sum(rates[index].n for index in chosen)
    found = []
    for index in chosen:
        rate = rates[index]
        rest = Rate(k - rate.k, n - rate.n)
        first, second = (rate, rest) if metric.sign > 0 else (rest, rate)
        interval, (p, method) = difference_interval(first, second, suite.z), difference_p(rate, rest)
        group = counts.grouping.groups.names[index]
        found.append(Gap(counts.grouping.name, group, rate, rest, first.value - second.value, interval, p, method))
    return found
