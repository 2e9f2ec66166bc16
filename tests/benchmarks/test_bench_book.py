"""The portfolio rows of the benchmark on small books: every answer is its peer's, or that of a finer lattice."""

import pytest

from benchmarks import book
from benchmarks.__main__ import failures
from benchmarks.measure import measured


@pytest.mark.filterwarnings("ignore")
def test_every_tail_is_the_peer_s_or_the_finer_lattice_s():
    rows = [measured(case, runs=1) for case in book.cases(400, 900, units=12, years=20_000)]
    assert {row.case.item.split()[0] for row in rows} == {"P8"}
    assert len(rows) >= 3
    assert failures(rows) == []
