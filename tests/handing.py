"""Small models and the rows they decided, made here: files to hand over, interfaces, tables."""

import csv
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import onnx
import skops.io
import xgboost
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from accounts.models import Organisation
from core.canonical import digest
from provenance.staging import stage
from tests.book import CUSTOMER, FIELDS
from underwriting.models import ModelVersion, RegisteredModel
from underwriting.services import artifact_hand_over, model_register, version_register

INPUTS = [
    {"column": "income", "as": "number"},
    {"column": "debt", "as": "number"},
    {"column": "housing", "as": "codes", "categories": ["free", "own", "rent"]},
]
INTERFACE: dict[str, Any] = {
    "inputs": INPUTS,
    "output": {"column": "p_repaid", "means": "probability", "tolerance": "0.000001"},
}
SCHEMA: dict[str, Any] = {
    "task": "binary",
    "label": "repaid",
    "positive_label": "1",
    "decision": {"column": "p_repaid", "op": ">=", "value": "0.5"},
    "probability": "p_repaid",
    "attributes": [{"name": "sex", "column": "sex", "source": "recorded"}],
}
ROWS = 900
Answers = Callable[[np.ndarray], np.ndarray]


@cache
def matrix() -> np.ndarray:
    """Float64[ROWS, 3]: what the interface makes of the rows."""
    draw = np.random.default_rng(3)
    # Rounded as the file writes them, so that the model is asked about the very same numbers.
    numbers = np.round(draw.normal(size=(ROWS, 2)), 6)
    return np.column_stack([numbers, draw.integers(0, 3, ROWS)])


@cache
def repaid() -> np.ndarray:
    """The outcomes, which the numbers foretell well and not wholly."""
    score = matrix()[:, 0] - matrix()[:, 1] + 0.4 * (matrix()[:, 2] - 1)
    return (score + np.random.default_rng(4).normal(size=ROWS) / 2 > 0).astype(int)


@cache
def boosted() -> xgboost.Booster:
    """A small XGBoost model that was trained on the rows."""
    table = xgboost.DMatrix(matrix(), repaid())
    return xgboost.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 5}, table, 12)


def boosted_file() -> bytes:
    return bytes(boosted().save_raw("json"))


def boosted_answers(rows: np.ndarray) -> np.ndarray:
    return boosted().predict(xgboost.DMatrix(rows))


@cache
def grown() -> lightgbm.Booster:
    """A small LightGBM model that was trained on the rows."""
    given = {"objective": "binary", "num_leaves": 6, "num_threads": 1, "verbose": -1, "seed": 5}
    return lightgbm.train(given, lightgbm.Dataset(matrix(), repaid()), 12)


def grown_file() -> bytes:
    return str(grown().model_to_string()).encode()


def grown_answers(rows: np.ndarray) -> np.ndarray:
    return np.asarray(grown().predict(rows))


@cache
def fitted() -> Pipeline:
    """A scikit-learn pipeline that was fitted on the rows."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(matrix(), repaid())


def fitted_file() -> bytes:
    return bytes(skops.io.dumps(fitted()))


def fitted_answers(rows: np.ndarray) -> np.ndarray:
    return np.asarray(fitted().predict_proba(rows)[:, 1])


def linear_file(*, divide: bool = False, weights: tuple[float, ...] = (1.0, -1.0, 0.4)) -> bytes:
    """An ONNX model [n, 3] -> [n, 1]: the logistic function of a weighted sum; `divide` by zero answers NaN."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["s"]),
        helper.make_node("Sub", ["s", "half"], ["t"]),
        helper.make_node("Sigmoid", ["t"], ["p"]),
    ]
    values = [
        numpy_helper.from_array(np.array([[w] for w in weights], np.float32), "w"),
        numpy_helper.from_array(np.array([0.4], np.float32), "half"),
    ]
    if divide:
        nodes += [helper.make_node("Sub", ["p", "p"], ["zero"]), helper.make_node("Div", ["zero", "zero"], ["nan"])]
    shown = helper.make_tensor_value_info("nan" if divide else "p", TensorProto.FLOAT, [None, 1])
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])
    graph = helper.make_graph(nodes, "credit", [taken], [shown], values)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(made.SerializeToString())


def brittle_file() -> bytes:
    """An ONNX model that answers as the linear one, and NaN where the income is over ten."""
    made = onnx.load_from_string(linear_file())
    graph = made.graph
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([[1.0], [0.0], [0.0]], np.float32), "first"),
            numpy_helper.from_array(np.array([10.0], np.float32), "ten"),
            numpy_helper.from_array(np.array([0.0], np.float32), "none"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("MatMul", ["x", "first"], ["income"]),
            helper.make_node("Sub", ["ten", "income"], ["left"]),
            helper.make_node("Sqrt", ["left"], ["root"]),
            helper.make_node("Mul", ["root", "none"], ["nothing"]),
            helper.make_node("Add", ["p", "nothing"], ["answer"]),
        ]
    )
    graph.output[0].name = "answer"
    return bytes(made.SerializeToString())


def choosy_file(*, few: int, many: int) -> bytes:
    """An ONNX model that answers as the linear one, and fails at batches of more than `few` rows and less than `many`.

    Between the two it looks for the eighth number of a list of one.
    """
    made = onnx.load_from_string(linear_file())
    graph = made.graph
    for name, value in (("first", 0), ("few", few), ("many", many), ("eighth", 7)):
        graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
    graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), "list"))
    graph.node.extend(
        [
            helper.make_node("Shape", ["x"], ["shape"]),
            helper.make_node("Gather", ["shape", "first"], ["rows"]),
            helper.make_node("Greater", ["rows", "few"], ["over"]),
            helper.make_node("Less", ["rows", "many"], ["under"]),
            helper.make_node("And", ["over", "under"], ["between"]),
            helper.make_node("Cast", ["between"], ["one"], to=TensorProto.INT64),
            helper.make_node("Mul", ["one", "eighth"], ["place"]),
            helper.make_node("Gather", ["list", "place"], ["nothing"]),
            helper.make_node("Add", ["p", "nothing"], ["answer"]),
        ]
    )
    graph.output[0].name = "answer"
    return bytes(made.SerializeToString())


def margin_file() -> bytes:
    """An ONNX model that answers ten times a weighted sum: no probability."""
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])
    shown = helper.make_tensor_value_info("s", TensorProto.FLOAT, [None, 1])
    weights = numpy_helper.from_array(np.array([[10.0], [10.0], [10.0]], np.float32), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["s"])], "m", [taken], [shown], [weights])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(made.SerializeToString())


def linear_answers(rows: np.ndarray) -> np.ndarray:
    single = rows.astype(np.float32) @ np.array([[1.0], [-1.0], [0.4]], np.float32) - np.float32(0.4)
    return 1 / (1 + np.exp(-single[:, 0]))


def table(answers: Answers | None = boosted_answers, **more: Any) -> bytes:
    """The rows as CSV, with the answers as they were recorded (or none), and with columns of a constant or a list."""
    rows = matrix()
    columns: dict[str, Any] = {
        "income": [f"{value:.6f}" for value in rows[:, 0]],
        "debt": [f"{value:.6f}" for value in rows[:, 1]],
        "housing": [INPUTS[2]["categories"][int(code)] for code in rows[:, 2]],
        "repaid": repaid(),
        "sex": ["f" if place % 2 else "m" for place in range(ROWS)],
    }
    if answers is not None:
        columns["p_repaid"] = [f"{value:.9f}" for value in answers(rows)]
    columns |= {name: value if isinstance(value, list) else [value] * ROWS for name, value in more.items()}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue().encode()


def model_of(organisation: Organisation, at: Any, **changed: Any) -> RegisteredModel:
    """A credit model whose decision follows from the answer that the interface names."""
    fields = {**FIELDS, "name": "Credit by file", "schema": SCHEMA, **changed}
    return model_register(organisation=organisation, fields=fields, actor=CUSTOMER, at=at)


def handed(organisation: Organisation, file: bytes, at: Any) -> ModelVersion:
    """A version of a new model whose file was handed over; jobs are left to the caller."""
    version = version_of(model_of(organisation, at), file, at)
    artifact_hand_over(version=version, staged=stage([file], limit=len(file)), actor=CUSTOMER, at=at)
    return version


def version_of(model: RegisteredModel, file: bytes, at: Any, **changed: Any) -> ModelVersion:
    """A version of the model under the file's digest, with the interface unless another (or None) is given."""
    fields = {"label": "v1", "interface": INTERFACE, "digest": digest(file), **changed}
    return version_register(model=model, actor=CUSTOMER, at=at, **fields)
