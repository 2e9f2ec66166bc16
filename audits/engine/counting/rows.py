"""Rows by state: how many are decided, labelled, wrong, and how decisions and outcomes meet."""

from dataclasses import dataclass

import numpy as np

from audits.engine.cases import Cases
from audits.engine.counting.states import (
    AUDITED,
    DECIDED,
    EVENT,
    HARM,
    POSITIVE,
    WRONG,
    Counts,
    joint,
    marginal,
    states_of,
)


@dataclass(frozen=True)
class RowCounts:
    """Int64[256]: rows of each state. It is as many rows as `Cases` would be, without them."""

    states: Counts

    def having(self, bits: int, without: int = 0) -> int:
        """Rows whose state has all of `bits` and none of `without`."""
        return int(marginal(self.states[None], bits, without)[0])

    @property
    def total(self) -> int:
        return int(self.states.sum())

    @property
    def decided(self) -> int:
        return self.having(DECIDED)

    @property
    def n(self) -> int:
        return self.having(AUDITED)

    @property
    def k(self) -> int:
        return self.having(AUDITED | HARM)

    @property
    def wrong(self) -> int:
        return self.having(AUDITED | WRONG)

    @property
    def events(self) -> int:
        return self.having(AUDITED | EVENT)

    @property
    def rows(self) -> dict[str, int]:
        """Every row is counted once: labelled (decided too), unlabelled (decided only) or undecided."""
        return {
            "total": self.total,
            "labelled": self.n,
            "unlabelled": self.decided - self.n,
            "undecided": self.total - self.decided,
        }

    @property
    def unlabelled_share(self) -> float:
        """Decisions without outcome as a share of all decisions."""
        return (self.decided - self.n) / self.decided

    @property
    def unlabelled_by_decision(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(without label, all) of the positive and of the negative decisions."""
        yes = self.having(DECIDED | POSITIVE, AUDITED), self.having(DECIDED | POSITIVE)
        no = self.having(DECIDED, AUDITED | POSITIVE), self.having(DECIDED, POSITIVE)
        return yes, no


def rows_counted(cases: Cases) -> RowCounts:
    """The rows of cases in memory, counted by state."""
    return RowCounts(joint(np.zeros(len(cases.decided), np.int32), 1, states_of(cases))[0])
