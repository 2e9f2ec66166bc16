"""Exact Owen values over a binary hierarchy: Shapley values where players join side by side with their sibling only.

Owen 1977, "Values of games with a priori unions"; as "partition" in Lundberg's shap, there cut short by a budget, here
exact down to the level that the budget allows. A region at depth d is looked at beside each union of the siblings of
its ancestors: 2**d contexts of equal weight. All values together are the answer less the base.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from audits.engine.frame import Floats, Mask


class Owen(NamedTuple):
    """Contributions float64[regions], the value of nothing, and how many unions were asked."""

    contributions: Floats
    base: float
    asked: int


def owen_values(depth: int, values: Callable[[Mask], Floats]) -> Owen:
    """The Owen values of 2**depth players in their order. `values` gives the worth of unions, bool[m, players]; it is
    asked once, for each union once."""
    contexts = _contexts(depth)
    players = contexts.shape[0]
    without = contexts.reshape(-1, players)
    joined = (contexts | np.eye(players, dtype=bool)[:, None, :]).reshape(-1, players)
    unions, places = np.unique(np.vstack([without, joined]), axis=0, return_inverse=True)
    found = np.asarray(values(unions))
    worth = found[places.reshape(-1)]
    steps = (worth[len(without) :] - worth[: len(without)]).reshape(players, -1)
    nothing = int(np.flatnonzero(~unions.any(axis=1))[0])
    return Owen(steps.mean(axis=1), float(found[nothing]), len(unions))


def unions_asked(depth: int) -> int:
    """How many different unions the values of 2**depth players need."""
    return 2 + 2 * (4**depth - 1) // 3 if depth else 2


def depth_within(budget: int, most: int) -> int:
    """The deepest level, up to `most`, whose unions are at most `budget`."""
    return max((depth for depth in range(most + 1) if unions_asked(depth) <= budget), default=0)


def _contexts(depth: int) -> Mask:
    """Bool[players, contexts, players]: for each player the unions it joins, each a choice for every level whether the
    sibling of its ancestor there is in."""
    players = np.arange(2**depth)
    found = np.zeros((len(players), 1, len(players)), bool)
    for level in range(1, depth + 1):
        ancestor = players >> (depth - level)
        sibling = (ancestor[:, None] ^ 1) == ancestor[None, :]
        found = np.concatenate([found, found | sibling[:, None, :]], axis=1)
    return found
