"""ONNX models answer in the cage as ONNX Runtime does outside, and trees among them as their answers."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from format_examples import asked, grown, labels, linear, load, numbers, onnx_bytes, refusal, refused, rows
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from audits.interface import interface_parse
from audits.sandbox.models.load import model_load
from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.trees import answers_of, margins

WHOLE = rows(gaps=False).astype(np.float32)
OUTPUT = {"column": "p", "means": "probability"}
PLAIN = [
    LogisticRegression(),
    LinearRegression(),
    GaussianNB(),
    SVC(),
    SVR(),
    MLPClassifier((5,), max_iter=20),
    make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
]
TREES = [
    DecisionTreeClassifier(max_depth=5),
    RandomForestClassifier(5, random_state=1),
    ExtraTreesClassifier(4),
    GradientBoostingClassifier(n_estimators=5),
    RandomForestRegressor(4),
    GradientBoostingRegressor(n_estimators=4),
]


def native(data, feed):
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    wanted = next(one.name for one in session.get_outputs() if "float" in one.type)
    found = session.run([wanted], feed)[0]
    return np.asarray(found, np.float64).reshape(len(found), -1)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("estimator", PLAIN + TREES, ids=lambda one: str(one)[:40])
def test_an_answer_is_the_runtimes_own(estimator, classes):
    data = onnx_bytes(estimator.fit(WHOLE, labels(classes=classes)))
    model = load(data)
    name = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).get_inputs()[0].name
    found = asked(model, WHOLE)
    assert found.shape == (400, model.outputs)
    assert np.abs(found - native(data, {name: WHOLE})).max() < 1e-6


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("estimator", TREES, ids=lambda one: str(one)[:40])
def test_trees_give_the_runtimes_answers(estimator, classes):
    model = load(onnx_bytes(estimator.fit(WHOLE, labels(classes=classes))))
    ours = answers_of(model.trees, margins(model.trees, WHOLE))
    assert np.abs(ours - asked(model, WHOLE)).max() < 1e-5


def test_covers_that_no_converter_knows_do_not_add_up():
    trees = load(onnx_bytes(grown())).trees
    assert set(trees.cover) == {1.0}


def test_a_model_with_a_scaler_before_its_trees_has_none():
    estimator = make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(WHOLE, labels())
    assert load(onnx_bytes(estimator)).trees is None
    assert load(onnx_bytes(linear())).trees is None


def test_inputs_of_numbers_and_texts_are_matched_by_name():
    table = pd.DataFrame({"age": WHOLE[:, 0], "job": np.where(WHOLE[:, 1] > 0, "clerk", "smith")})
    columns = ColumnTransformer([("n", StandardScaler(), ["age"]), ("t", OneHotEncoder(), ["job"])])
    estimator = make_pipeline(columns, LogisticRegression()).fit(table, labels())
    data = to_onnx(estimator, table[:1], options={"zipmap": False}).SerializeToString()
    inputs = [{"column": "job", "as": "text"}, {"column": "age", "as": "number"}]
    model = load(data, interface_parse({"inputs": inputs, "output": OUTPUT}))
    batch = Batch(table[["age"]].to_numpy(np.float64), (table["job"].to_numpy(dtype=object),))
    assert np.abs(model.answers(batch) - estimator.predict_proba(table)).max() < 1e-6
    wrong = [{"column": "job", "as": "text"}, {"column": "years", "as": "number"}]
    assert refused(data, ModelCode.INPUT, interface_parse({"inputs": wrong, "output": OUTPUT}))


def test_a_table_of_texts_alone_is_one_input():
    table = np.stack([np.where(WHOLE[:, place] > 0, "yes", "no") for place in (0, 1)], axis=1).astype(object)
    estimator = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(table, labels())
    data = to_onnx(estimator, table[:1], options={"zipmap": False}).SerializeToString()
    inputs = [{"column": name, "as": "text"} for name in ("left", "right")]
    model = load(data, interface_parse({"inputs": inputs, "output": OUTPUT}))
    batch = Batch(np.empty((400, 0)), (table[:, 0], table[:, 1]))
    assert np.abs(model.answers(batch) - estimator.predict_proba(table)).max() < 1e-6


def test_a_list_of_dictionaries_is_refused_with_the_way_out():
    data = to_onnx(LogisticRegression().fit(WHOLE, labels()), WHOLE[:1]).SerializeToString()
    assert refused(data, ModelCode.ZIPMAP)


def test_the_number_of_features_is_said():
    found = refusal(onnx_bytes(linear()), numbers("a", "b"))
    assert (found.code, found.number, found.detail) == (ModelCode.FEATURES, 4, "2")


def test_whole_number_inputs_meet_no_missing_value():
    value = helper.make_tensor_value_info
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)
    graph = helper.make_graph(
        [node], "g", [value("x", TensorProto.INT64, [None, 4])], [value("y", TensorProto.FLOAT, [None, 4])]
    )
    opset = helper.make_operatorsetid("", 17)
    model = load(helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())
    assert np.array_equal(asked(model, np.arange(8).reshape(2, 4)), np.arange(8).reshape(2, 4))
    with pytest.raises(ValueError, match="missing"):
        asked(model, np.full((1, 4), np.nan))


@pytest.mark.parametrize("training", [True, False])
def test_dropout_may_not_train(training):
    graph = helper.make_graph(
        [helper.make_node("Dropout", ["x", "ratio", "training"], ["y"])],
        "dropout",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor("ratio", TensorProto.FLOAT, [], [0.5]),
            helper.make_tensor("training", TensorProto.BOOL, [], [training]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_operatorsetid("", 17)], ir_version=8)
    interface = interface_parse(
        {"inputs": [{"column": "x", "as": "number"}], "output": {"column": "y", "means": "value"}}
    )
    if training:
        with pytest.raises(Rejected, match="OPERATOR"):
            model_load(model.SerializeToString(), interface)
    else:
        answers = model_load(model.SerializeToString(), interface).answers(Batch(np.ones((9, 1))))
        assert answers.tolist() == [[1.0]] * 9
