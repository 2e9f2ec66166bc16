"""Errors expected without outcomes: against brute force, in simulation, and beside the realised ones."""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import BINARY, CALIFORNIA, SEED, check, frame_of, rows_of, table

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.estimating import estimate, offsets_of, places_of
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
ONLY = replace(EDITION, checks=tuple(one for one in EDITION.checks if one.name == "estimate"))
PLAN = {"timestamp": "t", "period": "month", "reference": {"column": "part", "value": "old"}}
SPEC = {
    **BINARY,
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_negative",
    "drift": PLAN,
}


def drawn(rng, rows, skew, miscalibrated):
    """Stated probabilities, and events that follow a distorted version of them."""
    p = rng.beta(2 + skew, 2, rows)
    true = p**1.5 if miscalibrated else p
    return p, rng.random(rows) < true, true


def expected(p, event, old):
    side = p >= 0.5
    promised = np.where(side, 1 - p, p)
    places = places_of(p, side, old, 10, 50)
    learnt = offsets_of(places, promised, side != event, old)
    return places, promised, learnt


def test_without_a_shift_the_expectation_of_the_reference_rows_is_their_error_rate():
    rng = np.random.default_rng(1)
    p, event, _ = drawn(rng, 5000, 0, True)
    every = np.ones(5000, bool)
    places, promised, learnt = expected(p, event, every)
    found = estimate(places, promised, learnt, every)
    assert found.value == pytest.approx(((p >= 0.5) != event).mean(), abs=1e-3)


def test_the_expectation_is_promise_plus_offset_bin_by_bin():
    rng = np.random.default_rng(2)
    p, event, _ = drawn(rng, 900, 0, True)
    p = np.round(p, 2)
    old = np.arange(900) < 600
    places, promised, learnt = expected(p, event, old)
    found = estimate(places, promised, learnt, ~old)
    total, spread = 0.0, 0.0
    for code in range(places.bins):
        known, later = old & (places.code == code), ~old & (places.code == code)
        residual = ((p >= 0.5) != event)[known] - promised[known]
        total += np.clip(promised[later] + residual.mean(), 0, 1).sum()
        share = (((p >= 0.5) != event)[known].sum() + 0.5) / (known.sum() + 1)
        variance = max(residual.var(ddof=1), share * (1 - share))
        spread += (later.sum() / 300) ** 2 * variance / known.sum()
    assert (found.value, found.reference_se**2) == pytest.approx((total / 300, spread))
    assert all(len(set(places.code[p == value])) == 1 for value in np.unique(p))
    assert min(np.bincount(places.code[old])) > 0


@pytest.mark.parametrize(
    ("skew", "miscalibrated"),
    [
        (1.0, True),
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in ((0.0, True), (3.0, True), (0.0, False), (3.0, False))
        ),
    ],
)
def test_the_interval_covers_the_true_error_rate_when_nothing_but_the_mix_has_moved(skew, miscalibrated):
    rng, held, off = np.random.default_rng(3), [], []
    p, _, true = drawn(rng, 400_000, skew, miscalibrated)
    truth = np.where(p >= 0.5, 1 - true, true).mean()
    for _ in range(2000):
        parts = [drawn(rng, rows, moved, miscalibrated) for rows, moved in ((800, 0.0), (400, skew))]
        p, event, _ = (np.concatenate(each) for each in zip(*parts, strict=True))
        old = np.arange(1200) < 800
        places, promised, learnt = expected(p, event, old)
        found = estimate(places, promised, learnt, ~old)
        around = found.interval(0.9)
        held.append(around.low <= truth <= around.high)
        gap = found.off(int((((p >= 0.5) != event) & ~old & (places.code >= 0)).sum()), 0.9)
        off.append(gap.low <= 0 <= gap.high)
    assert np.mean(held) >= 0.88
    assert np.mean(off) >= 0.88


def dated(p, event, old, labelled=None):
    rows = len(p)
    times = np.datetime64("2025-01-01", "us") + np.arange(rows) * np.timedelta64(2, "h")
    label = [int(one) if labelled is None or labelled[place] else None for place, one in enumerate(event)]
    return {"t": times.astype("datetime64[us]"), "p": p, "y": label, "part": np.where(old, "old", "new").tolist()}


def run(arrays, spec=SPEC, **more):
    return run_suite(frame_from_arrays(arrays), spec_parse(spec), ONLY, seed=SEED, dataset_digest="", **more)


def test_rows_without_outcome_are_expected_and_those_with_one_stand_beside():
    rng = np.random.default_rng(4)
    p, event, _ = drawn(rng, 2000, 0, False)
    old = np.arange(2000) < 1200
    labelled = old | (np.arange(2000) % 4 == 0)
    found = run(dated(p, event, old, labelled))
    rows = found.sections["drift"]["estimate"].rows
    assert [row[:3] for row in rows[:2]] == [("later rows", "errors", 800), ("later rows", "harmful errors", 800)]
    assert rows[0][6] == 200
    assert rows[0][7] == pytest.approx((((p >= 0.5) != event) & labelled & ~old).sum() / 200)
    harm = check(found, "drift.estimated_harm")
    assert abs(harm.value - (event & (p < 0.5))[~old].mean()) < 0.05
    assert sum(row[2] for row in rows[2:]) == 2 * 800
    assert "no concept drift" in harm.sentence
    assert found.findings == ()


def test_a_model_whose_world_changed_errs_more_than_expected_and_that_is_a_finding():
    rng = np.random.default_rng(5)
    p, event, _ = drawn(rng, 2000, 0, False)
    old = np.arange(2000) < 1200
    turned = np.where(~old & (rng.random(2000) < 0.3), ~event, event)
    found = run(dated(p, turned, old))
    assert [one.title for one in found.findings] == ["The model errs more often than its probabilities let expect"]
    assert check(found, "drift.estimate_off").low > 0


def test_california_expects_worse_and_is_worse_than_expected():
    """The published example of nannyml: performance falls from the reference to the analysis part."""
    found = table("california_housing_predictions.csv.gz")
    result = run_suite(frame_of(found), spec_parse(CALIFORNIA), ONLY, seed=SEED, dataset_digest="")
    reference = found[found["partition"] == "reference"]
    before = (reference["y_pred"] != reference["clf_target"]).mean()
    told = check(result, "drift.estimated_error")
    later = found[found["partition"] != "reference"]
    realised = (later["y_pred"] != later["clf_target"]).mean()
    assert before < told.low
    assert told.high < realised
    assert check(result, "drift.estimate_off").value == pytest.approx(realised - told.value)
    assert rows_of(vars(result.sections["drift"]["estimate"]), "rows")["2021-06"]["n"] == 720


def test_few_rows_have_a_point_and_no_interval():
    rng = np.random.default_rng(6)
    p, event, _ = drawn(rng, 120, 0, False)
    found = check(run(dated(p, event, np.arange(120) < 60)), "drift.estimated_error")
    assert (found.low, found.high) == (None, None)
    assert "too few" in found.method


def test_a_decision_the_reference_never_took_is_told_and_left_out():
    rng = np.random.default_rng(7)
    p = np.concatenate([rng.uniform(0, 0.4, 300), rng.uniform(0, 1, 300)])
    found = check(run(dated(p, rng.random(600) < p, np.arange(600) < 300)), "drift.estimated_error")
    assert found.n == int((p[300:] < 0.5).sum())
    assert "never took" in found.sentence


@pytest.mark.parametrize("where", [slice(0, 60), slice(60, 120)])
def test_without_rows_on_one_side_it_cannot_tell(where):
    rng = np.random.default_rng(8)
    p, event, _ = drawn(rng, 120, 0, False)
    p = p.tolist()
    p[where] = [None] * 60
    arrays = {**dated(np.zeros(120), event, np.arange(120) < 60), "p": p, "d": np.arange(120) % 2}
    found = run(arrays, {**SPEC, "decision": BINARY["decision"]})
    assert check(found, "drift.estimated_error").verdict == "cannot_tell"


def test_a_class_s_confidence_promises_its_errors():
    rng = np.random.default_rng(9)
    sure = rng.uniform(0.4, 1, 1000)
    right = rng.random(1000) < sure
    arrays = dated(sure, right, np.arange(1000) < 500)
    arrays |= {"y": ["a"] * 1000, "d": np.where(right, "a", "b").tolist()}
    spec = {"task": "multiclass", "label": "y", "decision": {"column": "d"}, "probability": "p", "drift": PLAN}
    found = check(run(arrays, spec), "drift.estimated_error")
    assert found.value == pytest.approx((~right).mean(), abs=0.06)
