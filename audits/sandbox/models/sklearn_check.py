"""What scikit-learn's compiled code indexes without looking, looked at once before it predicts.

Trees, boosted stages and support vectors are raw arrays that point into one another. A pure Python part that lacks
something raises; a compiled part that lacks something reads past its end.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import BaseHistGradientBoosting
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm._base import BaseLibSVM, BaseSVC
from sklearn.tree import BaseDecisionTree, DecisionTreeRegressor
from sklearn.tree._tree import Tree

from audits.sandbox.models.forest import walk_order
from audits.sandbox.models.shape import ModelCode, Rejected
from audits.sandbox.models.sklearn_text import hashed_check, words_check

MOST_OBJECTS = 2_000_000


def estimator_check(root: Any) -> None:
    """Raises Rejected if a part of `root` would make compiled code read or write where it should not."""
    for part in _parts(root):
        for kind, fitted, check in _CHECKS:
            # The pattern that an ensemble copies has never seen a row and cannot predict.
            if isinstance(part, kind) and hasattr(part, fitted):
                _checked(check, part)


def _checked(check: Callable[[Any], None], part: Any) -> None:
    try:
        check(part)
    except (AttributeError, TypeError, ValueError, IndexError, KeyError) as error:
        raise Rejected(ModelCode.TREE, detail=f"{type(part).__name__}: {error}") from None


def _parts(root: Any) -> Iterator[Any]:
    """Every object that hangs on `root`."""
    waiting, count = [root], 0
    while waiting:
        part = waiting.pop()
        count += 1
        if count > MOST_OBJECTS:
            raise Rejected(ModelCode.COUNT, detail="objects", number=MOST_OBJECTS)
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | set):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            waiting.extend(part.ravel().tolist() if part.dtype == object else [])
        elif hasattr(part, "__dict__") and type(part).__module__.startswith("sklearn."):
            yield part
            waiting.extend(vars(part).values())


def _need(holds: Any, rule: str) -> None:
    if not holds:
        raise Rejected(ModelCode.TREE, detail=rule)


def _decision_tree(model: BaseDecisionTree) -> None:
    tree = model.tree_
    _need(type(tree) is Tree and tree.node_count == tree.capacity >= 1, "a tree with another number of nodes")
    _need(tree.n_features == model.n_features_in_ and tree.n_outputs == 1, "a tree for another number of features")
    left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
    _need(len(walk_order(left, right)) == len(left), "a node that no root leads to")
    inner = left >= 0
    _need(((tree.feature >= 0) & (tree.feature < tree.n_features))[inner].all(), "a feature out of range")
    _need(not np.isnan(tree.threshold[inner]).any() and np.isfinite(tree.value).all(), "a number that is not finite")


def _forest(model: BaseForest) -> None:
    trees = list(model.estimators_)
    _need(trees and all(isinstance(tree, BaseDecisionTree) and hasattr(tree, "tree_") for tree in trees), "trees")
    _need({tree.n_features_in_ for tree in trees} == {model.n_features_in_}, "trees for different features")


def _boosting(model: BaseGradientBoosting) -> None:
    stages = model.estimators_
    _need(isinstance(stages, np.ndarray) and stages.ndim == 2 and stages.size, "stages that are no table")
    _need(stages.shape[1] == model.n_trees_per_iteration_, "stages of another width than the model's")
    trees = all(type(tree) is DecisionTreeRegressor and hasattr(tree, "tree_") for tree in stages.ravel())
    _need(trees, "a stage that is no tree")
    _need({tree.n_features_in_ for tree in stages.ravel()} == {model.n_features_in_}, "trees for different features")


def _histogram(model: BaseHistGradientBoosting) -> None:
    _need(model._predictors and {len(row) for row in model._predictors} == {model.n_trees_per_iteration_}, "its rounds")
    for row in model._predictors:
        for predictor in row:
            histogram_nodes_check(predictor.nodes, model.n_features_in_)
    if np.any(model._bin_mapper.is_categorical_) or model._preprocessor is not None:
        raise Rejected(ModelCode.CATEGORICAL)
    _need(not getattr(model, "_in_fit", False), "a model that says it is still being trained")


def histogram_nodes_check(nodes: Any, features: int) -> None:
    """One tree of a histogram booster."""
    _need(isinstance(nodes, np.ndarray) and nodes.dtype == PREDICTOR_RECORD_DTYPE and nodes.ndim == 1, "its nodes")
    leaf = nodes["is_leaf"] != 0
    left, right = (np.where(leaf, -1, nodes[key].astype(np.int64)) for key in ("left", "right"))
    _need(len(walk_order(left, right)) == len(left), "a node that no root leads to")
    if nodes["is_categorical"][~leaf].any():
        raise Rejected(ModelCode.CATEGORICAL)
    asked = nodes["feature_idx"][~leaf]
    _need(((asked >= 0) & (asked < features)).all(), "a feature out of range")
    _need(np.isfinite(nodes["value"]).all() and not np.isnan(nodes["num_threshold"][~leaf]).any(), "not finite")


def _vectors(model: BaseLibSVM) -> None:
    support, vectors = np.asarray(model.support_), np.asarray(model.support_vectors_)
    _need(not model._sparse and vectors.ndim == 2 and vectors.shape == (len(support), model.shape_fit_[1]), "vectors")
    _need(model.shape_fit_[1] == model.n_features_in_, "vectors of another width")
    classes = len(model.classes_) if isinstance(model, BaseSVC) else 2
    pairs = classes * (classes - 1) // 2
    counts = np.asarray(model._n_support)
    _need(2 <= classes <= 10_000 and model._dual_coef_.shape == (classes - 1, len(support)), "coefficients")
    _need(np.asarray(model._intercept_).shape == (pairs,) and (counts >= 0).all(), "intercepts")
    if isinstance(model, BaseSVC):
        _need(len(counts) == classes and counts.sum() == len(support), "counts of vectors")
    _need(len(counts) >= classes, "counts of vectors")
    _need(all(len(np.asarray(part)) in (0, pairs) for part in (model._probA, model._probB)), "probabilities")
    _need(isinstance(model.kernel, str) and model.kernel != "precomputed", "a kernel of its own")


def _encoder(model: OneHotEncoder) -> None:
    """Columns of the encoding are counted anew, and the places of rare categories must be places."""
    for mapping in getattr(model, "_default_to_infrequent_mappings", None) or ():
        if mapping is not None:
            _need(((np.asarray(mapping) >= 0) & (np.asarray(mapping) < len(mapping))).all(), "rare categories")
    model._n_features_outs = model._compute_n_features_outs()


# class, the attribute without which it cannot predict, check
_CHECKS: tuple[tuple[type, str, Callable[[Any], None]], ...] = (
    (BaseDecisionTree, "tree_", _decision_tree),
    (BaseForest, "estimators_", _forest),
    (BaseGradientBoosting, "estimators_", _boosting),
    (BaseHistGradientBoosting, "_predictors", _histogram),
    (BaseLibSVM, "support_vectors_", _vectors),
    (OneHotEncoder, "categories_", _encoder),
    (CountVectorizer, "token_pattern", words_check),
    (HashingVectorizer, "token_pattern", hashed_check),
)
