"""Numbers counted in bounded memory: exactly while few are distinct, else by rungs of equal relative width.

A float64 maps to a whole number that keeps its order; the rung of a number is that whole number without its last
`shift` bits, so rungs of one shift nest in those of the next and their width is a fixed share of the number, as in
DDSketch (Masson, Rim and Lee 2019) and UDDSketch (Epicoco et al. 2020). The shift is the least at which rungs times
columns fit in the limit. More rows never ask for a smaller shift, so the ladder of a whole is the merged ladders of its
parts, in whatever order they come: integer counts and one shift, the same bytes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.compiled.ladder import counted
from audits.engine.frame import Floats

Counts = NDArray[np.int64]
Keys = NDArray[np.int64]
MOST_SHIFT = 63
_ALL_BUT_SIGN = np.int64(2**63 - 1)
_LARGEST = np.array(np.finfo(np.float64).max).view(np.int64)[()]  # its negative is one less than minus this


def keys_of(numbers: Floats) -> Keys:
    """Whole numbers in the order of finite floats; 0 and -0 are one."""
    bits = (np.asarray(numbers, np.float64) + 0.0).view(np.int64)
    return np.where(bits < 0, bits ^ _ALL_BUT_SIGN, bits)


def numbers_of(keys: Keys) -> Floats:
    """The floats of such whole numbers; those beyond the largest finite one stand for it."""
    keys = np.clip(keys, -_LARGEST - 1, _LARGEST)
    return np.where(keys < 0, keys ^ _ALL_BUT_SIGN, keys).astype(np.int64).view(np.float64)


class Ladder:
    """Counts[rung, column] of numbers, at most `most` cells (at least two rungs, whatever `most`).

    The rungs ascend. The number of columns may grow (`widen`); columns keep their places.
    """

    def __init__(
        self, most: int, width: int, shift: int = 0, rungs: Keys | None = None, counts: Counts | None = None
    ) -> None:
        self.most, self.width, self.shift = most, width, shift
        self._rungs = np.empty(0, np.int64) if rungs is None else rungs
        self._counts = np.zeros((0, width), np.int64) if counts is None else counts
        self._open: _Open | None = None

    @property
    def rungs(self) -> Keys:
        """The keys of the rungs, without their last `shift` bits, ascending."""
        self._settle()
        return self._rungs

    @property
    def counts(self) -> Counts:
        """Rows by rung and column."""
        self._settle()
        return self._counts

    @property
    def exact(self) -> bool:
        """Whether every distinct number has a rung of its own."""
        return self.shift == 0

    @property
    def low(self) -> Floats:
        """The least number each rung can hold."""
        return numbers_of(self.rungs << self.shift)

    @property
    def high(self) -> Floats:
        """The largest number each rung can hold."""
        return numbers_of((self.rungs << self.shift) | ((np.int64(1) << self.shift) - 1))

    @property
    def middle(self) -> Floats:
        """A number that stands for each rung: the number itself while the ladder is exact."""
        return self.low if self.exact else self.low / 2 + self.high / 2

    def add(self, numbers: Floats, columns: NDArray[np.int32]) -> None:
        """Count finite numbers, each in its column."""
        keys, row = keys_of(numbers), 0
        while row < len(keys):
            if self._open is None:
                self._open = _Open(self)
            row = self._open.count(keys, columns, row)
            if row < len(keys):
                self._settle()
                found = np.searchsorted(self._rungs, keys[row] >> self.shift)
                self._fit(np.insert(self._rungs, found, keys[row] >> self.shift))

    def widen(self, width: int) -> None:
        """Make room for more columns."""
        if width > self.width:
            wider = np.zeros((len(self.rungs), width), np.int64)
            wider[:, : self.width] = self.counts
            self._counts, self.width = wider, width
            self._fit(self._rungs)

    def arrange(self, columns: list[int]) -> None:
        """Put the columns in this order."""
        self._counts = self.counts[:, columns]

    def merge(self, other: "Ladder") -> None:
        """Add the counts of a ladder with the same columns."""
        theirs = other.copy()
        self._settle()
        self._coarser(theirs.shift)
        theirs._coarser(self.shift)
        self._rungs, self._counts = _summed(
            np.concatenate([self._rungs, theirs.rungs]), np.concatenate([self._counts, theirs.counts])
        )
        self._fit(self._rungs)

    def state(self) -> dict[str, Any]:
        """Everything: the same for the same numbers however they came."""
        return {"most": self.most, "width": self.width, "shift": self.shift, "rungs": self.rungs, "counts": self.counts}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Ladder":
        """What `state` was taken of."""
        return cls(state["most"], state["width"], state["shift"], state["rungs"], state["counts"])

    def copy(self) -> "Ladder":
        """Another one with the same counts."""
        return Ladder(self.most, self.width, self.shift, self.rungs, self.counts)

    @property
    def most_rungs(self) -> int:
        """How many rungs fit in the limit at the present width."""
        return max(2, self.most // max(1, self.width))

    def _settle(self) -> None:
        if self._open is not None:
            opened, self._open = self._open, None
            self._rungs, self._counts = _summed(opened.rungs[: opened.size], opened.counts[: opened.size])

    def _fit(self, rungs: Keys) -> None:
        """Take the least shift at which ascending `rungs` of the present one fit in the limit."""
        short, enough = -1, MOST_SHIFT - self.shift
        while enough - short > 1:
            half = (short + enough) // 2
            fits = 1 + int(np.count_nonzero(np.diff(rungs >> half))) <= self.most_rungs
            short, enough = (short, half) if fits else (half, enough)
        self._coarser(self.shift + enough)

    def _coarser(self, shift: int) -> None:
        if shift > self.shift:
            self._rungs, self._counts = _summed(self._rungs >> (shift - self.shift), self._counts)
            self.shift = shift


class _Open:
    """The hashed working form of a ladder while rows are counted."""

    def __init__(self, ladder: Ladder) -> None:
        known, most = ladder.rungs, ladder.most_rungs
        self.most, self.shift, self.size = most, ladder.shift, len(known)
        self.rungs = np.zeros(most, np.int64)
        self.counts = np.zeros((most, ladder.width), np.int64)
        self.table: NDArray[Any] = np.full(1 << (4 * most - 1).bit_length(), -1, np.int32)
        # Known rungs take their places by being counted once, in a column that is thrown away.
        nowhere = np.zeros(self.size, np.int32)
        thrown = np.zeros((most, 1), np.int64)
        counted(known, nowhere, 0, 0, self.table, self.rungs, 0, thrown, most)
        self.counts[: self.size] = ladder.counts

    def count(self, keys: Keys, columns: NDArray[np.int32], row: int) -> int:
        """Count rows from `row` on; the first that finds no rung."""
        row, self.size = counted(
            keys, columns, row, self.shift, self.table, self.rungs, self.size, self.counts, self.most
        )
        return row


def _summed(rungs: Keys, counts: Counts) -> tuple[Keys, Counts]:
    """Distinct rungs ascending, the counts of equal ones added up."""
    if len(rungs) == 0:
        return rungs, counts
    order = np.argsort(rungs, kind="stable")
    rungs, counts = rungs[order], counts[order]
    starts = np.flatnonzero(np.append(True, rungs[1:] != rungs[:-1]))
    return rungs[starts], np.add.reduceat(counts, starts, axis=0)
