"""Asking a model about pictures of which parts are covered."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats, Frame, Mask
from audits.engine.model import Answers, pieces
from audits.engine.saliency.regions import Regions
from audits.images import Image
from audits.interface import Interface

Pixels = NDArray[np.uint8]
MEAN_PICTURE, MEAN_COLOUR, BLACK = "mean picture", "mean colour", "black picture"
LEAST, LEAST_OF_ONE = (
    1e-30,
    2.0**-24,
)  # below it a share is nought: of several numbers, and where it is one less another
SHARES_ADD_UP = 1e-3
AT_ONCE = 64  # pictures that are added up together
FILLERS = (MEAN_PICTURE, MEAN_COLOUR, BLACK)  # the first is the one that everything but the comparison is made with


@dataclass(frozen=True)
class Support:
    """The one number of an answer that is explained: the model's support for what it said of the picture.

    Where the answers of a picture are shares (`odds`), the log-odds of the class that was answered: a share that is
    1.0000000 in 32 bits moves no more, its odds still do, as the other shares keep their digits. Else the number
    itself. `opposite`: of the event that the model calls unlikely. It stays the same number whatever is covered.
    """

    index: int
    odds: bool
    opposite: bool = False

    @property
    def units(self) -> str:
        return "log-odds" if self.odds else "units of the answer"

    def of(self, answers: Floats) -> Floats:
        """Float64[rows] of float64[rows, k]."""
        found = answers[:, self.index]
        if self.odds:
            rest = np.delete(answers, self.index % answers.shape[1], axis=1).sum(axis=1)
            if answers.shape[1] == 1:
                rest = np.maximum(1.0 - found, LEAST_OF_ONE)
            found = np.log(np.maximum(found, LEAST)) - np.log(np.maximum(rest, LEAST))
        return np.asarray(-found if self.opposite else found)


def support_of(answer: Floats, interface: Interface) -> Support:
    """What is explained of a picture whose answer is float64[k]."""
    output = interface.output
    if output.means == "value":
        return Support(output.index, odds=False)
    shares = bool((answer >= 0).all() and (answer <= 1).all())
    if output.means == "class":
        return Support(int(answer.argmax()), odds=shares and abs(float(answer.sum()) - 1) < SHARES_ADD_UP)
    odds = shares and (len(answer) == 1 or abs(float(answer.sum()) - 1) < SHARES_ADD_UP)
    return Support(output.index, odds, opposite=odds and bool(answer[output.index] < 0.5))


@dataclass(frozen=True)
class Asking:
    """Whom is asked, under which column's name, and how many pictures at once."""

    answers: Answers
    column: str
    image: Image
    at_once: int

    def values(self, picture: Pixels, filler: Pixels, regions: Regions, keep: Mask, support: Support) -> Floats:
        """Float64[m]: the support for the picture, uint8[height, width, channels], where region r of variant i is as it
        was (keep[i, r], bool[m, regions]) or as in `filler`. Pictures are made as they are asked, never all at once."""
        return np.concatenate(list(self._parts(picture, filler, regions, keep, support)))

    def _parts(
        self, picture: Pixels, filler: Pixels, regions: Regions, keep: Mask, support: Support
    ) -> Iterator[Floats]:
        for piece in pieces(len(keep), self.at_once):
            shown = np.where(keep[piece][:, regions.labels][..., None], picture, filler)
            yield support.of(self.answers(frame_of(self.column, shown)))


def frame_of(name: str, pictures: Pixels) -> Frame:
    """Pictures uint8[n, height, width, channels] as the one column that the model reads."""
    cells = pictures.reshape(len(pictures), -1)
    return Frame({name: Column(name, "image", cells, np.zeros(len(cells), bool))})


def fillers(column: Column, image: Image) -> dict[str, Pixels]:
    """What stands where a picture is covered, uint8[height, width, channels] each, from all pictures of the data."""
    count, total = int((~column.null).sum()), np.zeros(image.bytes, np.int64)
    for piece in pieces(len(column.values), AT_ONCE):
        total += column.values[piece][~column.null[piece]].sum(axis=0, dtype=np.int64)
    # Sums of whole numbers: the same in whatever order the rows came.
    total = total.reshape(image.shape)
    mean = np.rint(total / max(1, count))
    colour = np.rint(total.sum(axis=(0, 1)) / (max(1, count) * image.height * image.width))
    return {
        MEAN_PICTURE: mean.astype(np.uint8),
        MEAN_COLOUR: np.broadcast_to(colour, image.shape).astype(np.uint8),
        BLACK: np.zeros(image.shape, np.uint8),
    }
