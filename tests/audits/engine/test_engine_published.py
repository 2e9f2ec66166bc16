"""Figures that others printed, reached from the raw files (demo/data/README.md)."""

import numpy as np
import pytest
from engine_examples import CALIFORNIA, COMPAS, RACE, audit, check, frame_of, groups_of, rows_of, table

GERMAN = {
    "task": "binary",
    "label": "creditability",
    "positive_label": "bad",
    "decision": {"column": "creditability", "op": "==", "value": "bad"},
    "favourable_decision": "negative",
    "gap_metric": "selection_rate",
    "attributes": [
        {"name": "sex", "column": "sex", "source": "recorded"},
        {"name": "age", "column": "age_group", "source": "recorded"},
        {"name": "origin", "column": "foreign_worker", "source": "recorded"},
    ],
}


@pytest.fixture(scope="module")
def compas():
    return audit(frame_of(table("compas_two_years.csv")), COMPAS)


@pytest.fixture(scope="module")
def california():
    return audit(frame_of(table("california_housing_predictions.csv.gz")), CALIFORNIA)


def test_compas_counts(compas):
    assert compas.sections["performance"]["confusion"].rows == (("positive", 2035, 1282), ("negative", 1216, 2681))
    assert compas.rows == {"total": 7214, "labelled": 7214, "unlabelled": 0, "undecided": 0}


@pytest.mark.parametrize(
    ("check_id", "value"),
    [
        ("performance.false_positive_rate", 0.3235),
        ("performance.false_negative_rate", 0.3740),
        ("performance.positive_predictive_value", 0.6135),
        ("performance.negative_predictive_value", 0.6880),
        ("performance.accuracy", 0.6537),
    ],
)
def test_compas_overall_rates_as_propublica_printed_them(compas, check_id, value):
    assert round(check(compas, check_id).value, 4) == value


@pytest.mark.parametrize(
    ("group", "n", "fpr", "fnr", "ppv", "auc"),
    [
        ("African-American", 3696, 0.4485, 0.2799, 0.6297, 0.69183),
        ("Caucasian", 2454, 0.2345, 0.4772, 0.5913, 0.69315),
    ],
)
def test_compas_rates_by_race_as_propublica_printed_them(compas, group, n, fpr, fnr, ppv, auc):
    row = rows_of(compas.to_dict()["sections"]["fairness"]["race"], "group")[group]
    assert (row["n"], round(row["AUC"], 5)) == (n, auc)
    assert [round(row[f"{name} value"], 4) for name in ("FPR", "FNR", "PPV")] == [fpr, fnr, ppv]


def test_compas_auc(compas):
    assert round(check(compas, "performance.auc").value, 5) == 0.70217


def test_compas_prices_the_joint_error_and_the_gap_of_the_event_free(compas):
    error, gap = compas.dimensions["error"].figures, compas.dimensions["gap"].figures
    assert (error["k"], error["n"], error["point"]) == (1282, 7214, "0.177710")
    assert (gap["attribute"], gap["group"], gap["n_group"]) == ("race", "African-American", 1795)


@pytest.mark.parametrize(("group", "fpr", "fnr"), [("African-American", 0.1582, 0.6102), ("Caucasian", 0.0544, 0.7981)])
def test_compas_at_the_high_cut_off(group, fpr, fnr):
    spec = {**COMPAS, "decision": {"column": "decile_score", "op": ">=", "value": "8"}}
    found = audit(frame_of(table("compas_two_years.csv")), spec).to_dict()
    row = rows_of(found["sections"]["fairness"]["race"], "group")[group]
    assert (round(row["FPR value"], 4), round(row["FNR value"], 4)) == (fpr, fnr)


def test_compas_filtered_as_propublica_filtered_it():
    rows = table("compas_two_years.csv").query(
        "abs(days_b_screening_arrest) <= 30 and is_recid != -1 and c_charge_degree != 'O'"
    )
    found = audit(frame_of(rows), COMPAS)
    race = rows_of(found.to_dict()["sections"]["fairness"]["race"], "group")
    assert (found.rows["total"], round(check(found, "performance.auc").value, 5)) == (6172, 0.70979)
    low = [race[name]["selection rate"] for name in ("African-American", "Caucasian")]
    assert [round(value, 4) for value in (*low, low[0] / low[1])] == [0.4239, 0.6690, 0.6336]


def test_california_ranks_and_decides_worse_later(california):
    before, after = california.to_dict()["sections"]["drift"]["parts"]["rows"]
    columns = california.sections["drift"]["parts"].columns
    auc, error = columns.index("AUC"), columns.index("error rate")
    assert (before[1], after[1]) == (5832, 8232)
    assert [round(row[auc], 6) for row in (before, after)] == [0.907942, 0.840246]
    assert [round(row[error], 6) for row in (before, after)] == [0.329561, 0.411322]


def test_california_fails_its_drift_checks(california):
    found = {finding.check for finding in california.findings}
    assert {check(california, f"drift.{name}").verdict for name in ("auc_change", "error_change")} == {"fail"}
    assert {"drift.auc_change", "drift.error_change", "drift.outcome_slope"} <= found


def test_german_credit_rates_by_sex_and_age():
    found = audit(frame_of(table("german_credit.csv")), GERMAN).to_dict()["sections"]["fairness"]
    sex, age, origin = (rows_of(found[name], "group") for name in ("sex", "age", "origin"))
    rates = [sex["male"], sex["female"], age["over_25"], age["25_or_under"], origin["yes"], origin["no"]]
    expected = [0.723188, 0.648387, 0.728395, 0.578947, 0.692627, 0.891892]
    assert [round(row["selection rate"], 6) for row in rates] == expected
    assert round(age["25_or_under"]["ratio to highest"], 6) == 0.794826


def test_the_worked_example_of_disparate_impact():
    arrays = groups_of(reference=(1620, 3000), group=(570, 1200))
    spec = {"attributes": [RACE], "gap_metric": "selection_rate", "favourable_decision": "positive"}
    found = audit(arrays, **spec)
    gap = found.dimensions["gap"].figures
    assert (gap["group"], gap["point"], gap["u"]) == ("group", "0.065000", "0.086847")
    assert check(found, "fairness.four_fifths").value == pytest.approx(0.8796, abs=5e-5)
    assert check(found, "fairness.significance").value == pytest.approx(3.810, abs=5e-4)
    verdicts = [check(found, f"fairness.{name}").verdict for name in ("four_fifths", "significance", "shortfall")]
    assert verdicts == ["pass", "fail", "measured"]


def test_ratios_of_the_new_york_rule():
    """6 RCNY 5-301's own example, in per mille; the group below two per cent is reported without a ratio."""
    arrays = groups_of(best=(642, 1000), a=(375, 1000), b=(500, 1000), c=(625, 1000), d=(417, 1000), few=(40, 60))
    spec = {"attributes": [RACE], "gap_metric": "selection_rate", "favourable_decision": "positive"}
    rows = rows_of(audit(arrays, **spec).to_dict()["sections"]["fairness"]["race"], "group")
    ratios = {name: row["ratio to highest"] for name, row in rows.items()}
    assert {name: round(ratios[name], 2) for name in "abcd"} == {"a": 0.58, "b": 0.78, "c": 0.97, "d": 0.65}
    assert (ratios["best"], ratios["few"], rows["few"]["selection rate"]) == (1, None, pytest.approx(2 / 3))


def test_scoring_rate_is_the_share_above_the_median():
    """LL144's rule for continuous scores, on the group medians' own arithmetic."""
    arrays = {"y": np.tile([0, 1], 300), "s": np.arange(600.0), "race": ["a"] * 300 + ["b"] * 300}
    spec = {"decision": {"column": "s", "op": ">=", "value": "300"}, "score": "s", "favourable_decision": "positive"}
    rows = rows_of(audit(arrays, attributes=[RACE], **spec).to_dict()["sections"]["fairness"]["race"], "group")
    assert [(rows[name]["scoring rate"], rows[name]["scoring ratio"]) for name in "ab"] == [(0, 0), (1, 1)]
