"""Severity curves over whole arrays: limited expected values and draws (DOMAIN 1.2).

The formulas are those of underwriting/rating/severity.py, which makes the filed tables one figure at a time; here a
book's lattice asks for thousands at once, and a simulation draws from them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]


class Curve(Protocol):
    """A ground-up loss X >= 0, in the curve's money."""

    def lev(self, limits: Floats) -> Floats:
        """E[min(X, u)] of each u >= 0, same shape."""
        ...

    def survival(self, amounts: Floats) -> Floats:
        """P(X > x) of each x >= 0, same shape."""
        ...

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        """`count` independent losses."""
        ...

    def at(self, levels: Floats) -> Floats:
        """The loss at each level of probability in (0, 1): the inverse distribution function."""
        ...


@dataclass(frozen=True)
class Lognormal:
    mu: float
    sigma: float

    def lev(self, limits: Floats) -> Floats:
        """By the survival function ndtr(-z), for 1 - ndtr(z) cancels in the tail."""
        z = self._z(limits)
        mean = math.exp(self.mu + self.sigma**2 / 2)
        return np.asarray(mean * ndtr(z - self.sigma) + limits * ndtr(-z))

    def survival(self, amounts: Floats) -> Floats:
        return np.asarray(ndtr(-self._z(amounts)))

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        return rng.lognormal(self.mu, self.sigma, count)

    def at(self, levels: Floats) -> Floats:
        return np.asarray(np.exp(self.mu + self.sigma * ndtri(levels)))

    def _z(self, amounts: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return (np.log(amounts) - self.mu) / self.sigma


@dataclass(frozen=True)
class Lomax:
    """Pareto of the second kind: S(x) = (theta / (x + theta))^alpha."""

    alpha: float
    theta: float

    def lev(self, limits: Floats) -> Floats:
        grown = np.log1p(limits / self.theta)
        if self.alpha == 1:
            return self.theta * grown
        return -self.theta / (self.alpha - 1) * np.expm1(-(self.alpha - 1) * grown)

    def survival(self, amounts: Floats) -> Floats:
        return np.exp(-self.alpha * np.log1p(amounts / self.theta))

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        return self.theta * rng.pareto(self.alpha, count)

    def at(self, levels: Floats) -> Floats:
        return self.theta * np.expm1(-np.log1p(-levels) / self.alpha)


@dataclass(frozen=True)
class MixedExponential:
    """Weights and means of exponential parts (ISO practice)."""

    weights: tuple[float, ...]
    means: tuple[float, ...]

    def lev(self, limits: Floats) -> Floats:
        parts = [-w * m * np.expm1(-limits / m) for w, m in zip(self.weights, self.means, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    def survival(self, amounts: Floats) -> Floats:
        parts = [w * np.exp(-amounts / m) for w, m in zip(self.weights, self.means, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        parts = rng.choice(len(self.means), count, p=self.weights)
        return rng.exponential(np.asarray(self.means)[parts])

    def at(self, levels: Floats) -> Floats:
        """By halving 80 times between nought and a bound that holds for the heaviest part."""
        low, high = np.zeros_like(levels), -max(self.means) * np.log1p(-levels) + max(self.means)
        for _ in range(80):
            middle = (low + high) / 2
            above = self.survival(middle) > 1 - levels
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return high


def curve_of(filed: Mapping[str, Any]) -> Curve:
    """The curve a plan files under `perils.lines.<peril>.severity`; raises ValueError for a family there is not."""
    family = filed["family"]
    if family == "lognormal":
        return Lognormal(float(filed["mu"]), float(filed["sigma"]))
    if family == "lomax":
        return Lomax(float(filed["alpha"]), float(filed["theta"]))
    if family == "mixed_exponential":
        return MixedExponential(tuple(map(float, filed["weights"])), tuple(map(float, filed["means"])))
    raise ValueError(f"{family!r} is no family of severity curves")
