"""What claims teach, against DOMAIN's figures, numerical integration, brute force and another solver."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from actuarial.methods.experience import (
    balanced_within,
    harm_after,
    industries_after,
    insured_after,
    level_after,
)
from actuarial.methods.poisson import garwood, posterior, ratio_of
from core.errors import InputRefused

PUBLISHED = [(6, 9.1, 0.66, 0.24, 1.44), (14, 13.2, 1.06, None, None), (22, 20.5, 1.07, None, None),
             (19, 14.8, 1.28, None, None), (11, 6.9, 1.59, 0.80, 2.85)]  # fmt: skip


@pytest.mark.parametrize(("claims", "expected", "value", "low", "high"), PUBLISHED)
def test_actual_over_expected_has_the_printed_interval(claims, expected, value, low, high):
    found = ratio_of(claims, expected)
    assert found.value == pytest.approx(value, abs=0.005)
    if low is not None:
        assert (found.low, found.high) == (pytest.approx(low, abs=0.005), pytest.approx(high, abs=0.005))
    assert not found.excludes_one


@pytest.mark.parametrize("claims", [0, 1, 7, 40])
def test_the_interval_is_where_the_poisson_tails_are(claims):
    """Garwood's limits without chi-square: the means at which the observed count begins a tail of 2.5 %."""
    low, high = garwood(claims)
    assert stats.poisson.cdf(claims, high) == pytest.approx(0.025)
    assert (low == 0) if not claims else (stats.poisson.sf(claims - 1, low) == pytest.approx(0.025))


def test_a_posterior_has_the_printed_figures():
    found = posterior(alpha=4, b=160, claims=7, exposure=180)
    told = [round(value, places) for value, places in
            ((found.mean, 6), (found.z, 4), (found.low, 5), (found.high, 5))]  # fmt: skip
    assert told == [0.032353, 0.5294, 0.01814, 0.04989]


def test_a_posterior_is_prior_times_likelihood():
    """The mean by integrating Bayes' rule, which knows nothing of conjugate laws."""
    prior, claims, exposure = stats.gamma(4, scale=1 / 160), 3, 55.0

    def weight(rate):
        return prior.pdf(rate) * stats.poisson.pmf(claims, exposure * rate)

    total = integrate.quad(weight, 0, 1)[0]
    mean = integrate.quad(lambda rate: rate * weight(rate), 0, 1)[0] / total
    assert posterior(alpha=4, b=160, claims=claims, exposure=exposure).mean == pytest.approx(mean)


def test_an_insured_has_the_printed_mod():
    found = insured_after("Acme", a=Decimal("2.5"), before=(0, Decimal("0")), since=(0, Decimal("0.30")))
    assert (found.old, found.new) == (Decimal("1.0000"), Decimal("0.8929"))
    assert round(found.z, 4) == Decimal("0.1071")


def test_updating_in_two_steps_is_updating_once():
    once = insured_after("A", a=Decimal("2.5"), before=(0, Decimal(0)), since=(3, Decimal("1.7")))
    twice = insured_after("A", a=Decimal("2.5"), before=(1, Decimal("0.9")), since=(2, Decimal("0.8")))
    assert once.new == twice.new


def row(code, i, claims, expected):
    return code, code.title(), Decimal(i), claims, expected


def test_one_industry_alone_keeps_its_relativity_for_its_claims_are_the_level():
    found = industries_after([row("52", "1.20", 5, 1.0)], f0=0.02, alpha=4, cap=0.25)
    assert found.rows[0].filed == Decimal("1.2000")
    assert found.rows[0].own == pytest.approx(1.2 * 9 / 5)
    assert found.residual == 0


def test_two_industries_move_apart_and_the_balance_stays():
    found = industries_after([row("52", "1.20", 6, 4.0), row("62", "0.95", 1, 3.0)], f0=0.02, alpha=4, cap=0.25)
    up, down = found.rows
    assert up.filed > up.old
    assert down.filed < down.old
    units = [4.0 / (0.02 * 1.2), 3.0 / (0.02 * 0.95)]
    before = units[0] * 1.2 + units[1] * 0.95
    assert units[0] * up.balanced + units[1] * down.balanced == pytest.approx(before)
    assert found.residual == pytest.approx((units[0] * float(up.filed) + units[1] * float(down.filed)) / before - 1)
    assert up.after.mean == pytest.approx((4 + 6) / (4 / (0.02 * 1.2) + units[0]))


rates = st.floats(0.05, 20)
books = st.lists(st.tuples(rates, st.floats(0.01, 1000), st.floats(0.3, 3)), min_size=1, max_size=12)


@given(books, st.floats(0.05, 0.9))
def test_the_balance_and_the_cap_hold_together_and_another_solver_agrees(book, cap):
    own, units, old = (np.array(column) for column in zip(*book, strict=True))
    _, found = balanced_within(own, units, old, cap)
    assert units @ found == pytest.approx(units @ old, rel=1e-9)
    assert (np.abs(found / old - 1) <= cap + 1e-9).all()

    def gap(c):
        return units @ np.clip(c * own, (1 - cap) * old, (1 + cap) * old) - units @ old

    c = optimize.brentq(gap, 0, float((2 * (1 + cap) * old / own).max()))
    assert found == pytest.approx(np.clip(c * own, (1 - cap) * old, (1 + cap) * old), rel=1e-6)


def test_harmful_decisions_have_the_printed_prior():
    """DOMAIN 2.1: phi 6.1128e-6 on 12,000 harmful decisions expects .07335 claims."""
    found = harm_after(
        "ERR", "CREDIT-PRIME", alpha=4, decisions=np.array([12_000.0]), priors=np.array([6.1128e-6]), claims=0
    )
    assert found.prior * found.decisions == pytest.approx(0.07335, abs=5e-6)
    assert found.after.mean == pytest.approx(4 / (4 / 6.1128e-6 + 12_000))


def test_the_mean_prior_keeps_what_was_expected():
    decisions, priors = np.array([1e4, 3e4]), np.array([6e-6, 9e-6])
    found = harm_after("ERR", "X", alpha=4, decisions=decisions, priors=priors, claims=2)
    assert found.prior * found.decisions == pytest.approx(float(decisions @ priors))
    assert found.after.mean / found.prior == pytest.approx((4 + 2) / (4 + float(decisions @ priors)))


@pytest.mark.parametrize(
    ("claims", "expected", "new", "capped"),
    [
        (0, 3.0, "1.0000", False),
        (1, 9.0, "0.7500", True),
        (1, 1.0, "1.0000", False),
        (5, 4.0, "1.1250", False),
        (3, 0.08, "1.2500", True),
    ],
)
def test_the_level_moves_by_its_posterior_and_within_the_cap(claims, expected, new, capped):
    found = level_after(claims, expected, old=Decimal("1.0000"), alpha=4.0, cap=0.25)
    assert (found.new, found.capped) == (Decimal(new), capped)


def test_much_experience_is_believed_alone():
    found = level_after(11_000, 10_000.0, old=Decimal("1.0500"), alpha=4.0, cap=0.25)
    assert found.new == Decimal("1.1550")


@pytest.mark.parametrize("wrong", [{"alpha": 0}, {"b": 0}, {"claims": -1}, {"exposure": -1.0}, {"alpha": float("nan")}])
def test_no_posterior_of_the_impossible(wrong):
    with pytest.raises(InputRefused):
        posterior(**{"alpha": 4, "b": 160, "claims": 0, "exposure": 0.0, **wrong})


def test_nothing_expected_is_no_ratio():
    with pytest.raises(InputRefused):
        ratio_of(1, 0.0)
    with pytest.raises(InputRefused):
        garwood(-1)
