"""The same year by simulation: every claim and every event drawn, with a stored seed (numpy's PCG64).

It shares no line with the transforms, so that the two can be held against each other, and it says what they leave out:
the aggregate limit of each policy, reinstatements that run out, severities of one event that move together.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from actuarial.methods.curves import Floats
from actuarial.methods.lattice import Book, Places
from actuarial.methods.reinsurance import layer, retained
from actuarial.methods.shock import Shock, own_frequency
from actuarial.methods.treaties import EVERY, Treaty

CELLS = 4_000_000  # years times policies held at once
Z99 = 2.5758293035489004


@dataclass(frozen=True)
class Drawn:
    """Claims of a block of years: which year, line, event (-1: arrived alone), shock, and the payout."""

    year: Places
    line: Places
    event: Places
    shock: Places
    payout: Floats


@dataclass(frozen=True)
class Years:
    """Simulated years, float[years] each: `gross`; `capped` by every policy's aggregate limit; `net` of treaties."""

    gross: Floats
    capped: Floats
    net: Floats
    by_policy: Floats | None = None  # float[years, policies], for checks on small books


def simulated(
    book: Book,
    shocks: Sequence[Shock],
    *,
    years: int,
    seed: int,
    programme: Sequence[Treaty] = (),
    together: bool = False,
    keep: bool = False,
) -> Years:
    """`years` independent years. `together`: all claims of one event stand at the same level of their own severity.

    Deterministic in its arguments; blocks of years bound the memory. `keep` returns each policy's year, for checks.
    """
    rng, own = np.random.Generator(np.random.PCG64(seed)), own_frequency(book, shocks)
    block = max(1, min(years, CELLS // max(book.policies, 1)))
    found = []
    for start in range(0, years, block):
        count = min(block, years - start)
        one = _years(book, shocks, own, rng, count, programme, together)
        found.append(one if keep else replace(one, by_policy=None))
    gross, capped, net = (np.concatenate([getattr(one, name) for one in found]) for name in ("gross", "capped", "net"))
    return Years(
        gross,
        capped,
        net,
        np.concatenate([one.by_policy for one in found if one.by_policy is not None]) if keep else None,
    )


@dataclass(frozen=True)
class Estimate:
    """A figure of simulated years with its standard error."""

    value: float
    error: float


def mean_of(years: Floats) -> Estimate:
    return Estimate(float(years.mean()), float(years.std(ddof=1)) / math.sqrt(len(years)))


def var_of(years: Floats, level: float) -> tuple[float, float, float]:
    """VaR with a 99 % interval of order statistics: their ranks are binomial, whatever the law."""
    ordered, n = np.sort(years), len(years)
    middle, half = n * level, Z99 * math.sqrt(n * level * (1 - level))
    low, high = max(math.floor(middle - half), 1), min(math.ceil(middle + half) + 1, n)
    return float(ordered[max(math.ceil(middle), 1) - 1]), float(ordered[low - 1]), float(ordered[high - 1])


def tvar_of(years: Floats, level: float) -> Estimate:
    """TVaR; its variance is (Var(tail) + level (TVaR - VaR)^2) / (n (1 - level)) (Manistre and Hancock 2005)."""
    ordered = np.sort(years)
    tail = ordered[math.ceil(len(years) * level) :]
    value, var = float(tail.mean()), float(ordered[math.ceil(len(years) * level) - 1])
    spread = float(tail.var(ddof=1)) + level * (value - var) ** 2
    return Estimate(value, math.sqrt(spread / len(tail)))


def _years(
    book: Book,
    shocks: Sequence[Shock],
    own: Floats,
    rng: np.random.Generator,
    count: int,
    programme: Sequence[Treaty],
    together: bool,
) -> Years:
    parts = [_alone(book, own, rng, count), *_struck(book, shocks, rng, count, together)]
    drawn = Drawn(*(np.concatenate([getattr(one, name) for one in parts]) for name in Drawn.__dataclass_fields__))
    place = drawn.year * book.policies + book.policy[drawn.line]
    table = np.bincount(place, drawn.payout, count * book.policies).astype(np.float64)
    table = table.reshape(count, book.policies)
    net = _net(drawn, shocks, programme, count) if programme else table.sum(axis=1)
    return Years(table.sum(axis=1), np.minimum(table, book.aggregate).sum(axis=1), net, table)


def _alone(book: Book, own: Floats, rng: np.random.Generator, count: int) -> Drawn:
    numbers = rng.poisson(own.sum(), count)
    year = np.repeat(np.arange(count), numbers)
    line = _chosen(np.cumsum(own), rng.random(len(year)) * own.sum())
    none = np.full(len(year), -1, dtype=np.int64)
    return Drawn(year, line, none, none, _payouts(book, line, rng.random(len(year))))


def _struck(
    book: Book, shocks: Sequence[Shock], rng: np.random.Generator, count: int, together: bool
) -> Iterator[Drawn]:
    """Each key's events: who is struck, by which peril, for how much. Events count on through the keys."""
    first = 0
    order = np.argsort(book.policy, kind="stable")
    for place, shock in enumerate(shocks):
        event_year = np.repeat(np.arange(count), rng.poisson(shock.rate, count))
        hit = rng.random((len(event_year), len(shock.members))) < shock.chances
        event, member = np.nonzero(hit)
        line = order[_peril(book, order, shock.members[member], rng.random(len(event)))]
        levels = rng.random(len(event_year))[event] if together else rng.random(len(event))
        payout = _payouts(book, line, levels)
        yield Drawn(event_year[event], line, first + event, np.full(len(event), place), payout)
        first += len(event_year)


def _peril(book: Book, order: Places, policies: Places, uniform: Floats) -> Places:
    """A place in `order` for each struck policy: one of its lines, in proportion to their frequency."""
    summed = np.cumsum(book.frequency[order])
    ends = np.cumsum(book.totals)
    return _chosen(summed, ends[policies] - book.totals[policies] * (1 - uniform))


def _chosen(summed: Floats, at: Floats) -> Places:
    return np.minimum(np.searchsorted(summed, at, side="right"), len(summed) - 1)


def _payouts(book: Book, line: Places, levels: Floats) -> Floats:
    """min(X, limit) - deductible, floored at nought, of each claim; X at the given level of its curve."""
    losses = np.empty(len(line))
    for place, curve in enumerate(book.curves):
        mine = book.curve[line] == place
        losses[mine] = curve.at(levels[mine])
    return np.maximum(np.minimum(losses, book.limit[line]) - book.deductible[line], 0.0)


def _net(drawn: Drawn, shocks: Sequence[Shock], programme: Sequence[Treaty], count: int) -> Floats:
    """The year after the programme, claim by claim and event by event, with the layers' yearly limits."""
    payout = drawn.payout
    for kind in ("quota_share", "per_risk_xl"):
        payout = retained(payout, [one for one in programme if one.kind == kind])
    net = np.bincount(drawn.year, payout, count).astype(np.float64)
    events = int(drawn.event.max(initial=-1)) + 1
    struck = drawn.event >= 0
    event, loss = drawn.event[struck], np.zeros(events)
    np.add.at(loss, event, payout[struck])
    year, shock = np.zeros(events, dtype=np.int64), np.zeros(events, dtype=np.int64)
    year[event], shock[event] = drawn.year[struck], drawn.shock[struck]
    for one in (treaty for treaty in programme if treaty.kind == "event_xl"):
        mine = np.array([one.key in (EVERY, known.key) for known in shocks], dtype=bool)[shock]
        taken = np.bincount(year[mine], layer(one, loss[mine]), count)
        net = net - float(one.share) * np.minimum(taken, (1 + len(one.reinstatements)) * float(one.limit))
    return retained(net, [one for one in programme if one.kind == "aggregate_xl"])
