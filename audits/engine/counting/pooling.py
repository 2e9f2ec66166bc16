"""Values too small to be told of, put together: as groups.pooled does with rows, by counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from audits.engine.counting.ladder import Ladder
from audits.engine.counting.named import OUTCOMES, Name, Named
from audits.engine.groups import RARE, kept_places


def pooled(named: Named, least: int) -> Named:
    """The same with all values of fewer than `least` rows as one, the next larger ones too until it has as many; values
    in their order, the rare ones last."""
    kept = _kept(named, least)
    return _regrouped(named, [name if name in kept else (RARE,) for name in named.names])


def pooled_pairs(pairs: Named, first: Named, second: Named, least: int) -> Named:
    """Two columns crossed: each pooled by itself, then the pairs."""
    sides = [_kept(side, least) for side in (first, second)]
    names = [
        tuple(value if (value,) in kept else RARE for value, kept in zip(pair, sides, strict=True))
        for pair in pairs.names
    ]
    return pooled(_regrouped(pairs, names), least)


def _kept(named: Named, least: int) -> set[Name]:
    """The values that stand by themselves."""
    order = sorted(range(len(named.names)), key=lambda index: _place(named.names[index]))
    sizes = named.counts[:-1].sum(axis=1)[order]
    return {named.names[order[place]] for place in kept_places(sizes, least)}


def _regrouped(named: Named, names: Sequence[Name]) -> Named:
    """Each value under another name, counts of equal names added up."""
    made = Named(named.most)
    made.crowded, made.names = named.crowded, sorted(set(names), key=_place)
    into = np.array([*(made.names.index(name) for name in names), len(made.names)], np.int64)
    made.counts = np.zeros((len(made.names) + 1, named.counts.shape[1]), np.int64)
    np.add.at(made.counts, into, named.counts)
    if named.ladder is not None:
        made.ladder = _columns_summed(named.ladder, into[:-1] + 1, len(made.names) + 1)
    return made


def _columns_summed(ladder: Ladder, into: Any, values: int) -> Ladder:
    """The ladder with the columns of each value moved to those of its new place; no value stays the first."""
    place = (np.append(0, into)[:, None] * OUTCOMES + np.arange(OUTCOMES)).ravel()
    counts = np.zeros((len(ladder.rungs), values * OUTCOMES), np.int64)
    np.add.at(counts.T, place, ladder.counts.T)
    return Ladder(ladder.most, values * OUTCOMES, ladder.shift, ladder.rungs, counts)


def _place(name: Name) -> tuple[bool, tuple[tuple[bool, str], ...]]:
    """Where a value stands among others: by its text, the rare ones last."""
    return name == (RARE,), tuple((part == RARE, part) for part in name)
