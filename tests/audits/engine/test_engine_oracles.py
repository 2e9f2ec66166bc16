"""The same figures by fairlearn, scikit-learn and brute force."""

import numpy as np
import pytest
from engine_examples import COMPAS, RACE, audit, check, frame_of, judge, rows_of, table
from fairlearn.metrics import (
    MetricFrame,
    count,
    demographic_parity_difference,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, confusion_matrix, precision_score, roc_auc_score

from audits.engine.auc import auc
from audits.suites import CURRENT

FAIR = {"false_positive_rate": "FPR", "miss_rate": "FNR", "true_positive_rate": "TPR"}


def drawn(seed: int, n: int = 3000) -> dict[str, np.ndarray]:
    """A seeded population whose groups differ in base rate and in treatment; scores have ties."""
    rng = np.random.default_rng(seed)
    race = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    event = rng.random(n) < np.where(race == "a", 0.3, 0.5)
    score = np.round(np.clip(0.35 * event + 0.1 * (race == "c") + rng.beta(2, 3, n) * 0.6, 0, 1), 2)
    return {"y": event.astype(int), "p": score, "race": race}


def audit_drawn(arrays, **changes):
    spec = {"decision": {"column": "p", "op": ">=", "value": "0.5"}, "probability": "p", "attributes": [RACE]}
    return audit({**arrays, "race": arrays["race"].tolist()}, favourable_decision="positive", **spec, **changes)


@pytest.mark.parametrize("seed", [1, 2])
def test_group_rates_are_fairlearns(seed):
    arrays = drawn(seed)
    decided = (arrays["p"] >= 0.5).astype(int)
    metrics = {"n": count, "selection": selection_rate, "FPR": false_positive_rate, "FNR": false_negative_rate}
    peer = MetricFrame(
        metrics={**metrics, "TPR": true_positive_rate, "PPV": precision_score},
        y_true=arrays["y"], y_pred=decided, sensitive_features=arrays["race"],
    ).by_group  # fmt: skip
    ours = rows_of(audit_drawn(arrays).to_dict()["sections"]["fairness"]["race"], "group")
    for group, row in peer.iterrows():
        mine = [ours[group][f"{name} value"] for name in ("FPR", "FNR", "TPR", "PPV")]
        assert mine == pytest.approx([row[name] for name in ("FPR", "FNR", "TPR", "PPV")])
        assert (ours[group]["n"], ours[group]["selection rate"]) == (row["n"], pytest.approx(row["selection"]))


def test_compas_gaps_are_fairlearns():
    found = table("compas_two_years.csv").query("race in ('African-American', 'Caucasian')")
    decided = (found["decile_score"] >= 5).astype(int)
    names = {"sensitive_features": found["race"]}
    rows = audit(frame_of(found), COMPAS).to_dict()["sections"]["fairness"]["race: gaps"]
    gaps = {(row[0], row[1]): row[rows["columns"].index("gap")] for row in rows["rows"]}
    group = "African-American"
    parity = demographic_parity_difference(found["two_year_recid"], decided, **names)
    odds = equalized_odds_difference(found["two_year_recid"], decided, **names)
    assert gaps["Selection rate", group] == pytest.approx(parity)
    assert max(gaps["False-positive rate", group], gaps["Miss rate", group]) == pytest.approx(odds)


@pytest.mark.parametrize("seed", [3, 4])
def test_ranking_and_brier_are_scikit_learns(seed):
    arrays = drawn(seed)
    found = audit_drawn(arrays)
    assert check(found, "performance.auc").value == pytest.approx(roc_auc_score(arrays["y"], arrays["p"]))
    assert check(found, "performance.brier").value == pytest.approx(brier_score_loss(arrays["y"], arrays["p"]))
    (tn, fp), (fn, tp) = confusion_matrix(arrays["y"], arrays["p"] >= 0.5)
    assert found.sections["performance"]["confusion"].rows == (("positive", tp, fp), ("negative", fn, tn))


def delong_by_pairs(score, event):
    """AUC and its variance from the definition: every pair compared."""
    yes, no = score[event], score[~event]
    pairs = (yes[:, None] > no[None, :]) + 0.5 * (yes[:, None] == no[None, :])
    variance = pairs.mean(axis=1).var(ddof=1) / len(yes) + pairs.mean(axis=0).var(ddof=1) / len(no)
    return pairs.mean(), variance


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 30), st.integers(1, 12))
def test_auc_and_delong_equal_the_definition(seed, events, others, levels):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, events + others).astype(float)
    event = np.arange(events + others) < events
    ours = auc(score, event)
    assert (ours.value, ours.variance) == pytest.approx(delong_by_pairs(score, event), abs=1e-12)


def test_a_perfect_ranking_of_few_is_not_taken_for_certain():
    area = auc(np.array([1.0, 2, 3, 4, 5, 6]), np.arange(6) >= 3)
    assert area.value == 1
    assert area.interval(0.9).low == pytest.approx(0.05 ** (1 / 3))


def test_one_case_of_an_outcome_gives_no_auc():
    assert auc(np.array([1.0, 2, 3]), np.array([True, False, False])) is None


def test_group_tests_are_scipys():
    arrays = drawn(5)
    found = audit_drawn(arrays, gap_metric="selection_rate").to_dict()["sections"]["fairness"]["race: gaps"]
    place, decided = found["columns"].index("p"), arrays["p"] >= 0.5
    for row in (row for row in found["rows"] if row[0] == "Selection rate"):
        mine = arrays["race"] == row[1]
        cells = [[np.sum(decided & side), np.sum(~decided & side)] for side in (mine, ~mine)]
        assert row[place] == pytest.approx(stats.chi2_contingency(cells, correction=False).pvalue, rel=1e-9)


def test_the_judge_of_the_examples_reads_the_published_suite():
    assert judge().suite.id == CURRENT
