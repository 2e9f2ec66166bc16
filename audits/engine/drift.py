"""Does the model get worse with time? Outcome-error slope (priced), reference against later rows, inputs and score.

DOMAIN 1.0 rule 10 and 2.7. The slope is of harmful errors per labelled decision over calendar periods; time is the
period's number divided by periods a year, so g is per year.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.auc import Auc, auc
from audits.engine.bounds import Interval, Rate, cp_interval, newcombe, six
from audits.engine.cases import Cases
from audits.engine.frame import Frame, Mask
from audits.engine.performance import unsafe_labels
from audits.engine.poisson import Slope, poisson_slope
from audits.engine.result import Check, Dimension, Finding, Part, Table
from audits.engine.shift import Shift, shift_of
from audits.engine.spec import DriftPlan
from audits.engine.verdicts import Judge

MONTHS = {"month": 1, "quarter": 3}
Z_TWO_SIDED_90 = 1.644853626951


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


def measure(frame: Frame, cases: Cases, judge: Judge) -> Part:
    """The drift dimension, the change of error and AUC between the parts, PSI and KS of every declared feature."""
    plan = judge.spec.drift
    if plan is None:
        reason = "No timestamp was registered, so change over time was not measured."
        check = judge.silent("drift.outcome_slope", "Trend of harmful errors", "not_run", reason)
        return Part((check,), dimensions={"drift": Dimension("not_run", reason)})
    times = frame.column(plan.timestamp, "drift.timestamp").times()
    periods = _periods(times, cases, MONTHS[plan.period])
    dimension, slope_check = _slope(periods, cases, judge)
    parts = _parts(frame, times, plan)
    changes, parts_table = _changes(cases, parts, judge)
    shifts, features = _shifts(frame, parts, plan, judge)
    checks = (slope_check, *changes, *shifts)
    tables = {"periods": _periods_table(periods, judge), "parts": parts_table, "features": features}
    return Part(checks, tables, judge.findings(checks) + _growth(slope_check), {"drift": dimension})


def _periods(times: NDArray[np.datetime64], cases: Cases, months: int) -> Periods:
    dated = cases.audited & ~np.isnat(times)
    month = times[dated].astype("datetime64[M]").astype(np.int64) + 1970 * 12
    number, place = np.unique(month // months, return_inverse=True)
    n = np.bincount(place, minlength=len(number))
    k = np.bincount(place[cases.harm[dated]], minlength=len(number))
    return Periods(number, k, n, months)


def _slope(periods: Periods, cases: Cases, judge: Judge) -> tuple[Dimension, Check]:
    check_id, title, count = "drift.outcome_slope", "Trend of harmful errors", len(periods.number)
    n, least = int(periods.n.sum()), judge.suite.drift_periods
    reason = unsafe_labels(cases, judge)
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
    half = Z_TWO_SIDED_90 * fitted.se
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


def _parts(frame: Frame, times: NDArray[np.datetime64], plan: DriftPlan) -> Parts:
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


def _changes(cases: Cases, parts: Parts, judge: Judge) -> tuple[list[Check], Table]:
    named = (("reference", parts.reference & cases.audited), ("later", parts.later & cases.audited))
    errors = [Rate(int((cases.wrong & mask).sum()), int(mask.sum())) for _, mask in named]
    areas = [_area(cases, mask) for _, mask in named]
    checks = [_error_change(errors, judge)]
    if cases.score is not None:
        checks.append(_auc_change(areas, errors, judge))
    rows = tuple(
        _part_row(name, parts.told, rate, int((cases.harm & mask).sum()), area, judge)
        for (name, mask), rate, area in zip(named, errors, areas, strict=True)
    )
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
    return checks, Table(columns, rows)


def _area(cases: Cases, mask: Mask) -> Auc | None:
    if cases.score is None:
        return None
    scored = mask & np.isfinite(cases.score)
    return auc(cases.score[scored], cases.event[scored])


def _part_row(name: str, told: str, rate: Rate, harm: int, area: Auc | None, judge: Judge) -> tuple[object, ...]:
    confidence = judge.suite.confidence
    figures: list[object] = []
    for k in (int(rate.k), harm):
        interval = cp_interval(k, rate.n, confidence) if rate.n else None
        figures += [k, k / rate.n if rate.n else None, interval and interval.low, interval and interval.high]
    around = area and area.interval(confidence)
    return (name, int(rate.n), *figures, area and area.value, around and around.low, around and around.high, told)


def _error_change(errors: list[Rate], judge: Judge) -> Check:
    """Error rate of the later rows minus that of the reference rows."""
    check_id, title = "drift.error_change", "Change of the error rate"
    before, after = errors
    if min(before.n, after.n) == 0:
        return judge.silent(check_id, title, "cannot_tell", "One of the two parts has no labelled decision.")
    interval = newcombe(after, before, Z_TWO_SIDED_90)
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


def _auc_change(areas: list[Auc | None], errors: list[Rate], judge: Judge) -> Check:
    """AUC of the later rows minus that of the reference rows."""
    check_id, title = "drift.auc_change", "Change of the AUC"
    before, after = areas
    if before is None or after is None:
        return judge.silent(check_id, title, "cannot_tell", "One of the two parts lacks scored cases of both outcomes.")
    change = after.value - before.value
    half = Z_TWO_SIDED_90 * math.sqrt(before.variance + after.variance)
    sentence = (
        f"The AUC went from {before.value:.4f} to {after.value:.4f}: {change:+.4f} "
        f"({change - half:+.4f} to {change + half:+.4f})."
    )
    return judge.check(
        check_id,
        title,
        change,
        Interval(change - half, change + half),
        sentence,
        int(sum(rate.n for rate in errors)),
        confidence=0.9,
        method="DeLong of independent parts, two-sided 90 %",
    )


def _shifts(frame: Frame, parts: Parts, plan: DriftPlan, judge: Judge) -> tuple[list[Check], Table]:
    """PSI and KS of every declared feature and of the score."""
    wanted = [*plan.features, *([judge.spec.score_column] if judge.spec.score_column else [])]
    checks: list[Check] = []
    rows: list[tuple[object, ...]] = []
    for name in dict.fromkeys(wanted):
        column = frame.column(name, "drift.features")
        found = shift_of(column, parts.reference, parts.later, judge.suite, judge.seed)
        if isinstance(found, str):
            checks.append(judge.silent("drift.psi", "Population stability", "cannot_tell", found, subject=name))
            continue
        checks += _shift_checks(name, found, judge)
        rows.append(
            (
                name,
                found.psi,
                found.interval.low,
                found.interval.high,
                found.ks,
                found.ks_p,
                found.reference_rows,
                found.later_rows,
                found.bins,
            )
        )
    columns = ("column", "PSI", "PSI low", "PSI high", "KS", "KS p", "reference n", "later n", "bins")
    return checks, Table(columns, tuple(rows))


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
    rows = []
    for index in range(len(periods.number)):
        k, n = int(periods.k[index]), int(periods.n[index])
        interval = cp_interval(k, n, judge.suite.confidence)
        rows.append((periods.name(index), n, k, k / n, interval.low, interval.high))
    return Table(("period", "n", "k", "harmful error", "low", "high"), tuple(rows))
