"""The worst per cent: expected shortfall by definition, exact bounds by enumeration, who is in the tail."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from engine_examples import BINARY, RACE, check
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.tail import Losses, carried, quantile, shortfall
from audits.engine.tail_findings import _in_tail
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
SHORT = replace(EDITION, checks=tuple(each for each in EDITION.checks if each.name in ("data", "tail")))
FORECAST = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "1"}


def audit(arrays, spec=BINARY, **more):
    return run_suite(frame_from_arrays(arrays), spec_parse(spec), SHORT, seed=5, dataset_digest="", **more)


def decided(rows=3_000, seed=1):
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 5, rows)
    return {"y": (rng.random(rows) < p).astype(int), "p": p, "d": (p > 0.5).astype(int)}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=80), st.floats(0.005, 0.9))
def test_shortfall_is_the_least_of_rockafellar_and_uryasevs_function(values, worst):
    """ES = min over c of c + E(X - c)+ / worst; the minimum lies at a loss."""
    losses = np.array(values)
    ours = shortfall(Losses(losses, ""), worst, 30, 0.9).value
    least = min(c + np.maximum(losses - c, 0).mean() / worst for c in losses)
    assert ours == pytest.approx(least, rel=1e-6, abs=1e-6)


def test_shortfall_of_whole_rows_is_their_mean():
    losses = Losses(np.arange(1_000.0), "")
    assert shortfall(losses, 0.01, 30, 0.9).value == np.arange(990, 1000).mean()
    assert carried(losses, 0.01, 30, 0.9).value == pytest.approx(np.arange(990, 1000).sum() / np.arange(1000).sum())


@pytest.mark.parametrize("n", [20, 100, 400])
def test_of_harm_yes_or_no_every_bound_is_exact_by_enumeration(n):
    worst = 0.05
    found = []
    for k in range(n + 1):
        losses = Losses((np.arange(n) < k).astype(float), "", 1.0, True)
        share = carried(losses, worst, 30, 0.9).interval if k else None
        found.append((shortfall(losses, worst, 30, 0.9).interval, share))
    for p in np.linspace(0.002, 0.6, 60):
        chances = stats.binom.pmf(np.arange(n + 1), n, p)
        mean, share = min(1, p / worst), min(1, worst / p)
        covered = [own.low - 1e-12 <= mean <= own.high + 1e-12 for own, _ in found]
        assert chances[covered].sum() >= 0.9
        # No loss at all tells no share, and is counted as right: nothing wrong was said.
        covered = [own is None or own.low - 1e-12 <= share <= own.high + 1e-12 for _, own in found]
        assert chances[covered].sum() >= 0.9


def test_a_bounded_loss_of_few_rows_has_an_exact_bound_and_an_unbounded_one_none():
    rng = np.random.default_rng(2)
    values = rng.beta(1, 6, 200)
    bounded = shortfall(Losses(values, "", 1.0), 0.01, 30, 0.9)
    assert bounded.method == "order statistics, shared"
    assert bounded.interval.low < bounded.value < bounded.interval.high <= 1
    open_ended = shortfall(Losses(values, ""), 0.01, 30, 0.9)
    assert (open_ended.interval, open_ended.rows_needed) == (None, 3_000)
    assert carried(Losses(values, "", 1.0), 0.01, 30, 0.9).rows_needed == 3_000


@pytest.mark.parametrize("n", [60, 200])
def test_the_exact_bound_holds_where_there_are_few_rows(n):
    rng = np.random.default_rng(n)
    true = 1 - 0.05 / 2  # of a uniform loss, the mean of the worst twentieth
    right = sum(
        (e := shortfall(Losses(rng.random(n), "", 1.0), 0.05, 30, 0.9).interval).low <= true <= e.high
        for _ in range(500)
    )
    assert right / 500 >= 0.9


def test_more_rows_never_widen_the_exact_bound_of_the_quantile_share():
    highs = [quantile(Losses(np.linspace(0, 1, n), ""), 0.01, 0.9) for n in (100, 500, 3_000, 20_000)]
    assert highs[0].interval is None
    assert highs[0].rows_needed == 299
    widths = [each.interval.high - each.interval.low for each in highs[1:]]
    assert all(later < earlier for earlier, later in pairwise(widths))


def test_a_registered_loss_counts_for_wrong_decisions_alone():
    arrays = {**decided(), "cost": np.random.default_rng(4).uniform(0, 10, 3_000)}
    lost = np.sort(np.where(arrays["y"] != arrays["d"], arrays["cost"], 0.0))
    found = audit(arrays, {**BINARY, "loss": "cost"})
    told = check(found, "performance.worst_mean", "worst 5 %")
    assert told.value == pytest.approx(lost[-150:].mean())
    assert "lose (cost)" in told.sentence
    share = check(found, "performance.worst_share", "worst 5 %")
    assert share.value == pytest.approx(lost[-150:].sum() / lost.sum())


def test_a_wrong_decision_without_its_cost_is_left_out_and_a_negative_cost_refused():
    arrays = decided()
    cost = np.where(arrays["y"] != arrays["d"], 5.0, np.nan)
    first = int(np.flatnonzero(arrays["y"] != arrays["d"])[0])
    cells = [None if np.isnan(value) else value for value in cost]
    cells[first] = None
    found = audit({**arrays, "cost": cells}, {**BINARY, "loss": "cost"})
    assert check(found, "performance.largest_loss").n == 2_999
    cells[first] = -1.0
    refused = audit({**arrays, "cost": cells}, {**BINARY, "loss": "cost"})
    assert check(refused, "performance.worst_mean").verdict == "cannot_tell"
    assert any("below 0" in item.text for item in refused.findings)


@pytest.mark.parametrize(("direction", "part"), [("over", [3, 0]), ("under", [0, 2]), ("either", [3, 2])])
def test_a_forecast_loses_in_the_harmful_direction(direction, part):
    rng = np.random.default_rng(3)
    error = np.tile([3.0, -2.0], 500) + rng.normal(0, 1e-9, 1000)
    arrays = {"y": np.zeros(1000), "d": error}
    told = check(audit(arrays, {**FORECAST, "direction": direction}), "performance.largest_loss")
    assert told.value == pytest.approx(max(part), abs=1e-6)


def test_a_stated_probability_loses_its_squared_error():
    arrays = decided()
    told = check(audit(arrays, {**BINARY, "probability": "p"}), "performance.worst_mean", "worst 5 %")
    squares = np.sort((arrays["p"] - arrays["y"]) ** 2)
    assert told.value == pytest.approx(squares[-150:].mean())
    assert "times the mean of all" in told.sentence


def test_who_is_in_the_tail_is_told_by_an_exact_test():
    rng = np.random.default_rng(5)
    race = rng.choice(["a", "b"], 4_000, p=[0.8, 0.2])
    arrays = {"y": np.zeros(4_000), "d": rng.normal(0, np.where(race == "b", 3, 1)), "race": race.tolist()}
    spec = {**FORECAST, "direction": "either", "attributes": [RACE]}
    found = audit(arrays, spec)
    rows = {row[1]: row for row in found.sections["performance"]["tail_groups"].rows}
    tail = _in_tail(Losses(np.abs(arrays["d"]), ""), 0.05)
    k, n = int(tail[race == "b"].sum()), int((race == "b").sum())
    assert (rows["b"][2], rows["b"][3]) == (k, n)
    other = int(tail.sum()) - k
    expected = stats.fisher_exact([[k, n - k], [other, 4_000 - n - other]], alternative="greater").pvalue
    assert rows["b"][7] == pytest.approx(expected)
    finding = next(item for item in found.findings if item.check == "performance.worst_mean")
    assert finding.title == "Over-represented among the worst decisions: race: b"
    even = audit({**arrays, "d": rng.normal(size=4_000)}, spec)
    assert not any(item.check == "performance.worst_mean" for item in even.findings)


def test_rows_that_tie_are_all_in_the_tail_and_none_that_loses_nothing():
    losses = Losses(np.r_[np.zeros(95), np.ones(5)], "")
    assert _in_tail(losses, 0.02).sum() == 5
    assert not _in_tail(Losses(np.zeros(10), ""), 0.5).any()


def test_a_tail_of_no_loss_at_all_says_so():
    found = audit({"y": np.zeros(500), "d": np.zeros(500)}, {**FORECAST, "direction": "either"})
    assert check(found, "performance.worst_share").verdict == "cannot_tell"
    assert check(found, "performance.largest_loss").value == 0


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_row_or_two_are_no_error(rows):
    arrays = {name: values[:rows] for name, values in decided().items()}
    for spec in (BINARY, {**BINARY, "probability": "p"}, {**FORECAST, "direction": "either"}):
        assert check(audit(arrays, spec), "performance.worst_mean").id


def test_no_single_rows_loss_is_told_where_rows_are_not_shown():
    arrays = {**decided(), "cost": np.random.default_rng(4).uniform(0, 10, 3_000)}
    told = {item.id for item in audit(arrays, {**BINARY, "loss": "cost"}, show_rows=False).checks}
    assert not told & {"performance.largest_loss", "performance.worst_from"}
    few = {name: values[:500] for name, values in arrays.items()}
    hidden = audit(few, {**BINARY, "loss": "cost"}, show_rows=False)
    assert check(hidden, "performance.worst_mean", "worst 1 %").verdict == "not_run"
    assert check(hidden, "performance.worst_mean", "worst 5 %").n == 500
