"""The trees of an ONNX graph that is a tree ensemble and nothing else, as plain arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, ModelProto, NodeProto

from audits.sandbox.models.forest import Tree, renumbered, trees_joined, walk_order
from audits.sandbox.models.onnx_lengths import attributes_of, ensemble_trees
from audits.trees import Compare, Floats, Link, Trees

_ENSEMBLES = {"TreeEnsembleClassifier": "class", "TreeEnsembleRegressor": "target"}
_PASSING = ("Identity", "Cast")
_LINKS: dict[bytes, Link] = {b"NONE": "identity", b"LOGISTIC": "logistic", b"SOFTMAX": "softmax"}
_COMPARES: dict[bytes, Compare] = {b"BRANCH_LEQ": "le", b"BRANCH_LT": "lt"}


def onnx_trees(checked: ModelProto, output: str, features: int) -> Trees | None:
    """The trees behind `output`, or None: other operators on the way, or other comparisons.

    nodes_hitrates are the covers. Converters often write 1 everywhere, which does not add up and so stands for unknown.
    """
    node = _ensemble(checked.graph, output)
    if node is None:
        return None
    stated = attributes_of(node)
    modes = set(stated["nodes_modes"]) - {b"LEAF"}
    link = _LINKS.get(stated.get("post_transform", b"NONE"))
    if (
        len(modes) > 1
        or not modes <= set(_COMPARES)
        or link is None
        or stated.get("aggregate_function", b"SUM") != b"SUM"
    ):
        return None
    weights, base = _weights(stated, _ENSEMBLES[node.op_type])
    trees = [_tree(stated, weights, *parts) for parts in ensemble_trees(stated, node.op_type)]
    if node.op_type == "TreeEnsembleClassifier":
        trees, base = _two_classes(trees, base, stated, link)
    if link == "softmax" and len(base) == 1:
        return None
    compare = _COMPARES[modes.pop()] if modes else "le"
    single = "nodes_values_as_tensor" not in stated
    return trees_joined(trees, base, features, compare=compare, single=single, link=link)


def _ensemble(graph: GraphProto, output: str) -> NodeProto | None:
    """The ensemble between the graph's only input and `output`, with nothing but casts around it."""
    makers = {name: node for node in graph.node for name in node.output}
    node = _behind(makers, output)
    if node is None or node.op_type not in _ENSEMBLES or (node.op_type.endswith("Classifier") and len(node.output) < 2):
        return None
    source, asked = makers.get(node.input[0]), node.input[0]
    while source is not None and source.op_type in _PASSING:
        asked = source.input[0]
        source = makers.get(asked)
    return node if source is None and asked in {value.name for value in graph.input} else None


def _behind(makers: dict[str, NodeProto], name: str) -> NodeProto | None:
    node = makers.get(name)
    while node is not None and node.op_type in _PASSING:
        node = makers.get(node.input[0])
    return node


def _weights(stated: dict[str, Any], kind: str) -> tuple[dict[tuple[int, int], list[tuple[int, float]]], Floats]:
    """What each (tree, node) adds to which output, and the base of each."""
    if kind == "class":
        outputs = len(stated.get("classlabels_int64s", ())) + len(stated.get("classlabels_strings", ()))
    else:
        outputs = int(stated.get("n_targets", 1))
    numbers = stated.get(f"{kind}_weights_as_tensor", stated.get(f"{kind}_weights", ()))
    found: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for tree, node, output, weight in zip(
        stated[f"{kind}_treeids"], stated[f"{kind}_nodeids"], stated[f"{kind}_ids"], numbers, strict=True
    ):
        found.setdefault((tree, node), []).append((output, float(weight)))
    base = np.asarray(stated.get("base_values_as_tensor", stated.get("base_values", ())), np.float64)
    return found, np.broadcast_to(base if len(base) else np.zeros(1), (outputs,)).copy()


def _tree(
    stated: dict[str, Any],
    weights: dict[tuple[int, int], list[tuple[int, float]]],
    places: npt.NDArray[np.int64],
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
) -> Tree:
    order = walk_order(left, right)
    stand = places[order]
    outputs = len(stated.get("classlabels_int64s", ())) + len(stated.get("classlabels_strings", ()))
    value = np.zeros((len(order), outputs or int(stated.get("n_targets", 1))))
    tree = stated["nodes_treeids"][places[0]]
    for row, node in enumerate(order):
        for output, weight in weights.get((tree, int(node)), ()):
            value[row, output] += weight
    thresholds = np.asarray(stated.get("nodes_values_as_tensor", stated.get("nodes_values")), np.float64)
    tracks = np.asarray(stated.get("nodes_missing_value_tracks_true") or np.zeros(len(thresholds)))
    return Tree(
        left=renumbered(left, order),
        right=renumbered(right, order),
        feature=np.asarray(stated["nodes_featureids"], np.int32)[stand],
        threshold=thresholds[stand],
        missing_left=tracks[stand] != 0,
        value=value,
        cover=_covers(stated)[stand],
    )


def _covers(stated: dict[str, Any]) -> Floats:
    rates = stated.get("nodes_hitrates_as_tensor", stated.get("nodes_hitrates", ()))
    return np.asarray(rates, np.float64) if len(rates) else np.ones(len(stated["nodes_nodeids"]))


def _two_classes(trees: list[Tree], base: Floats, stated: dict[str, Any], link: Link) -> tuple[list[Tree], Floats]:
    """Two classes whose weights are all of one: that one's margin or probability, as ONNX completes it to a pair."""
    ids = set(stated["class_ids"])
    if len(base) != 2 or len(ids) != 1:
        return trees, base
    (one,) = ids
    stated_base = np.asarray(stated.get("base_values_as_tensor", stated.get("base_values", ())), np.float64)
    own = stated_base[-1:] if len(stated_base) else np.zeros(1)
    if link == "logistic":
        return [_with(tree, tree.value[:, [one]]) for tree in trees], own
    pairs = [_with(tree, tree.value[:, [one]] * np.array([-1.0, 1.0])) for tree in trees]
    return pairs, np.concatenate([1 - own, own])


def _with(tree: Tree, value: Floats) -> Tree:
    return Tree(tree.left, tree.right, tree.feature, tree.threshold, tree.missing_left, value, tree.cover)
