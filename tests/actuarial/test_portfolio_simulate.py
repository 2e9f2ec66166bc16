"""The simulated year beside the exact one: within the stated error, and the same from the same seed."""

import numpy as np
import pytest
from scipy import stats

from actuarial.methods.allocation import allocated
from actuarial.methods.bound import over_aggregate
from actuarial.methods.simulate import mean_of, simulated, tvar_of, var_of
from tests.actuarial.books import domain_book, domain_shocks, random_book, random_shocks
from tests.actuarial.test_portfolio_shock import worked

FAR = 4.0  # standard errors; a figure beyond them happens once in 16,000


@pytest.fixture(scope="module")
def years():
    return simulated(domain_book(), domain_shocks(), years=40_000, seed=20260101, keep=True)


def test_simulation_and_transform_agree(years):
    *_, year = worked(domain_book(), domain_shocks())
    mean = mean_of(years.gross)
    assert abs(mean.value - year.mean) < FAR * mean.error
    for level in (0.9, 0.95, 0.99, 0.995):
        tvar, (_, low, high) = tvar_of(years.gross, level), var_of(years.gross, level)
        assert abs(tvar.value - year.tvar(level)) < FAR * tvar.error
        assert low <= year.var(level) <= high


def test_shares_of_the_worst_years_agree(years):
    payouts, own, members, _, year = worked(domain_book(), domain_shocks())
    shares = allocated(payouts, own, domain_shocks(), members, year, 0.99).policies
    tail = years.by_policy[years.gross > np.sort(years.gross)[int(0.99 * len(years.gross)) - 1]]
    for part in (slice(0, 120), slice(120, 180), slice(180, 300)):
        sums = tail[:, part].sum(axis=1)
        error = sums.std(ddof=1) / np.sqrt(len(sums))
        assert abs(sums.mean() - shares[part].sum()) < FAR * error


def test_random_books_agree():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        book = random_book(rng, policies=8)
        shocks = random_shocks(rng, book)
        *_, year = worked(book, shocks, 1_000.0)
        drawn = simulated(book, shocks, years=30_000, seed=seed)
        mean, tvar = mean_of(drawn.gross), tvar_of(drawn.gross, 0.95)
        assert abs(mean.value - year.mean) < FAR * mean.error
        assert abs(tvar.value - year.tvar(0.95)) < FAR * tvar.error


def test_a_seed_gives_the_same_years_and_another_does_not():
    first, again = (simulated(domain_book(), domain_shocks(), years=500, seed=1).gross for _ in range(2))
    other = simulated(domain_book(), domain_shocks(), years=500, seed=2).gross
    assert (first == again).all()
    assert (first != other).any()


def test_stated_errors_cover_as_often_as_they_say():
    """Of a known law (exponential), by 400 samples: the error of TVaR and the interval of VaR."""
    rng = np.random.default_rng(8)
    true_var = float(stats.expon.ppf(0.95))
    inside_tvar, inside_var = 0, 0
    for _ in range(400):
        sample = rng.exponential(size=4_000)
        tvar, (_, low, high) = tvar_of(sample, 0.95), var_of(sample, 0.95)
        inside_tvar += abs(tvar.value - (true_var + 1)) < 1.96 * tvar.error
        inside_var += low <= true_var <= high
    assert 0.91 <= inside_tvar / 400 <= 0.98
    assert inside_var / 400 >= 0.97


def test_events_that_strike_alike_have_the_same_mean_and_a_heavier_tail():
    apart = simulated(domain_book(), domain_shocks(), years=40_000, seed=5)
    alike = simulated(domain_book(), domain_shocks(), years=40_000, seed=5, together=True)
    error = np.hypot(mean_of(apart.gross).error, mean_of(alike.gross).error)
    assert abs(apart.gross.mean() - alike.gross.mean()) < FAR * error
    assert tvar_of(alike.gross, 0.99).value > 1.3 * tvar_of(apart.gross, 0.99).value


def test_the_yearly_limit_of_a_policy_takes_off_no_more_than_the_bound():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        book = random_book(rng)
        drawn = simulated(book, random_shocks(rng, book), years=60_000, seed=seed, keep=True)
        over = np.maximum(drawn.by_policy - book.aggregate, 0)
        error = over.std(axis=0, ddof=1) / np.sqrt(len(over))
        bound = over_aggregate(book)
        assert (over.mean(axis=0) <= bound + FAR * error).all()
        assert (over.mean(axis=0) >= bound * 0.9 - FAR * error).all()  # and the bound is close
        cut = tvar_of(drawn.gross, 0.9).value - tvar_of(drawn.capped, 0.9).value
        assert -1e-9 <= cut <= bound.sum() / 0.1
