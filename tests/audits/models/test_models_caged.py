"""The real formats in the real cage: the same answers as outside, and a verdict for everything else."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import hostile_onnx
import hostile_skops
import numpy as np
import pandas as pd
import pytest
from format_examples import asked, labels, load, numbers, rows, seeds, sklearn_bytes
from hostile_trees import hostile_json, hostile_light, hostile_ubj
from mutants import mutants
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier, StackingClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, QuantileTransformer, StandardScaler, TargetEncoder
from sklearn.svm import SVC

from audits.interface import interface_parse
from audits.sandbox.cage import CagedModel, model_open
from audits.sandbox.limits import MODEL_LIMITS
from audits.sandbox.models.shape import FORMATS, Batch
from audits.sandbox.refusals import ModelFault, ModelRejected, ResourceLimit
from core.errors import InputRefused

WHOLE = rows(gaps=False)
HOSTILE = {
    "onnx": hostile_onnx.hostile,
    "xgboost-json": hostile_json,
    "xgboost-ubj": hostile_ubj,
    "lightgbm-text": hostile_light,
    "skops": hostile_skops.hostile,
}
FAMILIES = [
    SVC(),
    MLPClassifier((4,), max_iter=20),
    SGDClassifier(loss="log_loss"),
    AdaBoostClassifier(n_estimators=2),
    HistGradientBoostingClassifier(max_iter=3),
    CalibratedClassifierCV(GaussianNB(), method="isotonic"),
    StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], cv=2),
    make_pipeline(KNNImputer(), QuantileTransformer(n_quantiles=9), LogisticRegression()),
]


@contextmanager
def opened(data: bytes, interface=None, **limits: int) -> Iterator[CagedModel]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with model_open(file, interface=interface or numbers(), limits=replace(MODEL_LIMITS, **limits)) as model:
            yield model


def verdict(data: bytes, **limits: int) -> str:
    """What the parent says of a file that is opened and asked once."""
    try:
        with opened(data, **limits) as model:
            answers = model.answers(Batch(WHOLE[:20]))
            assert np.isfinite(answers).all()
    except InputRefused as refused:
        return refused.verdict
    return "ok"


@pytest.mark.parametrize("form", FORMATS)
def test_a_caged_model_answers_bit_for_bit_as_outside(form):
    outside = load(seeds()[form])
    with opened(seeds()[form]) as model:
        assert (model.facts.format, model.facts.runtime) == (form, outside.runtime)
        assert np.array_equal(model.answers(Batch(WHOLE)), asked(outside, WHOLE))
        assert np.array_equal(model.trees.value, outside.trees.value)
        assert np.array_equal(model.trees.threshold, outside.trees.threshold)


@pytest.mark.parametrize("estimator", FAMILIES, ids=lambda one: str(one)[:30])
def test_no_estimator_needs_a_file_that_the_cage_keeps_shut(estimator):
    data = sklearn_bytes(estimator.fit(WHOLE, labels()))
    with opened(data) as model:
        # The cage hears nothing of this shell's OPENBLAS_CORETYPE, so last bits may differ where one is set.
        assert np.allclose(model.answers(Batch(WHOLE)), asked(load(data), WHOLE), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("encoder", [OneHotEncoder(), OrdinalEncoder(), TargetEncoder(cv=2)], ids=str)
def test_texts_reach_a_caged_pipeline(encoder):
    table = pd.DataFrame({"age": WHOLE[:, 0], "job": np.where(WHOLE[:, 1] > 0, "clerk", "smith")})
    numeric = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer([("n", numeric, ["age"]), ("t", encoder, ["job"])])
    estimator = make_pipeline(columns, LogisticRegression()).fit(table, labels())
    inputs = [{"column": "age", "as": "number"}, {"column": "job", "as": "text"}]
    interface = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "probability"}})
    with opened(sklearn_bytes(estimator), interface) as model:
        found = model.answers(Batch(table[["age"]].to_numpy(), (table["job"].to_numpy(dtype=object),)))
    assert np.array_equal(found, estimator.predict_proba(table))


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_a_sample_of_hostile_files_is_rejected_in_the_cage(files):
    for name, (data, _) in list(files().items())[::6]:
        with pytest.raises(ModelRejected), opened(data):
            raise AssertionError(name)


@pytest.mark.long
def test_every_hostile_file_is_rejected_in_the_cage():
    for files in HOSTILE.values():
        for name, (data, _) in files().items():
            with pytest.raises(ModelRejected), opened(data):
                raise AssertionError(name)


def test_a_bomb_that_no_constant_betrays_meets_the_memory_limit():
    with pytest.raises((ResourceLimit, ModelFault, ModelRejected)), opened(hostile_onnx.doubling(40)) as model:
        model.answers(Batch(WHOLE))


def test_a_model_without_end_meets_the_clock():
    with pytest.raises(ResourceLimit), opened(hostile_onnx.slow(), answer_seconds=2) as model:
        model.answers(Batch(WHOLE))


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_files_end_in_a_verdict(form):
    found = [verdict(data) for data in mutants(form, 12, seed=3)]
    assert set(found) <= {"ok", "rejected", "model_fault"}
    assert "rejected" in found
