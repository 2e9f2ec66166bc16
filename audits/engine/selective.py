"""What the model is worth where it is sure: harmful errors among the most confident shares, and what to hand to people.

Risk and coverage as El-Yaniv and Wiener 2010; the area under the curve as Geifman, Uziel and El-Yaniv 2019. Given the
confidences each share kept is a sample of its own, so its exact interval stands; several shares are tried for one
limit, so the bound that answers how much to hand over is shared out among them (Bonferroni). The area is a
weighted sum of errors; its interval is that of Fay and Feuer 1997 for weighted counts, never too narrow for rare ones.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from audits.engine import words
from audits.engine.bounds import cp_interval, cp_upper
from audits.engine.calibration import turning_score
from audits.engine.frame import Floats, Mask
from audits.engine.performance import performed, unsafe_labels, unseen_harm
from audits.engine.registry import Subject
from audits.engine.result import Check, Part, Table
from audits.engine.verdicts import Judge
from audits.engine.weighted import Weighted

AREA = ("uncertainty.aurc", "Harmful errors over all shares of the most confident")
HAND_OVER = ("uncertainty.hand_over", "Share of decisions to hand to people")


@dataclass(frozen=True)
class SelectivePlan:
    """coverages: shares of decisions that stay with the model, comma-separated, tried for the limit."""

    coverages: str

    @property
    def shares(self) -> tuple[float, ...]:
        return tuple(sorted((float(each) for each in self.coverages.split(",")), reverse=True))


class Kept(NamedTuple):
    """The most confident rows, ties together: `k` harmful of `n`, `share` of all, `upper` the bound shared out."""

    wanted: float
    share: float
    k: int
    n: int
    upper: float


def measure(subject: Subject, plan: SelectivePlan) -> Part:
    """The curve, its area, and the share to hand over."""
    judge, cases = subject.judge, subject.cases
    confidence = _confidence(subject)
    if isinstance(confidence, str):
        return Part(tuple(judge.silent(*ask, "not_run", confidence) for ask in (AREA, HAND_OVER)))
    usable = cases.audited & np.isfinite(confidence)
    reason = unsafe_labels(cases, judge) or unseen_harm(performed(cases, judge.spec), judge)
    if reason or not usable.any():
        told = reason or "No audited row carries a confidence."
        return Part(tuple(judge.silent(*ask, "cannot_tell", told) for ask in (AREA, HAND_OVER)))
    sure, harm = confidence[usable], cases.harm[usable]
    curve = curve_of(sure, harm, plan.shares, judge.suite.gamma)
    checks = (_area_check(sure, harm, judge), _hand_over(curve, judge))
    return Part(checks, {"selective": _table(curve, judge)})


def _confidence(subject: Subject) -> Floats | str:
    """How sure the model is of each decision, higher is surer: the distance to the line where it turns, as a share of
    what there is on that side; the probability of the class decided; a forecast's interval, narrower is surer."""
    cases, spec = subject.cases, subject.judge.spec
    if cases.forecast is not None:
        if spec.interval is None:
            return "No prediction interval was registered, so nothing says how sure a forecast is."
        low, high = (
            subject.frame.column(name, "interval").numbers() for name in (spec.interval.low, spec.interval.high)
        )
        return low - high
    if cases.probability is None:
        return "No probability was registered, so nothing says how sure a decision is."
    if cases.classes is not None:
        return cases.probability
    p, turn = cases.probability, turning_score(cases, cases.probability)
    if turn is None or not 0 < turn < 1:
        return np.where(cases.positive, p, 1 - p)
    return np.where(p >= turn, (p - turn) / (1 - turn), (turn - p) / turn)


def curve_of(sure: Floats, harm: Mask, shares: tuple[float, ...], gamma: float) -> list[Kept]:
    """The most confident shares of float[n] confidences, and their upper bounds at `gamma` for all of them at once."""
    order = np.argsort(-sure, kind="stable")
    ranked, harmed, n = sure[order], np.cumsum(harm[order]), len(sure)
    side, kept = 1 - (1 - gamma) / len(shares), []
    for share in shares:
        first = max(1, math.ceil(share * n - 1e-9))
        last = int(np.searchsorted(-ranked, -ranked[first - 1], side="right"))
        k = int(harmed[last - 1])
        kept.append(Kept(share, last / n, k, last, cp_upper(k, last, side)))
    return kept


def area_weights(sure: Floats) -> Floats:
    """float[n]: what an error of each row adds to the area; equal confidences share evenly."""
    n = len(sure)
    order = np.argsort(-sure, kind="stable")
    tails = np.cumsum(1 / np.arange(n, 0, -1))[::-1] / n
    _, place = np.unique(-sure[order], return_inverse=True)
    even = np.bincount(place, weights=tails) / np.bincount(place)
    weights = np.empty(n)
    weights[order] = even[place]
    return weights


def area_of(sure: Floats, harm: Mask) -> Weighted:
    """The area under risk and coverage as a weighted sum of the harmful errors."""
    weights = area_weights(sure)
    found = np.sort(weights[harm])
    return Weighted(float(found.sum()), float((found**2).sum()), float(weights.max()))


def _area_check(sure: Floats, harm: Mask, judge: Judge) -> Check:
    confidence, n = judge.suite.confidence, len(sure)
    area = area_of(sure, harm)
    total, around = area.total, area.interval(confidence)
    sentence = (
        f"Averaged over all shares of its most confident decisions the model harms in {words.percent(total, 1)} "
        f"({words.percent(around.low, 1)} to {words.percent(around.high, 1)}); in all decisions together in "
        f"{words.percent(float(harm.mean()), 1)}. The further below, the better it knows when it is sure."
    )
    method = f"area under risk and coverage; Fay and Feuer 1997, {words.percent(confidence)}, given the confidences"
    return judge.check(*AREA, total, around, sentence, n, k=int(harm.sum()), confidence=confidence, method=method)


def _hand_over(curve: list[Kept], judge: Judge) -> Check:
    limit, n = judge.limit("performance.harmful_error"), max(each.n for each in curve)
    if limit is None:
        return judge.silent(*HAND_OVER, "not_run", "The use class sets no limit on harmful errors.", n=n)
    met = [each for each in curve if limit.holds(each.upper)]
    told = f"the limit of {words.percent(limit.value, 1)}"
    if not met:
        best = min(curve, key=lambda each: each.upper)
        reason = (
            f"No share tried shows harmful errors below {told}: at best at most {words.percent(best.upper, 1)}, among "
            f"the most confident {words.percent(best.share, 1)}."
        )
        return judge.silent(*HAND_OVER, "cannot_tell", reason, n=n)
    kept = max(met, key=lambda each: each.share)
    sentence = (
        f"If people decide the least sure {words.percent(1 - kept.share, 1)}, harmful errors among the rest are at "
        f"most {words.percent(kept.upper, 1)}, below {told}. What people then decide wrongly is not in this figure."
    )
    if kept.share == 1:
        sentence = (
            f"Nothing need be handed over: harmful errors are at most {words.percent(kept.upper, 1)}, below {told}."
        )
    method = f"Clopper-Pearson one-sided {judge.suite.gamma:.2f}, Bonferroni over {len(curve)} shares"
    return judge.check(*HAND_OVER, 1 - kept.share, None, sentence, n, k=kept.k, method=method)


def _table(curve: list[Kept], judge: Judge) -> Table:
    rows: list[tuple[Any, ...]] = []
    for each in curve:
        around = cp_interval(each.k, each.n, judge.suite.confidence)
        rows.append((each.wanted, each.share, each.n, each.k, each.k / each.n, around.low, around.high, each.upper))
    columns = ("share wanted", "share kept", "rows", "harmful", "rate", "low", "high", "at most, all shares at once")
    return Table(columns, tuple(rows))
