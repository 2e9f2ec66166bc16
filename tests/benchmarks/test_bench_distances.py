"""What P6 times is the same work: heavy tails and point masses included."""

import pytest

from benchmarks import distances
from benchmarks.__main__ import failures
from benchmarks.measure import measured


@pytest.mark.filterwarnings("ignore")
def test_distances_are_scipys_where_they_are_counted_and_where_they_are_sorted():
    for rows in (2_000, 60_000):
        rows_of_table = [measured(case, runs=1) for case in distances.cases(rows, 10)]
        assert failures(rows_of_table) == []
        assert rows_of_table[0].case.item.startswith("P6 ")
