"""Measure every case, print the table, and fail when an answer differs from its peer's."""

import sys
import warnings
from itertools import chain

from benchmarks import parts, whole
from benchmarks.measure import Row, measured, table

ROWS = 100_000
RESAMPLES = 100
PRICES = 100


def failures(rows: list[Row]) -> list[str]:
    """The items whose answer is not their peer's."""
    return [row.case.item for row in rows if not row.agrees]


def main() -> int:
    # Peers warn of their own internals; the figures are compared below.
    warnings.simplefilter("ignore")
    rows = [measured(case) for case in chain(parts.cases(ROWS, RESAMPLES), whole.cases(ROWS, PRICES))]
    print(table(rows))
    different = failures(rows)
    for item in different:
        print(f"fast and different is wrong: {item}", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
