"""The cage and the explanations: answers caged beside the same library uncaged, explanations beside shap's."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any, BinaryIO

import lightgbm
import numpy as np
import shap
import skops.io
import xgboost
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier

from audits.engine.attribution.treeshap import interventional, path_dependent
from audits.interface import Input, Interface, Output
from audits.sandbox.cage import model_open
from audits.sandbox.models.load import model_load
from audits.sandbox.models.shape import Batch
from audits.sandbox.runner import table_open
from audits.trees import Trees
from benchmarks.measure import Case, Figures

WIDE, TREES, BACKGROUND = 20, 100, 100
INTERFACE = Interface(tuple(Input(f"x{place}", "number") for place in range(WIDE)), Output("p", "probability"))
TABLE = b"y,p,group\n" + b"1,0.5,a\n0,0.25,b\n" * 500
TABLE_ROWS = 1_000
# Float32 in one order and in another.
CLOSE = 1e-5
# Files and caged models, open as long as the benchmark runs.
KEPT = ExitStack()


def cases(rows: int) -> Iterator[Case]:
    """Launches and batches of `rows` rows for each format, and exact explanations of a tenth as many."""
    yield _table()
    for library, make in FORMATS.items():
        yield _launched(library, make)
        yield _answered(library, make, rows)
    yield from _explained(max(100, rows // 10))


@cache
def _data(rows: int) -> NDArray[np.float64]:
    return np.random.default_rng(1).normal(size=(rows, WIDE))


@cache
def _fitted(trees: int) -> GradientBoostingClassifier:
    drawn = _data(2_000)
    return GradientBoostingClassifier(n_estimators=trees, max_depth=4).fit(drawn, _events())


def _events() -> NDArray[np.int64]:
    drawn = _data(2_000)
    return (drawn[:, 0] + drawn[:, 1] * drawn[:, 2] > 0).astype(np.int64)


@cache
def _booster(trees: int) -> xgboost.Booster:
    model = xgboost.XGBClassifier(n_estimators=trees, max_depth=6, n_jobs=1)
    return model.fit(_data(2_000), _events()).get_booster()


def _onnx(trees: int) -> bytes:
    example = _data(2_000)[:1].astype(np.float32)
    return bytes(to_onnx(_fitted(trees), example, options={"zipmap": False}).SerializeToString())


def _lightgbm(trees: int) -> bytes:
    model = lightgbm.LGBMClassifier(n_estimators=trees, num_leaves=31, n_jobs=1, verbose=-1)
    return str(model.fit(_data(2_000), _events()).booster_.model_to_string()).encode()


FORMATS: dict[str, Callable[[int], bytes]] = {
    "onnxruntime": _onnx,
    "xgboost-cpu": lambda trees: bytes(_booster(trees).save_raw("ubj")),
    "lightgbm": _lightgbm,
    "scikit-learn": lambda trees: bytes(skops.io.dumps(_fitted(trees))),
}


def _file(data: bytes) -> BinaryIO:
    file = KEPT.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    file.write(data)
    file.flush()
    return file


def _table() -> Case:
    file = _file(TABLE)

    def ours() -> Figures:
        with table_open(file) as table:
            return np.array([sum(len(batch[0].values) for batch in table.batches())], dtype=float)

    rows = np.array([float(TABLE_ROWS)])
    return Case("table of 1,000 rows, caged", ours, "its rows", check=lambda: rows, count=1, unit="launches")


def _launched(library: str, make: Callable[[int], bytes]) -> Case:
    """From the file to a first answer; the zygote is warm after the first of the runs."""
    data, one = make(3), Batch(_data(2_000)[:1])
    file = _file(data)

    def ours() -> Figures:
        with model_open(file, interface=INTERFACE) as model:
            return model.answers(one).ravel()

    def check() -> Figures:
        return model_load(data, INTERFACE).answers(one).ravel()

    ours()
    item = f"{library}, {len(data):,} bytes, caged to the first answer"
    return Case(item, ours, "uncaged", check=check, tolerance=CLOSE, count=1, unit="launches")


def _answered(library: str, make: Callable[[int], bytes], rows: int) -> Case:
    data, batch = make(TREES), Batch(_data(rows))
    plain = model_load(data, INTERFACE)
    model = KEPT.enter_context(model_open(_file(data), interface=INTERFACE))

    def ours() -> Figures:
        return model.answers(batch).ravel()

    def peer() -> Figures:
        return np.asarray(plain.answers(batch)).ravel()

    item = f"{library}, {TREES} trees, {rows:,} rows, caged"
    return Case(item, ours, "uncaged", peer, library, tolerance=CLOSE, count=rows, unit="rows")


def _explained(rows: int) -> Iterator[Case]:
    """XGBoost's trees by both exact methods, beside XGBoost's own contributions and shap's interventional ones."""
    drawn, booster = _data(rows), _booster(TREES)
    trees, every = _trees(booster), np.arange(WIDE)
    background = _data(2_000)[:BACKGROUND]

    def own() -> Figures:
        return np.asarray(booster.predict(xgboost.DMatrix(drawn), pred_contribs=True))[:, :-1].ravel().astype(float)

    def ours() -> Figures:
        return path_dependent(trees, drawn, 0, every)[0].ravel()

    def against() -> Figures:
        return interventional(trees, drawn, background, 0, every)[0].ravel()

    def shaps() -> Figures:
        explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
        return np.asarray(explainer.shap_values(drawn, check_additivity=False)).ravel().astype(float)

    item = f"exact Shapley values, {TREES} trees of depth 6, {rows:,} rows"
    yield Case(
        f"{item}, by covers", ours, "XGBoost's own", own, "xgboost-cpu", tolerance=CLOSE, count=rows, unit="rows"
    )
    yield Case(
        f"{item}, against {BACKGROUND}", against, "shap", shaps, "shap", tolerance=CLOSE, count=rows, unit="rows"
    )


def _trees(booster: Any) -> Trees:
    with model_open(_file(bytes(booster.save_raw("ubj"))), interface=INTERFACE) as model:
        if model.trees is None:
            raise AssertionError("a boosted ensemble has exact trees")
        return model.trees
