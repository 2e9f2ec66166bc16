"""Accumulation: how much of the book leans on one upstream dependency, and how much of it may (DOMAIN 3.2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from policies.models import Capacity, Policy

LIVE = (Policy.State.BOUND, Policy.State.IN_FORCE)
Key = tuple[str, str]  # kind and name of a dependency


@dataclass
class Leaning:
    """What leans on one dependency, in one currency; `capacity` None where nobody has set one."""

    kind: str
    name: str
    currency: str
    exposed: Decimal = Decimal(0)
    policies: list[Policy] = field(default_factory=list)
    capacity: Capacity | None = None

    @property
    def headroom(self) -> Decimal | None:
        """What may still be bound; below nought if the capacity was lowered since."""
        return None if self.capacity is None else self.capacity.amount - self.exposed


def key_named(kind: str, name: str) -> Key:
    """The key of a dependency, however its name was typed."""
    return kind, " ".join(name.split()).lower()


def keys_of(dependencies: Iterable[Mapping[str, Any]]) -> set[Key]:
    """The keys that a registered model leans on, whatever the versions."""
    return {key_named(row["kind"], row["name"]) for row in dependencies}


def capacities_standing(currency: str) -> dict[Key, Capacity]:
    """The latest capacity of each key."""
    rows = Capacity.objects.filter(currency=currency).order_by("id")
    return {(row.kind, row.name): row for row in rows}


def leanings(currency: str) -> list[Leaning]:
    """Every dependency that live policies in `currency` lean on or that has a capacity, least headroom first."""
    standing = capacities_standing(currency)
    found: dict[Key, Leaning] = {key: Leaning(*key, currency, capacity=row) for key, row in standing.items()}
    rows = Policy.objects.filter(state__in=LIVE, currency=currency).select_related("model", "organisation")
    for policy in rows.order_by("number"):
        for key in keys_of(policy.model.dependencies):
            leaning = found.setdefault(key, Leaning(*key, currency))
            leaning.exposed += policy.aggregate
            leaning.policies.append(policy)
    return sorted(found.values(), key=_tightest)


def exposed_by_key(currency: str, keys: set[Key]) -> dict[Key, Decimal]:
    """Aggregate limits of live policies that lean on each of `keys`."""
    total: dict[Key, Decimal] = defaultdict(Decimal)
    rows = Policy.objects.filter(state__in=LIVE, currency=currency).values_list("aggregate", "model__dependencies")
    for aggregate, dependencies in rows:
        for key in keys_of(dependencies) & keys:
            total[key] += aggregate
    return total


def _tightest(one: Leaning) -> tuple[bool, Decimal, str, str]:
    return one.headroom is None, one.headroom if one.headroom is not None else -one.exposed, one.kind, one.name
