"""Curves over arrays and a book on the lattice: against the plan-making curves, quadrature and plain sums."""

import numpy as np
import pytest
from scipy import integrate

from actuarial.methods.curves import Lognormal, Lomax, MixedExponential, curve_of
from actuarial.methods.lattice import Payouts, shared
from tests.actuarial.books import CURVES, random_book
from underwriting.rating import severity

TWINS = [
    (CURVES[0], severity.Lognormal(9.9, 1.9)),
    (CURVES[1], severity.Lomax(2.2, 150_000)),
    (Lomax(1.0, 40_000), severity.Lomax(1, 40_000)),
    (CURVES[2], severity.MixedExponential((0.8, 0.17, 0.03), (20e3, 200e3, 2e6))),
]
AMOUNTS = np.array([1.0, 250.0, 5e3, 25e3, 1e6, 2e6, 1e7])


@pytest.mark.parametrize(("ours", "filed"), TWINS)
def test_limited_means_are_those_that_make_the_filed_tables(ours, filed):
    assert ours.lev(AMOUNTS) == pytest.approx([filed.lev(amount) for amount in AMOUNTS.tolist()], rel=1e-10)


def test_the_published_limited_means():
    assert CURVES[1].lev(np.array([1e6]))[0] == pytest.approx(114_151.19, abs=0.005)
    assert CURVES[2].lev(np.array([1e6]))[0] == pytest.approx(73_379.07, abs=0.005)


@pytest.mark.parametrize("curve", CURVES)
def test_survival_is_the_slope_of_the_limited_mean_and_draws_follow_it(curve):
    area, _ = integrate.quad(lambda x: float(curve.survival(np.array([x]))[0]), 25e3, 400e3, epsrel=1e-10)
    low, high = curve.lev(np.array([25e3, 400e3]))
    assert area == pytest.approx(high - low, rel=1e-8)
    levels = np.array([0.001, 0.3, 0.5, 0.9, 0.999])
    assert 1 - curve.survival(curve.at(levels)) == pytest.approx(levels, rel=1e-9)
    below = (curve.draws(np.random.default_rng(5), 200_000) < curve.at(np.array([0.9]))[0]).mean()
    assert abs(below - 0.9) < 4 * np.sqrt(0.09 / 200_000)


def test_a_filed_curve_is_read_and_an_unknown_family_is_not():
    assert curve_of({"family": "lognormal", "mu": "9.9", "sigma": "1.9"}) == Lognormal(9.9, 1.9)
    assert curve_of({"family": "lomax", "alpha": "2.2", "theta": "150000"}) == CURVES[1]
    filed = {"family": "mixed_exponential", "weights": ["0.8", "0.17", "0.03"], "means": ["20000", "200000", "2e6"]}
    assert curve_of(filed) == MixedExponential((0.8, 0.17, 0.03), (20e3, 200e3, 2e6))
    with pytest.raises(ValueError, match="cauchy"):
        curve_of({"family": "cauchy"})


def plain_law(book, line, step, size):
    """One line's law by second differences of its own limited mean, written out."""
    curve = book.curves[book.curve[line]]
    ends = np.minimum(book.deductible[line] + step * np.arange(size + 1), book.limit[line])
    limited = curve.lev(ends) - curve.lev(np.array([book.deductible[line]]))
    mass = np.zeros(size)
    mass[1:] = (2 * limited[1:-1] - limited[:-2] - limited[2:]) / step
    mass[0] = 1 - mass[1:].sum()
    return mass


@pytest.mark.parametrize("odd", [True, False])
def test_a_book_on_the_lattice_is_the_plain_sum_of_its_lines(odd):
    for seed in range(300):
        rng = np.random.default_rng([seed, odd])
        book = random_book(rng, policies=int(rng.integers(1, 7)), odd=odd)
        step = float(rng.choice([2500.0, 10_000.0, 70_000.0]))
        payouts = Payouts(book, step)
        laws = np.array([plain_law(book, line, step, payouts.size) for line in range(len(book.policy))])
        assert payouts.rates(book.frequency)[1:] == pytest.approx((book.frequency @ laws)[1:], abs=1e-11)
        values = rng.normal(size=payouts.size)
        assert payouts.sums(values) == pytest.approx(laws[:, 1:] @ values[1:], abs=1e-10)
        shares = rng.dirichlet(np.ones(len(laws)))
        assert payouts.laws(np.arange(len(laws)), shares) == pytest.approx(shares @ laws, abs=1e-11)
        mean = payouts.rates(book.frequency) @ (step * np.arange(payouts.size))
        assert mean == pytest.approx(book.frequency @ book.means(), rel=1e-9)


def test_amounts_off_the_lattice_keep_their_weight_and_their_mean():
    rng = np.random.default_rng(3)
    for _ in range(200):
        amounts, weights = rng.uniform(0, 1e6, 20), rng.random(20)
        found = shared(amounts, weights, 2500.0)
        assert found.sum() == pytest.approx(weights.sum())
        assert found @ (2500.0 * np.arange(len(found))) == pytest.approx(weights @ amounts)
        assert (found >= 0).all()
