"""One row of the table: our work and a peer's by turns in one process, and how far their answers lie apart."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]
Work = Callable[[], Figures]
RUNS = 3
COLUMNS = ("item", "peer version", "peer s", "ours s", "ratio", "agreement")


@dataclass(frozen=True)
class Case:
    """`ours` and `peer` do the work and give the figures both must agree on, to `tolerance`.

    Where no library does the same work, `check` gives those figures by other means, untimed. `against` names what
    stands on the other side; `count` of `unit` is what one run of ours gets through.
    """

    item: str
    ours: Work
    against: str
    peer: Work | None = None
    library: str = ""
    check: Work | None = None
    tolerance: float = 1e-9
    count: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Row:
    case: Case
    ours_s: float
    peer_s: float | None
    difference: float

    @property
    def agrees(self) -> bool:
        return self.difference <= self.case.tolerance

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed; the rate of ours stands behind the item."""
        case, peer = self.case, self.peer_s
        rate = f", {case.count / self.ours_s:,.0f} {case.unit}/s" if case.unit else ""
        library = f"{case.library} {version(case.library)}" if case.library else "itself"
        beside = ("no peer", "-") if peer is None else (library, f"{peer:.3f}")
        times = (peer or 0.0) / self.ours_s
        ratio = "-" if peer is None else f"{times:,.0f}x" if times >= 10 else f"{times:.2g}x"
        verdict = f"{self.difference:.1g} from {case.against}" + ("" if self.agrees else f": OVER {case.tolerance:.0g}")
        return (case.item + rate, *beside, f"{self.ours_s:.3f}", ratio, verdict)


def difference(first: Figures, second: Figures) -> float:
    """The largest distance of two answers; infinite when they differ in length or in what is missing."""
    if first.shape != second.shape or (np.isnan(first) != np.isnan(second)).any():
        return float("inf")
    return float(np.nanmax(np.abs(first - second), initial=0.0))


def measured(case: Case, runs: int = RUNS) -> Row:
    """The medians of `runs` runs each, by turns, so that a busy machine hits both."""
    ours: list[float] = []
    peers: list[float] = []
    for _ in range(runs):
        if case.peer is not None:
            theirs = _timed(case.peer, peers)
        mine = _timed(case.ours, ours)
    if case.peer is None:
        theirs = (case.check or case.ours)()
    return Row(case, statistics.median(ours), statistics.median(peers) if peers else None, difference(mine, theirs))


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned text."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return "\n".join(" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _timed(work: Work, times: list[float]) -> Figures:
    started = time.perf_counter()
    figures = work()
    times.append(time.perf_counter() - started)
    return figures
