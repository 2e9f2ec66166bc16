"""Ensembles of three libraries as plain arrays, read in the tests' own way, and small random ones."""

import json
from typing import Any

import numpy as np

from audits.trees import Trees, trees_check


def joined(parts: list[dict[str, np.ndarray]], base: Any, features: int, **more: Any) -> Trees:
    """Trees one after the other; children are counted from each tree's own first node."""
    starts = np.cumsum([0, *(len(part["left"]) for part in parts)])
    shifted = [
        {name: np.where(part[name] < 0, -1, part[name] + start) for name in ("left", "right")}
        for part, start in zip(parts, starts[:-1], strict=True)
    ]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name not in ("left", "right")}
    children = {name: np.concatenate([part[name] for part in shifted]).astype(np.int32) for name in ("left", "right")}
    leaf = children["left"] < 0
    whole["feature"] = np.where(leaf, -1, whole["feature"]).astype(np.int32)
    whole["threshold"] = np.where(leaf, 0.0, whole["threshold"])
    whole["value"] = np.where(leaf[:, None], whole["value"], 0.0)
    return trees_check(
        Trees(
            roots=starts[:-1].astype(np.int32),
            base=np.asarray(base, float),
            features=features,
            **children,
            **whole,
            **more,
        )
    )


def trees_of_xgboost(booster: Any) -> Trees:
    """XGBoost's own JSON; one leaf column an output group."""
    learner = json.loads(booster.save_raw("json"))["learner"]
    shape, model = learner["learner_model_param"], learner["gradient_booster"]["model"]
    groups = max(1, int(shape["num_class"]))
    name = learner["objective"]["name"]
    score = np.array(json.loads(shape["base_score"]), dtype=float).ravel()
    base = np.broadcast_to(np.log(score / (1 - score)) if name == "binary:logistic" else score, groups)
    parts = []
    for tree, group in zip(model["trees"], model["tree_info"], strict=True):
        left = np.array(tree["left_children"])
        value = np.zeros((len(left), groups))
        value[:, group] = tree["split_conditions"]
        parts.append(
            {
                "left": left,
                "right": np.array(tree["right_children"]),
                "feature": np.array(tree["split_indices"]),
                "threshold": np.array(tree["split_conditions"], dtype=np.float32).astype(float),
                "missing_left": np.array(tree["default_left"], dtype=bool),
                "value": value,
                "cover": np.array(tree["sum_hessian"], dtype=float),
            }
        )
    link = {"binary:logistic": "logistic", "multi:softprob": "softmax"}.get(name, "identity")
    return joined(parts, base, int(shape["num_feature"]), compare="lt", single=True, link=link)


def trees_of_lightgbm(booster: Any) -> Trees:
    """LightGBM's dump; numbers only."""
    dump = booster.dump_model()
    parts = []
    for info in dump["tree_info"]:
        nodes: list[dict[str, Any]] = []
        _walk(info["tree_structure"], nodes)
        parts.append({name: np.array([node[name] for node in nodes]) for name in nodes[0]})
        parts[-1]["value"] = parts[-1]["value"][:, None].astype(float)
    link = "logistic" if dump["objective"].startswith("binary") else "identity"
    return joined(parts, [0.0], dump["max_feature_idx"] + 1, compare="le", single=False, link=link)


def _walk(node: dict[str, Any], nodes: list[dict[str, Any]]) -> int:
    place = len(nodes)
    if "leaf_value" in node:
        cover = float(node.get("leaf_count", 1))
        leaf = {"left": -1, "right": -1, "feature": -1, "threshold": 0.0, "missing_left": False}
        nodes.append({**leaf, "value": node["leaf_value"], "cover": cover})
        return place
    asked = {"feature": node["split_feature"], "threshold": node["threshold"], "missing_left": node["default_left"]}
    nodes.append({"left": -1, "right": -1, **asked, "value": 0.0, "cover": float(node["internal_count"])})
    nodes[place]["left"] = _walk(node["left_child"], nodes)
    nodes[place]["right"] = _walk(node["right_child"], nodes)
    return place


def trees_of_forest(forest: Any) -> Trees:
    """scikit-learn's forests: the mean of the trees' shares or values."""
    parts = []
    for one in forest.estimators_:
        tree = one.tree_
        value = tree.value[:, 0, :]
        value = value / value.sum(axis=1, keepdims=True) if hasattr(forest, "classes_") else value
        parts.append(
            {
                "left": tree.children_left,
                "right": tree.children_right,
                "feature": tree.feature,
                "threshold": tree.threshold,
                "missing_left": tree.missing_go_to_left.astype(bool),
                "value": value / len(forest.estimators_),
                "cover": tree.weighted_n_node_samples,
            }
        )
    base = np.zeros(parts[0]["value"].shape[1])
    return joined(parts, base, forest.n_features_in_, compare="le", single=True, link="identity")


def grown(rng: np.random.Generator, features: int, trees: int, depth: int, outputs: int = 1, **more: Any) -> Trees:
    """Random trees over few thresholds, so that features come again and ties happen; covers add up."""
    parts = []
    for _ in range(trees):
        nodes: list[dict[str, Any]] = []
        _grow(rng, nodes, features, depth, outputs, float(rng.integers(20, 200)))
        parts.append({name: np.array([node[name] for node in nodes]) for name in nodes[0]})
    how = {"compare": "le", "single": False, "link": "identity", **more}
    return joined(parts, rng.normal(size=outputs), features, **how)


def _grow(rng: Any, nodes: list[dict[str, Any]], features: int, depth: int, outputs: int, cover: float) -> int:
    place = len(nodes)
    node = {"left": -1, "right": -1, "feature": -1, "threshold": 0.0, "missing_left": False, "cover": cover}
    nodes.append({**node, "value": rng.normal(size=outputs)})
    if depth == 0 or rng.random() < 0.15:
        return place
    share = rng.uniform(0.05, 0.95)
    asked = {
        "feature": rng.integers(features),
        "threshold": rng.integers(-2, 3) / 2,
        "missing_left": rng.random() < 0.5,
    }
    left = _grow(rng, nodes, features, depth - 1, outputs, cover * share)
    right = _grow(rng, nodes, features, depth - 1, outputs, cover * (1 - share))
    nodes[place] |= {**asked, "left": left, "right": right}
    return place
