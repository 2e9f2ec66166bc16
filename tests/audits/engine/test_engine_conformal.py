"""Conformal sets against their law, and selective risk against brute force and repeated draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_examples import MANY, SCORED, classified, named, part_of, scored
from scipy import stats

from audits.engine.bounds import cp_upper
from audits.engine.conformal import law, line_of
from audits.engine.selective import area_of, area_weights, curve_of

RACE = {"name": "race", "column": "race", "source": "recorded"}
FORECAST = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "1", "direction": "over"}


def rows(part, table):
    found = part.tables[table]
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 999), st.integers(1, 60), st.sampled_from([0.5, 0.8, 0.9, 0.99]), st.integers(0, 3))
def test_the_line_is_the_k_th_smallest_distance_and_ties_fall_by_their_draws(seed, n, nominal, digits):
    rng = np.random.default_rng(seed)
    distance, draw = np.round(rng.random(n), digits), rng.random(n)
    line = line_of(distance, draw, nominal)
    assert line.k / (n + 1) >= nominal - 1e-9 > (line.k - 1) / (n + 1) - 1e-9
    assert line.holds(distance, draw).sum() == min(line.k, n)


@pytest.mark.parametrize("digits", [0, 1, 16])
def test_the_number_held_has_its_beta_binomial_law_ties_or_none(digits):
    """4,000 times 30 calibration rows and 20 new ones, against the exact law of the number held."""
    rng, counts = np.random.default_rng(digits), np.zeros(21)
    for _ in range(4_000):
        distance, draw = np.round(rng.random(50), digits), rng.random(50)
        line = line_of(distance[:30], draw[:30], 0.9)
        counts[line.holds(distance[30:], draw[30:]).sum()] += 1
    wanted = stats.betabinom(20, 28, 3).pmf(np.arange(21)) * 4_000
    enough = wanted >= 5
    seen, told = (np.append(each[enough], each[~enough].sum()) for each in (counts, wanted))
    assert stats.chisquare(seen, told * seen.sum() / told.sum()).pvalue > 0.001


def test_the_law_tells_what_lies_within_it():
    line = line_of(np.arange(100.0), np.zeros(100), 0.9)
    assert line.coverage == pytest.approx(91 / 101)
    middle = law(line, 451, 500, 0.9)
    assert middle.low < 0.902 < middle.high
    assert middle.p > 0.9
    assert law(line, 300, 500, 0.9).p < 1e-6
    peer = stats.betabinom(500, 91, 10)
    assert (middle.low, middle.high) == (peer.ppf(0.05) / 500, peer.ppf(0.95) / 500)
    assert law(line, 440, 500, 0.9).p == pytest.approx(2 * peer.cdf(440))
    assert law(line, 470, 500, 0.9).p == pytest.approx(2 * peer.sf(469))


def test_few_calibration_rows_hold_everything():
    line = line_of(np.array([0.1, 0.2]), np.array([0.5, 0.5]), 0.9)
    assert line.holds(np.array([1e9]), np.array([1.0])).all()
    assert law(line, 5, 5, 0.9).p == 1


def grouped(n=6_000):
    """Probabilities that are kept for A, and say far too much for B."""
    rng = np.random.default_rng(3)
    arrays = scored(n, digits=2)
    race = np.where(rng.random(n) < 0.3, "B", "A")
    flat = rng.random(n) < 0.5
    arrays["y"] = np.where(race == "B", flat, arrays["y"]).astype(int)
    return {**arrays, "race": race}


def test_a_line_for_all_can_hold_too_little_in_a_group_and_its_own_line_does_not():
    part = part_of("coverage", grouped(), {**SCORED, "attributes": [RACE]})
    table = {(row["attribute"], row["group"]): row for row in rows(part, "conformal")}
    group = table["race", "B"]
    assert group["low"] < group["held by one line for all"] < group["high"] < 0.88
    assert group["law low"] < 0.9 < group["law high"]
    assert group["p"] > 0.001
    assert group["mean size"] > table["race", "A"]["mean size"]
    assert [each.about for each in part.findings] == ["race = B"]
    assert "drift" in part.findings[0].text
    assert named(part, "uncertainty.group_coverage").subject == "race = B"


def test_the_same_rows_in_another_order_give_the_same_figures():
    arrays = grouped(1_000)
    turn = np.random.default_rng(1).permutation(1_000)
    spec = {**SCORED, "attributes": [RACE]}
    first, second = (
        part_of("coverage", {k: np.asarray(v)[t] for k, v in arrays.items()}, spec) for t in (slice(None), turn)
    )
    assert first == second


def test_honest_groups_make_no_finding():
    arrays = {**scored(4_000), "race": np.where(np.arange(4_000) % 2, "A", "B")}
    part = part_of("coverage", arrays, {**SCORED, "attributes": [RACE]})
    assert not part.findings
    check = named(part, "uncertainty.coverage")
    assert check.low < 0.9 < check.high


def test_classes_and_numbers_have_sets_too():
    many = rows(part_of("coverage", classified(3_000), MANY), "conformal")[0]
    assert many["p"] > 0.001
    assert 1 < many["mean size"] < 3
    rng = np.random.default_rng(4)
    d = rng.normal(size=3_000)
    part = part_of("coverage", {"d": d, "y": d + rng.normal(size=3_000)}, FORECAST)
    # 90 % of a normal error lie within 1.645
    assert rows(part, "conformal")[0]["mean size"] == pytest.approx(2 * 1.645, rel=0.08)
    assert "wide" in named(part, "uncertainty.coverage").sentence


def test_small_groups_have_no_line_and_few_rows_cannot_tell():
    arrays = {**scored(600), "race": np.where(np.arange(600) % 6, "A", "B")}
    part = part_of("coverage", arrays, {**SCORED, "attributes": [RACE]})
    small = next(row for row in rows(part, "conformal") if row["group"] == "B")
    assert small["share"] is None
    assert "fewer than 100" in small["note"]
    few = named(part_of("coverage", scored(150), SCORED), "uncertainty.coverage")
    assert (few.verdict, few.rows_needed) == ("cannot_tell", 200)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40), st.sampled_from([1, 0.7, 0.3]))
def test_what_is_kept_is_the_surest_share_ties_together(cells, share):
    sure, harm = np.array([c for c, _ in cells], dtype=float), np.array([h for _, h in cells])
    kept = curve_of(sure, harm, (share,), 0.9)[0]
    line = max(level for level in sure if (sure >= level).sum() >= share * len(sure) - 1e-9)
    assert (kept.n, kept.k) == ((sure >= line).sum(), harm[sure >= line].sum())
    assert kept.upper == cp_upper(kept.k, kept.n, 0.9)


@pytest.mark.parametrize("seed", range(3))
def test_the_area_is_the_mean_of_all_risks(seed):
    rng = np.random.default_rng(seed)
    sure, harm = rng.random(80), rng.random(80) < 0.3
    ranked = harm[np.argsort(-sure)]
    by_hand = np.mean([ranked[: n + 1].mean() for n in range(80)])
    assert area_weights(sure)[harm].sum() == pytest.approx(by_hand)
    assert area_weights(np.ones(80)) == pytest.approx(np.full(80, 1 / 80))


@pytest.mark.parametrize(("n", "level"), [(100, 0.02), (100, 0.2), (400, 0.05)])
def test_the_interval_of_the_area_holds_what_it_says(n, level):
    rng = np.random.default_rng(5)
    sure = rng.random(n)
    weights, risk = area_weights(sure), level * 2 * (1 - sure)
    truth, held = float(weights @ risk), 0
    for _ in range(2_000):
        around = area_of(sure, rng.random(n) < risk).interval(0.9)
        held += around.low <= truth <= around.high
    assert held / 2_000 >= 0.9


def test_without_an_error_the_area_still_has_an_upper_end():
    area = area_of(np.arange(50.0), np.zeros(50, dtype=bool))
    around = area.interval(0.9)
    assert (area.total, around.low) == (0, 0)
    assert 0 < around.high < 1


LIMITED = {**SCORED, "limits": {"performance.harmful_error": {"op": "<=", "value": "0.10"}}}


def test_the_share_to_hand_over_is_the_least_that_shows_the_limit():
    arrays = scored(20_000)
    part = part_of("selective", arrays, LIMITED)
    table = rows(part, "selective")
    shares = len(table)
    met = [row for row in table if row["at most, all shares at once"] <= 0.10]
    check = named(part, "uncertainty.hand_over")
    assert check.value == pytest.approx(1 - max(row["share kept"] for row in met))
    assert 0 < check.value < 1
    row = table[3]
    assert row["at most, all shares at once"] == cp_upper(row["harmful"], row["rows"], 1 - 0.1 / shares)
    harm = (arrays["p"] >= 0.5) & (arrays["y"] == 0)
    assert (table[0]["rows"], table[0]["harmful"]) == (20_000, harm.sum())
    area = named(part, "uncertainty.aurc")
    assert area.low < area.value < area.high < harm.mean()


def test_the_bounds_of_all_shares_hold_at_once():
    rng = np.random.default_rng(6)
    shares, sure, held = (1, 0.8, 0.6, 0.4, 0.2), rng.random(300), 0
    risk = 0.3 * (1 - sure)
    order = np.argsort(-sure)
    for _ in range(2_000):
        curve = curve_of(sure, rng.random(300) < risk, shares, 0.9)
        held += all(each.upper >= risk[order[: each.n]].mean() for each in curve)
    assert held / 2_000 >= 0.9


def test_a_limit_that_no_share_shows_cannot_tell_and_none_is_not_run():
    strict = {**SCORED, "limits": {"performance.harmful_error": {"op": "<=", "value": "0.0001"}}}
    assert named(part_of("selective", scored(500), strict), "uncertainty.hand_over").verdict == "cannot_tell"
    assert named(part_of("selective", scored(500), SCORED), "uncertainty.hand_over").verdict == "not_run"
    easy = {**SCORED, "limits": {"performance.harmful_error": {"op": "<=", "value": "0.9"}}}
    assert named(part_of("selective", scored(500), easy), "uncertainty.hand_over").value == 0


def test_a_threshold_off_the_middle_makes_the_least_sure_those_near_it():
    arrays = scored(5_000)
    spec = {**SCORED, "decision": {"column": "p", "op": ">=", "value": "0.2"}}
    table = rows(part_of("selective", arrays, spec), "selective")
    turn = arrays["p"][arrays["p"] >= 0.2].min()
    sure = np.where(arrays["p"] >= turn, (arrays["p"] - turn) / (1 - turn), (turn - arrays["p"]) / turn)
    kept = sure >= np.sort(sure)[-2_500]
    half = next(row for row in table if row["share wanted"] == 0.5)
    assert half["harmful"] == (kept & (arrays["p"] >= 0.2) & (arrays["y"] == 0)).sum()


def test_forecasts_are_as_sure_as_their_intervals_are_narrow():
    rng = np.random.default_rng(7)
    width, d = rng.uniform(0.1, 3, 2_000), rng.normal(size=2_000)
    arrays = {"d": d, "y": d + width * rng.normal(size=2_000), "lo": d - width, "hi": d + width}
    spec = {**FORECAST, "interval": {"low": "lo", "high": "hi", "nominal": "0.68"}}
    table = rows(part_of("selective", arrays, spec), "selective")
    assert table[-1]["rate"] < table[0]["rate"] / 2
    assert named(part_of("selective", arrays, FORECAST), "uncertainty.aurc").verdict == "not_run"
