"""Weights and clusters: the linearised law against brute force and statsmodels, and coverage by simulation."""

import numpy as np
import pytest
from engine_examples import BINARY, RACE, audit, outcomes
from statsmodels.stats.weightstats import DescrStatsW

from audits.engine.bounds import cp_upper
from audits.engine.effective import Design, apart, worth_of

GAMMA = 0.90


def households(rng, count, size, rate, within):
    """y and cluster of `count` households: a beta-binomial with intra-class correlation `within`."""
    a, b = rate * (1 / within - 1), (1 - rate) * (1 / within - 1)
    cluster = np.repeat(np.arange(count), size)
    return rng.random(count * size) < rng.beta(a, b, count)[cluster], cluster


def design(cluster, weights=None):
    return Design(np.ones(len(cluster)) if weights is None else weights, np.asarray(cluster, np.int64), "test")


def every(y):
    return np.ones(len(y), dtype=bool)


def test_rows_that_stand_alone_with_equal_weights_are_worth_their_number():
    y = np.arange(500) % 10 == 0
    worth = worth_of(y, every(y), design(np.arange(500)), GAMMA)
    assert worth.n_eff == pytest.approx(500)
    assert worth.upper(GAMMA) == pytest.approx(cp_upper(50, 500, GAMMA))


def test_households_of_copies_are_worth_their_number_whatever_their_size():
    first = np.arange(300) % 10 == 0
    y, cluster = np.repeat(first, 4), np.repeat(np.arange(300), 4)
    worth = worth_of(y, every(y), design(cluster), GAMMA)
    assert worth.n == 1_200
    assert worth.n_eff == pytest.approx(300, rel=0.01)
    assert worth.upper(GAMMA) >= cp_upper(30, 300, GAMMA)


def test_the_weighted_rate_and_kish_agree_with_statsmodels():
    rng = np.random.default_rng(3)
    y, weights = rng.random(800) < 0.2, rng.gamma(2.0, 1.0, 800)
    worth = worth_of(y, every(y), design(np.arange(800), weights), GAMMA)
    assert worth.rate == pytest.approx(DescrStatsW(y.astype(float), weights).mean)
    assert worth.kish == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_the_design_effect_agrees_with_clusters_dropped_one_by_one():
    """The delete-one-cluster jackknife estimates the same variance without any linearisation."""
    rng = np.random.default_rng(4)
    y, cluster = households(rng, 300, 5, 0.2, 0.3)
    weights = rng.gamma(4.0, 1.0, len(y))
    worth = worth_of(y, every(y), design(cluster, weights), GAMMA)
    left = [np.average(y[cluster != one], weights=weights[cluster != one]) for one in range(300)]
    jackknife = 299 / 300 * ((np.array(left) - np.mean(left)) ** 2).sum()
    assert worth.effect == pytest.approx(jackknife * (worth.kish - 1) / (worth.rate * (1 - worth.rate)), rel=0.02)


def test_clusters_never_speak_in_our_favour():
    y = np.tile([True, False], 500)  # each household is balanced: less variance between them than by chance
    worth = worth_of(y, every(y), design(np.repeat(np.arange(500), 2)), GAMMA)
    assert worth.effect == 1.0
    assert worth.n_eff <= 1_000


def test_without_an_error_the_rows_of_a_cluster_are_taken_to_say_the_same():
    y, cluster = np.zeros(1_000, dtype=bool), np.repeat(np.arange(100), 10)
    worth = worth_of(y, every(y), design(cluster), GAMMA)
    assert worth.dependent
    assert worth.n_eff <= 100
    assert worth.upper(GAMMA) >= cp_upper(0, 100, GAMMA)


def test_one_cluster_has_no_bound():
    y = np.zeros(50, dtype=bool)
    assert worth_of(y, every(y), design(np.zeros(50)), GAMMA) is None


@pytest.mark.parametrize(
    ("count", "size", "rate", "within"), [(100, 4, 0.15, 0.3), (60, 10, 0.2, 0.1), (300, 3, 0.05, 0.8)]
)
def test_the_bound_holds_the_rate_of_clustered_rows(count, size, rate, within):
    rng, held, plain = np.random.default_rng(count), 0, 0
    for _ in range(2_000):
        y, cluster = households(rng, count, size, rate, within)
        worth = worth_of(y, every(y), design(cluster), GAMMA)
        held += worth.upper(GAMMA) >= rate
        plain += cp_upper(int(y.sum()), len(y), GAMMA) >= rate
    assert held / 2_000 >= 0.88
    assert plain < held  # the bound of independent rows is what this replaces


def test_the_gap_holds_where_both_groups_share_households():
    rng, held = np.random.default_rng(9), 0
    for _ in range(2_000):
        y, cluster = households(rng, 120, 4, 0.2, 0.3)
        inside = rng.random(len(y)) < 0.4
        found = apart(y, (inside, ~inside), design(cluster), GAMMA)
        held += found.interval.high >= 0
    assert held / 2_000 >= 0.88


def people(copies=1):
    rows = {name: np.repeat(np.asarray(cells), copies) for name, cells in outcomes(400, 60, 60, 400).items()}
    total = len(rows["y"])
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(total // copies), copies)
    return {
        **rows,
        "person": person,
        "w": np.ones(total),
        "race": np.where(rng.random(total // copies)[person] < 0.5, "a", "b"),
    }


def test_an_audit_tells_rows_and_what_they_are_worth():
    spec = {**BINARY, "cluster": "person"}
    found = audit(people(4), spec)
    error = found.dimensions["error"].figures
    alone = audit(people(1)).dimensions["error"].figures
    assert error["n"] == 3_680
    assert float(error["n_eff"]) == pytest.approx(920, rel=0.01)
    assert error["approximate"]
    assert float(error["u"]) == pytest.approx(float(alone["u"]), rel=0.02)
    check = next(each for each in found.checks if each.id == "performance.harmful_error")
    assert "approximate" in check.method
    assert "3,680 rows are worth 918 independent ones" in check.sentence
    assert "effective rows" in found.sections["performance"]
    assert any(each.title == "Rows are weighted or come in clusters" for each in found.findings)


def test_a_gap_between_clustered_rows_is_no_narrower():
    spec = {**BINARY, "attributes": [RACE], "gap_metric": "false_positive_rate"}
    plain = audit(people(4), spec).dimensions["gap"].figures
    found = audit(people(4), {**spec, "cluster": "person"}).dimensions["gap"].figures
    assert found["n"] == plain["n"]
    assert float(found["n_eff"]) < found["n"] / 3
    assert float(found["half_width"]) > 1.5 * float(plain["half_width"])


def test_a_weight_that_is_none_leaves_the_error_open_and_says_so():
    rows = people()
    rows["w"][3] = -1.0
    found = audit(rows, {**BINARY, "weight": "w"})
    assert found.dimensions["error"].state == "cannot_tell"
    assert any("negative" in each.text for each in found.findings)


def test_weights_that_hide_the_errors_are_told():
    rows = people()
    rows["w"] = np.where((rows["y"] == 0) & (rows["d"] == 1), 0.05, 1.0)
    found = audit(rows, {**BINARY, "weight": "w"})
    told = next(each for each in found.findings if each.title == "Weights lower the error rate")
    assert told.severity == "high"
    assert "6.52 %" in told.text


def test_equal_weights_change_no_bound():
    plain = audit(people()).dimensions["error"].figures
    found = audit(people(), {**BINARY, "weight": "w"}).dimensions["error"].figures
    assert (found["point"], found["u"]) == (plain["point"], plain["u"])


def test_a_specification_without_the_columns_is_written_as_before():
    found = audit(people())
    assert "weight" not in found.spec
    assert "n_eff" not in found.dimensions["error"].figures
