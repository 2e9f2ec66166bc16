"""Explanations by calendar period and over backgrounds: planted flips are found, still models are left alone."""

import numpy as np
import pytest
from explain_examples import FEW, REGRESSION, checks_of, explained, stump, table, three
from model_examples import model_of
from tree_examples import joined

from audits.engine.attribution.periods import changes, flips, periods_of, welch
from audits.trees import margins

ID = "attribution.over_time"
DRIFT = {"drift": {"timestamp": "when", "period": "month", "features": []}}


def dated(rows=1200, months=4, seed=1):
    arrays = three(rows, seed)
    month = np.arange(rows) * months // rows
    arrays["when"] = np.array([np.datetime64(f"2026-{1 + place:02d}-11") for place in month]).astype("datetime64[us]")
    return arrays, month


def linear(rows):
    return rows.numbers @ np.array([[2.0], [1.0], [0.0]])


def test_a_still_model_has_no_flips():
    arrays, _ = dated()
    found = explained("explanations_over_time", arrays, model_of(linear, FEW), REGRESSION, **DRIFT)
    check = checks_of(found, ID)[0]
    assert (check.verdict, check.value, check.k) == ("pass", 0, 0)
    told = table(found, "over time")
    assert {row["feature"] for row in told} == {"a", "b"}  # c moves nothing
    assert [row["period"] for row in told[::2]] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert all(row["low"] <= row["mean absolute"] <= row["high"] for row in told if row["low"] is not None)
    assert [row["rank"] for row in told[:2]] == [1, 2]


@pytest.mark.parametrize("exact", [False, True])
def test_inputs_that_change_places_are_found(exact):
    """From March on `a` hardly varies, so answers go by `b`; and the weight of `a` has moved for certain."""
    arrays, month = dated()
    arrays["a"] = np.where(month >= 2, arrays["a"] / 100 + 0.3, arrays["a"])
    if exact:
        stumps = [stump(0, line, -0.1, 0.1) for line in np.linspace(-2, 2, 21)] + [stump(1, 0, -0.4, 0.4)]
        trees = joined(stumps, [0.0], 3, compare="lt", single=False, link="identity")
        trees.cover[:] = 1.0  # no covers: against rows of the data set
        model = model_of(lambda rows: margins(trees, rows.numbers), FEW, trees=trees)
    else:
        model = model_of(linear, FEW)
    found = explained("explanations_over_time", arrays, model, REGRESSION, **DRIFT)
    check = checks_of(found, ID)[0]
    assert check.verdict == "fail"
    flip = table(found, "over time flips")[0]
    assert {flip["leads first"], flip["leads later"]} == {"a", "b"}
    assert flip["low"] > 0 > flip["later high"]
    titles = [item.title for item in found.findings if item.check == ID]
    assert any("change places" in title for title in titles)
    assert "The model goes by an input differently than before" in titles
    moved = {row["feature"]: row for row in table(found, "over time changes")}
    assert moved["a"]["high"] < 0
    method = {row["what"]: row["value"] for row in table(found, "over time method")}
    assert method["algorithm"] == ("exact interventional" if exact else "sampling by permutation")
    assert method["background digest"].startswith("sha256:")


def test_periods_without_rows_enough_are_not_told():
    arrays, _ = dated(240, 3)
    found = explained("explanations_over_time", arrays, model_of(linear, FEW), REGRESSION, **DRIFT)
    assert "0 calendar periods with 100 rows" in checks_of(found, ID)[0].reason
    silent = explained("explanations_over_time", three(), model_of(linear, FEW), REGRESSION)
    assert checks_of(silent, ID)[0].verdict == "not_run"
    undated = {**three(), "when": [None] * 399 + ["2026-01-01"]}
    found = explained("explanations_over_time", undated, model_of(linear, FEW), REGRESSION, **DRIFT)
    assert checks_of(found, ID)[0].verdict == "cannot_tell"


def test_calendar_periods_are_the_last_ones_in_order():
    times = np.array(["2025-12-31", "2026-01-01", "2026-04-01", "NaT", "2026-03-31"], dtype="datetime64[us]")
    rng = np.random.default_rng(0)
    found = periods_of(times, 3, 2, 10, rng)
    assert [(each.name, each.chosen.tolist()) for each in found] == [("2026 Q1", [1, 4]), ("2026 Q2", [2])]


def test_false_flips_are_rarer_than_the_level():
    """2,000 times three inputs of equal size over three periods: the level is one in ten for any flip at all."""
    rng, false = np.random.default_rng(4), 0
    for _ in range(2000):
        sizes = [rng.exponential(size=(100, 3)) for _ in range(3)]
        false += bool(flips(sizes, (0, 1, 2), 0.9))
    assert false <= 0.1 * 2000


def test_changes_between_periods_are_covered():
    rng, hits = np.random.default_rng(6), 0
    for _ in range(2000):
        before, after = rng.exponential(size=100), rng.exponential(1.5, size=150)
        around = welch(before, after, 0.9, 1)
        hits += around.low <= 0.5 <= around.high
    assert 0.88 * 2000 <= hits <= 0.96 * 2000
    both = changes(np.ones((100, 1)), np.ones((100, 1)), (0,), 0.9)
    assert both == ()


STABLE, HOLD = "attribution.background_stability", "attribution.drivers_hold"


def test_a_leading_input_holds_over_backgrounds():
    found = explained("explanation_stability", three(), model_of(linear, FEW), REGRESSION)
    agree, hold = checks_of(found, STABLE)[0], checks_of(found, HOLD)[0]
    assert agree.verdict == "pass"
    assert "a, b most" in hold.sentence
    assert hold.k == 2
    digests = {row["background digest"] for row in table(found, "backgrounds")}
    assert len(digests) == 5
    ranges = {row["feature"]: row for row in table(found, "rank range")}
    assert (ranges["a"]["best rank"], ranges["a"]["worst rank"]) == (1, 1)
    assert not [item for item in found.findings if item.check in (STABLE, HOLD)]


def test_no_driver_is_named_when_the_first_place_changes_with_the_background():
    """One row in fifty has a large `a`: what an unknown `a` counts hangs on how many of them the background has."""
    arrays = three()
    arrays["a"] = np.where(np.arange(400) % 50 == 0, 60.0, 0.0)
    weights = np.array([[1.0], [2.8], [0.01]])
    found = explained("explanation_stability", arrays, model_of(lambda r: r.numbers @ weights, FEW), REGRESSION)
    assert {row["leads"] for row in table(found, "backgrounds")} == {"a", "b"}
    hold = checks_of(found, HOLD)[0]
    assert (hold.k, hold.sentence.count("a, b most") + hold.sentence.count("b, a most")) == (2, 1)
    assert any(item.title == "The leading input depends on the background" for item in found.findings)
    alone = explained(
        "explanation_stability",
        arrays,
        model_of(lambda r: r.numbers @ weights, FEW),
        REGRESSION,
        figures={"drivers": 1},
    )
    assert checks_of(alone, HOLD)[0].verdict == "cannot_tell"
    assert "a, b take it in turn" in checks_of(alone, HOLD)[0].reason


def test_trees_are_looked_at_against_rows_whatever_their_covers_say():
    trees = joined([stump(0, 0, -2, 2), stump(1, 0, -1, 1)], [0.0], 3, compare="lt", single=False, link="identity")
    model = model_of(lambda rows: margins(trees, rows.numbers), FEW, trees=trees)
    found = explained("explanation_stability", three(), model, REGRESSION)
    assert {row["algorithm"] for row in table(found, "backgrounds")} == {"exact interventional"}
    assert len({row["background digest"] for row in table(found, "backgrounds")}) == 5


def test_a_data_set_that_is_one_background_has_no_other():
    found = explained("explanation_stability", three(80), model_of(linear, FEW), REGRESSION)
    assert checks_of(found, STABLE)[0].verdict == checks_of(found, HOLD)[0].verdict == "not_run"
    still = explained("explanation_stability", three(), model_of(lambda r: np.ones((r.rows, 1)), FEW), REGRESSION)
    assert {checks_of(still, name)[0].verdict for name in (STABLE, HOLD)} == {"cannot_tell"}
