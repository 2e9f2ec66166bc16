"""What a yearly limit of each policy would take off: the part of collective risk that one transform leaves out.

D_i = (S_i - aggregate_i)+ needs two claims on one policy in a year. With S = capped + sum of D_i and TVaR subadditive,
    0 <= TVaR(S) - TVaR(capped) <= TVaR(sum of D_i) <= sum of E[D_i] / (1 - level),
and E[D_i] is bounded from above on a coarse lattice of its own, because sharing between neighbours only raises the mean
of a convex function. The figures before the limit are on the safe side by at most that. Shocks change nothing here: a
policy struck by Poisson events with a chance drawn anew has Poisson claims, alone and from events together.
"""

import numpy as np

from actuarial.methods.curves import Floats
from actuarial.methods.lattice import Book, Places

POINTS = 64  # of a policy's aggregate limit
CHUNK = 2_000  # policies at once


def over_aggregate(book: Book) -> Floats:
    """An upper bound of E[(S_i - aggregate_i)+] of each policy, float[policies]."""
    order = np.argsort(book.policy, kind="stable")
    starts = np.searchsorted(book.policy[order], np.arange(0, book.policies + CHUNK, CHUNK))
    parts = [_chunk(book, order[low:high], place * CHUNK) for place, (low, high) in enumerate(_pairs(starts))]
    return np.concatenate(parts)[: book.policies]


def _pairs(starts: Places) -> list[tuple[int, int]]:
    return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))


def _chunk(book: Book, lines: Places, first: int) -> Floats:
    """E[(S - A)+] = E[S] - E[min(S, A)], S of each policy by one row of a transform of 8 times its limit.

    What comes round from beyond that makes E[min(S, A)] smaller and the bound larger.
    """
    size = 8 * POINTS
    rates = np.zeros((CHUNK, size))
    policy = book.policy[lines]
    step = book.aggregate[policy] / POINTS
    np.add.at(rates, policy - first, book.frequency[lines, None] * _masses(book, lines, step, size))
    spectrum = np.fft.rfft(rates, axis=1) - rates.sum(axis=1)[:, None]
    mass = np.fft.irfft(np.exp(spectrum), size, axis=1)
    steps = np.arange(size)
    over = rates @ steps - mass @ np.minimum(steps, POINTS)
    each = np.zeros(CHUNK)
    each[policy - first] = step
    return np.asarray(np.maximum(over, 0.0) * each)


def _masses(book: Book, lines: Places, step: Floats, size: int) -> Floats:
    """P(Y = k step) of k >= 1 of each line, each on its own step: float[lines, size]."""
    points = step[:, None] * np.arange(size + 1)
    limit, deductible = book.limit[lines, None], book.deductible[lines, None]
    limited = np.empty_like(points)
    for place, curve in enumerate(book.curves):
        mine = book.curve[lines] == place
        ends = np.minimum(deductible[mine] + points[mine], limit[mine])
        limited[mine] = curve.lev(ends) - curve.lev(deductible[mine])
    mass = np.zeros((len(lines), size))
    mass[:, 1:] = np.maximum(2 * limited[:, 1:-1] - limited[:, :-2] - limited[:, 2:], 0.0) / step[:, None]
    return mass
