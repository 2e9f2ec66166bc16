"""XGBoost models in the cage: the checked document written anew, loaded from memory, answered with one thread."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost

from audits.interface import Interface
from audits.sandbox.limits import Limits
from audits.sandbox.models.forest import Tree, trees_joined, trees_proved
from audits.sandbox.models.inputs import features_fit, numbers_only
from audits.sandbox.models.json_text import json_read
from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.sandbox.models.ubjson import ubj_read
from audits.sandbox.models.xgboost_check import Boosted, boosted, document_of
from audits.trees import Floats, Trees

RUNTIME = f"xgboost {xgboost.__version__}"


@dataclass
class XgboostModel:
    """Answers (1 - p, p) for a logistic model, all classes for softmax, else one value an output."""

    format: str
    outputs: int
    booster: Any
    trees: Trees | None = None
    runtime: str = RUNTIME

    def answers(self, batch: Batch) -> Floats:
        """Float64[rows, outputs]."""
        found = self.booster.inplace_predict(batch.numbers, missing=np.nan, validate_features=False)
        found = np.asarray(found, np.float64).reshape(batch.rows, -1)
        return np.hstack([1 - found, found]) if self.outputs == 2 and found.shape[1] == 1 else found


def xgboost_load(data: bytes, form: str, interface: Interface, _limits: Limits) -> XgboostModel:
    """The model in `data`, JSON or UBJSON. Raises Rejected."""
    checked = boosted(json_read(data) if form == "xgboost-json" else ubj_read(data))
    numbers_only(interface)
    features_fit(interface, checked.features, checked.names)
    outputs = 2 if checked.link == "logistic" else checked.groups
    model = XgboostModel(form, outputs, native(document_of(checked)))
    model.trees = trees_proved(xgboost_trees(checked), model)
    return model


def native(document: bytes) -> Any:
    """XGBoost's own model of a document of ours."""
    try:
        booster = xgboost.Booster(model_file=bytearray(document))
        booster.set_param({"nthread": 1, "device": "cpu"})
    except xgboost.core.XGBoostError as error:
        raise Rejected(ModelCode.LOADER, detail=str(error)) from None
    return booster


def xgboost_trees(checked: Boosted) -> Trees | None:
    """The checked trees, their base in margins; None for link exp."""
    if checked.link == "exp":
        return None
    base = checked.base.astype(np.float64)
    if checked.link == "logistic":
        base = np.log(base) - np.log1p(-base)
    trees = [_spread(tree, group, checked.groups) for tree, group in zip(checked.trees, checked.group, strict=True)]
    return trees_joined(trees, base, checked.features, compare="lt", single=True, link=checked.link)


def _spread(tree: Tree, group: int, groups: int) -> Tree:
    """The tree with its one value in the column of its output."""
    value = np.zeros((len(tree.left), groups))
    value[:, group] = tree.value[:, 0]
    return Tree(tree.left, tree.right, tree.feature, tree.threshold, tree.missing_left, value, tree.cover)


def golden(form: str) -> bytes:
    """A stump of our own making, to warm the library with."""
    stump = {
        "left": np.array([1, -1, -1], np.int32),
        "right": np.array([2, -1, -1], np.int32),
        "feature": np.array([0, -1, -1], np.int32),
        "threshold": np.array([0.5, 0, 0]),
        "missing_left": np.array([True, False, False]),
        "value": np.array([[0.0], [-1.0], [1.0]]),
        "cover": np.array([2.0, 1.0, 1.0]),
    }
    base, group = np.array([0.5], np.float32), np.zeros(1, np.int32)
    document = document_of(Boosted(1, (), 1, "logistic", base, (Tree(**stump),), group))
    return document if form == "xgboost-ubj" else _as_json(ubj_read(document))


def _as_json(document: Any) -> bytes:
    return json.dumps(document, default=lambda array: array.tolist()).encode()
