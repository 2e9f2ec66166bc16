"""The proxy screen: against scikit-learn, by enumeration of what the fit really ranks, and over drawn data."""

import numpy as np
import pytest
from bias_examples import HIRING, applicants, bias, cells, edition
from engine_examples import check
from model_examples import SPEC, model_of, people
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OneHotEncoder

from audits.engine import frame_from_arrays
from audits.engine.bias.foretelling import cells_of, foretell

RACES = [{"name": "race", "column": "race", "source": "recorded"}]
# Recorded predictions name what might give a group away as slices.
RECORDED = {**HIRING, "attributes": RACES, "slices": [{"name": n, "column": n} for n in ("area", "school", "noise")]}


def neighbours(rows=4000, seed=3, tied=0.7):
    """Races live in areas of their own with chance `tied`, and go to schools by area; noise is noise."""
    rng = np.random.default_rng([seed, 1])
    arrays = applicants(rows, seed)
    place = {"a": 0, "b": 1, "c": 2, "d": 3, None: 0}
    home = np.array([place[race] for race in arrays["race"]])
    area = np.where(rng.random(rows) < tied, home, rng.integers(0, 4, rows))
    return arrays | {"area": area, "school": rng.normal(area, 2.0), "noise": rng.choice(list("xyz"), rows).tolist()}


def test_held_out_scores_are_those_of_scikit_learns_ridge():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (600, 3))
    group = (rng.random(600) < 0.2 + 0.15 * (codes[:, 0] == 1)).astype(int)
    frame = frame_from_arrays({name: codes[:, i] for i, name in enumerate("uvw")})
    found = foretell(cells_of([frame.columns[name] for name in "uvw"], 8, 20), group, 2, penalty=10.0, rng=rng)
    design = OneHotEncoder(drop="first", sparse_output=False).fit_transform(codes)
    peer = Ridge(alpha=10.0).fit(design[~found.held], group[~found.held])
    assert found.weights[:, 1] == pytest.approx(peer.coef_, abs=1e-8)
    oracle = roc_auc_score(group[found.held], peer.predict(design[found.held]))
    assert found.ranked(found.scores(1), 1).value == pytest.approx(oracle, abs=1e-9)
    parts = sum(found.part(1, place) for place in range(3))
    assert parts == pytest.approx(found.scores(1), abs=1e-12)


@pytest.mark.parametrize("tied", [0.0, 0.25])
def test_the_interval_covers_the_true_auc_of_what_was_fitted(tied):
    """Inputs take nine values together, so the AUC of any score in the population is a sum over pairs of them."""
    rng = np.random.default_rng(5)
    u, v = np.divmod(np.arange(9), 3)
    chance = 0.3 + tied * (u == 0) - tied * 0.8 * (v == 2)
    inside = 0
    for _ in range(2000):
        at = rng.integers(0, 9, 300)
        group = (rng.random(300) < chance[at]).astype(np.int64)
        frame = frame_from_arrays({"u": u[at], "v": v[at]})
        found = foretell(cells_of(list(frame.columns.values()), 8, 20), group, 2, penalty=10.0, rng=rng)
        around = found.ranked(found.scores(1), 1).prudent(0.9)
        weights = found.weights[:, 1]
        truth = _true_auc(np.append([0], weights[:2])[u] + np.append([0], weights[2:])[v], chance)
        inside += around.low <= truth <= around.high
    assert inside / 2000 >= 0.88


def _true_auc(score, chance):
    yes, no = chance / chance.sum(), (1 - chance) / (1 - chance).sum()
    return float(yes @ ((score[:, None] > score) + 0.5 * np.isclose(score[:, None], score)) @ no)


def test_inputs_that_give_the_attribute_away_are_named():
    found = bias(neighbours(), spec=RECORDED, suite=edition("bias_proxy"))
    told = check(found, "fairness.proxy")
    assert (told.verdict, told.value > 0.75) == ("fail", True)
    assert "most by area" in told.sentence
    assert "noise" not in told.sentence
    finding = next(item for item in found.findings if item.check == "fairness.proxy")
    assert (finding.severity, finding.title) == ("medium", "The inputs give away race")
    assert "no proof that the model uses it" in finding.text
    by = cells(found.sections["bias"]["foretold by"])
    assert [row["input"] for row in by][:1] == ["area"]
    noise = next(row for row in by if row["input"] == "noise")
    assert noise["low"] <= 0.5
    groups = {row["group"]: row for row in cells(found.sections["bias"]["foretold"])}
    assert set(groups) == {"a", "b", "c", "d"}


def test_inputs_that_know_nothing_are_no_finding():
    arrays = neighbours(tied=0.0)
    found = bias(arrays, spec=RECORDED, suite=edition("bias_proxy"))
    told = check(found, "fairness.proxy")
    assert told.verdict == "pass"
    assert told.low <= 0.5 <= told.high
    assert not found.findings


def test_a_models_inputs_are_screened_without_the_attribute_itself():
    arrays = people(1500)
    arrays["race"] = ["a" if purpose == "car" else "b" for purpose in arrays["purpose"]]
    found = bias(arrays, spec=SPEC, suite=edition("model", "bias_proxy"), model=model_of())
    told = check(found, "fairness.proxy")
    assert told.value == pytest.approx(1.0)
    assert "most by purpose" in told.sentence
    assert {row["input"] for row in cells(found.sections["bias"]["foretold by"])} == {"age", "income", "purpose"}


def test_small_groups_are_counted_and_not_foretold():
    arrays = neighbours()
    arrays["race"] = ["z" if i < 30 else race for i, race in enumerate(arrays["race"])]
    found = bias(arrays, spec=RECORDED, suite=edition("bias_proxy"))
    small = cells(found.sections["bias"]["foretold"], group="z")[0]
    assert (small["rows"], small["AUC"]) == (30, None)


def test_inputs_beyond_the_filed_number_are_counted():
    found = bias(neighbours(), spec=RECORDED, suite=edition("bias_proxy", screened_inputs=2))
    assert "1 input not looked at" in check(found, "fairness.proxy").sentence


@pytest.mark.parametrize(
    "change",
    [
        {"area": 1, "school": 2.0, "noise": "x"},
        {"race": "a"},
        {"race": None},
        {"area": None, "school": None, "noise": None},
    ],
)
def test_constant_or_missing_columns_cannot_tell(change):
    arrays = neighbours(500)
    arrays |= {name: [value] * 500 for name, value in change.items()}
    found = bias(arrays, spec=RECORDED, suite=edition("bias_proxy"))
    assert check(found, "fairness.proxy").verdict == "cannot_tell"


def test_an_input_of_a_hundred_thousand_values_is_screened_by_its_most_frequent():
    arrays = neighbours(3000)
    arrays["noise"] = [str(i) for i in range(3000)]
    found = bias(arrays, spec=RECORDED, suite=edition("bias_proxy"))
    row = cells(found.sections["bias"]["foretold by"], input="noise")[0]
    assert row["low"] <= 0.5


@pytest.mark.parametrize("rows", [1, 2])
def test_a_row_or_two_cannot_tell(rows):
    arrays = {name: values[:rows] for name, values in neighbours(10).items()}
    assert check(bias(arrays, spec=RECORDED, suite=edition("bias_proxy")), "fairness.proxy").verdict == "cannot_tell"


def test_recorded_predictions_without_known_inputs_are_not_run():
    spec = {**HIRING, "attributes": RACES}
    told = check(bias(neighbours(500), spec=spec, suite=edition("bias_proxy")), "fairness.proxy")
    assert (told.verdict, "No input is known" in told.reason) == ("not_run", True)
