"""Do stated probabilities come true? Prudent ECE, reliability by bin, the bin of the decision (DOMAIN 1.0 rule 9, 2.5).

Ten equal-mass bins on the score, ties together. The bootstrap resamples rows and bins each resample anew; it draws the
counts of distinct (score, outcome) cells, which has the law of drawing rows, so its cost does not grow with n.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from audits.engine import words
from audits.engine.bounds import Interval, cp_interval, six, six_apart
from audits.engine.cases import Audited, Cases, Forecast
from audits.engine.counting.scores import scores_counted
from audits.engine.frame import Floats, Frame, Mask
from audits.engine.performance import by_rungs, unsafe_labels
from audits.engine.result import Check, Dimension, Part, State, Table, Verdict
from audits.engine.spec import NominalInterval
from audits.engine.verdicts import Judge

MOST_CELLS = 1024  # distinct scores kept apart in the bootstrap; beyond, neighbours share their mean
CHUNK = 100  # resamples held in memory at once

Counts = NDArray[np.int64]


class Cells(NamedTuple):
    """Rows by ascending distinct score: mean score of hits and of misses, and how many there are of each."""

    hit_score: Floats
    miss_score: Floats
    hits: Counts
    misses: Counts

    @property
    def n(self) -> int:
        return int(self.hits.sum() + self.misses.sum())


@dataclass(frozen=True)
class Ece:
    """Expected calibration error: plug-in point, upper bound u >= point, rows and resamples behind it."""

    point: float
    u: float
    n: int
    bootstraps: int

    @property
    def half_width(self) -> float:
        return self.u - self.point


@dataclass(frozen=True)
class Stated:
    """Probabilities counted: cells of the audited rows that have one, how many have none, and the probability at which
    the decision turns where it is a threshold. `beyond` is what the ECE may be away from its value because
    probabilities were counted by rung."""

    cells: Cells
    missing: int
    turn: float | None
    beyond: float = 0.0


def measure(frame: Frame, cases: Cases, judge: Judge) -> Part:
    """ECE dimension, its check, the reliability table and the bin at the decision threshold."""
    if judge.spec.task == "regression":
        return coverage_told(_covered(frame, cases, judge), cases, judge)
    return told(stated_of(cases, judge), cases, judge)


def stated_of(cases: Cases, judge: Judge) -> Stated | None:
    """The stated probabilities of the audited rows, counted; None where none was registered."""
    if cases.probability is None:
        return None
    scored = cases.audited & np.isfinite(cases.probability)
    hit = ~cases.wrong if judge.spec.task == "multiclass" else cases.event
    turn = turning_score(cases, cases.probability) if judge.spec.decides else None
    return Stated(cells_of(cases.probability[scored], hit[scored]), cases.n - int(scored.sum()), turn)


def told(stated: Stated | None, rows: Audited, judge: Judge) -> Part:
    """The same of counted probabilities; None where none was registered."""
    reason, state = why_not(stated, rows, judge)
    if reason is not None or stated is None:
        verdict: Verdict = "cannot_tell" if state == "cannot_tell" else "not_run"
        check = judge.silent("calibration.ece", "Prudent ECE", verdict, reason or "", n=0)
        return Part((check,), dimensions={"ece": Dimension(state, reason)})
    found = prudent_ece(stated.cells, judge, stated.beyond)
    bins = reliability(stated.cells, judge)
    checks = (_ece_check(found, stated, judge), _threshold_check(stated, judge))
    dimension = Dimension("measured", None, _figures(found))
    return Part(checks, {"reliability": bins}, judge.findings(checks), {"ece": dimension})


def why_not(stated: Stated | None, rows: Audited, judge: Judge) -> tuple[str | None, State]:
    """Why nothing is told of stated probabilities, None where it can be; and the state that follows."""
    if stated is None:
        if judge.spec.scores_expected:
            return "No probability was sent, so calibration was not measured.", "not_run"
        return "The registered use carries decisions without scores.", "not_applicable"
    most = judge.suite.unlabelled_cannot_tell
    if stated.missing > most * rows.n:
        return (
            f"{stated.missing:,} of {rows.n:,} audited rows carry no probability; "
            f"above {words.percent(most)} nothing can be told.",
            "cannot_tell",
        )
    return unsafe_labels(rows, judge), "cannot_tell"


def _figures(found: Ece) -> dict[str, object]:
    return {
        "point": six(found.point),
        "half_width": six_apart(found.u, found.point),
        "u": six(found.u),
        "n": found.n,
        "bootstraps": found.bootstraps,
    }


def cells_of(probability: Floats, hit: Mask) -> Cells:
    """Rows counted by distinct probability."""
    distinct, hits, misses = scores_counted(probability, hit)
    return Cells(distinct, distinct, hits, misses)


def mass_bins(counts: Counts, bins: int) -> Counts:
    """Bin of each distinct score (last axis, ascending): as many rows a bin as ties allow. These are the bins of the
    j/bins quantiles, right-closed: a score lies above edge j when (n - 1) j < bins * (rows below it)."""
    n = counts.sum(axis=-1, keepdims=True)
    below = np.cumsum(counts, axis=-1) - counts
    return np.asarray(np.clip((bins * below - 1) // np.maximum(n - 1, 1), 0, bins - 1))


def ece_of(cells: Cells, hits: Counts, misses: Counts, bins: int) -> Floats:
    """ECE of each row of counts (resamples x distinct scores): sum over bins of |hits - stated| / n."""
    resamples = len(hits)
    excess = hits * (1 - cells.hit_score) - misses * cells.miss_score
    place = mass_bins(hits + misses, bins) + np.arange(resamples)[:, None] * bins
    sums = np.bincount(place.ravel(), weights=excess.ravel(), minlength=resamples * bins)
    total = (hits + misses).sum(axis=1)
    return np.asarray(np.abs(sums.reshape(resamples, bins)).sum(axis=1) / total)


def prudent_ece(cells: Cells, judge: Judge, beyond: float = 0.0) -> Ece:
    """Point and the gamma quantile of the row bootstrap, never below the point; `beyond` is added to the bound."""
    suite = judge.suite
    point = float(ece_of(cells, cells.hits[None], cells.misses[None], suite.calibration_bins)[0])
    drawn = _resampled(_thinned(cells), suite.bootstraps, suite.calibration_bins, judge.seed)
    return Ece(point, max(point, float(np.quantile(drawn, suite.gamma))) + beyond, cells.n, suite.bootstraps)


def _resampled(cells: Cells, times: int, bins: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    size, shares = len(cells.hits), np.concatenate([cells.hits, cells.misses]) / cells.n
    found = []
    for start in range(0, times, CHUNK):
        drawn = rng.multinomial(cells.n, shares, size=min(CHUNK, times - start))
        found.append(ece_of(cells, drawn[:, :size], drawn[:, size:], bins))
    return np.concatenate(found)


def _thinned(cells: Cells) -> Cells:
    """At most MOST_CELLS neighbouring groups of equal mass with the mean score of their hits and of their misses."""
    if len(cells.hits) <= MOST_CELLS:
        return cells
    place = mass_bins(cells.hits + cells.misses, MOST_CELLS)
    hits = np.bincount(place, weights=cells.hits, minlength=MOST_CELLS)
    misses = np.bincount(place, weights=cells.misses, minlength=MOST_CELLS)
    hit_sum = np.bincount(place, weights=cells.hits * cells.hit_score, minlength=MOST_CELLS)
    miss_sum = np.bincount(place, weights=cells.misses * cells.miss_score, minlength=MOST_CELLS)
    return Cells(
        hit_sum / np.maximum(hits, 1), miss_sum / np.maximum(misses, 1), hits.astype(np.int64), misses.astype(np.int64)
    )


def reliability(cells: Cells, judge: Judge) -> Table:
    """Each bin: scores from and to, n, mean score, k hits, observed share with its exact interval."""
    place = mass_bins(cells.hits + cells.misses, judge.suite.calibration_bins)
    rows = []
    for number in np.unique(place):
        here = place == number
        k, n = int(cells.hits[here].sum()), int((cells.hits + cells.misses)[here].sum())
        scores = cells.hit_score[here]
        mean = float(scores @ (cells.hits + cells.misses)[here]) / n
        interval = cp_interval(k, n, judge.suite.confidence)
        ends = scores_told(scores, judge)
        rows.append((int(number) + 1, *ends, n, mean, k, k / n, interval.low, interval.high))
    columns = ("bin", "score from", "score to", "n", "mean score", "k", "observed", "low", "high")
    return Table(columns, tuple(rows))


def chance_alone(cells: Cells, bins: int, true: float) -> float:
    """How much the plug-in ECE of these bins exceeds a true distance of `true` in every bin, on average: the mean of
    |X| for X normal around `true` with each bin's standard error (Leone, Nelson and Nottingham 1961), less `true`."""
    place = mass_bins(cells.hits + cells.misses, bins)
    rows = np.bincount(place, weights=cells.hits + cells.misses, minlength=bins)
    total = np.bincount(place, weights=cells.hits * cells.hit_score + cells.misses * cells.miss_score, minlength=bins)
    n = np.asarray(rows[rows > 0], dtype=np.float64)
    stated = np.asarray(total[rows > 0], dtype=np.float64) / n
    error = np.sqrt(np.maximum(stated * (1 - stated), 0.0) / n)
    far = np.divide(true, error, out=np.full(len(n), np.inf), where=error > 0)
    folded = error * np.sqrt(2 / np.pi) * np.exp(-(far**2) / 2) + true * special.erf(far / np.sqrt(2))
    return max(0.0, float(folded @ n / n.sum()) - true)


def scores_told(scores: Floats, judge: Judge) -> tuple[float, float]:
    """The least and the largest score of a bin. Each is one row's own, so they are rounded where rows are not shown."""
    ends = float(scores[0]), float(scores[-1])
    if judge.least_told == 1 or judge.suite.first:
        return ends
    return round(ends[0], 2), round(ends[1], 2)


def _ece_check(found: Ece, stated: Stated, judge: Judge) -> Check:
    """The first two editions take the plug-in as it is, and then small samples fail honest models."""
    limit = None if judge.suite.first else judge.limit("calibration.ece")
    excess = chance_alone(stated.cells, judge.suite.calibration_bins, limit.value) if limit else 0.0
    beyond = stated.beyond
    interval = Interval(max(0.0, found.point - found.half_width - excess), found.u)
    sentence = (
        f"Stated and observed probability differ by {words.points(found.point)} points on average, "
        f"at most {words.points(found.u)} with prudence. It says nothing of rare bins."
    )
    method = f"prudent ECE: {judge.suite.gamma:.2f} quantile of {found.bootstraps:,} row bootstraps, mirrored below"
    method += " and less what chance alone adds" if excess else ""
    method += by_rungs(beyond)
    return judge.check(
        "calibration.ece",
        "Prudent ECE",
        found.point,
        interval,
        sentence,
        found.n,
        confidence=2 * judge.suite.gamma - 1,
        method=method,
    )


def _threshold_check(stated: Stated, judge: Judge) -> Check:
    """Observed minus stated probability in the bin where the decision turns (DOMAIN 2.5)."""
    check_id, title = "calibration.threshold_bin", "Calibration where the decision turns"
    cells, turn = stated.cells, stated.turn
    if turn is None:
        reason = "The decision is not a threshold on the probability, so no one bin holds it."
        return judge.silent(check_id, title, "not_run", reason)
    place = mass_bins(cells.hits + cells.misses, judge.suite.calibration_bins)
    at = min(int(np.searchsorted(cells.hit_score, turn)), len(place) - 1)
    here = place == place[at]
    k, n = int(cells.hits[here].sum()), int((cells.hits + cells.misses)[here].sum())
    mean = float(cells.hit_score[here] @ (cells.hits + cells.misses)[here]) / n
    interval = cp_interval(k, n, judge.suite.confidence)
    sentence = (
        f"Around the decision the model states {words.percent(mean, 1)} and {words.percent(k / n, 1)} come true "
        f"({words.percent(interval.low, 1)} to {words.percent(interval.high, 1)}) of {words.count(n, 'case')}."
    )
    return judge.check(
        check_id,
        title,
        k / n - mean,
        Interval(interval.low - mean, interval.high - mean),
        sentence,
        n,
        k=k,
        confidence=judge.suite.confidence,
        method=f"Clopper-Pearson two-sided {words.percent(judge.suite.confidence)}",
    )


def turning_score(cases: Cases, probability: Floats) -> float | None:
    """The probability at which the decision turns, or None when no single line separates the decisions."""
    known = cases.decided & np.isfinite(probability)
    yes, no = probability[known & cases.positive], probability[known & ~cases.positive]
    if len(yes) == 0 or len(no) == 0:
        return None
    return turning(float(yes.min()), float(yes.max()), float(no.min()), float(no.max()))


def turning(yes_min: float, yes_max: float, no_min: float, no_max: float) -> float | None:
    """The probability at which the decision turns, from the extremes of both decisions' probabilities."""
    if no_max < yes_min:
        return yes_min
    return yes_max if yes_max < no_min else None


def _covered(frame: Frame, cases: Cases, judge: Judge) -> tuple[int, int] | None:
    """(inside, all) of the audited rows with a stated interval; None where none was registered."""
    stated = judge.spec.interval
    if stated is None or cases.forecast is None:
        return None
    return inside(frame, cases, cases.forecast, stated)


def inside(frame: Frame, cases: Cases, forecast: Forecast, stated: NominalInterval) -> tuple[int, int]:
    """How many audited outcomes lie inside their stated interval, of how many that have one."""
    low, high = (frame.column(name, "interval").numbers() for name in (stated.low, stated.high))
    usable = cases.audited & np.isfinite(low) & np.isfinite(high)
    return int(((forecast.truth >= low) & (forecast.truth <= high) & usable).sum()), int(usable.sum())


def coverage_told(covered: tuple[int, int] | None, rows: Audited, judge: Judge) -> Part:
    """Regression: |share of outcomes inside the stated interval - nominal share| with an exact bound."""
    stated = judge.spec.interval
    if stated is None or covered is None:
        reason = "No prediction interval was registered, so its coverage was not measured."
        state: State = "not_run" if judge.spec.scores_expected else "not_applicable"
        check = judge.silent("calibration.ece", "Coverage of the stated interval", "not_run", reason)
        return Part((check,), dimensions={"ece": Dimension(state, reason)})
    k, n = covered
    unable = unsafe_labels(rows, judge) or (None if n else "No audited row carries a prediction interval.")
    if unable:
        check = judge.silent("calibration.ece", "Coverage of the stated interval", "cannot_tell", unable, n=n)
        return Part((check,), dimensions={"ece": Dimension("cannot_tell", unable)})
    return _coverage_part(k, n, float(stated.nominal), judge)


def _coverage_part(k: int, n: int, nominal: float, judge: Judge) -> Part:
    around = cp_interval(k, n, judge.suite.confidence)
    point = abs(k / n - nominal)
    found = Ece(point, max(point, abs(around.low - nominal), abs(around.high - nominal)), n, 0)
    inside = around.low <= nominal <= around.high
    least = 0.0 if inside else min(abs(around.low - nominal), abs(around.high - nominal))
    told, stated = words.percent(k / n, 1), words.percent(nominal, 1)
    sentence = f"{k:,} of {n:,} outcomes fall inside the stated interval: {told}, stated {stated}."
    check = judge.check(
        "calibration.ece",
        "Coverage of the stated interval",
        point,
        Interval(least, found.u),
        sentence,
        n,
        k=k,
        confidence=judge.suite.confidence,
        method="Clopper-Pearson of the coverage, distance to nominal",
    )
    return Part((check,), {}, judge.findings((check,)), {"ece": Dimension("measured", None, _figures(found))})
