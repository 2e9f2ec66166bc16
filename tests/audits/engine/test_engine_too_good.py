"""What is too good to be true, and what was recorded only where it pleased."""

import numpy as np
import pytest
from engine_examples import check, rows_of
from gaming_examples import answered, gaming, titles
from hypothesis import given
from hypothesis import strategies as st
from model_examples import INTERFACE, SPEC, model_of, people
from scipy import stats
from statsmodels.sandbox.stats.runs import runstest_1samp

from audits.engine.bounds import Rate
from audits.engine.gaming.missing import missing_test
from audits.engine.gaming.order import runs_missing

NAMED = {**SPEC, "row_id": "id"}


def recorded(arrays=None, spec=SPEC, **changes):
    return gaming("too_good", {**answered(arrays or people()), **changes}, spec=spec)


def test_ordinary_rows_are_not_too_good():
    rows = {**people(), "id": np.random.default_rng(0).permutation(800)}
    result = recorded(rows, NAMED)
    assert [item.verdict for item in result.checks if item.id.startswith("gaming")] == ["pass"] * 3
    assert not [item for item in result.findings if item.check.startswith("gaming")]


def test_probabilities_that_are_the_outcomes_are_found():
    rows = people()
    result = recorded(rows, p=rows["y"].astype(float))
    assert check(result, "gaming.perfect").verdict == "fail"
    assert "Every answer is the outcome itself" in titles(result)


def test_one_error_is_enough_to_be_human():
    rows = people()
    off = rows["y"].astype(float)
    off[7] = 1 - off[7]
    assert check(recorded(rows, p=off), "gaming.perfect").verdict == "pass"


def test_few_rows_cannot_be_too_good():
    few = people(299)
    result = recorded(few, p=few["y"].astype(float))
    assert check(result, "gaming.perfect").verdict == "cannot_tell"
    assert check(result, "gaming.perfect").rows_needed == 300


def test_a_forecast_equal_to_the_outcome_is_found_and_one_within_tolerance_is_not():
    truth = np.random.default_rng(1).gamma(2, 100, 400)
    spec = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "5", "direction": "over"}
    assert check(gaming("too_good", {"y": truth, "d": truth}, spec=spec), "gaming.perfect").verdict == "fail"
    near = gaming("too_good", {"y": truth, "d": truth + 0.5}, spec=spec)
    assert check(near, "gaming.perfect").verdict == "pass"
    assert check(near, "gaming.row_order").verdict == "not_run"


def test_rows_sorted_by_their_outcome_are_found():
    rows = people()
    order = np.argsort(rows["y"], kind="stable")
    result = recorded({name: np.asarray(values)[order] for name, values in rows.items()})
    assert check(result, "gaming.row_order").verdict == "fail"
    assert check(result, "gaming.row_order").value > 0.95


def test_spells_of_rows_in_the_order_of_their_times_are_no_sorting():
    """As in a market that turned once: the outcome changes late, and the rows stand as they arose."""
    rows = people()
    order = np.argsort(rows["y"], kind="stable")
    days = np.datetime64("2026-01-01") + np.arange(len(order)).astype("timedelta64[D]")
    dated = {**SPEC, "drift": {"timestamp": "day", "period": "month", "features": []}}
    spells = {name: np.asarray(values)[order] for name, values in rows.items()}
    told = check(recorded({**spells, "day": days}, dated), "gaming.row_order")
    assert (told.verdict, "order of their times" in told.sentence) == ("cannot_tell", True)
    shuffled = np.random.default_rng(0).permutation(days)
    assert check(recorded({**spells, "day": shuffled}, dated), "gaming.row_order").verdict == "fail"
    one_day = np.full(len(order), days[0])
    assert check(recorded({**spells, "day": one_day}, dated), "gaming.row_order").verdict == "fail"


@pytest.mark.parametrize("way", [1, -1])
def test_names_given_after_the_outcome_are_found(way):
    rows = people()
    rows["id"] = way * (1000 * rows["y"] + np.random.default_rng(0).permutation(800))
    result = recorded(rows, NAMED)
    assert check(result, "gaming.row_names").verdict == "fail"
    assert check(result, "gaming.row_names").value > 0.7


def test_a_model_that_is_given_the_names_is_told_of():
    inputs = [*INTERFACE["inputs"], {"column": "id", "as": "number"}]
    rows = {**people(), "id": np.random.default_rng(0).permutation(800)}
    model = model_of(lambda encoded: np.tile([0.4, 0.6], (encoded.rows, 1)), {**INTERFACE, "inputs": inputs})
    result = gaming("too_good", rows, spec=NAMED, model=model)
    assert "The rows' names tell or may tell the outcome" in titles(result)


def test_names_of_words_and_one_outcome_are_said():
    rows = {**people(), "id": [f"case {place}" for place in range(800)]}
    assert check(recorded(rows, NAMED), "gaming.row_names").verdict == "not_run"
    ones = {**people(), "y": np.ones(800, int), "id": np.arange(800)}
    result = recorded(ones, NAMED)
    assert check(result, "gaming.row_names").verdict == check(result, "gaming.row_order").verdict == "cannot_tell"


@given(st.lists(st.booleans(), min_size=4, max_size=80).filter(lambda x: 2 <= sum(x) <= len(x) - 2))
def test_runs_have_the_mean_and_deviation_of_statsmodels(flags):
    event = np.array(flags)
    found = runs_missing(event, 1.0)
    z, _ = runstest_1samp(event.astype(float), cutoff=0.5, correction=False)
    half = found.interval.high - found.value - 0.5 / found.expected
    if half > 1e-9:
        assert -found.value / half == pytest.approx(z)


def test_the_interval_of_missing_runs_covers_in_2000_random_orders():
    rng = np.random.default_rng(3)
    event = np.arange(400) < 90
    around = [runs_missing(rng.permutation(event), 1.6449).interval for _ in range(2000)]
    assert np.mean([each.low <= 0 <= each.high for each in around]) >= 0.88


# --- recorded selectively ------------------------------------------------------------------------------------------


def with_gaps(gone):
    rows = answered(people())
    return {**rows, "p": [None if lost else float(value) for lost, value in zip(gone, rows["p"], strict=True)]}


def selective(rows):
    return check(gaming("recorded", rows, model=model_of()), "gaming.recorded_selectively")


def wrong(rows):
    return (np.asarray(rows["p"]) >= 0.5) != rows["y"]


def test_answers_missing_at_random_pass():
    gone = np.random.default_rng(2).random(800) < 0.2
    assert selective(with_gaps(gone)).verdict == "pass"


def test_answers_left_out_where_they_were_wrong_are_found():
    rows = answered(people())
    gone = wrong(rows) & (np.random.default_rng(2).random(800) < 0.5)
    result = gaming("recorded", with_gaps(gone), model=model_of())
    found = check(result, "gaming.recorded_selectively")
    assert (found.verdict, found.k) == ("fail", int(gone.sum()))
    assert "Answers were recorded selectively" in titles(result)
    told = rows_of(result.to_dict()["sections"]["gaming"]["recorded"], "rows")
    assert told["no answer recorded"]["rate"] == 1.0


def test_without_the_model_the_outcomes_are_compared():
    rows = people()
    gone = (rows["y"] == 1) & (np.random.default_rng(2).random(800) < 0.3)
    assert check(gaming("recorded", with_gaps(gone)), "gaming.recorded_selectively").verdict == "fail"
    even = np.random.default_rng(2).random(800) < 0.2
    assert check(gaming("recorded", with_gaps(even)), "gaming.recorded_selectively").verdict == "pass"


def test_nothing_missing_nothing_recorded_and_too_few_are_said():
    none = np.zeros(800, bool)
    few = none.copy()
    few[:1] = True
    assert selective(with_gaps(none)).verdict == "not_run"
    assert selective(people()).verdict == "not_run"
    assert selective(with_gaps(few)).verdict == "cannot_tell"


@given(st.integers(0, 12), st.integers(1, 12), st.integers(0, 30), st.integers(1, 30))
def test_missing_is_fishers_test_and_its_least_p_is_the_least_of_all_tables(k, n, hits, m):
    k, hits = min(k, n), min(hits, m)
    found = missing_test(Rate(k, n), Rate(hits, m))
    assert found.p == pytest.approx(stats.fisher_exact([[k, n - k], [hits, m - hits]]).pvalue)
    every = k + hits
    tables = [(a, every - a) for a in range(n + 1) if 0 <= every - a <= m]
    assert found.least_p == pytest.approx(min(stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue for a, b in tables))
