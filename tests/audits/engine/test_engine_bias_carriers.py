"""What carries the gap: sums to the last digit, shap's own values by group, and coverage."""

from dataclasses import replace

import numpy as np
import pytest
import shap
import xgboost
from bias_examples import bias, cells, edition
from engine_examples import check
from model_examples import SPEC, model_of, people
from tree_examples import trees_of_xgboost

from audits.engine import encode, frame_from_arrays
from audits.engine.bias.carrying import carried
from audits.interface import interface_parse
from core.errors import InputRefused

NUMBERS = {
    "inputs": [{"column": name, "as": "number"} for name in ("age", "income", "luck")],
    "output": {"column": "p", "means": "probability", "index": 1, "tolerance": "0.000001"},
}


VALUES = {**NUMBERS, "output": {"column": "p", "means": "value", "index": 1}}
SCORED = {**SPEC, "probability": None, "decision": {"column": "p", "op": ">=", "value": "100"}, "score": "p"}


def quick(**figures):
    found = edition("model", "bias_carriers", **figures)
    return replace(found, model=replace(found.model, sampled_cells=900_000))


def linear(rows):
    """A number that is twice age and a third of income's thousands; luck counts for nothing."""
    value = 2.0 * rows.numbers[:, 0] + rows.numbers[:, 1] / 3000
    return np.column_stack([1 - value, value])


def unequal(rows=2400):
    rng = np.random.default_rng(6)
    arrays = people(rows)
    race = np.array(arrays["race"])
    arrays["age"] = np.round(arrays["age"] + 10 * (race == "a"))
    return arrays | {"luck": rng.normal(size=rows), "race": race.tolist()}


def rows_of(found, group):
    return {row["input"]: row for row in cells(found.sections["bias"]["gap carriers"], group=group)}


def test_the_carriers_of_a_linear_model_are_its_own_terms():
    arrays = unequal(1500)
    found = bias(arrays, spec=SCORED, suite=quick(), model=model_of(linear, VALUES))
    a, age = np.array(arrays["race"]) == "a", np.array(arrays["age"])
    told = rows_of(found, "a")
    assert told["all inputs"]["n"] + told["all inputs"]["others n"] >= 200
    wide = told["age"]["high"] - told["age"]["low"]
    assert told["age"]["difference"] == pytest.approx(2 * (age[a].mean() - age[~a].mean()), abs=wide)
    assert told["age"]["difference"] > 10
    assert told["luck"]["difference"] == pytest.approx(0, abs=1e-9)
    whole = told["all inputs"]["difference"]
    assert sum(told[name]["difference"] for name in ("age", "income", "luck")) == pytest.approx(whole, rel=1e-9)
    sentence = check(found, "fairness.carriers").sentence
    assert "Of the gap age" in sentence
    assert "luck" not in sentence


@pytest.fixture(scope="module")
def boosted():
    arrays = unequal(1800)
    frame = frame_from_arrays(arrays)
    x = encode(frame, interface_parse(NUMBERS)).numbers
    booster = xgboost.XGBClassifier(n_estimators=25, max_depth=3, base_score=0.5).fit(x, arrays["y"])
    trees = trees_of_xgboost(booster.get_booster())
    model = model_of(lambda rows: booster.predict_proba(rows.numbers).astype(float), NUMBERS, trees=trees)
    return arrays, x, booster, bias(frame, spec=SPEC, suite=quick(), model=model)


def test_exact_carriers_are_shaps_values_by_group(boosted):
    arrays, x, booster, found = boosted
    values = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent").shap_values(x)
    a = np.array(arrays["race"]) == "a"
    told = rows_of(found, "a")
    assert told["all inputs"]["n"] == a.sum()  # all rows were explained
    for i, name in enumerate(("age", "income", "luck")):
        mine = told[name]
        assert mine["difference"] == pytest.approx(values[a, i].mean() - values[~a, i].mean(), abs=1e-4)
        error = np.sqrt(values[a, i].var(ddof=1) / a.sum() + values[~a, i].var(ddof=1) / (~a).sum())
        assert mine["high"] - mine["low"] == pytest.approx(2 * 1.6448536 * error, rel=1e-3)
    whole = told["all inputs"]["difference"]
    assert sum(told[name]["difference"] for name in ("age", "income", "luck")) == pytest.approx(whole, abs=1e-9)


def test_groups_mirror_each_other(boosted):
    found = boosted[-1]
    a, b = rows_of(found, "a"), rows_of(found, "b")
    assert {name: row["difference"] for name, row in a.items()} == pytest.approx(
        {name: -row["difference"] for name, row in b.items()}
    )


@pytest.mark.parametrize("shape", ["even", "skewed"])
def test_the_interval_of_a_difference_of_means_covers(shape):
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(2000):
        values = rng.normal(size=(500, 1)) if shape == "even" else rng.exponential(size=(500, 1))
        here = np.arange(500) < 110
        one = carried("x", "y", values + 0.4 * here[:, None], values[:, 0], here, ~here)
        around = one.interval(one.parts[0], one.errors[0], 0.9)
        inside += around.low <= 0.4 <= around.high
    assert inside / 2000 >= 0.88


def test_groups_of_few_explained_rows_have_no_interval():
    arrays = unequal(400)
    arrays["race"] = ["z" if i < 30 else "a" for i in range(400)]
    found = bias(arrays, spec=SCORED, suite=quick(), model=model_of(linear, VALUES))
    assert check(found, "fairness.carriers").verdict == "cannot_tell"
    assert {row["low"] for row in cells(found.sections["bias"]["gap carriers"])} == {None}


def test_beyond_the_filed_number_inputs_stand_in_one_line_and_still_sum():
    found = bias(unequal(600), spec=SCORED, suite=quick(told_carriers=1), model=model_of(linear, VALUES))
    told = rows_of(found, "a")
    assert len(told) == 3
    parts = [row["difference"] for name, row in told.items() if name != "all inputs"]
    assert sum(parts) == pytest.approx(told["all inputs"]["difference"])


def test_a_model_that_does_not_care_has_no_gap_and_no_carrier():
    model = model_of(lambda rows: np.full((len(rows.numbers), 2), 0.5), NUMBERS)
    told = check(bias(unequal(600), spec=SPEC, suite=quick(), model=model), "fairness.carriers")
    assert (told.value, "no gap to carry" in told.sentence) == (0, True)


def test_a_model_that_fails_while_it_is_explained_is_a_finding():
    def dying(rows):
        if len(rows.numbers) != 600:  # everything but the first question, which is about the rows themselves
            raise InputRefused("The model died.")
        return linear(rows)

    found = bias(unequal(600), spec=SCORED, suite=quick(), model=model_of(dying, VALUES))
    assert check(found, "fairness.carriers").verdict == "cannot_tell"
    assert any(item.check == "fairness.carriers" and "The model died." in item.text for item in found.findings)
