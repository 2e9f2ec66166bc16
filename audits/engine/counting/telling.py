"""The sections of an audit told from a tally: the same words, tables and dimensions as from rows in memory.

What is counted by whole numbers is equal to the last digit: row counts, error rates and their bounds, group rates and
gaps, slices, periods. Where scores had to be counted by rung, the AUC, the calibration error and what hangs on a median
say by how much they may be off at most, and their bounds are wider by that.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from audits.engine import calibration, drift, fairness, performance, quality, slices
from audits.engine.auc import Auc, auc_of
from audits.engine.bounds import Rate
from audits.engine.calibration import Cells, Stated, mass_bins
from audits.engine.cases import refuse_many_classes, refuse_nothing_to_audit, refuse_odd_labels
from audits.engine.counting.exact import Mean
from audits.engine.counting.ladder import Ladder
from audits.engine.counting.named import EVENT, NONE, OUTCOMES, Named
from audits.engine.counting.pooling import pooled, pooled_pairs
from audits.engine.counting.rows import RowCounts
from audits.engine.counting.scores import Scores
from audits.engine.counting.shifting import shift_counted
from audits.engine.counting.states import AUDITED, HARM, by_name, marginal
from audits.engine.counting.tally import HIT, MISS, Tally
from audits.engine.frame import Floats, Groups
from audits.engine.groups import NOT_STATED, GroupCounts, Grouping
from audits.engine.result import Part, Table
from audits.engine.verdicts import Judge
from core.errors import InputRefused

NO_REFERENCE = (
    "The rows were counted in one pass and not parted in the middle of their dates. Register a reference part."
)


def refuse(tally: Tally) -> None:
    """Raise InputRefused where nothing can be audited, or the labels are not what was registered."""
    rows, spec = RowCounts(tally.states), tally.judge.spec
    if rows.total == 0:
        raise InputRefused("The data set has no rows.", field="data set", limit="at least 1 row", remedy="Send rows.")
    refuse_nothing_to_audit(spec, tally.labelled > 0, rows.decided > 0, rows.n > 0)
    if spec.decides:
        refuse_odd_labels(spec, set(tally.labels))
    if spec.task == "multiclass":
        refuse_many_classes(spec, len(tally.labels))


def data(tally: Tally) -> Part:
    """Row counts and missing cells, and how finely scores were counted."""
    part = quality.told(RowCounts(tally.states), tally.missing, tally.judge)
    return Part(part.checks, {**part.tables, "counted": _counted_table(tally)}, part.findings)


def _counted_table(tally: Tally) -> Table:
    """Every distribution that was counted, its rungs, and their width as a share of the number."""
    rows = tuple((name, len(ladder.rungs), _width(ladder)) for name, ladder in _ladders(tally) if len(ladder.rungs))
    return Table(("distribution", "rungs", "relative width"), rows)


def _ladders(tally: Tally) -> Iterator[tuple[str, Ladder]]:
    yield "score", tally.score
    yield "probability", tally.stated
    for name, named in sorted({**tally.groups, **tally.crossed}.items()):
        if named.ladder is not None:
            yield f"score by {name}", named.ladder
    if tally.dated is not None:
        yield "score by part", tally.dated.scores
        yield from ((f"{name} by part", moved.numbers) for name, moved in sorted(tally.dated.moved.items()))


def _width(ladder: Ladder) -> float:
    """Width of a rung as a share of the number: 0 where each number has its own; it may be wider than the number."""
    return 0.0 if ladder.exact else 2.0 ** (ladder.shift - 52)


def errors(tally: Tally) -> Part:
    """Section performance."""
    rows, spec = RowCounts(tally.states), tally.judge.spec
    if spec.task == "multiclass":
        return performance.told(performance.Performed(rows, classed=_classed(tally)), tally.judge)
    if not spec.decides:
        over, under = (int(count) for count in tally.outside)
        absolute, signed = (tally.moments[name].mean() for name in ("absolute", "signed"))
        forecasts = performance.Forecasts(over, under, absolute, signed)
        return performance.told(performance.Performed(rows, forecasts=forecasts), tally.judge)
    area, scored, beyond = None, None, 0.0
    if spec.score_column is not None:
        counted = _scores(tally.score, EVENT, NONE)
        area, scored, beyond = auc_of(counted), int(counted.yes.sum() + counted.no.sum()), _tied(tally.score, [counted])
    brier, stated = None, None
    if spec.probability is not None:
        brier, stated = _brier(tally), tally.moments["brier"].n
    return performance.told(performance.Performed(rows, area, scored, brier, stated, beyond=beyond), tally.judge)


def _brier(tally: Tally) -> Mean | None:
    return tally.moments["brier"].mean()


def _classed(tally: Tally) -> performance.Classed:
    names = tuple(tally.labels)
    counts = np.zeros((len(names), len(names)), np.int64)
    audited = marginal(tally.classes.counts, AUDITED)
    for (true, predicted), count in zip(tally.classes.names, audited, strict=False):
        counts[names.index(true), names.index(predicted)] += int(count)
    return performance.Classed(names, counts)


def stated(tally: Tally) -> Part:
    """Section calibration."""
    judge, rows = tally.judge, RowCounts(tally.states)
    if judge.spec.task == "regression":
        inside, n = (int(count) for count in tally.covered)
        return calibration.coverage_told(None if judge.spec.interval is None else (inside, n), rows, judge)
    if judge.spec.probability is None:
        return calibration.told(None, rows, judge)
    ladder = tally.stated
    cells = Cells(ladder.middle, ladder.middle, ladder.counts[:, HIT], ladder.counts[:, MISS])
    missing = rows.n - cells.n
    return calibration.told(Stated(cells, missing, _turn(tally), _ece_beyond(ladder, cells, judge)), rows, judge)


def _turn(tally: Tally) -> float | None:
    """Where the decision turns, from the extremes of each decision's probabilities."""
    if not tally.judge.spec.decides or not np.isfinite(tally.turn).all():
        return None
    return calibration.turning(*(float(value) for value in tally.turn))


def _ece_beyond(ladder: Ladder, cells: Cells, judge: Judge) -> float:
    """What rungs may have moved the ECE by: half a rung for every row, twice the rung that an edge of a bin cuts."""
    if ladder.exact or cells.n == 0:
        return 0.0
    rows = cells.hits + cells.misses
    half = float(rows @ (ladder.high - ladder.low)) / 2 / cells.n
    bins = mass_bins(rows, judge.suite.calibration_bins)
    cut = np.flatnonzero(np.diff(bins))
    return half + 2 * float(np.maximum(rows[cut], rows[cut + 1]).sum()) / cells.n


def gap(tally: Tally) -> Part:
    """Section fairness."""
    judge = tally.judge
    return fairness.told(list(_group_counts(tally)), RowCounts(tally.states), judge)


def _group_counts(tally: Tally) -> Iterator[GroupCounts]:
    judge, spec = tally.judge, tally.judge.spec
    sources = {item.name: item.source for item in spec.attributes}
    for item in spec.attributes:
        _crowd_check(tally.groups[item.name], item.column, "attributes", judge)
    for name, source in sources.items():
        named = pooled(tally.groups[name], judge.least_told)
        yield _group_count(Grouping(name, _groups(named), source, judge.suite.group_rows, False), named, tally)
    for first, second in spec.intersections:
        name, pair = f"{first} x {second}", {sources[first], sources[second]}
        source = sources[first] if len(pair) == 1 else f"{sources[first]}, {sources[second]}"
        named = pooled_pairs(tally.crossed[name], tally.groups[first], tally.groups[second], judge.least_told)
        yield _group_count(Grouping(name, _groups(named), source, judge.suite.intersection_rows, True), named, tally)


def _groups(named: Named) -> Groups:
    """Names without rows: the counts are there already."""
    return Groups(np.empty(0, np.int32), tuple(", ".join(name) for name in named.names))


def _group_count(grouping: Grouping, named: Named, tally: Tally) -> GroupCounts:
    spec, ladder = tally.judge.spec, named.ladder
    scored = spec.decides and spec.score_column is not None
    counts = by_name(named.counts, spec, scored)
    if not scored or ladder is None:
        return GroupCounts(grouping, counts)
    counts["past_median"] = _past_median(ladder, tally)
    columns = [*range(1, len(named.names) + 1), 0]
    areas: list[Scores] = [_scores(ladder, place * OUTCOMES + EVENT, place * OUTCOMES + NONE) for place in columns]
    return GroupCounts(grouping, counts, tuple(auc_of(each) for each in areas), _tied(ladder, areas))


def _past_median(ladder: Ladder, tally: Tally) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Decisions of each group with a score on the favourable side of the median of all, "not stated" last."""
    middle = weighted_median(tally.score.middle, tally.score.counts.sum(axis=1))
    beyond = ladder.middle < middle if tally.judge.spec.favourable_decision == "negative" else ladder.middle > middle
    found = ladder.counts[beyond].reshape(-1, ladder.width // OUTCOMES, OUTCOMES).sum(axis=(0, 2))
    return np.append(found[1:], found[0])


def weighted_median(numbers: Floats, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
    """The median of ascending numbers that come `rows` times each; 0 of none."""
    n, upto = int(rows.sum()), np.cumsum(rows)
    if n == 0:
        return 0.0
    pair = numbers[np.searchsorted(upto, [(n - 1) // 2, n // 2], side="right")]
    return float(np.mean(pair))


def _crowd_check(named: Named, column: str, field: str, judge: Judge) -> None:
    if named.crowded:
        most = judge.suite.most_groups
        raise InputRefused(
            f"Column {column!r} ({field}) has more than {most} different values.",
            field=column,
            limit=f"{most} values",
            remedy="Send it in bands, such as age groups.",
        )


def worst(tally: Tally) -> Part:
    """Section slices."""
    judge, found = tally.judge, []
    for item in judge.spec.slices:
        _crowd_check(tally.slices[item.name], item.column, "slices", judge)
        named = pooled(tally.slices[item.name], judge.least_told)
        k, n = marginal(named.counts, AUDITED | HARM), marginal(named.counts, AUDITED)
        values = (*(name for (name,) in named.names), NOT_STATED)
        found += [
            slices.Counted(item.name, value, Rate(int(a), int(b))) for value, a, b in zip(values, k, n, strict=True)
        ]
    return slices.told(found, RowCounts(tally.states), judge)


def trend(tally: Tally) -> Part:
    """Section drift."""
    judge, dated = tally.judge, tally.dated
    if judge.spec.drift is None or dated is None:
        return drift.undated(judge)
    if dated.refused is not None:
        message, field, limit, remedy = dated.refused
        raise InputRefused(message or "", field=field, limit=limit, remedy=remedy)
    number, n, k = (np.array(column, np.int64) for column in zip(*_period_rows(dated.periods), strict=True))
    periods = drift.Periods(number, k, n, drift.MONTHS[judge.spec.drift.period])
    return drift.told(periods, _parted(tally), RowCounts(tally.states), judge)


def _period_rows(periods: Mapping[int, list[int]]) -> list[tuple[int, int, int]]:
    return [(number, n, k) for number, (n, k) in sorted(periods.items())]


def _parted(tally: Tally) -> drift.Parted | str:
    judge, dated = tally.judge, tally.dated
    if dated is None or dated.plan.reference is None:
        return NO_REFERENCE
    areas: list[Auc | None] = [None, None]
    counted = [_scores(dated.scores, 2 * part, 2 * part + 1) for part in range(2)]
    if judge.spec.decides and judge.spec.score_column is not None:
        areas = [auc_of(each) for each in counted]
    parts = [
        drift.PartCounts(name, Rate(rows.wrong, rows.n), rows.k, area)
        for name, rows, area in zip(("reference", "later"), map(RowCounts, dated.parts), areas, strict=True)
    ]
    columns = drift.shifting(dated.plan, judge)
    shifts = tuple((name, shift_counted(name, dated.moved[name], judge)) for name in columns)
    reference = dated.plan.reference
    told = f"reference: {reference.column} is {reference.value}; later: all other rows"
    return drift.Parted((parts[0], parts[1]), shifts, told, _tied(dated.scores, counted))


def _scores(ladder: Ladder, yes: int, no: int) -> Scores:
    """Two columns of a ladder as scores by outcome, rungs without rows left out."""
    used = (ladder.counts[:, yes] + ladder.counts[:, no]) > 0
    return Scores(ladder.middle[used], ladder.counts[used, yes], ladder.counts[used, no])


def _tied(ladder: Ladder, every: list[Scores]) -> float:
    """The most that any AUC of these may be off: half the pairs that share a rung, as a share of all its pairs."""
    if ladder.exact:
        return 0.0
    shares = [
        float(each.yes.astype(np.float64) @ each.no) / 2 / (float(each.yes.sum()) * float(each.no.sum()))
        for each in every
        if each.yes.sum() and each.no.sum()
    ]
    return max(shares, default=0.0)


TOLD: Mapping[str, Callable[[Tally], Part]] = {
    "data": data,
    "performance": errors,
    "calibration": stated,
    "fairness": gap,
    "slices": worst,
    "drift": trend,
}
