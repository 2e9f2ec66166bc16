"""How often is the model wrong where no outcome is known yet? Told beside the outcome wherever there is one."""

from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.bounds import Interval, cp_interval
from audits.engine.cases import Cases
from audits.engine.drift import MONTHS, parts_of
from audits.engine.estimating import Estimate, Offsets, Places, estimate, offsets_of, places_of
from audits.engine.frame import Floats, Mask
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge

ERROR, HARM, OFF = "drift.estimated_error", "drift.estimated_harm", "drift.estimate_off"
ASKS = (
    (ERROR, "Errors expected without outcomes"),
    (HARM, "Harmful errors expected without outcomes"),
    (OFF, "Realised errors less expected ones"),
)
ASSUMED = "Assumption: no concept drift, so cases that look alike turn out alike."
COLUMNS = (
    *("rows", "what", "n", "expected", "expected low", "expected high", "with outcome", "realised", "realised low"),
    *("realised high", "realised less expected", "difference low", "difference high"),
)


@dataclass(frozen=True)
class Plan:
    """Most bins on each side of the decision, and fewest reference rows of a bin."""

    bins: int
    least_rows: int


@dataclass(frozen=True)
class Learnt:
    """One kind of error: its name, what each row promises, where it happened, and the reference's offsets."""

    what: str
    promised: Floats
    happened: Mask
    offsets: Offsets


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """Expected errors of the later rows as a whole and by period, with the realised ones beside them."""
    plan, judge, cases, drift = subject.plan(Plan), subject.judge, subject.cases, subject.judge.spec.drift
    if drift is None or cases.probability is None:
        raise AssertionError("the check needs Need.TIME and Need.PROBABILITIES")
    if judge.spec.task == "regression":
        reason = "A forecast states no probability of being right, so its errors cannot be expected without outcomes."
        return Part(tuple(judge.silent(*ask, "not_run", reason) for ask in ASKS))
    times = subject.frame.column(drift.timestamp, "drift.timestamp").times()
    parts = parts_of(subject.frame, times, drift)
    reference, later = parts.reference & cases.audited, parts.later & cases.decided
    places = places_of(cases.probability, cases.positive, reference, plan.bins, plan.least_rows)
    whats = ("errors",) if np.array_equal(cases.wrong, cases.harm) else ("errors", "harmful errors")
    learnt = [_learnt(what, places, cases, judge.spec, reference) for what in whats]
    months = times.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    named = {"later rows": later, **_periods(months // MONTHS[drift.period], later & ~np.isnat(times), drift.period)}
    told = [_beside(name, one, places, where, cases, judge) for name, where in named.items() for one in learnt]
    checks = tuple(_check(ask, one, places, later, judge) for ask, one in zip(ASKS, learnt, strict=False))
    off = _off_check(learnt[0], places, later & cases.audited, judge)
    surer = _off(learnt[0], places, later & cases.audited, 1 - judge.suite.holm_level)
    tables = {
        "estimate": Table(COLUMNS, tuple(row for row in told if row)),
        "promise": _promise(learnt[0], places, judge),
    }
    return Part((*checks, off), tables, judge.findings((*checks, off)) + _broken(off, surer))


def _learnt(what: str, places: Places, cases: Cases, spec: AuditSpec, reference: Mask) -> Learnt:
    happened = cases.wrong if what == "errors" else cases.harm
    promised = np.nan_to_num(_promised(what, cases, spec))
    return Learnt(what, promised, happened, offsets_of(places, promised, happened, reference))


def _promised(what: str, cases: Cases, spec: AuditSpec) -> Floats:
    """The error rate each row states; nothing where a harm matrix asks for more than the stated probability tells."""
    stated = cases.probability
    if stated is None:
        raise AssertionError("the check needs Need.PROBABILITIES")
    if not spec.decides:
        told = what == "errors" or spec.harm_matrix is None
        return np.asarray(1 - stated if told else np.zeros(len(stated)))
    over, under = np.where(cases.positive, 1 - stated, 0.0), np.where(cases.positive, 0.0, stated)
    sides = {"false_positive": over, "false_negative": under, "either": over + under}
    return np.asarray(sides["either" if what == "errors" else spec.harmful_error])


def _periods(number: np.ndarray[tuple[int, ...], np.dtype[np.int64]], dated: Mask, period: str) -> dict[str, Mask]:
    """The later rows by calendar period, in order."""
    found = {}
    for each in np.unique(number[dated]).tolist():
        year, place = divmod(each, 12 // MONTHS[period])
        name = f"{year}-{place + 1:02d}" if period == "month" else f"{year} Q{place + 1}"
        found[name] = dated & (number == each)
    return found


def _beside(
    name: str, one: Learnt, places: Places, where: Mask, cases: Cases, judge: Judge
) -> tuple[object, ...] | None:
    """A row of the table: expected, realised among the labelled, and their difference among the labelled."""
    confidence, found = judge.suite.confidence, estimate(places, one.promised, one.offsets, where)
    if found is None or found.n < judge.least_told:
        return None
    around = found.interval(confidence)
    row = (name, one.what, found.n, found.value, around and around.low, around and around.high)
    labelled = where & cases.audited & (places.code >= 0)
    n, k = int(labelled.sum()), int((one.happened & labelled).sum())
    known = estimate(places, one.promised, one.offsets, labelled)
    if known is None or n < judge.least_told:
        return (*row, n if known is None else None, None, None, None, None, None, None)
    exact, off = cp_interval(k, n, confidence), known.off(k, confidence)
    return (*row, n, k / n, exact.low, exact.high, k / n - known.value, off and off.low, off and off.high)


def _check(ask: tuple[str, str], one: Learnt, places: Places, later: Mask, judge: Judge) -> Check:
    found = estimate(places, one.promised, one.offsets, later)
    if found is None:
        return judge.silent(*ask, "cannot_tell", "No later row whose decision and probability the reference rows know.")
    confidence, around = judge.suite.confidence, found.interval(judge.suite.confidence)
    ends = around and f" ({words.points(around.low)} to {words.points(around.high)})"
    sentence = (
        f"Of 100 later decisions {words.points(found.value)}{ends or ''} are expected to be {one.what}, from "
        f"the stated probabilities as set right on {words.count(int(one.offsets.n.sum()), 'reference row')}. {ASSUMED}"
    )
    unknown = int((later & (places.code < 0)).sum())
    if unknown:
        sentence += f" {words.count(unknown, 'row')} state no probability or a decision the reference rows never took."
    method = f"binned re-calibration, {places.bins} bins" + ("" if around else ": too few rows for an interval")
    return judge.check(*ask, found.value, around, sentence, found.n, confidence=confidence, method=method)


def _off_check(one: Learnt, places: Places, labelled: Mask, judge: Judge) -> Check:
    """What the estimate missed, where outcomes are known: its own error, shown beside it."""
    found: Estimate | None = estimate(places, one.promised, one.offsets, labelled)
    if found is None:
        return judge.silent(*ASKS[2], "cannot_tell", "No later row has an outcome to hold the estimate against.")
    k, confidence = int((one.happened & labelled & (places.code >= 0)).sum()), judge.suite.confidence
    gap, around = k / found.n - found.value, found.off(k, judge.suite.confidence)
    ends = f" ({around.low * 100:+.1f} to {around.high * 100:+.1f})" if around else ""
    sentence = (
        f"Of 100 later decisions with an outcome {words.points(k / found.n)} were wrong and "
        f"{words.points(found.value)} were expected: {gap * 100:+.1f}{ends}."
    )
    method = "normal" if around else "point alone: too few rows for an interval"
    return judge.check(*ASKS[2], gap, around, sentence, found.n, k=k, confidence=confidence, method=method)


def _off(one: Learnt, places: Places, labelled: Mask, confidence: float) -> Interval | None:
    """The interval of what the estimate missed."""
    found = estimate(places, one.promised, one.offsets, labelled)
    if found is None:
        return None
    return found.off(int((one.happened & labelled & (places.code >= 0)).sum()), confidence)


def _broken(off: Check, surer: Interval | None) -> tuple[Finding, ...]:
    """A finding when outcomes and expectation differ at the level of findings: then it cannot stand in for outcomes."""
    if surer is None or surer.low <= 0 <= surer.high:
        return ()
    way = "more" if surer.low > 0 else "fewer"
    text = (
        f"{off.sentence} The assumption of no concept drift does not hold here, so expected errors cannot stand in for "
        "outcomes."
    )
    return (Finding("medium", f"The model errs {way} often than its probabilities let expect", text, OFF),)


def _promise(one: Learnt, places: Places, judge: Judge) -> Table:
    """The bins of the reference rows: promised and observed error rates."""
    rows = [
        (code + 1, int(n), float(offset), float(np.sqrt(spread / n)))
        for code, (n, offset, spread) in enumerate(zip(*_of(one.offsets), strict=True))
        if n >= judge.least_told
    ]
    return Table(("bin", "reference n", "observed less promised", "standard error"), tuple(rows))


def _of(offsets: Offsets) -> tuple[Floats, Floats, Floats]:
    return offsets.n.astype(np.float64), offsets.offset, offsets.variance


CHECK = Registered(
    name="estimate",
    section="drift",
    asks=ASKS,
    run=run,
    needs=(Need.TIME, Need.PROBABILITIES),
    plan=Plan,
)
