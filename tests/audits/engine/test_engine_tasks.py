"""Tasks other than yes/no: wrong classes, forecasts outside tolerance, a ranking's cut-off (DOMAIN 1.0 rule 2)."""

import numpy as np
import pytest
from engine_examples import RACE, audit, check, rows_of
from sklearn.metrics import confusion_matrix, mean_absolute_error, precision_score, recall_score

from audits.engine.bounds import cp_interval
from core.errors import InputRefused

CLASSES = {"task": "multiclass", "label": "y", "decision": {"column": "d"}}
FORECAST = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "1", "direction": "over"}


def classified(n: int = 600):
    rng = np.random.default_rng(5)
    truth = rng.choice(["cat", "dog", "fox"], n)
    return truth, np.where(rng.random(n) < 0.8, truth, rng.choice(["cat", "dog", "fox"], n))


def test_classes_are_counted_as_scikit_learn_counts_them():
    truth, called = classified()
    found = audit({"y": truth.tolist(), "d": called.tolist()}, CLASSES)
    counts = np.array([row[1:] for row in found.sections["performance"]["confusion"].rows])
    assert (counts == confusion_matrix(truth, called)).all()
    for index, name in enumerate(["cat", "dog", "fox"]):
        recall, precision = (check(found, f"performance.{kind}", name).value for kind in ("recall", "precision"))
        assert recall == pytest.approx(recall_score(truth, called, average=None)[index])
        assert precision == pytest.approx(precision_score(truth, called, average=None)[index])


def test_every_wrong_class_harms_unless_a_matrix_says_which():
    truth, called = classified()
    arrays = {"y": truth.tolist(), "d": called.tolist()}
    every, filed = audit(arrays, CLASSES), audit(arrays, {**CLASSES, "harm_matrix": {"cat": ["dog"], "owl": ["cat"]}})
    assert every.dimensions["error"].figures["k"] == np.sum(truth != called)
    assert filed.dimensions["error"].figures["k"] == np.sum((truth == "cat") & (called == "dog"))
    assert check(filed, "performance.accuracy").k == np.sum(truth == called)


def test_a_matrix_about_classes_that_never_come_cannot_tell():
    truth, called = classified()
    found = audit({"y": truth.tolist(), "d": called.tolist()}, {**CLASSES, "harm_matrix": {"owl": ["cat"]}})
    assert found.dimensions["error"].state == "cannot_tell"
    assert check(found, "performance.harmful_error").verdict == "cannot_tell"


def test_multiclass_calibration_is_on_the_top_label():
    truth, called = classified()
    arrays = {"y": truth.tolist(), "d": called.tolist(), "p": np.full(len(truth), 0.9)}
    found = audit(arrays, {**CLASSES, "probability": "p"})
    assert float(found.dimensions["ece"].figures["point"]) == pytest.approx(
        abs(0.9 - np.mean(truth == called)), abs=1e-6
    )


def test_too_many_classes_are_refused():
    with pytest.raises(InputRefused, match="200 classes"):
        audit({"y": [f"c{i}" for i in range(200)], "d": ["c1"] * 200}, CLASSES)


def test_a_gap_that_needs_yes_or_no_is_not_run_but_errors_by_group_are_shown():
    truth, called = classified()
    arrays = {"y": truth.tolist(), "d": called.tolist(), "race": ["a", "b"] * 300}
    found = audit(arrays, {**CLASSES, "attributes": [RACE], "gap_metric": "miss_rate"})
    rows = rows_of(found.to_dict()["sections"]["fairness"]["race"], "group")
    assert found.dimensions["gap"].state == "not_run"
    assert rows["a"]["harmful error k"] + rows["b"]["harmful error k"] == np.sum(truth != called)


def forecasts():
    truth = np.array([10.0, 10, 10, 10, 10, 10])
    return truth, np.array([10.5, 11.0, 11.5, 8.5, 9.5, 13.0])


@pytest.mark.parametrize(("direction", "k"), [("over", 2), ("under", 1), ("either", 3)])
def test_a_forecast_harms_outside_its_tolerance_in_its_direction(direction, k):
    truth, told = forecasts()
    found = audit({"y": truth, "p": told}, {**FORECAST, "direction": direction})
    assert found.dimensions["error"].figures["k"] == k
    assert check(found, "performance.accuracy").k == 3
    assert check(found, "performance.mean_absolute_error").value == pytest.approx(mean_absolute_error(truth, told))


def test_coverage_is_measured_against_what_was_claimed():
    truth = np.arange(200.0)
    arrays = {"y": truth, "p": truth, "lo": truth - 1, "hi": np.where(truth < 150, truth + 1, truth - 0.5)}
    spec = {**FORECAST, "interval": {"low": "lo", "high": "hi", "nominal": "0.9"}}
    figures, around = audit(arrays, spec).dimensions["ece"].figures, cp_interval(150, 200, 0.9)
    assert figures["point"] == "0.150000"
    assert float(figures["u"]) == pytest.approx(0.9 - around.low, abs=1e-6)


def test_a_forecast_without_interval_has_no_calibration():
    truth, told = forecasts()
    assert audit({"y": truth, "p": told}, FORECAST).dimensions["ece"].state == "not_run"
    assert (
        audit({"y": truth, "p": told}, {**FORECAST, "scores_expected": False}).dimensions["ece"].state
        == "not_applicable"
    )


def test_intervals_that_nobody_sent_cannot_tell():
    truth, told = forecasts()
    arrays = {
        "y": truth,
        "p": told,
        "lo": [None, None, None, None, None, 1.0],
        "hi": [1.0, None, None, None, None, None],
    }
    spec = {**FORECAST, "interval": {"low": "lo", "high": "hi", "nominal": "0.9"}}
    assert audit(arrays, spec).dimensions["ece"].state == "cannot_tell"


def test_a_ranking_is_judged_at_its_deployed_cut_off():
    arrays = {"y": [0, 0, 1, 1], "s": [0.1, 0.7, 0.4, 0.9]}
    spec = {"task": "ranking", "label": "y", "positive_label": "1", "score": "s", "harmful_error": "false_negative"}
    found = audit(arrays, {**spec, "decision": {"column": "s", "op": ">", "value": "0.5"}})
    assert found.dimensions["error"].figures["k"] == 1
    assert check(found, "performance.auc").value == 0.75
