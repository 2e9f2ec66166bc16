"""Beliefs beside bounds: what a prior and the rows say of each rate. Information, never a price (DOMAIN D4).

A rate k of n with a Beta(a, b) prior has the posterior Beta(a + k, b + n - k). The confusion matrix has a Dirichlet
posterior; shares of its cells and rates within its rows and columns are then Beta exactly, so nothing is simulated but
the difference of two rates. Jeffreys' prior is one half in every cell (Jeffreys 1946; Brown, Cai and DasGupta 2001).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from audits.engine import words
from audits.engine.bounds import Z_90_TWO_SIDED, Interval, cp_interval, difference_interval
from audits.engine.cases import Cases
from audits.engine.groups import METRICS, Gap, count, gaps, groupings, measurable
from audits.engine.performance import performed, unsafe_labels, unseen_harm
from audits.engine.registry import Subject
from audits.engine.result import Check, Part, Table
from audits.engine.verdicts import Judge
from core.errors import InputRefused

ASK = ("uncertainty.posterior", "Harmful errors as a belief")
HALF = 0.5  # Jeffreys' prior in each cell
D4 = (
    "Never priced: a Bayesian class-prior quantile does not make fewer rows dearer for models worse than their class. "
    "Observed 8 % against a Beta(20, 480) prior gives a 90 % quantile of .058, .070 and .079 for 100, 500 and 2,000 "
    "rows, while Clopper-Pearson gives .127, .098 and .088, so a bad model would gain by sending fewer rows."
)


@dataclass(frozen=True)
class PosteriorPlan:
    """prior_k, prior_n: a filed prior of harmful errors as k of n imagined rows (0 of 0: none is filed).
    draws: from the posterior of each gap."""

    prior_k: float
    prior_n: float
    draws: int


class Belief(NamedTuple):
    """A Beta(a, b) distribution of a rate."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    def interval(self, confidence: float) -> Interval:
        """The central interval that holds the rate with this probability; of the only cell there is, 1."""
        if self.b == 0:
            return Interval(1.0, 1.0)
        side = (1 - confidence) / 2
        low, high = (float(stats.beta.ppf(each, self.a, self.b)) for each in (side, 1 - side))
        return Interval(low, high)

    def above(self, limit: float) -> float:
        """The probability that the rate lies above `limit`."""
        return float(stats.beta.sf(limit, self.a, self.b))


class Held(NamedTuple):
    """A rate as counts, the check whose limit it meets, and prior cells of hits and of the rest."""

    title: str
    subject: str
    check: str
    k: int
    n: int
    prior: tuple[float, float] = (HALF, HALF)


def measure(subject: Subject, plan: PosteriorPlan, rng: np.random.Generator) -> Part:
    """The posterior of every rate that is priced or reported, of the confusion matrix and of the gaps."""
    judge, cases = subject.judge, subject.cases
    reason = unsafe_labels(cases, judge) or unseen_harm(performed(cases, judge.spec), judge)
    if reason:
        return Part((judge.silent(*ASK, "cannot_tell", reason, n=cases.n),))
    held = [Held("Harmful errors", "", "performance.harmful_error", cases.k, cases.n)]
    if plan.prior_n > 0:
        prior = (plan.prior_k, plan.prior_n - plan.prior_k)
        held.append(Held("Harmful errors, filed class prior", "", "performance.harmful_error", cases.k, cases.n, prior))
    table, cells = _matrix(cases)
    held += _within(table, judge)
    rows = [_row(each, judge) for each in held]
    rows += [_gap_row(each, plan.draws, judge, rng) for each in _gaps(subject)]
    columns = ("rate", "subject", "k", "n", "bound low", "bound high", "prior", "mean", "low", "high", "over limit")
    tables = {"posterior": Table(columns, tuple(rows)), "joint": _joint(judge)}
    if cells:
        tables["matrix"] = _matrix_table(table, cells, judge)
    return Part((_check(held[0], judge),), tables)


def _check(held: Held, judge: Judge) -> Check:
    belief, confidence = _belief(held), judge.suite.confidence
    interval, limit = belief.interval(confidence), judge.limit(held.check)
    scale, figure = words.of_hundred(belief.mean, interval.low, interval.high)
    above = ""
    if limit is not None:
        above = f" That they exceed the limit of {limit.value:g} has probability {belief.above(limit.value):.3f}."
    sentence = f"Of {scale} audited decisions, {figure} are believed to be wrong in the harmful direction.{above} {D4}"
    method = f"Beta posterior with Jeffreys' prior, central {words.percent(confidence)}; a belief, not a confidence"
    return judge.check(*ASK, belief.mean, interval, sentence, held.n, k=held.k, confidence=confidence, method=method)


def _belief(held: Held) -> Belief:
    return Belief(held.prior[0] + held.k, held.prior[1] + held.n - held.k)


def _chance(belief: Belief, held: Held, judge: Judge) -> float | None:
    """The probability that the rate lies above the limit in force, None without one."""
    limit = judge.limit(held.check)
    return None if limit is None else belief.above(limit.value)


def _row(held: Held, judge: Judge) -> tuple[Any, ...]:
    confidence, belief = judge.suite.confidence, _belief(held)
    exact = cp_interval(held.k, held.n, confidence) if held.n else None
    bounds = (exact.low, exact.high) if exact else (None, None)
    around, prior = belief.interval(confidence), f"Beta({held.prior[0]:g}, {held.prior[1]:g})"
    chance = _chance(belief, held, judge)
    return (held.title, held.subject, held.k, held.n, *bounds, prior, belief.mean, around.low, around.high, chance)


def _matrix(cases: Cases) -> tuple[Any, tuple[str, ...]]:
    """Counts of outcome (rows) by decision (columns), and the names of the outcomes; none for forecasts."""
    if cases.forecast is not None:
        return np.zeros((0, 0), dtype=np.int64), ()
    if cases.classes is None:
        truth, called = cases.event.astype(np.int32), cases.positive.astype(np.int32)
        names: tuple[str, ...] = ("no event", "event")
    else:
        truth, called, names = cases.classes
    size, keep = len(names), cases.audited
    flat = truth[keep].astype(np.int64) * size + called[keep]
    return np.bincount(flat, minlength=size * size).reshape(size, size), names


def _within(table: Any, judge: Judge) -> list[Held]:
    """Rates of a yes/no confusion matrix; the prior of a sum of cells is the sum of theirs."""
    if not judge.spec.decides:
        return []
    (tn, fp), (fn, tp) = (tuple(int(cell) for cell in row) for row in table)
    n = tn + fp + fn + tp
    named = (
        ("False-positive rate", "false_positive_rate", fp, fp + tn),
        ("False-negative rate", "false_negative_rate", fn, fn + tp),
        ("Positive predictive value", "positive_predictive_value", tp, tp + fp),
        ("Negative predictive value", "negative_predictive_value", tn, tn + fn),
    )
    rates = [Held(title, "", f"performance.{name}", k, of) for title, name, k, of in named]
    return [Held("Accuracy", "", "performance.accuracy", tp + tn, n, (2 * HALF, 2 * HALF)), *rates]


def _matrix_table(table: Any, names: tuple[str, ...], judge: Judge) -> Table:
    """The Dirichlet posterior of the cells: the share of each, and its share of the outcome's rows."""
    n, size = int(table.sum()), len(names)
    rows = []
    for (true, called), cell in np.ndenumerate(table):
        k, outcome = int(cell), int(table[true].sum())
        whole = Belief(k + HALF, n - k + HALF * (size * size - 1))
        part = Belief(k + HALF, outcome - k + HALF * (size - 1))
        around, within = whole.interval(judge.suite.confidence), part.interval(judge.suite.confidence)
        joint = (whole.mean, around.low, around.high)
        rows.append((names[true], names[called], k, *joint, outcome, part.mean, within.low, within.high))
    columns = ("outcome", "decision", "k", "share", "low", "high", "rows of the outcome", "of them")
    return Table((*columns, "of them low", "of them high"), tuple(rows))


def _gaps(subject: Subject) -> list[Gap]:
    """The gaps that fairness prices; none where it cannot tell them."""
    spec = subject.judge.spec
    metric = METRICS.get(spec.gap_metric)
    if metric is None:
        return []
    try:
        counted = [count(each, subject.cases, spec) for each in groupings(subject.frame, subject.judge)]
    except InputRefused:  # the fairness check says why
        return []
    return [gap for each in counted if measurable(each, metric) for gap in gaps(each, metric, subject.judge.suite)]


def _gap_row(gap: Gap, draws: int, judge: Judge, rng: np.random.Generator) -> tuple[Any, ...]:
    """The disadvantage of a group against all others, by draws from both posteriors."""
    pair = (gap.rate, gap.rest) if METRICS[judge.spec.gap_metric].sign > 0 else (gap.rest, gap.rate)
    first, second = (rng.beta(rate.k + HALF, rate.n - rate.k + HALF, draws) for rate in pair)
    apart, side = np.sort(first - second), (1 - judge.suite.confidence) / 2
    low, high = (float(each) for each in np.quantile(apart, (side, 1 - side)))
    limit, around = judge.limit("fairness.gap"), difference_interval(*pair, Z_90_TWO_SIDED)
    above = None if limit is None else float((apart > limit.value).mean())
    head = ("Gap", f"{gap.attribute} = {gap.group}", int(gap.rate.k), int(gap.rate.n), around.low, around.high)
    return (*head, f"Beta({HALF:g}, {HALF:g}) each", float(apart.mean()), low, high, above)


def _joint(judge: Judge) -> Table:
    """With how much confidence several bounds hold at once: what is certain, and what would need independence."""
    gamma = judge.suite.gamma
    rows = tuple((bounds, max(0.0, 1 - bounds * (1 - gamma)), gamma**bounds) for bounds in range(1, 7))
    return Table(("priced bounds", "all hold at least at", "all hold at, were they independent"), rows)
