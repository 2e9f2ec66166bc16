"""What a reinsurance programme takes of a book's year, and what it costs; exact on the lattice (DOMAIN 3.3).

A treaty on single claims changes the law of a claim, one on events the law of an event, one on the year the law of
the year, so the retained year is again one transform. A per-risk layer of limit l over a expects the sum of
lambda (LEV(d + a + l) - LEV(d + a)), each cut at the policy's limit; a stop-loss layer E[(S - a)+] - E[(S - b)+].

An event layer with n reinstatements pays at most (n + 1) limits a year. Its expected cost is exact,
E[min(R, (n + 1) l)] of the compound Poisson R of layer losses, and so is the reinstatement premium, premium / l times
the sum over k of price_k E[min(max(R - (k - 1) l, 0), l)] (Sundt 1991, On excess of loss reinsurance with
reinstatements). In the retained year the layer answers for the first n + 1 events and for none after them, which is
less than the contract gives by the stated `short` (more events in a year are rare): the net figures err on the safe
side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from actuarial.methods.aggregate import Claims, Law, Part, year_law
from actuarial.methods.covered import Covered, first_events
from actuarial.methods.curves import Floats
from actuarial.methods.lattice import Book, Payouts, shared
from actuarial.methods.shock import Shock, Struck, event_law, event_rates
from actuarial.methods.treaties import EVERY, Commission, Treaty


@dataclass(frozen=True)
class Losses:
    """A book on the lattice: claims that arrive alone, and the shocks with their kinds of members."""

    step: float
    alone: Floats
    shocks: tuple[Shock, ...]
    members: tuple[tuple[Struck, ...], ...]

    def events(self) -> list[Law]:
        return [event_law(kinds, self.step) for kinds in self.members]


@dataclass(frozen=True)
class Stage:
    """The year's loss after the treaties of one kind."""

    kind: str
    law: Law


@dataclass(frozen=True)
class Cession:
    """What one treaty takes, expected a year. Money.

    loss           expected recoveries
    premium        ceded premium; None where none was stated
    commission     expected ceding commission
    reinstatement  expected reinstatement premium
    short          of an event layer: what the retained year leaves out of the recoveries, on the safe side
    """

    treaty: Treaty
    loss: float
    premium: float | None
    commission: float = 0.0
    reinstatement: float = 0.0
    short: float = 0.0

    @property
    def cost(self) -> float | None:
        """Net cost of the treaty: what is paid less what is expected back."""
        return None if self.premium is None else self.premium + self.reinstatement - self.commission - self.loss


def layer(treaty: Treaty, losses: Floats) -> Floats:
    """The whole layer of each loss, before the share that is placed."""
    return np.clip(losses - float(treaty.attachment), 0.0, float(treaty.limit))


def retained(losses: Floats, treaties: Sequence[Treaty]) -> Floats:
    """What is left of each loss after the treaties of one stage, all of which stand on the same loss."""
    taken = np.zeros_like(losses)
    for one in treaties:
        taken += float(one.share) * (losses if one.kind == "quota_share" else layer(one, losses))
    return losses - taken


def ceded(losses: Losses, programme: Sequence[Treaty], premium: float) -> tuple[list[Stage], list[Cession]]:
    """The year gross and after each stage, and each treaty's cession; `premium` is the book's, for quota shares."""
    events = losses.events()
    gross = _year(losses, events)
    stages, cessions = [Stage("gross", gross)], []
    for kind in ("quota_share", "per_risk_xl"):
        acting = [one for one in programme if one.kind == kind]
        if acting:
            cessions += [_claim_cession(one, losses, stages[-1].law, premium) for one in acting]
            losses = _claims_after(losses, acting)
            events = losses.events()
            stages.append(Stage(kind, _year(losses, events)))
    acting = [one for one in programme if one.kind == "event_xl"]
    if acting:
        cessions += [_event_cession(one, losses, events) for one in acting]
        stages.append(Stage("event_xl", year_law(_after_events(losses, events, acting), losses.step)))
    acting = [one for one in programme if one.kind == "aggregate_xl"]
    if acting:
        year = stages[-1].law
        cessions += [Cession(one, _aggregate_loss(one, year), _stated(one)) for one in acting]
        mass = shared(retained(year.amounts, acting), year.mass, losses.step)
        stages.append(Stage("aggregate_xl", Law(losses.step, mass)))
    return stages, cessions


def per_risk_expected(book: Book, treaty: Treaty) -> float:
    """sum of lambda [LEV(top) - LEV(attachment)] within each policy's limit and above its deductible, closed form."""
    low = np.minimum(book.deductible + float(treaty.attachment), book.limit)
    high = np.minimum(book.deductible + float(treaty.top), book.limit)
    return float(treaty.share) * float(book.frequency @ _between(book, low, high))


def commission_expected(commission: Commission, year: Law, premium: float) -> float:
    """Expected share of the ceded premium, over the law of the year's loss on the premium `premium`."""
    ratio = year.amounts / premium
    slid = float(commission.low) + float(commission.slide) * np.maximum(float(commission.at) - ratio, 0.0)
    return float(year.mass @ np.minimum(slid, float(commission.high))) / float(year.mass.sum())


def losses_of(payouts: Payouts, own: Floats, shocks: Sequence[Shock], members: Sequence[Sequence[Struck]]) -> Losses:
    """The book as a programme reads it; `own` are the frequencies of claims that arrive alone."""
    return Losses(payouts.step, payouts.rates(own), tuple(shocks), tuple(tuple(kinds) for kinds in members))


def _year(losses: Losses, events: Sequence[Law]) -> Law:
    struck = [Claims(event_rates(shock, event)) for shock, event in zip(losses.shocks, events, strict=True)]
    return year_law([Claims(losses.alone), *struck], losses.step)


def _claims_after(losses: Losses, acting: Sequence[Treaty]) -> Losses:
    def after(mass: Floats) -> Floats:
        return shared(retained(Law(losses.step, mass).amounts, acting), mass, losses.step)

    alone = after(losses.alone)
    alone[0] = 0.0
    members = tuple(tuple(replace(kind, law=after(kind.law)) for kind in kinds) for kinds in losses.members)
    return replace(losses, alone=alone, members=members)


def _claim_cession(treaty: Treaty, losses: Losses, year: Law, premium: float) -> Cession:
    loss = _taken(treaty, losses.alone, losses.step)
    for shock, kinds in zip(losses.shocks, losses.members, strict=True):
        each = (kind.chance * len(kind.policies) * _taken(treaty, kind.law, losses.step) for kind in kinds)
        loss += shock.rate * sum(each)
    if treaty.kind != "quota_share" or treaty.commission is None:
        return Cession(treaty, loss, _stated(treaty))
    paid = float(treaty.share) * premium
    commission = paid * commission_expected(treaty.commission, year, premium) if premium > 0 else 0.0
    return Cession(treaty, loss, paid, commission)


def _taken(treaty: Treaty, mass: Floats, step: float) -> float:
    amounts = Law(step, mass).amounts
    return float(mass @ (amounts - retained(amounts, [treaty])))


def _event_cession(treaty: Treaty, losses: Losses, events: Sequence[Law]) -> Cession:
    """Over all events that the treaty answers for: recoveries of a year R, at most (n + 1) limits."""
    rate, event = _answered(treaty, losses, events)
    taken = shared(layer(treaty, event.amounts), event.mass, losses.step)
    year = year_law([Claims(rate * taken)], losses.step)
    limit, times = float(treaty.limit), len(treaty.reinstatements) + 1
    loss = year.between(0.0, times * limit)
    again = sum(
        float(price) * year.between(place * limit, (place + 1) * limit)
        for place, price in enumerate(treaty.reinstatements)
    )
    first = float(taken @ np.arange(len(taken))) * losses.step * first_events(rate, times)
    share, premium = float(treaty.share), _stated(treaty)
    return Cession(
        treaty, share * loss, premium, reinstatement=(premium or 0.0) * again / limit, short=share * (loss - first)
    )


def _answered(treaty: Treaty, losses: Losses, events: Sequence[Law]) -> tuple[float, Law]:
    """How many events a year the treaty answers for, and the loss of one of them."""
    mine = [
        (shock.rate, event)
        for shock, event in zip(losses.shocks, events, strict=True)
        if treaty.key in (EVERY, shock.key)
    ]
    return _mixed(mine, losses.step)


def _mixed(mine: Sequence[tuple[float, Law]], step: float) -> tuple[float, Law]:
    rate, size = sum(one for one, _ in mine), max((len(event.mass) for _, event in mine), default=1)
    mass = np.zeros(size)
    for one, event in mine:
        mass[: len(event.mass)] += one / rate * event.mass
    if not mine:
        mass[0] = 1.0
    return rate, Law(step, mass)


def _after_events(losses: Losses, events: Sequence[Law], acting: Sequence[Treaty]) -> list[Part]:
    """Claims alone, and the events of each set of dependencies that share their layers."""
    parts: list[Part] = [Claims(losses.alone)]
    if any(one.key == EVERY for one in acting):
        return [*parts, _covered(*_answered(acting[0], losses, events), acting, losses.step)]
    for shock, event in zip(losses.shocks, events, strict=True):
        mine = [one for one in acting if one.key == shock.key]
        parts.append(_covered(shock.rate, event, mine, losses.step))
    return parts


def _covered(rate: float, event: Law, acting: Sequence[Treaty], step: float) -> Covered:
    times = max((len(one.reinstatements) + 1 for one in acting), default=0)
    laws = []
    for place in range(times):
        still = [one for one in acting if place <= len(one.reinstatements)]
        laws.append(shared(retained(event.amounts, still), event.mass, step))
    return Covered(rate, tuple(laws), event.mass)


def _aggregate_loss(treaty: Treaty, year: Law) -> float:
    return float(treaty.share) * year.between(float(treaty.attachment), float(treaty.top))


def _stated(treaty: Treaty) -> float | None:
    return None if treaty.premium is None else float(treaty.premium)


def _between(book: Book, low: Floats, high: Floats) -> Floats:
    found = np.empty(len(low))
    for place, curve in enumerate(book.curves):
        mine = book.curve == place
        found[mine] = curve.lev(high[mine]) - curve.lev(low[mine])
    return found
