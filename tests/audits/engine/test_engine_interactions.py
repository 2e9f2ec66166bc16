"""Interactions of pairs against the definition and shap; the check against models whose interactions are known."""

import warnings

import numpy as np
import pytest
import shap
import xgboost
from explain_examples import FEW, REGRESSION, checks_of, explained, interactions_by_definition, stump, table, three
from hypothesis import given, settings
from hypothesis import strategies as st
from model_examples import INTERFACE, model_of, people
from sklearn.ensemble import RandomForestRegressor
from test_engine_treeshap import chain, conditional, rows_of, sample
from tree_examples import grown, joined, trees_of_forest, trees_of_xgboost

from audits.engine import encode, frame_from_arrays
from audits.engine.attribution.leaves import Forest
from audits.engine.attribution.means import mean_around
from audits.engine.attribution.treeshap import interactions
from audits.interface import interface_parse
from audits.trees import margins


def squares(trees, rows, background=None, output=0):
    """float64[rows, features, features] from the list of pairs, zero on the diagonal."""
    features = trees.features
    targets, (one, two) = np.full((features, features), -1), np.tril_indices(features, -1)
    targets[one, two] = targets[two, one] = np.arange(len(one))
    values = interactions(trees, rows, background, output, targets)
    found = np.zeros((len(rows), features, features))
    if len(one):
        found[:, one, two] = found[:, two, one] = values
    return found


def against(trees, row, background):
    def worth(known):
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return margins(trees, mixed)[:, 0].mean()

    return worth


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 5), st.integers(0, 6), st.sampled_from(["lt", "le"]))
def test_path_dependent_interactions_are_those_of_the_definition(seed, features, depth, compare):
    rng = np.random.default_rng(seed)
    trees, rows = grown(rng, features, 3, depth, outputs=2, compare=compare), rows_of(rng, 3, features)
    found = squares(trees, rows, output=1)
    for row, own in zip(rows, found, strict=True):
        want = interactions_by_definition(lambda known, row=row: conditional(trees, row, known, 1), features)
        assert own == pytest.approx(want, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 5), st.integers(0, 6), st.integers(1, 6))
def test_interventional_interactions_are_those_of_the_definition(seed, features, depth, others):
    rng = np.random.default_rng(seed)
    trees = grown(rng, features, 3, depth)
    rows, background = rows_of(rng, 3, features), rows_of(rng, others, features)
    for row, own in zip(rows, squares(trees, rows, background), strict=True):
        assert own == pytest.approx(interactions_by_definition(against(trees, row, background), features), abs=1e-9)


def test_interactions_of_long_paths_are_those_of_the_definition():
    rng = np.random.default_rng(78)
    trees, rows, background = chain(rng, 9), rows_of(rng, 1, 9, 0), rows_of(rng, 4, 9, 0)
    want = interactions_by_definition(lambda known: conditional(trees, rows[0], known, 0), 9)
    assert squares(trees, rows)[0] == pytest.approx(want, abs=1e-9)
    want = interactions_by_definition(against(trees, rows[0], background), 9)
    assert squares(trees, rows, background)[0] == pytest.approx(want, abs=1e-9)


def test_shaps_own_interactions_of_xgboost():
    x, margin = sample(600, 8)
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 6, "nthread": 1}, xgboost.DMatrix(x, margin > 0), 25
    )
    native = booster.predict(xgboost.DMatrix(x[:80]), pred_interactions=True)[:, :-1, :-1]
    found = squares(trees_of_xgboost(booster), x[:80]) / 2
    apart = found - native
    apart[:, np.arange(8), np.arange(8)] = 0
    assert np.abs(apart).max() < 1e-5


@pytest.mark.parametrize(("features", "depth"), [(6, 5), (16, None)])
def test_shaps_own_interactions_of_a_forest(features, depth):
    """Fully grown trees of many features have paths beyond eight features, which no table holds."""
    x, margin = sample(500, features)
    x = np.nan_to_num(x)
    forest = RandomForestRegressor(4, max_depth=depth, max_features=2, random_state=1).fit(x, margin)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        native = np.asarray(shap.TreeExplainer(forest).shap_interaction_values(x[:20]))
    trees = trees_of_forest(forest)
    longest = max(group.m for group in Forest(trees, 0).leaves(np.flatnonzero(trees.leaf)))
    assert longest > 8 if depth is None else longest <= 5
    apart = squares(trees, x[:20]) / 2 - native
    apart[:, np.arange(features), np.arange(features)] = 0
    assert np.abs(apart).max() < 1e-5


def told(parts):
    trees = joined(parts, [0.0], 3, compare="lt", single=False, link="identity")
    return model_of(lambda rows: margins(trees, rows.numbers), FEW, trees=trees)


CROSS = {
    "left": np.array([1, 3, 5, -1, -1, -1, -1]), "right": np.array([2, 4, 6, -1, -1, -1, -1]),
    "feature": np.array([0, 1, 1, -1, -1, -1, -1]), "threshold": np.zeros(7), "missing_left": np.zeros(7, bool),
    "value": np.array([[0.0], [0], [0], [1], [-1], [-1], [1]]), "cover": np.array([4.0, 2, 2, 1, 1, 1, 1]),
}  # fmt: skip


def test_a_model_that_adds_up_its_inputs_has_none():
    found = explained("interactions", three(), told([stump(i, 0, -1, i) for i in range(3)]), REGRESSION)
    check = checks_of(found, "attribution.interactions")[0]
    assert (check.k, check.value, check.n) == (0, 0, 400)
    assert 0 < check.high < 0.02
    assert all(row["root mean square"] == pytest.approx(0, abs=1e-12) for row in table(found, "interactions"))


def test_two_inputs_that_only_count_together_are_named_first():
    """The sign of a times that of b, and c by itself: all of the pair's contributions are its interaction."""
    found = explained("interactions", three(), told([CROSS, stump(2, 0, -0.1, 0.1)]), REGRESSION)
    first = table(found, "interactions")[0]
    assert {first["first"], first["second"]} == {"a", "b"}
    assert first["root mean square"] == pytest.approx(1, abs=1e-9)
    check = checks_of(found, "attribution.interactions")[0]
    assert (check.k, check.n, check.subject) == (400, 400, "a and b")
    assert dict(found.sections["attribution"]["interactions method"].rows)["algorithm"] == "exact path-dependent"


def test_features_of_one_column_are_added_up_and_never_pair_with_themselves():
    trees = grown(np.random.default_rng(3), 5, 10, 4)
    interface = {**INTERFACE, "output": {"column": "p", "means": "value"}}
    model = model_of(lambda rows: margins(trees, rows.numbers), interface, trees=trees)
    found = explained("interactions", people(), model, REGRESSION)
    rows = encode(frame_from_arrays(people()), interface_parse(interface)).numbers
    whole = squares(trees, rows)
    want = {
        ("age", "income"): whole[:, 0, 1],
        ("age", "purpose"): whole[:, 0, 2:].sum(axis=1),
        ("income", "purpose"): whole[:, 1, 2:].sum(axis=1),
    }
    told_pairs = {(row["first"], row["second"]): row for row in table(found, "interactions")}
    assert set(told_pairs) == set(want)
    for pair, values in want.items():
        assert told_pairs[pair]["root mean square"] == pytest.approx(np.sqrt((values**2).mean()))
        assert told_pairs[pair]["mean"] == pytest.approx(values.mean(), abs=1e-9)


def product(rows):
    a, b, c = np.nan_to_num(rows.numbers).T
    return (a * b + c)[:, None]


def test_sampled_interactions_are_those_of_a_product():
    """Of a times b against any background the index is (a - a') (b - b'), whatever else is known."""
    arrays = three(300)
    found = explained("interactions", arrays, model_of(product, FEW), REGRESSION)
    rows = {frozenset((row["first"], row["second"])): row for row in table(found, "interactions")}
    pair = rows[frozenset("ab")]
    a, b = arrays["a"], arrays["b"]
    want = np.sqrt((((a[:, None] - a) * (b[:, None] - b)).mean(axis=1) ** 2).mean())
    assert pair["low"] < want * 1.15
    assert pair["high"] > want * 0.85
    assert rows[frozenset("ac")]["root mean square"] == pytest.approx(0, abs=1e-9)
    check = checks_of(found, "attribution.interactions")[0]
    assert (check.verdict, check.value) == ("measured", None)
    assert "estimated" in check.sentence


def test_a_single_input_has_no_pair():
    interface = {**FEW, "inputs": FEW["inputs"][:1]}
    found = explained("interactions", three(), model_of(lambda rows: rows.numbers * 2, interface), REGRESSION)
    assert checks_of(found, "attribution.interactions")[0].verdict == "not_run"


@pytest.mark.parametrize("n", [100, 400])
@pytest.mark.parametrize("law", ["exponential", "normal", "squares of halves"])
def test_means_over_rows_are_covered(law, n):
    """2,000 draws; squares of halves are what sampled interactions are: a normal index with noise in either half."""
    rng, hits = np.random.default_rng(12), 0
    for _ in range(2000):
        if law == "squares of halves":
            index = rng.normal(size=n)
            values, mean = (index + rng.normal(size=n)) * (index + rng.normal(size=n)), 1.0
        else:
            values, mean = (rng.exponential(size=n), 1.0) if law == "exponential" else (rng.normal(size=n), 0.0)
        around = mean_around(values, 0.9)
        hits += around.low <= mean <= around.high
    assert hits >= 0.88 * 2000


def test_no_interval_of_a_mean_without_rows_or_spread():
    assert mean_around(np.arange(99.0), 0.9) is None
    assert mean_around(np.ones(500), 0.9) is None
