"""Pure premium and premium of a risk under any audit relativities, from filed table values only (DOMAIN 1.1, 1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.errors import InputRefused
from core.money import cents
from underwriting.rating.arithmetic import ONE, add, divide, multiply, subtract, total
from underwriting.rating.frequency import Frequency, frequency
from underwriting.rating.plan import PERILS, Plan
from underwriting.rating.relativity import Readings, relativity
from underwriting.rating.risk import Risk

Relativities = Mapping[str, Decimal]  # A by peril


@dataclass(frozen=True)
class Layer:
    """The insured layer of one peril: LF = ILF(L) - DED(d), payout = min(loss, L) - d (rule 16)."""

    lev: Decimal
    ilf: Decimal
    ded: Decimal

    @property
    def lf(self) -> Decimal:
        return subtract(self.ilf, self.ded)


@dataclass(frozen=True)
class Basis:
    """All of a risk but its audit: enough to price any set of audit relativities."""

    frequencies: Mapping[str, Frequency]
    layers: Mapping[str, Layer]
    aggregate_factor: Decimal
    plan: Plan

    def peril_premium(self, peril: str, a: Decimal) -> Decimal:
        """PP_p, to the cent (rule 6d)."""
        layer = self.layers[peril]
        return cents(multiply(self.frequencies[peril].claims(a), layer.lev, layer.lf))

    def pure_premium(self, relativities: Relativities) -> Decimal:
        """PP: the sum of the perils' cents, times the aggregate-limit factor."""
        amounts = (self.peril_premium(peril, relativities[peril]) for peril in PERILS)
        return cents(multiply(total(amounts), self.aggregate_factor))

    def gross(self, pure: Decimal) -> Decimal:
        """G = (PP (1 + ULAE) + F) / (1 - V - Q), to the cent, before the minimum premium."""
        loading = self.plan.loading
        loaded = add(multiply(pure, add(ONE, loading.ulae)), loading.fixed_expense)
        return cents(divide(loaded, self.plan.net_share))

    def premium(self, pure: Decimal) -> Decimal:
        return max(self.gross(pure), cents(self.plan.loading.minimum_premium))

    def gross_of(self, readings: Readings) -> Decimal:
        """The premium before the minimum that these readings would give."""
        return self.gross(self.pure_premium(relativities(readings, self.plan)))

    def premium_of(self, readings: Readings) -> Decimal:
        """The premium these readings would give."""
        return self.premium(self.pure_premium(relativities(readings, self.plan)))


def basis(risk: Risk, plan: Plan) -> Basis:
    frequencies = {peril: frequency(peril, risk, plan) for peril in PERILS}
    expected = total(one.claims(ONE) for one in frequencies.values())
    layers = {peril: _layer(peril, risk, plan) for peril in PERILS}
    return Basis(frequencies, layers, aggregate_factor(risk, plan, expected), plan)


def relativities(readings: Readings, plan: Plan) -> dict[str, Decimal]:
    return {peril: relativity(peril, readings, plan).a for peril in PERILS}


def aggregate_factor(risk: Risk, plan: Plan, expected: Decimal) -> Decimal:
    """The filed factor by aggregate over limit and expected claims at class."""
    ratio = divide(risk.aggregate, risk.limit)
    for row in sorted(plan.aggregate, key=lambda row: row.ratio_from, reverse=True):
        if ratio >= row.ratio_from and (row.expected_up_to is None or expected <= row.expected_up_to):
            return row.factor
    raise InputRefused(
        "the plan files no aggregate factor for this risk", field="risk.aggregate", remedy="choose a higher aggregate"
    )


def _layer(peril: str, risk: Risk, plan: Plan) -> Layer:
    filed = plan.perils[peril]
    return Layer(filed.lev_basic, filed.ilf[risk.limit], filed.ded[risk.deductible])
