"""How often the engine's intervals hold the truth: exact bounds by enumeration, approximate ones by simulation.

`python -m benchmarks.coverage` prints `interval | case | n | smallest expected count | coverage | width`. Where n is
below 100 or a count is expected below 5, an approximate interval is marked: no promise is made there.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.auc import Auc, auc
from audits.engine.bounds import Interval, Rate, cp_interval, cp_lower, cp_upper, difference_interval, newcombe
from audits.engine.calibration import cells_of, prudent_ece
from audits.engine.counting.exact import Mean
from audits.engine.performance import mean_of, normal_interval
from audits.engine.poisson import poisson_slope
from audits.engine.shift import dkw, ks_distance, psi_interval
from audits.engine.spec_reader import spec_parse
from audits.engine.verdicts import Judge
from audits.suites import suite_load

Floats = NDArray[np.float64]
DRAWS = 2_000
SIZES = (1, 2, 5, 10, 30, 100, 300, 1_000)
LEAST_N, LEAST_COUNT = 100, 5.0
NOMINAL, LEAST_COVERAGE = 0.90, 0.88
Z_TWO_SIDED = 1.644853626951


@dataclass(frozen=True)
class Study:
    """One interval in one case. `expected`: the smallest expected count, None where nothing is counted."""

    interval: str
    case: str
    n: int
    expected: float | None
    coverage: float
    width: float
    exact: bool = False

    @property
    def promised(self) -> bool:
        """Whether a coverage is promised here: always for exact bounds."""
        large = self.n >= LEAST_N and (self.expected is None or self.expected >= LEAST_COUNT)
        return self.exact or large

    @property
    def kept(self) -> bool:
        least = NOMINAL - 1e-12 if self.exact else LEAST_COVERAGE
        return not self.promised or self.coverage >= least


def exact_studies() -> Iterator[Study]:
    """Clopper-Pearson by enumeration of every k, at rates that lie just beside the bounds, where coverage is least."""
    for n in SIZES:
        for name, bound in EXACT.items():
            intervals = [bound(k, n) for k in range(n + 1)]
            rates = _worst_rates(intervals)
            coverage = np.array([_enumerated(intervals, n, rate) for rate in rates])
            least = int(coverage.argmin())
            yield Study(name, f"p = {rates[least]:.4f}, the worst", n, None, coverage[least], _width(intervals), True)


EXACT: dict[str, Callable[[int, int], Interval]] = {
    "Clopper-Pearson, two-sided 90 %": lambda k, n: cp_interval(k, n, NOMINAL),
    "Clopper-Pearson, upper 90 %": lambda k, n: Interval(0.0, cp_upper(k, n, NOMINAL)),
    "Clopper-Pearson, lower 90 %": lambda k, n: Interval(cp_lower(k, n, NOMINAL), 1.0),
}


def _worst_rates(intervals: list[Interval]) -> Floats:
    """Rates a hair inside and outside every end, and a grid between; coverage jumps only at the ends."""
    ends = np.unique([end for each in intervals for end in (each.low, each.high)])
    beside = np.concatenate([ends - 1e-9, ends + 1e-9, np.linspace(0.001, 0.999, 199)])
    return np.unique(beside[(beside > 0) & (beside < 1)])


def _enumerated(intervals: list[Interval], n: int, rate: float) -> float:
    chance = stats.binom.pmf(np.arange(n + 1), n, rate)
    held = np.array([each.low <= rate <= each.high for each in intervals])
    return float(chance[held].sum())


def _width(intervals: list[Interval]) -> float:
    return float(np.mean([each.high - each.low for each in intervals]))


@cache
def approximate_studies() -> tuple[Study, ...]:
    """Every approximate interval, 2,000 draws a case."""
    return (
        *_differences(),
        *_priced_gaps(),
        *_aucs(),
        *_means(),
        *_slopes(),
        *_distances(),
        *_shifts(),
        *_calibrations(),
    )


def _study(name: str, case: str, n: int, expected: float | None, held: list[bool], widths: list[float]) -> Study:
    return Study(name, case, n, expected, float(np.mean(held)), float(np.mean(widths)))


def _differences() -> Iterator[Study]:
    """Newcombe's interval of a difference of two rates."""
    rng = np.random.default_rng(1)
    for n, m in ((20, 20), (50, 100), (100, 100), (100, 1_000), (1_000, 1_000)):
        for p, q in ((0.5, 0.5), (0.1, 0.2), (0.05, 0.05), (0.01, 0.02)):
            drawn = zip(rng.binomial(n, p, DRAWS), rng.binomial(m, q, DRAWS), strict=True)
            found = [newcombe(Rate(int(a), n), Rate(int(b), m), Z_TWO_SIDED) for a, b in drawn]
            held = [each.low <= p - q <= each.high for each in found]
            least = min(n * p, n * (1 - p), m * q, m * (1 - q))
            case = f"{p:g} of {n:,} against {q:g} of {m:,}"
            yield _study(
                "Newcombe difference, two-sided 90 %", case, min(n, m), least, held, [e.high - e.low for e in found]
            )


def _priced_gaps() -> Iterator[Study]:
    """The priced upper bound of a gap: the larger of Wald and Newcombe, one-sided."""
    rng = np.random.default_rng(2)
    for n, m in ((100, 300), (100, 2_000), (500, 5_000)):
        for p, q in ((0.5, 0.4), (0.1, 0.1), (0.05, 0.05), (0.8, 0.9)):
            drawn = zip(rng.binomial(n, p, DRAWS), rng.binomial(m, q, DRAWS), strict=True)
            found = [difference_interval(Rate(int(a), n), Rate(int(b), m)).high for a, b in drawn]
            least = min(n * p, n * (1 - p), m * q, m * (1 - q))
            case = f"{p:g} of {n:,} against {q:g} of {m:,}"
            held = [high >= p - q for high in found]
            yield _study("priced gap, upper 90 %", case, n, least, held, [high - (p - q) for high in found])


def _aucs() -> Iterator[Study]:
    """The AUC's interval, for normal scores a distance apart and for scores of five values."""
    rng = np.random.default_rng(3)
    for n, share in ((100, 0.5), (100, 0.05), (300, 0.1), (1_000, 0.05)):
        for apart, grades in ((0.0, 0), (1.0, 0), (1.0, 5), (2.0, 0), (3.0, 0), (2.5, 5)):
            events = max(2, round(n * share))
            event = np.arange(n) < events
            truth = _true_auc(apart, grades)
            found = [_area(rng, event, apart, grades).prudent(NOMINAL) for _ in range(DRAWS)]
            held = [each.low <= truth <= each.high for each in found]
            case = f"{events} events of {n:,}, AUC {truth:.3f}" + (f", {grades} grades" if grades else "")
            yield _study("AUC, two-sided 90 %", case, n, float(events), held, [e.high - e.low for e in found])


def _area(rng: np.random.Generator, event: NDArray[np.bool_], apart: float, grades: int) -> Auc:
    found = auc(_scores(rng, event, apart, grades), event)
    if found is None:
        raise AssertionError("every case draws two outcomes")
    return found


CUTS = np.array([-0.5, 0.25, 0.75, 1.5])


def _scores(rng: np.random.Generator, event: NDArray[np.bool_], apart: float, grades: int) -> Floats:
    drawn = rng.normal(size=len(event)) + apart * event
    return np.searchsorted(CUTS, drawn).astype(np.float64) if grades else drawn


def _true_auc(apart: float, grades: int) -> float:
    if not grades:
        return float(stats.norm.cdf(apart / math.sqrt(2)))
    ends = np.concatenate([[-np.inf], CUTS, [np.inf]])
    none, some = np.diff(stats.norm.cdf(ends)), np.diff(stats.norm.cdf(ends - apart))
    below = np.cumsum(none) - none / 2
    return float(some @ below)


def _means() -> Iterator[Study]:
    """The normal interval of a mean: of squared errors (Brier), and of a skewed loss."""
    rng = np.random.default_rng(4)
    for n in (30, 100, 1_000):
        for name, draw, truth in (
            ("Brier of a calibrated score", _briers, 1 / 6),
            ("exponential losses", _exponentials, 1.0),
        ):
            found = [normal_interval(_mean(values), NOMINAL) for values in draw(rng, (DRAWS, n))]
            held = [each.low <= truth <= each.high for each in found]
            yield _study("normal mean, two-sided 90 %", name, n, None, held, [e.high - e.low for e in found])


def _briers(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    stated = rng.random(size)
    return np.asarray((stated - (rng.random(size) < stated)) ** 2)


def _mean(values: Floats) -> Mean:
    found = mean_of(values)
    if found is None:
        raise AssertionError("every case draws several values")
    return found


def _exponentials(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    return rng.exponential(size=size)


def _slopes() -> Iterator[Study]:
    """The slope of harmful errors on time: its priced upper bound and its two-sided interval."""
    rng = np.random.default_rng(5)
    for periods, n, rate in ((4, 500, 0.03), (8, 300, 0.05), (12, 1_000, 0.01)):
        time, sizes = np.arange(periods) / 12, np.full(periods, float(n))
        for g in (0.0, 0.5):
            chance = rate * np.exp(g * time)
            fitted = [poisson_slope(rng.binomial(n, chance).astype(float), sizes, time) for _ in range(DRAWS)]
            told = [each for each in fitted if each is not None]
            held = [each.upper(1.281551565545) >= g for each in told]
            case = f"{periods} periods of {n}, rate {rate:g}, slope {g:g}"
            width = [each.upper(1.281551565545) - g for each in told]
            yield _study("Poisson slope, upper 90 %", case, n * periods, n * rate, held, width)


def _distances() -> Iterator[Study]:
    """The Dvoretzky-Kiefer-Wolfowitz band of a Kolmogorov-Smirnov distance."""
    rng = np.random.default_rng(6)
    for n, apart in ((100, 0.0), (300, 0.5), (1_000, 0.1)):
        truth = float(2 * stats.norm.cdf(apart / 2) - 1)
        found = [
            dkw(ks_distance(rng.normal(size=n), rng.normal(apart, size=n))[0], n, n, NOMINAL) for _ in range(DRAWS)
        ]
        held = [each.low <= truth <= each.high for each in found]
        case = f"normals {apart:g} apart, {n:,} a part"
        yield _study("KS distance, two-sided 90 %", case, n, None, held, [e.high - e.low for e in found])


def _shifts() -> Iterator[Study]:
    """PSI of ten bins against the PSI of the distributions drawn from."""
    rng, suite = np.random.default_rng(7), suite_load("PAS-2026.3")
    for n, tilt in ((300, 0.3), (1_000, 0.15), (1_000, 0.5), (5_000, 0.1)):
        before = np.full(10, 0.1)
        after = before * np.exp(tilt * np.linspace(-1, 1, 10))
        after /= after.sum()
        truth = float(((after - before) * np.log(after / before)).sum())
        found = [psi_interval(rng.multinomial(n, before), rng.multinomial(n, after), suite, rng) for _ in range(DRAWS)]
        held = [each.low <= truth <= each.high for each in found]
        least = float(n * after.min())
        case = f"PSI {truth:.4f}, {n:,} a part"
        yield _study("PSI, two-sided 90 %", case, n, least, held, [e.high - e.low for e in found])


def _calibrations() -> Iterator[Study]:
    """The prudent ECE against the error of the ten bins in the population, for scores that state too much."""
    rng, suite = np.random.default_rng(8), replace(suite_load("PAS-2026.3"), bootstraps=200)
    for n, stretch in ((300, 0.0), (300, 0.1), (1_000, 0.05), (3_000, 0.02)):
        bins = (np.arange(10) + 0.5) / 10
        truth = float(np.abs(stretch * (bins - 0.5)).mean())
        judge = Judge(suite, CALIBRATION_SPEC, 1)
        held, widths = [], []
        for _ in range(DRAWS):
            stated = rng.random(n)
            hit = rng.random(n) < stated - stretch * (stated - 0.5)
            upper = prudent_ece(cells_of(stated, hit), judge).u
            held.append(upper >= truth)
            widths.append(upper - truth)
        yield _study("prudent ECE, upper 90 %", f"ECE {truth:.4f}, n {n:,}", n, None, held, widths)


CALIBRATION_SPEC = spec_parse(
    {
        "task": "binary",
        "label": "y",
        "positive_label": "1",
        "decision": {"column": "p", "op": ">=", "value": "0.5"},
        "probability": "p",
    }
)


def lines(studies: tuple[Study, ...]) -> Iterator[str]:
    """The table as text."""
    yield "interval | case | n | smallest expected count | coverage | mean width |"
    for each in studies:
        expected = "-" if each.expected is None else f"{each.expected:.1f}"
        mark = "" if each.promised else "no promise" if each.coverage < LEAST_COVERAGE else "no promise needed"
        told = "" if each.kept else "BELOW"
        yield (
            f"{each.interval} | {each.case} | {each.n:,} | {expected} | "
            f"{each.coverage:.3f} | {each.width:.4f} | {mark or told}"
        )


def main() -> None:
    for line in lines((*exact_studies(), *approximate_studies())):
        print(line)


if __name__ == "__main__":
    main()
