"""The German credit model: trained on 400 applicants, handed over as XGBoost and as ONNX, audited on the other 600.

Which applicants train is drawn once, by a fixed seed, before any audit was run; so are the trees' settings, the usual
small ones. Sex, age and foreign worker are pre-registered for the audit and kept from the model.
"""

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parent / "data"
SEED = 20260930
TRAINED_ON = 400
NUMBERS = (
    "duration_in_month",
    "credit_amount",
    "installment_rate_in_percentage_of_disposable_income",
    "present_residence_since",
    "number_of_existing_credits_at_this_bank",
)
CATEGORIES = (
    "status_of_existing_checking_account",
    "credit_history",
    "purpose",
    "savings_account_and_bonds",
    "present_employment_since",
    "other_debtors_or_guarantors",
    "property",
    "other_installment_plans",
    "housing",
    "job",
    "telephone",
)
TREES = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "min_child_weight": 5, "lambda": 2, "nthread": 1}
ROUNDS = 60


def interface() -> dict[str, Any]:
    """Numbers as they are, categories one feature each; recorded answers have six decimals."""
    inputs: list[dict[str, Any]] = [{"column": name, "as": "number"} for name in NUMBERS]
    inputs += [{"column": name, "as": "one_hot", "categories": values} for name, values in _categories().items()]
    return {"inputs": inputs, "output": {"column": "p_good", "means": "probability", "tolerance": "0.000001"}}


def held_out() -> bytes:
    """CSV of the 600 applicants no tree has seen: inputs, sex, age group, outcome, and the model's recorded answer."""
    return _table(_parts()[1])


def trained_on() -> bytes:
    """CSV of the 400 applicants that trained the trees, with the same columns."""
    return _table(_parts()[0])


def _table(places: Any) -> bytes:
    import xgboost

    answers = _booster().predict(xgboost.DMatrix(_matrix()))
    named = ("row_id", "sex", "age_group", *NUMBERS, *CATEGORIES)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*named, "repaid", "p_good"])
    for place in places:
        row = _rows()[place]
        writer.writerow([*(row[name] for name in named), row["creditability"], f"{answers[place]:.6f}"])
    return out.getvalue().encode()


def as_xgboost() -> bytes:
    """The model in XGBoost's binary form."""
    return bytes(_booster().save_raw("ubj"))


def as_onnx() -> bytes:
    """The same trees as one ONNX operator: same splits, same leaves, answers equal to float32's last digits."""
    from onnx import TensorProto, helper

    made = helper.make_node("TreeEnsembleClassifier", ["features"], ["label", "p"], domain="ai.onnx.ml", **_ensemble())
    width = len(_matrix()[0])
    graph = helper.make_graph(
        [made],
        "retail credit",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 2]),
        ],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def _ensemble() -> dict[str, Any]:
    """The booster's own JSON as the attributes of TreeEnsembleClassifier."""
    learner = json.loads(_booster().save_raw("json"))["learner"]
    start = float(learner["learner_model_param"]["base_score"].strip("[]"))
    nodes: dict[str, list[Any]] = {name: [] for name in _NODE}
    leaves: dict[str, list[Any]] = {"treeids": [], "nodeids": [], "ids": [], "weights": []}
    for tree_id, tree in enumerate(learner["gradient_booster"]["model"]["trees"]):
        for node in range(len(tree["left_children"])):
            leaf = tree["left_children"][node] < 0
            row = (tree_id, node, *_node(tree, node, leaf))
            for name, value in zip(_NODE, row, strict=True):
                nodes[name].append(value)
            if leaf:
                for name, value in zip(leaves, (tree_id, node, 0, tree["split_conditions"][node]), strict=True):
                    leaves[name].append(value)
    return {
        **{f"nodes_{name}": values for name, values in nodes.items()},
        **{f"class_{name}": values for name, values in leaves.items()},
        "classlabels_int64s": [0, 1],
        "post_transform": "LOGISTIC",
        "base_values": [float(np.log(start / (1 - start)))],
    }


_NODE = (
    *("treeids", "nodeids", "modes", "featureids", "values", "truenodeids", "falsenodeids"),
    *("missing_value_tracks_true", "hitrates"),
)


def _node(tree: dict[str, Any], node: int, leaf: bool) -> tuple[Any, ...]:
    """Mode, feature, threshold, children, where a missing value goes, and the rows that passed in training."""
    cover = float(tree["sum_hessian"][node])
    if leaf:
        return "LEAF", 0, 0.0, 0, 0, 0, cover
    children = tree["left_children"][node], tree["right_children"][node]
    return "BRANCH_LT", tree["split_indices"][node], tree["split_conditions"][node], *children, _left(tree, node), cover


def _left(tree: dict[str, Any], node: int) -> int:
    return int(tree["default_left"][node])


@cache
def _booster() -> Any:
    import xgboost

    trained, _ = _parts()
    good = np.array([row["creditability"] == "good" for row in _rows()])
    return xgboost.train(TREES, xgboost.DMatrix(_matrix()[trained], good[trained]), ROUNDS)


@cache
def _rows() -> list[dict[str, str]]:
    with (DATA / "german_credit.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _categories() -> dict[str, list[str]]:
    return {name: sorted({row[name] for row in _rows()}) for name in CATEGORIES}


@cache
def _matrix() -> Any:
    numbers = [[float(row[name]) for row in _rows()] for name in NUMBERS]
    flags = [
        [float(row[name] == value) for row in _rows()] for name, values in _categories().items() for value in values
    ]
    return np.column_stack(numbers + flags)


def _parts() -> tuple[Any, Any]:
    """Places of the rows that train and of those that are audited."""
    order = np.random.default_rng(SEED).permutation(len(_rows()))
    return np.sort(order[:TRAINED_ON]), np.sort(order[TRAINED_ON:])
