"""The picture cut into regions: a grid of square patches, or halves of halves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Regions:
    """`labels` int32[height, width] names each pixel's region, 0 to count - 1; `boxes` int64[count, 4] are their edges
    (top, left, bottom, right), the latter two outside."""

    labels: Labels
    boxes: NDArray[np.int64]

    @property
    def count(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True)
class Grid:
    """Square patches of `edge` pixels in `rows` x `columns`; those at the right and the lower border may be cut."""

    height: int
    width: int
    edge: int

    @property
    def rows(self) -> int:
        return -(-self.height // self.edge)

    @property
    def columns(self) -> int:
        return -(-self.width // self.edge)

    @property
    def count(self) -> int:
        return self.rows * self.columns

    def regions(self) -> Regions:
        """The patches, line by line."""
        down, across = np.arange(self.height) // self.edge, np.arange(self.width) // self.edge
        labels = (down[:, None] * self.columns + across[None, :]).astype(np.int32)
        top, left = (part.reshape(-1) * self.edge for part in np.indices((self.rows, self.columns)))
        bottom, right = np.minimum(top + self.edge, self.height), np.minimum(left + self.edge, self.width)
        return Regions(labels, np.column_stack([top, left, bottom, right]).astype(np.int64))


def grid_of(height: int, width: int, most: int) -> Grid:
    """The finest grid of square patches that has at most `most` of them (at least 1)."""
    edge = 1
    while Grid(height, width, edge).count > most:
        edge += 1
    return Grid(height, width, edge)


def halved(height: int, width: int, depth: int) -> Regions:
    """2**depth regions: every box halved across its longer side, `depth` times over; siblings stand side by side, so
    that region i of a level is made of 2i and 2i + 1 of the next. `depth` is at most what `deepest` gives."""
    boxes = [(0, 0, height, width)]
    for _ in range(depth):
        boxes = [half for box in boxes for half in _halves(*box)]
    labels = np.zeros((height, width), np.int32)
    for place, (top, left, bottom, right) in enumerate(boxes):
        labels[top:bottom, left:right] = place
    return Regions(labels, np.array(boxes, np.int64))


def deepest(height: int, width: int, most: int) -> int:
    """How often, up to `most` times, every box can be halved: a single pixel cannot."""
    boxes = [(0, 0, height, width)]
    for depth in range(most):
        if any(bottom - top < 2 and right - left < 2 for top, left, bottom, right in boxes):
            return depth
        boxes = [half for box in boxes for half in _halves(*box)]
    return most


def _halves(top: int, left: int, bottom: int, right: int) -> list[tuple[int, int, int, int]]:
    if bottom - top > right - left:
        middle = (top + bottom) // 2
        return [(top, left, middle, right), (middle, left, bottom, right)]
    middle = (left + right) // 2
    return [(top, left, bottom, middle), (top, middle, bottom, right)]
