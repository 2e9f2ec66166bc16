"""The year's loss by one transform: Panjer's recursion, closed forms, published examples, DOMAIN's figures."""

import math

import numpy as np
import pytest
from scipy import stats

from actuarial.methods.aggregate import Claims, Law, needed, year_law
from actuarial.methods.curves import MixedExponential
from actuarial.methods.lattice import Payouts
from tests.actuarial.books import STEP, book_of, domain_book, panjer, random_book

LEVELS = (0.9, 0.95, 0.99, 0.995)


def year_of(book, step=STEP):
    return year_law([Claims(Payouts(book, step).rates(book.frequency))], step)


def test_the_figures_of_the_domain_for_independent_policies():
    year = year_of(domain_book())
    assert year.mean == pytest.approx(2_149_705, abs=0.5)
    assert round(year.var(0.995) / 1e6, 3) == 6.845
    assert round(year.tvar(0.99) / 1e6, 3) == 7.082
    assert year.between(5e6, 10e6) == pytest.approx(34_853, abs=0.5)


def test_the_transform_is_panjer_s_recursion():
    for seed in range(60):
        book = random_book(np.random.default_rng(seed))
        rates = Payouts(book, 10_000.0).rates(book.frequency)
        year = year_law([Claims(rates)], 10_000.0)
        assert year.mass[:600] == pytest.approx(panjer(rates, 600), abs=1e-14)


def test_a_published_example():
    """Kaas, Goovaerts, Dhaene, Denuit, Modern Actuarial Risk Theory (2008), Example 3.5.4: S compound Poisson with
    lambda 4, P(X = 1, 2, 3) = 1/4, 1/2, 1/4; s f(s) = f(s - 1) + 4 f(s - 2) + 3 f(s - 3), f(0) = e^-4 = .0183."""
    year = year_law([Claims(4 * np.array([0, 0.25, 0.5, 0.25]))], 1.0)
    first = math.exp(-4)
    expected = [first, first, first * 5 / 2, first * 19 / 6]
    assert round(first, 4) == 0.0183
    assert year.mass[:4] == pytest.approx(expected, rel=1e-12)
    assert year.mass[4] == pytest.approx((expected[3] + 4 * expected[2] + 3 * expected[1]) / 4, rel=1e-12)
    assert (year.mean, year.sd**2) == (pytest.approx(8), pytest.approx(4 * 4.5))


def exponential_stop_loss(rate, mean, at):
    """E[(S - a)+] of Poisson numbers of exponential claims: a Poisson mixture of gamma laws."""
    numbers = np.arange(1, 200)
    chance = stats.poisson.pmf(numbers, rate)
    whole = numbers * mean * stats.gamma.sf(at, numbers + 1, scale=mean)
    return float(chance @ (whole - at * stats.gamma.sf(at, numbers, scale=mean)))


@pytest.mark.parametrize(("rate", "mean"), [(0.2, 30e3), (3.0, 30e3), (25.0, 60e3)])
def test_poisson_numbers_of_exponential_claims_have_a_closed_form(rate, mean):
    one = np.zeros(1, dtype=np.int64)
    top = np.array([60 * mean])
    book = book_of(one, [rate], one, top, np.zeros(1), curves=(MixedExponential((1.0,), (mean,)),))
    for step, error in ((mean / 12, 4e-4), (mean / 24, 1e-4)):
        year = year_of(book, step)
        for places in (1.0, 4.0, 9.0):
            at = round(places * mean * max(rate, 1) / 2 / step) * step
            exact = exponential_stop_loss(rate, mean, at)
            # Sharing between neighbours only spreads: never below, and four times closer at half the step.
            assert -1e-7 <= (year.between(at) - exact) / mean <= error * max(rate, 1)
        numbers = np.arange(0, 200)
        below = stats.poisson.pmf(numbers, rate) @ np.where(
            numbers == 0, 1.0, stats.gamma.cdf(year.var(0.99) + step, np.maximum(numbers, 1), scale=mean)
        )
        assert below >= 0.99 - 1e-3


def test_halving_the_step_quarters_the_error_and_never_lifts_the_tail():
    for seed in range(25):
        book = random_book(np.random.default_rng(seed))
        coarse, middle, fine = (year_of(book, step) for step in (20_000.0, 10_000.0, 5_000.0))
        for level in LEVELS:
            assert coarse.tvar(level) >= middle.tvar(level) - 1e-6 >= fine.tvar(level) - 2e-6
    book = domain_book()
    at = [year_of(book, step).tvar(0.99) for step in (10_000.0, 5_000.0, 2_500.0, 1_250.0)]
    first, second, third = -np.diff(at)
    assert first / second == pytest.approx(4, rel=0.2)
    assert second / third == pytest.approx(4, rel=0.2)


def test_what_lies_beyond_the_lattice_is_next_to_nothing():
    for seed in range(40):
        book = random_book(np.random.default_rng(seed))
        rates = Payouts(book, 20_000.0).rates(book.frequency)
        size = needed([Claims(rates)])
        year = year_law([Claims(rates)], 20_000.0)
        assert len(year.mass) == size
        assert panjer(rates, size).sum() >= 1 - 1e-11
        assert year.mean == pytest.approx(book.frequency @ book.means(), rel=1e-9)


def test_a_step_too_fine_for_the_book_is_refused():
    with pytest.raises(ValueError, match="longer step"):
        needed([Claims(np.array([0.0, *[1000.0] * 4000]) * 100)])


def test_tvar_is_the_mean_of_the_worst_years_by_brute_force():
    rng = np.random.default_rng(11)
    for _ in range(500):
        mass = rng.dirichlet(np.full(int(rng.integers(2, 12)), 0.5))
        level = float(rng.choice([0.5, 0.9, 0.95, 0.99]))
        law = Law(1.0, mass)
        # Rockafellar and Uryasev: the least of v + E[(S - v)+] / (1 - level) over v.
        least = min(v + mass @ np.maximum(law.amounts - v, 0) / (1 - level) for v in law.amounts)
        assert law.tvar(level) == pytest.approx(least, abs=1e-9)
        cumulated = np.cumsum(mass)
        assert law.var(level) == pytest.approx(float(np.argmax(cumulated >= level - 1e-12)))


def test_tvar_is_subadditive_whatever_the_dependence():
    rng = np.random.default_rng(17)
    for _ in range(1_000):
        joint = rng.dirichlet(np.full(36, 0.2)).reshape(6, 6)
        total = np.zeros(11)
        for (i, j), chance in np.ndenumerate(joint):
            total[i + j] += chance
        for level in LEVELS:
            parts = Law(1.0, joint.sum(axis=1)).tvar(level) + Law(1.0, joint.sum(axis=0)).tvar(level)
            assert Law(1.0, total).tvar(level) <= parts + 1e-9


def test_an_empty_book_loses_nothing():
    year = year_law([Claims(np.zeros(3))], 2500.0)
    assert (year.mean, year.sd, year.var(0.99), year.tvar(0.99), year.over(np.array([0.0]))[0]) == (0, 0, 0, 0, 0)
