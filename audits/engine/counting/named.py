"""Rows by the value of a column, or of two crossed, with what each row is; and their scores by value and outcome."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine.counting.ladder import Ladder
from audits.engine.counting.states import STATES, Counts, States, joint
from audits.engine.frame import Codes, Floats

Name = tuple[str, ...]
EVENT, NONE, UNLABELLED = range(3)  # the columns of one value in its ladder
OUTCOMES = 3


class ScoredRows(NamedTuple):
    """Decisions with a score: which rows, their scores and outcome columns, in the same order."""

    rows: NDArray[np.int64]
    score: Floats
    outcome: NDArray[np.int32]


class Named:
    """Counts[value, state] in the order in which values came; the last row counts those that state none.

    Over `most` values it is `crowded`: nothing but that is kept. With a `ladder` the scores are counted too, three
    columns a value; those without a value come first.
    """

    def __init__(self, most: int, cells: int = 0) -> None:
        self.most, self.crowded = most, False
        self.names: list[Name] = []
        self.counts = np.zeros((1, STATES), np.int64)
        self.ladder = Ladder(cells, OUTCOMES) if cells else None
        self._place: dict[Name, int] = {}

    def add(self, names: Sequence[Name], codes: Codes, states: States, scored: ScoredRows | None) -> None:
        """Count rows by codes into `names`, -1 for none; every name must occur."""
        place = self._places(names)
        if place is None:
            return
        self._sum(place, joint(codes, len(names), states))
        if self.ladder is not None and scored is not None:
            value = np.append(place, -1)[codes[scored.rows]] + 1
            self.ladder.add(scored.score, (value * OUTCOMES + scored.outcome).astype(np.int32))

    def merge(self, other: "Named") -> None:
        """Add the counts of another part of the rows."""
        if other.crowded:
            self.crowd()
        place = self._places(other.names)
        if place is None:
            return
        self._sum(place, other.counts)
        if self.ladder is not None and other.ladder is not None:
            spread = np.zeros((len(other.ladder.rungs), self.ladder.width), np.int64)
            spread[:, _columns(np.append(-1, place))] = other.ladder.counts
            mine, theirs = self.ladder, other.ladder
            mine.merge(Ladder(mine.most, mine.width, theirs.shift, theirs.rungs, spread))

    def state(self) -> dict[str, Any]:
        """Everything, values in their sorted order: the same for the same rows however they came."""
        self.sort()
        names = [list(name) for name in self.names]
        found = {"most": self.most, "crowded": self.crowded, "names": names, "counts": self.counts}
        return found if self.ladder is None else {**found, "ladder": self.ladder.state()}

    def sort(self) -> None:
        """Put the values in their order."""
        order = sorted(range(len(self.names)), key=lambda index: self.names[index])
        self.counts, self.names = self.counts[[*order, -1]], [self.names[index] for index in order]
        self._place = {name: index for index, name in enumerate(self.names)}
        if self.ladder is not None:
            self.ladder.arrange(_columns(np.array([-1, *order])).tolist())

    def crowd(self) -> None:
        """Give up on the values: there are too many."""
        self.crowded, self.names, self._place = True, [], {}
        self.counts = np.zeros((1, STATES), np.int64)
        self.ladder = None if self.ladder is None else Ladder(self.ladder.most, OUTCOMES)

    @classmethod
    def of(cls, state: dict[str, Any]) -> "Named":
        """What `state` was taken of."""
        made = cls(state["most"])
        made.crowded, made.counts = state["crowded"], state["counts"].copy()
        made.names = [tuple(name) for name in state["names"]]
        made._place = {name: index for index, name in enumerate(made.names)}
        made.ladder = Ladder.of(state["ladder"]) if "ladder" in state else None
        return made

    def _places(self, names: Sequence[Name]) -> NDArray[np.int64] | None:
        """The place of each name, new ones at the end; None once there are too many."""
        new = [name for name in names if name not in self._place]
        if len(self.names) + len(new) > self.most:
            self.crowd()
        if self.crowded:
            return None
        if new:
            self._place |= {name: len(self.names) + index for index, name in enumerate(new)}
            self.names += new
            grown = np.zeros((len(self.names) + 1, STATES), np.int64)
            grown[: len(self.counts) - 1], grown[-1] = self.counts[:-1], self.counts[-1]
            self.counts = grown
            if self.ladder is not None:
                self.ladder.widen(OUTCOMES * (len(self.names) + 1))
        return np.array([self._place[name] for name in names], np.int64)

    def _sum(self, place: NDArray[np.int64], counts: Counts) -> None:
        self.counts[place] += counts[:-1]
        self.counts[-1] += counts[-1]


def _columns(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ladder's columns of these values (-1: none stated)."""
    return ((values[:, None] + 1) * OUTCOMES + np.arange(OUTCOMES)).ravel()
