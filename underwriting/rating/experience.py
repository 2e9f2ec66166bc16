"""Credibility: the insured's own claims, sector claims, and claims-made steps and tails (DOMAIN 1.5, 1.6, 6)."""

from decimal import Decimal

from core.money import round_half_up
from underwriting.rating.arithmetic import ONE, add, clip, divide, exp, four, multiply, subtract
from underwriting.rating.plan import IndustryBasis


def experience_mod(claims: int, expected: Decimal, a: Decimal) -> Decimal:
    """X = (a + N) / (a + Ehist), 4 dp: the posterior mean of a Gamma(a, a) insured; counts are ground-up."""
    return four(divide(add(a, Decimal(claims)), add(a, expected)))


def credibility(exposure: Decimal, k: Decimal) -> Decimal:
    """Z = e / (e + k), Buehlmann's credibility of `exposure` against the prior weight `k`."""
    return divide(exposure, add(exposure, k))


def gamma_poisson_mean(alpha: Decimal, b: Decimal, claims: int, exposure: Decimal) -> Decimal:
    """(alpha + n) / (b + e): the mean claim rate after `claims` on `exposure`, from a Gamma(alpha, b) prior."""
    return divide(add(alpha, Decimal(claims)), add(b, exposure))


def sector_relativity(n: int, x: int, basis: IndustryBasis) -> Decimal:
    """Shrunk share of incidents with a legal consequence over the base rate: ((K base + x) / (K + n)) / base."""
    shrunk = divide(add(multiply(basis.k, basis.base_rate), Decimal(x)), add(basis.k, Decimal(n)))
    return divide(shrunk, basis.base_rate)


def sector_prior(n: int, x: int, basis: IndustryBasis) -> Decimal:
    """Selected I: 1 + damping (rel - 1), to the nearest step."""
    damped = add(ONE, multiply(basis.damping, subtract(sector_relativity(n, x, basis), ONE)))
    return multiply(round_half_up(divide(damped, basis.step), 0), basis.step)


def sector_update(prior: Decimal, claims: int, exposure: Decimal, f0: Decimal, basis: IndustryBasis) -> Decimal:
    """I' after own claims on `exposure` units, held within the yearly movement cap; before off-balancing."""
    b = divide(basis.alpha, multiply(f0, prior))
    updated = divide(gamma_poisson_mean(basis.alpha, b, claims, exposure), f0)
    low, high = subtract(ONE, basis.movement_cap), add(ONE, basis.movement_cap)
    return clip(updated, multiply(prior, low), multiply(prior, high))


def claims_made_step(year: int, lag: Decimal) -> Decimal:
    """1 - m e^(-(c-1)/m) (1 - e^(-1/m)): share of an occurrence year's cost reported in claims-made year c."""
    decayed = multiply(lag, exp(divide(Decimal(1 - year), lag)))
    return subtract(ONE, multiply(decayed, subtract(ONE, exp(divide(-ONE, lag)))))


def unlimited_tail(years: int, lag: Decimal) -> Decimal:
    """m (1 - e^(-c/m)): mature-year equivalents reported after c claims-made years."""
    return multiply(lag, subtract(ONE, exp(divide(Decimal(-years), lag))))


def one_year_tail(years: int, lag: Decimal) -> Decimal:
    """The part of the tail reported in the first year of an extended reporting period."""
    return multiply(unlimited_tail(years, lag), subtract(ONE, exp(divide(-ONE, lag))))
