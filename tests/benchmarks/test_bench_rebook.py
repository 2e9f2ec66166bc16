"""The book's benchmark on a small book: columns and engine agree to the cent."""

from benchmarks import rebook
from benchmarks.__main__ import failures
from benchmarks.measure import measured


def test_every_premium_is_the_engine_s():
    rows = [measured(case, runs=1) for case in rebook.cases(400)]
    assert {row.case.item.split()[0] for row in rows} == {"P13"}
    assert failures(rows) == []
