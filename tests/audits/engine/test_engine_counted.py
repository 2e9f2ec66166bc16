"""Rows counted part by part, beside the same rows in memory: counts, bounds and dimensions are the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_examples import CALIFORNIA, COMPAS, SEED, frame_of, table

from audits.engine import Frame, frame_from_arrays, run_suite, spec_parse
from audits.engine.counted import run_counted
from audits.engine.counting.tally import Sizes, Tally, tally_merged
from audits.engine.counting.telling import TOLD
from audits.engine.counting.wire import packed, unpacked
from audits.engine.verdicts import Judge
from audits.suites import suite_load
from core.errors import InputRefused

# The checks that can be counted; what else the edition holds is not run on counted rows.
EDITION = suite_load("PAS-2026.3")
SUITE = replace(EDITION, checks=tuple(entry for entry in EDITION.checks if entry.name in TOLD))
CELLS = 1 << 17
DATED = {"timestamp": "at", "period": "month", "reference": {"column": "part", "value": "old"}}
PEOPLE: dict[str, Any] = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_negative",
    "favourable_decision": "positive",
    "gap_metric": "selection_rate",
    "attributes": [
        {"name": "race", "column": "race", "source": "recorded"},
        {"name": "age", "column": "age", "source": "self-reported"},
    ],
    "intersections": [["race", "age"]],
    "slices": [{"name": "branch", "column": "branch"}],
    "drift": {**DATED, "features": ["x", "branch", "at"]},
}


def people(rows: int, *, steps: int = 200, seed: int = 3) -> Frame:
    """Decisions with every kind of missing cell; probabilities in steps, so that they are few and tied."""
    rng = np.random.default_rng(seed)

    def holed(values: Any, share: float = 0.05) -> list[Any]:
        return [None if gone else value for value, gone in zip(values, rng.random(rows) < share, strict=True)]

    race = np.array(["a", "b", "c", " "])[rng.choice(4, rows, p=[0.5, 0.3, 0.19, 0.01])]
    p = np.clip(rng.beta(2, 2, rows) + 0.1 * (race == "b"), 0, 1)
    p = np.round(p * steps) / steps if steps else p
    at = np.datetime64("2025-01-15", "us") + np.sort(rng.integers(0, 300, rows)) * np.timedelta64(86_400_000_000, "us")
    return frame_from_arrays(
        {
            "y": holed((rng.random(rows) < p).astype(int).tolist()),
            "p": holed(p.tolist()),
            "race": holed(race.tolist()),
            "age": holed(rng.integers(2, 5, rows).tolist(), 0.02),
            "branch": holed([f"branch {n}" for n in rng.integers(0, 9, rows)]),
            "x": holed(np.round(rng.normal(size=rows), 2).tolist()),
            "at": at,
            "part": np.where(np.arange(rows) < rows // 2, "old", "new").tolist(),
        }
    )


def counted(frame: Frame, judge: Judge, cuts: list[int], cells: int = CELLS) -> Tally:
    parts = []
    for first, end in zip([0, *cuts], [*cuts, frame.rows], strict=True):
        tally = Tally(judge, Sizes(cells))
        tally.add(frame.take(np.arange(first, end)))
        parts.append(Tally.of(unpacked(packed(tally.state())), judge))
    return tally_merged(parts)


def both(frame: Frame, spec: dict[str, Any], cuts: list[int], *, shown: bool = True, suite: Any = SUITE):
    """The result in memory and the counted one, as dicts."""
    parsed = spec_parse(spec)
    judge = Judge(suite, parsed, SEED, 1 if shown else 10)
    memory = run_suite(frame, parsed, suite, seed=SEED, dataset_digest="d", show_rows=shown).to_dict()
    return memory, run_counted(counted(frame, judge, cuts), dataset_digest="d").to_dict()


def same(memory: dict[str, Any], found: dict[str, Any], sections: tuple[str, ...]) -> int:
    """Rows, dimensions, checks and tables of these sections are the same to 11 digits, and to the last in texts; gives
    how many checks with a figure were compared."""
    assert found["rows"] == memory["rows"]
    assert found["dimensions"] == memory["dimensions"]
    found["sections"]["data"].pop("counted")
    for section in sections:
        close(found["sections"][section], memory["sections"][section])
    mine, theirs = ([c for c in result["checks"] if c["family"] in sections] for result in (found, memory))
    close(mine, theirs)
    close(found["findings"], memory["findings"])
    return sum(check["value"] is not None for check in mine)


def close(found: Any, wanted: Any) -> None:
    """Equal, floats but for the rounding of a sum."""
    if isinstance(wanted, float) or isinstance(found, float):
        assert found == pytest.approx(wanted, rel=1e-11, abs=1e-15)
    elif isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            close(found[key], wanted[key])
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            close(one, other)
    else:
        assert found == wanted


EVERY = ("data", "performance", "calibration", "fairness", "slices", "drift")


def test_compas_counted_is_compas_in_memory():
    spec = {**COMPAS, "intersections": [["race", "sex"]]}
    memory, found = both(frame_of(table("compas_two_years.csv")), spec, [1_000, 1_001, 5_000])
    assert same(memory, found, EVERY) > 0


def test_missing_cells_of_every_kind_are_counted_alike():
    memory, found = both(people(6_000), PEOPLE, [10, 2_000])
    assert same(memory, found, EVERY) > 0


def test_small_groups_are_told_as_one_where_rows_are_not_shown():
    memory, found = both(people(90), PEOPLE, [40], shown=False)
    assert same(memory, found, EVERY) > 0
    assert any("rarer values" in row[0] for row in found["sections"]["fairness"]["race x age"]["rows"])


def test_california_counted_is_california_in_memory():
    frame = frame_of(table("california_housing_predictions.csv.gz"))
    memory, found = both(frame, {**CALIFORNIA, "drift": {**CALIFORNIA["drift"], "features": ["HouseAge"]}}, [9_000])
    assert same(memory, found, EVERY) > 0


def test_what_is_counted_by_rung_is_off_by_no_more_than_it_says():
    """Continuous probabilities: more than the ladders hold. Counts are the same, figures within what is stated."""
    frame, spec = people(6_000, steps=0), spec_parse(PEOPLE)
    judge = Judge(SUITE, spec, SEED)
    memory = run_suite(frame, spec, SUITE, seed=SEED, dataset_digest="d").to_dict()
    found = run_counted(counted(frame, judge, [5_000], 1 << 9), dataset_digest="d").to_dict()
    for name in ("error", "drift", "gap"):
        assert found["dimensions"][name] == memory["dimensions"][name]
    area, whole = (next(c for c in result["checks"] if c["id"] == "performance.auc") for result in (found, memory))
    beyond = float(area["method"].split("moves it by ")[1].split()[0])
    assert 0 < abs(area["value"] - whole["value"]) <= beyond
    assert area["low"] < whole["low"]
    assert area["high"] > whole["high"]
    ece, exact = found["dimensions"]["ece"], memory["dimensions"]["ece"]
    assert 0 < abs(float(ece["point"]) - float(exact["point"])) < float(ece["u"]) - float(exact["u"])
    shifts = {row[0]: row[1] for row in memory["sections"]["drift"]["features"]["rows"]}
    for row in found["sections"]["drift"]["features"]["rows"]:
        assert row[1] == pytest.approx(shifts[row[0]], abs=0.02)
    widths = {row[0]: row[2] for row in found["sections"]["data"]["counted"]["rows"]}
    assert 0 < widths["score"] < 0.1


@pytest.mark.parametrize("cells", [64, 1 << 10, CELLS])
def test_parts_give_the_bytes_of_the_whole(cells: int):
    frame, judge = people(3_000, steps=0), Judge(SUITE, spec_parse(PEOPLE), SEED)
    whole = packed(counted(frame, judge, [], cells).state())
    assert packed(counted(frame, judge, [1, 700, 701, 2_999], cells).state()) == whole
    shuffled = frame.take(np.random.default_rng(1).permutation(frame.rows))
    assert packed(counted(shuffled, judge, [1_500], cells).state()) == whole


def test_more_values_than_a_table_carries_are_refused_alike_however_they_are_split():
    rows = 1_000
    arrays = {"y": [0, 1] * (rows // 2), "d": [0, 1] * (rows // 2), "name": [f"n{n % 150}" for n in range(rows)]}
    spec = {
        "task": "binary",
        "label": "y",
        "positive_label": "1",
        "decision": {"column": "d", "op": "==", "value": "1"},
        "attributes": [
            {"name": "name", "column": "name", "source": "recorded"},
            {"name": "d", "column": "d", "source": "recorded"},
        ],
        "intersections": [["name", "d"]],
        "gap_metric": "selection_rate",
        "favourable_decision": "positive",
    }
    frame, judge = frame_from_arrays(arrays), Judge(SUITE, spec_parse(spec), SEED)
    states = {packed(counted(frame, judge, cuts).state()) for cuts in ([], [10, 20], [999])}
    assert len(states) == 1
    result = run_counted(counted(frame, judge, []), dataset_digest="d")
    assert result.dimensions["gap"].state == "cannot_tell"
    assert any("more than 100 different values" in finding.text for finding in result.findings)


def test_multiclass_and_regression_are_counted_alike():
    rng = np.random.default_rng(8)
    names = np.array(["x", "y", "z"])
    truth, called = names[rng.integers(0, 3, 900)], names[rng.integers(0, 3, 900)]
    frame = frame_from_arrays({"y": truth, "d": called, "p": rng.integers(0, 11, 900) / 10})
    spec = {"task": "multiclass", "label": "y", "decision": {"column": "d"}, "probability": "p"}
    assert same(*both(frame, {**spec, "harm_matrix": {"x": ["y"]}}, [300]), ("performance", "calibration")) > 0
    y = rng.normal(size=900) * 100
    frame = frame_from_arrays({"y": y, "d": y + rng.normal(size=900), "low": y - 1, "high": y + rng.normal(size=900)})
    spec = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "1", "direction": "over"}
    spec["interval"] = {"low": "low", "high": "high", "nominal": "0.5"}
    assert same(*both(frame, spec, [300]), ("performance", "calibration")) > 0


def test_without_a_reference_part_the_slope_is_told_all_the_same():
    spec = {**PEOPLE, "drift": {"timestamp": "at", "period": "month", "features": ["x"]}}
    memory, found = both(people(3_000), spec, [1_000])
    assert found["dimensions"]["drift"] == memory["dimensions"]["drift"]
    assert found["sections"]["drift"]["periods"] == memory["sections"]["drift"]["periods"]
    psi = next(check for check in found["checks"] if check["id"] == "drift.psi")
    assert psi["verdict"] == "not_run"


def test_checks_that_need_rows_or_model_are_not_run():
    _, found = both(people(400), PEOPLE, [], suite=EDITION)
    silent = {check["id"]: check for check in found["checks"] if check["verdict"] == "not_run"}
    assert silent["robustness.flip_rate"]["reason"].startswith("No model")
    assert found["dimensions"]["robustness"]["state"] == "not_run"


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"y": [None, None], "d": [1, 0]}, "empty in every row"),
        ({"y": [1, None], "d": [None, 0]}, "both a decision and a label"),
        ({"y": [1, 2], "d": [1, 0]}, None),
        ({"y": ["yes", "no"], "d": [1, 0]}, "the event is '1'"),
        ({"y": [0, 1, 2], "d": [1, 0, 0]}, "the event is '1'"),
    ],
)
def test_what_cannot_be_audited_is_refused_as_in_memory(arrays: dict[str, list[Any]], told: str | None):
    spec = {
        "task": "binary",
        "label": "y",
        "positive_label": "1",
        "decision": {"column": "d", "op": "==", "value": "1"},
    }
    judge = Judge(SUITE, spec_parse(spec), SEED)
    tally = counted(frame_from_arrays(arrays), judge, [1])
    if told is None:
        assert run_counted(tally, dataset_digest="d").rows["labelled"] == 2
        return
    with pytest.raises(InputRefused, match=told):
        run_counted(tally, dataset_digest="d")


def test_times_that_are_none_leave_drift_open_and_the_rest_measured():
    frame = people(400)
    spec = {**PEOPLE, "drift": {**DATED, "timestamp": "race", "features": ["x"]}}
    memory, found = both(frame, spec, [200])
    assert found["dimensions"] == memory["dimensions"]
    assert found["dimensions"]["drift"]["state"] == "cannot_tell"


def test_bytes_that_are_no_tally_are_refused():
    data = packed(Tally(Judge(SUITE, spec_parse(PEOPLE), SEED), Sizes(CELLS)).state())
    for wrong in (b"PLIMTAL2" + data[8:], data + b"x"):
        with pytest.raises(ValueError, match="tally"):
            unpacked(wrong)
