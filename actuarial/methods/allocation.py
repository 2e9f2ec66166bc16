"""Who carries the worst years: TVaR shared out by co-TVaR, exactly (DOMAIN 3.1), and the year's exceedance curves.

co-TVaR_i = E[S_i | worst years]. For claims that arrive alone, Mecke's formula gives E[S_i 1(S in tail)] as lambda_i
times the sum over y of y P(Y_i = y) P(S + y in tail): one sum against one vector, whatever the number of policies.
Claims from events are in shock.py. The parts sum to TVaR, and no part of the book carries more than its own TVaR alone
would be (TVaR is coherent, so the shares lie in its core).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from actuarial.methods.aggregate import Law
from actuarial.methods.curves import Floats
from actuarial.methods.lattice import Payouts
from actuarial.methods.shock import Shock, Struck, shares_of_events
from core.money import CENT


@dataclass(frozen=True)
class Allocation:
    """TVaR at `level` by policy: `alone` float[policies]; `events` by key, float[policies] each. Money."""

    level: float
    tvar: float
    alone: Floats
    events: dict[str, Floats]

    @property
    def policies(self) -> Floats:
        """co-TVaR of each policy, whatever its claims came from."""
        return np.asarray(self.alone + sum(self.events.values(), np.zeros_like(self.alone)))


def allocated(
    payouts: Payouts,
    own: Floats,
    shocks: Sequence[Shock],
    members: Sequence[Sequence[Struck]],
    year: Law,
    level: float,
) -> Allocation:
    """TVaR of `year` shared out; `own` are the frequencies of claims alone, float[lines]."""
    book = payouts.book
    worst = year.worst(year.tail(level), payouts.size)
    lines = own * payouts.sums(payouts.step * np.arange(payouts.size) * worst) / (1 - level)
    alone = np.bincount(book.policy, lines, book.policies).astype(np.float64)
    events = {}
    for shock, kinds in zip(shocks, members, strict=True):
        each = np.zeros(book.policies)
        for policies, amount in shares_of_events(year, shock, kinds, level):
            each[list(policies)] = amount
        events[shock.key] = each
    return Allocation(level, year.tvar(level), alone, events)


def in_cents(whole: Decimal, parts: Sequence[float]) -> list[Decimal]:
    """`parts` in whole cents that sum to `whole` exactly: rounded down, odd cents to the largest remainders.

    `whole` is the sum of `parts` up to rounding; raises ValueError if they lie further apart than a cent a part.
    """
    exact = [Decimal(repr(float(part))) / CENT for part in parts]
    down = [math.floor(part) for part in exact]
    odd = int(whole / CENT) - sum(down)
    if not 0 <= odd <= len(parts):
        raise ValueError(f"parts sum to {sum(parts):.4f}, the whole is {whole}")
    first = sorted(range(len(parts)), key=lambda place: (down[place] - exact[place], place))
    for place in first[:odd]:
        down[place] += 1
    return [CENT * part for part in down]


def occurrence_exceeding(rates: Floats) -> Floats:
    """P(the year's largest claim or event > k steps) at each k: 1 - exp(-expected number above), exact for Poisson."""
    return np.asarray(-np.expm1(-(np.cumsum(rates[::-1])[::-1] - rates)))


def return_loss(exceeding: Floats, step: float, years: float) -> float:
    """The loss exceeded once in so many years: the least kh with P(> kh) <= 1 / years."""
    return step * int(np.argmax(exceeding <= 1 / years))


def combined(parts: Sequence[Floats]) -> Floats:
    """Rates of several kinds of occurrence added up, the shorter ones filled with noughts."""
    size = max(len(part) for part in parts)
    return np.asarray(sum(np.pad(part, (0, size - len(part))) for part in parts))
