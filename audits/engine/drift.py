"""Does the model get worse with time? Outcome-error slope (priced), reference against later rows, inputs and score.

DOMAIN 1.0 rule 10 and 2.7. The slope is of harmful errors per labelled decision over calendar periods; time is the
period's number divided by periods a year, so g is per year.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.auc import Auc, auc
from audits.engine.bounds import Z_90_TWO_SIDED, Interval, Rate, cp_interval, newcombe, six
from audits.engine.cases import Audited, Cases
from audits.engine.frame import Frame, Mask
from audits.engine.performance import by_rungs, unsafe_labels, wider
from audits.engine.poisson import Slope, poisson_slope
from audits.engine.result import Check, Dimension, Finding, Part, Table
from audits.engine.shift import Shift, shift_of
from audits.engine.spec import DriftPlan
from audits.engine.verdicts import Judge

MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True)
class Parts:
    """Rows before and after: `told` says how they were parted."""

    reference: Mask
    later: Mask
    told: str


@dataclass(frozen=True)
class Periods:
    """Labelled, dated decisions by calendar period, ascending; `number` counts periods since year 0."""

    number: NDArray[np.int64]
    k: NDArray[np.int64]
    n: NDArray[np.int64]
    months: int

    def name(self, index: int) -> str:
        year, place = divmod(int(self.number[index]), 12 // self.months)
        return f"{year}-{place + 1:02d}" if self.months == 1 else f"{year} Q{place + 1}"


class PartCounts(NamedTuple):
    """One part of the rows: wrong and harmful of its audited ones, and its AUC where it can be told."""

    name: str
    wrong: Rate
    harm: int
    area: Auc | None


@dataclass(frozen=True)
class Parted:
    """Both parts counted, and the shift of every column, or why it cannot be told; `told` says how they were parted.

    `beyond` is what each AUC may be away from its value because scores were counted by rung.
    """

    parts: tuple[PartCounts, PartCounts]
    shifts: tuple[tuple[str, Shift | str], ...]
    told: str
    beyond: float = 0.0


def measure(frame: Frame, cases: Cases, judge: Judge) -> Part:
    """The drift dimension, the change of error and AUC between the parts, PSI and KS of every declared feature."""
    plan = judge.spec.drift
    if plan is None:
        return undated(judge)
    times = frame.column(plan.timestamp, "drift.timestamp").times()
    periods = _periods(times, cases, MONTHS[plan.period])
    parts = parts_of(frame, times, plan)
    parted = Parted(_counted(cases, parts), tuple(_shifts(frame, parts, plan, judge)), parts.told)
    return told(periods, parted, cases, judge)


def undated(judge: Judge) -> Part:
    """What is said where no timestamp was registered."""
    reason = "No timestamp was registered, so change over time was not measured."
    check = judge.silent("drift.outcome_slope", "Trend of harmful errors", "not_run", reason)
    return Part((check,), dimensions={"drift": Dimension("not_run", reason)})


def told(periods: Periods, parted: Parted | str, rows: Audited, judge: Judge) -> Part:
    """The same of counted rows; `parted` may be the reason why the rows were not parted."""
    dimension, slope_check = _slope(periods, rows, judge)
    if isinstance(parted, str):
        named = (("drift.error_change", "Change of the error rate"), ("drift.psi", "Population stability"))
        changes = tuple(judge.silent(check_id, title, "not_run", parted) for check_id, title in named)
        tables = {"periods": _periods_table(periods, judge)}
    else:
        changes = (*_changes(parted, judge), *_shift_all(parted, judge))
        tables = {
            "periods": _periods_table(periods, judge),
            "parts": _parts_table(parted, judge),
            "features": _features_table(parted),
        }
    checks = (slope_check, *changes)
    return Part(checks, tables, judge.findings(checks) + _growth(slope_check), {"drift": dimension})


def _periods(times: NDArray[np.datetime64], cases: Cases, months: int) -> Periods:
    dated = cases.audited & ~np.isnat(times)
    month = times[dated].astype("datetime64[M]").astype(np.int64) + 1970 * 12
    number, place = np.unique(month // months, return_inverse=True)
    n = np.bincount(place, minlength=len(number))
    k = np.bincount(place[cases.harm[dated]], minlength=len(number))
    return Periods(number, k, n, months)


def _slope(periods: Periods, rows: Audited, judge: Judge) -> tuple[Dimension, Check]:
    check_id, title, count = "drift.outcome_slope", "Trend of harmful errors", len(periods.number)
    n, least = int(periods.n.sum()), judge.suite.drift_periods
    reason = unsafe_labels(rows, judge)
    if reason is None and count < least:
        reason = f"{words.count(count, 'calendar period')} with dated, labelled decisions; a trend needs {least}."
    fitted = None if reason else _fit(periods)
    if fitted is None:
        reason = reason or "The harmful errors lie in no period or in one end period only, so no trend can be fitted."
        check = judge.silent(check_id, title, "cannot_tell", reason, n=n)
        return Dimension("cannot_tell", reason, {"periods": count, "n": n}), check
    figures = {
        "g": six(fitted.g),
        "se": six(fitted.se),
        "u": six(fitted.upper(judge.suite.z)),
        "periods": count,
        "n": n,
    }
    return Dimension("measured", None, figures), _slope_check(fitted, periods, judge)


def _fit(periods: Periods) -> Slope | None:
    years = (periods.number - periods.number[0]) * periods.months / 12
    return poisson_slope(periods.k.astype(np.float64), periods.n.astype(np.float64), years)


def _slope_check(fitted: Slope, periods: Periods, judge: Judge) -> Check:
    half = Z_90_TWO_SIDED * fitted.se
    interval = Interval(fitted.g - half, fitted.g + half)
    sentence = (
        f"Harmful errors per decision change by a factor of {_factor(fitted.g)} a year "
        f"({_factor(interval.low)} to {_factor(interval.high)}) over {words.count(len(periods.n), 'period')}."
    )
    return judge.check(
        "drift.outcome_slope",
        "Trend of harmful errors",
        fitted.g,
        interval,
        sentence,
        int(periods.n.sum()),
        k=int(periods.k.sum()),
        confidence=0.9,
        method=f"Poisson slope, over-dispersion {fitted.dispersion:.2f}, normal two-sided 90 %",
    )


def _growth(check: Check) -> tuple[Finding, ...]:
    """A finding when the whole interval of the slope lies above 0 and no limit has already made it one."""
    if check.verdict == "fail" or check.low is None or check.low <= 0:
        return ()
    return (Finding("medium", "Harmful errors grow with time", check.sentence, check.id),)


def _factor(slope: float) -> str:
    """exp(slope) in words; a slope too steep to print is said to be so."""
    return f"{math.exp(slope):.2f}" if slope < 7 else "more than 1,000"


def parts_of(frame: Frame, times: NDArray[np.datetime64], plan: DriftPlan) -> Parts:
    """The declared reference rows and all others, else the earlier and the later half of the dated rows."""
    if plan.reference is not None:
        column = frame.column(plan.reference.column, "drift.reference.column")
        reference = column.matches(plan.reference.value)
        told = f"reference: {plan.reference.column} is {plan.reference.value}; later: all other rows"
        return Parts(reference, ~reference & ~column.absent, told)
    dated = ~np.isnat(times)
    if not dated.any():
        return Parts(dated, dated, "no row has a time")
    middle = np.sort(times[dated])[(int(dated.sum()) - 1) // 2]
    told = f"reference: rows to {middle.astype('datetime64[s]')}, the middle of the dated rows; later: the rest"
    return Parts(dated & (times <= middle), dated & (times > middle), told)


def _counted(cases: Cases, parts: Parts) -> tuple[PartCounts, PartCounts]:
    first, second = (
        PartCounts(
            name,
            Rate(int((cases.wrong & mask).sum()), int(mask.sum())),
            int((cases.harm & mask).sum()),
            _area(cases, mask),
        )
        for name, mask in (("reference", parts.reference & cases.audited), ("later", parts.later & cases.audited))
    )
    return first, second


def _changes(parted: Parted, judge: Judge) -> tuple[Check, ...]:
    errors = [part.wrong for part in parted.parts]
    if judge.spec.score_column is None or not judge.spec.decides:
        return (_error_change(errors, judge),)
    areas = [part.area for part in parted.parts]
    return _error_change(errors, judge), _auc_change(areas, errors, parted.beyond, judge)


def _parts_table(parted: Parted, judge: Judge) -> Table:
    columns = (
        "part",
        "n",
        "wrong",
        "error rate",
        "error low",
        "error high",
        "harmful",
        "harmful error",
        "harmful low",
        "harmful high",
        "AUC",
        "AUC low",
        "AUC high",
        "parted by",
    )
    return Table(columns, tuple(_part_row(part, parted, judge) for part in parted.parts))


def _area(cases: Cases, mask: Mask) -> Auc | None:
    if cases.score is None:
        return None
    scored = mask & np.isfinite(cases.score)
    return auc(cases.score[scored], cases.event[scored])


def _part_row(part: PartCounts, parted: Parted, judge: Judge) -> tuple[object, ...]:
    confidence, n = judge.suite.confidence, part.wrong.n
    figures: list[object] = []
    for k in (int(part.wrong.k), part.harm):
        interval = cp_interval(k, n, confidence) if n else None
        figures += [k, k / n if n else None, interval and interval.low, interval and interval.high]
    area = part.area
    around = area and wider(judge.auc_interval(area), parted.beyond)
    ranking = (area and area.value, around and around.low, around and around.high)
    return (part.name, int(n), *figures, *ranking, parted.told)


def _error_change(errors: list[Rate], judge: Judge) -> Check:
    """Error rate of the later rows minus that of the reference rows."""
    check_id, title = "drift.error_change", "Change of the error rate"
    before, after = errors
    if min(before.n, after.n) == 0:
        return judge.silent(check_id, title, "cannot_tell", "One of the two parts has no labelled decision.")
    interval = newcombe(after, before, Z_90_TWO_SIDED)
    sentence = (
        f"Of 100 decisions {words.points(before.value)} were wrong in the reference rows and "
        f"{words.points(after.value)} in the later ones: {words.points(after.value - before.value)} more "
        f"({words.points(interval.low)} to {words.points(interval.high)})."
    )
    return judge.check(
        check_id,
        title,
        after.value - before.value,
        interval,
        sentence,
        int(before.n + after.n),
        k=int(after.k),
        confidence=0.9,
        method="Newcombe two-sided 90 %",
    )


def _auc_change(areas: list[Auc | None], errors: list[Rate], beyond: float, judge: Judge) -> Check:
    """AUC of the later rows minus that of the reference rows."""
    check_id, title = "drift.auc_change", "Change of the AUC"
    before, after = areas
    if before is None or after is None:
        return judge.silent(check_id, title, "cannot_tell", "One of the two parts lacks scored cases of both outcomes.")
    change, around = after.value - before.value, judge.auc_change(after, before)
    around = Interval(around.low - 2 * beyond, around.high + 2 * beyond)
    sentence = (
        f"The AUC went from {before.value:.4f} to {after.value:.4f}: {change:+.4f} "
        f"({around.low:+.4f} to {around.high:+.4f})."
    )
    return judge.check(
        check_id,
        title,
        change,
        around,
        sentence,
        int(sum(rate.n for rate in errors)),
        confidence=0.9,
        method=judge.auc_method("DeLong of independent parts, two-sided 90 %") + by_rungs(2 * beyond),
    )


def shifting(plan: DriftPlan, judge: Judge) -> list[str]:
    """The columns whose shift is looked at: every declared feature, and the score."""
    return list(dict.fromkeys([*plan.features, *([judge.spec.score_column] if judge.spec.score_column else [])]))


def _shifts(frame: Frame, parts: Parts, plan: DriftPlan, judge: Judge) -> Iterator[tuple[str, Shift | str]]:
    for name in shifting(plan, judge):
        column = frame.column(name, "drift.features")
        yield name, shift_of(column, parts.reference, parts.later, judge.suite, judge.seed)


def _shift_all(parted: Parted, judge: Judge) -> Iterator[Check]:
    """PSI and KS of every column."""
    for name, found in parted.shifts:
        if isinstance(found, str):
            yield judge.silent("drift.psi", "Population stability", "cannot_tell", found, subject=name)
        else:
            yield from _shift_checks(name, found, judge)


def _features_table(parted: Parted) -> Table:
    rows: list[tuple[object, ...]] = []
    for name, found in parted.shifts:
        if isinstance(found, str):
            continue
        around, counts = found.interval, (found.reference_rows, found.later_rows, found.bins)
        rows.append((name, found.psi, around.low, around.high, found.ks, found.ks_p, *counts))
    columns = ("column", "PSI", "PSI low", "PSI high", "KS", "KS p", "reference n", "later n", "bins")
    return Table(columns, tuple(rows))


def _shift_checks(name: str, found: Shift, judge: Judge) -> list[Check]:
    n = found.reference_rows + found.later_rows
    around = f"({found.interval.low:.3f} to {found.interval.high:.3f})"
    sentence = f"{name}: PSI {found.psi:.3f} {around} between reference and later rows."
    checks = [
        judge.check(
            "drift.psi",
            "Population stability",
            found.psi,
            found.interval,
            sentence,
            n,
            subject=name,
            confidence=judge.suite.confidence,
            method=f"PSI, {found.bins} bins, row bootstrap, mirrored below",
        )
    ]
    if found.ks is not None:
        sentence = f"{name}: the two distributions lie {found.ks:.3f} apart at most, p {found.ks_p:.2g}."
        checks.append(
            judge.check(
                "drift.ks",
                "Kolmogorov-Smirnov distance",
                found.ks,
                found.ks_interval,
                sentence,
                n,
                subject=name,
                confidence=judge.suite.confidence,
                method="two-sample KS, large-sample p, DKW band",
            )
        )
    return checks


def _periods_table(periods: Periods, judge: Judge) -> Table:
    """Every period; those of a few rows as one, where single rows are not shown, and that one only if it has enough."""
    named = [(periods.name(i), int(periods.k[i]), int(periods.n[i])) for i in range(len(periods.number))]
    few = [each for each in named if each[2] < judge.least_told]
    together = (f"{len(few)} periods of few rows", sum(k for _, k, _ in few), sum(n for *_, n in few))
    told = [each for each in named if each[2] >= judge.least_told]
    rows = []
    for name, k, n in told + ([together] if together[2] >= judge.least_told else []):
        interval = cp_interval(k, n, judge.suite.confidence)
        rows.append((name, n, k, k / n, interval.low, interval.high))
    return Table(("period", "n", "k", "harmful error", "low", "high"), tuple(rows))
