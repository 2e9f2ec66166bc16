"""The trees of a scikit-learn estimator as plain arrays, where they are all there is to it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from audits.sandbox.models.forest import Tree, renumbered, trees_joined, walk_order
from audits.trees import Floats, Link, Trees

_TREES = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
_FORESTS = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)
_BOOSTINGS = (GradientBoostingClassifier, GradientBoostingRegressor)
_HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
_IDENTITY_LOSSES = ("squared_error", "absolute_error", "quantile", "huber")


def sklearn_trees(estimator: Any, places: Sequence[int] | None, features: int) -> Trees | None:
    """The trees of a checked estimator, or None. `places` says which feature each of its columns is."""
    inner = _only_step(estimator)
    read: Callable[[Any], tuple[list[Tree], Floats, Link, bool] | None] | None = next(
        (
            reader
            for kinds, reader in (
                (_TREES, _one_tree),
                (_FORESTS, _forest),
                (_BOOSTINGS, _boosting),
                (_HISTOGRAMS, _histogram),
            )
            if type(inner) in kinds
        ),
        None,
    )
    found = read(inner) if read is not None and places is not None else None
    if found is None or places is None:
        return None
    trees, base, link, single = found
    place = np.asarray(places, np.int32)
    moved = [
        Tree(tree.left, tree.right, place[tree.feature], tree.threshold, tree.missing_left, tree.value, tree.cover)
        for tree in trees
    ]
    return trees_joined(moved, base, features, compare="le", single=single, link=link)


def _only_step(estimator: Any) -> Any:
    """What is left of a pipeline whose other steps do nothing, and of a finished search."""
    while True:
        if isinstance(estimator, Pipeline) and all(step in (None, "passthrough") for _, step in estimator.steps[:-1]):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, GridSearchCV | RandomizedSearchCV):
            estimator = estimator.best_estimator_
        else:
            return estimator


def _one_tree(model: Any) -> tuple[list[Tree], Floats, Link, bool]:
    tree = _tree(model.tree_, 1.0)
    return [tree], np.zeros(tree.value.shape[1]), "identity", True


def _forest(model: Any) -> tuple[list[Tree], Floats, Link, bool]:
    trees = [_tree(one.tree_, 1 / len(model.estimators_)) for one in model.estimators_]
    return trees, np.zeros(trees[0].value.shape[1]), "identity", True


def _boosting(model: Any) -> tuple[list[Tree], Floats, Link, bool] | None:
    plain = isinstance(model.init_, str) or type(model.init_) in (DummyClassifier, DummyRegressor)
    classifier = isinstance(model, GradientBoostingClassifier)
    if not plain or not (classifier or model.loss in _IDENTITY_LOSSES):
        return None
    # The exponential loss is twice as steep as the logistic one.
    scale = 2.0 if classifier and model.loss == "exponential" else 1.0
    groups = model.n_trees_per_iteration_
    base = model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32))[0] * scale
    trees = [
        _tree(stage.tree_, model.learning_rate * scale, (group, groups))
        for row in model.estimators_
        for group, stage in enumerate(row)
    ]
    link: Link = "identity" if not classifier else "logistic" if groups == 1 else "softmax"
    return trees, np.asarray(base, np.float64), link, True


def _histogram(model: Any) -> tuple[list[Tree], Floats, Link, bool] | None:
    classifier = isinstance(model, HistGradientBoostingClassifier)
    if not classifier and model.loss not in _IDENTITY_LOSSES:
        return None
    groups = model.n_trees_per_iteration_
    trees = [
        _histogram_tree(predictor.nodes, group, groups)
        for row in model._predictors
        for group, predictor in enumerate(row)
    ]
    link: Link = "identity" if not classifier else "logistic" if groups == 1 else "softmax"
    return trees, np.asarray(model._baseline_prediction, np.float64).ravel(), link, False


def _tree(tree: Any, scale: float, group: tuple[int, int] | None = None) -> Tree:
    """A tree whose leaves add their value times `scale`: to every output, or to one of several."""
    left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
    order = walk_order(left, right)
    value = tree.value[order, 0, :] * scale
    if group is not None:
        spread = np.zeros((len(order), group[1]))
        spread[:, group[0]] = value[:, 0]
        value = spread
    return Tree(
        left=renumbered(left, order),
        right=renumbered(right, order),
        feature=np.maximum(tree.feature[order], 0).astype(np.int32),
        threshold=tree.threshold[order],
        missing_left=tree.missing_go_to_left[order] != 0,
        value=value,
        cover=tree.weighted_n_node_samples[order],
    )


def _histogram_tree(nodes: Any, group: int, groups: int) -> Tree:
    leaf = nodes["is_leaf"] != 0
    left, right = (np.where(leaf, -1, nodes[key].astype(np.int64)) for key in ("left", "right"))
    order = walk_order(left, right)
    value = np.zeros((len(order), groups))
    value[:, group] = nodes["value"][order]
    return Tree(
        left=renumbered(left, order),
        right=renumbered(right, order),
        feature=np.where(leaf, 0, nodes["feature_idx"])[order].astype(np.int32),
        threshold=nodes["num_threshold"][order].astype(np.float64),
        missing_left=nodes["missing_go_to_left"][order] != 0,
        value=value,
        cover=nodes["count"][order].astype(np.float64),
    )
