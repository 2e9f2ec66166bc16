"""A year's events when a layer answers for the first of them only."""

import math
from dataclasses import dataclass

import numpy as np

from actuarial.methods.aggregate import Complexes, tilted
from actuarial.methods.curves import Floats


@dataclass(frozen=True)
class Covered:
    """Events of which the first ones of a year are retained by their own laws, all later ones whole."""

    rate: float
    covered: tuple[Floats, ...]
    whole: Floats

    def exponent(self, tilts: Floats) -> Floats:
        """Of the whole events: what is retained is less."""
        return self.rate * (tilted(self.whole, tilts) - 1)

    def transform(self, size: int) -> Complexes:
        """ln of sum over m of P(M = m) times the transforms of the first m events."""
        whole, chance = np.fft.rfft(self.whole, size), math.exp(-self.rate)
        found, product, left = np.zeros(size // 2 + 1, dtype=complex), np.ones(size // 2 + 1, dtype=complex), 1.0
        for m, law in enumerate(self.covered):
            found, left = found + chance * product, left - chance
            product, chance = product * np.fft.rfft(law, size), chance * self.rate / (m + 1)
        return np.log(found + _later(self.rate, len(self.covered), chance, whole) * product)


def _later(rate: float, first: int, chance: float, whole: Complexes) -> Complexes:
    """Sum over m >= `first` of P(M = m) whole^(m - first); `chance` is P(M = first)."""
    found, power = np.zeros_like(whole), np.ones_like(whole)
    m = first
    while chance > 1e-18 or m < rate:
        found, power = found + chance * power, power * whole
        m += 1
        chance *= rate / m
    return found


def first_events(rate: float, times: int) -> float:
    """E[min(M, times)] of a Poisson M."""
    chance, found, left = math.exp(-rate), 0.0, 1.0
    for m in range(times):
        left -= chance
        found += left  # P(M > m)
        chance *= rate / (m + 1)
    return found
