"""scikit-learn models saved by skops answer in the cage as they do outside, and only those that we list are loaded."""

import numpy as np
import pandas as pd
import pytest
from format_examples import asked, labels, load, numbers, refused, rows, sklearn_bytes
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from audits.interface import interface_parse
from audits.sandbox.models.shape import Batch, ModelCode
from audits.trees import answers_of, margins

WHOLE = rows(gaps=False)
FAMILIES = [
    LogisticRegression(),
    Ridge(),
    SGDClassifier(loss="log_loss"),
    GaussianNB(),
    SVC(),
    SVC(kernel="poly", degree=2),
    SVR(),
    LinearSVC(),
    MLPClassifier((5,), max_iter=20),
    AdaBoostClassifier(n_estimators=3),
    BaggingClassifier(n_estimators=3),
    VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"),
    StackingClassifier([("a", RandomForestClassifier(2)), ("b", GaussianNB())], cv=2),
    CalibratedClassifierCV(LogisticRegression()),
    CalibratedClassifierCV(GaussianNB(), method="isotonic"),
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}),
    make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
    make_pipeline(QuantileTransformer(n_quantiles=20), LogisticRegression()),
]
TREES = [
    DecisionTreeClassifier(max_depth=5),
    DecisionTreeRegressor(),
    RandomForestClassifier(5, random_state=1),
    ExtraTreesRegressor(5, random_state=1),
    GradientBoostingClassifier(n_estimators=5),
    GradientBoostingClassifier(n_estimators=5, loss="exponential"),
    GradientBoostingClassifier(n_estimators=3, init="zero"),
    GradientBoostingRegressor(n_estimators=5, loss="huber"),
    HistGradientBoostingClassifier(max_iter=5),
    HistGradientBoostingRegressor(max_iter=5),
    make_pipeline("passthrough", RandomForestClassifier(3)),
]


def native(estimator, matrix):
    for name in ("predict_proba", "decision_function", "predict"):
        if hasattr(estimator, name):
            return getattr(estimator, name)(matrix).reshape(len(matrix), -1)
    raise AssertionError


@pytest.mark.parametrize("estimator", FAMILIES, ids=lambda one: str(one)[:40])
def test_an_answer_is_bit_for_bit_the_librarys_own(estimator):
    estimator.fit(WHOLE, labels())
    model = load(sklearn_bytes(estimator))
    assert np.array_equal(asked(model, WHOLE), native(estimator, WHOLE))
    assert model.trees is None


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("estimator", TREES, ids=lambda one: str(one)[:40])
def test_trees_answer_as_the_library_does(estimator, classes):
    if classes == 3 and "exponential" in str(estimator):
        classes = 2  # that loss knows two classes
    estimator.fit(WHOLE, labels(classes=classes))
    model = load(sklearn_bytes(estimator))
    wanted = native(estimator, WHOLE)
    assert np.array_equal(asked(model, WHOLE), wanted)
    assert np.abs(answers_of(model.trees, margins(model.trees, WHOLE)) - wanted).max() < 1e-9
    assert set(np.round(model.trees.cover[model.trees.roots])) <= {400.0, 399.0}


@pytest.mark.parametrize("estimator", [HistGradientBoostingClassifier(max_iter=5), RandomForestClassifier(4)], ids=str)
def test_missing_values_go_the_way_they_were_trained(estimator):
    estimator.fit(rows(), labels())
    model = load(sklearn_bytes(estimator))
    assert np.array_equal(asked(model, rows()), estimator.predict_proba(rows()))
    assert np.abs(answers_of(model.trees, margins(model.trees, rows())) - estimator.predict_proba(rows())).max() < 1e-9


def test_columns_reach_the_model_by_name_in_any_order():
    table = pd.DataFrame(WHOLE, columns=list("abcd"))
    estimator = RandomForestClassifier(4, random_state=0).fit(table, labels())
    model = load(sklearn_bytes(estimator), numbers("d", "b", "c", "a"))
    turned = table[["d", "b", "c", "a"]].to_numpy()
    assert np.array_equal(asked(model, turned), estimator.predict_proba(table))
    assert np.abs(answers_of(model.trees, margins(model.trees, turned)) - estimator.predict_proba(table)).max() < 1e-9


def test_texts_and_numbers_reach_a_pipeline_of_named_columns():
    table = pd.DataFrame({"age": WHOLE[:, 0], "job": np.where(WHOLE[:, 1] > 0, "clerk", "smith")})
    columns = ColumnTransformer([("n", StandardScaler(), ["age"]), ("t", OneHotEncoder(), ["job"])])
    estimator = make_pipeline(columns, LogisticRegression()).fit(table, labels())
    inputs = [{"column": "job", "as": "text"}, {"column": "age", "as": "number"}]
    interface = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "probability"}})
    model = load(sklearn_bytes(estimator), interface)
    batch = Batch(table[["age"]].to_numpy(), (table["job"].to_numpy(dtype=object),))
    assert np.array_equal(model.answers(batch), estimator.predict_proba(table))
    assert (model.outputs, model.trees) == (2, None)


def test_an_unknown_category_is_told_when_it_is_asked():
    table = pd.DataFrame({"job": ["clerk", "smith"] * 20})
    estimator = make_pipeline(OrdinalEncoder(), LogisticRegression()).fit(table, [0, 1] * 20)
    inputs = {"inputs": [{"column": "job", "as": "text"}], "output": {"column": "p", "means": "probability"}}
    model = load(sklearn_bytes(estimator), interface_parse(inputs))
    batch = Batch(np.empty((2, 0)), (np.array(["smith", "clerk"], dtype=object),))
    assert np.array_equal(model.answers(batch), estimator.predict_proba(table[:2][::-1]))
    with pytest.raises(ValueError, match="unknown categories"):
        model.answers(Batch(np.empty((1, 0)), (np.array(["baker"], dtype=object),)))


def test_rare_categories_are_grouped_as_in_training():
    table = pd.DataFrame({"job": ["clerk"] * 20 + ["smith"] * 20 + ["baker"]})
    estimator = make_pipeline(OneHotEncoder(min_frequency=5), LogisticRegression()).fit(table, [0, 1] * 20 + [1])
    inputs = {"inputs": [{"column": "job", "as": "text"}], "output": {"column": "p", "means": "probability"}}
    model = load(sklearn_bytes(estimator), interface_parse(inputs))
    batch = Batch(np.empty((41, 0)), (table["job"].to_numpy(dtype=object),))
    assert np.array_equal(model.answers(batch), estimator.predict_proba(table))


@pytest.mark.parametrize(
    ("estimator", "code"),
    [
        (KNeighborsClassifier(), ModelCode.TYPE),
        (make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()), ModelCode.NODE),
        (HistGradientBoostingClassifier(categorical_features=[0], max_iter=2), ModelCode.NODE),
        (StandardScaler(), ModelCode.ESTIMATOR),
    ],
    ids=str,
)
def test_what_is_not_listed_is_refused(estimator, code):
    matrix = np.abs(WHOLE).round()
    assert refused(sklearn_bytes(estimator.fit(matrix, labels())), code)


def test_a_model_for_other_columns_is_refused():
    named = LogisticRegression().fit(pd.DataFrame(WHOLE, columns=list("wxyz")), labels())
    assert refused(sklearn_bytes(named), ModelCode.INPUT)
    assert refused(sklearn_bytes(LogisticRegression().fit(WHOLE[:, :3], labels())), ModelCode.FEATURES)
