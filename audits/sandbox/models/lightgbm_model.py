"""LightGBM models in the cage: the checked text written anew, loaded from memory, answered with one thread."""

import logging
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from audits.interface import Interface
from audits.sandbox.limits import Limits
from audits.sandbox.models.forest import Tree, renumbered, trees_joined, trees_proved
from audits.sandbox.models.inputs import features_fit, numbers_only
from audits.sandbox.models.lightgbm_check import Light, LightTree, children, light, text_of
from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.trees import Floats, Trees

RUNTIME = f"lightgbm {lightgbm.__version__}"
_DEFAULT_LEFT, _MISSING = 2, 12
_MISSING_ZERO, _MISSING_NAN = 4, 8

# It prints to standard output, which is not its own here.
_log = logging.getLogger("audits.sandbox.lightgbm")
_log.addHandler(logging.NullHandler())
_log.propagate = False
lightgbm.register_logger(_log)


@dataclass
class LightgbmModel:
    """Answers (1 - p, p) for two classes, all classes for more, else one value an output."""

    outputs: int
    booster: Any
    trees: Trees | None = None
    format: str = "lightgbm-text"
    runtime: str = RUNTIME

    def answers(self, batch: Batch) -> Floats:
        """Float64[rows, outputs]."""
        found = np.asarray(self.booster.predict(batch.numbers, num_threads=1), np.float64).reshape(batch.rows, -1)
        return np.hstack([1 - found, found]) if self.outputs == 2 and found.shape[1] == 1 else found


def lightgbm_load(data: bytes, form: str, interface: Interface, _limits: Limits) -> LightgbmModel:
    """The model in `data`. Raises Rejected."""
    checked = light(data)
    numbers_only(interface)
    features_fit(interface, checked.features, checked.names)
    outputs = 2 if checked.link == "logistic" and checked.groups == 1 else checked.groups
    model = LightgbmModel(outputs, native(text_of(checked)))
    model.trees = trees_proved(lightgbm_trees(checked), model)
    return model


def native(text: bytes) -> Any:
    """LightGBM's own model of a text of ours."""
    try:
        return lightgbm.Booster(params={"num_threads": 1, "verbosity": -1}, model_str=text.decode("ascii"))
    except lightgbm.basic.LightGBMError as error:
        raise Rejected(ModelCode.LOADER, detail=str(error)) from None


def lightgbm_trees(checked: Light) -> Trees | None:
    """The checked trees; None where zero means missing, or the answers are no such link of the margins."""
    zero = any((tree.decision & _MISSING == _MISSING_ZERO).any() for tree in checked.trees)
    if zero or checked.link in ("exp", "square"):
        return None
    scale = checked.sigmoid if checked.link == "logistic" else 1.0
    scale /= len(checked.trees) // checked.groups if checked.averaged else 1
    trees = [_ordered(tree, place % checked.groups, checked.groups, scale) for place, tree in enumerate(checked.trees)]
    base = np.zeros(checked.groups)
    return trees_joined(trees, base, checked.features, compare="le", single=False, link=checked.link)  # type: ignore[arg-type]


def _ordered(tree: LightTree, group: int, groups: int, scale: float) -> Tree:
    left, right = children(tree.left, tree.right, len(tree.leaf))
    order = tree.order
    none = np.zeros(len(tree.leaf))
    threshold = np.concatenate([tree.threshold, none])
    decision = np.concatenate([tree.decision, none.astype(np.int64)])
    # Where a split knows no missing values, NaN is taken as 0.
    goes_left = np.where(decision & _MISSING == _MISSING_NAN, decision & _DEFAULT_LEFT != 0, threshold >= 0)
    value = np.zeros((len(order), groups))
    value[:, group] = np.concatenate([np.zeros(len(tree.left)), tree.leaf * scale])[order]
    return Tree(
        left=renumbered(left, order),
        right=renumbered(right, order),
        feature=np.concatenate([tree.feature, none.astype(np.int64)])[order].astype(np.int32),
        threshold=threshold[order],
        missing_left=goes_left[order],
        value=value,
        cover=np.concatenate([tree.inner_count, tree.leaf_count])[order],
    )


def golden(form: str) -> bytes:
    """A stump of our own making, to warm the library with."""
    zero = np.zeros(1, np.int64)
    ones = np.ones(2)
    stump = LightTree(
        zero, np.array([0.5]), zero, zero - 1, zero - 2, np.array([-1.0, 1.0]), np.array([2.0]), ones, np.arange(3)
    )
    return text_of(Light(1, ("f0",), 1, "logistic", 1.0, False, (stump,)))
