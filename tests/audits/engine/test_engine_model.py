"""A model under audit: its answers stand in, what was sent is compared, and it must answer alike when asked again."""

import numpy as np
import pytest
from engine_examples import check
from model_examples import INTERFACE, SPEC, Told, audit_quickly, chance, model_of, people

from audits.engine import encode, frame_from_arrays, run_suite, spec_parse
from audits.engine.model import Asked
from audits.engine.quality import named_columns, wanted_columns
from audits.engine.verdicts import Judge
from audits.interface import interface_parse
from audits.suites import suite_load
from core.errors import InputRefused

PEOPLE = people()
TRUE = chance(encode(frame_from_arrays(PEOPLE), interface_parse(INTERFACE)))[:, 1]
CLASS = {"column": "d", "means": "class", "classes": ["no", "yes"], "confidence": "share"}


class Broken(InputRefused):
    verdict = "model_fault"


def fails(when):
    """A model that breaks on encoded rows for which `when` is true."""

    def function(rows):
        if when(rows):
            raise Broken("The model died.", field="model")
        return chance(rows)

    return function


def facts(found, table):
    return dict(found.sections["model"][table].rows)


def test_the_result_is_the_one_of_recorded_answers_when_they_are_the_models():
    ours = audit_quickly().to_dict()
    theirs = run_suite(
        frame_from_arrays({**PEOPLE, "p": TRUE}),
        spec_parse(SPEC),
        suite_load(),
        seed=20261001,
        dataset_digest="sha256:00",
    ).to_dict()
    assert theirs["model"] is None
    for name in ("performance", "calibration", "fairness"):
        assert ours["sections"][name] == theirs["sections"][name]
    assert {name: ours["dimensions"][name] for name in ("error", "ece")} == {
        name: theirs["dimensions"][name] for name in ("error", "ece")
    }


def test_caged_answers_count_and_recorded_ones_are_only_compared():
    found = audit_quickly({**PEOPLE, "p": np.zeros(800)})
    assert found.dimensions["error"] == audit_quickly().dimensions["error"]
    same = check(found, "model.reproduces")
    assert (same.verdict, same.n, same.k) == ("fail", 800, 800)
    assert facts(found, "reproduction")["largest difference"] == pytest.approx(TRUE.max())
    assert facts(found, "reproduction")["decisions that change"] == int((TRUE >= 0.5).sum())
    assert any(finding.check == "model.reproduces" and finding.severity == "high" for finding in found.findings)


@pytest.mark.parametrize(("digits", "verdict"), [(6, "pass"), (5, "fail")])
def test_rounding_within_the_registered_tolerance_is_the_same_answer(digits, verdict):
    found = check(audit_quickly({**PEOPLE, "p": np.round(TRUE, digits)}), "model.reproduces")
    assert found.verdict == verdict
    assert found.k == int((np.abs(np.round(TRUE, digits) - TRUE) > 1e-6).sum())


@pytest.mark.parametrize(("moved", "verdict"), [(8, "pass"), (9, "fail")])
def test_no_tolerance_hides_that_decisions_are_others(moved, verdict):
    model = model_of(interface={**INTERFACE, "output": {**INTERFACE["output"], "tolerance": "1"}})
    recorded = [1 - value if place < moved else value for place, value in enumerate(TRUE)]
    found = check(audit_quickly({**PEOPLE, "p": recorded}, model), "model.reproduces")
    assert (found.verdict, found.k, found.n) == (verdict, moved if verdict == "fail" else 0, 800)


def test_rows_without_a_recorded_answer_are_left_out_of_the_comparison():
    recorded = [None if place < 100 else value for place, value in enumerate(TRUE)]
    found = check(audit_quickly({**PEOPLE, "p": recorded}), "model.reproduces")
    assert (found.verdict, found.n) == ("pass", 700)


@pytest.mark.parametrize("more", [{}, {"p": [None] * 800}])
def test_nothing_sent_is_nothing_to_compare(more):
    found = check(audit_quickly({**PEOPLE, **more}), "model.reproduces")
    assert (found.verdict, "nothing to compare" in found.reason) == ("not_run", True)


def test_recorded_answers_that_are_no_numbers_cannot_be_compared():
    assert check(audit_quickly({**PEOPLE, "p": ["high"] * 800}), "model.reproduces").verdict == "cannot_tell"


def test_a_class_stands_in_as_its_label_with_its_share():
    spec = {**SPEC, "decision": {"column": "d", "op": "==", "value": "yes"}, "probability": None}
    model = model_of(interface={**INTERFACE, "output": CLASS})
    called = np.where(TRUE > 0.5, "yes", "no").tolist()
    found = audit_quickly({**PEOPLE, "d": called, "share": np.maximum(TRUE, 1 - TRUE)}, model, spec)
    assert found.dimensions["error"] == audit_quickly().dimensions["error"]
    assert check(found, "model.reproduces").verdict == "pass"
    called[:7] = ["maybe"] * 7
    assert check(audit_quickly({**PEOPLE, "d": called}, model, spec), "model.reproduces").k == 7


def test_every_class_may_be_audited_on_the_share_of_the_top_label():
    rng = np.random.default_rng(1)
    arrays = {"x": rng.normal(size=500), "y": rng.choice(["a", "b", "c"], 500).tolist()}

    def function(rows):
        raised = np.exp(rows.numbers[:, :1] * [1.0, 0.2, -1.0])
        return raised / raised.sum(axis=1, keepdims=True)

    output = {"column": "d", "means": "class", "classes": ["a", "b", "c"], "confidence": "share"}
    model = model_of(function, {"inputs": [{"column": "x", "as": "number"}], "output": output})
    spec = {"task": "multiclass", "label": "y", "decision": {"column": "d"}, "probability": "share"}
    found = audit_quickly(arrays, model, spec)
    answers = function(encode(frame_from_arrays(arrays), model.interface))
    wrong = np.array(["a", "b", "c"])[answers.argmax(axis=1)] != np.array(arrays["y"])
    assert found.dimensions["error"].figures["k"] == int(wrong.sum())
    assert found.dimensions["ece"].state == "measured"


def test_an_honest_model_is_deterministic():
    found = check(audit_quickly(), "model.deterministic")
    assert (found.verdict, found.value, found.n) == ("pass", 0, 8000)


def test_last_bits_may_differ_between_batches_but_not_between_processes():
    """What linear algebra in 32 bits does: the answer depends a little on the shape of the batch."""
    shaky = model_of(lambda rows: chance(rows) + 1e-7 * (rows.rows % 3))
    assert check(audit_quickly(model=shaky), "model.deterministic").verdict == "pass"
    fresh = model_of(fresh=lambda rows: chance(rows) + 1e-12)
    found = check(audit_quickly(model=fresh), "model.deterministic")
    assert (found.verdict, found.k) == ("fail", 1600)


def test_a_model_that_counts_its_calls_is_found():
    calls = []

    def function(rows):
        calls.append(1)
        return chance(rows) * 0.99 + (0.01 if len(calls) > 2 else 0)

    found = audit_quickly(model=model_of(function))
    assert check(found, "model.deterministic").verdict == "fail"
    assert ("high", "model.deterministic") in {(item.severity, item.check) for item in found.findings}


def test_a_model_that_looks_at_its_neighbours_is_found():
    """It behaves as long as rows come in the order of the file."""

    def function(rows):
        honest = np.all(np.diff(rows.numbers[:, 1]) >= 0)
        return chance(rows) if honest else 1 - chance(rows)

    order = np.argsort(PEOPLE["income"])
    arrays = {name: np.asarray(values)[order] for name, values in PEOPLE.items()}
    arrays = {name: v.tolist() if v.dtype.kind == "U" else v for name, v in arrays.items()}
    rows = {row[0]: row[2] for row in audit_quickly(arrays, model_of(function)).sections["model"]["determinism"].rows}
    assert rows["the same batch again"] == 0
    assert rows["in another order"] > 700


def test_chance_in_a_row_in_a_hundred_is_found():
    rng = np.random.default_rng(0)
    noisy = model_of(lambda rows: chance(rows) + 0.001 * (rng.random((rows.rows, 1)) < 0.01))
    assert check(audit_quickly(model=noisy), "model.deterministic").verdict == "fail"


def test_a_model_that_fails_at_the_rows_has_no_audit():
    with pytest.raises(Broken):
        audit_quickly(model=model_of(fails(lambda rows: True)))


def test_a_model_that_fails_when_asked_again_leaves_that_open_and_the_rest_measured():
    found = audit_quickly(model=model_of(fresh=fails(lambda rows: True)))
    assert check(found, "model.deterministic").verdict == "cannot_tell"
    assert "died" in check(found, "model.deterministic").reason
    assert found.dimensions["robustness"].state == "measured"
    assert any(item.title == "The model fails when asked again" for item in found.findings)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        (lambda rows: chance(rows)[:, 0], "model"),
        (lambda rows: chance(rows)[:-1], "model"),
        (lambda rows: chance(rows) * np.nan, "model"),
        (lambda rows: chance(rows) * 1e200, "model"),
        (lambda rows: chance(rows)[:, :1], "interface.output.index"),
    ],
)
def test_answers_of_a_wrong_shape_are_refused(answers, field):
    with pytest.raises(InputRefused) as refusal:
        audit_quickly(model=model_of(answers))
    assert refusal.value.field == field
    assert refusal.value.remedy


def test_a_model_must_answer_each_of_its_classes():
    output = {"column": "d", "means": "class", "classes": ["a", "b", "c"]}
    spec = {**SPEC, "decision": {"column": "d", "op": "==", "value": "a"}, "probability": None}
    with pytest.raises(InputRefused, match="names 3 classes"):
        audit_quickly(model=model_of(interface={**INTERFACE, "output": output}), spec=spec)


def test_the_answers_never_stand_in_the_outcomes_column():
    output = {**INTERFACE["output"], "column": "y"}
    with pytest.raises(InputRefused, match="cannot stand"):
        audit_quickly(model=model_of(interface={**INTERFACE, "output": output}))


def test_an_outcome_among_the_inputs_is_a_grave_finding():
    inputs = [{"column": name, "as": "number"} for name in ("age", "y")]
    model = model_of(
        lambda rows: np.column_stack([1 - rows.numbers[:, 1], rows.numbers[:, 1]]), {**INTERFACE, "inputs": inputs}
    )
    found = audit_quickly(model=model)
    (finding,) = [item for item in found.findings if item.title == "The outcome is an input of the model"]
    assert finding.severity == found.findings[0].severity == "high"


def test_an_edition_for_predictions_takes_no_model():
    frame = frame_from_arrays(PEOPLE)
    with pytest.raises(InputRefused) as refusal:
        run_suite(frame, spec_parse(SPEC), suite_load("PAS-2026.1"), seed=1, dataset_digest="", model=model_of())
    assert (refusal.value.field, "PAS-2026.2" in refusal.value.remedy) == ("suite", True)


def test_with_a_model_its_inputs_are_needed_and_its_answers_are_not():
    judge = Judge(suite_load(), spec_parse(SPEC), 1)
    needed = named_columns(judge, interface_parse(INTERFACE))
    assert needed == {"y", "race", "age", "income", "purpose"}
    assert wanted_columns(judge, interface_parse(INTERFACE)) == needed | {"p"}
    assert named_columns(judge) == {"y", "race", "p"}
    with pytest.raises(InputRefused, match="'income', which is an input"):
        audit_quickly({name: values for name, values in PEOPLE.items() if name != "income"})


def test_the_result_says_what_was_caged():
    model = model_of()
    found = audit_quickly(model=model).to_dict()
    assert found["model"]["caged_rows"] >= sum(model.asked)
    assert {"digest", "format", "runtime", "interface", "interface_digest", "caged_rows", "caged_calls"} <= set(
        found["model"]
    )
    assert interface_parse(found["model"]["interface"]) == model.interface


def test_many_features_are_asked_for_in_more_calls():
    """A frame of a million rows and thousands of features would not fit the memory in one piece."""
    categories = [str(number) for number in range(5_000)]
    inputs = [{"column": "c", "as": "one_hot", "categories": categories}]
    model = model_of(lambda rows: rows.numbers[:, :2], {**INTERFACE, "inputs": inputs})
    asked, frame = Asked(model), frame_from_arrays({"c": np.arange(4_500) % 3})
    assert (asked.answers(frame) == np.eye(3)[np.arange(4_500) % 3][:, :2]).all()
    assert (model.asked, asked.rows, asked.calls) == ([2_000, 2_000, 500], 4_500, 3)


def test_the_same_inputs_give_the_same_bytes():
    assert audit_quickly().to_bytes() == audit_quickly().to_bytes()


def test_recorded_predictions_give_what_they_gave_before_there_were_models():
    frame = frame_from_arrays({**PEOPLE, "p": TRUE})
    first, second = (
        run_suite(frame, spec_parse(SPEC), suite_load(name), seed=1, dataset_digest="")
        for name in ("PAS-2026.1", "PAS-2026.2")
    )
    assert first.sections == second.sections
    assert {item.id for item in second.checks} - {item.id for item in first.checks} == {
        "model.reproduces", "model.deterministic",
        "attribution.additivity", "attribution.rank_stability", "attribution.drivers",
    }  # fmt: skip
    assert {item.verdict for item in second.checks if item.family in ("model", "attribution")} == {"not_run"}


def test_progress_reaches_its_total_with_a_model_too():
    calls = []
    run_suite(
        frame_from_arrays(PEOPLE), spec_parse(SPEC), suite_load(), seed=1, dataset_digest="",
        model=Told(chance, interface_parse(INTERFACE)), progress=lambda *call: calls.append(call),
    )  # fmt: skip
    done = [call[0] for call in calls]
    assert done == sorted(done)
    every = len(suite_load().checks)
    assert (calls[-1][:2], {call[1] for call in calls}) == ((every, every), {every})
