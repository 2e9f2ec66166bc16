"""Small trained models in every accepted format, and the interfaces that go with them."""

import json
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import xgboost
from skl2onnx import to_onnx
from sklearn.base import is_classifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skops.io import dumps

from audits.interface import Interface, interface_parse
from audits.sandbox.models.load import model_load
from audits.sandbox.models.shape import Batch, Loaded, ModelCode, Rejected

NAMES = ("a", "b", "c", "d")
PROBABILITY = {"column": "p", "means": "probability"}


def numbers(*columns: str) -> Interface:
    """An interface of numbers alone."""
    inputs = [{"column": column, "as": "number"} for column in columns or NAMES]
    return interface_parse({"inputs": inputs, "output": PROBABILITY})


def rows(count: int = 400, *, gaps: bool = True) -> np.ndarray:
    """Float64[count, 4], with missing values unless told otherwise; the same on every call."""
    draw = np.random.default_rng(7)
    found = draw.normal(size=(count, 4))
    if gaps:
        found[draw.random(found.shape) < 0.1] = np.nan
    return found


def labels(count: int = 400, classes: int = 2) -> np.ndarray:
    """Whole numbers from 0 that depend on the rows."""
    filled = np.nan_to_num(rows(count))
    noise = np.random.default_rng(8).normal(size=count) / 4
    score = filled[:, 0] + filled[:, 1] * filled[:, 2] + noise
    return np.digitize(score, np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]))


def load(data: bytes, interface: Interface | None = None) -> Loaded:
    return model_load(data, interface or numbers())


def asked(model: Loaded, matrix: np.ndarray) -> np.ndarray:
    return model.answers(Batch(np.asarray(matrix, np.float64)))


def refusal(data: bytes, interface: Interface | None = None) -> Rejected:
    """The rejection that loading `data` ends in."""
    try:
        load(data, interface)
    except Rejected as rejected:
        return rejected
    raise AssertionError("it was loaded")


def refused(data: bytes, code: ModelCode, interface: Interface | None = None) -> bool:
    found = refusal(data, interface)
    assert found.code is code, (found.code, found.detail)
    return True


@cache
def boosted(objective: str = "binary:logistic", classes: int = 2, rounds: int = 12, **extra: Any) -> xgboost.Booster:
    """A trained XGBoost model with missing values in its training rows."""
    target = labels(classes=classes)
    parameters: dict[str, Any] = {"objective": objective, "max_depth": 4, "nthread": 1, **extra}
    if objective.startswith("multi:"):
        parameters["num_class"] = classes
    table = xgboost.DMatrix(rows(), target + 1 if objective == "reg:gamma" else target)
    if objective.startswith("rank:"):
        table.set_group([200, 200])
    return xgboost.train(parameters, table, rounds)


def boosted_bytes(form: str = "json", **which: Any) -> bytes:
    return bytes(boosted(**which).save_raw(form))


def boosted_document(**which: Any) -> dict[str, Any]:
    """The model's JSON as plain values, to be spoilt by a test."""
    return json.loads(boosted_bytes(**which))


@cache
def light(objective: str = "binary", classes: int = 2, rounds: int = 12, **extra: Any) -> lightgbm.Booster:
    """A trained LightGBM model with missing values in its training rows."""
    target = labels(classes=classes)
    parameters: dict[str, Any] = {"objective": objective, "num_leaves": 9, "verbose": -1, "num_threads": 1, **extra}
    if classes > 2:
        parameters["num_class"] = classes
    groups = [200, 200] if objective == "lambdarank" else None
    positive = objective in ("gamma", "poisson", "tweedie")
    return lightgbm.train(
        parameters, lightgbm.Dataset(rows(), target + 1 if positive else target, group=groups), rounds
    )


def light_bytes(**which: Any) -> bytes:
    return light(**which).model_to_string().encode()


def sklearn_bytes(estimator: Any) -> bytes:
    """A fitted estimator as skops writes it."""
    return dumps(estimator)


def onnx_bytes(estimator: Any, sample: Any = None) -> bytes:
    """A fitted estimator as skl2onnx converts it, with zipmap off where there is one."""
    sample = rows(1, gaps=False).astype(np.float32) if sample is None else sample
    options = {"zipmap": False} if is_classifier(estimator) else None
    return to_onnx(estimator, sample, options=options).SerializeToString()


@cache
def linear() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows(gaps=False), labels())


@cache
def grown(rounds: int = 4) -> Any:
    return GradientBoostingClassifier(n_estimators=rounds, random_state=0).fit(rows(gaps=False), labels())


@cache
def seeds() -> dict[str, bytes]:
    """One good file of each format."""
    return {
        "onnx": onnx_bytes(grown()),
        "xgboost-json": boosted_bytes("json", rounds=3),
        "xgboost-ubj": boosted_bytes("ubj", rounds=3),
        "lightgbm-text": light_bytes(rounds=3),
        "skops": sklearn_bytes(grown()),
    }
