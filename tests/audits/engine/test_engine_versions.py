"""Two judges of the same cases against statsmodels, scikit-learn, brute force and a published example; versions joined
by row; what cannot be compared is counted."""

from dataclasses import replace
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from engine_examples import BINARY, SEED, check, rows_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import cohen_kappa_score, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.paired import Pairs, areas, pairs_of
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
ONLY = replace(EDITION, checks=tuple(one for one in EDITION.checks if one.name in ("versions", "shadow")))
Z90, Z95 = 1.6448536269514722, 1.959963984540054
CELLS = st.tuples(*[st.integers(0, 40)] * 4).filter(lambda cells: sum(cells) > 0)


@settings(max_examples=80, deadline=None)
@given(CELLS)
def test_mcnemar_is_statsmodels_and_the_coin_s(cells):
    pairs = Pairs(*cells)
    both, first, second, neither = cells
    assert pairs.p == pytest.approx(mcnemar([[both, first], [second, neither]], exact=True).pvalue)
    n, few = first + second, min(first, second)
    tail = sum(Fraction(comb(n, k), 2**n) for k in range(few + 1))
    assert pairs.p == pytest.approx(float(min(Fraction(1), 2 * tail)))


@settings(max_examples=80, deadline=None)
@given(CELLS)
def test_kappa_is_statsmodels_and_sklearns(cells):
    pairs = Pairs(*cells)
    both, first, second, neither = cells
    truth = [1] * (both + first) + [0] * (second + neither)
    other = [1] * both + [0] * first + [1] * second + [0] * neither
    assume(pairs.kappa is not None)
    assert pairs.kappa == pytest.approx(cohen_kappa_score(truth, other))
    peer = cohens_kappa(np.array([[both, first], [second, neither]]))
    assume(np.isfinite(peer.std_kappa))  # where one reader says the same of all, theirs divides rounding by zero
    assert pairs._kappa_error(pairs.kappa) == pytest.approx(peer.std_kappa, abs=1e-9)


def test_kappa_has_an_interval_only_where_its_law_holds():
    assert Pairs(40, 10, 20, 80).kappa_interval(Z95).low == pytest.approx(0.5714286 - Z95 * 0.0687849, abs=1e-6)
    for few in (Pairs(20, 5, 5, 20), Pairs(2, 0, 0, 400), Pairs(100, 0, 0, 100), Pairs(100, 0, 0, 0)):
        assert few.kappa_interval(Z95) is None
    assert Pairs(100, 0, 0, 0).kappa is None


def test_the_paired_difference_is_newcombes_published_one():
    """Newcombe 1998, Statistics in Medicine 17:2635, table of chosen contrasts: 36, 12, 2, 0 by method 10."""
    around = Pairs(36, 12, 2, 0).difference(Z95)
    assert (around.low, around.high) == pytest.approx((0.0569, 0.3404), abs=5e-5)


@settings(max_examples=60, deadline=None)
@given(CELLS)
def test_the_paired_difference_is_antisymmetric_and_holds_the_point(cells):
    both, first, second, neither = cells
    one, other = Pairs(*cells).difference(Z90), Pairs(both, second, first, neither).difference(Z90)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)
    gap = (first - second) / sum(cells)
    assert -1 <= one.low - 1e-12 <= gap + 1e-9
    assert gap - 1e-9 <= one.high <= 1 + 1e-9


@pytest.mark.parametrize("chances", [(0.05, 0.02, 0.02, 0.91), (0.05, 0.06, 0.02, 0.87), (0.3, 0.2, 0.1, 0.4)])
@pytest.mark.parametrize("rows", [120, 1000])
def test_the_paired_difference_covers(chances, rows):
    rng = np.random.default_rng(3)
    found = [Pairs(*cells).difference(Z90) for cells in rng.multinomial(rows, chances, 2000).tolist()]
    truth = chances[1] - chances[2]
    assert np.mean([around.low <= truth <= around.high for around in found]) >= 0.88


@pytest.mark.parametrize("chances", [(0.3, 0.1, 0.1, 0.5), (0.15, 0.1, 0.05, 0.7)])
def test_the_interval_of_kappa_covers(chances):
    rng, (a, b, c, d) = np.random.default_rng(4), chances
    by_chance = (a + b) * (a + c) + (c + d) * (b + d)
    truth = (a + d - by_chance) / (1 - by_chance)
    found = [Pairs(*cells).kappa_interval(Z90) for cells in rng.multinomial(150, chances, 2000).tolist()]
    assert np.mean([around.low <= truth <= around.high for around in found if around]) >= 0.88


def brute(score, event):
    """Wins of each case over the cases of the other outcome, pair by pair."""
    yes, no = score[event], score[~event]
    wins = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    return wins.mean(1), wins.mean(0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(6, 60))
def test_paired_areas_are_delongs_by_brute_force(seed, rows):
    rng = np.random.default_rng(seed)
    event = rng.random(rows) < 0.5
    assume(min(event.sum(), (~event).sum()) >= 2)
    first, second = rng.integers(0, 6, rows).astype(float), rng.normal(0, 1, rows)
    found = areas(first, second, event)
    assert (found.first, found.second) == pytest.approx((roc_auc_score(event, first), roc_auc_score(event, second)))
    yes, no = zip(brute(first, event), brute(second, event), strict=True)
    weights = np.array([1, -1])
    variance = sum(weights @ np.cov(np.stack(part)) @ weights / len(part[0]) for part in (yes, no))
    assert found.variance == pytest.approx(variance, abs=1e-12)


def test_the_same_ranking_has_no_difference_and_no_interval():
    score, event = np.arange(40.0), np.arange(40) % 3 == 0
    found = areas(score, 2 * score + 1, event)
    assert (found.interval(Z90), found.p) == (None, 1.0)
    assert areas(score, score, np.zeros(40, bool)) is None


@pytest.mark.parametrize("lift", [0.0, 0.5])
def test_the_paired_interval_of_the_areas_covers(lift):
    """Two noisy readings of one signal; the true areas by the normal law of the difference of two cases."""
    rng = np.random.default_rng(5)
    truth = [norm.cdf(1 / np.sqrt(2 * (1 + spread**2))) for spread in (1.0, 1.0 + lift)]
    held = []
    for _ in range(2000):
        event = np.arange(150) < 75
        signal = event + rng.normal(0, 1, 150)
        first, second = signal + rng.normal(0, 1, 150), signal + rng.normal(0, 1 + lift, 150)
        around = areas(first, second, event).interval(Z90)
        held.append(around.low <= truth[0] - truth[1] <= around.high)
    assert np.mean(held) >= 0.88


SPEC = {
    **BINARY,
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "row_id": "id",
    "slices": [{"name": "branch", "column": "branch"}],
}


def answered(rows=600, seed=1):
    """Rows with an outcome and the answers of a version that is right about them more often than not."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    p = np.clip(0.3 + 0.4 * y + rng.normal(0, 0.25, rows), 0, 1)
    return {"id": np.arange(rows) + 10**17, "y": y, "p": p, "branch": rng.choice(["north", "south"], rows).tolist()}


def beside(arrays, earlier, spec=SPEC, role="earlier", **more):
    whole = frame_from_arrays(arrays)
    roles = {role: frame_from_arrays(earlier)} if earlier is not None else {}
    return run_suite(whole, spec_parse(spec), ONLY, seed=SEED, dataset_digest="", beside=roles, **more)


def test_a_version_that_got_worse_in_one_branch_is_found_there():
    now = answered()
    south = np.array(now["branch"]) == "south"
    worse = {**now, "p": np.where(south & (now["y"] == 0) & (np.arange(600) % 3 > 0), 0.9, now["p"])}
    found = beside(worse, {"id": now["id"], "p": now["p"]})
    before, after = ((now["p"] >= 0.5) & (now["y"] == 0)), ((worse["p"] >= 0.5) & (now["y"] == 0))
    pairs = pairs_of(after, before)
    harm = check(found, "versions.harmful_errors")
    assert (harm.value, harm.n) == (pytest.approx(after.mean() - before.mean()), 600)
    assert (harm.low, harm.high) == pytest.approx((pairs.difference(Z90).low, pairs.difference(Z90).high))
    titles = {one.title for one in found.findings}
    assert {"This version does more harm than the earlier", "This version does more harm: branch: south"} <= titles
    assert "This version does more harm: branch: north" not in titles
    table = rows_of(vars(found.sections["versions"]["by group"]), "group")
    p = [
        mcnemar([[0, pairs_of(after[w], before[w]).first], [pairs_of(after[w], before[w]).second, 0]]).pvalue
        for w in (~south, south)
    ]
    adjusted = [table[name]["harmful errors: p (Holm)"] for name in ("north", "south")]
    assert adjusted == pytest.approx(multipletests(p, method="holm")[1])
    changed = int(((worse["p"] >= 0.5) != (now["p"] >= 0.5)).sum())
    assert check(found, "versions.churn").k == changed
    assert check(found, "versions.auc").value == pytest.approx(
        roc_auc_score(now["y"], worse["p"]) - roc_auc_score(now["y"], now["p"])
    )


def test_a_quantised_model_beside_its_original_says_how_far_scores_moved_and_what_flipped():
    now = answered()
    quantised = {**now, "p": np.round(now["p"] * 16) / 16}
    found = beside(quantised, {"id": now["id"], "p": now["p"]})
    moved = np.abs(quantised["p"] - now["p"])
    assert check(found, "versions.score_change").value == pytest.approx(moved.max())
    assert found.sections["versions"]["scores"].rows[0][3] == pytest.approx(moved.mean())
    flips = int(((quantised["p"] >= 0.5) != (now["p"] >= 0.5)).sum())
    assert check(found, "versions.churn").k == flips
    changed = found.sections["versions"]["changed"].rows
    assert sum(row[2] + row[3] for row in changed) == flips


def test_rows_are_joined_by_name_whatever_their_order():
    now, rng = answered(), np.random.default_rng(2)
    order = rng.permutation(600)
    one = beside(now, {"id": now["id"], "p": now["p"] * 0.9})
    other = beside(now, {"id": now["id"][order], "p": (now["p"] * 0.9)[order]})
    assert one.to_bytes() == other.to_bytes()


def test_rows_of_one_file_doubled_rows_and_unnamed_rows_are_counted_and_found():
    now = {
        "id": [1, 2, 3, 3, None, 6],
        "y": [0, 1, 0, 1, 0, 1],
        "p": [0.1, 0.9, 0.6, 0.7, 0.2, 0.8],
        "branch": ["a"] * 6,
    }
    earlier = {"id": [2, 1, 3, 8, 8, 9], "p": [0.9, 0.6, 0.1, 0.1, 0.1, 0.1]}
    found = beside(now, earlier)
    assert dict(found.sections["versions"]["joined"].rows) == {
        "rows in both": 2,
        "rows only in the audited data": 1,
        "rows only in the earlier answers": 2,
        "audited rows without a name": 1,
        "audited rows with a name used more than once": 2,
        "earlier rows without a name": 0,
        "earlier rows with a name used more than once": 2,
    }
    assert {"Rows are not named once each", "Rows are in one version's answers only"} <= {
        f.title for f in found.findings
    }
    assert check(found, "versions.churn").k == 1


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        ({"p": [0.5]}, "no column 'id'"),
        ({"id": [1]}, "no column 'p'"),
        ({"id": [77], "p": [0.5]}, "No row is named in both"),
        ({"id": ["10**17"], "p": [7.0]}, "No row is named in both"),
    ],
)
def test_earlier_answers_that_do_not_fit_are_a_typed_finding(earlier, said):
    found = beside(answered(50), earlier)
    assert {one.verdict for one in found.checks if one.id.startswith("versions")} == {"cannot_tell"}
    assert any(said in one.text for one in found.findings)


def test_scores_that_the_earlier_file_lacks_are_not_compared():
    spec = {**BINARY, "probability": "p", "row_id": "id"}
    arrays = {**answered(200), "d": np.arange(200) % 2}
    found = beside(arrays, {"id": arrays["id"], "d": 1 - arrays["d"]}, spec)
    assert not [one for one in found.checks if one.id == "versions.auc"]
    assert check(found, "versions.churn").value == 1


def test_forecasts_are_compared_within_their_tolerance():
    spec = {"task": "regression", "label": "y", "decision": {"column": "f"}, "tolerance": "1", "direction": "over"}
    y = np.arange(300.0)
    arrays = {"id": np.arange(300), "y": y, "f": y + np.where(np.arange(300) < 60, 2.0, 0.0)}
    found = beside(arrays, {"id": np.arange(300), "f": y}, {**spec, "row_id": "id"})
    assert check(found, "versions.errors").value == pytest.approx(0.2)
    assert check(found, "versions.churn").k == 60
    assert check(found, "versions.score_change").value == 2.0


def test_a_person_beside_the_model():
    rng = np.random.default_rng(7)
    now = answered(800)
    person = np.where(rng.random(800) < 0.9, now["y"], 1 - now["y"])
    spec = {**SPEC, "human": "person", "attributes": [{"name": "branch", "column": "branch", "source": "recorded"}]}
    found = beside({**now, "person": person}, None, {**spec, "slices": []})
    positive = now["p"] >= 0.5
    assert check(found, "oversight.agreement").k == int((positive == person).sum())
    assert check(found, "oversight.kappa").value == pytest.approx(cohen_kappa_score(positive, person))
    pairs = pairs_of(positive != now["y"], person != now["y"])
    table = found.sections["oversight"]["shadow"].rows[0]
    assert table == ("errors", pairs.both, pairs.first, pairs.second, pairs.neither, 800, pairs.p)
    by_group = found.sections["oversight"]["agreement by group"].rows
    assert sum(row[2] for row in by_group) == 800
    assert any(one.title.startswith("The model does more harm than the person") for one in found.findings)


def test_persons_and_classes_agree_by_name():
    spec = {"task": "multiclass", "label": "y", "decision": {"column": "d"}, "human": "h"}
    arrays = {"y": list("abcabc"), "d": list("abcaaa"), "h": list("abdabb")}
    found = beside(arrays, None, spec)
    assert check(found, "oversight.agreement").k == 3
    assert check(found, "oversight.errors").value == pytest.approx(0)


def test_a_person_who_never_decided_is_a_typed_finding():
    found = beside({**answered(50), "person": [None] * 50}, None, {**SPEC, "human": "person"})
    assert {one.verdict for one in found.checks if one.id.startswith("oversight")} == {"cannot_tell"}
