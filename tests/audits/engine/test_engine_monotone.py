"""Registered directions against a fine grid of every value, and models whose direction is known."""

import numpy as np
import pytest
from explain_examples import FEW, REGRESSION, checks_of, explained, stump, table, three
from hypothesis import given, settings
from hypothesis import strategies as st
from model_examples import model_of
from tree_examples import grown, joined

from audits.trees import margins

UP = {"monotone": [{"column": "a", "way": "up"}]}
DOWN = {"monotone": [{"column": "a", "way": "down"}]}
ID = "attribution.monotonicity"


def of_trees(trees, **more):
    return model_of(lambda rows: margins(trees, rows.numbers), FEW, trees=trees, **more)


def straight(rows):
    return (2 * rows.numbers[:, :1] - rows.numbers[:, 1:2]).copy()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["lt", "le"]), st.booleans(), st.sampled_from(["up", "down"]))
def test_no_step_of_a_tree_is_missed(seed, compare, whole, way):
    """Brute force: every row at every value of a grid finer than the thresholds, which lie at halves."""
    rng = np.random.default_rng(seed)
    trees = grown(rng, 3, 4, 4, compare=compare)
    arrays = {name: rng.integers(-2, 3, 60) / (1 if whole else 2) for name in "abc"}
    arrays["y"] = rng.normal(size=60)
    spec = {"monotone": [{"column": "a", "way": way}]}
    found = explained("monotonicity", arrays, of_trees(trees), REGRESSION, **spec)
    rows = np.column_stack([arrays[name] for name in "abc"]).astype(float)
    grid = np.arange(-3, 5) if whole else np.arange(-3, 3, 0.125)
    before, sign = margins(trees, rows)[:, 0], 1 if way == "up" else -1
    wrong = np.zeros(60, bool)
    for value in grid:
        moved = rows.copy()
        moved[:, 0] = value
        wrong |= (value > rows[:, 0]) & (
            sign * (before - margins(trees, moved)[:, 0]) > 1e-6 * np.maximum(1, abs(before))
        )
    check = checks_of(found, ID)[0]
    assert (check.k or 0) == int(wrong.sum())
    if check.n:
        assert table(found, "monotonicity")[0]["how"] == "every value, by the trees"


@pytest.mark.parametrize(("spec", "verdict", "k"), [(UP, "pass", 0), (DOWN, "fail", 399)])
def test_a_straight_line_has_one_direction(spec, verdict, k):
    found = explained("monotonicity", three(), model_of(straight, FEW), REGRESSION, **spec)
    check = checks_of(found, ID)[0]
    assert (check.verdict, check.k, check.n) == (verdict, k, 399)  # the largest of 400 values cannot be moved
    assert check.low <= check.value <= check.high
    assert table(found, "monotonicity")[0]["how"] == "values of the data set"
    assert [item.severity for item in found.findings if item.check == ID] == (["medium"] if k else [])


def test_one_row_against_it_is_told_though_the_limit_holds():
    arrays = three()
    arrays["b"][7] = 50.0

    def function(rows):
        x = rows.numbers
        return np.where(x[:, 1:2] > 40, -x[:, :1], x[:, :1])

    found = explained("monotonicity", arrays, model_of(function, FEW), REGRESSION, **UP)
    check = checks_of(found, ID)[0]
    assert (check.verdict, check.k) == ("pass", 1)
    assert [item.title for item in found.findings if item.check == ID] == [
        "A registered direction does not always hold: a"
    ]
    example = table(found, "monotonicity examples")[0]
    assert (example["row"], example["from"]) == (8, pytest.approx(arrays["a"][7]))
    assert example["answer after"] < example["answer before"]


def test_rows_that_are_kept_back_are_not_shown():
    found = explained("monotonicity", three(), model_of(straight, FEW), REGRESSION, show_rows=False, **DOWN)
    assert "monotonicity examples" not in found.sections["attribution"]


def test_thresholds_of_32_bits_are_crossed():
    """0.1 in 32 bits: behind "le" lies the next number of 32 bits, not of 64."""
    line = float(np.float32(0.1))
    for compare in ("lt", "le"):
        trees = joined([stump(0, line, 1, -1)], [0.0], 3, compare=compare, single=True, link="identity")
        found = explained("monotonicity", three(), of_trees(trees), REGRESSION, **UP)
        below = int((three()["a"] < 0.1).sum())
        assert (checks_of(found, ID)[0].k, checks_of(found, ID)[0].n) == (below, below)


def test_many_thresholds_are_looked_at_where_the_data_has_values():
    stumps = [stump(0, line, 0, 1) for line in np.linspace(-2, 2, 70)]
    trees = joined(stumps, [0.0], 3, compare="lt", single=False, link="identity")
    found = explained("monotonicity", three(), of_trees(trees), REGRESSION, **UP)
    row = table(found, "monotonicity")[0]
    assert (row["how"], row["values looked at"], row["against"]) == ("values of the data set", 16, 0)


@pytest.mark.parametrize(
    ("arrays", "verdict"),
    [({"a": np.full(50, 3.0)}, "cannot_tell"), ({"a": [None] * 49 + [1.0]}, "cannot_tell")],
)
def test_a_column_that_never_moves_cannot_be_told(arrays, verdict):
    rest = {name: np.arange(50.0) for name in ("b", "c", "y")}

    def function(rows):
        return np.nan_to_num(rows.numbers[:, :1])

    found = explained("monotonicity", {**rest, **arrays}, model_of(function, FEW), REGRESSION, **UP)
    assert checks_of(found, ID)[0].verdict == verdict


def test_what_is_no_input_or_no_amount_is_not_run():
    interface = {**FEW, "inputs": [*FEW["inputs"][:2], {"column": "c", "as": "codes", "categories": ["x", "y"]}]}
    arrays = {**three(), "c": ["x", "y"] * 200, "other": np.arange(400.0)}
    spec = {"monotone": [{"column": "c", "way": "up"}, {"column": "other", "way": "up"}]}
    found = explained("monotonicity", arrays, model_of(straight, interface), REGRESSION, **spec)
    assert [(check.subject, check.verdict) for check in checks_of(found, ID)] == [
        ("c", "not_run"),
        ("other", "not_run"),
    ]
    silent = explained("monotonicity", three(), model_of(straight, FEW), REGRESSION)
    assert checks_of(silent, ID)[0].verdict == "not_run"
