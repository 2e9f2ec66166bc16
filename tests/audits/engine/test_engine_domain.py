"""Two parts told apart by their columns: against scikit-learn, in simulation, and silent where it cannot be."""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import BINARY, CALIFORNIA, SEED, check, frame_of, table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.domain import Binned, _Design, _fitted, binned, folds, told_apart
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
ONLY = replace(EDITION, checks=tuple(one for one in EDITION.checks if one.name == "domain"))
PLAN = {"timestamp": "t", "period": "month", "reference": {"column": "part", "value": "old"}}


def levels(rng, rows, shift):
    """Three columns of levels; the first is spread otherwise in the later half by `shift`."""
    later = np.arange(rows) >= rows // 2
    first = (rng.random(rows) < 0.3 + shift * later).astype(np.int64)
    return [Binned(first, 2), Binned(rng.integers(0, 3, rows), 3), Binned(rng.integers(0, 5, rows), 5)], later


def test_the_fit_is_sklearns():
    rng = np.random.default_rng(1)
    columns, later = levels(rng, 600, 0.3)
    matrix = _Design(columns).matrix(np.arange(600))
    peer = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(matrix.toarray(), later)
    assert _fitted(matrix, later, 2.0) == pytest.approx(peer.coef_[0], abs=1e-4)


def test_the_area_is_the_mean_of_the_folds_out_of_fold():
    rng = np.random.default_rng(2)
    columns, later = levels(rng, 500, 0.25)
    fold = folds(rng, later, 5)
    design, areas = _Design(columns), []
    for number in range(5):
        out = fold == number
        peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000)
        peer.fit(design.matrix(np.flatnonzero(~out)).toarray(), later[~out])
        score = peer.decision_function(design.matrix(np.flatnonzero(out)).toarray())
        areas.append(roc_auc_score(later[out], np.round(score, 5)))
    found = told_apart(columns, later, 1.0, fold)
    assert found.whole.value == pytest.approx(np.mean(areas), abs=1e-3)
    assert int(np.argmax([one.value for one in found.alone])) == int(np.argmax(found.spread)) == 0
    assert sum(found.spread) == pytest.approx(1)


def test_folds_spread_either_part_evenly():
    later = np.arange(103) >= 60
    fold = folds(np.random.default_rng(3), later, 5)
    for part in (later, ~later):
        sizes = np.bincount(fold[part])
        assert sizes.max() - sizes.min() <= 1


def covered(draws, shift, truth, rows=240):
    rng, held = np.random.default_rng(4), []
    for _ in range(draws):
        columns, later = levels(rng, rows, shift)
        found = told_apart(columns[: 1 if shift else 3], later, 1.0, folds(rng, later, 2))
        around = found.whole.prudent(0.9)
        held.append(around.low <= truth <= around.high)
    return np.mean(held)


@pytest.mark.long
@pytest.mark.parametrize(("shift", "truth"), [(0.0, 0.5), (0.3, 0.65)])
def test_the_interval_covers(shift, truth):
    """One yes/no column: any classifier of the right sign has AUC one half plus half of the difference. Equal parts:
    every classifier has one half."""
    assert covered(2000, shift, truth) >= 0.88


def test_columns_become_levels_with_absent_cells_and_rare_values_apart():
    frame = frame_from_arrays(
        {
            "x": [1.0, 2.0, 3.0, 4.0, None],
            "c": ["a", "a", "b", "c", None],
            "t": np.array(["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04", "NaT"], dtype="datetime64[us]"),
            "k": [7.0] * 5,
        }
    )
    numbers = binned(frame.columns["x"], 2, 20)
    assert (numbers.code.tolist(), numbers.levels) == ([0, 0, 1, 1, 2], 3)
    values = binned(frame.columns["c"], 2, 2)
    assert (values.code.tolist(), values.levels) == ([0, 0, 1, 2, 3], 4)
    assert binned(frame.columns["t"], 2, 2).code.tolist() == [0, 0, 1, 1, 2]
    assert len(set(binned(frame.columns["k"], 10, 2).code.tolist())) == 1


def run(arrays, **changes):
    rows = len(next(iter(arrays.values())))
    times = (np.datetime64("2025-01-01", "us") + np.arange(rows) * np.timedelta64(1, "h")).astype("datetime64[us]")
    half = ["old"] * (rows // 2) + ["new"] * (rows - rows // 2)
    whole = {"t": times, "part": half, "y": np.arange(rows) % 2, "d": np.arange(rows) // 2 % 2, **arrays}
    spec = {**BINARY, "drift": {**PLAN, "features": sorted(arrays)}, **changes}
    return run_suite(frame_from_arrays(whole), spec_parse(spec), ONLY, seed=SEED, dataset_digest="")


def test_a_moved_column_is_named_and_nothing_is_called_an_alarm():
    rng = np.random.default_rng(5)
    arrays = {
        "moved": rng.normal(0, 1, 1000) + np.repeat([0, 1.5], 500),
        "same": rng.normal(0, 1, 1000),
        "many": [f"v{one}" for one in rng.integers(0, 100_000, 1000)],
        "wrong": np.array([np.nan] * 1000),
        "none": [None] * 1000,
        "one": np.full(1000, 3),
    }
    found = run(arrays)
    assert check(found, "drift.domain").low > 0.8
    rows = found.sections["drift"]["told apart by"].rows
    assert rows[0][0] == "moved"
    assert {row[0] for row in rows} == {"moved", "same", "many", "none", "one"}
    assert [row[-1] <= 0.05 for row in rows] == [True, False, False, False, False]
    finding = found.findings[0]
    assert (finding.severity, "not an alarm" in finding.text, "moved" in finding.text) == ("low", True, True)


def test_parts_without_any_difference_are_not_told_apart():
    found = check(run({"x": np.random.default_rng(6).normal(0, 1, 600)}), "drift.domain")
    assert found.low <= 0.5 <= found.high
    alike = check(run({"x": np.tile(np.arange(10.0), 60)}), "drift.domain")
    assert alike.low <= 0.5


def test_parts_with_nothing_in_common_are_told_apart_with_an_honest_end():
    found = check(run({"x": np.repeat([0.0, 1.0], 200)}), "drift.domain")
    assert found.value == 1
    assert found.low < 1


def test_few_rows_and_no_column_are_said():
    few = check(run({"x": np.arange(150.0)}), "drift.domain")
    assert (few.verdict, few.rows_needed) == ("cannot_tell", 100)
    none = {**BINARY, "drift": {**PLAN, "features": []}}
    assert check(run({"x": np.arange(400.0)}, **none), "drift.domain").verdict == "not_run"


def test_california_is_told_apart_by_its_score_first():
    found = run_suite(
        frame_of(table("california_housing_predictions.csv.gz")),
        spec_parse(CALIFORNIA),
        ONLY,
        seed=SEED,
        dataset_digest="",
    )
    assert found.sections["drift"]["told apart by"].rows[0][0] == "y_pred_proba"
    assert check(found, "drift.domain").low > 0.6
