"""Attributes of ai.onnx.ml operators that a runtime indexes by one another: their lengths and ranges, checked first."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, helper, numpy_helper

from audits.sandbox.models.forest import MOST_LOADED_NODES, MOST_TREES, walk_order
from audits.sandbox.models.shape import ModelCode, Rejected

MOST_FEATURES = 1_000_000
MOST_CLASSES = 10_000
Numbers = npt.NDArray[np.int64]

_ENSEMBLES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")


def lengths_check(node: NodeProto) -> None:
    """Raises Rejected if an operator's lists do not fit one another."""
    if node.op_type in _ENSEMBLES:
        ensemble_check(attributes_of(node), node.op_type)
    elif node.op_type in ("SVMClassifier", "SVMRegressor"):
        _svm_check(attributes_of(node), node.op_type)
    elif node.op_type in ("LabelEncoder", "CategoryMapper"):
        _encoder_check(attributes_of(node), node.op_type)


def attributes_of(node: NodeProto) -> dict[str, Any]:
    """The node's attributes by name; tensors as arrays, texts as bytes."""
    found = {}
    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        found[attribute.name] = numpy_helper.to_array(value) if attribute.name.endswith("_tensor") else value
    return found


def ensemble_trees(stated: dict[str, Any], operator: str) -> list[tuple[Numbers, Numbers, Numbers]]:
    """For each tree: where its nodes stand in the lists, and the places of its children among them (-1 at a leaf)."""
    tree_ids, node_ids = _wholes(stated, "nodes_treeids"), _wholes(stated, "nodes_nodeids")
    leaf = np.array([mode == b"LEAF" for mode in stated.get("nodes_modes", ())], bool)
    order = np.lexsort((node_ids, tree_ids))
    _, starts = np.unique(tree_ids[order], return_index=True)
    if not 1 <= len(starts) <= MOST_TREES or len(order) > MOST_LOADED_NODES:
        raise Rejected(ModelCode.COUNT, detail="trees", number=MOST_TREES)
    children = [_wholes(stated, key) for key in ("nodes_truenodeids", "nodes_falsenodeids")]
    found = []
    for places in np.split(order, starts[1:]):
        ids = node_ids[places]
        if (ids != np.arange(len(ids))).any():
            raise Rejected(ModelCode.TREE, detail=f"{operator}: node ids that do not count from 0")
        left, right = (np.where(leaf[places], -1, child[places]) for child in children)
        if ((left < 0) | (right < 0))[~leaf[places]].any():
            raise Rejected(ModelCode.TREE, detail=f"{operator}: a child out of range")
        found.append((places, left, right))
    return found


def ensemble_check(stated: dict[str, Any], operator: str) -> None:
    """Every list as long as the nodes, every tree a tree, every weight at a node that is there."""
    count = len(_wholes(stated, "nodes_nodeids"))
    keys = ["nodes_treeids", "nodes_featureids", "nodes_modes", "nodes_truenodeids", "nodes_falsenodeids"]
    optional = ["nodes_hitrates", "nodes_missing_value_tracks_true", "nodes_hitrates_as_tensor"]
    keys.append("nodes_values_as_tensor" if "nodes_values_as_tensor" in stated else "nodes_values")
    for key in keys + [key for key in optional if len(stated.get(key, ()))]:
        if len(stated.get(key, ())) != count:
            raise Rejected(ModelCode.TREE, detail=f"{operator}: {key} is not as long as the nodes")
    features = _wholes(stated, "nodes_featureids")
    if not ((features >= 0) & (features < MOST_FEATURES)).all():
        raise Rejected(ModelCode.TREE, detail=f"{operator}: a feature out of range")
    for _, left, right in ensemble_trees(stated, operator):
        if len(walk_order(left, right)) != len(left):
            raise Rejected(ModelCode.TREE, detail=f"{operator}: a node that no root leads to")
    _finite(stated, operator, keys[-1])
    _weights_check(stated, operator)


def _weights_check(stated: dict[str, Any], operator: str) -> None:
    kind = "class" if operator == "TreeEnsembleClassifier" else "target"
    ids = _wholes(stated, f"{kind}_ids")
    weights = f"{kind}_weights_as_tensor" if f"{kind}_weights_as_tensor" in stated else f"{kind}_weights"
    lengths = {len(stated.get(key, ())) for key in (f"{kind}_treeids", f"{kind}_nodeids", weights)}
    if kind == "class":
        outputs = len(stated.get("classlabels_int64s", ())) + len(stated.get("classlabels_strings", ()))
    else:
        outputs = int(stated.get("n_targets", 1))
    if lengths != {len(ids)} or not 1 <= outputs <= MOST_CLASSES or not ((ids >= 0) & (ids < outputs)).all():
        raise Rejected(ModelCode.TREE, detail=f"{operator}: its {kind} lists do not fit")
    nodes = set(zip(stated["nodes_treeids"], stated["nodes_nodeids"], strict=True))
    if not set(zip(stated[f"{kind}_treeids"], stated[f"{kind}_nodeids"], strict=True)) <= nodes:
        raise Rejected(ModelCode.TREE, detail=f"{operator}: a weight at a node that is not there")
    base = "base_values_as_tensor" if "base_values_as_tensor" in stated else "base_values"
    if len(stated.get(base, ())) not in (0, 1, outputs):
        raise Rejected(ModelCode.TREE, detail=f"{operator}: base values of another length")
    _finite(stated, operator, weights, base)


def _finite(stated: dict[str, Any], operator: str, *keys: str) -> None:
    for key in keys:
        if not np.isfinite(np.asarray(stated.get(key, ()), np.float64)).all():
            raise Rejected(ModelCode.TREE, detail=f"{operator}: {key} is not finite")


def _svm_check(stated: dict[str, Any], operator: str) -> None:
    vectors, coefficients = len(stated.get("support_vectors", ())), len(stated.get("coefficients", ()))
    if len(stated.get("kernel_params", ())) not in (0, 3):
        raise Rejected(ModelCode.TREE, detail=f"{operator}: kernel_params")
    if operator == "SVMRegressor":
        supports, pairs = int(stated.get("n_supports", 0)), 1
        fits = coefficients == supports or supports == 0
    else:
        per_class = _wholes(stated, "vectors_per_class")
        classes = len(stated.get("classlabels_ints", ())) + len(stated.get("classlabels_strings", ()))
        supports, pairs = int(per_class.sum()), classes * (classes - 1) // 2
        fits = 1 <= classes <= MOST_CLASSES and bool((per_class >= 0).all()) and len(per_class) in (0, classes)
        fits = fits and (supports == 0 or coefficients == supports * (classes - 1))
        fits = fits and all(len(stated.get(key, ())) in (0, pairs) for key in ("prob_a", "prob_b"))
    if not fits or supports < 0 or (supports and vectors % supports) or (supports and not vectors):
        raise Rejected(ModelCode.TREE, detail=f"{operator}: its lists do not fit one another")
    if supports and len(stated.get("rho", ())) not in (1, pairs):
        raise Rejected(ModelCode.TREE, detail=f"{operator}: rho")


def _encoder_check(stated: dict[str, Any], operator: str) -> None:
    lengths = {len(value) for key, value in stated.items() if key.startswith(("keys_", "values_", "cats_"))}
    if len(lengths) > 1:
        raise Rejected(ModelCode.TENSOR, detail=f"{operator}: keys and values of different lengths")


def _wholes(stated: dict[str, Any], key: str) -> Numbers:
    return np.asarray(stated.get(key, ()), np.int64)
