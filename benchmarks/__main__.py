"""Measure every case, print the table, and fail when an answer differs from its peer's."""

import os
import sys
import warnings
from collections.abc import Iterable
from itertools import chain

from benchmarks import book, caged, distances, explain, groups, labels, paper, parts, rebook, scale, whole
from benchmarks.measure import Case, Row, measured, table

ROWS = 100_000
RESAMPLES = 100
PRICES = 100
MANY = 1_000_000
ANSWERS = 20_000
LABELS = 1_000_000
SHIFTED, COLUMNS = 1_000_000, 50
POLICIES = (10_000, 100_000)


def failures(rows: list[Row]) -> list[str]:
    """The items whose answer is not their peer's."""
    return [row.case.item for row in rows if not row.agrees]


def wanted(every: Iterable[Case]) -> list[Case]:
    """The cases whose item begins with a word of the command line, all of them without one."""
    words = tuple(sys.argv[1:])
    return [case for case in every if not words or case.item.startswith(words)]


def main() -> int:
    # Peers warn of their own internals; the figures are compared below.
    warnings.simplefilter("ignore")
    os.environ["TQDM_DISABLE"] = "1"
    every = chain(
        parts.cases(ROWS, RESAMPLES),
        whole.cases(ROWS, PRICES),
        caged.cases(ANSWERS),
        explain.cases(ROWS),
        labels.cases(LABELS),
        paper.cases(),
        distances.cases(SHIFTED, COLUMNS),
        groups.cases(MANY),
        scale.cases(MANY),
        book.cases(*POLICIES),
        rebook.cases(POLICIES[1]),
    )
    rows = [measured(case) for case in wanted(every)]
    print(table(rows))
    different = failures(rows)
    for item in different:
        print(f"fast and different is wrong: {item}", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
