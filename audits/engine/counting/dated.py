"""Rows by calendar period and by part, and the columns whose distribution may have moved, counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.cases import Cases
from audits.engine.counting.ladder import Ladder
from audits.engine.counting.named import Named
from audits.engine.counting.states import STATES, States, joint
from audits.engine.drift import MONTHS
from audits.engine.frame import Column, Frame
from audits.engine.shift import line
from audits.engine.spec import DriftPlan
from core.errors import InputRefused

REFERENCE, LATER, NEITHER = range(3)
PARTS = 2


class Moved:
    """One column by part: numbers on a ladder, texts by name (the part as their state); cells without a value."""

    def __init__(self, cells: int, most_names: int) -> None:
        self.absent = np.zeros(PARTS, np.int64)
        self.numbers = Ladder(cells, PARTS)
        self.texts = Named(most_names)
        self.category = False

    def add(self, column: Column, part: NDArray[np.int32]) -> None:
        """Count the rows of both parts."""
        used = part != NEITHER
        self.absent += np.bincount(part[used & column.absent], minlength=PARTS)
        self.category = column.kind == "category"
        if self.category:
            groups = column.groups
            names, codes = [(name,) for name in groups.names], groups.codes
            self.texts.add(names, codes, part.astype(np.uint8), None)
            return
        here = used & ~column.absent
        self.numbers.add(line(column)[here], part[here])

    def merge(self, other: "Moved") -> None:
        """Add the counts of another part of the rows."""
        self.absent += other.absent
        self.category |= other.category
        self.numbers.merge(other.numbers)
        self.texts.merge(other.texts)

    def state(self) -> dict[str, Any]:
        """Everything."""
        kinds = {"numbers": self.numbers.state(), "texts": self.texts.state()}
        return {"absent": self.absent, "category": self.category, **kinds}

    @classmethod
    def of(cls, state: dict[str, Any]) -> "Moved":
        """What `state` was taken of."""
        made = cls(2, 0)
        made.absent, made.category = state["absent"].copy(), state["category"]
        made.numbers, made.texts = Ladder.of(state["numbers"]), Named.of(state["texts"])
        return made


class Dated:
    """What drift is told from. `refused` is the first column's refusal, in the order of the rows; then nothing else."""

    def __init__(self, plan: DriftPlan, columns: list[str], cells: int, most_names: int) -> None:
        self.plan = plan
        self.refused: list[str | None] | None = None
        self.periods: dict[int, list[int]] = {}  # number of the period since year 0: audited, harmful
        self.parts = np.zeros((PARTS, STATES), np.int64)
        self.scores = Ladder(cells, 2 * PARTS)  # of audited rows: part, then with and without the event
        self.moved = {name: Moved(cells, most_names) for name in columns} if plan.reference else {}

    def add(self, frame: Frame, cases: Cases, states: States) -> None:
        """Count some rows."""
        if self.refused is not None:
            return
        try:
            self._add(frame, cases, states)
        except InputRefused as error:
            self._refuse([error.message, error.field, error.limit, error.remedy])

    def merge(self, other: "Dated") -> None:
        """Add the counts of the rows that follow."""
        if self.refused is None and other.refused is not None:
            self._refuse(other.refused)
        if self.refused is not None:
            return
        for number, counts in other.periods.items():
            self._period(number, *counts)
        self.parts += other.parts
        self.scores.merge(other.scores)
        for name, moved in other.moved.items():
            self.moved[name].merge(moved)

    def state(self) -> dict[str, Any]:
        """Everything."""
        return {
            "refused": self.refused,
            "periods": [[number, *counts] for number, counts in sorted(self.periods.items())],
            "parts": self.parts,
            "scores": self.scores.state(),
            "moved": {name: moved.state() for name, moved in sorted(self.moved.items())},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` was taken of."""
        self.refused = state["refused"]
        self.periods = {number: list(counts) for number, *counts in state["periods"]}
        self.parts, self.scores = state["parts"].copy(), Ladder.of(state["scores"])
        self.moved = {name: Moved.of(moved) for name, moved in state["moved"].items()}

    def _add(self, frame: Frame, cases: Cases, states: States) -> None:
        times = frame.column(self.plan.timestamp, "drift.timestamp").times()
        self._periods(times, cases)
        if self.plan.reference is None:
            return
        column = frame.column(self.plan.reference.column, "drift.reference.column")
        reference = column.matches(self.plan.reference.value)
        part = np.where(reference, REFERENCE, np.where(column.absent, NEITHER, LATER)).astype(np.int32)
        # The third row of the joint counts holds the rows of neither part.
        self.parts += joint(np.where(part == NEITHER, -1, part).astype(np.int32), PARTS, states)[:PARTS]
        self._scores(cases, part)
        for name, moved in self.moved.items():
            moved.add(frame.column(name, "drift.features"), part)

    def _periods(self, times: NDArray[np.datetime64], cases: Cases) -> None:
        dated = cases.audited & ~np.isnat(times)
        month = times[dated].astype("datetime64[M]").astype(np.int64) + 1970 * 12
        number, place = np.unique(month // MONTHS[self.plan.period], return_inverse=True)
        n = np.bincount(place, minlength=len(number))
        k = np.bincount(place[cases.harm[dated]], minlength=len(number))
        for row in zip(number, n, k, strict=True):
            self._period(*(int(figure) for figure in row))

    def _period(self, number: int, n: int, k: int) -> None:
        held = self.periods.setdefault(number, [0, 0])
        held[0], held[1] = held[0] + n, held[1] + k

    def _scores(self, cases: Cases, part: NDArray[np.int32]) -> None:
        if cases.score is None:
            return
        here = cases.audited & np.isfinite(cases.score) & (part != NEITHER)
        self.scores.add(cases.score[here], (2 * part[here] + ~cases.event[here]).astype(np.int32))

    def _refuse(self, words: list[str | None]) -> None:
        self.refused, self.periods = words, {}
        self.parts = np.zeros((PARTS, STATES), np.int64)
        self.scores = Ladder(self.scores.most, self.scores.width)
        self.moved = {}
