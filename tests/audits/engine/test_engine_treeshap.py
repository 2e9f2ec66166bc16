"""Exact contributions of trees against the definition, shap, XGBoost, LightGBM and scikit-learn's forests."""

import itertools
import math
import warnings
from time import perf_counter

import lightgbm
import numpy as np
import pytest
import shap
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from tree_examples import grown, joined, trees_of_forest, trees_of_lightgbm, trees_of_xgboost

from audits.engine.attribution.leaves import Forest
from audits.engine.attribution.treeshap import interventional, path_dependent
from audits.trees import margins


def own(trees):
    """Every feature is its own column."""
    return np.arange(trees.features)


def by_definition(worth, features):
    """Shapley values from the worth of every coalition."""
    phi = np.zeros(features)
    for size in range(features):
        weight = 1 / (features * math.comb(features - 1, size))
        for i in range(features):
            for chosen in itertools.combinations([j for j in range(features) if j != i], size):
                phi[i] += weight * (worth({*chosen, i}) - worth(set(chosen)))
    return phi


def conditional(trees, row, known, output):
    """What the trees expect of a row of which some features are known: covers weigh the rest."""

    def below(node):
        if trees.left[node] < 0:
            return trees.value[node, output]
        children = trees.left[node], trees.right[node]
        if trees.feature[node] in known:
            value = row[trees.feature[node]]
            is_left = value < trees.threshold[node] if trees.compare == "lt" else value <= trees.threshold[node]
            is_left = trees.missing_left[node] if np.isnan(value) else is_left
            return below(children[0] if is_left else children[1])
        return sum(trees.cover[child] / trees.cover[node] * below(child) for child in children)

    return trees.base[output] + sum(below(root) for root in trees.roots)


def rows_of(rng, count, features, missing=0.1):
    rows = rng.integers(-2, 3, (count, features)) / 2 + rng.choice([0.0, 0.25], (count, features))
    rows[rng.random(rows.shape) < missing] = np.nan
    return rows


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 5), st.integers(0, 6), st.sampled_from(["lt", "le"]))
def test_path_dependent_values_are_shapleys_by_definition(seed, features, depth, compare):
    rng = np.random.default_rng(seed)
    trees = grown(rng, features, 3, depth, outputs=2, compare=compare)
    rows = rows_of(rng, 4, features)
    phi, base = path_dependent(trees, rows, 1, own(trees))
    for row, found in zip(rows, phi, strict=True):
        want = by_definition(lambda known, row=row: conditional(trees, row, known, 1), features)
        assert found == pytest.approx(want, abs=1e-9)
    assert base == pytest.approx(conditional(trees, rows[0], set(), 1))


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 5), st.integers(0, 6), st.integers(1, 6))
def test_interventional_values_are_shapleys_by_definition(seed, features, depth, others):
    rng = np.random.default_rng(seed)
    trees = grown(rng, features, 3, depth)
    rows, background = rows_of(rng, 3, features), rows_of(rng, others, features)
    phi, base = interventional(trees, rows, background, 0, own(trees))

    def worth(row, known):
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return margins(trees, mixed)[:, 0].mean()

    for row, found in zip(rows, phi, strict=True):
        assert found == pytest.approx(by_definition(lambda known, row=row: worth(row, known), features), abs=1e-9)
    assert base == pytest.approx(worth(rows[0], set()))


@pytest.mark.parametrize("features", [10, 30])
def test_long_paths_are_no_different(features):
    """Beyond eight features on a path no table of all patterns is made; the sum and symmetry still hold."""
    rng = np.random.default_rng(features)
    trees, rows, background = grown(rng, features, 2, 12), rows_of(rng, 40, features), rows_of(rng, 25, features)
    assert max(group.m for group in Forest(trees, 0).leaves(np.flatnonzero(trees.leaf))) > 8
    for phi, base in (
        path_dependent(trees, rows, 0, own(trees)),
        interventional(trees, rows, background, 0, own(trees)),
    ):
        assert phi.sum(axis=1) + base == pytest.approx(margins(trees, rows)[:, 0], abs=1e-9)


def test_long_paths_are_shapleys_by_definition():
    rng = np.random.default_rng(77)
    trees, rows, background = chain(rng, 9), rows_of(rng, 2, 9, 0), rows_of(rng, 5, 9, 0)
    phi, _ = path_dependent(trees, rows, 0, own(trees))
    want = by_definition(lambda known: conditional(trees, rows[0], known, 0), 9)
    assert phi[0] == pytest.approx(want, abs=1e-9)

    def worth(known):
        mixed = background.copy()
        mixed[:, list(known)] = rows[0][list(known)]
        return margins(trees, mixed)[:, 0].mean()

    assert interventional(trees, rows, background, 0, own(trees))[0][0] == pytest.approx(
        by_definition(worth, 9), abs=1e-9
    )


def chain(rng, depth):
    """One tree that asks every feature in turn, down to a path of `depth` features."""
    count = 2 * depth + 1
    left, right, feature = (np.full(count, -1) for _ in range(3))
    for level in range(depth):
        left[2 * level], right[2 * level], feature[2 * level] = 2 * level + 1, 2 * level + 2, level
    cover = np.ones(count)
    for level in range(depth - 1, -1, -1):
        cover[2 * level] = cover[2 * level + 1] + cover[2 * level + 2]
    part = {
        "left": left, "right": right, "feature": feature, "threshold": rng.integers(-1, 2, count) / 2,
        "missing_left": rng.random(count) < 0.5, "value": rng.normal(size=(count, 1)), "cover": cover,
    }  # fmt: skip
    return joined([part], [0.5], depth, compare="le", single=False, link="identity")


@pytest.mark.parametrize("depth", [20, 64])
def test_the_deepest_path_that_is_let_in_adds_up(depth):
    rng = np.random.default_rng(depth)
    trees, rows = chain(rng, depth), rows_of(rng, 30, depth)
    for phi, base in (path_dependent(trees, rows, 0, own(trees)), interventional(trees, rows, rows[:9], 0, own(trees))):
        assert phi.sum(axis=1) + base == pytest.approx(margins(trees, rows)[:, 0], abs=1e-9)


def sample(rows=1500, features=12, seed=2):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(rows, features)), 1)
    x[rng.random(x.shape) < 0.08] = np.nan
    seen = np.nan_to_num(x)
    margin = seen[:, 0] + seen[:, 1] * seen[:, 2] - (seen[:, 3] > 0.5) + rng.normal(size=rows)
    return x, margin


def boosted(objective, target, x, **more):
    params = {"objective": objective, "max_depth": 5, "eta": 0.2, "nthread": 1, "base_score": 0.3, **more}
    return xgboost.train(params, xgboost.DMatrix(x, target), 40)


@pytest.mark.parametrize("objective", ["binary:logistic", "reg:squarederror"])
def test_xgboosts_own_contributions(objective):
    x, margin = sample()
    booster = boosted(objective, margin > 0 if objective.startswith("binary") else margin, x)
    phi, base = path_dependent(trees_of_xgboost(booster), x, 0, np.arange(12))
    native = booster.predict(xgboost.DMatrix(x), pred_contribs=True)
    assert np.abs(phi - native[:, :-1]).max() < 1e-5
    assert np.abs(base - native[:, -1]).max() < 1e-5


def test_xgboosts_own_contributions_to_every_class():
    x, margin = sample()
    booster = boosted("multi:softprob", np.digitize(margin, [-1, 1]), x, num_class=3)
    native = booster.predict(xgboost.DMatrix(x), pred_contribs=True)
    for output in range(3):
        phi, base = path_dependent(trees_of_xgboost(booster), x, output, np.arange(12))
        assert np.abs(np.column_stack([phi, np.full(len(x), base)]) - native[:, output]).max() < 1e-5


@pytest.mark.parametrize("objective", ["binary", "regression"])
def test_lightgbms_own_contributions(objective):
    x, margin = sample()
    target = (margin > 0).astype(int) if objective == "binary" else margin
    params = {"objective": objective, "num_leaves": 31, "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(x, target), 40)
    phi, base = path_dependent(trees_of_lightgbm(booster), x, 0, np.arange(12))
    native = booster.predict(x, pred_contrib=True)
    assert np.abs(np.column_stack([phi, np.full(len(x), base)]) - native).max() < 1e-5


@pytest.mark.parametrize("kind", [RandomForestClassifier, RandomForestRegressor])
@pytest.mark.parametrize("depth", [4, None])
def test_forests_are_shaps(kind, depth):
    x, margin = sample(400, 8)
    x = np.nan_to_num(x)
    target = (margin > 0).astype(int) if kind is RandomForestClassifier else margin
    forest = kind(12, max_depth=depth, random_state=1).fit(x, target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        native = np.asarray(shap.TreeExplainer(forest).shap_values(x[:60]))
    output = 1 if kind is RandomForestClassifier else 0
    native = native[..., 1] if kind is RandomForestClassifier else native
    phi, _ = path_dependent(trees_of_forest(forest), x[:60], output, np.arange(8))
    assert np.abs(phi - native).max() < 1e-5


def test_interventional_values_are_shaps():
    x, margin = sample()
    booster = boosted("binary:logistic", margin > 0, x)
    background = x[:80]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
        native, expected = explainer.shap_values(x[:300]), explainer.expected_value
    phi, base = interventional(trees_of_xgboost(booster), x[:300], background, 0, np.arange(12))
    assert np.abs(phi - native).max() < 1e-5
    assert base == pytest.approx(expected, abs=1e-5)


def test_thresholds_of_32_bits_are_honoured():
    """0.1 in 32 bits lies above 0.1: the row is rounded before it is compared."""
    part = {
        "left": np.array([1, -1, -1]), "right": np.array([2, -1, -1]), "feature": np.array([0, -1, -1]),
        "threshold": np.array([float(np.float32(0.1)), 0, 0]), "missing_left": np.array([True, False, False]),
        "value": np.array([[0.0], [-1.0], [1.0]]), "cover": np.array([4.0, 1.0, 3.0]),
    }  # fmt: skip
    rows = np.array([[0.1], [np.nan], [0.09]])
    single, double = (
        joined([part], [0.0], 1, compare="lt", single=single, link="identity") for single in (True, False)
    )
    assert path_dependent(single, rows, 0, own(single))[0].ravel() == pytest.approx([0.5, -1.5, -1.5])
    assert path_dependent(double, rows, 0, own(double))[0].ravel() == pytest.approx([-1.5, -1.5, -1.5])


def one_split(feature, threshold, value, missing_left):
    return {
        "left": np.array([1, -1, -1]), "right": np.array([2, -1, -1]), "feature": np.array([feature, -1, -1]),
        "threshold": np.array([threshold, 0, 0]), "missing_left": np.array([missing_left, False, False]),
        "value": np.array([[0.0], [-value], [value]]), "cover": np.array([4.0, 1.0, 3.0]),
    }  # fmt: skip


@pytest.mark.parametrize("thresholds", [253, 254, 255, 256, 300])
@pytest.mark.parametrize("compare", ["lt", "le"])
def test_as_many_thresholds_as_a_byte_tells_and_more(thresholds, compare):
    """A sum over features: each gets its own splits' margin less what it is on average. Rows lie on every threshold."""
    rng = np.random.default_rng(thresholds)
    lines = np.arange(thresholds) / 8 - 16
    splits = [[one_split(j, line, rng.normal(), bool(rng.integers(2))) for line in lines[:: j + 1]] for j in range(2)]
    trees, *alone = (
        joined(parts, [0.0], 2, compare=compare, single=False, link="identity")
        for parts in ([*splits[0], *splits[1]], *splits)
    )
    rows = np.column_stack([np.append(lines, [np.nan, np.inf, -np.inf]), np.append(lines[::-1], [0.0, np.nan, 9e9])])
    phi, _ = path_dependent(trees, rows, 0, own(trees))
    for j, part in enumerate(alone):
        base = sum(0.5 * each["value"][2, 0] for each in splits[j])
        assert phi[:, j] == pytest.approx(margins(part, rows)[:, 0] - base, abs=1e-9)


def test_a_rows_contributions_do_not_depend_on_the_rows_beside_it():
    rng = np.random.default_rng(6)
    trees, rows = grown(rng, 10, 6, 10), rows_of(rng, 5000, 10)
    order = rng.permutation(5000)
    for background in (None, rows[:20]):
        ways = [
            path_dependent(trees, each, 0, own(trees))[0]
            if background is None
            else interventional(trees, each, background, 0, own(trees))[0]
            for each in (rows, rows[order], rows[:7])
        ]
        assert np.array_equal(ways[0][order], ways[1])
        assert np.array_equal(ways[0][:7], ways[2])


def test_features_of_one_column_are_added_up():
    rng = np.random.default_rng(8)
    trees = grown(rng, 4, 5, 5)
    rows = rows_of(rng, 20, 4)
    apart, _ = path_dependent(trees, rows, 0, own(trees))
    together, _ = path_dependent(trees, rows, 0, np.array([0, 1, 1, 0]))
    assert together == pytest.approx(np.column_stack([apart[:, 0] + apart[:, 3], apart[:, 1] + apart[:, 2]]))


def test_covers_that_do_not_add_up_are_known():
    rng = np.random.default_rng(9)
    trees = grown(rng, 4, 5, 5)
    assert Forest(trees, 0).covered
    trees.cover[:] = 1.0
    assert not Forest(trees, 0).covered


def test_three_hundred_trees_take_seconds():
    """The size PERFORMANCE names: 300 trees of depth 6, 30 features, 2,000 rows; about 3 s on one core of two."""
    x, margin = sample(4000, 30)
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 6, "nthread": 1}, xgboost.DMatrix(x, margin > 0), 300
    )
    trees = trees_of_xgboost(booster)
    began = perf_counter()
    phi, base = path_dependent(trees, x[:2000], 0, np.arange(30))
    took = perf_counter() - began
    assert np.abs(phi.sum(axis=1) + base - margins(trees, x[:2000])[:, 0]).max() < 1e-9
    assert took < 60
