"""Each family of small changes against arithmetic by hand, and the bound that rating reads."""

import numpy as np
import pytest
from engine_examples import check, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from model_examples import INTERFACE, SPEC, audit_quickly, chance, model_of, people

from audits.engine import Encoded, frame_from_arrays
from audits.engine.bounds import cp_upper, six
from audits.engine.perturbing import Inputs, families
from audits.engine.streams import stream
from audits.interface import interface_parse
from audits.suites import suite_load
from core.errors import InputRefused

PLAN = suite_load().model
FAMILIES = {family.name: family for family in families(PLAN)}


class Broken(InputRefused):
    verdict = "model_fault"


def draw(name, arrays, inputs, seed=1):
    frame = frame_from_arrays(arrays)
    interface = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "value"}})
    return FAMILIES[name].draw(Inputs(frame, np.arange(frame.rows), interface), stream(seed, name))


def number(name):
    return {"column": name, "as": "number"}


def text(name):
    return {"column": name, "as": "text"}


def test_noise_has_the_filed_share_of_the_inter_quartile_range():
    x = np.random.default_rng(3).normal(10, 4, 40_000)
    moved = draw("noise", {"x": x}, [number("x")]).frame.columns["x"].values - x
    low, high = np.quantile(x, [0.25, 0.75])
    assert moved.std() == pytest.approx(PLAN.noise_share * (high - low), rel=0.02)
    assert moved.mean() == pytest.approx(0, abs=0.01)


def test_whole_numbers_stay_whole_and_null_stays_null():
    arrays = {"x": [*range(400), None], "z": [0.5] * 401}
    found = draw("noise", arrays, [number("x"), number("z")])
    x = found.frame.columns["x"]
    assert (x.values == np.rint(x.values)).all()
    assert (x.null.sum(), x.null[-1]) == (1, True)
    assert not found.touched["z"].any()


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(12345, 12000), (0.0123, 0.012), (-987.6, -990), (7, 7), (0, 0), (99.6, 100), (0.15, 0.15), (1e-300, 1e-300)],
)
def test_rounding_leaves_two_significant_digits(value, rounded):
    assert draw("rounding", {"x": [float(value)]}, [number("x")]).frame.columns["x"].values[0] == pytest.approx(rounded)


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-200, 1e200))
def test_rounding_is_what_text_formatting_says(value):
    found = draw("rounding", {"x": [value]}, [number("x")]).frame.columns["x"].values[0]
    assert found == pytest.approx(float(f"{value:.1e}"), rel=0.051)
    assert found == pytest.approx(float(f"{found:.1e}"), rel=1e-12)


def test_a_slip_is_another_value_of_one_column_evenly_drawn():
    arrays = {"a": ["x", "y", "z"] * 4000, "b": ["u", "v"] * 6000, "same": ["k"] * 12_000}
    found = draw("category slip", arrays, [text("a"), text("b"), text("same")])
    before, after = frame_from_arrays(arrays).columns["a"], found.frame.columns["a"]
    changed = before.values != after.values
    assert (changed == found.touched["a"]).all()
    assert (found.touched["a"] ^ found.touched["b"]).all()
    assert "same" not in found.touched
    assert changed.mean() == pytest.approx(0.5, abs=0.02)
    first = after.values[changed & (before.values == 0)]
    assert (first == 1).mean() == pytest.approx(0.5, abs=0.04)


def test_one_stated_input_is_emptied_in_every_row():
    arrays = {"a": [1.0, None, 3.0, None], "b": ["x", "y", None, None]}
    found = draw("missing", arrays, [number("a"), text("b")])
    before = frame_from_arrays(arrays)
    lost = [found.frame.columns[name].null & ~before.columns[name].null for name in ("a", "b")]
    assert np.sum(lost, axis=0).tolist() == [1, 1, 1, 0]
    assert found.touched["a"].tolist() == lost[0].tolist()


@pytest.mark.parametrize("name", ["noise", "rounding", "category slip"])
def test_a_family_says_why_it_does_not_apply(name):
    inputs, arrays = ([text("a")], {"a": ["k"] * 3}) if name != "category slip" else ([number("a")], {"a": [1, 2, 3]})
    assert isinstance(draw(name, arrays, inputs), str)


def test_the_priced_bound_is_the_family_with_most_flips():
    found = audit_quickly()
    counts = {row[0]: (row[3], row[2]) for row in found.sections["robustness"]["families"].rows}
    k, n = max(counts.values())
    figures = found.dimensions["robustness"].figures
    assert (figures["k"], figures["n"], figures["gamma"]) == (k, n, "0.90")
    assert figures["u"] == six(cp_upper(k, n, 0.9))
    assert figures["point"] == six(k / n)


def test_flips_are_counted_as_a_loop_would():
    """A model of one whole number, emptied to zero: the row flips when its age is at least 50."""
    model = model_of(
        lambda rows: (np.nan_to_num(rows.numbers) >= 50).astype(float) @ [[-1.0, 1.0]] + [1.0, 0.0],
        {**INTERFACE, "inputs": [number("age")]},
    )
    found = audit_quickly(model=model)
    flipped = rows_of(found.to_dict()["sections"]["robustness"]["families"], "family")["missing"]["flipped"]
    assert flipped == int((people()["age"] >= 50).sum())


def test_a_model_without_numbers_or_categories_is_not_applicable_there():
    model = model_of(lambda rows: chance_of_age(rows), {**INTERFACE, "inputs": [number("age")]})
    found = audit_quickly(model=model)
    slip = check(found, "robustness.flip_rate", "category slip")
    assert (slip.verdict, slip.reason.startswith("Not applicable")) == ("not_run", True)
    assert found.dimensions["robustness"].state == "measured"


def chance_of_age(rows):
    yes = 1 / (1 + np.exp(-(np.nan_to_num(rows.numbers[:, 0]) - 45) / 10))
    return np.column_stack([1 - yes, yes])


def refuses_nan(rows):
    if np.isnan(rows.numbers).any():
        raise Broken("The model gave no number.", field="model")
    return chance(rows)


def test_a_model_that_refuses_what_never_comes_loses_that_family_only():
    found = audit_quickly(model=model_of(refuses_nan))
    missing = check(found, "robustness.flip_rate", "missing")
    assert (missing.verdict, "no input is ever empty" in missing.reason) == (
        "not_run",
        True,
    )
    assert found.dimensions["robustness"].state == "measured"
    assert any(item.title.startswith("The model fails") and item.severity == "low" for item in found.findings)


def test_any_other_failure_leaves_the_dimension_open():
    def noise_kills(rows):
        if (rows.numbers[:, 1] != np.round(rows.numbers[:, 1], 2)).any():
            raise Broken("The model died.", field="model")
        return chance(rows)

    found = audit_quickly(model=model_of(noise_kills))
    assert check(found, "robustness.flip_rate", "noise").verdict == "cannot_tell"
    assert found.dimensions["robustness"].state == "cannot_tell"
    assert check(found, "robustness.flip_rate", "category slip").value is not None


def test_decisions_that_the_model_does_not_make_cannot_flip():
    arrays = {**people(), "d": people()["y"]}
    found = audit_quickly(arrays, spec={**SPEC, "decision": {"column": "d", "op": "==", "value": "1"}})
    assert found.dimensions["robustness"].state == "not_run"
    assert "does not answer" in found.dimensions["robustness"].reason


def test_a_forecast_flips_when_it_moves_beyond_its_tolerance():
    spec = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "20", "direction": "either"}
    interface = {"inputs": [number("age")], "output": {"column": "p", "means": "value"}}
    arrays = {"age": np.arange(100), "y": np.arange(100.0)}
    found = audit_quickly(arrays, model_of(lambda rows: np.nan_to_num(rows.numbers), interface), spec)
    assert check(found, "robustness.flip_rate", "missing").k == 79


def test_many_rows_are_sampled_to_the_filed_budget():
    found = audit_quickly(people(6000), spec=SPEC)
    assert found.dimensions["robustness"].figures["n"] == PLAN.robustness_rows


def test_the_seed_moves_the_draws():
    first, second = (audit_quickly(seed=seed).sections["robustness"]["columns"].rows for seed in (1, 2))
    assert first != second


def test_one_familys_draws_do_not_depend_on_the_others(monkeypatch):
    from audits.engine import robustness

    whole = audit_quickly().sections["robustness"]["families"].rows
    monkeypatch.setattr(robustness, "families", lambda plan: families(plan)[1:])
    assert audit_quickly().sections["robustness"]["families"].rows == whole[1:]


def test_registered_attributes_among_the_inputs_are_changed_like_others_and_named():
    inputs = [*INTERFACE["inputs"], {"column": "race", "as": "codes", "categories": ["a", "b"]}]
    found = audit_quickly(
        model=model_of(lambda rows: chance(Encoded(rows.numbers[:, :5])), {**INTERFACE, "inputs": inputs})
    )
    assert all("race (registered attributes)" in row[1] for row in found.sections["robustness"]["families"].rows)
    assert ("category slip", "race") in {row[:2] for row in found.sections["robustness"]["columns"].rows}


def test_a_nominal_number_is_exchanged_and_never_moved():
    inputs = [{**one, "nominal": True} if one["column"] == "age" else one for one in INTERFACE["inputs"]]
    found = audit_quickly(model=model_of(interface={**INTERFACE, "inputs": inputs}))
    touched = {(row[0], row[1]) for row in found.sections["robustness"]["columns"].rows}
    assert ("category slip", "age") in touched
    assert not {("noise", "age"), ("rounding", "age")} & touched
