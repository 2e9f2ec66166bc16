"""Credibility, sector table, claims-made steps (DOMAIN 1.5, 1.6, 6)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating_examples import plan
from scipy import stats

from underwriting.rating.experience import (
    claims_made_step,
    credibility,
    experience_mod,
    gamma_poisson_mean,
    one_year_tail,
    sector_prior,
    sector_relativity,
    sector_update,
    unlimited_tail,
)

LAG, A = Decimal("0.8"), Decimal("2.5")
ROWS = plan().industries


def test_no_claims_against_0_30_expected_give_0_8929():
    assert str(experience_mod(0, Decimal("0.30"), A)) == "0.8929"


def test_the_mod_is_1_when_claims_are_as_expected():
    assert experience_mod(3, Decimal(3), A) == 1


def test_the_mod_is_a_credibility_average():
    e = Decimal("4")
    z = credibility(e, A)
    assert experience_mod(7, e, A) == round(z * 7 / e + (1 - z), 4)


def test_the_mod_averages_to_1_over_the_book():
    """N is negative binomial when Theta ~ Gamma(a, a): the expectation is summed, not simulated."""
    e, a = 4.0, 2.5
    law = stats.nbinom(a, a / (a + e))
    mean = sum(law.pmf(n) * float(experience_mod(n, Decimal("4"), A)) for n in range(200))
    assert mean == pytest.approx(1, abs=1e-4)


def test_the_gamma_poisson_vector():
    mean = gamma_poisson_mean(Decimal(4), Decimal(160), 7, Decimal(180))
    low, high = stats.gamma(11, scale=1 / 340).ppf([0.05, 0.95])
    assert (f"{mean:.6f}", f"{credibility(Decimal(180), Decimal(160)):.4f}") == ("0.032353", "0.5294")
    assert (f"{low:.5f}", f"{high:.5f}") == ("0.01814", "0.04989")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_each_sector_row_follows_from_its_counts(row):
    basis = plan().industry_basis
    assert f"{sector_relativity(row.n, row.x, basis):.2f}" == f"{row.rel:.2f}"
    assert sector_prior(row.n, row.x, basis) == row.i
    assert abs(credibility(Decimal(row.n), basis.k) - row.z) <= Decimal("0.0051")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_each_sector_interval_is_the_beta_posterior(row):
    basis = plan().industry_basis
    prior = float(basis.k * basis.base_rate)
    law = stats.beta(prior + row.x, float(basis.k) - prior + row.n - row.x)
    bounds = law.ppf([0.05, 0.95]) / float(basis.base_rate)
    assert bounds == pytest.approx([float(edge) for edge in row.interval], abs=0.0101)


def test_a_sector_is_found_by_code_and_by_any_of_its_naics():
    assert plan().industry("71").code == "72"
    assert plan().industry("52").i == Decimal("1.20")


def test_own_claims_move_a_sector_no_more_than_the_yearly_cap():
    basis = plan().industry_basis
    moved = sector_update(Decimal("1.20"), 50, Decimal(10), Decimal("0.015"), basis)
    assert moved == Decimal("1.20") * Decimal("1.25")


def test_a_sector_without_own_claims_or_exposure_keeps_its_prior():
    kept = sector_update(Decimal("1.20"), 0, Decimal(0), Decimal("0.015"), plan().industry_basis)
    assert round(kept, 12) == Decimal("1.20")


def test_filed_steps_follow_from_the_report_lag():
    derived = [round(claims_made_step(year, LAG), 4) for year in range(1, 6)]
    assert [*derived, Decimal(1)] == list(plan().steps)


def test_published_tails_and_extended_reporting():
    assert [f"{unlimited_tail(c, LAG):.4f}" for c in (1, 2, 3)] == ["0.5708", "0.7343", "0.7812"]
    assert [f"{one_year_tail(c, LAG):.4f}" for c in (1, 2, 3)] == ["0.4073", "0.5239", "0.5574"]


@given(years=st.integers(1, 12), tenths=st.integers(1, 60))
def test_steps_and_tail_make_the_occurrence_cost(years, tenths):
    lag = Decimal(tenths) / 10
    steps = sum(claims_made_step(year, lag) for year in range(1, years + 1))
    assert abs(steps + unlimited_tail(years, lag) - years) < Decimal("1e-25")


@given(year=st.integers(1, 20), tenths=st.integers(1, 60))
def test_steps_rise_towards_1(year, tenths):
    lag = Decimal(tenths) / 10
    assert claims_made_step(year, lag) <= claims_made_step(year + 1, lag) <= 1
