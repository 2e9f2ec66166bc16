"""The whole book in one year, from what a study read of it: exact, simulated, allocated and reinsured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from actuarial.methods.aggregate import Claims, Law, year_law
from actuarial.methods.allocation import Allocation, allocated
from actuarial.methods.bound import over_aggregate
from actuarial.methods.curves import Floats, curve_of
from actuarial.methods.lattice import Book, Payouts
from actuarial.methods.reinsurance import Cession, Stage, ceded, losses_of
from actuarial.methods.shock import Shock, Struck, event_law, event_rates, fitted, own_frequency, struck
from actuarial.methods.simulate import Years, simulated
from actuarial.methods.treaties import Treaty, treaties_read

LEVELS = (0.9, 0.95, 0.99, 0.995)


@dataclass(frozen=True)
class Yearly:
    """A book on one lattice: its payouts, its shocks taken apart, the law of the year and the rates of occurrences."""

    payouts: Payouts
    own: Floats
    members: tuple[tuple[Struck, ...], ...]
    events: tuple[Law, ...]
    rates: tuple[Floats, ...]
    law: Law


@dataclass(frozen=True)
class Portfolio:
    """Everything a study tells of a book.

    coarse   the same on twice the step: the difference states the lattice's error
    alone    the law of the year if no event were shared
    lowered  policies whose chance of being struck was lowered to what they expect
    drawn, together   simulated years; in the latter the claims of one event stand at one level of severity
    over     an upper bound of what each policy's yearly limit takes off, expected
    """

    book: Book
    shocks: tuple[Shock, ...]
    lowered: tuple[int, ...]
    programme: tuple[Treaty, ...]
    exact: Yearly
    coarse: Law
    alone: Law
    allocation: Allocation
    stages: list[Stage]
    cessions: list[Cession]
    drawn: Years
    together: Years
    over: Floats


def book_read(policies: Sequence[Mapping[str, Any]]) -> Book:
    """A book from plain policies: {"limit", "deductible", "aggregate", "lines": [{"frequency", "severity"}]}."""
    curves: dict[Any, int] = {}
    rows = []
    for place, policy in enumerate(policies):
        for line in policy["lines"]:
            curve = curves.setdefault(curve_of(line["severity"]), len(curves))
            rows.append((place, line["frequency"], curve, policy["limit"], policy["deductible"]))
    columns = [np.array([float(row[n]) for row in rows]) for n in range(5)]
    return Book(
        policies=len(policies),
        policy=columns[0].astype(np.int64),
        frequency=columns[1],
        curve=columns[2].astype(np.int64),
        limit=columns[3],
        deductible=columns[4],
        curves=tuple(curves),
        aggregate=np.array([float(policy["aggregate"]) for policy in policies]),
    )


def shocks_read(stated: Sequence[Mapping[str, Any]]) -> list[Shock]:
    """Shocks from {"key", "theta", "pi", "members": places of policies}."""
    found = []
    for one in stated:
        members = np.array(one["members"], dtype=np.int64)
        found.append(Shock(one["key"], float(one["theta"]), members, np.full(len(members), float(one["pi"]))))
    return found


def portfolio(inputs: Mapping[str, Any]) -> Portfolio:
    """Pure: the book of `inputs` as a study gathered it. Raises ValueError for a step too fine for the book."""
    asked, book = inputs["asked"], book_read(inputs["policies"])
    shocks, lowered = fitted(book, shocks_read(inputs["shocks"]))
    step, level = float(asked["step"]), float(asked["level"])
    exact, programme = yearly(book, shocks, step), treaties_read(asked["treaties"])
    losses = losses_of(exact.payouts, exact.own, shocks, exact.members)
    stages, cessions = ceded(losses, programme, float(Decimal(inputs["premium"])))
    years, seed = int(asked["years"]), int(asked["seed"])
    return Portfolio(
        book=book,
        shocks=tuple(shocks),
        lowered=tuple(lowered.tolist()),
        programme=programme,
        exact=exact,
        coarse=yearly(book, shocks, 2 * step).law,
        alone=yearly(book, [], step).law,
        allocation=allocated(exact.payouts, exact.own, shocks, exact.members, exact.law, level),
        stages=stages,
        cessions=cessions,
        drawn=simulated(book, shocks, years=years, seed=seed, programme=programme),
        together=simulated(book, shocks, years=years, seed=seed, together=True),
        over=over_aggregate(book),
    )


def yearly(book: Book, shocks: Sequence[Shock], step: float) -> Yearly:
    """The book on the lattice of `step`."""
    payouts, own = Payouts(book, step), own_frequency(book, shocks)
    members = tuple(tuple(struck(payouts, shock)) for shock in shocks)
    events = tuple(event_law(kinds, step) for kinds in members)
    struck_rates = (event_rates(shock, event) for shock, event in zip(shocks, events, strict=True))
    rates = (payouts.rates(own), *struck_rates)
    return Yearly(payouts, own, members, events, rates, year_law([Claims(one) for one in rates], step))
