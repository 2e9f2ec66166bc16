"""Explanations beside the libraries that make the same: exact contributions of trees, against data, of any model."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import shap
import xgboost
from lightgbm import Dataset
from lightgbm import train as light_train
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor

from audits.engine.attribution.coalitions import drawn
from audits.engine.attribution.coalitions import fitted as fit_odd
from audits.engine.attribution.treeshap import interventional, path_dependent
from audits.interface import Interface, interface_parse
from audits.sandbox.models.load import model_load
from audits.trees import Trees
from benchmarks.measure import Case, Figures

FEATURES, ROUNDS, DEPTH, OTHERS = 30, 300, 6, 100
SEED = 20261001
NAMES = [f"x{place}" for place in range(FEATURES)]


def cases(rows: int) -> Iterator[Case]:
    """P3 at `rows` rows, beside XGBoost and LightGBM at a tenth of them; P4 at a tenth; P5 at ten rows."""
    yield _woodelf(rows)
    yield _xgboost(rows // 10)
    yield _lightgbm(rows // 10)
    yield _against(rows // 10)
    yield _any_model()


@cache
def _drawn(rows: int) -> NDArray[np.float64]:
    """Float64[rows, 30] of whole 1,024ths, to be learned from."""
    return np.rint(np.random.default_rng(SEED).normal(size=(rows, FEATURES)) * 1024) / 1024


def _asked(rows: int) -> NDArray[np.float64]:
    """Rows to be explained. They lie off the grid, so off every threshold: peers differ in what they do at one."""
    return np.rint(np.random.default_rng(SEED + 2).normal(size=(rows, FEATURES)) * 1024) / 1024 + 1 / 4096


def _target(x: NDArray[np.float64]) -> NDArray[np.bool_]:
    noise = np.random.default_rng(SEED + 1).normal(size=len(x))
    return np.asarray(x[:, 0] + x[:, 1] * x[:, 2] - (x[:, 3] > 0.5) + noise > 0)


@cache
def _boosted() -> xgboost.Booster:
    x = _drawn(20_000)
    params = {"objective": "binary:logistic", "max_depth": DEPTH, "nthread": 1}
    return xgboost.train(params, xgboost.DMatrix(x, _target(x), feature_names=NAMES), ROUNDS)


@cache
def _light() -> Any:
    x = _drawn(20_000)
    params = {"objective": "binary", "max_depth": DEPTH, "num_leaves": 2**DEPTH, "verbose": -1, "num_threads": 1}
    return light_train(params, Dataset(x, _target(x)), ROUNDS)


def _trees(data: bytes) -> Trees:
    found = model_load(data, _interface()).trees
    if found is None:
        raise AssertionError("these formats hold trees")
    return found


def _interface() -> Interface:
    inputs = [{"column": name, "as": "number"} for name in NAMES]
    return interface_parse({"inputs": inputs, "output": {"column": "p", "means": "probability"}})


def _what(rows: int, peer: str) -> str:
    return f"P3 exact path-dependent TreeSHAP, {ROUNDS} trees of depth {DEPTH}, {rows:,} rows ({peer})"


def _ours(trees: Trees, x: NDArray[np.float64]) -> Figures:
    return path_dependent(trees, x, 0, np.arange(FEATURES))[0]


def _woodelf(rows: int) -> Case:
    """It adds in 32 bits, so its figures lie a little further off than XGBoost's own. Only the benchmarks' own
    environment has it."""
    x, booster = _asked(rows), _boosted()
    trees, table = _trees(bytes(booster.save_raw("json"))), pd.DataFrame(_asked(rows), columns=NAMES)
    _ours(trees, x[:10])

    def peer() -> Figures:
        from woodelf import WoodelfExplainer

        return np.asarray(WoodelfExplainer(booster).shap_values(table, verbose=False), dtype=np.float64)

    what = _what(rows, "woodelf")
    return Case(what, lambda: _ours(trees, x), "woodelf's", peer, "woodelf-explainer", tolerance=1e-4)


def _xgboost(rows: int) -> Case:
    x, booster = _asked(rows), _boosted()
    trees, matrix = _trees(bytes(booster.save_raw("json"))), xgboost.DMatrix(_asked(rows), feature_names=NAMES)
    _ours(trees, x[:10])

    def peer() -> Figures:
        return np.asarray(booster.predict(matrix, pred_contribs=True)[:, :-1], dtype=np.float64)

    return Case(
        _what(rows, "XGBoost, 1 thread"), lambda: _ours(trees, x), "its own", peer, "xgboost-cpu", tolerance=1e-5
    )


def _lightgbm(rows: int) -> Case:
    x, booster = _asked(rows), _light()
    trees = _trees(booster.model_to_string().encode())
    _ours(trees, x[:10])

    def peer() -> Figures:
        return np.asarray(booster.predict(x, pred_contrib=True)[:, :-1], dtype=np.float64)

    return Case(_what(rows, "LightGBM, 1 thread"), lambda: _ours(trees, x), "its own", peer, "lightgbm", tolerance=1e-5)


def _against(rows: int) -> Case:
    """shap takes no more than 100 background rows, so neither do we."""
    x, background, booster = _asked(rows), _asked(rows + OTHERS)[-OTHERS:], _boosted()
    trees = _trees(bytes(booster.save_raw("json")))

    def ours() -> Figures:
        return interventional(trees, x, background, 0, np.arange(FEATURES))[0]

    explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
    interventional(trees, x[:10], background[:5], 0, np.arange(FEATURES))

    def peer() -> Figures:
        return np.asarray(explainer.shap_values(x, check_additivity=False), dtype=np.float64)

    what = f"P4 interventional TreeSHAP, {OTHERS} background rows, {rows:,} rows (shap)"
    return Case(what, ours, "shap's", peer, "shap", tolerance=1e-5)


def _any_model() -> Case:
    """An ONNX model of twenty inputs against 50 background rows: a third of KernelExplainer's 512 coalitions.

    Both are estimates, each within a few per cent of the exact values (tests/audits/engine/test_engine_coalitions.py
    and docs/decisions/0014 have the errors); they must agree to a tenth of the largest contribution.
    """
    inputs, others, calls = 20, 50, 512
    x = _drawn(3_000)[:, :inputs]
    fitted = GradientBoostingRegressor(n_estimators=80, max_depth=4, random_state=0).fit(x, x[:, 0] + x[:, 1] * x[:, 2])
    session = onnxruntime.InferenceSession(to_onnx(fitted, x[:1].astype(np.float32)).SerializeToString())
    background, rows = x[:others], x[100:110]

    def answers(matrix: NDArray[np.float64]) -> Figures:
        found = session.run(None, {session.get_inputs()[0].name: matrix.astype(np.float32)})[0]
        return np.asarray(found, dtype=np.float64).ravel()

    def worths(row: Figures, sets: NDArray[np.bool_]) -> Figures:
        mixed = np.where(sets[:, None, :], row, background[None]).reshape(-1, inputs)
        return np.asarray(answers(mixed).reshape(len(sets), others).mean(axis=1))

    def ours() -> Figures:
        sets = drawn(inputs, calls // 6, np.random.default_rng(SEED))
        none, wholes = float(answers(background).mean()), answers(rows)
        both = np.concatenate([sets, ~sets])
        found = []
        for row, whole in zip(rows, wholes, strict=True):
            values = worths(row, both)
            half = len(sets)
            found.append(fit_odd(sets, values[:half], values[half:], none, float(whole)).contributions)
        return np.array(found)

    explainer = shap.KernelExplainer(answers, background)

    def peer() -> Figures:
        return np.asarray(explainer.shap_values(rows, nsamples=calls, l1_reg=False, silent=True), dtype=np.float64)

    what = f"P5 contributions to an ONNX model, 10 rows, {calls // 6 * 2} coalitions (KernelExplainer: {calls})"
    return Case(what, ours, "KernelExplainer's", peer, "shap", tolerance=0.2)
