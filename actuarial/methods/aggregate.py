"""The year's loss of a book: collective risk by one Fourier transform (DOMAIN 3.1).

Independent Poisson policies add up to one compound Poisson law of the mixed severity, so a book of any size is one
transform: phi_S = exp(sum of lambda (phi_Y - 1)). Events that hit many policies at once join as compound Poisson laws
of their own (shock.py). The lattice is made so long that what lies beyond it has, by Chernoff's bound, a probability
below 1e-12: nothing comes round from the other end, and no tilting is needed (Grübel and Hermesmeier 1999, Embrechts
and Frei 2009 for that alternative).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from actuarial.methods.curves import Floats

BEYOND = 1e-12  # probability that may lie beyond the lattice
LONGEST = 2**23  # points; beyond that the step is too fine for the book
Complexes = NDArray[np.complex128]


class Part(Protocol):
    """One independent part of the year's loss, on the lattice."""

    def exponent(self, tilts: Floats) -> Floats:
        """ln E[exp(t S)] at each tilt t per lattice step; infinite where it overflows."""
        ...

    def transform(self, size: int) -> Complexes:
        """ln E[exp(i w S)] on the `size` // 2 + 1 frequencies of a real transform of `size` points."""
        ...


@dataclass(frozen=True)
class Claims:
    """Claims that arrive alone: rates[k] is the expected number a year that pay k steps."""

    rates: Floats

    def exponent(self, tilts: Floats) -> Floats:
        return np.asarray(tilted(self.rates, tilts) - self.rates.sum())

    def transform(self, size: int) -> Complexes:
        return np.asarray(np.fft.rfft(self.rates, size) - self.rates.sum())


@dataclass(frozen=True)
class Law:
    """P(S = k step) of k = 0, 1, ...: a year's loss on a lattice. Amounts go in and come out in money."""

    step: float
    mass: Floats

    @cached_property
    def amounts(self) -> Floats:
        return np.asarray(self.step * np.arange(len(self.mass)), dtype=np.float64)

    @cached_property
    def exceeding(self) -> Floats:
        """P(S > k step) at each k."""
        return np.cumsum(self.mass[::-1])[::-1] - self.mass

    @property
    def mean(self) -> float:
        return float(self.mass @ self.amounts)

    @property
    def sd(self) -> float:
        return math.sqrt(max(float(self.mass @ (self.amounts - self.mean) ** 2), 0.0))

    def place(self, level: float) -> int:
        """Lattice place of VaR: the first k with P(S > k step) <= 1 - level."""
        return int(np.argmax(self.exceeding <= (1 - level) * (1 + 1e-12) + 1e-15))

    def var(self, level: float) -> float:
        """Value at risk: the smallest amount that the year's loss stays within with probability `level`."""
        return self.step * self.place(level)

    def tail(self, level: float) -> tuple[int, float]:
        """(v, share): the worst 1 - level of years are those above place v and `share` of the probability at v."""
        place = self.place(level)
        at = float(self.mass[place])
        return place, (1 - level - float(self.exceeding[place])) / at if at > 0 else 0.0

    def tvar(self, level: float) -> float:
        """Mean of the worst 1 - level of years (expected shortfall, Acerbi and Tasche 2002).

        An atom at VaR counts with the share that completes 1 - level. So the measure is coherent on any lattice; where
        no mass sits at VaR it is E[S | S >= VaR], as in DOMAIN 3.1.
        """
        place, share = self.tail(level)
        above = float(self.mass[place + 1 :] @ self.amounts[place + 1 :])
        return (above + share * float(self.mass[place]) * self.step * place) / (1 - level)

    def worst(self, tail: tuple[int, float], size: int) -> Floats:
        """P(this + x steps lies in the `tail` of a year's law), x = 0 to size - 1: what one more payout would do."""
        place, share = tail
        back = place - np.arange(size)
        inside = np.clip(back, 0, None)
        chance = self.exceeding[inside] + share * self.mass[inside]
        return np.where(back >= 0, chance, 1.0)

    def over(self, amounts: Floats) -> Floats:
        """P(S > x) of each x."""
        places = np.floor(np.asarray(amounts) / self.step + 1e-9).astype(np.int64)
        return np.where(places < len(self.mass), self.exceeding[np.minimum(places, len(self.mass) - 1)], 0.0)

    def between(self, low: float, high: float = math.inf) -> float:
        """E[min(max(S - low, 0), high - low)]: the layer from low to high, a stop-loss premium without high."""
        return float(self.mass @ np.clip(self.amounts - low, 0.0, high - low))


def year_law(parts: Sequence[Part], step: float) -> Law:
    """The law of the sum of independent parts; raises ValueError if the lattice would be longer than 8 million."""
    size = needed(parts)
    spectrum = sum((part.transform(size) for part in parts), np.zeros(size // 2 + 1, dtype=np.complex128))
    mass = np.fft.irfft(np.exp(spectrum), size)
    return Law(step, np.maximum(mass, 0.0))


def needed(parts: Sequence[Part]) -> int:
    """Points, a power of two, so that P(S beyond them) <= min over t of exp(ln E[exp(tS)] - t points) <= 1e-12."""
    tilts = np.exp(np.linspace(math.log(1e-8), 0.0, 120))
    exponents = sum((part.exponent(tilts) for part in parts), np.zeros(len(tilts)))
    size = 1024
    while np.min(exponents - tilts * size) > math.log(BEYOND):
        size *= 2
        if size > LONGEST:
            raise ValueError(f"the step is too fine for this book: over {LONGEST:,} points; take a longer step")
    return size


def tilted(rates: Floats, tilts: Floats) -> Floats:
    """Sum over k of rates[k] exp(t k) at each t; infinite where it overflows."""
    places = np.flatnonzero(rates)
    reach = tilts * (places.max(initial=0))
    found = np.full(len(tilts), np.inf)
    for place in np.flatnonzero(reach < 600):
        found[place] = rates[places] @ np.exp(tilts[place] * places)
    return found
