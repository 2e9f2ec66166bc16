"""P8: the year's loss of a book of policies with limits and deductibles, beside aggregate and beside simulation."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from actuarial.methods.aggregate import Claims, Law, year_law
from actuarial.methods.curves import Lognormal
from actuarial.methods.lattice import Book, Payouts
from actuarial.methods.simulate import simulated
from benchmarks.measure import Case, Figures
from benchmarks.population import SEED

STEP = 2500.0
CURVES = (Lognormal(9.9, 1.9), Lognormal(11.8, 1.6), Lognormal(10.8, 1.7))  # the plan's perils
LIMITS = (250e3, 500e3, 1e6, 2e6)
DEDUCTIBLES = (5e3, 10e3, 25e3)
UNITS = 148  # policies of one peril that the peer gets
YEARS = 100_000


def drawn(policies: int, perils: int = 3) -> Book:
    """A book with filed limits and deductibles and a frequency of its own for every line."""
    rng = np.random.default_rng(SEED)
    policy = np.repeat(np.arange(policies), perils)
    limit, deductible = rng.choice(LIMITS, policies), rng.choice(DEDUCTIBLES, policies)
    frequency = rng.uniform(0.005, 0.08, len(policy))
    curve = np.tile(np.arange(perils), policies)
    return Book(policies, policy, frequency, curve, limit[policy], deductible[policy], CURVES, limit)


def cases(small: int, large: int, units: int = UNITS, years: int = YEARS) -> Iterator[Case]:
    """The same book as the peer's, then books beyond it: against half the step, and against simulated years."""
    alike = drawn(units, perils=1)
    portfolio = _portfolio(alike)
    if portfolio is not None:
        points = len(law_of(alike).mass)
        yield Case(
            f"P8 mean, TVaR 99 and 99.5 of {units} policies with limits",
            lambda: _ours(alike),
            "aggregate, relative",
            lambda: _peer(portfolio, alike, points),
            "aggregate",
            tolerance=1e-3,  # the peer rounds payouts to the nearest step; the next row measures our own error
        )
    for policies in (small, large):
        yield _own(drawn(policies))
    book = drawn(max(small // 10, 1))
    yield Case(
        f"P8 TVaR 99 of {book.policies:,} policies beside {years:,} simulated years of our own",
        lambda: _tail(book),
        "simulation, relative",
        lambda: np.array([_tvar(simulated(book, [], years=years, seed=SEED).gross, 0.99)]) / _tail_scale(book),
        tolerance=2e-2,
    )


def law_of(book: Book, step: float = STEP) -> Law:
    return year_law([Claims(Payouts(book, step).rates(book.frequency))], step)


def _own(book: Book) -> Case:
    """Untimed on the other side: the same on a quarter of the step, whose error is a sixteenth."""
    fine = law_of(book, STEP / 4)
    scale = np.array([fine.tvar(0.99), fine.tvar(0.995)])
    return Case(
        f"P8 TVaR 99 and 99.5 of {book.policies:,} policies of three perils",
        lambda: np.array([(law := law_of(book)).tvar(0.99), law.tvar(0.995)]) / scale,
        "a quarter of the step, relative",
        check=lambda: np.ones(2),
        tolerance=1e-4,
        count=book.policies,
        unit="policies",
    )


def _scaled(mean: float, tails: tuple[float, float], book: Book) -> Figures:
    """Figures relative to the closed-form mean, so that one tolerance fits all."""
    exact = float(book.frequency @ book.means())
    return np.array([mean, *tails]) / exact


def _ours(book: Book) -> Figures:
    law = law_of(book)
    return _scaled(law.mean, (law.tvar(0.99), law.tvar(0.995)), book)


def _portfolio(book: Book) -> Any:
    """The book in the peer's own language; None where it is not installed. `!` leaves frequencies ground-up."""
    try:
        from aggregate import build
    except ImportError:
        return None
    columns = zip(book.frequency, book.limit, book.deductible, strict=True)
    lines = [
        f"\tagg P{place} {rate:.12g} claims {limit - low:.0f} xs {low:.0f} "
        f"sev {np.exp(CURVES[0].mu):.17g} * lognorm {CURVES[0].sigma} ! poisson"
        for place, (rate, limit, low) in enumerate(columns)
    ]
    return build("port Book\n" + "\n".join(lines), update=False)


def _peer(portfolio: Any, book: Book, points: int) -> Figures:
    """One update on the same lattice, without the peer's own allocations (`add_exa`), which take as long again."""
    portfolio.update(log2=int(np.log2(points)), bs=STEP, add_exa=False)
    table = portfolio.density_df
    law = Law(STEP, table["p_total"].to_numpy())
    return _scaled(law.mean, (law.tvar(0.99), law.tvar(0.995)), book)


def _tail(book: Book) -> Figures:
    return np.array([law_of(book).tvar(0.99)]) / _tail_scale(book)


def _tail_scale(book: Book) -> float:
    return float(book.frequency @ book.means())


def _tvar(years: Figures, level: float) -> float:
    ordered = np.sort(years)
    return float(ordered[int(np.ceil(len(ordered) * level)) :].mean())
