"""Checks register themselves; an edition lists them; what lacks is said, and the rest goes on."""

import json
import pkgutil
from dataclasses import dataclass, replace

import numpy as np
import pytest
from engine_examples import BINARY, RACE, outcomes
from model_examples import SPEC as MODEL_SPEC
from model_examples import model_of, people

from audits.engine import checks, frame_from_arrays, run_suite, spec_parse
from audits.engine.registry import Need, Registered, check_named, plan_read, registered
from audits.engine.result import Part
from audits.engine.suite import Listed
from audits.suites import suite_load
from core.errors import InputRefused

EDITION = suite_load("PAS-2026.3")


def run(arrays, spec=BINARY, suite=EDITION, **more):
    return run_suite(frame_from_arrays(arrays), spec_parse(spec), suite, seed=3, dataset_digest="", **more)


def test_every_module_of_checks_registers_one_under_its_own_name():
    modules = {item.name for item in pkgutil.iter_modules(checks.__path__)}
    assert set(registered()) == modules
    assert all(check.asks and check.section for check in registered().values())


def test_no_two_checks_answer_the_same_question_or_rate_the_same_dimension():
    listed = [registered()[entry.name] for entry in EDITION.checks]
    for of in (lambda check: [name for name, _ in check.asks], lambda check: check.dimensions):
        every = [item for check in listed for item in of(check)]
        assert len(every) == len(set(every))


@pytest.mark.parametrize("entry", EDITION.checks, ids=lambda entry: entry.name)
def test_the_edition_files_every_figure_of_every_check_with_its_assumption(entry):
    check = check_named(entry.name, entry.code)
    if check.plan is None:
        assert not entry.figures
    else:
        plan_read(check.plan, entry.figures)
    assert all(figure["assumption"].strip() for figure in entry.figures.values())


def test_every_limit_of_the_edition_states_its_assumption():
    assert all(limit.assumption.strip() for limit in EDITION.limits.values())


def test_a_check_in_a_version_this_release_lacks_is_refused():
    for suite in (
        replace(EDITION, checks=(Listed("data", 99, {}),)),
        replace(EDITION, checks=(Listed("no_such_check", 1, {}),)),
    ):
        with pytest.raises(InputRefused, match="lists check"):
            run(outcomes(5, 5, 5, 5), suite=suite)


def test_what_a_check_needs_and_does_not_get_is_named_check_by_check():
    found = run(outcomes(50, 5, 5, 50))
    silent = {check.id: check for check in found.checks if check.verdict == "not_run"}
    assert silent["model.reproduces"].reason == Need.MODEL.value
    assert silent["robustness.flip_rate"].reason == Need.MODEL.value
    assert found.dimensions["robustness"].state == "not_run"
    assert found.dimensions["error"].state == "measured"


@dataclass(frozen=True)
class Figures:
    rows: int
    share: float


def _broken(_subject, _rng):
    raise InputRefused("Column 'x' holds a banana.", field="x", limit="numbers", remedy="Peel it.")


def test_a_check_that_cannot_be_measured_is_a_finding_and_the_others_go_on(monkeypatch):
    every = {**registered(), "calibration": replace(registered()["calibration"], run=_broken)}
    monkeypatch.setattr("audits.engine.registry.registered", lambda: every)
    found = run(outcomes(50, 5, 5, 50))
    ece = next(check for check in found.checks if check.id == "calibration.ece")
    assert (ece.verdict, ece.reason) == ("cannot_tell", "Column 'x' holds a banana.")
    assert found.dimensions["ece"].state == "cannot_tell"
    finding = next(item for item in found.findings if item.check == "calibration.ece")
    assert "banana" in finding.text
    assert "Peel it" in finding.text
    assert found.dimensions["error"].state == "measured"
    assert found.sections["drift"] == {}


def test_a_column_of_too_many_values_leaves_the_other_checks_alone():
    rows = outcomes(500, 50, 50, 500)
    names = [str(number) for number in range(len(rows["y"]))]
    found = run({**rows, "race": names}, {**BINARY, "attributes": [RACE]})
    assert found.dimensions["gap"].state == "cannot_tell"
    assert "different values" in found.dimensions["gap"].reason
    assert found.dimensions["error"].state == "measured"


def test_figures_that_do_not_fit_the_check_are_refused():
    filed = {"rows": {"value": "5", "assumption": "x"}, "share": {"value": "0.1", "assumption": "x"}}
    assert plan_read(Figures, filed) == Figures(5, 0.1)
    for wrong in ({"rows": filed["rows"]}, {**filed, "more": filed["rows"]}):
        with pytest.raises(InputRefused, match="do not fit"):
            plan_read(Figures, wrong)


def test_no_check_puts_more_rows_to_the_model_than_it_states(monkeypatch):
    """What a check costs is stated before it runs; the count of rows really asked holds it to that."""
    asked, every = {}, registered()

    def watched(check):
        def counting(subject, rng):
            before = subject.inside.asked.rows
            part: Part = check.run(subject, rng)
            asked[check.name] = (subject.inside.asked.rows - before, check.model_rows(subject))
            return part

        return replace(check, run=counting)

    monkeypatch.setattr(
        "audits.engine.registry.registered", lambda: {name: watched(check) for name, check in every.items()}
    )
    quick = replace(EDITION, model=replace(EDITION.model, sampled_cells=60_000))
    run(people(), MODEL_SPEC, quick, model=model_of())
    assert {name for name, (rows, _) in asked.items() if rows} >= {"model", "attribution", "robustness"}, asked
    assert not {name: each for name, each in asked.items() if each[0] > each[1]}


def test_checks_draw_from_streams_of_their_own(monkeypatch):
    drawn = {}

    def drawing(check):
        def draw(_subject, rng):
            drawn[check.name] = rng.integers(1 << 60)
            return Part()

        return replace(check, run=draw, needs=())

    every = {name: drawing(check) for name, check in registered().items()}
    monkeypatch.setattr("audits.engine.registry.registered", lambda: every)
    run(outcomes(5, 5, 5, 5))
    assert len(set(drawn.values())) == len(drawn) == len(EDITION.checks)


def test_keys_that_came_later_change_no_specification_that_does_not_use_them():
    before = spec_parse(BINARY).to_dict()
    assert not {"loss", "annotators", "units"} & set(before)
    using = spec_parse({**BINARY, "loss": "cost", "units": [{"column": "age", "factor": "12"}]}).to_dict()
    assert json.loads(json.dumps(using["units"])) == [{"column": "age", "factor": "12"}]
    assert spec_parse(using).to_dict() == using


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("units", [{"column": "a", "factor": "1"}], "factor"),
        ("ranges", [{"column": "a", "low": "5", "high": "2"}], "ends"),
        ("ranges", [{"column": "a"}], "no end"),
        ("monotone", [{"column": "a", "way": "sideways"}], "sideways"),
        ("annotators", ["a", "a"], "twice"),
        ("probabilities", [{"name": "1", "column": "p"}], "does not go with"),
        ("legitimate", [{"name": "a", "column": "x"}, {"name": "a", "column": "y"}], "twice"),
    ],
)
def test_later_keys_are_refused_by_name_when_they_cannot_be(key, value, said):
    with pytest.raises(InputRefused, match=said):
        spec_parse({**BINARY, key: value})


def test_a_check_registers_with_a_cost_of_nothing_unless_it_asks_the_model():
    check = Registered("x", "x", (("x.y", "X"),), _broken)
    assert check.model_rows(None) == 0
    assert np.array_equal(sorted(registered()), sorted(set(registered())))
