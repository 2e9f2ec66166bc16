"""Further slips against arithmetic by hand; the adversarial search against models of which the answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import SEED, check, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from model_examples import INTERFACE, SPEC, chance, model_of, people

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.adversarial import SearchPlan
from audits.engine.bounds import cp_interval
from audits.engine.perturbing import Inputs
from audits.engine.registry import plan_read
from audits.engine.slips import UNLISTED, SlipPlan, slip_families
from audits.engine.streams import stream
from audits.engine.text_slips import LOOK_ALIKES, SLIPS
from audits.interface import interface_parse
from audits.suites import suite_load
from core.errors import InputRefused

EDITION = suite_load("PAS-2026.3")
FIGURES = {each.name: each.figures for each in EDITION.checks}
SHORT = replace(
    EDITION, checks=tuple(each for each in EDITION.checks if each.name in ("robustness", "slips", "adversarial"))
)
PLAN = plan_read(SlipPlan, FIGURES["slips"])
SEARCH = plan_read(SearchPlan, FIGURES["adversarial"])
SLIP_OF = {name: slip for name, _, slip in SLIPS}


class Broken(InputRefused):
    verdict = "model_fault"


def audit(arrays=None, model=None, spec=SPEC, suite=SHORT, seed=SEED):
    frame = frame_from_arrays(arrays or people())
    return run_suite(frame, spec_parse(spec), suite, seed=seed, dataset_digest="", model=model or model_of())


def draw(name, arrays, inputs, spec=SPEC, seed=1):
    family = next(each for each in slip_families(spec_parse(spec), PLAN) if each.name == name)
    frame = frame_from_arrays(arrays)
    interface = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "value"}})
    return family.draw(Inputs(frame, np.arange(frame.rows), interface), stream(seed, name))


def number(name, **more):
    return {"column": name, "as": "number", **more}


def listed(name, categories):
    return {"column": name, "as": "codes", "categories": categories}


def step(at):
    """A model that says yes from age `at` on."""
    return model_of(
        lambda rows: (rows.numbers[:, :1] >= at) @ [[-1.0, 1.0]] + [1.0, 0.0], {**INTERFACE, "inputs": [number("age")]}
    )


def test_a_unit_slip_multiplies_one_registered_number():
    spec = {**SPEC, "units": [{"column": "kg", "factor": "1000"}, {"column": "cm", "factor": "0.01"}]}
    arrays = {"kg": np.arange(1.0, 401), "cm": np.full(400, 180.0), "x": np.ones(400)}
    found = draw("unit slip", arrays, [number("kg"), number("cm"), number("x")], spec)
    kg, cm = (found.frame.columns[name].values for name in ("kg", "cm"))
    changed = found.touched["kg"]
    assert (kg == arrays["kg"] * np.where(changed, 1000, 1)).all()
    assert cm == pytest.approx(np.where(changed, 180, 1.8))
    assert changed.mean() == pytest.approx(0.5, abs=0.1)
    assert isinstance(draw("unit slip", arrays, [number("kg")]), str)


def test_out_of_range_goes_beyond_the_registered_end_else_the_seen_one():
    spec = {**SPEC, "ranges": [{"column": "a", "low": "0", "high": "100"}]}
    arrays = {"a": np.linspace(20, 60, 200), "b": np.linspace(1, 2, 200)}
    found = draw("out of range", arrays, [number("a"), number("b")], spec)
    for name, low, high in (("a", -50, 150), ("b", 0.5, 2.5)):
        moved = found.frame.columns[name].values[found.touched[name]]
        assert set(np.round(moved, 9)) == {low, high}
    assert isinstance(draw("out of range", {"a": np.ones(9)}, [number("a")]), str)


def test_a_category_is_misspelt_unlisted_or_stuck():
    arrays = {"job": ["baker", "smith", None, "baker"] * 50}
    inputs = [listed("job", ["baker", "smith"])]
    misspelt = draw("category misspelt", arrays, inputs).frame.columns["job"]
    assert misspelt.null.tolist() == [False, False, True, False] * 50
    assert not {"baker", "smith"} & {misspelt.categories[code] for code in misspelt.values[~misspelt.null]}
    unlisted = draw("category unlisted", arrays, inputs).frame.columns["job"]
    assert {unlisted.categories[code] for code in unlisted.values[~unlisted.null]} == {UNLISTED}
    stuck = draw("stuck input", arrays, inputs).frame.columns["job"]
    assert {stuck.categories[code] for code in stuck.values[~stuck.null]} == {"baker"}


@pytest.mark.parametrize("name", list(SLIP_OF))
@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1, max_size=60), seed=st.integers(0, 9))
def test_a_slip_of_a_text_is_small_and_seeded(name, text, seed):
    slip = SLIP_OF[name]
    changed = slip(text, 20, np.random.default_rng(seed))
    assert changed == slip(text, 20, np.random.default_rng(seed))
    assert changed
    slips = max(1, len(text) // 20)
    if name == "letters swapped":
        assert sorted(changed) == sorted(text)
    elif name == "letters dropped":
        assert len(text) - slips <= len(changed) <= len(text)
    elif name == "letters doubled":
        assert 0 <= len(changed) - len(text) <= slips
    elif name == "casing":
        assert changed.casefold().upper() == text.casefold().upper() or text.upper().lower() != text.lower()
    elif name == "whitespace":
        assert changed.replace(" ", "") == text.replace(" ", "")
        assert changed != text
    else:
        back = {other: own for own, other in LOOK_ALIKES.items()}
        assert "".join(back.get(one, one) for one in changed) == "".join(back.get(one, one) for one in text)


def test_texts_reach_the_model_with_their_slips():
    interface = {**INTERFACE, "inputs": [{"column": "job", "as": "text"}]}
    letters = model_of(lambda rows: np.array([[0.0, float("k" in text)] for text in rows.texts[0]]), interface)
    arrays = {"job": ["baker", "baker"] * 100, "race": ["a", "b"] * 100, "y": [0, 1] * 100}
    found = audit(arrays, letters)
    rows = rows_of(found.to_dict()["sections"]["robustness"]["slips"], "family")
    assert rows["letters swapped"]["flipped"] == rows["letters doubled"]["flipped"] == 0
    assert 0 < rows["letters dropped"]["flipped"] < 100
    assert rows["casing"]["flipped"] == 200
    assert check(found, "robustness.slips", "letters dropped").k == rows["letters dropped"]["flipped"]
    assert rows["unit slip"]["why not"].startswith("Not applicable")
    assert not any(item.subject == "unit slip" for item in found.checks)


def test_flips_and_jumps_are_counted_as_a_loop_would():
    found = audit(model=step(49))
    rows = rows_of(found.to_dict()["sections"]["robustness"]["slips"], "family")
    ages = people()["age"]
    told = check(found, "robustness.slips", "stuck input")
    commonest = np.bincount(ages).argmax()
    assert told.k == int(((ages >= 49) != (commonest >= 49)).sum())
    around = cp_interval(told.k, told.n, 0.9)
    assert (told.low, told.high) == (around.low, around.high)
    jumped = check(found, "robustness.jumps", "out of range")
    assert jumped.k == rows["out of range"]["jumped"] == rows["out of range"]["flipped"]


def test_the_priced_families_stay_the_four():
    found = audit()
    assert set(found.sections["robustness"]) >= {"families", "slips"}
    priced = {row[0] for row in found.sections["robustness"]["families"].rows}
    assert priced == {"noise", "rounding", "category slip", "missing"}
    assert found.dimensions["robustness"].figures["family"] in priced


def test_a_model_that_refuses_a_slip_leaves_that_family_open_and_is_a_finding():
    def picky(rows):
        if (rows.numbers[:, 0] > 100).any():
            raise Broken("Age is out of range.", field="model")
        return chance(rows)

    found = audit(model=model_of(picky))
    assert check(found, "robustness.slips", "out of range").verdict == "cannot_tell"
    assert check(found, "robustness.slips", "stuck input").verdict == "measured"
    assert any(item.title == "The model refuses slips of the input: out of range" for item in found.findings)
    assert found.dimensions["robustness"].state == "measured"


def test_a_model_that_answers_beyond_registered_ranges_is_told():
    spec = {**SPEC, "ranges": [{"column": "age", "low": "18", "high": "79"}]}
    titles = {item.title for item in audit(spec=spec).findings}
    assert "The model answers beyond the registered ranges" in titles
    assert "The model answers beyond the registered ranges" not in {item.title for item in audit().findings}


def test_the_search_finds_every_row_near_a_threshold_and_no_other():
    ages = people()["age"]
    low, high = np.quantile(ages, [0.25, 0.75])
    bound = SEARCH.bound * (high - low)
    found = audit(model=step(49))
    told = check(found, "robustness.adversarial")
    from audits.engine.streams import sample

    rows = sample(stream(SEED, "adversarial"), len(ages), SEARCH.rows)
    own = ages[rows]
    reach = np.where(own >= 49, own - 48, 49 - own) <= bound
    assert (told.k, told.n) == (int(reach.sum()), SEARCH.rows)
    assert (told.verdict, told.limit) == ("measured", None)
    table = dict(found.sections["robustness"]["adversarial"].rows)
    assert table["inputs changed, median"] == 1
    needed = np.where(own >= 49, own - 48, 49 - own)[reach] / (high - low)
    # Bisection ends within a sixty-fourth of the whole move, and whole years stay whole.
    assert table["largest move in inter-quartile ranges, median"] == pytest.approx(np.median(needed), abs=1.5 / 30)


def test_the_search_asks_no_more_than_it_may_and_changes_no_attribute():
    spec = {**SPEC, "attributes": [{"name": "age", "column": "age", "source": "recorded"}]}
    found = audit(spec=spec)
    table = dict(found.sections["robustness"]["adversarial"].rows)
    assert table["questions asked"] <= SEARCH.rows * SEARCH.queries
    inputs = {row[0]: row[1] for row in found.sections["robustness"]["adversarial_inputs"].rows}
    assert inputs == {"age": "not changed: a registered attribute", "income": "searched", "purpose": "searched"}
    assert (
        "range, a category to any other value, within 300 questions" in check(found, "robustness.adversarial").sentence
    )


def test_a_model_that_never_changes_its_mind_is_not_found_and_still_no_pass():
    found = audit(model=model_of(lambda rows: np.tile([0.9, 0.1], (rows.rows, 1))))
    told = check(found, "robustness.adversarial")
    assert (told.k, told.verdict) == (0, "measured")
    assert "does not mean that there is nothing to find" in told.sentence
    table = dict(found.sections["robustness"]["adversarial"].rows)
    # Rows without a direction to go are tried at random until their questions are used up.
    assert table["questions asked"] == SEARCH.rows * (SEARCH.queries - SEARCH.reserved)


def test_a_limit_of_the_customers_own_never_makes_the_search_a_pass():
    spec = {**SPEC, "limits": {"robustness.adversarial": {"op": "<=", "value": "1"}}}
    assert check(audit(spec=spec), "robustness.adversarial").verdict == "measured"


def test_two_inputs_that_must_move_together_are_found():
    def both(rows):
        yes = (rows.numbers[:, 0] > 0.3) & (rows.numbers[:, 1] > 0.3)
        near = np.minimum(np.minimum(rows.numbers[:, 0], rows.numbers[:, 1]), 0.3) / 10
        return np.column_stack([1 - yes, np.where(yes, 1.0, 0.4 + near)])

    rng = np.random.default_rng(3)
    arrays = {"a": rng.uniform(0, 1, 600), "b": rng.uniform(0, 1, 600), "race": ["a", "b"] * 300, "y": [0, 1] * 300}
    found = audit(arrays, model_of(both, {**INTERFACE, "inputs": [number("a"), number("b")]}))
    from audits.engine.streams import sample

    rows = sample(stream(SEED, "adversarial"), 600, SEARCH.rows)
    spreads = [np.subtract(*np.quantile(arrays[name], [0.75, 0.25])) * SEARCH.bound for name in ("a", "b")]
    a, b = arrays["a"][rows], arrays["b"][rows]
    yes = (a > 0.3) & (b > 0.3)
    to_no = (a - spreads[0] <= 0.3) | (b - spreads[1] <= 0.3)
    to_yes = (a + spreads[0] > 0.3) & (b + spreads[1] > 0.3)
    reachable = int(np.where(yes, to_no, to_yes).sum())
    assert reachable - 2 <= check(found, "robustness.adversarial").k <= reachable


def test_a_model_that_dies_under_the_search_leaves_it_open():
    calls = []

    def dying(rows):
        calls.append(rows.rows)
        if rows.rows not in (800, 1600, 2400) and len(calls) > 12:
            raise Broken("The model died.", field="model")
        return chance(rows)

    suite = replace(SHORT, checks=tuple(each for each in SHORT.checks if each.name == "adversarial"))
    calls.extend([0] * 13)
    found = audit(model=model_of(dying), suite=suite)
    assert check(found, "robustness.adversarial").verdict == "cannot_tell"
    assert any(item.title == "The model fails when it is searched" for item in found.findings)


@pytest.mark.parametrize("output", [{"column": "d", "means": "class", "classes": ["no", "yes"]}])
def test_classes_are_searched_by_the_lead_of_the_rows_own(output):
    spec = {**SPEC, "decision": {"column": "d", "op": "==", "value": "yes"}, "probability": None}
    spec = {key: value for key, value in spec.items() if value is not None}
    told = check(audit(model=model_of(interface={**INTERFACE, "output": output}), spec=spec), "robustness.adversarial")
    by_number = check(audit(), "robustness.adversarial")
    assert told.k == by_number.k


def test_the_same_seed_gives_the_same_bytes():
    assert audit().to_bytes() == audit().to_bytes()
