"""Rows counted by distinct score and outcome: all that a ranking or a calibration needs of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine.compiled.counting import gathered, runs
from audits.engine.frame import Codes, Floats, Mask

Counts = NDArray[np.int64]


class Scores(NamedTuple):
    """Distinct scores ascending; rows of each with the event (`yes`) and without it (`no`)."""

    distinct: Floats
    yes: Counts
    no: Counts


def scores_counted(score: Floats, event: Mask) -> Scores:
    """The finite scores of `score` counted by outcome; the order of rows leaves no trace."""
    (found,) = _counted(score.copy(), np.ascontiguousarray(event), np.array([0, len(score)]))
    return found


def scores_by_group(codes: Codes, groups: int, score: Floats, event: Mask, where: Mask) -> list[Scores]:
    """The same for the rows of `where` in each of `groups` groups, rows without a group (code -1) last."""
    return _counted(*gathered(codes, groups, where, score, event))


def _counted(score: Floats, event: Mask, starts: Counts) -> list[Scores]:
    """The scores of rows that lie together by group; `score` is written over."""
    yes, no, found = runs(score, event, starts)
    places = [slice(first, first + many) for first, many in zip(starts, found, strict=False)]
    return [Scores(score[place], yes[place], no[place]) for place in places]
