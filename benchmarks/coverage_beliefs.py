"""How often the intervals of agreement, calibration and selective risk hold the truth (see benchmarks/coverage.py).

`python -m benchmarks.coverage_beliefs` prints the table. Where an interval is refused for want of rows the draw does
not count; where it is given, it must hold.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audits.engine.agreement import Coefficient, cohen, fleiss, krippendorff, label_counts
from audits.engine.bounds import Interval
from audits.engine.brier import cox_line, score_interval
from audits.engine.calibration import cells_of
from audits.engine.reliability import enough
from audits.engine.selective import area_of, area_weights
from benchmarks.coverage import DRAWS, NOMINAL, Study, lines

Floats = NDArray[np.float64]
CLIP = 1e-6


def studies() -> Iterator[Study]:
    """Every approximate interval of these checks, 2,000 draws a case."""
    yield from _agreements()
    yield from _lines()
    yield from _scores()
    yield from _areas()


def _study(name: str, case: str, n: int, expected: float | None, found: list[Interval | None], truth: float) -> Study:
    told = [each for each in found if each is not None]
    held = [each.low <= truth <= each.high for each in told]
    width = float(np.mean([each.high - each.low for each in told])) if told else math.nan
    coverage = float(np.mean(held)) if told else 1.0
    return Study(name, f"{case}, told in {len(told):,} draws", n, expected, coverage, width)


def _agreements() -> Iterator[Study]:
    """Three readers who are right or else guess by the shares of the classes."""
    rng = np.random.default_rng(11)
    for n, shares, right in (
        (100, (0.5, 0.5), 0.5),
        (100, (0.5, 0.5), 0.8),
        (125, (0.8, 0.2), 0.6),
        (300, (0.7, 0.3), 0.95),
    ):
        prior = np.array(shares)
        reads = right * np.eye(len(prior)) + (1 - right) * prior
        agreed, chance = float(prior @ (reads**2).sum(axis=1)), float(prior @ prior)
        kinds: dict[str, list[Interval | None]] = {"Cohen's kappa": [], "Fleiss' kappa": [], "Krippendorff's alpha": []}
        for _ in range(DRAWS):
            for name, found in zip(kinds, _read(rng, n, prior, reads), strict=True):
                kinds[name].append(found.interval(NOMINAL))
        expected = n * min(1 - agreed, float(prior.min() ** 2))
        case = f"{n} rows, shares {shares[0]:g} and {shares[1]:g}, kappa {(agreed - chance) / (1 - chance):.3f}"
        for name, told in kinds.items():
            yield _study(f"{name}, two-sided 90 %", case, n, expected, told, (agreed - chance) / (1 - chance))


def _read(rng: np.random.Generator, n: int, prior: Floats, reads: Floats) -> tuple[Coefficient, ...]:
    steps = np.cumsum(reads, axis=1)[rng.choice(len(prior), n, p=prior)]
    codes = (rng.random((n, 3))[:, :, None] > steps[:, None, :-1]).sum(axis=2)
    gaps = np.where(np.arange(3) == 2, rng.random((n, 1)) < 0.1, False)
    alpha = krippendorff(label_counts(np.where(gaps, -1, codes).astype(np.int32), len(prior)))
    return cohen(codes[:, 0], codes[:, 1], len(prior)), fleiss(label_counts(codes, len(prior))), alpha


def _lines() -> Iterator[Study]:
    """Wald intervals of calibration intercept and slope, for statements 0.3 too low in log-odds."""
    rng = np.random.default_rng(12)
    for n, low, high in ((100, 0.3, 0.7), (100, 0.02, 0.12), (300, 0.01, 0.03), (1_000, 0.002, 0.01)):
        level: list[Interval | None] = []
        slope: list[Interval | None] = []
        stated = rng.uniform(low, high, n)
        truth = 1 / (1 + np.exp(-(0.3 + np.log(stated / (1 - stated)))))
        for _ in range(DRAWS):
            cells = cells_of(stated, rng.random(n) < truth)
            line = cox_line(cells, CLIP) if enough(cells) else None
            both = (None, None) if line is None else line.intervals(NOMINAL)
            level.append(both[0])
            slope.append(both[1])
        expected = float(min(truth.sum(), (1 - truth).sum()))
        case = f"{n:,} rows, {low:g} to {high:g} stated"
        yield _study("calibration intercept, two-sided 90 %", case, n, expected, level, 0.3)
        yield _study("calibration slope, two-sided 90 %", case, n, expected, slope, 1.0)


def _scores() -> Iterator[Study]:
    """The Brier score given the stated probabilities, however rare the outcome."""
    rng = np.random.default_rng(13)
    for n, high in ((30, 0.9), (100, 0.05), (1_000, 0.01), (1_000, 1.0)):
        stated = rng.uniform(0, high, n)
        truth = float((stated * (1 - stated)).mean())
        found: list[Interval | None] = [
            score_interval(cells_of(stated, rng.random(n) < stated), NOMINAL) for _ in range(DRAWS)
        ]
        yield _study(
            "Brier score by surprises, two-sided 90 %", f"0 to {high:g} stated, {n:,} rows", n, None, found, truth
        )


def _areas() -> Iterator[Study]:
    """The area under risk and coverage given the confidences."""
    rng = np.random.default_rng(14)
    for n, level in ((50, 0.1), (100, 0.02), (100, 0.2), (1_000, 0.05)):
        sure = rng.random(n)
        risk = level * 2 * (1 - sure)
        found: list[Interval | None] = [area_of(sure, rng.random(n) < risk).interval(NOMINAL) for _ in range(DRAWS)]
        truth = float(area_weights(sure) @ risk)
        yield _study(
            "risk and coverage area, two-sided 90 %", f"risk {level:g}, {n:,} rows", n, n * level, found, truth
        )


def main() -> None:
    for line in lines(tuple(studies())):
        print(line)


if __name__ == "__main__":
    main()
