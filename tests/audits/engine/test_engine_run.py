"""The whole audit: its form, its bytes, what it does with little or bad data, and that prudence is monotone."""

import json

import numpy as np
import pytest
from engine_examples import BINARY, CALIFORNIA, COMPAS, RACE, SEED, SUITE, audit, check, frame_of, outcomes, table
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.bounds import cp_upper, six
from audits.engine.registry import registered
from audits.engine.result import DIMENSIONS
from audits.suites import suite_load
from core.canonical import canonical_json, digest
from core.errors import InputRefused

TOP = {
    "schema", "suite", "spec", "spec_digest", "dataset_digest", "seed", "engine", "libraries", "rows", "dimensions",
    "checks", "sections", "findings", "model",
}  # fmt: skip
CHECK = {
    "id", "family", "title", "subject", "verdict", "value", "low", "high", "confidence", "method", "n", "k", "seed",
    "limit", "rows_needed", "reason", "sentence",
}  # fmt: skip


@pytest.fixture(scope="module")
def compas():
    return table("compas_two_years.csv")


def test_the_result_has_the_agreed_form(compas):
    found = audit(frame_of(compas), COMPAS).to_dict()
    assert set(found) == TOP
    assert set(found["dimensions"]) == {*DIMENSIONS, "oversight"}
    assert all(set(each) == CHECK for each in found["checks"])
    assert set(found["sections"]) == {registered()[entry.name].section for entry in SUITE.checks}
    assert found["spec_digest"] == digest(canonical_json(found["spec"]))
    assert found["suite"] == {"id": SUITE.id, "digest": SUITE.digest}


def test_every_table_row_fills_every_column(compas):
    for section in audit(frame_of(compas), COMPAS).sections.values():
        for found in section.values():
            assert {len(row) for row in found.rows} <= {len(found.columns)}


def test_every_figure_has_n_seed_and_words(compas):
    checks = audit(frame_of(compas), COMPAS).checks
    assert all(each.n > 0 for each in checks if each.value is not None)
    assert all(each.seed == SEED and each.sentence.endswith(".") for each in checks)
    assert all(each.reason for each in checks if each.verdict in ("not_run",))


@pytest.mark.parametrize(
    ("name", "spec"), [("compas_two_years.csv", COMPAS), ("california_housing_predictions.csv.gz", CALIFORNIA)]
)
def test_row_order_never_changes_the_priced_figures_nor_the_first_edition(name, spec):
    """What draws halves or samples of the rows draws others from another order; nothing that is priced does."""
    rows = table(name)
    orders = frame_of(rows), frame_of(rows.sample(frac=1, random_state=3))
    first, again = (audit(frame, spec).dimensions for frame in orders)
    assert first == again
    given = {"seed": SEED, "dataset_digest": ""}
    first, again = (run_suite(frame, spec_parse(spec), suite_load("PAS-2026.1"), **given) for frame in orders)
    assert first.to_bytes() == again.to_bytes()


def test_measuring_twice_gives_the_same_bytes_and_reading_them_back_too(compas):
    first, second = (audit(frame_of(compas), COMPAS).to_bytes() for _ in range(2))
    assert first == second == canonical_json(json.loads(first))


def test_columns_that_the_specification_does_not_name_are_not_read(compas):
    named = ["two_year_recid", "decile_score", "race", "sex", "age_cat"]
    assert audit(frame_of(compas[named]), COMPAS).to_bytes() == audit(frame_of(compas), COMPAS).to_bytes()


def test_progress_reaches_its_total():
    calls = []
    spec = spec_parse(BINARY)
    frame = frame_from_arrays(outcomes(5, 5, 5, 5))
    run_suite(frame, spec, SUITE, seed=1, dataset_digest="sha256:00", progress=lambda *call: calls.append(call))
    assert sorted({done for done, _, _ in calls}) == list(range(len(SUITE.checks) + 1))
    assert {total for _, total, _ in calls} == {len(SUITE.checks)}
    assert (calls[0][2], calls[-1][2]) == ("data", "done")


confusions = st.tuples(*[st.integers(0, 40)] * 4).filter(lambda cells: sum(cells) > 0 and cells[1] + cells[3] > 0)


@settings(max_examples=40, deadline=None)
@given(confusions)
def test_a_failing_row_never_lowers_u_and_a_passing_row_never_raises_it(cells):
    tp, fp, fn, tn = cells
    bound = [
        float(audit(outcomes(*each)).dimensions["error"].figures["u"])
        for each in (cells, (tp, fp + 1, fn, tn), (tp, fp, fn, tn + 1), (tp + 1, fp, fn, tn))
    ]
    assert bound[1] >= bound[0] >= max(bound[2], bound[3])


@settings(max_examples=40, deadline=None)
@given(confusions)
def test_the_priced_error_is_joint_and_bounded_from_counts_alone(cells):
    figures = audit(outcomes(*cells)).dimensions["error"].figures
    assert (figures["k"], figures["n"]) == (cells[1], sum(cells))
    assert figures["u"] == six(cp_upper(cells[1], sum(cells), 0.9))


@pytest.mark.parametrize(("harm", "k"), [("false_positive", 7), ("false_negative", 5), ("either", 12)])
def test_the_direction_of_harm_chooses_the_cell(harm, k):
    assert audit(outcomes(11, 7, 5, 13), harmful_error=harm).dimensions["error"].figures["k"] == k


def test_five_rows_are_measured_as_an_indication():
    found = audit(outcomes(1, 1, 1, 2), score="d")
    rows = check(found, "data.rows")
    assert (rows.verdict, rows.rows_needed) == ("cannot_tell", 300)
    assert found.dimensions["error"].figures["u"] == six(cp_upper(1, 5, 0.9))
    assert found.findings[0].title == "Too few rows: an indication only"


@pytest.mark.parametrize(
    ("missing", "verdict", "state"), [(5, "pass", "measured"), (20, "fail", "measured"), (21, "fail", "cannot_tell")]
)
def test_rows_without_a_label_are_counted_found_and_at_last_decisive(missing, verdict, state):
    arrays = {"y": [None] * missing + [0] * (100 - missing), "d": [0, 1] * 50}
    found = audit(arrays)
    assert (found.rows["unlabelled"], found.rows["labelled"]) == (missing, 100 - missing)
    assert (check(found, "data.unlabelled").verdict, found.dimensions["error"].state) == (verdict, state)


def test_every_row_is_counted_once():
    rows = audit({"y": [1, None, 0, None], "d": [1, 0, None, None]}).rows
    assert rows == {"total": 4, "labelled": 1, "unlabelled": 1, "undecided": 2}


def test_one_outcome_only_is_said_and_ranking_cannot_be_told():
    found = audit({"y": [0] * 50, "d": [0, 1] * 25, "s": np.arange(50.0)}, score="s")
    assert check(found, "data.classes").verdict == "fail"
    assert check(found, "performance.auc").verdict == "cannot_tell"
    assert found.dimensions["error"].figures["k"] == 25


def test_harm_that_could_not_show_is_not_taken_for_absent():
    found = audit({"y": [1] * 50, "d": [0, 1] * 25})
    assert found.dimensions["error"].state == "cannot_tell"
    assert check(found, "performance.harmful_error").verdict == "cannot_tell"


@pytest.mark.parametrize(
    ("arrays", "field"),
    [
        ({"y": [], "d": []}, "data set"),
        ({"d": [0, 1]}, "columns"),
        ({"y": [None, None], "d": [0, 1]}, "y"),
        ({"y": [0, 1], "d": [None, None]}, "d"),
        ({"y": [0, None], "d": [None, 1]}, "y"),
        ({"y": [0, 2], "d": [0, 1]}, "y"),
        ({"y": ["good", "bad", "ugly"], "d": [0, 1, 1]}, "y"),
        ({"y": np.array([0.0, np.nan]), "d": [0, 1]}, "y"),
    ],
)
def test_data_that_cannot_be_audited_is_refused_by_name(arrays, field):
    with pytest.raises(InputRefused) as refusal:
        audit(arrays)
    assert refusal.value.field == field
    assert refusal.value.limit
    assert refusal.value.remedy


@pytest.mark.parametrize("cell", [np.nan, np.inf, -0.1, 1.1])
def test_what_is_no_probability_was_refused_and_is_left_out_with_a_finding(cell):
    frame = frame_from_arrays({"y": [0, 1], "d": [0, 1], "p": np.array([0.5, cell])})
    spec = spec_parse({**BINARY, "probability": "p"})
    with pytest.raises(InputRefused) as refusal:
        run_suite(frame, spec, suite_load("PAS-2026.1"), seed=1, dataset_digest="")
    assert refusal.value.field == "p"
    found = run_suite(frame, spec, SUITE, seed=1, dataset_digest="")
    assert found.dimensions["error"].state == "measured"
    assert any("p" in item.title and item.check == "data.odd_columns" for item in found.findings)


@pytest.mark.parametrize(
    ("op", "value", "k"), [(">=", "3", 3), (">", "3", 2), ("<=", "3", 3), ("<", "3", 2), ("==", "3", 1)]
)
def test_a_decision_is_read_by_its_operator(op, value, k):
    arrays = {"y": np.zeros(5, int), "s": np.arange(1, 6)}
    found = audit(arrays, decision={"column": "s", "op": op, "value": value})
    assert found.dimensions["error"].figures["k"] == k


def test_what_predictions_cannot_show_is_not_run_with_its_reason():
    found = audit(outcomes(5, 5, 5, 5))
    assert {found.dimensions[name].state for name in ("robustness", "label")} == {"not_run"}
    assert "No model was handed over" in found.dimensions["robustness"].reason
    assert check(found, "labels.disagreement").verdict == "not_run"


def test_many_rows_keep_their_counts():
    """Large enough that anything quadratic or per-row in Python would show."""
    rng = np.random.default_rng(2)
    n = 300_000
    score = rng.random(n)
    arrays = {"y": (rng.random(n) < score).astype(int), "p": score, "race": rng.integers(0, 5, n)}
    spec = {"decision": {"column": "p", "op": ">=", "value": "0.5"}, "probability": "p", "attributes": [RACE]}
    found = audit(arrays, gap_metric="false_positive_rate", **spec)
    assert found.dimensions["error"].figures["k"] == int(((score >= 0.5) & (arrays["y"] == 0)).sum())
    assert found.dimensions["ece"].figures["n"] == n
