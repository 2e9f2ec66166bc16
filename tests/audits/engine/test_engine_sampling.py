"""Sampled contributions against linear models in closed form, full enumeration and shap's own permutations."""

import itertools
import math

import numpy as np
import pytest
import shap
from model_examples import INTERFACE, chance, people

from audits.engine import encode, frame_from_arrays
from audits.engine.attribution.explaining import columns_of_parts
from audits.engine.attribution.sampling import Question, affordable, sampled
from audits.interface import interface_parse

NUMBERS = ("a", "b", "c", "d", "e", "f")


def question(arrays, columns, ask, explained, background):
    frame = frame_from_arrays(arrays)
    return Question(
        frame, np.asarray(explained), np.asarray(background), tuple((name,) for name in columns), ask, lambda *_: None
    )


def numbers(seed=1, rows=120):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=rows) for name in NUMBERS}


def matrix(frame):
    return np.column_stack([frame.columns[name].values for name in NUMBERS])


def bent(x):
    return x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) * x[:, 3] + (x[:, 4] > 0) * x[:, 5]


def enumerated(function, row, background):
    """Shapley values over all coalitions against every background row."""
    count, phi = len(row), np.zeros(len(row))

    def worth(known):
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return function(mixed).mean()

    worths = {frozenset(c): worth(c) for size in range(count + 1) for c in itertools.combinations(range(count), size)}
    for i, (known, value) in itertools.product(range(count), worths.items()):
        if i not in known:
            phi[i] += (worths[known | {i}] - value) / (count * math.comb(count - 1, len(known)))
    return phi


def test_a_linear_model_is_exact():
    """phi_i = w_i (x_i - mean of the background), whatever the order."""
    arrays, weights = numbers(), np.array([1.0, -2, 3, 0, 0.5, 10])
    found = sampled(
        question(arrays, NUMBERS, lambda frame: matrix(frame) @ weights + 7, range(20), range(50, 90)),
        np.random.default_rng(0),
    )
    x = np.column_stack([arrays[name] for name in NUMBERS])
    assert found.contributions == pytest.approx(weights * (x[:20] - x[50:90].mean(axis=0)), abs=1e-9)
    assert found.base == pytest.approx(x[50:90].mean(axis=0) @ weights + 7)


def test_contributions_add_up_exactly_and_lie_within_their_error():
    arrays = numbers()
    found = sampled(
        question(arrays, NUMBERS, lambda f: bent(matrix(f)), range(40), range(60, 120)), np.random.default_rng(0)
    )
    x = np.column_stack([arrays[name] for name in NUMBERS])
    assert found.contributions.sum(axis=1) + found.base == pytest.approx(bent(x[:40]), abs=1e-12)
    exact = np.array([enumerated(bent, row, x[60:120]) for row in x[:40]])
    apart = np.abs(found.contributions - exact) / np.maximum(found.error, 1e-12)
    assert (apart[found.error > 1e-9] < 2).mean() > 0.95
    assert np.abs(found.contributions - exact).mean() < 0.02


def test_the_mean_of_many_draws_is_the_exact_value():
    arrays = numbers(rows=60)
    x = np.column_stack([arrays[name] for name in NUMBERS])
    exact = [enumerated(bent, row, x[:20]) for row in x[20:24]]
    draws = [
        sampled(
            question(arrays, NUMBERS, lambda f: bent(matrix(f)), range(20, 24), range(20)), np.random.default_rng(i)
        )
        for i in range(60)
    ]
    mean = np.mean([draw.contributions for draw in draws], axis=0)
    assert mean == pytest.approx(np.array(exact), abs=0.015)


def test_sampled_values_lie_around_shaps():
    """KernelExplainer looks at all 64 coalitions of six columns, so it is exact."""
    arrays = numbers(rows=60)
    x = np.column_stack([arrays[name] for name in NUMBERS])
    peer = shap.KernelExplainer(bent, x[:40])
    theirs = peer.shap_values(x[40:], silent=True, l1_reg=False)
    ours = sampled(
        question(arrays, NUMBERS, lambda f: bent(matrix(f)), range(40, 60), range(40)), np.random.default_rng(0)
    )
    assert ours.base == pytest.approx(peer.expected_value)
    assert np.abs(ours.contributions - theirs).mean() < 0.03
    assert (np.abs(ours.contributions - theirs) < 3 * np.maximum(ours.error, 0.01)).all()


def test_a_column_of_categories_moves_as_one():
    frame, interface = frame_from_arrays(people(60)), interface_parse(INTERFACE)

    def ask(rows):
        return chance(encode(rows, interface))[:, 1]

    found = sampled(
        Question(frame, np.arange(10), np.arange(20, 60), columns_of_parts(interface), ask, lambda *_: None),
        np.random.default_rng(0),
    )
    assert found.contributions.shape == (10, 3)
    assert found.contributions.sum(axis=1) + found.base == pytest.approx(ask(frame)[:10], abs=1e-12)


def test_a_column_that_is_ignored_gets_nothing():
    arrays = {**numbers(), "g": np.arange(120.0)}
    found = sampled(
        question(arrays, (*NUMBERS, "g"), lambda f: bent(matrix(f)), range(9), range(40, 60)), np.random.default_rng(0)
    )
    assert (found.contributions[:, 6] == 0).all()


def test_one_column_takes_everything():
    found = sampled(
        question({"a": [1.0, 2, 5]}, ("a",), lambda f: f.columns["a"].values ** 2, [2], [0, 1]),
        np.random.default_rng(0),
    )
    assert (found.base, found.contributions.tolist()) == (2.5, [[22.5]])


@pytest.mark.parametrize("rows", [50, 1000, 100_000])
@pytest.mark.parametrize("columns", [1, 2, 20, 400, 4000])
def test_a_budget_is_kept(rows, columns):
    explained, background = affordable(rows, 100, columns, 1_000_000)
    assert 1 <= explained <= rows
    assert 10 <= background <= 100
    assert explained * background * 2 * max(columns - 1, 1) <= 1_000_000
    assert background == 100 or explained <= 100


@pytest.mark.parametrize(("budget", "expected"), [(50_000, (1, 6)), (5_000, (1, 1)), (1, (1, 1))])
def test_a_budget_too_small_for_ten_explains_one_row_against_fewer(budget, expected):
    assert affordable(1000, 100, 4001, budget) == expected


def test_every_call_is_one_large_batch():
    sizes = []

    def ask(frame):
        sizes.append(frame.rows)
        return bent(matrix(frame))

    sampled(question(numbers(), NUMBERS, ask, range(100), range(20)), np.random.default_rng(0))
    assert sum(sizes) == 20 + 100 + 100 * 20 * 2 * 5
    assert len(sizes) <= 3
