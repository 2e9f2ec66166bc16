"""Expected claims by peril before and after the audit: exposure, class factors, experience, step and schedule (1.1)."""

from dataclasses import dataclass
from decimal import Decimal

from underwriting.rating.arithmetic import ONE, add, divide, four, multiply, subtract
from underwriting.rating.experience import experience_mod
from underwriting.rating.plan import Plan
from underwriting.rating.risk import Risk, schedule_sum


@dataclass(frozen=True)
class FactorLine:
    """One factor of k_p as the worksheet shows it."""

    name: str
    level: str
    relativity: Decimal


@dataclass(frozen=True)
class Frequency:
    """Claims of one peril: at class (E f0 I k), and common (OB X step s), which A multiplies to lambda."""

    exposure: Decimal
    f0: Decimal
    industry: Decimal
    factors: tuple[FactorLine, ...]
    k: Decimal
    common: Decimal

    @property
    def at_class(self) -> Decimal:
        return multiply(self.exposure, self.f0, self.industry, self.k)

    def claims(self, a: Decimal) -> Decimal:
        """lambda_p under the audit relativity `a`, not rounded (rule 6d)."""
        return multiply(self.at_class, a, self.common)


def exposure(risk: Risk, plan: Plan) -> Decimal:
    """E, in filed units of decisions."""
    return divide(Decimal(risk.decisions), plan.exposure_unit)


def step(risk: Risk, plan: Plan) -> Decimal:
    """The filed claims-made step of the year, the last one holding for later years (rule 16)."""
    return plan.steps[min(risk.claims_made_year, len(plan.steps)) - 1]


def schedule_factor(risk: Risk) -> Decimal:
    return add(ONE, schedule_sum(risk))


def mod(risk: Risk, plan: Plan) -> Decimal:
    return experience_mod(risk.prior_claims, risk.expected_claims, plan.experience_a)


def frequency(peril: str, risk: Risk, plan: Plan) -> Frequency:
    factors = factor_lines(peril, risk, plan)
    return Frequency(
        exposure=exposure(risk, plan),
        f0=plan.perils[peril].f0,
        industry=plan.industry(risk.industry).i,
        factors=factors,
        k=four(multiply(*(line.relativity for line in factors))),
        common=multiply(plan.loading.off_balance, mod(risk, plan), step(risk, plan), schedule_factor(risk)),
    )


def factor_lines(peril: str, risk: Risk, plan: Plan) -> tuple[FactorLine, ...]:
    """The factors that apply to `peril`, in name order, with oversight last."""
    lines = [
        FactorLine(name, risk.factors[name], _relativity(name, risk, plan))
        for name in sorted(plan.factors)
        if peril in plan.factors[name].perils
    ]
    if peril in plan.oversight_perils:
        lines.append(FactorLine("oversight", _oversight_text(risk), oversight_relativity(risk, plan)))
    return tuple(lines)


def oversight_relativity(risk: Risk, plan: Plan) -> Decimal:
    """1 - coverage x lower bound of the catch rate, not below the floor; 1 without a measured catch rate."""
    if risk.oversight is None:
        return ONE
    credit = multiply(risk.oversight.coverage, risk.oversight.catch_lcb)
    return max(plan.oversight_floor, subtract(ONE, credit))


def _relativity(name: str, risk: Risk, plan: Plan) -> Decimal:
    if name == "validation_age" and risk.audits_on_time:
        return ONE  # rule 10: quarterly audits on time stand in for the validation's age
    return plan.factors[name].level(risk.factors[name]).relativity


def _oversight_text(risk: Risk) -> str:
    if risk.oversight is None:
        return "no measured catch rate"
    return f"{risk.oversight.coverage} reviewed, {risk.oversight.catch_lcb} caught at least"
