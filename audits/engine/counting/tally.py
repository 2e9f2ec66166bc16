"""Everything that the sections of an audit are told from, counted over some of the rows; tallies of parts add up.

Counts are whole numbers, sums are exact and score distributions are ladders whose resolution only their rows decide,
so the tally of a data set has the same bytes however it was split, and in whatever order its parts were merged. (Where
a column cannot be read as what it is registered for, the first refusal in the order of the rows is kept, so parts are
merged in their order.)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.calibration import inside
from audits.engine.cases import MOST_CLASSES, Cases, cases_of, label_values
from audits.engine.counting.dated import Dated
from audits.engine.counting.exact import Moments
from audits.engine.counting.ladder import Ladder
from audits.engine.counting.named import EVENT, NONE, UNLABELLED, Name, Named, ScoredRows
from audits.engine.counting.states import STATES, States, states_of
from audits.engine.drift import shifting
from audits.engine.frame import Codes, Floats, Frame, Groups
from audits.engine.quality import missing_cells, named_columns
from audits.engine.verdicts import Judge

HIT, MISS = range(2)
MOST_LABELS = 8  # labels told of where a yes/no column has more than two
MOMENTS = ("brier", "absolute", "signed")


@dataclass(frozen=True)
class Sizes:
    """Cells (rungs by columns) that one ladder may hold."""

    cells: int


class Tally:
    """The counts of the rows added so far; see the sections in `telling` for what each is for."""

    def __init__(self, judge: Judge, sizes: Sizes) -> None:
        spec, suite = judge.spec, judge.suite
        self.judge, self.sizes = judge, sizes
        self.states = np.zeros(STATES, np.int64)
        self.missing = dict.fromkeys(sorted(named_columns(judge)), 0)
        self.labelled = 0
        self.labels: list[str] = []
        self.groups = {item.name: Named(suite.most_groups, sizes.cells) for item in spec.attributes}
        self.crossed = {f"{a} x {b}": Named(suite.most_groups**2, sizes.cells) for a, b in spec.intersections}
        self.slices = {item.name: Named(suite.most_groups) for item in spec.slices}
        self.classes = Named(MOST_CLASSES**2)
        self.score = Ladder(sizes.cells, 3)
        self.stated = Ladder(sizes.cells, 2)
        self.turn = np.array([np.inf, -np.inf, np.inf, -np.inf])  # least and largest of the positive, of the negative
        self.moments = {name: Moments() for name in MOMENTS}
        self.outside = np.zeros(2, np.int64)  # forecasts over and under the tolerance
        self.covered = np.zeros(2, np.int64)  # outcomes inside their interval, of how many
        columns = [] if spec.drift is None else shifting(spec.drift, judge)
        self.dated = None if spec.drift is None else Dated(spec.drift, columns, sizes.cells, suite.most_groups)

    def add(self, frame: Frame) -> None:
        """Count some rows. Raises InputRefused for a missing column and for cells that cannot be."""
        spec = self.judge.spec
        cases = cases_of(frame, spec)
        states = states_of(cases)
        self.states += np.bincount(states, minlength=STATES)
        for name, cells in missing_cells(frame, set(self.missing)).items():
            self.missing[name] += cells
        label = frame.column(spec.label, "label")
        self.labelled += int((~label.absent).sum())
        if spec.decides:
            self._label(label_values(label), MOST_LABELS)
        scored = self._scores(cases)
        self._groups(frame, states, scored)
        self._answers(frame, cases, states)
        if self.dated is not None:
            self.dated.add(frame, cases, states)

    def merge(self, other: "Tally") -> None:
        """Add the counts of the rows that follow."""
        self.states += other.states
        self.labelled += other.labelled
        self._label(set(other.labels), MOST_LABELS if self.judge.spec.decides else MOST_CLASSES + 1)
        for name, cells in other.missing.items():
            self.missing[name] += cells
        for mine, theirs in ((self.groups, other.groups), (self.crossed, other.crossed), (self.slices, other.slices)):
            for name, named in theirs.items():
                mine[name].merge(named)
        self.classes.merge(other.classes)
        self.score.merge(other.score)
        self.stated.merge(other.stated)
        self.turn = _turned(self.turn, other.turn)
        for name, moments in other.moments.items():
            self.moments[name].merge(moments)
        self.outside += other.outside
        self.covered += other.covered
        if self.dated is not None and other.dated is not None:
            self.dated.merge(other.dated)

    def state(self) -> dict[str, Any]:
        """Everything, as texts, whole numbers, lists and arrays: the same for the same rows."""
        for a, b in self.judge.spec.intersections:
            if self.groups[a].crowded or self.groups[b].crowded:
                self.crossed[f"{a} x {b}"].crowd()
        return {
            "cells": self.sizes.cells,
            "states": self.states,
            "missing": self.missing,
            "labelled": self.labelled,
            "labels": self.labels,
            **{
                kind: {name: named.state() for name, named in getattr(self, kind).items()}
                for kind in ("groups", "crossed", "slices")
            },
            "classes": self.classes.state(),
            "score": self.score.state(),
            "stated": self.stated.state(),
            "turn": self.turn,
            "moments": {name: [one.n, hex(one.total), hex(one.squares)] for name, one in self.moments.items()},
            "outside": self.outside,
            "covered": self.covered,
            "dated": None if self.dated is None else self.dated.state(),
        }

    @classmethod
    def of(cls, state: dict[str, Any], judge: Judge) -> "Tally":
        """What `state` was taken of, under the same specification and suite."""
        made = cls(judge, Sizes(state["cells"]))
        made.states, made.missing = state["states"].copy(), dict(state["missing"])
        made.labelled, made.labels = state["labelled"], list(state["labels"])
        for kind in ("groups", "crossed", "slices"):
            setattr(made, kind, {name: Named.of(named) for name, named in state[kind].items()})
        made.classes = Named.of(state["classes"])
        made.score, made.stated = Ladder.of(state["score"]), Ladder.of(state["stated"])
        made.turn, made.outside, made.covered = (state[name].copy() for name in ("turn", "outside", "covered"))
        made.moments = {
            name: Moments(n, int(total, 16), int(squares, 16)) for name, (n, total, squares) in state["moments"].items()
        }
        if made.dated is not None:
            made.dated.restore(state["dated"])
        return made

    def _label(self, found: set[str], most: int) -> None:
        self.labels = sorted({*self.labels, *found})[:most]

    def _scores(self, cases: Cases) -> ScoredRows | None:
        """Count the scores of decisions by outcome."""
        if cases.score is None:
            return None
        rows = np.flatnonzero(cases.decided & np.isfinite(cases.score))
        outcome = np.where(cases.event[rows], EVENT, NONE)
        found = ScoredRows(rows, cases.score[rows], np.where(cases.audited[rows], outcome, UNLABELLED).astype(np.int32))
        self.score.add(found.score, found.outcome)
        return found

    def _groups(self, frame: Frame, states: States, scored: ScoredRows | None) -> None:
        spec = self.judge.spec
        columns = {item.name: frame.column(item.column, "attributes").groups for item in spec.attributes}
        for name, groups in columns.items():
            self.groups[name].add([(text,) for text in groups.names], groups.codes, states, scored)
        for a, b in spec.intersections:
            if not (self.groups[a].crowded or self.groups[b].crowded):
                self.crossed[f"{a} x {b}"].add(*_pairs(columns[a], columns[b]), states, scored)
        for item in spec.slices:
            groups = frame.column(item.column, "slices").groups
            self.slices[item.name].add([(text,) for text in groups.names], groups.codes, states, None)

    def _answers(self, frame: Frame, cases: Cases, states: States) -> None:
        """Classes, forecasts and probabilities."""
        spec = self.judge.spec
        if cases.classes is not None:
            self._label(set(cases.classes.names), MOST_CLASSES + 1)
            truth, predicted = (Groups(codes, cases.classes.names) for codes in cases.classes[:2])
            self.classes.add(*_pairs(truth, predicted), states, None)
        if cases.forecast is not None:
            error = (cases.forecast.predicted - cases.forecast.truth)[cases.audited]
            tolerance = float(str(spec.tolerance))
            self.outside += [int((error > tolerance).sum()), int((error < -tolerance).sum())]
            self.moments["absolute"].add(np.abs(error))
            self.moments["signed"].add(error)
            if spec.interval is not None:
                self.covered += inside(frame, cases, cases.forecast, spec.interval)
        if cases.probability is not None:
            self._stated(cases, cases.probability)

    def _stated(self, cases: Cases, probability: Floats) -> None:
        here = cases.audited & np.isfinite(probability)
        hit = ~cases.wrong if self.judge.spec.task == "multiclass" else cases.event
        self.stated.add(probability[here], np.where(hit[here], HIT, MISS).astype(np.int32))
        if not self.judge.spec.decides:
            return
        self.moments["brier"].add((probability[here] - cases.event[here]) ** 2)
        known = cases.decided & np.isfinite(probability)
        sides = probability[known & cases.positive], probability[known & ~cases.positive]
        ends = [(side.min(initial=np.inf), side.max(initial=-np.inf)) for side in sides]
        self.turn = _turned(self.turn, np.array(ends).ravel())


def _turned(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least of the least, largest of the largest."""
    least, most = np.minimum(first, second), np.maximum(first, second)
    return np.array([least[0], most[1], least[2], most[3]])


def _pairs(first: Groups, second: Groups) -> tuple[list[Name], Codes]:
    """Two groupings crossed: the pairs that occur, and codes into them; a row that lacks either has none."""
    width = max(len(second.names), 1)
    lacks = (first.codes < 0) | (second.codes < 0)
    pair = np.where(lacks, -1, first.codes.astype(np.int64) * width + second.codes)
    seen = np.flatnonzero(np.bincount(pair[~lacks], minlength=len(first.names) * width))
    dense = np.full(max(len(first.names) * width, 1), -1, np.int32)
    dense[seen] = np.arange(len(seen), dtype=np.int32)
    codes = np.where(lacks, -1, dense[pair]).astype(np.int32)
    return [(first.names[code // width], second.names[code % width]) for code in seen], codes


def tally_merged(parts: list[Tally]) -> Tally:
    """The tally of all rows from those of its parts, in the order of the rows."""
    whole = parts[0]
    for part in parts[1:]:
        whole.merge(part)
    return whole
