"""Common shocks: events at a shared dependency that strike many policies at once (DOMAIN 3.2).

N_i = own_i + sum over keys v of B_iv M_v, M_v ~ Poisson(theta_v) events a year, each of which strikes policy i with
chance pi_iv, drawn anew for every event (so Cov(N_i, N_j) = sum of theta_v pi_iv pi_jv; a B drawn once a year gives the
same covariance and moves DOMAIN's TVaR 99 by 0.01 %). A struck policy has one claim of its own severity, its perils in
proportion to their frequency. Each policy keeps its expected claims: own_i = lambda_i - sum of theta_v pi_iv >= 0.

The loss of one event is a sum of independent claims, its law one product of transforms; a year's events are compound
Poisson of that law. All of it is exact on the lattice. Severities within one event are taken as independent, which
understates the tail: a real event tends to harm all that it strikes alike (see simulate.py for the other extreme).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from actuarial.methods.aggregate import BEYOND, LONGEST, Complexes, Law, tilted
from actuarial.methods.curves import Floats
from actuarial.methods.lattice import Book, Payouts, Places

NOISE = 1e-16  # below this a mass is rounding error of the transform


@dataclass(frozen=True)
class Shock:
    """Events at one dependency: `rate` a year, policies at places `members`, each struck with its chance."""

    key: str
    rate: float
    members: Places
    chances: Floats


@dataclass(frozen=True)
class Struck:
    """Policies of one key that are alike: how many, their chance, the law of one claim, and who they are."""

    chance: float
    law: Floats
    policies: tuple[int, ...]

    def factor(self, transform: Complexes) -> Complexes:
        """E[exp(i w B Y)] of one such policy, from the transform of its claim."""
        return 1 - self.chance + self.chance * transform


def strain(book: Book, shocks: Sequence[Shock]) -> Floats:
    """Expected claims a year that come from events, of each policy: sum of theta pi."""
    found = np.zeros(book.policies)
    for shock in shocks:
        np.add.at(found, shock.members, shock.rate * shock.chances)
    return found


def own_frequency(book: Book, shocks: Sequence[Shock]) -> Floats:
    """Expected claims of each line that arrive alone; raises ValueError, naming the policy, where that is below 0."""
    own = book.totals - strain(book, shocks)
    worst = int(np.argmin(own)) if len(own) else 0
    if len(own) and own[worst] < -1e-12:
        raise ValueError(
            f"policy {worst} expects {book.totals[worst]:.6g} claims a year and shocks alone would bring "
            f"{book.totals[worst] - own[worst]:.6g}: lower theta or pi"
        )
    share = np.divide(np.maximum(own, 0.0), book.totals, out=np.zeros_like(own), where=book.totals > 0)
    return book.frequency * share[book.policy]


def fitted(book: Book, shocks: Sequence[Shock]) -> tuple[list[Shock], Places]:
    """The shocks with chances lowered, in proportion, where they would bring more claims than a policy expects; who."""
    brought = strain(book, shocks)
    keeps = np.divide(book.totals, brought, out=np.ones_like(brought), where=brought > book.totals)
    lowered = [replace(shock, chances=shock.chances * keeps[shock.members]) for shock in shocks]
    return lowered, np.flatnonzero(brought > book.totals * (1 + 1e-12))


def struck(payouts: Payouts, shock: Shock) -> list[Struck]:
    """The members of a key, those with equal terms, perils and chance together."""
    book = payouts.book
    lines_of = _lines(book)
    alike: dict[tuple[float, ...], list[int]] = {}
    for policy, chance in zip(shock.members.tolist(), shock.chances.tolist(), strict=True):
        lines = lines_of(policy)
        terms = np.stack([column[lines] for column in (book.curve, book.limit, book.deductible, book.frequency)])
        alike.setdefault((chance, *terms.ravel().tolist()), []).append(policy)
    found = []
    for (chance, *_), policies in alike.items():
        lines = lines_of(policies[0])
        shares = book.frequency[lines] / book.frequency[lines].sum()
        found.append(Struck(chance, payouts.laws(lines, shares), tuple(policies)))
    return found


def event_law(members: Sequence[Struck], step: float) -> Law:
    """The loss of one event: the sum over members of Bernoulli(pi) times one claim."""
    size = _event_size(members)
    mass = np.fft.irfft(event_transform(members, size), size)
    return Law(step, np.where(mass > NOISE, mass, 0.0))


def event_transform(members: Sequence[Struck], size: int) -> Complexes:
    """E[exp(i w J)] of an event."""
    found = np.ones(size // 2 + 1, dtype=np.complex128)
    for kind in members:
        found *= kind.factor(np.fft.rfft(kind.law, size)) ** len(kind.policies)
    return found


def event_rates(shock: Shock, event: Law) -> Floats:
    """Expected events a year that cost k steps: what makes a year's events a compound Poisson law."""
    return shock.rate * event.mass


def shares_of_events(
    year: Law, shock: Shock, members: Sequence[Struck], level: float
) -> Iterator[tuple[tuple[int, ...], float]]:
    """For each kind of member: its policies, and E[their claims from events of this key | worst years], each.

    E[B Y 1(S in tail)] over a Poisson number of events is theta pi sum of y P(Y = y) P(S + J' + y in tail), where J' is
    the same event without this policy (Mecke's formula): some log2(kinds) transforms a kind of member.
    """
    size = 2 * len(year.mass)
    tail = year.tail(level)
    for kind, transform in _without_one(members, np.fft.rfft(year.mass, size), size):
        mass = np.fft.irfft(transform, size)
        steps = len(kind.law)
        weighed = kind.law * Law(year.step, mass).worst(tail, steps)
        caused = year.step * float(np.arange(steps) @ weighed)
        yield kind.policies, shock.rate * kind.chance * caused / (1 - level)


def _without_one(members: Sequence[Struck], others: Complexes, size: int) -> Iterator[tuple[Struck, Complexes]]:
    """Each kind with `others` times the event without one policy of it, by halves: nothing is divided out, for a factor
    may be nought, and few transforms are held at once."""
    if len(members) > 1:
        half = len(members) // 2
        yield from _without_one(members[:half], others * event_transform(members[half:], size), size)
        yield from _without_one(members[half:], others * event_transform(members[:half], size), size)
    elif members:
        (kind,) = members
        again = kind.factor(np.fft.rfft(kind.law, size)) ** (len(kind.policies) - 1)
        yield kind, others * again


def _lines(book: Book) -> Callable[[int], Places]:
    """The lines of a policy, found once for all."""
    order = np.argsort(book.policy, kind="stable")
    starts = np.searchsorted(book.policy[order], np.arange(book.policies + 1))
    return lambda policy: order[starts[policy] : starts[policy + 1]]


def _event_size(members: Sequence[Struck]) -> int:
    tilts = np.exp(np.linspace(math.log(1e-8), 0.0, 120))
    exponent = np.zeros(len(tilts))
    for kind in members:
        exponent += len(kind.policies) * np.log1p(kind.chance * (tilted(kind.law, tilts) - 1))
    size = 1024
    while np.min(exponent - tilts * size) > math.log(BEYOND):
        size *= 2
        if size > LONGEST:
            raise ValueError(f"the step is too fine for these events: over {LONGEST:,} points; take a longer step")
    return size
