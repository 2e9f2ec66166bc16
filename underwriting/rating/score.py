"""Composite relativity to score and grade: one number seen twice, so they never disagree (DOMAIN D3, 1.4)."""

from collections.abc import Mapping
from decimal import Decimal

from core.money import round_half_up
from underwriting.rating.arithmetic import ONE, clip, divide, exp, four, log, multiply, subtract, total
from underwriting.rating.plan import PERILS, Plan

HUNDRED = Decimal(100)


def score(composite: Decimal, plan: Plan) -> Decimal:
    """100 (1 - ln(A/A_lo) / ln(A_hi/A_lo)), 1 dp half up, from the composite as it stands (rule 6e)."""
    low, high = plan.relativity.a_low, plan.relativity.a_high
    held = clip(composite, low, high)
    used = divide(log(divide(held, low)), log(divide(high, low)))
    return round_half_up(multiply(HUNDRED, subtract(ONE, used)), 1)


def composite_of(score_value: Decimal, plan: Plan) -> Decimal:
    """The composite that scores `score_value`: A_lo (A_hi/A_lo)^(1 - S/100)."""
    low, high = plan.relativity.a_low, plan.relativity.a_high
    share = subtract(ONE, divide(score_value, HUNDRED))
    return multiply(low, exp(multiply(share, log(divide(high, low)))))


def grade(composite: Decimal, plan: Plan) -> str:
    """The first grade whose ceiling the composite, at 4 dp, does not pass."""
    held = four(composite)
    return next(name for name, ceiling in plan.grades if ceiling is None or held <= ceiling)


def comparison_score(relativities: Mapping[str, Decimal], plan: Plan) -> Decimal:
    """A model's score under the filed mix of perils, which needs no policy (rule 14)."""
    return score(total(multiply(plan.comparison_mix[peril], relativities[peril]) for peril in PERILS), plan)
