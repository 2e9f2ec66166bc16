"""Maps by covering one patch after another, and whether a map foretells what covering does.

Occlusion: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", section 4.2. Deletion curves:
Petsiuk et al. 2018, "RISE", section 4.2, against patches in random order.
"""

from dataclasses import dataclass

import numpy as np

from audits.engine.frame import Floats
from audits.engine.saliency.regions import Regions
from audits.engine.saliency.scenes import Asking, Pixels, Support


def occlusion(asking: Asking, picture: Pixels, filler: Pixels, regions: Regions, support: Support) -> Floats:
    """Float64[regions]: how far the support falls when the region alone is covered; below 0 where it rises."""
    keep = np.vstack([np.ones(regions.count, bool), ~np.eye(regions.count, dtype=bool)])
    whole, *covered = asking.values(picture, filler, regions, keep, support)
    return np.asarray(whole - np.array(covered))


@dataclass(frozen=True)
class Curves:
    """The support after each share of patches was covered: by the map, largest first, and on average at random."""

    by_map: Floats
    at_random: Floats

    @property
    def gain(self) -> float:
        """How much lower the map's curve lies, on average over the steps; above 0 the map foretells better."""
        return float((self.at_random - self.by_map).mean())


def deletion(
    asking: Asking,
    picture: Pixels,
    filler: Pixels,
    regions: Regions,
    support: Support,
    *,
    found: Floats,
    steps: int,
    orders: int,
    rng: np.random.Generator,
) -> Curves:
    """Both curves at `steps` equal shares of the patches, from one share to all but the last; `orders` random ones."""
    count = regions.count
    # Patches that move nothing stand in random order, so that no place of the picture is preferred.
    ties = rng.permutation(count)
    ranked = ties[np.argsort(-found[ties], kind="stable")]
    every = [ranked, *(rng.permutation(count) for _ in range(orders))]
    sizes = np.rint(np.arange(1, steps) / steps * count).astype(int)
    keep = np.ones((len(every), len(sizes), count), bool)
    for place, order in enumerate(every):
        for step, size in enumerate(sizes):
            keep[place, step, order[:size]] = False
    values = asking.values(picture, filler, regions, keep.reshape(-1, count), support).reshape(len(every), -1)
    return Curves(values[0], values[1:].mean(axis=0))
