"""The benchmark's agreement part on small data: what is timed is the same work, to the last decimals."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from benchmarks import caged, parts, whole
from benchmarks.__main__ import failures
from benchmarks.measure import Case, difference, measured, table


@pytest.mark.filterwarnings("ignore")
def test_every_answer_is_the_peers():
    every = chain(parts.cases(5_000, 1), whole.cases(2_000, 1), caged.cases(500))
    rows = [measured(case, runs=1) for case in every]
    assert len(rows) == 21
    assert failures(rows) == []


def test_a_different_answer_fails_the_run_and_is_printed():
    right = Case("right", lambda: np.ones(2), "itself")
    wrong = replace(right, item="wrong", check=lambda: np.array([1.0, 1.1]))
    rows = [measured(case, runs=1) for case in (right, wrong)]
    assert failures(rows) == ["wrong"]
    assert "OVER 1e-09" in table(rows)


@pytest.mark.parametrize("other", [[1.0], [1.0, np.nan]])
def test_an_answer_that_lacks_something_is_infinitely_far(other):
    assert difference(np.array([1.0, 2.0]), np.array(other)) == np.inf
