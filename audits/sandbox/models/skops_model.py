"""scikit-learn models in the cage: a skops file walked and written anew, loaded by skops, checked, and asked."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import sklearn
import skops
import skops.io
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline
from skops.io.exceptions import UntrustedTypesFoundException

from audits.interface import Interface
from audits.sandbox.limits import Limits
from audits.sandbox.models.forest import trees_proved
from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.sandbox.models.sklearn_check import estimator_check
from audits.sandbox.models.sklearn_trees import sklearn_trees
from audits.sandbox.models.skops_check import skops_read
from audits.sandbox.models.skops_types import LOSSES, OBJECTS, TRUSTED
from audits.trees import Floats, Trees

RUNTIME = f"scikit-learn {sklearn.__version__} by skops {skops.__version__}"
MOST_OUTPUTS = 1_000
PROBE_ROWS = 2
_METHODS = ("predict_proba", "decision_function", "predict")

# No file can be opened in the cage: every module that a listed type lives in is here before.
for _name in OBJECTS | LOSSES:
    import_module(_name.rpartition(".")[0])

Feed = Callable[[Batch], Any]


@dataclass
class SkopsModel:
    """Answers predict_proba, else decision_function, else predict."""

    estimator: Any
    method: str
    feed: Feed
    outputs: int = 0
    trees: Trees | None = None
    format: str = "skops"
    runtime: str = RUNTIME

    def answers(self, batch: Batch) -> Floats:
        """Float64[rows, outputs]."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(getattr(self.estimator, self.method)(self.feed(batch)), np.float64)
        return found.reshape(batch.rows, -1) if found.ndim == 1 else found


def skops_load(data: bytes, form: str, interface: Interface, limits: Limits) -> SkopsModel:
    """The model in `data`. Raises Rejected."""
    estimator = _loaded(skops_read(data, limits))
    method = next((name for name in _METHODS if _has(estimator, name)), None)
    if method is None:
        raise Rejected(ModelCode.ESTIMATOR, detail=type(estimator).__name__)
    estimator_check(estimator)
    feed, places = _feed(estimator, interface)
    model = SkopsModel(estimator, method, feed)
    model.outputs = _width(model, interface)
    model.trees = trees_proved(sklearn_trees(estimator, places, len(interface.features)), model)
    return model


def _loaded(fresh: bytes) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return skops.io.loads(fresh, trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise Rejected(ModelCode.TYPE, detail=str(error)) from None
    except MemoryError:
        raise
    except Exception as error:  # whatever constructing odd data raises
        raise Rejected(ModelCode.LOADER, detail=f"{type(error).__name__}: {error}") from None


def _has(estimator: Any, name: str) -> bool:
    try:
        return type(estimator).__module__.startswith("sklearn.") and callable(getattr(estimator, name, None))
    except Exception:  # asking a pipeline asks its last step, which may be anything
        return False


def _feed(estimator: Any, interface: Interface) -> tuple[Feed, list[int] | None]:
    """How a batch becomes what the estimator takes, and for each of its columns the feature of the interface."""
    names = _names(estimator)
    if names is None:
        wanted = _features_wanted(estimator)
        made = len(interface.columns if interface.texts else interface.features)
        if wanted not in (None, made):
            raise Rejected(ModelCode.FEATURES, detail=str(made), number=wanted or 0)
        if _splits_words(_first(estimator)):
            return _text_feed(interface), None
        if interface.texts:
            return _frame_feed(list(interface.columns), interface, np.asarray), None
        return (lambda batch: batch.numbers), list(range(made))
    if sorted(names) == sorted(interface.columns) and all(len(one.features) < 2 for one in interface.inputs):
        places = [interface.features.index(name) for name in names] if not interface.texts else None
        return _frame_feed(names, interface, lambda frame: frame), places
    if sorted(names) == sorted(interface.features):
        places = [interface.features.index(name) for name in names]
        return (lambda batch: pd.DataFrame(batch.numbers[:, places], columns=names)), places
    odd = sorted(set(names) ^ set(interface.columns))
    raise Rejected(ModelCode.INPUT, detail=odd[0] if odd else "one_hot", number=len(names))


def _splits_words(part: Any) -> bool:
    """Whether the part that meets the rows takes texts and splits them itself."""
    if isinstance(part, FeatureUnion):
        return all(_splits_words(_first(one)) for _, one in part.transformer_list)
    return isinstance(part, CountVectorizer | HashingVectorizer)


def _text_feed(interface: Interface) -> Feed:
    """What a vectorizer takes: the texts of one column and nothing else."""
    if len(interface.inputs) != 1 or not interface.texts:
        raise Rejected(ModelCode.INPUT, detail="one text and nothing else", number=1)
    return lambda batch: np.asarray(batch.texts[0], dtype=object)


def _frame_feed(names: list[str], interface: Interface, finish: Callable[[pd.DataFrame], Any]) -> Feed:
    """A table of the source columns, by name: numbers as float64, texts as objects."""

    def feed(batch: Batch) -> Any:
        columns: dict[str, npt.NDArray[Any]] = {}
        number = text = 0
        for one in interface.inputs:
            if one.how == "text":
                columns[one.column] = np.asarray(batch.texts[text], dtype=object)
                text += 1
            else:
                columns[one.column] = batch.numbers[:, number]
                number += len(one.features)
        return finish(pd.DataFrame({name: pd.Series(columns[name], dtype=columns[name].dtype) for name in names}))

    return feed


def _first(estimator: Any) -> Any:
    """The part that meets the rows first: a pipeline's first step that does anything."""
    while isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        if not steps:
            raise Rejected(ModelCode.ESTIMATOR, detail="an empty pipeline")
        estimator = steps[0]
    return estimator


def _names(estimator: Any) -> list[str] | None:
    found = getattr(_first(estimator), "feature_names_in_", None)
    if found is None:
        return None
    names = np.asarray(found).ravel().tolist()
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise Rejected(ModelCode.TREE, detail="feature_names_in_")
    return names


def _features_wanted(estimator: Any) -> int | None:
    found = getattr(_first(estimator), "n_features_in_", None)
    return found if isinstance(found, int) else None


def _width(model: SkopsModel, interface: Interface) -> int:
    """How many numbers a row gets: asked of the model, else as many as it has classes."""
    empty = np.full(PROBE_ROWS, "", dtype=object)
    batch = Batch(np.zeros((PROBE_ROWS, len(interface.features))), (empty,) * len(interface.texts))
    try:
        found = model.answers(batch)
    except MemoryError:
        raise
    except Exception as error:  # a model may refuse zeros and empty texts: then its classes have to do
        classes = np.size(getattr(model.estimator, "classes_", ()))
        if model.method != "predict_proba" or not 2 <= classes <= MOST_OUTPUTS:
            raise Rejected(ModelCode.LOADER, detail=f"{type(error).__name__}: {error}") from None
        return classes
    if found.ndim != 2 or len(found) != PROBE_ROWS or not 1 <= found.shape[1] <= MOST_OUTPUTS:
        raise Rejected(ModelCode.OUTPUT, detail=f"{model.method} with shape {list(found.shape)}")
    return int(found.shape[1])


def golden(form: str) -> bytes:
    """One of each family, fitted on a handful of rows, to warm the library with."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
        VotingClassifier,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.svm import SVC

    table = pd.DataFrame({"x": np.linspace(0, 3, 24)})
    target = (table["x"] > 1).to_numpy()
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer([("n", numbers, ["x"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["x"])])
    members = [
        ("linear", make_pipeline(columns, LogisticRegression())),
        ("forest", RandomForestClassifier(2, random_state=0)),
        ("boosting", GradientBoostingClassifier(n_estimators=2, random_state=0)),
        ("histogram", HistGradientBoostingClassifier(max_iter=2, random_state=0)),
        ("net", MLPClassifier((2,), max_iter=2, random_state=0)),
        ("bayes", GaussianNB()),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = VotingClassifier(members, voting="soft").fit(table, target)
        SVC().fit(table, target).predict(table)
        buffer = io.BytesIO()
        skops.io.dump(model, buffer)
    return buffer.getvalue()
