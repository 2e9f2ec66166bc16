"""Sums of floats without rounding: the same whatever the order of rows and however they are split.

Every finite float64 is a whole number of units of 2^-1074; sums are kept as Python integers of such units. The square
of a number is carried as the rounded product and its rounding error (Dekker 1971, by Veltkamp's splitting); both are
summed.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Floats
from core.errors import InputRefused

UNIT = 1074
HALF = 27  # bits of the lower part of a 53-bit significand
LARGEST = 1e150  # beyond, a square may overflow
SPLITTER = float(2**27 + 1)
BLOCK = 1 << 20  # rows whose partial sums stay whole numbers below 2^53


def exact_sum(values: Floats) -> int:
    """The sum of finite floats in units of 2^-1074."""
    return sum(_block(values[start : start + BLOCK]) for start in range(0, len(values), BLOCK))


def _block(values: Floats) -> int:
    share, power = np.frexp(values)
    whole = (share * 2.0**53).astype(np.int64)
    place = (power + (UNIT - 53)).astype(np.int64)
    lowest = int(place.min()) if len(place) else 0
    high = np.bincount(place - lowest, weights=(whole >> HALF).astype(np.float64))
    low = np.bincount(place - lowest, weights=(whole & (2**HALF - 1)).astype(np.float64))
    total = sum(((int(a) << HALF) + int(b)) << at for at, (a, b) in enumerate(zip(high, low, strict=True)))
    # A subnormal number has fewer bits than its significand was stretched to: the shift back is exact.
    return total << lowest if lowest >= 0 else total >> -lowest


def square(values: Floats) -> tuple[Floats, Floats]:
    """Rounded squares, and what rounding left out of each."""
    product = values * values
    wide = values * SPLITTER
    top = wide - (wide - values)
    rest = values - top
    return product, ((top * top - product) + 2 * top * rest) + rest * rest


@dataclass(frozen=True)
class Mean:
    """A mean of n >= 2 numbers with their standard deviation (n - 1)."""

    n: int
    mean: float
    deviation: float


@dataclass
class Moments:
    """Count, sum and sum of squares, in units of 2^-1074."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Take in finite numbers; raises InputRefused for one too large to be squared."""
        if len(values) and float(np.abs(values).max()) > LARGEST:
            raise InputRefused(
                "A number is too large to be averaged.",
                limit=f"{LARGEST:g}",
                remedy="Send numbers in a larger unit.",
            )
        product, rest = square(values)
        self.n += len(values)
        self.total += exact_sum(values)
        self.squares += exact_sum(product) + exact_sum(rest)

    def merge(self, other: "Moments") -> None:
        self.n += other.n
        self.total += other.total
        self.squares += other.squares

    def mean(self) -> Mean | None:
        """The mean and deviation, each rounded once; None below two numbers."""
        if self.n < 2:
            return None
        unit = 1 << UNIT
        spread = Fraction(self.n * self.squares * unit - self.total**2, self.n * (self.n - 1) * unit**2)
        return Mean(self.n, float(Fraction(self.total, self.n * unit)), math.sqrt(max(0.0, float(spread))))
