"""Severity curves and their limited expected values: a plan-making tool (DOMAIN 1.2).

The engine never calls this room: it multiplies the filed table values. Here the tables are made and checked.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from scipy.special import ndtr

from core.money import round_half_up


class Severity(Protocol):
    """A loss distribution: its mean, and LEV(u) = E[min(X, u)] in the curve's money."""

    @property
    def mean(self) -> float: ...

    def lev(self, limit: float) -> float: ...


@dataclass(frozen=True)
class Lognormal:
    mu: float
    sigma: float

    @property
    def mean(self) -> float:
        return math.exp(self.mu + self.sigma**2 / 2)

    def lev(self, limit: float) -> float:
        """Uses the survival function ndtr(-z), for 1 - ndtr(z) cancels in the tail and loses monotonicity."""
        if limit <= 0:
            return 0.0
        z = (math.log(limit) - self.mu) / self.sigma
        return self.mean * float(ndtr(z - self.sigma)) + limit * float(ndtr(-z))


@dataclass(frozen=True)
class Lomax:
    """Pareto of the second kind: S(x) = (theta / (x + theta))^alpha."""

    alpha: float
    theta: float

    @property
    def mean(self) -> float:
        return self.theta / (self.alpha - 1) if self.alpha > 1 else math.inf

    def lev(self, limit: float) -> float:
        if self.alpha == 1:
            return self.theta * math.log1p(limit / self.theta)
        share = math.pow(self.theta / (limit + self.theta), self.alpha - 1)
        return self.theta / (self.alpha - 1) * (1 - share)


@dataclass(frozen=True)
class MixedExponential:
    """Weights and means of exponential parts (ISO practice)."""

    weights: Sequence[float]
    means: Sequence[float]

    @property
    def mean(self) -> float:
        return sum(w * m for w, m in zip(self.weights, self.means, strict=True))

    def lev(self, limit: float) -> float:
        return sum(-w * m * math.expm1(-limit / m) for w, m in zip(self.weights, self.means, strict=True))


def layer(curve: Severity, low: float, high: float) -> float:
    """Expected loss between `low` and `high`."""
    return curve.lev(high) - curve.lev(low)


def trended_lev(curve: Severity, limit: float, trend: float) -> float:
    """LEV after severities grow by `trend`: (1 + t) LEV(u / (1 + t))."""
    return (1 + trend) * curve.lev(limit / (1 + trend))


def filed_lev(curve: Severity, limit: Decimal) -> Decimal:
    """LEV as filed: 2 decimals."""
    return round_half_up(Decimal(repr(curve.lev(float(limit)))), 2)


def filed_factor(curve: Severity, amount: Decimal, basic: Decimal) -> Decimal:
    """LEV(amount) / LEV(basic) as filed: 4 decimals (an ILF for a limit, DED for a deductible)."""
    return round_half_up(Decimal(repr(curve.lev(float(amount)) / curve.lev(float(basic)))), 4)
