"""Which dimension's uncertainty costs how much: the parameter-risk load dealt out to the dimensions (rule 15)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import comb

from core.money import cents
from underwriting.rating.arithmetic import ONE, add, divide, multiply, subtract, total
from underwriting.rating.evidence import Evidence
from underwriting.rating.loss import Basis, basis, relativities
from underwriting.rating.plan import Plan
from underwriting.rating.relativity import Readings, at_points, readings
from underwriting.rating.risk import Risk

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Doubt:
    """A dimension's part of the load: in pure premium, and in the customer's premium. Never mix the two."""

    dimension: str
    load: Decimal
    customer_load: Decimal


def doubts(risk: Risk, evidence: Evidence, plan: Plan) -> tuple[Doubt, ...]:
    """The load by dimension, largest first; each column adds up to the worksheet's line to the cent.

    A dimension's part is its Shapley value: what bringing it from its point to its bound adds to the pure premium, the
    mean over every order in which the dimensions could be brought there, each rated whole (2^d ratings, d up to 6).
    Cents go to the largest remainders. Dimensions without a point cost nothing here: they are priced as not tested.
    """
    rated, bounds = basis(risk, plan), readings(risk, evidence, plan)
    points = at_points(bounds, evidence)
    names = [name for name in bounds if points[name].value != bounds[name].value]
    parts = _shapley(names, _worth(names, bounds, points, rated))
    load = subtract(rated.pure_premium(relativities(bounds, plan)), rated.pure_premium(relativities(points, plan)))
    to_customer = divide(add(ONE, plan.loading.ulae), plan.net_share)
    pure = _to_the_cent(parts, load)
    premium = _to_the_cent([multiply(part, to_customer) for part in parts], cents(multiply(load, to_customer)))
    found = [Doubt(*row) for row in zip(names, pure, premium, strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.load, one.dimension)))


Worth = Mapping[frozenset[str], Decimal]


def _worth(names: list[str], bounds: Readings, points: Readings, rated: Basis) -> Worth:
    """The pure premium with each set of dimensions at its bounds and the others at their points."""
    return {
        at: rated.pure_premium(
            relativities({name: one if name in at else points[name] for name, one in bounds.items()}, rated.plan)
        )
        for at in _subsets(names)
    }


def _subsets(names: Iterable[str]) -> Iterable[frozenset[str]]:
    every = list(names)
    return (frozenset(some) for size in range(len(every) + 1) for some in combinations(every, size))


def _shapley(names: list[str], worth: Worth) -> list[Decimal]:
    count = len(names)
    parts = []
    for name in names:
        others = [other for other in names if other != name]
        added = (
            divide(subtract(worth[before | {name}], worth[before]), Decimal(count * comb(count - 1, len(before))))
            for before in _subsets(others)
        )
        parts.append(total(added))
    return parts


def _to_the_cent(parts: list[Decimal], whole: Decimal) -> list[Decimal]:
    """`parts` in cents that add up to `whole`: rounded down, then a cent each to the largest remainders."""
    down = [part.quantize(CENT, rounding="ROUND_FLOOR") for part in parts]
    missing = int((whole - sum(down, Decimal(0))) / CENT)
    order = sorted(range(len(parts)), key=lambda place: (down[place] - parts[place], place))
    for place in order[:missing]:
        down[place] += CENT
    return down
