"""An XGBoost document checked value by value, and written anew: its own reader never sees the bytes that were sent.

Accepted: booster gbtree, one number a leaf, numeric splits. Attributes, training parameters and statistics are dropped;
the objective is replaced by the plainest one with the same link. A file that scikit-learn's wrapper saved after early
stopping answers with the rounds up to its best iteration, as that wrapper does; any other with all rounds.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from audits.sandbox.models.forest import MOST_LOADED_NODES, MOST_TREES, Tree, renumbered, walk_order
from audits.sandbox.models.shape import ModelCode, Rejected
from audits.sandbox.models.ubjson import ubj_write
from audits.trees import MOST_OUTPUTS

MOST_FEATURES = 100_000
Link = Literal["identity", "logistic", "softmax", "exp"]

_LINKS: dict[str, Link] = {
    "reg:squarederror": "identity",
    "reg:absoluteerror": "identity",
    "reg:pseudohubererror": "identity",
    "reg:squaredlogerror": "identity",
    "rank:pairwise": "identity",
    "rank:ndcg": "identity",
    "rank:map": "identity",
    "binary:logistic": "logistic",
    "reg:logistic": "logistic",
    "multi:softprob": "softmax",
    "multi:softmax": "softmax",
    "count:poisson": "exp",
    "reg:gamma": "exp",
    "reg:tweedie": "exp",
}
_PLAINEST: dict[Link, dict[str, Any]] = {
    "identity": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}},
    "logistic": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}},
    "exp": {"name": "reg:gamma", "reg_loss_param": {"scale_pos_weight": "1"}},
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,4})?")


@dataclass(frozen=True)
class Boosted:
    """What an XGBoost model is, as checked values. `base` as stated: before the link; `group[i]` is tree i's output."""

    features: int
    names: tuple[str, ...]
    groups: int
    link: Link
    base: npt.NDArray[np.float32]
    trees: tuple[Tree, ...]
    group: npt.NDArray[np.int32]


def boosted(document: Any) -> Boosted:
    """The model in an XGBoost document. Raises Rejected with the rule it breaks."""
    learner = _part(document, "learner")
    parameters = _part(learner, "learner_model_param")
    features = _whole(parameters, "num_feature", 1, MOST_FEATURES)
    groups = max(1, _whole(parameters, "num_class", 0, MOST_OUTPUTS))
    targets = _whole(parameters, "num_target", 1, MOST_OUTPUTS, absent=1)
    link = _link(_part(learner, "objective"), groups, targets)
    groups = max(groups, targets)
    trees, group = _trees(_model(learner), features, groups, _best_rounds(learner))
    return Boosted(features, _names(learner, features), groups, link, _base(parameters, groups, link), trees, group)


def document_of(model: Boosted) -> bytes:
    """The model written anew, as UBJSON, with nothing in it but checked values."""
    count = len(model.trees)
    objective = _PLAINEST.get(model.link) or {
        "name": "multi:softprob",
        "softmax_multiclass_param": {"num_class": str(model.groups)},
    }
    classes = model.groups if model.link == "softmax" else 0
    parameters = {
        "base_score": "[" + ",".join(str(value) for value in model.base) + "]",
        "boost_from_average": "1",
        "num_class": str(classes),
        "num_feature": str(model.features),
        "num_target": "1" if classes else str(model.groups),
    }
    forest = {
        "cats": {"enc": [], "feature_segments": np.zeros(0, np.int32), "sorted_idx": np.zeros(0, np.int32)},
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(count)},
        "iteration_indptr": [0, count],
        "tree_info": model.group.tolist(),
        "trees": [_tree_document(tree, place, model.features) for place, tree in enumerate(model.trees)],
    }
    learner = {
        "attributes": {},
        "feature_names": [],
        "feature_types": [],
        "gradient_booster": {"model": forest, "name": "gbtree"},
        "learner_model_param": parameters,
        "objective": objective,
    }
    return ubj_write({"learner": learner, "version": [3, 1, 0]})


def _tree_document(tree: Tree, place: int, features: int) -> dict[str, Any]:
    count = len(tree.left)
    leaf = tree.left < 0
    parents = np.full(count, 2**31 - 1, np.int32)
    for child in (tree.left, tree.right):
        parents[child[~leaf]] = np.flatnonzero(~leaf)
    none, nothing = np.zeros(0, np.int32), np.zeros(0, np.int64)
    conditions = np.where(leaf, tree.value[:, 0], tree.threshold).astype(np.float32)
    return {
        "base_weights": np.where(leaf, tree.value[:, 0], 0).astype(np.float32),
        "categories": none,
        "categories_nodes": none,
        "categories_segments": nothing,
        "categories_sizes": nothing,
        "default_left": tree.missing_left.astype(np.uint8),
        "id": place,
        "left_children": tree.left,
        "loss_changes": np.zeros(count, np.float32),
        "parents": parents,
        "right_children": tree.right,
        "split_conditions": conditions,
        "split_indices": np.where(leaf, 0, tree.feature).astype(np.int32),
        "split_type": np.zeros(count, np.uint8),
        "sum_hessian": tree.cover.astype(np.float32),
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(features),
            "num_nodes": str(count),
            "size_leaf_vector": "1",
        },
    }


def _model(learner: Mapping[str, Any]) -> Mapping[str, Any]:
    booster = _part(learner, "gradient_booster")
    if booster.get("name") != "gbtree":
        raise Rejected(ModelCode.BOOSTER, detail=str(booster.get("name")))
    return _part(booster, "model")


def _link(objective: Mapping[str, Any], groups: int, targets: int) -> Link:
    name = objective.get("name")
    link = _LINKS.get(name) if isinstance(name, str) else None
    if link is None:
        raise Rejected(ModelCode.OBJECTIVE, detail=str(name))
    if (link == "softmax") != (groups > 1) or (targets > 1 and link != "identity"):
        raise Rejected(ModelCode.OBJECTIVE, detail=f"{name} with {groups} classes and {targets} targets")
    return link


def _base(parameters: Mapping[str, Any], groups: int, link: Link) -> npt.NDArray[np.float32]:
    texts = _text(parameters, "base_score", "5E-1").strip()
    parts = texts[1:-1].split(",") if texts.startswith("[") and texts.endswith("]") else [texts]
    if len(parts) not in (1, groups) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise Rejected(ModelCode.KEY, detail="base_score")
    base = np.array([float(part) for part in parts]).astype(np.float32)
    inside = {"logistic": (base > 0) & (base < 1), "exp": base > 0}.get(link, base == base)
    if not (np.isfinite(base) & inside).all():
        raise Rejected(ModelCode.KEY, detail="base_score")
    return np.broadcast_to(base, (groups,)).copy()


def _best_rounds(learner: Mapping[str, Any]) -> int | None:
    attributes = learner.get("attributes")
    if not isinstance(attributes, Mapping) or "scikit_learn" not in attributes:
        return None
    best = attributes.get("best_iteration")
    return int(best) + 1 if isinstance(best, str) and re.fullmatch(r"[0-9]{1,7}", best) else None


def _trees(
    model: Mapping[str, Any], features: int, groups: int, rounds: int | None
) -> tuple[tuple[Tree, ...], npt.NDArray[np.int32]]:
    found = model.get("trees")
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_TREES:
        raise Rejected(ModelCode.COUNT, detail="trees", number=MOST_TREES)
    group = _wholes(model, "tree_info", len(found))
    if not ((group >= 0) & (group < groups)).all():
        raise Rejected(ModelCode.TREE, detail="a tree of an unknown output")
    if rounds is not None:
        parallel = _whole(_part(model, "gbtree_model_param"), "num_parallel_tree", 0, MOST_TREES, absent=1)
        found = found[: rounds * groups * max(1, parallel)]
    left, trees = MOST_LOADED_NODES, []
    for tree in found:
        trees.append(_tree(tree, features, left))
        left -= len(trees[-1].left)
    return tuple(trees), group[: len(trees)].astype(np.int32)


def _tree(tree: Any, features: int, most: int) -> Tree:
    parameters = _part(tree, "tree_param")
    if _whole(parameters, "size_leaf_vector", 0, 10**6, absent=1) > 1:
        raise Rejected(ModelCode.TREE, detail="several numbers in a leaf")
    count = _whole(parameters, "num_nodes", 1, 10**9)
    if count > most:
        raise Rejected(ModelCode.COUNT, detail="nodes", number=MOST_LOADED_NODES)
    left, right = (_wholes(tree, key, count) for key in ("left_children", "right_children"))
    order = walk_order(left, right)
    _numeric_only(tree, count, order)
    leaf = left[order] < 0
    index = _wholes(tree, "split_indices", count)[order]
    condition = _numbers(tree, "split_conditions", count)[order].astype(np.float32).astype(np.float64)
    if not ((index >= 0) & (index < features))[~leaf].all():
        raise Rejected(ModelCode.TREE, detail="a feature out of range")
    if np.isnan(condition).any() or not np.isfinite(condition[leaf]).all():
        raise Rejected(ModelCode.TREE, detail="a threshold or leaf that is no number")
    return Tree(
        left=renumbered(left, order),
        right=renumbered(right, order),
        feature=np.where(leaf, -1, index).astype(np.int32),
        threshold=condition,
        missing_left=_numbers(tree, "default_left", count)[order] != 0,
        value=np.where(leaf, condition, 0.0)[:, None],
        cover=_covers(tree, count, order),
    )


def _numeric_only(tree: Mapping[str, Any], count: int, order: npt.NDArray[np.int64]) -> None:
    kinds = _numbers(tree, "split_type", count) if "split_type" in tree else np.zeros(count)
    if kinds[order].any() or len(tree.get("categories_nodes", ())):
        raise Rejected(ModelCode.CATEGORICAL)


def _covers(tree: Mapping[str, Any], count: int, order: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The stated hessian sums; zero where there are none."""
    covers = _numbers(tree, "sum_hessian", count)[order] if "sum_hessian" in tree else np.zeros(len(order))
    return np.where(np.isfinite(covers), covers, 0.0)


def _names(learner: Mapping[str, Any], features: int) -> tuple[str, ...]:
    names = learner.get("feature_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Rejected(ModelCode.KEY, detail="feature_names")
    return tuple(names) if len(names) == features else ()


def _part(value: Any, key: str) -> Mapping[str, Any]:
    part = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(part, Mapping):
        raise Rejected(ModelCode.KEY, detail=key)
    return part


def _text(value: Mapping[str, Any], key: str, absent: str) -> str:
    text = value.get(key, absent)
    if not isinstance(text, str) or len(text) > 64 * MOST_OUTPUTS:
        raise Rejected(ModelCode.KEY, detail=key)
    return text


def _whole(value: Mapping[str, Any], key: str, low: int, high: int, absent: int | None = None) -> int:
    text = _text(value, key, "" if absent is None else str(absent))
    if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise Rejected(ModelCode.KEY, detail=key)
    return int(text)


def _numbers(value: Mapping[str, Any], key: str, count: int) -> npt.NDArray[np.float64]:
    """Float64[count] under `key`; whole numbers up to 2**31 stay exact."""
    found = value.get(key)
    if isinstance(found, list):
        if not set(map(type, found)) <= {int, float, bool}:
            raise Rejected(ModelCode.TREE, detail=f"{key} is no list of numbers")
        found = np.array([_bounded(number) for number in found], np.float64)
    if not isinstance(found, np.ndarray) or len(found) != count:
        raise Rejected(ModelCode.TREE, detail=f"{key} is not as long as the tree")
    return found.astype(np.float64)


def _wholes(value: Mapping[str, Any], key: str, count: int) -> npt.NDArray[np.int64]:
    found = _numbers(value, key, count)
    if not (np.abs(found) < 2**40).all() or (found != np.floor(found)).any():
        raise Rejected(ModelCode.TREE, detail=f"{key} is no list of whole numbers")
    return found.astype(np.int64)


def _bounded(number: float) -> float:
    """A JSON integer may be longer than any float."""
    return float(number) if isinstance(number, float) or abs(number) < 2**63 else math.nan
