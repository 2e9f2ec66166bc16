"""An alarm on a rate that may be looked at after every block and still rings falsely in at most a share alpha of years.

The bet: outcomes come one after another, each an error or not. Under the null "each is an error with probability at
most p0, whatever came before", the ratio of likelihoods of a higher rate p1 against p0 never grows on average: it is a
test supermartingale, and so is any mixture of such ratios, over several p1 and over the block from which each counts,
with shares fixed beforehand. By Ville's inequality (Ville 1939) the probability that it ever reaches 1/alpha is at most
alpha, however often one looks and whenever one stops. The null allows any rate below p0 and any change of it.

A bet that starts later has lost nothing to the quiet blocks before, so that a late rise is found about as soon as an
early one. Sources: Ville 1939; Robbins 1970 (mixtures); Ramdas, Grünwald, Vovk and Shafer 2023 (a survey).
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Bets:
    """The null's highest rate, the rates bet on, and how the stake of 1 is shared out before anything is seen.

    multiples, shares   rates as multiples of the null's odds, and the share of the stake on each
    at_once             share of each bet that is laid in the first block; the rest in equal parts in the later blocks
    blocks              blocks of a year, the first included; later ones take no new bets

    Raises ValueError unless 0 < null < 1, every multiple is above 1, shares are positive and sum to 1.
    """

    null: float
    multiples: tuple[float, ...]
    shares: tuple[float, ...]
    at_once: float
    blocks: int

    def __post_init__(self) -> None:
        shared = len(self.multiples) == len(self.shares) and math.isclose(sum(self.shares), 1.0)
        sound = shared and min(self.multiples) > 1 and min(self.shares) > 0 and 0 < self.at_once <= 1
        if not (0 < self.null < 1 and sound and self.blocks >= 1):
            raise ValueError("an e-process bets positive shares that sum to 1 on rates above a null between 0 and 1")

    @property
    def rates(self) -> Floats:
        """The rates bet on."""
        odds = np.array(self.multiples) * self.null / (1 - self.null)
        return np.asarray(odds / (1 + odds))

    def laid(self, block: int) -> float:
        """The share of each bet laid in this block, from 1."""
        if block == 1:
            return self.at_once if self.blocks > 1 else 1.0
        return (1 - self.at_once) / (self.blocks - 1) if block <= self.blocks else 0.0

    def growth(self, k: Whole | int, n: Whole | int) -> Floats:
        """ln of the likelihood ratio of `k` errors among `n` outcomes, for each rate along a new last axis."""
        errors, outcomes = (np.asarray(count, dtype=np.float64)[..., None] for count in (k, n))
        gain = np.log(self.rates / self.null)
        loss = np.log1p(-self.rates) - math.log1p(-self.null)
        return np.asarray(errors * gain + (outcomes - errors) * loss)


@dataclass(frozen=True)
class State:
    """An e-process after some blocks: all that must be kept to go on later.

    grown   ln of what the bets on each rate have become; laid is the share of the stake that was laid
    rang    number of the block, from 1, in which it first reached 1/alpha; it stays
    """

    k: int = 0
    n: int = 0
    blocks: int = 0
    laid: float = 0.0
    grown: tuple[float, ...] = ()
    rang: int | None = None

    def log_value(self, bets: Bets) -> float:
        """ln of the e-value: the bets and what is not yet laid."""
        return float(_log_value(bets, np.array(self.grown), self.laid)) if self.grown else 0.0


def follow(bets: Bets, alpha: float, blocks: Iterable[tuple[int, int]], state: State | None = None) -> Iterator[State]:
    """The state after each block of (errors, outcomes), going on from `state`. An alarm that rang never un-rings."""
    now = state or State()
    for k, n in blocks:
        before = np.array(now.grown) if now.grown else np.full(len(bets.multiples), -math.inf)
        laid = bets.laid(now.blocks + 1)
        grown = _grown(before, laid, bets.growth(k, n))
        now = State(now.k + k, now.n + n, now.blocks + 1, now.laid + laid, tuple(grown.tolist()), now.rang)
        if now.rang is None and now.log_value(bets) >= -math.log(alpha):
            now = State(now.k, now.n, now.blocks, now.laid, now.grown, now.blocks)
        yield now


def first_alarm(bets: Bets, alpha: float, k: Whole, n: Whole) -> Whole:
    """Many runs at once: `k` errors of `n` outcomes (runs, blocks) -> the block, from 1, that rang, 0 for none."""
    rang = np.zeros(len(k), dtype=np.int64)
    grown, spent = np.full((len(k), len(bets.multiples)), -math.inf), 0.0
    for block in range(1, k.shape[1] + 1):
        laid = bets.laid(block)
        grown, spent = _grown(grown, laid, bets.growth(k[:, block - 1], n[:, block - 1])), spent + laid
        over = _log_value(bets, grown, spent) >= -math.log(alpha)
        rang[over & (rang == 0)] = block
    return rang


def _grown(before: Floats, laid: float, growth: Floats) -> Floats:
    new = math.log(laid) if laid > 0 else -math.inf
    return np.asarray(np.logaddexp(before, new) + growth)


def _log_value(bets: Bets, grown: Floats, laid: float) -> Floats:
    idle = math.log1p(-laid) if laid < 1 else -math.inf
    return np.asarray(np.logaddexp(special.logsumexp(grown, b=bets.shares, axis=-1), idle))


def fixed_sample(null: float, rate: float, alpha: float, power: float) -> int:
    """The least n from which the one-sided exact binomial test of "rate <= null" at level alpha, looked at once, has
    this power against `rate` for good: its power is a saw."""

    def strong(n: Whole) -> NDArray[np.bool_]:
        least = stats.binom.isf(alpha, n, null) + 1  # errors from which the test rejects
        return np.asarray(stats.binom.sf(least - 1, n, rate) >= power)

    most = 64
    while not strong(np.arange(most, 2 * most)).all():
        most *= 2
    weak = np.flatnonzero(~strong(np.arange(1, 2 * most)))
    return int(weak[-1]) + 2 if len(weak) else 1
