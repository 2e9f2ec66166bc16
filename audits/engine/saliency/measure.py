"""The saliency of a model of images: maps, whether they are the model's own, and whether they foretell anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats
from audits.engine.model import Answers
from audits.engine.saliency.maps import Curves, deletion, occlusion
from audits.engine.saliency.partition import Owen, depth_within, owen_values, unions_asked
from audits.engine.saliency.regions import Grid, Regions, deepest, grid_of, halved
from audits.engine.saliency.scenes import FILLERS, MEAN_PICTURE, Asking, Pixels, Support, fillers, support_of
from audits.engine.streams import sample
from audits.engine.within import Inside
from audits.images import Image
from core.errors import InputRefused

MOST_DEPTH = 8


@dataclass(frozen=True)
class Plan:
    """Figures that an edition files for saliency.

    pictures        pictures whose answers are explained
    patches         most patches of the grid that is laid over a picture
    partition_rows  pictures asked for the Owen values of one picture: they decide how fine its halves are
    partitioned     of the explained pictures, those that get Owen values
    copies          copies of the model with weights at random
    orders          random orders that a deletion curve is compared with
    steps           equal shares in which a deletion curve covers the picture
    examples        pictures that are shown, where single rows may be
    """

    pictures: int
    patches: int
    partition_rows: int
    partitioned: int
    copies: int
    orders: int
    steps: int
    examples: int


@dataclass(frozen=True)
class Explained:
    """One picture: its row in the data, what is explained of it, its maps and curves.

    maps       by filler, float64[patches]
    copies     float64[copies, patches], of the copies with weights at random; None where there are none
    owen       None where the picture has no part in it
    """

    row: int
    picture: Pixels
    support: Support
    level: float
    maps: dict[str, Floats]
    curves: Curves
    copies: Floats | None = None
    owen: Owen | None = None

    @property
    def map(self) -> Floats:
        return self.maps[MEAN_PICTURE]


@dataclass(frozen=True)
class Found:
    """All that was measured. `why_no_copies` says why there are none with weights at random."""

    grid: Grid
    halves: Regions
    explained: tuple[Explained, ...]
    seeds: tuple[int, ...]
    why_no_copies: str = ""


@dataclass(frozen=True)
class Task:
    """What is explained: the model, its image input, the plan, and the audit's rows."""

    inside: Inside
    column: Column
    image: Image
    plan: Plan
    say: Callable[[str], None]

    @property
    def grid(self) -> Grid:
        return grid_of(self.image.height, self.image.width, self.plan.patches)

    @property
    def depth(self) -> int:
        budget = depth_within(self.plan.partition_rows, MOST_DEPTH)
        return deepest(self.image.height, self.image.width, budget)

    def asking(self, answers: Answers) -> Asking:
        return Asking(answers, self.column.name, self.image, self.inside.asked.rows_at_once)

    def model_rows(self) -> int:
        """The most pictures that are put to the model and its copies."""
        plan, pictures = self.plan, min(self.plan.pictures, len(self.column.values))
        maps = (self.grid.count + 1) * (len(FILLERS) + plan.copies)
        curves = (plan.orders + 1) * (plan.steps - 1)
        return pictures * (maps + curves) + min(pictures, plan.partitioned) * unions_asked(self.depth)


def explain(task: Task, rng: np.random.Generator) -> Found:
    """Everything, of pictures drawn by `rng`. The model fails as it may: InputRefused goes through, but for copies that
    cannot be had."""
    stated = np.flatnonzero(~task.column.null)
    rows = stated[sample(rng, len(stated), task.plan.pictures)]
    regions, halves = task.grid.regions(), halved(task.image.height, task.image.width, task.depth)
    covers = fillers(task.column, task.image)
    seeds = tuple(int(seed) for seed in rng.integers(0, 2**31, size=task.plan.copies))
    own = task.asking(task.inside.asked.answers)
    explained = []
    for done, row in enumerate(rows):
        task.say(f"saliency: picture {done + 1} of {len(rows)}")
        explained.append(_explained(task, own, int(row), covers, regions, rng))
    explained = list(_partitioned(task, own, explained, covers[MEAN_PICTURE], halves))
    maps, why = _copies(task, explained, covers[MEAN_PICTURE], regions, seeds)
    if maps is not None:
        explained = [replace(each, copies=maps[:, place]) for place, each in enumerate(explained)]
    return Found(task.grid, halves, tuple(explained), seeds if maps is not None else (), why)


def _explained(
    task: Task, own: Asking, row: int, covers: dict[str, Pixels], regions: Regions, rng: np.random.Generator
) -> Explained:
    answer = task.inside.base[row]
    support = support_of(answer, task.inside.interface)
    picture = task.column.values[row].reshape(task.image.shape)
    maps = {name: occlusion(own, picture, covers[name], regions, support) for name in FILLERS}
    plan, main = task.plan, MEAN_PICTURE
    curves = deletion(
        own,
        picture,
        covers[main],
        regions,
        support,
        found=maps[main],
        steps=plan.steps,
        orders=plan.orders,
        rng=rng,
    )
    return Explained(row, picture, support, float(support.of(answer[None])[0]), maps, curves)


def _partitioned(
    task: Task, own: Asking, explained: list[Explained], filler: Pixels, halves: Regions
) -> Iterator[Explained]:
    """The same, the first of those that are shown with their Owen values."""
    chosen = set(shown_first(explained)[: task.plan.partitioned])
    for place, each in enumerate(explained):
        if place not in chosen:
            yield each
            continue
        task.say(f"saliency: halves of picture {place + 1} of {len(explained)}")
        picture, support = each.picture, each.support
        owen = owen_values(
            task.depth,
            lambda keep, picture=picture, support=support: own.values(picture, filler, halves, keep, support),  # type: ignore[misc]
        )
        yield replace(each, owen=owen)


def shown_first(explained: list[Explained] | tuple[Explained, ...]) -> list[int]:
    """Places of the pictures in the order in which they are shown: most sure, least sure, then towards the middle."""
    order = sorted(range(len(explained)), key=lambda place: (-explained[place].level, explained[place].row))
    found = []
    while order:
        found.append(order.pop(0))
        order.reverse()
    return found


def _copies(
    task: Task, explained: list[Explained], filler: Pixels, regions: Regions, seeds: tuple[int, ...]
) -> tuple[NDArray[np.float64] | None, str]:
    """Maps float64[copies, pictures, patches] of the copies with weights at random; or None, and why."""
    maps = []
    try:
        for number, seed in enumerate(seeds):
            task.say(f"saliency: copy {number + 1} of {len(seeds)} with weights at random")
            with task.inside.asked.randomised(seed) as answers:
                copy = task.asking(answers)
                maps.append([occlusion(copy, each.picture, filler, regions, each.support) for each in explained])
    except InputRefused as error:
        return None, error.message
    return (np.array(maps), "") if maps else (None, "No copies were asked for.")
