"""Intervals of agreement, calibration and selective risk hold the truth wherever a promise is made."""

import pytest

from benchmarks.coverage import lines
from benchmarks.coverage_beliefs import studies


@pytest.mark.long
def test_intervals_hold_88_of_100_wherever_a_promise_is_made():
    found = tuple(studies())
    below = [line for line in lines(found) if line.endswith("BELOW")]
    assert not below, below
    assert sum(each.promised for each in found) >= 20
