"""Gaps within strata, against statsmodels, published tables and drawn data."""

import numpy as np
import pytest
from bias_examples import HIRING, applicants, bias, cells, edition
from engine_examples import check
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from audits.engine.bias.strata import (
    Strata,
    enough,
    homogeneity,
    null_test,
    odds_ratio,
    risk_difference,
)

# Bickel, Hammel and O'Connell 1975, Science 187, six largest departments: admitted and rejected, men then women.
BERKELEY = {
    "A": ((512, 313), (89, 19)),
    "B": ((353, 207), (17, 8)),
    "C": ((120, 205), (202, 391)),
    "D": ((138, 279), (131, 244)),
    "E": ((53, 138), (94, 299)),
    "F": ((22, 351), (24, 317)),
}
ADMISSION = {
    **{
        key: HIRING[key] for key in ("task", "label", "positive_label", "decision", "favourable_decision", "gap_metric")
    },
    "harmful_error": "false_negative",
    "attributes": [{"name": "sex", "column": "sex", "source": "recorded"}],
    "legitimate": [{"name": "department", "column": "department"}],
}


def berkeley():
    cells_of = [
        (sex, department, decided, counts[1 - decided])
        for department, both in BERKELEY.items()
        for sex, counts in zip(("men", "women"), both, strict=True)
        for decided in (1, 0)
    ]
    n = [count for *_, count in cells_of]
    columns = [np.repeat([cell[i] for cell in cells_of], n) for i in range(3)]
    decided = columns[2].astype(int)
    return {"sex": columns[0].tolist(), "department": columns[1].tolist(), "d": decided, "y": decided}


def drawn(seed, strata=6):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(20, 120, strata), rng.integers(20, 200, strata)
    return Strata(rng.binomial(n, rng.uniform(0.2, 0.8, strata)), n, rng.binomial(m, rng.uniform(0.2, 0.8, strata)), m)


def oracle(tables):
    each = zip(tables.k, tables.n, tables.other_k, tables.other_n, strict=True)
    return StratifiedTable([np.array([[k, n - k], [j, m - j]], dtype=float) for k, n, j, m in each])


@pytest.mark.parametrize("seed", range(6))
def test_odds_ratio_interval_and_tests_are_statsmodels(seed):
    tables = drawn(seed)
    peer = oracle(tables)
    value, around = odds_ratio(tables, 0.9)
    assert value == pytest.approx(peer.oddsratio_pooled)
    assert (around.low, around.high) == pytest.approx(peer.oddsratio_pooled_confint(alpha=0.1))
    null, same = null_test(tables), homogeneity(tables)
    theirs = peer.test_null_odds(correction=False), peer.test_equal_odds(adjust=True)
    assert (null.statistic, null.p) == pytest.approx((theirs[0].statistic, theirs[0].pvalue))
    assert (same.statistic, same.p) == pytest.approx((theirs[1].statistic, theirs[1].pvalue))


def test_the_risk_difference_is_the_weighted_mean_of_the_strata():
    tables = drawn(3)
    gap = tables.k / tables.n - tables.other_k / tables.other_n
    weights = tables.n * tables.other_n / tables.whole
    assert risk_difference(tables, 0.9)[0] == pytest.approx(np.average(gap, weights=weights))


def test_one_stratum_is_the_plain_difference():
    tables = Strata(np.array([40]), np.array([100]), np.array([90]), np.array([150]))
    value, around = risk_difference(tables, 0.9)
    assert value == pytest.approx(0.4 - 0.6)
    plain = stats.norm.isf(0.05) * np.sqrt(0.4 * 0.6 / 100 + 0.6 * 0.4 / 150)
    assert around.high - around.low == pytest.approx(2 * plain, rel=0.02)
    assert odds_ratio(tables, 0.9)[0] == pytest.approx((40 * 60) / (60 * 90))


@pytest.mark.parametrize("strata", [[(60, 90), (40, 200)], [(8, 12)] * 40, [(3, 5)] * 150])
@pytest.mark.parametrize("gap", [0.0, 0.15, -0.2])
def test_within_strata_intervals_cover(strata, gap):
    """Few large strata and many small ones, 2,000 draws each; outside Mantel and Fleiss' rule nothing is said."""
    rng = np.random.default_rng([len(strata), round(100 * gap) + 20])
    n, m = np.array(strata).T
    base = np.linspace(0.25, 0.75, len(n))
    inside, told = 0, 0
    for _ in range(2000):
        tables = Strata(rng.binomial(n, base + gap), n, rng.binomial(m, base), m)
        if enough(tables):
            told += 1
            around = risk_difference(tables, 0.9)[1]
            inside += around.low <= gap <= around.high
    assert told > 1500
    assert inside / told >= 0.88


@pytest.mark.parametrize("ratio", [1.0, 2.5])
@pytest.mark.parametrize("strata", [[(60, 90), (40, 200)], [(6, 9)] * 60])
def test_the_common_odds_ratio_covers(ratio, strata):
    rng = np.random.default_rng(len(strata))
    n, m = np.array(strata).T
    base = np.linspace(0.2, 0.6, len(n))
    other = ratio * base / (1 - base + ratio * base)
    inside = 0
    for _ in range(2000):
        around = odds_ratio(Strata(rng.binomial(n, other), n, rng.binomial(m, base), m), 0.9)[1]
        inside += around.low <= ratio <= around.high
    assert inside / 2000 >= 0.88


def test_a_sum_of_nought_has_no_odds_ratio_and_no_test():
    none = Strata(np.array([0, 0]), np.array([5, 6]), np.array([0, 0]), np.array([7, 8]))
    assert odds_ratio(none, 0.9) is None
    assert null_test(none) is None
    assert homogeneity(none) is None
    assert not enough(none)


def test_berkeleys_admissions_turn_round_within_departments():
    """Women 30.4 % against men 44.5 %; within departments the common odds ratio of men to women is .9047
    (.7719 to 1.0603 at 95 %, R's mantelhaen.test(UCBAdmissions))."""
    found = bias(berkeley(), "bias_conditional", spec=ADMISSION)
    women, men = (cells(found.sections["bias"]["within factors"], group=name)[0] for name in ("women", "men"))
    assert women["difference"] == pytest.approx(557 / 1835 - 1198 / 2691)
    assert round(men["odds ratio"], 4) == 0.9047
    assert women["within factors"] > 0
    assert men["Breslow-Day p"] < 0.01
    turned = [item for item in found.findings if item.title.startswith("sex: the gap of women turns round")]
    assert "Simpson's paradox" in turned[0].text
    assert "though the second may be chance" in turned[0].text
    assert check(found, "fairness.conditional", "sex: women").verdict == "pass"


def test_berkeleys_interval_is_the_published_one():
    counts = np.array([[both[0], both[1]] for both in BERKELEY.values()])
    k, n = counts[:, 0, 0], counts[:, 0].sum(axis=1)
    j, m = counts[:, 1, 0], counts[:, 1].sum(axis=1)
    value, around = odds_ratio(Strata(k, n, j, m), 0.95)
    assert [round(each, 4) for each in (value, around.low, around.high)] == [0.9047, 0.7719, 1.0603]


def test_a_gap_that_stays_within_the_factors_is_a_finding():
    arrays = applicants(6000) | {"grade": np.tile(["x", "y", "z"], 2000).tolist()}
    spec = {**HIRING, "legitimate": [{"name": "grade", "column": "grade"}, {"name": "age", "column": "age"}]}
    found = bias(arrays, "bias_conditional", spec=spec)
    sexes = {row["group"]: row for row in cells(found.sections["bias"]["within factors"], attribute="sex")}
    assert sexes["f"]["strata compared"] == 6
    assert sexes["f"]["within factors"] == pytest.approx(-sexes["m"]["within factors"])
    assert any(item.title == "sex: f fares worse within grade, age" for item in found.findings)
    crude = [row["difference"] for row in sexes.values()]
    assert np.abs(crude[0] - sexes["f"]["within factors"]) < 0.02


def test_strata_without_anybody_to_compare_with_are_counted():
    arrays = berkeley()
    arrays["department"] = [
        "women only" if sex == "women" and place == "A" else place
        for sex, place in zip(arrays["sex"], arrays["department"], strict=True)
    ]
    arrays["department"][-1] = None
    found = bias(arrays, "bias_conditional", spec=ADMISSION)
    alone = check(found, "fairness.uncompared")
    assert alone.value == 108 + 825 + 1  # women of A, men of A without women beside them, one row without department
    women = cells(found.sections["bias"]["within factors"], group="women")[0]
    assert (women["strata"], women["strata compared"]) == (7, 5)


def test_too_few_rows_cannot_tell():
    arrays = {name: values[::400] for name, values in berkeley().items()}
    found = bias(arrays, "bias_conditional", spec=ADMISSION)
    assert check(found, "fairness.conditional").verdict == "cannot_tell"
    assert not found.findings


@pytest.mark.parametrize("broken", ["one sex", "no factor", "many values"])
def test_bad_input_is_told_and_nothing_fails(broken):
    arrays = berkeley()
    size = len(arrays["d"])
    change = {
        "one sex": {"sex": ["men"] * size},
        "no factor": {"department": [None] * size},
        "many values": {"department": [str(i) for i in range(size)]},
    }[broken]
    found = bias(arrays | change, "bias_conditional", spec=ADMISSION)
    assert check(found, "fairness.conditional").verdict == "cannot_tell"


def test_where_single_rows_are_not_shown_no_stratum_of_a_few_is_told():
    found = bias(berkeley(), "bias_conditional", spec=ADMISSION, show_rows=False)
    rows = cells(found.sections["bias"]["strata"])
    assert min(min(row["n"], row["others n"]) for row in rows) >= 10


def test_factors_of_too_many_combinations_are_refused_with_a_remedy():
    arrays = berkeley()
    size = len(arrays["d"])
    arrays |= {f"f{i}": [str((row // 7**i) % 90) for row in range(size)] for i in range(3)}
    factors = [{"name": f"f{i}", "column": f"f{i}"} for i in range(3)]
    found = bias(arrays, spec={**ADMISSION, "legitimate": factors}, suite=edition("bias_conditional", most_strata=1000))
    assert "too many to find people alike" in found.findings[0].text


def test_without_a_legitimate_factor_it_is_not_run():
    found = bias(berkeley(), "bias_conditional", spec={**ADMISSION, "legitimate": []})
    assert {item.verdict for item in found.checks} == {"not_run"}
