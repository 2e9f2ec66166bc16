"""The counting benchmarks agree on small data; aequitas lives in an environment of its own and is left out."""

import pytest

from benchmarks import groups, scale
from benchmarks.__main__ import failures
from benchmarks.measure import measured


@pytest.mark.filterwarnings("ignore")
def test_rates_and_rankings_are_the_peers():
    cases = [case for case in groups.cases(5_000) if case.library != "aequitas"]
    rows = [measured(case, runs=1) for case in cases]
    assert len(rows) == 3
    assert failures(rows) == []


@pytest.mark.long
def test_shares_give_the_bytes_of_the_whole_within_bounded_memory():
    rows = [measured(case, runs=1) for case in scale.cases(7_000)]
    assert len(rows) == 3
    assert failures(rows) == []
