"""The same rows explained again and again, against other backgrounds and with other seeds: what stays of the ranking?

Rows stay the same, so what moves is what stands for "not known" (and, for sampled explanations, the orders drawn). An
exact path-dependent explanation has no background: the ranking against rows of the data set is looked at beside it.
"""

from dataclasses import dataclass

import numpy as np

from audits.engine.attribution.explainer import Explainer
from audits.engine.attribution.explaining import Explained, Places, background_digest
from audits.engine.attribution.summary import Ranks, ranks, spearman
from audits.engine.frame import Floats
from audits.engine.streams import sample, stream


@dataclass(frozen=True)
class Again:
    """One repeat: its name, the digest of its background, and by part the mean absolute contribution."""

    name: str
    algorithm: str
    digest: str | None
    background: int
    size: Floats


@dataclass(frozen=True)
class Repeats:
    """Repeats over the same rows; `found` is the first of them."""

    every: tuple[Again, ...]
    found: Explained

    @property
    def sizes(self) -> Floats:
        """float64[repeats, parts]."""
        return np.stack([each.size for each in self.every])

    @property
    def ranks(self) -> Ranks:
        """int64[repeats, parts], 1 is the largest."""
        return ranks(self.sizes)

    @property
    def agreements(self) -> list[float]:
        """Rank correlation of each pair of repeats in which inputs differ at all."""
        sizes, found = self.sizes, []
        for one in range(len(sizes)):
            found += [spearman(sizes[one], sizes[other]) for other in range(one)]
        return [each for each in found if each is not None]

    def settled(self, most: int) -> tuple[int, ...]:
        """The largest set of at most `most` parts, and not all, that leads in every repeat, by its mean size."""
        whole, parts = self.sizes.mean(axis=0), self.sizes.shape[1]
        order = np.argsort(-whole, kind="stable")
        for count in range(min(most, parts - 1), 0, -1):
            top = order[:count]
            if (self.ranks[:, top] <= count).all() and (self.sizes[:, top] > 0).all():
                return tuple(int(place) for place in top)
        return ()


def repeated(explainer: Explainer, rows: Places, others: int, count: int, seed: int) -> Repeats:
    """`count` explanations of these rows, each against `others` background rows of a draw of its own."""
    every, first = [], None
    for number in range(1, count + 1):
        rng = stream(seed, f"explanation stability {number}")
        background = sample(rng, explainer.source.inputs.rows, others)
        label = f"explanation stability {number} of {count}"
        found = explainer.explain(rows, background, rng, label, against=True if explainer.trees else None)
        digest = background_digest(explainer.source, found.background)
        size = np.sort(np.abs(found.contributions), axis=0).mean(axis=0)
        every.append(Again(f"background and seed {number}", found.algorithm, digest, len(background), size))
        first = first or found
    if first is None:
        raise AssertionError("at least one repeat is filed")
    return Repeats(tuple(every), first)
