"""A LightGBM text model read line by line in plain Python, checked, and written anew.

LightGBM's own reader aborts the process on nearly every damaged file, so it sees nothing but text of ours. Accepted:
gbdt, goss, dart and rf with a number in each leaf and numeric splits. Importances and training parameters are dropped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from audits.sandbox.models.forest import MOST_LOADED_NODES, MOST_TREES, walk_order
from audits.sandbox.models.shape import ModelCode, Rejected
from audits.trees import MOST_OUTPUTS, Floats

MOST_BYTES = 192 * 1024**2
MOST_FEATURES = 100_000
LONGEST_HEADER = 64 * 1024**2

Link = Literal["identity", "logistic", "softmax", "exp", "square"]
Whole = npt.NDArray[np.int64]

_HEADER = {
    "version",
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "feature_names",
    "monotone_constraints",
    "feature_infos",
    "tree_sizes",
}
_TREE = {
    "num_leaves",
    "num_cat",
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "internal_value",
    "internal_weight",
    "internal_count",
    "is_linear",
    "shrinkage",
}
_CATEGORIES = {"cat_boundaries", "cat_threshold"}
_LINEAR = {"leaf_const", "num_features", "leaf_features", "leaf_coeff"}
_LINKS: dict[str, Link] = {
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), "identity"),
    **dict.fromkeys(("lambdarank", "rank_xendcg", "custom"), "identity"),
    **dict.fromkeys(("binary", "cross_entropy", "multiclassova"), "logistic"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
    "multiclass": "softmax",
}
# As LightGBM writes them. Python's own float takes 1_0 and other alphabets' digits, where LightGBM stops reading.
_FLOAT = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,4})?")
_WHOLE = re.compile(r"-?[0-9]{1,10}")
_WHOLES = re.compile(r"(-?[0-9]{1,10}( -?[0-9]{1,10})*)?")
_SIGMOID = re.compile(r"[0-9]{1,6}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?")


@dataclass(frozen=True)
class LightTree:
    """A tree as LightGBM numbers it: `split` arrays have one place an inner node; a child ~i is leaf i."""

    feature: Whole
    threshold: Floats
    decision: Whole
    left: Whole
    right: Whole
    leaf: Floats
    inner_count: Floats
    leaf_count: Floats
    order: Whole  # of the nodes from the root on, the leaves counted behind the inner nodes


@dataclass(frozen=True)
class Light:
    """What a LightGBM model is, as checked values. Tree i belongs to output i modulo `groups`."""

    features: int
    names: tuple[str, ...]
    groups: int
    link: Link
    sigmoid: float
    averaged: bool
    trees: tuple[LightTree, ...]


def light(data: bytes) -> Light:
    """The model in LightGBM's text. Raises Rejected with the rule it breaks."""
    if len(data) > MOST_BYTES:
        raise Rejected(ModelCode.SIZE, number=MOST_BYTES)
    try:
        head, *blocks = re.split(r"^(?=Tree=)", data.decode("utf-8").replace("\r\n", "\n"), flags=re.MULTILINE)
    except UnicodeDecodeError:
        raise Rejected(ModelCode.BROKEN, detail="text that is not UTF-8") from None
    if not 1 <= len(blocks) <= MOST_TREES:
        raise Rejected(ModelCode.COUNT, detail="trees", number=MOST_TREES)
    last, end, _ = blocks[-1].partition("\nend of trees\n")
    if not end or len(head) > LONGEST_HEADER:
        raise Rejected(ModelCode.BROKEN, detail="no end of trees")
    blocks[-1] = last + "\n"
    return _light(head, blocks)


def _light(head: str, blocks: list[str]) -> Light:
    lines = head.split("\n")
    averaged = "average_output" in lines
    stated = _pairs([line for line in lines[1:] if line != "average_output"], _HEADER)
    if stated.get("version") not in ("v3", "v4"):
        raise Rejected(ModelCode.KEY, detail="version")
    features = 1 + _whole(stated, "max_feature_idx", 0, MOST_FEATURES - 1)
    groups = _whole(stated, "num_tree_per_iteration", 1, MOST_OUTPUTS)
    link, sigmoid = _objective(stated.get("objective", "custom"), groups)
    if _whole(stated, "num_class", 1, MOST_OUTPUTS) != groups or len(blocks) % groups:
        raise Rejected(ModelCode.TREE, detail="trees that are no whole number of rounds")
    names = tuple(stated.get("feature_names", "").split(" "))
    if len(names) != features:
        raise Rejected(ModelCode.TREE, detail="feature_names is not as long as max_feature_idx says")
    trees = tuple(_tree(block, place, features) for place, block in enumerate(blocks))
    _sizes_check(stated, blocks)
    return Light(features, names, groups, link, sigmoid, averaged, trees)


def _sizes_check(stated: Mapping[str, str], blocks: list[str]) -> None:
    """Each tree as long as the header says; an older file may leave the sizes out."""
    if "tree_sizes" not in stated:
        return
    sizes = [len(block.encode("utf-8")) for block in blocks]
    if stated["tree_sizes"].split(" ") != [str(size) for size in sizes]:
        raise Rejected(ModelCode.TREE, detail="tree_sizes")


def _objective(text: str, groups: int) -> tuple[Link, float]:
    name, *rest = text.split(" ")
    link, sigmoid = _LINKS.get(name), 1.0
    if link is None:
        raise Rejected(ModelCode.OBJECTIVE, detail=text)
    for part in rest:
        key, _, value = part.partition(":")
        if key == "sigmoid" and _SIGMOID.fullmatch(value) and 0 < float(value) < 1e6 and link == "logistic":
            sigmoid = float(value)
        elif part == "sqrt" and name.startswith("regression"):
            link = "square"
        elif key != "num_class" or value != str(groups):
            raise Rejected(ModelCode.OBJECTIVE, detail=text)
    if (name.startswith("multiclass") and groups < 2) or (
        name not in ("multiclass", "multiclassova", "custom") and groups > 1
    ):
        raise Rejected(ModelCode.OBJECTIVE, detail=f"{name} with {groups} outputs")
    return link, sigmoid


def _tree(block: str, place: int, features: int) -> LightTree:
    first, *lines = block.split("\n")
    if first != f"Tree={place}":
        raise Rejected(ModelCode.TREE, detail=f"Tree={place} is not in its place")
    stated = _pairs(lines, _TREE | _CATEGORIES | _LINEAR)
    if stated.get("is_linear", "0") != "0" or _LINEAR & set(stated):
        raise Rejected(ModelCode.LINEAR)
    if stated.get("num_cat", "0") != "0" or _CATEGORIES & set(stated):
        raise Rejected(ModelCode.CATEGORICAL)
    leaves = _whole(stated, "num_leaves", 1, MOST_LOADED_NODES)
    inner = leaves - 1
    left, right = (_wholes(stated, key, inner, -leaves, inner - 1) for key in ("left_child", "right_child"))
    order = walk_order(*children(left, right, leaves))
    if len(order) != inner + leaves:
        raise Rejected(ModelCode.TREE, detail="a leaf that no split leads to")
    tree = LightTree(
        feature=_wholes(stated, "split_feature", inner, 0, features - 1),
        threshold=_floats(stated, "threshold", inner),
        decision=_wholes(stated, "decision_type", inner, 0, 15),
        left=left,
        right=right,
        leaf=_floats(stated, "leaf_value", leaves),
        inner_count=_counts(stated, "internal_count", inner),
        leaf_count=_counts(stated, "leaf_count", leaves),
        order=order,
    )
    if (tree.decision & 1).any():
        raise Rejected(ModelCode.CATEGORICAL)
    return tree


def children(left: Whole, right: Whole, leaves: int) -> tuple[Whole, Whole]:
    """Left and right child of each node when the leaves stand behind the inner nodes; -1 at a leaf."""
    inner, none = len(left), np.full(leaves, -1, np.int64)
    left, right = (np.where(child < 0, inner + ~child, child) for child in (left, right))
    return np.concatenate([left, none]), np.concatenate([right, none])


def text_of(model: Light) -> bytes:
    """The model written anew, with nothing in it but checked values."""
    blocks = [_tree_text(tree, place) for place, tree in enumerate(model.trees)]
    objective = {
        "identity": "regression" if model.groups == 1 else "",
        "square": "regression sqrt",
        "logistic": f"binary sigmoid:{model.sigmoid!r}",
        "softmax": f"multiclass num_class:{model.groups}",
        "exp": "poisson",
    }[model.link]
    if model.link == "logistic" and model.groups > 1:
        objective = f"multiclassova num_class:{model.groups} sigmoid:{model.sigmoid!r}"
    lines = [
        "tree",
        "version=v4",
        f"num_class={model.groups}",
        f"num_tree_per_iteration={model.groups}",
        "label_index=0",
        f"max_feature_idx={model.features - 1}",
        *([f"objective={objective}"] if objective else []),
        *(["average_output"] if model.averaged else []),
        "feature_names=" + " ".join(f"f{place}" for place in range(model.features)),
        "feature_infos=" + " ".join(["none"] * model.features),
        "tree_sizes=" + " ".join(str(len(block)) for block in blocks),
        "",
        "".join(blocks) + "end of trees",
        "",
        "pandas_categorical:null",
        "",
    ]
    return "\n".join(lines).encode("ascii")


def _tree_text(tree: LightTree, place: int) -> str:
    inner = len(tree.left)
    arrays: list[tuple[str, Any]] = [("leaf_value", tree.leaf)]
    if inner:
        arrays += [
            ("split_feature", tree.feature),
            ("split_gain", np.zeros(inner, np.int64)),
            ("threshold", tree.threshold),
            ("decision_type", tree.decision),
            ("left_child", tree.left),
            ("right_child", tree.right),
            ("leaf_weight", np.zeros(inner + 1, np.int64)),
            ("leaf_count", np.zeros(inner + 1, np.int64)),
            ("internal_value", np.zeros(inner, np.int64)),
            ("internal_weight", np.zeros(inner, np.int64)),
            ("internal_count", np.zeros(inner, np.int64)),
        ]
    lines = [f"Tree={place}", f"num_leaves={inner + 1}", "num_cat=0"]
    lines += [f"{key}=" + " ".join(map(repr, values.tolist())) for key, values in arrays]
    return "\n".join([*lines, "is_linear=0", "shrinkage=1", "", "", ""])


def _pairs(lines: list[str], known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, lines):
        key, equals, value = line.partition("=")
        if not equals or key not in known:
            raise Rejected(ModelCode.KEY, detail=key)
        if key in found:
            raise Rejected(ModelCode.DUPLICATE, detail=key)
        found[key] = value
    return found


def _whole(stated: Mapping[str, str], key: str, low: int, high: int) -> int:
    text = stated.get(key, "")
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise Rejected(ModelCode.KEY, detail=key)
    return int(text)


def _wholes(stated: Mapping[str, str], key: str, count: int, low: int, high: int) -> Whole:
    if not _WHOLES.fullmatch(stated.get(key, "")):
        raise Rejected(ModelCode.TREE, detail=f"{key} is no list of whole numbers")
    found = _parsed(stated, key, count, int)
    if not ((found >= low) & (found <= high)).all():
        raise Rejected(ModelCode.TREE, detail=f"{key} out of range")
    return found.astype(np.int64)


def _floats(stated: Mapping[str, str], key: str, count: int) -> Floats:
    found = _parsed(stated, key, count, _float)
    if not np.isfinite(found).all():
        raise Rejected(ModelCode.TREE, detail=f"{key} is not finite")
    return found


def _float(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise ValueError(text[:20])
    return float(text)


def _counts(stated: Mapping[str, str], key: str, count: int) -> Floats:
    """Training rows, for explanations; zeros where the file has none."""
    return _floats(stated, key, count) if key in stated else np.zeros(count)


def _parsed(stated: Mapping[str, str], key: str, count: int, read: Callable[[str], float]) -> Floats:
    texts = stated.get(key, "").split(" ") if stated.get(key) else []
    if len(texts) != count:
        raise Rejected(ModelCode.TREE, detail=f"{key} is not as long as the tree")
    try:
        return np.array([read(text) for text in texts], np.float64)
    except ValueError:
        raise Rejected(ModelCode.TREE, detail=f"{key} is no list of numbers") from None
