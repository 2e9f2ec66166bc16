"""How often the intervals about bias hold the truth, and how wide they are.

`python -m benchmarks.coverage_bias` prints the same table as benchmarks.coverage. The engine gives a group of few rows
the exact bounds of both sides; those are in the table too, and promise 90 %.
"""

from collections.abc import Iterator

import numpy as np

from audits.engine.bias.benefit import between_groups, index_of, theil
from audits.engine.bias.carrying import carried
from audits.engine.bias.intervals import Difference, Ints, Sides, difference, ratio, sides
from audits.engine.bias.strata import Strata, enough, odds_ratio, risk_difference
from audits.engine.bounds import Interval
from benchmarks.coverage import DRAWS, NOMINAL, Study, lines

RATES = ((0.5, 0.5), (0.1, 0.2), (0.06, 0.06), (0.93, 0.6))
# Two large strata, forty small ones, and a hundred and fifty of a few rows each.
STRATA = ([(60, 90), (40, 200)], [(8, 12)] * 40, [(3, 5)] * 150)


def bias_studies() -> tuple[Study, ...]:
    """Every interval of the bias checks, 2,000 draws a case."""
    return (*_pairs(), *_ratios(), *_within(), *_benefits(), *_carried())


def _pairs() -> Iterator[Study]:
    """Group less others: Newcombe for large sides, exact bounds of both for small ones, as the draw asks for."""
    rng = np.random.default_rng(21)
    for n, m in ((10, 20), (40, 300), (100, 300), (300, 3_000)):
        for p, q in RATES:
            k, j = rng.binomial(n, p, DRAWS), rng.binomial(m, q, DRAWS)
            found = difference(_sides(k, n), _sides(j, m))
            yield _counted("group less others, two-sided 90 %", found, p - q, (n, p, m, q), always=n < 100)


def _ratios() -> Iterator[Study]:
    """Group over others: Katz for large sides, quotients of exact bounds for small ones."""
    rng = np.random.default_rng(22)
    for n, m in ((10, 20), (40, 300), (100, 300), (300, 3_000)):
        for p, q in RATES:
            k, j = rng.binomial(n, p, DRAWS), rng.binomial(m, q, DRAWS)
            rows = (np.full(DRAWS, n), np.full(DRAWS, m))
            found = ratio(_sides(k, n), _sides(j, m), (k, j), rows, NOMINAL)
            yield _counted("group over others, two-sided 90 %", found, p / q, (n, p, m, q), always=n < 100)


def _sides(k: Ints, n: int) -> Sides:
    return sides(k, np.full(len(k), n), NOMINAL)


def _counted(name: str, found: Difference, truth: float, case: tuple[int, float, int, float], *, always: bool) -> Study:
    n, p, m, q = case
    held = (found.low <= truth + 1e-12) & (truth - 1e-12 <= found.high)
    least = min(n * p, n * (1 - p), m * q, m * (1 - q))
    width = float(np.mean((found.high - found.low)[np.isfinite(found.high)]))
    return Study(name, f"{p:g} of {n:,} against {q:g} of {m:,}", min(n, m), least, float(held.mean()), width, always)


def _within() -> Iterator[Study]:
    """Mantel-Haenszel risk difference and common odds ratio over few large and many small strata."""
    rng = np.random.default_rng(23)
    for strata in STRATA:
        n, m = np.array(strata).T
        base = np.linspace(0.25, 0.75, len(n))
        rows = int(n.sum() + m.sum())
        case = f"{len(n)} strata of {n[0]} and {m[0]}"
        for gap in (0.0, 0.15):
            drawn = [Strata(rng.binomial(n, base + gap), n, rng.binomial(m, base), m) for _ in range(DRAWS)]
            found = [risk_difference(each, NOMINAL) for each in drawn if enough(each)]
            yield _told(
                "risk difference within strata, 90 %", f"{case}, {gap:g}", rows, gap, [e[1] for e in found if e]
            )
        for odds in (1.0, 2.5):
            other = odds * base / (1 - base + odds * base)
            drawn = [Strata(rng.binomial(n, other), n, rng.binomial(m, base), m) for _ in range(DRAWS)]
            ratios = [odds_ratio(each, NOMINAL) for each in drawn if enough(each)]
            ends = [each[1] for each in ratios if each]
            yield _told("common odds ratio, 90 %", f"{case}, {odds:g}", rows, odds, ends)


def _benefits() -> Iterator[Study]:
    """The Theil index of benefits, whole (delta) and between groups (exact bounds of all groups together)."""
    rng = np.random.default_rng(24)
    for less, more in ((0.1, 0.1), (0.05, 0.3), (0.3, 0.06)):
        for n in (100, 1_000):
            mean = 1 + more - less
            truth = 2 * np.log(2) * more / mean - np.log(mean)
            drawn = rng.multinomial(n, (less, more, 1 - less - more), DRAWS)
            found = [theil(int(b), int(a), n, NOMINAL) for a, b, _ in drawn]
            ends = [each[1] for each in found if each and each[1]]
            yield _told("Theil index, 90 %", f"benefit 0 {less:g}, 2 {more:g}, n {n:,}", n, truth, ends)
    sizes = np.array([400, 150, 60])
    for up, down in (((0.1, 0.1, 0.1), (0.1, 0.1, 0.1)), ((0.3, 0.1, 0.05), (0.05, 0.2, 0.35))):
        truth = index_of(1 + np.array(up) - np.array(down), sizes / sizes.sum())
        ends = []
        for _ in range(DRAWS):
            told = between_groups(rng.binomial(sizes, up), rng.binomial(sizes, down), sizes, NOMINAL)
            ends += [told[1]] if told and told[1] else []
        yield _told(
            "Theil index between groups, 90 %", f"index {truth:.4f}, three groups", 610, truth, ends, exact=True
        )


def _carried() -> Iterator[Study]:
    """Differences of mean contributions between a group and all others, for even and skewed contributions."""
    rng = np.random.default_rng(25)
    for n in (100, 300):
        here = np.arange(1_000) < n
        for name, draw in (("normal", rng.standard_normal), ("exponential", rng.standard_exponential)):
            ends = []
            for _ in range(DRAWS):
                values = draw((1_000, 1)) + 0.4 * here[:, None]
                one = carried("x", "y", values, values[:, 0], here, ~here)
                ends.append(one.interval(float(one.parts[0]), float(one.errors[0]), NOMINAL))
            kept = [each for each in ends if each is not None]
            yield _told("difference of mean contributions, 90 %", f"{name}, {n} of 1,000", n, 0.4, kept)


def _told(name: str, case: str, n: int, truth: float, ends: list[Interval], *, exact: bool = False) -> Study:
    held = [each.low - 1e-12 <= truth <= each.high + 1e-12 for each in ends]
    width = float(np.mean([each.high - each.low for each in ends]))
    return Study(name, case, n, None, float(np.mean(held)), width, exact)


def main() -> None:
    for line in lines(bias_studies()):
        print(line)


if __name__ == "__main__":
    main()
