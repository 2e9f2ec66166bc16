"""What an attacker tried on the engine: numbers that overflow, rows that must not be told, findings of nothing."""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import SEED, check
from hypothesis import given, settings
from hypothesis import strategies as st
from model_examples import SPEC, chance, model_of, people

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.calibration import Cells, cells_of, chance_alone, ece_of
from audits.engine.finite import finite_part
from audits.engine.frame import canonical_text, column_from, number_text
from audits.engine.gaming.reuse import _codes
from audits.engine.posterior import Belief
from audits.engine.relabelling import id_texts
from audits.engine.result import Dimension, Finding, Part, Table
from audits.engine.suite import Suite
from audits.engine.verdicts import Judge
from audits.suites import suite_load
from core.errors import InputRefused

EDITION = suite_load("PAS-2026.3")
QUICK = replace(EDITION, model=replace(EDITION.model, sampled_cells=60_000))
CANARY = "CANARY-7731"


def of(*names: str) -> Suite:
    return replace(QUICK, checks=tuple(entry for entry in EDITION.checks if entry.name in names))


def audit(arrays, spec=SPEC, suite=QUICK, *, beside=None, **more):
    frames = {role: frame_from_arrays(found) for role, found in (beside or {}).items()}
    return run_suite(
        frame_from_arrays(arrays), spec_parse(spec), suite, seed=SEED, dataset_digest="", beside=frames, **more
    )


def calibrated(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    stated = 1 / (1 + np.exp(1 - rng.normal(size=rows)))
    return {
        "p": stated,
        "y": (rng.random(rows) < stated).astype(int),
        "race": rng.choice(["a", "b"], rows).tolist(),
        "t": np.datetime64("2026-01-01", "us") + np.arange(rows).astype("timedelta64[D]") * 365 // rows,
    }


REGRESSION = {
    "task": "regression",
    "label": "y",
    "decision": {"column": "p"},
    "tolerance": "0.1",
    "direction": "either",
    "attributes": SPEC["attributes"],
}


@pytest.mark.parametrize("huge", [1e308, -1e308, 1e200])
def test_numbers_whose_sums_overflow_leave_figures_open_and_no_audit_fails(huge):
    rng = np.random.default_rng(1)
    arrays = {"y": rng.choice([huge, 0.5], 300), "p": rng.random(300), "race": rng.choice(["a", "b"], 300).tolist()}
    found = audit(arrays, REGRESSION)
    found.to_bytes()
    assert found.dimensions["error"].state == "measured"
    assert check(found, "performance.rmse").verdict == "cannot_tell"
    assert not any(word in f" {one.sentence} " for one in found.checks for word in (" inf", " nan", "(nan", "(inf"))


def test_huge_features_are_moved_or_not_and_nothing_is_infinite():
    arrays = {**calibrated(), "x": np.random.default_rng(2).choice([1e308, -1e308, 3.0], 400)}
    drift = {"timestamp": "t", "period": "month", "reference": None, "features": ["x"]}
    found = audit({**arrays, "loss": np.abs(arrays["x"])}, {**SPEC, "drift": drift, "loss": "loss"})
    found.to_bytes()
    assert not any("inf on average" in one.sentence or "lies nan" in one.sentence for one in found.checks)


def test_only_what_is_not_finite_is_taken_out():
    judge = Judge(EDITION, spec_parse(SPEC), SEED)
    good, bad = judge.check("a.one", "One", 1.0, None, "1.", 5), judge.check("a.two", "Two", np.nan, None, "nan", 5)
    part = Part(
        (good, bad),
        {"t": Table(("x",), ((np.inf,), (1.0,), ("inf",)))},
        (Finding("high", "One", "1", "a.one"), Finding("high", "Two", "nan", "a.two")),
        {"error": Dimension("measured", None, {"u": "NaN"}), "gap": Dimension("measured", None, {"u": "0.1"})},
    )
    found = finite_part(part, judge)
    assert found.checks[0] == good
    assert (found.checks[1].verdict, found.checks[1].value) == ("cannot_tell", None)
    assert found.tables["t"].rows == ((None,), (1.0,), ("inf",))
    assert [each.check for each in found.findings] == ["a.one"]
    assert (found.dimensions["error"].state, found.dimensions["gap"].state) == ("cannot_tell", "measured")


def test_where_nobody_is_selected_there_is_no_ratio_of_selection_rates():
    arrays = {**calibrated(), "p": np.full(400, 0.1)}
    found = audit(arrays, {**SPEC, "favourable_decision": "positive"}, of("bias_groups"))
    assert not any(one.id == "fairness.demographic_parity_ratio" for one in found.checks)
    found.to_bytes()


def test_a_belief_in_the_only_cell_there_is():
    assert Belief(20.5, 0).interval(0.9).low == 1.0
    arrays = {"y": ["a"] * 30, "d": ["a"] * 30}
    spec = {"task": "multiclass", "label": "y", "decision": {"column": "d"}}
    audit(arrays, spec, of("posterior")).to_bytes()


def test_periods_of_few_rows_are_told_together_where_rows_are_not_shown():
    arrays = calibrated(420)
    arrays["t"][0], arrays["t"][1] = np.datetime64("2019-07-13"), np.datetime64("2019-09-13")
    spec = {**SPEC, "drift": {"timestamp": "t", "period": "month", "reference": None, "features": []}}
    shown = audit(arrays, spec, of("drift")).sections["drift"]["periods"].rows
    hidden = audit(arrays, spec, of("drift"), show_rows=False).sections["drift"]["periods"].rows
    assert {"2019-07", "2019-09"} <= {row[0] for row in shown}
    assert min(row[1] for row in hidden) >= 10
    assert not {"2019-07", "2019-09"} & {row[0] for row in hidden}


def test_the_loss_of_a_few_hidden_rows_is_not_told():
    arrays = {**calibrated(), "p": np.where(np.arange(400) < 200, 0.52, 0.48)}
    arrays["y"] = ((np.arange(400) < 200) & (np.arange(400) >= 3)).astype(int)
    arrays["loss"] = np.where(np.arange(400) < 3, 7654.5, 1.0)
    spec = {**SPEC, "loss": "loss"}
    told = [
        "on average where it was wrong" in check(found, "calibration.threshold_window").sentence
        for found in (audit(arrays, spec, of("reliability"), show_rows=show) for show in (True, False))
    ]
    assert told == [True, False]


def challenged(**changes):
    arrays = people(300, 9)
    return audit(people(), suite=of("challenge"), model=model_of(), beside={"challenge": {**arrays, **changes}})


CHALLENGES = {
    "a label": {"y": [CANARY] * 10 + [1, 0] * 145},
    "an input": {"age": [CANARY] * 10 + ["30"] * 290},
    "a planted label": {"y": ["1", "0"] * 100 + [CANARY] * 100, "canary": [0] * 200 + [1] * 100},
}


@pytest.mark.parametrize("name", CHALLENGES)
def test_what_refuses_a_challenge_quotes_no_cell_of_it(name):
    found = challenged(**CHALLENGES[name])
    assert CANARY not in found.to_bytes().decode()
    assert "cannot_tell" in {one.verdict for one in found.checks}


def test_a_model_that_repeats_its_rows_in_its_error_tells_nobody_the_challenge():
    class Spoke(InputRefused):
        verdict = "model_fault"

    def answers(rows):
        if rows.rows == 300:
            raise Spoke(f"I saw {CANARY}", field="model")
        return chance(rows)

    found = audit(people(), suite=of("challenge"), model=model_of(answers), beside={"challenge": people(300, 9)})
    assert CANARY not in found.to_bytes().decode()
    assert "failed on the challenge rows" in check(found, "gaming.challenge_error").reason


def test_chance_alone_is_what_the_plug_in_adds_on_average():
    rng = np.random.default_rng(5)
    for true in (0.0, 0.05, 0.1):
        stated = np.repeat(np.linspace(0.15, 0.85, 10), 30)
        hits = rng.random((2000, 300)) < stated + true
        each = [cells_of(stated, row) for row in hits[:400]]
        plug_in = np.mean([ece_of(cells, cells.hits[None], cells.misses[None], 10)[0] for cells in each])
        expected = np.mean([chance_alone(Cells(*cells), 10, true) for cells in each])
        assert abs(plug_in - true - expected) < 0.006


def test_honest_probabilities_of_a_hundred_rows_do_not_fail():
    judged = [check(audit(calibrated(100, seed), suite=of("calibration")), "calibration.ece") for seed in range(60)]
    assert sum(one.verdict == "fail" for one in judged) <= 6
    far = calibrated(300)
    far["p"] = np.clip(far["p"] + 0.3, 0, 1)
    assert check(audit(far, suite=of("calibration")), "calibration.ece").verdict == "fail"


def test_long_keys_name_their_rows_digit_for_digit():
    keys = 10**17 + np.arange(50)
    assert len(set(id_texts(column_from("id", keys)))) == 50
    assert len(set(id_texts(column_from("id", [*map(str, keys), "A1", "0012", "12"])))) == 53
    assert id_texts(column_from("id", [7.0, 8.0])) == id_texts(column_from("id", [7, 8])) == ["7", "8"]
    assert id_texts(column_from("id", ["a", None])) == ["a", ""]


def test_the_order_in_which_rows_are_sent_moves_no_bound():
    arrays = {**people(700), "purpose": [None if i % 9 == 0 else one for i, one in enumerate(people(700)["purpose"])]}
    suite = replace(
        of("robustness", "calibration", "fairness", "performance"), model=replace(QUICK.model, robustness_rows=400)
    )
    order = np.random.default_rng(1).permutation(700)
    moved = {name: [cells[place] for place in order] for name, cells in arrays.items()}
    first, second = (audit(each, suite=suite, model=model_of()) for each in (arrays, moved))
    assert first.dimensions["robustness"].state == "measured"
    assert first.dimensions == second.dimensions
    assert first.sections["robustness"] == second.sections["robustness"]


@given(
    st.lists(
        st.one_of(
            st.floats(-1e290, 1e290, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-290),
            st.integers(-(10**14), 10**14).map(float),
            st.sampled_from([0.1, 0.30000000000000004, 0.3, -0.0, 0.0, 1e15, 123456789012345.6]),
        ),
        min_size=1,
        max_size=40,
    )
)
@settings(max_examples=200, deadline=None)
def test_numbers_are_known_again_as_their_text_is(values):
    column = column_from("x", np.array(values))
    codes = _codes(column, column)
    texts = [canonical_text(number_text(value)) for value in values] * 2
    for first in range(len(texts)):
        for second in range(first):
            assert (codes[first] == codes[second]) == (texts[first] == texts[second])


def test_the_ends_of_a_bin_are_no_single_scores_where_rows_are_not_shown():
    arrays = calibrated()
    found = audit(arrays, suite=of("calibration", "reliability"), show_rows=False).sections["calibration"]
    ends = {end for name in ("reliability", "bands") for row in found[name].rows for end in row[1:3]}
    assert ends
    assert not ends & set(arrays["p"])
