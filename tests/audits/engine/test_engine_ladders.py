"""Ladders and exact sums beside sorting, pandas and whole-number arithmetic; the same whatever the order of rows."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from audits.engine.counting.exact import Moments, exact_sum
from audits.engine.counting.ladder import Ladder, keys_of, numbers_of
from audits.engine.counting.named import Named
from audits.engine.counting.shifting import _quantiles
from core.errors import InputRefused

FINITE = st.floats(allow_nan=False, allow_infinity=False)
MODEST = st.floats(min_value=-1e140, max_value=1e140)


@given(hn.arrays(float, st.integers(1, 60), elements=FINITE))
def test_keys_keep_the_order_and_come_back(numbers: np.ndarray):
    keys = keys_of(numbers)
    assert (numbers_of(keys) == numbers).all()
    ascending = keys[np.argsort(numbers, kind="stable")]
    assert (ascending[1:] >= ascending[:-1]).all()
    assert len(np.unique(keys)) == len(np.unique(numbers))


@given(hn.arrays(float, st.integers(1, 120), elements=FINITE), st.integers(4, 400), st.data())
def test_a_ladder_is_that_of_its_parts_in_any_order(numbers: np.ndarray, most: int, data):
    columns = np.arange(len(numbers), dtype=np.int32) % 2
    whole = Ladder(most, 2)
    whole.add(numbers, columns)
    order = np.array(data.draw(st.permutations(range(len(numbers)))))
    cut = data.draw(st.integers(0, len(numbers)))
    first, second = Ladder(most, 2), Ladder(most, 2)
    first.add(numbers[order[:cut]], columns[order[:cut]])
    second.add(numbers[order[cut:]], columns[order[cut:]])
    second.merge(first)
    assert second.shift == whole.shift
    assert (second.rungs == whole.rungs).all()
    assert (second.counts == whole.counts).all()
    assert len(whole.rungs) <= max(2, most // 2)
    assert whole.counts.sum(axis=0).tolist() == [(len(numbers) + 1) // 2, len(numbers) // 2]


@given(hn.arrays(float, st.integers(1, 80), elements=FINITE), st.integers(4, 40))
def test_the_shift_is_the_least_that_fits_and_rungs_hold_their_numbers(numbers: np.ndarray, most: int):
    ladder = Ladder(most, 1)
    ladder.add(numbers, np.zeros(len(numbers), np.int32))
    assert len(np.unique(keys_of(numbers) >> ladder.shift)) == len(ladder.rungs) <= most
    assert ladder.shift == 0 or len(np.unique(keys_of(numbers) >> (ladder.shift - 1))) > most
    place = np.searchsorted(ladder.rungs, keys_of(numbers) >> ladder.shift)
    assert (ladder.low[place] <= numbers).all()
    assert (numbers <= ladder.high[place]).all()
    assert np.isfinite(ladder.middle).all()


def test_few_numbers_are_counted_as_pandas_counts_them():
    rng = np.random.default_rng(1)
    numbers, columns = rng.integers(0, 50, 5_000) / 7, rng.integers(0, 3, 5_000).astype(np.int32)
    ladder = Ladder(1_000, 3)
    for start in range(0, 5_000, 777):
        ladder.add(numbers[start : start + 777], columns[start : start + 777])
    peer = pd.crosstab(numbers, columns)
    assert ladder.exact
    assert (ladder.middle == peer.index.to_numpy()).all()
    assert (ladder.counts == peer.to_numpy()).all()


def test_wider_ladders_keep_their_counts_and_their_limit():
    ladder = Ladder(40, 2)
    ladder.add(np.arange(20.0), np.zeros(20, np.int32))
    assert ladder.exact
    ladder.widen(8)
    assert len(ladder.rungs) <= 5
    assert ladder.counts[:, 0].sum() == 20


@given(hn.arrays(float, st.integers(1, 80), elements=FINITE))
def test_sums_lose_nothing(values: np.ndarray):
    assert Fraction(exact_sum(values), 2**1074) == sum(map(Fraction, values))


@given(hn.arrays(float, st.integers(2, 60), elements=MODEST), st.integers(0, 60))
def test_moments_are_those_of_fractions_however_rows_are_split(values: np.ndarray, cut: int):
    first, second, whole = Moments(), Moments(), Moments()
    first.add(values[cut:])
    second.add(values[:cut])
    first.merge(second)
    whole.add(values)
    assert first == whole
    assert Fraction(whole.total, 2**1074) == sum(map(Fraction, values))
    found = whole.mean()
    mean = sum(map(Fraction, values)) / len(values)
    assert found.mean == float(mean)
    spread = float(sum((Fraction(value) - mean) ** 2 for value in values) / (len(values) - 1))
    assert found.deviation == pytest.approx(spread**0.5, rel=1e-12, abs=1e-140)


def test_a_mean_needs_two_and_a_number_that_can_be_squared():
    moments = Moments()
    moments.add(np.array([1.0]))
    assert moments.mean() is None
    with pytest.raises(InputRefused, match="too large"):
        moments.add(np.array([1e200]))


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=80))
def test_quantiles_of_counted_numbers_are_numpys(whole: list[int]):
    numbers = np.array(whole) / 3
    distinct, rows = np.unique(numbers, return_counts=True)
    shares = np.arange(1, 10) / 10
    assert (_quantiles(distinct, rows, shares) == np.quantile(numbers, shares)).all()


def test_named_counts_are_sorted_and_crowd_alike():
    first, second = Named(3), Named(3)
    states = np.array([1, 2, 1], np.uint8)
    first.add([("b",), ("a",)], np.array([0, 1, -1], np.int32), states, None)
    second.add([("c",)], np.array([0, 0, -1], np.int32), states, None)
    first.merge(second)
    state = first.state()
    assert state["names"] == [["a"], ["b"], ["c"]]
    assert state["counts"][:, 1:3].tolist() == [[0, 1], [1, 0], [1, 1], [2, 0]]
    second.add([("d",), ("e",), ("f",)], np.array([0, 1, 2], np.int32), states, None)
    assert second.crowded
    first.merge(second)
    assert first.state() == {**second.state(), "counts": first.counts} | {"crowded": True, "names": []}
