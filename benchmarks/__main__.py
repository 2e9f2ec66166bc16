"""Measure every case, print the table, and fail when an answer differs from its peer's."""

import os
import sys
import warnings
from itertools import chain

from benchmarks import caged, parts, whole
from benchmarks.measure import Row, measured, table

ROWS = 100_000
RESAMPLES = 100
PRICES = 100
ANSWERS = 20_000


def failures(rows: list[Row]) -> list[str]:
    """The items whose answer is not their peer's."""
    return [row.case.item for row in rows if not row.agrees]


def main() -> int:
    # Peers warn of their own internals; the figures are compared below.
    warnings.simplefilter("ignore")
    os.environ["TQDM_DISABLE"] = "1"
    every = chain(parts.cases(ROWS, RESAMPLES), whole.cases(ROWS, PRICES), caged.cases(ANSWERS))
    rows = [measured(case) for case in every]
    print(table(rows))
    different = failures(rows)
    for item in different:
        print(f"fast and different is wrong: {item}", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
