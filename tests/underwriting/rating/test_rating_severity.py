"""Filed tables re-derived from their curves; curves held against quadrature and published vectors (DOMAIN 1.2, 2.1)."""

from decimal import Decimal
from itertools import pairwise
from math import e, log

import pytest
from rating_examples import plan, rate
from scipy import integrate, stats

from underwriting.rating.severity import Lognormal, Lomax, MixedExponential, filed_factor, filed_lev, layer, trended_lev

PERILS = ("ERR", "DISC", "SEC")
MEANS = {"ERR": "121176.08", "DISC": "479260.71", "SEC": "207938.99"}
CURVES = [Lognormal(9.9, 1.9), Lomax(2.2, 150_000), Lomax(1, 5_000), MixedExponential((0.8, 0.2), (2e4, 2e5))]


def curve(peril):
    stated = plan().perils[peril].severity
    return Lognormal(float(stated["mu"]), float(stated["sigma"]))


@pytest.mark.parametrize("peril", PERILS)
def test_filed_tables_follow_from_the_stated_curve(peril):
    filed, basic = plan().perils[peril], plan().basic_limit
    assert filed.lev_basic == filed_lev(curve(peril), basic)
    assert dict(filed.ilf) == {limit: filed_factor(curve(peril), limit, basic) for limit in filed.ilf}
    assert dict(filed.ded) == {amount: filed_factor(curve(peril), amount, basic) for amount in filed.ded}
    assert f"{curve(peril).mean:.2f}" == MEANS[peril]


@pytest.mark.parametrize("peril", PERILS)
@pytest.mark.parametrize("limit", [5_000, 250_000, 2_000_000])
def test_lognormal_lev_is_the_integral_of_the_survival_function(peril, limit):
    own = curve(peril)
    law = stats.lognorm(s=own.sigma, scale=e**own.mu)
    area, _ = integrate.quad(law.sf, 0, limit, limit=300)
    assert own.lev(limit) == pytest.approx(area, rel=1e-7)


def test_lomax_and_mixed_exponential_vectors():
    assert f"{Lomax(2.2, 150_000).lev(1e6):.2f}" == "114151.19"
    assert f"{MixedExponential((0.8, 0.17, 0.03), (2e4, 2e5, 2e6)).lev(1e6):.2f}" == "73379.07"


def test_lomax_with_infinite_mean_is_the_limit_of_its_neighbours():
    assert Lomax(1, 5_000).lev(1e5) == pytest.approx(Lomax(1 + 1e-9, 5_000).lev(1e5), rel=1e-6)


@pytest.mark.parametrize("own", CURVES)
def test_lev_rises_bends_and_stays_below_limit_and_mean(own):
    values = [own.lev(u) for u in range(0, 3_000_001, 50_000)]
    steps = [b - a for a, b in pairwise(values)]
    assert all(step > 0 for step in steps)
    assert all(b <= a for a, b in pairwise(steps))
    assert all(v <= min(u, own.mean) for u, v in zip(range(0, 3_000_001, 50_000), values, strict=True))


@pytest.mark.parametrize("own", CURVES)
def test_layers_add(own):
    assert layer(own, 0, 1e5) + layer(own, 1e5, 9e5) == pytest.approx(layer(own, 0, 9e5))


def test_the_tail_keeps_rising_where_the_plain_normal_law_would_cancel():
    values = [Lognormal(9.9, 0.5).lev(10.0**power) for power in range(5, 12)]
    assert values == sorted(values)


def test_currency_homogeneity():
    assert Lognormal(9.9 + log(3), 1.9).lev(3e6) == pytest.approx(3 * Lognormal(9.9, 1.9).lev(1e6))


def test_trend_inflates_every_loss():
    assert trended_lev(Lognormal(9.9, 1.9), 1e6, 0.08) == pytest.approx(Lognormal(9.9 + log(1.08), 1.9).lev(1e6))


def claims_of_the_example():
    """DOMAIN 2.1: N q phi at the point and at the bound, which that section takes before it is rounded."""
    err = rate().figures.lines[0]
    phi = err.f0 * err.industry * err.k / (100_000 * Decimal("0.04"))
    assert f"{phi:.4e}" == "6.1128e-6"
    return [float(phi) * 400_000 * float(q) for q in (0.03, stats.beta.ppf(0.90, 61, 1940))]


def test_harmful_decisions_times_claims_per_harm_make_the_ground_up_loss():
    claims = claims_of_the_example()
    assert [f"{count:.5f}" for count in claims] == ["0.07335", "0.08680"]
    assert [f"{count * curve('ERR').lev(2e6):.2f}" for count in claims] == ["7346.87", "8693.61"]


def test_the_same_loss_above_the_deductible():
    """Rule 19 prints from the claims as printed, at five decimals, and the filed layer."""
    err = rate().figures.lines[0]
    printed = [Decimal(f"{count:.5f}") for count in claims_of_the_example()]
    assert [f"{count * err.lev * err.lf:.1f}" for count in printed] == ["6183.6", "7317.5"]
