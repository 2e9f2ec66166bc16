"""Group metrics, parity figures and pairs, against fairlearn, AIF360, scipy and brute force."""

import itertools

import aif360.datasets
import aif360.metrics
import fairlearn.metrics as fl
import numpy as np
import pandas as pd
import pytest
from bias_examples import HIRING, applicants, bias, cells, edition
from engine_examples import COMPAS, check, frame_of, table
from scipy import stats

from audits.engine import frame_from_arrays
from audits.engine.compiled.bias import fisher

ATTRIBUTES = ("race", "sex", "age")
SHARES = {
    "Selection rate": lambda y, d: d.mean(),
    "True-positive rate": lambda y, d: d[y == 1].mean(),
    "False-positive rate": lambda y, d: d[y == 0].mean(),
    "False-negative rate": lambda y, d: 1 - d[y == 1].mean(),
    "False-discovery rate": lambda y, d: 1 - y[d == 1].mean(),
    "False-omission rate": lambda y, d: y[d == 0].mean(),
    "Positive predictive value": lambda y, d: y[d == 1].mean(),
    "Negative predictive value": lambda y, d: 1 - y[d == 0].mean(),
    "Accuracy": lambda y, d: (y == d).mean(),
    "Harmful errors": lambda y, d: ((y == 1) & (d == 0)).mean(),
}


@pytest.fixture(scope="module")
def people():
    return applicants()


@pytest.fixture(scope="module")
def found(people):
    return bias(people)


@pytest.fixture(scope="module")
def stated(people):
    return pd.DataFrame(people).dropna()


def by_group(stated, names):
    return MetricFrames(stated, list(names))


class MetricFrames:
    """fairlearn's metrics over the rows that state every attribute of a grouping."""

    def __init__(self, rows, names):
        self.arguments = {"y_true": rows["y"], "y_pred": rows["d"], "sensitive_features": rows[names]}
        metrics = {
            "Selection rate": fl.selection_rate,
            "True-positive rate": fl.true_positive_rate,
            "False-positive rate": fl.false_positive_rate,
            "False-negative rate": fl.false_negative_rate,
        }
        self.frame = fl.MetricFrame(metrics=metrics, **self.arguments).by_group


@pytest.mark.parametrize("names", [n for size in (1, 2, 3) for n in itertools.combinations(ATTRIBUTES, size)])
def test_every_metric_of_every_intersection_is_fairlearns_and_the_plain_share(people, found, names):
    rows = pd.DataFrame(people).dropna(subset=list(names))
    told = found.sections["bias"]["groups"]
    grouping, oracle = " x ".join(names), MetricFrames(rows, list(names)).frame
    for key, part in rows.groupby(list(names)):
        group = ", ".join(key)
        mine = {row["metric"]: row for row in cells(told, grouping=grouping, group=group)}
        for metric, share in SHARES.items():
            assert mine[metric]["value"] == pytest.approx(share(part["y"].to_numpy(), part["d"].to_numpy()))
        place = key if len(key) > 1 else key[0]
        for metric in oracle:
            assert mine[metric]["value"] == pytest.approx(oracle.loc[place, metric])
        assert mine["Calibration gap"]["value"] == pytest.approx(part["p"].mean() - part["y"].mean())
        assert mine["Accuracy"]["rows"] == len(part)


def test_gaps_are_against_all_other_rows_those_that_state_nothing_too(people, found):
    rows = pd.DataFrame(people)
    row = cells(found.sections["bias"]["groups"], grouping="race", group="b", metric="Selection rate")[0]
    others = rows[rows["race"] != "b"]
    assert (row["others n"], row["others value"]) == (len(others), pytest.approx(others["d"].mean()))
    assert row["gap"] == pytest.approx(rows[rows["race"] == "b"]["d"].mean() - others["d"].mean())


def test_each_rate_has_the_exact_interval_and_k_and_n(found):
    row = cells(found.sections["bias"]["groups"], grouping="race x sex", group="d, f", metric="True-positive rate")[0]
    exact = stats.binomtest(row["k"], row["n"]).proportion_ci(0.9, method="exact")
    assert (row["low"], row["high"]) == (pytest.approx(exact.low), pytest.approx(exact.high))
    gap = cells(found.sections["bias"]["groups"], grouping="race", group="d", metric="Calibration gap")[0]
    exact = stats.binomtest(gap["k"], gap["n"]).proportion_ci(0.9, method="exact")
    mean = gap["value"] + gap["k"] / gap["n"]
    assert (gap["low"], gap["high"]) == (pytest.approx(mean - exact.high), pytest.approx(mean - exact.low))


@pytest.mark.parametrize("names", [("race",), ("sex", "age")])
def test_parity_figures_are_fairlearns(people, found, names):
    rows = pd.DataFrame(people).dropna(subset=list(names))
    arguments = MetricFrames(rows, list(names)).arguments
    mine = {row["measure"]: row for row in cells(found.sections["bias"]["parity"], grouping=" x ".join(names))}
    for title, oracle in {
        "Demographic parity difference": fl.demographic_parity_difference,
        "Demographic parity ratio": fl.demographic_parity_ratio,
        "Equalized odds difference": fl.equalized_odds_difference,
        "Equalized odds ratio": fl.equalized_odds_ratio,
        "Equal opportunity difference": fl.equal_opportunity_difference,
    }.items():
        row = mine[title]
        assert row["value"] == pytest.approx(oracle(**arguments)), title
        assert row["low"] <= row["value"] <= row["high"], title


def test_figures_against_the_others_are_aif360s(people, found):
    """AIF360 compares an unprivileged group with a privileged one: here everybody else, without not-stated rows."""
    rows = pd.DataFrame(people)
    table = found.sections["bias"]["against others"]
    for group in ("f", "m"):
        metric = aif_metric(rows, (rows["sex"] != group).astype(int))
        mine = {row["measure"]: row for row in cells(table, grouping="sex", group=group)}
        assert mine["Disparate impact ratio"]["value"] == pytest.approx(metric.disparate_impact())
        assert mine["Average odds difference"]["value"] == pytest.approx(metric.average_odds_difference())
        assert mine["Statistical parity difference"]["value"] == pytest.approx(metric.statistical_parity_difference())
        assert mine["Equal opportunity difference"]["value"] == pytest.approx(metric.equal_opportunity_difference())
        assert {row["method"] for row in mine.values()} == {"Newcombe", "Katz", "Newcombe, Zou-Donner"}
        gap = cells(found.sections["bias"]["groups"], grouping="sex", group=group, metric="Selection rate")[0]
        assert gap["gap"] == pytest.approx(metric.statistical_parity_difference())


def aif_metric(rows, privileged):
    told = pd.DataFrame({"y": rows["y"], "g": privileged})
    truth = aif360.datasets.BinaryLabelDataset(df=told, label_names=["y"], protected_attribute_names=["g"])
    answers = truth.copy()
    answers.labels = rows["d"].to_numpy(dtype=float)[:, None]
    groups = {"unprivileged_groups": [{"g": 0}], "privileged_groups": [{"g": 1}]}
    return aif360.metrics.ClassificationMetric(truth, answers, **groups)


def test_theil_indices_are_aif360s(people, found):
    rows = pd.DataFrame(people)
    metric = aif_metric(rows, (rows["sex"] == "m").astype(int))
    mine = {(row["grouping"], row["measure"]): row for row in cells(found.sections["bias"]["parity"])}
    assert mine["all rows", "Theil index of benefits"]["value"] == pytest.approx(metric.theil_index())
    between = mine["sex", "Between-group Theil index"]
    assert between["value"] == pytest.approx(metric.between_group_theil_index())
    assert between["low"] <= between["value"] <= between["high"]


def test_fisher_is_scipys_wherever_the_small_cell_is():
    rng = np.random.default_rng(1)
    n, m = rng.integers(1, 400, 300), rng.integers(1, 400, 300)
    k, j = rng.binomial(n, rng.choice([0.01, 0.3, 0.98], 300)), rng.binomial(m, rng.choice([0.01, 0.3, 0.98], 300))
    oracle = [stats.fisher_exact([[a, b - a], [c, d - c]]).pvalue for a, b, c, d in zip(k, n, j, m, strict=True)]
    assert fisher(k, n, j, m) == pytest.approx(np.array(oracle), rel=1e-7, abs=1e-12)


def test_the_worst_pair_is_the_surest_large_one_and_named_once_a_metric(people, found):
    worst = cells(found.sections["bias"]["worst pairs"])
    tested = [row["metric"] for row in worst]
    assert len(tested) == len(set(tested)) == 8
    rate = next(row for row in worst if row["metric"] == "Selection rate")
    pairs = sum(g * (g - 1) // 2 for g in (4, 2, 2, 8, 8, 4, 16))
    assert rate["pairs compared"] == pairs
    assert rate["low"] > 0
    named = check(found, "fairness.worst_pair", "Selection rate")
    assert rate["higher group"] in named.sentence
    assert named.value == rate["difference"]
    rows = pd.DataFrame(people).dropna()
    values = [
        rows[(rows[rate["grouping"].split(" x ")] == rate[f"{side} group"].split(", ")).all(axis=1)]["d"].mean()
        for side in ("higher", "lower")
    ]
    assert rate["difference"] == pytest.approx(values[0] - values[1], abs=0.02)  # rows without race count elsewhere


def test_where_groups_are_alike_nothing_is_found():
    rng = np.random.default_rng(2)
    arrays = applicants(4000) | {"race": rng.choice(["a", "b", "c"], 4000).tolist()}
    arrays |= {"d": rng.integers(0, 2, 4000), "p": rng.random(4000), "y": rng.integers(0, 2, 4000)}
    told = bias(arrays)
    assert not [item for item in told.findings if item.check == "fairness.worst_pair"]
    assert all(row["p Holm"] > 0.05 for row in cells(told.sections["bias"]["worst pairs"]))


def test_small_and_unstated_groups_are_counted_and_named(people):
    rare = dict(people, race=["z" if i < 3 else value for i, value in enumerate(people["race"])])
    found = bias(rare)
    small = check(found, "fairness.small_groups")
    assert "z (3 rows)" in small.sentence
    told = cells(found.sections["bias"]["groups"], grouping="race", metric="Selection rate")
    assert {row["group"] for row in told} == {"a", "b", "c", "d", "z", "not stated"}
    assert sum(row["rows"] for row in told) == 3000
    z = next(row for row in told if row["group"] == "z")
    assert z["gap method"] == "Clopper-Pearson of both sides"
    assert z["gap high"] - z["gap low"] > 0.5


def test_what_the_filed_number_of_cells_leaves_out_is_counted_and_named(people):
    found = bias(people, suite=edition("bias_groups", most_cells=10))
    left = check(found, "fairness.left_out")
    orders = found.sections["bias"]["intersections"].rows
    told = {row["grouping"] for row in cells(found.sections["bias"]["groups"])}
    assert told == {"race", "sex", "age", "race x sex", "race x age"}
    assert [row[:5] for row in orders] == [(1, 3, 3, 8, 0), (2, 3, 2, 10, 6), (3, 1, 0, 0, 0)]
    assert left.value == 6 + 2
    assert "race x age, sex x age, race x sex x age" in left.sentence
    rows = pd.DataFrame(people)
    kept = cells(found.sections["bias"]["groups"], grouping="race x age", metric="Accuracy")
    assert orders[1][5] == len(rows.dropna()) - sum(row["rows"] for row in kept if row["group"] != "not stated")


def test_the_order_of_the_rows_does_not_matter(people):
    order = np.random.default_rng(3).permutation(3000)
    shuffled = {name: [values[i] for i in order] for name, values in people.items()}
    first, second = (bias(arrays).to_dict()["sections"]["bias"] for arrays in (people, shuffled))
    assert first == second


def test_where_single_rows_are_not_shown_no_group_is_smaller_than_ten(people):
    rare = dict(people, race=["z" if i < 3 else value for i, value in enumerate(people["race"])])
    found = bias(rare, show_rows=False)
    told = cells(found.sections["bias"]["groups"])
    assert min(row["rows"] for row in told) >= 10
    assert "z" not in " ".join(row["group"] for row in told)


def test_one_attribute_of_too_many_values_leaves_the_others(people):
    found = bias(dict(people, race=[str(i) for i in range(3000)]))
    assert {row["grouping"] for row in cells(found.sections["bias"]["groups"])} == {"sex", "age", "sex x age"}
    assert any("3,000 different values" in item.text for item in found.findings)


def test_all_attributes_of_too_many_values_cannot_be_told(people):
    spec = {**HIRING, "attributes": HIRING["attributes"][:1]}
    found = bias(dict(people, race=[str(i) for i in range(3000)]), spec=spec)
    assert check(found, "fairness.worst_pair").verdict == "cannot_tell"


@pytest.mark.parametrize("rows", [1, 2])
def test_a_row_or_two_are_measured_as_wide_as_they_are(rows):
    arrays = {name: values[:rows] for name, values in applicants(10).items()}
    found = bias(arrays)
    assert all(item.verdict in ("measured", "cannot_tell") for item in found.checks), found.checks
    assert all(row["high"] - row["low"] >= 0.5 for row in cells(found.sections["bias"]["groups"]) if row["n"])


def test_attributes_that_are_constant_or_all_missing_are_no_error(people):
    found = bias(dict(people, race=[None] * 3000, sex=["f"] * 3000))
    silent = cells(found.sections["bias"]["groups"], grouping="race", metric="Accuracy")
    assert [(row["group"], row["rows"]) for row in silent] == [("not stated", 3000)]
    assert cells(found.sections["bias"]["attributes"], attribute="race")[0]["not stated"] == 3000


def test_a_task_of_many_classes_has_accuracy_harm_and_calibration(people):
    classes = np.array(["x", "y", "z"])
    rng = np.random.default_rng(8)
    arrays = dict(people, y=classes[rng.integers(0, 3, 3000)].tolist(), d=classes[rng.integers(0, 3, 3000)].tolist())
    spec = {key: HIRING[key] for key in ("label", "attributes", "probability")}
    found = bias(arrays, spec={**spec, "task": "multiclass", "decision": {"column": "d"}, "harmful_error": "either"})
    told = {row["metric"] for row in cells(found.sections["bias"]["groups"])}
    assert told == {"Accuracy", "Harmful errors", "Calibration gap"}


def test_proxied_attributes_say_what_proxies_do(people):
    spec = {**HIRING, "attributes": [{"name": "race", "column": "race", "source": "proxied"}]}
    found = bias(people, spec=spec)
    finding = next(item for item in found.findings if item.about == "race" and "inferred" in item.title)
    assert "usually shrinks gaps" in finding.text
    assert cells(found.sections["bias"]["attributes"])[0]["source"] == "proxied"


def test_propublicas_table_is_reached_with_its_intersections():
    """Angwin et al. 2016: false-positive rate 44.85 % and 23.45 %, false-negative rate 27.99 % and 47.72 %."""
    found = bias(frame_of(table("compas_two_years.csv")), spec=COMPAS)
    told = found.sections["bias"]["groups"]
    for group, fpr, fnr in (("African-American", 0.4485, 0.2799), ("Caucasian", 0.2345, 0.4772)):
        rows = {row["metric"]: row["value"] for row in cells(told, grouping="race", group=group)}
        assert (round(rows["False-positive rate"], 4), round(rows["False-negative rate"], 4)) == (fpr, fnr)
    assert len(cells(told, grouping="race x sex", metric="Accuracy")) == 12
    selected = cells(told, grouping="race", group="Caucasian", metric="Selection rate")[0]
    assert selected["k"] == 1600  # decile at most 4 is the favourable decision


def test_german_credits_published_disparity_by_age():
    """AIF360's tutorial on credit scoring, whole file: the young get good credit 14.94 points less often (.7948)."""
    german = table("german_credit.csv")
    spec = {
        **{key: HIRING[key] for key in ("task", "favourable_decision", "gap_metric")},
        "label": "creditability",
        "positive_label": "good",
        "decision": {"column": "creditability", "op": "==", "value": "good"},
        "attributes": [{"name": "age", "column": "age_group", "source": "recorded"}],
    }
    rows = cells(bias(frame_of(german), spec=spec).sections["bias"]["against others"], group="25_or_under")
    told = {row["measure"]: row["value"] for row in rows}
    assert round(told["Statistical parity difference"], 6) == -0.149448
    assert round(told["Disparate impact ratio"], 6) == 0.794826


def test_thirty_attributes_are_measured_singly_and_the_rest_is_counted():
    arrays = applicants(400)
    rng = np.random.default_rng(1)
    arrays |= {f"x{i}": rng.choice(list("uvw"), 400).tolist() for i in range(30)}
    attributes = [{"name": f"x{i}", "column": f"x{i}", "source": "recorded"} for i in range(30)]
    found = bias(arrays, spec={**HIRING, "attributes": attributes})
    orders = found.sections["bias"]["intersections"].rows
    assert sum(row[1] for row in orders) == 2**30 - 1
    assert orders[0][:4] == (1, 30, 30, 90)
    assert orders[1][2:4] == (34, 300)
    assert check(found, "fairness.left_out").value > 2**29


def test_no_attribute_is_not_run():
    arrays = {"y": [0, 1], "d": [0, 1], "p": [0.1, 0.9]}
    found = bias(frame_from_arrays(arrays), spec={**HIRING, "attributes": []})
    assert {item.verdict for item in found.checks} == {"not_run"}
