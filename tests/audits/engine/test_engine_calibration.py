"""Prudent ECE against pandas' quantile bins and against a bootstrap that really draws rows."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from engine_examples import SEED, audit, check, judge
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audits.engine.calibration import Cells, cells_of, ece_of, mass_bins, prudent_ece, reliability

THRESHOLD = {"decision": {"column": "p", "op": ">=", "value": "0.5"}, "probability": "p"}


def sample(seed: int, n: int, digits: int, shift: float = 0.0):
    """Scores and outcomes that come true with probability score + shift."""
    rng = np.random.default_rng(seed)
    score = np.round(rng.beta(2, 3, n), digits)
    return score, rng.random(n) < np.clip(score + shift, 0, 1)


def ece_by_pandas(score, hit):
    """ECE over ten quantile bins as pandas cuts them."""
    if len(np.unique(score)) == 1:
        return abs(hit.mean() - score[0])
    bins = pd.qcut(score, 10, labels=False, duplicates="drop")
    rows = pd.DataFrame({"excess": hit - score, "bin": bins})
    return rows.groupby("bin")["excess"].sum().abs().sum() / len(score)


def point(score, hit):
    cells = cells_of(score, hit)
    return float(ece_of(cells, cells.hits[None], cells.misses[None], 10)[0])


@pytest.mark.parametrize(("n", "digits"), [(1000, 8), (997, 8), (500, 2), (37, 1), (12, 8), (2, 8)])
def test_ece_is_that_of_quantile_bins_with_ties_together(n, digits):
    score, hit = sample(n, n, digits)
    assert point(score, hit) == pytest.approx(ece_by_pandas(score, hit))


def ece_by_fractions(rows):
    """ECE over bins between exact deciles, a bin holding its upper edge, written out in fractions."""
    values, last = sorted(value for value, _ in rows), len(rows) - 1
    places = [Fraction(last * tenth, 10) for tenth in range(1, 10)]
    edges = [values[int(at)] + (at % 1) * (values[min(int(at) + 1, last)] - values[int(at)]) for at in places]
    excess: dict[int, Fraction] = {}
    for value, flag in rows:
        place = sum(value > edge for edge in edges)
        excess[place] = excess.get(place, Fraction(0)) + flag - Fraction(value, 32)
    return float(sum(map(abs, excess.values())) / len(rows))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=80))
@example([(0, False)] * 5 + [(0, True)] + [(1, False)] * 5)  # where pandas lets the lowest tie run into the next bin
def test_ece_is_that_of_exact_deciles_for_any_ties(rows):
    score = np.array([value / 32 for value, _ in rows])  # 32nds: exact in binary
    hit = np.array([flag for _, flag in rows])
    assert point(score, hit) == pytest.approx(ece_by_fractions(rows), abs=1e-12)


def test_distinct_scores_fall_in_bins_of_equal_mass():
    assert np.bincount(mass_bins(np.ones(1000, np.int64), 10)).tolist() == [100] * 10


def test_prudent_ece_is_the_quantile_of_a_bootstrap_that_draws_rows():
    score, hit = sample(7, 800, 3, shift=0.03)
    rng = np.random.default_rng(99)
    draws = (rng.integers(0, 800, 800) for _ in range(1000))
    brute = np.quantile([point(score[rows], hit[rows]) for rows in draws], 0.9)
    assert prudent_ece(cells_of(score, hit), judge()).u == pytest.approx(brute, abs=0.003)


def test_many_distinct_scores_are_thinned_without_changing_the_bound():
    score, hit = sample(8, 6000, 9, shift=0.02)
    rng = np.random.default_rng(98)
    draws = (rng.integers(0, 6000, 6000) for _ in range(400))
    brute = np.quantile([point(score[rows], hit[rows]) for rows in draws], 0.9)
    found = prudent_ece(cells_of(score, hit), judge())
    assert found.u == pytest.approx(brute, abs=0.0015)
    assert found.point == pytest.approx(ece_by_pandas(score, hit))


def test_the_bound_never_lies_below_the_point():
    cells = Cells(np.array([0.5]), np.array([0.5]), np.array([10]), np.array([0]))
    found = prudent_ece(cells, judge())
    assert (found.point, found.u) == (0.5, 0.5)


def test_the_reliability_table_counts_every_row_once():
    score, hit = sample(9, 1234, 2)
    rows = reliability(cells_of(score, hit), judge()).rows
    assert (sum(row[3] for row in rows), sum(row[5] for row in rows)) == (1234, hit.sum())
    assert all(row[7] <= row[6] <= row[8] for row in rows)


def test_stored_point_and_half_width_give_the_bound():
    score, hit = sample(10, 900, 3)
    found = audit({"p": score, "y": hit}, **THRESHOLD).dimensions["ece"].figures
    assert float(found["point"]) + float(found["half_width"]) == pytest.approx(float(found["u"]), abs=1e-12)
    assert (found["n"], found["bootstraps"]) == (900, 1000)


def test_the_seed_moves_the_bound_and_nothing_else():
    score, hit = sample(11, 900, 3)
    first, second = (audit({"p": score, "y": hit}, seed=seed, **THRESHOLD).dimensions["ece"] for seed in (SEED, 1))
    assert first.figures["point"] == second.figures["point"]
    assert first.figures["u"] != second.figures["u"]


def test_the_bin_of_the_decision_is_the_one_that_holds_it():
    score, hit = sample(12, 2000, 3, shift=0.1)
    found = check(audit({"p": score, "y": hit}, **THRESHOLD), "calibration.threshold_bin")
    edges = np.quantile(score, np.arange(11) / 10)
    number = np.searchsorted(edges, 0.5) - 1
    here = (score > edges[number]) & (score <= edges[number + 1])
    assert (found.n, found.value) == (here.sum(), pytest.approx(hit[here].mean() - score[here].mean()))


def test_a_decision_that_is_no_threshold_has_no_bin():
    score, hit = sample(13, 300, 3)
    found = audit({"p": score, "y": hit, "d": np.tile([0, 1], 150)}, probability="p")
    assert check(found, "calibration.threshold_bin").verdict == "not_run"


@pytest.mark.parametrize(("expected", "state"), [(True, "not_run"), (False, "not_applicable")])
def test_without_probability_the_use_class_decides_what_that_means(expected, state):
    found = audit({"y": [0, 1], "d": [0, 1]}, scores_expected=expected)
    assert found.dimensions["ece"].state == state


def test_many_missing_probabilities_cannot_tell():
    arrays = {"y": [0, 1] * 50, "d": [0, 1] * 50, "p": [None] * 21 + [0.4] * 79}
    assert audit(arrays, probability="p").dimensions["ece"].state == "cannot_tell"
    arrays["p"] = [None] * 20 + [0.4] * 80
    assert audit(arrays, probability="p").dimensions["ece"].figures["n"] == 80
