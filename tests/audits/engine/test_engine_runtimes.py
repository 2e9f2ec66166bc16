"""Honest runtimes under the question of determinism: none may be accused, whatever the shape of its batches."""

import warnings

import lightgbm
import numpy as np
import onnxruntime
import pytest
import xgboost
from engine_examples import check
from model_examples import INTERFACE, audit_quickly, model_of, people
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from audits.engine import encode, frame_from_arrays
from audits.interface import interface_parse

PEOPLE = people()
INPUTS = [{**one, "missing": 0} if one["as"] == "number" else one for one in INTERFACE["inputs"]]
INTERFACE_FILLED = {**INTERFACE, "inputs": INPUTS}
ROWS = encode(frame_from_arrays(PEOPLE), interface_parse(INTERFACE_FILLED)).numbers.astype(np.float32) / [
    50,
    3000,
    1,
    1,
    1,
]
ROWS = ROWS.astype(np.float32)


def scaled(rows):
    return (rows.numbers / [50, 3000, 1, 1, 1]).astype(np.float32)


def onnx(fitted):
    session = onnxruntime.InferenceSession(to_onnx(fitted, ROWS[:1], options={"zipmap": False}).SerializeToString())
    return lambda rows: session.run(None, {session.get_inputs()[0].name: scaled(rows)})[1]


def fitted(name):
    kinds = {
        "logistic": LogisticRegression(),
        "perceptron": MLPClassifier((32, 32), max_iter=15, random_state=1),
        "forest": RandomForestClassifier(10, random_state=1),
        "boosting": GradientBoostingClassifier(n_estimators=10, random_state=1),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kinds[name].fit(ROWS, PEOPLE["y"])


def two(yes):
    return np.column_stack([1 - yes, yes])


KINDS = ("logistic", "perceptron", "forest", "boosting")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("runtime", ["scikit-learn", "onnxruntime"])
def test_scikit_learn_and_onnx_runtime_answer_alike(kind, runtime):
    model = fitted(kind)
    function = onnx(model) if runtime == "onnxruntime" else lambda rows: model.predict_proba(scaled(rows))
    found = audit_quickly(model=model_of(function, INTERFACE_FILLED))
    assert check(found, "model.deterministic").verdict == "pass"


def test_boosted_trees_answer_alike():
    forest = xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(ROWS, PEOPLE["y"]), 10)
    light = lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(ROWS, PEOPLE["y"]), 10
    )
    for function in (
        lambda rows: forest.predict(xgboost.DMatrix(scaled(rows))),
        lambda rows: light.predict(scaled(rows)),
    ):
        found = audit_quickly(model=model_of(lambda rows, ask=function: two(ask(rows)), INTERFACE_FILLED))
        assert check(found, "model.deterministic").verdict == "pass"
