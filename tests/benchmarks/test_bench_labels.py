"""The label row of the benchmark on small data: the same rows, and the same mask as the library's."""

import pytest

from benchmarks import labels
from benchmarks.__main__ import failures
from benchmarks.measure import measured


@pytest.mark.filterwarnings("ignore")
def test_every_mask_is_the_library_s():
    rows = [measured(case, runs=1) for case in labels.cases(5_000)]
    assert [row.case.item.split()[0] for row in rows] == ["P7"] * 3
    assert failures(rows) == []
