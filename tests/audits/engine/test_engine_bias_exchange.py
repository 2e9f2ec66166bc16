"""Exchange of the attribute itself, against brute force over small models."""

import numpy as np
import pytest
from bias_examples import bias, cells, edition
from engine_examples import check
from model_examples import INTERFACE, SPEC, model_of, people

from audits.engine import encode, frame_from_arrays
from audits.interface import interface_parse
from core.errors import InputRefused

WITH_RACE = {
    **INTERFACE,
    "inputs": [*INTERFACE["inputs"], {"column": "race", "as": "one_hot", "categories": ["a", "b", "c"]}],
}


def unfair(rows):
    """Group a pays for its name; c gains."""
    age, income, *_, a, _b, c = np.nan_to_num(rows.numbers).T
    yes = 1 / (1 + np.exp(-(0.05 * (age - 40) - 0.0004 * (income - 3000) + 0.7 * a - 0.4 * c)))
    return np.column_stack([1 - yes, yes])


def blind(rows):
    return unfair(type(rows)(np.where(np.arange(rows.numbers.shape[1]) >= 5, 0.0, rows.numbers), rows.texts))


def three_races(rows=900, silent=50):
    races = np.random.default_rng(2).choice(["a", "b", "c"], rows).tolist()
    races[:silent] = [None] * silent
    return people(rows) | {"race": races}


def audit(function=unfair, arrays=None, interface=WITH_RACE, spec=SPEC, **figures):
    model = model_of(function, interface)
    suite = edition("model", "bias_exchange", **figures)
    return bias(arrays or three_races(), spec=spec, suite=suite, model=model), model


def test_flips_are_those_of_asking_again_with_each_other_value():
    arrays = three_races()
    found, _ = audit(arrays=arrays)
    parsed = interface_parse(WITH_RACE)

    def decided(races):
        return unfair(encode(frame_from_arrays(arrays | {"race": races}), parsed))[:, 1] >= 0.5

    before, races = decided(arrays["race"]), np.array(arrays["race"])
    ever = np.zeros(900, dtype=bool)
    for to in "abc":
        after = decided([to if race else None for race in arrays["race"]])
        flips = (after != before) & (races != None)  # noqa: E711
        ever |= flips
        for here in "abc":
            rows = cells(found.sections["bias"]["exchange by direction"], **{"from": here, "to": to})
            if here == to:
                assert not rows
                continue
            at = races == here
            row = rows[0]
            assert (row["n"], row["flipped"]) == (at.sum(), (flips & at).sum())
            assert row["to favourable"] == (flips & at & ~after).sum()  # the negative decision is the favourable one
            assert row["to favourable"] + row["to other side"] == row["flipped"]
    told = check(found, "fairness.exchange")
    assert (told.k, told.n, told.verdict) == (ever.sum(), 850, "fail")
    silent = cells(found.sections["bias"]["exchange by group"], group="not stated")[0]
    assert (silent["n"], silent["not exchanged"]) == (0, 50)
    assert "not what would have been" in told.sentence
    assert any(item.check == "fairness.exchange" for item in found.findings)


def test_a_model_that_ignores_the_attribute_never_flips():
    found, _ = audit(blind)
    told = check(found, "fairness.exchange")
    assert (told.k, told.verdict) == (0, "pass")
    assert 0 < told.high < 0.01
    moves = [row["mean move"] for row in cells(found.sections["bias"]["exchange by direction"])]
    assert set(moves) == {0.0}


def test_an_attribute_that_is_no_input_is_not_run_with_that_reason():
    found, _ = audit(unfair_without, interface=INTERFACE)
    told = check(found, "fairness.exchange")
    assert told.verdict == "not_run"
    assert "no input of the model" in told.reason
    assert found.sections["bias"]["exchange by group"].rows == ()


def unfair_without(rows):
    yes = 1 / (1 + np.exp(-0.05 * (rows.numbers[:, 0] - 40)))
    return np.column_stack([1 - yes, yes])


def test_rows_put_to_the_model_stay_within_what_is_stated():
    found, model = audit(exchanged_rows=200)
    asked = sum(model.asked)
    without = bias(three_races(), spec=SPEC, suite=edition("model"), model=(bare := model_of(unfair, WITH_RACE)))
    assert 0 < asked - sum(bare.asked) <= 200 * 2
    assert check(found, "fairness.exchange").n <= 200
    assert without.checks


def test_values_beyond_the_filed_number_are_named():
    found, _ = audit(exchanged_values=2)
    left = {row["values left out"] for row in cells(found.sections["bias"]["exchange by group"])}
    assert len(left) == 1
    assert left <= {"a", "b", "c"}
    assert len({row["to"] for row in cells(found.sections["bias"]["exchange by direction"])}) == 2


def test_a_model_that_fails_on_the_way_leaves_only_this_open():
    calls = []

    def failing(rows):
        calls.append(len(rows.numbers))
        if rows.numbers.shape[0] < 900 and (rows.numbers[:, 5] == 1).all():
            raise InputRefused("The model died.")
        return unfair(rows)

    found, _ = audit(failing)
    assert check(found, "fairness.exchange").verdict == "cannot_tell"
    assert any("could not be exchanged" in item.title for item in found.findings)


@pytest.mark.parametrize("races", [["a"], [None]])
def test_one_value_or_none_cannot_be_exchanged(races):
    found, _ = audit(arrays=people(300) | {"race": races * 300})
    assert check(found, "fairness.exchange").verdict == "cannot_tell"


def test_where_single_rows_are_not_shown_small_groups_are_not_told():
    arrays = three_races()
    arrays["race"] = ["z" if i in (60, 61, 62) else race for i, race in enumerate(arrays["race"])]
    suite = edition("model", "bias_exchange")
    found = bias(arrays, spec=SPEC, suite=suite, model=model_of(unfair, WITH_RACE), show_rows=False)
    names = {row[key] for row in cells(found.sections["bias"]["exchange by direction"]) for key in ("from", "to")}
    assert "z" not in names


def test_forecasts_flip_when_they_move_by_more_than_the_tolerance():
    interface = {**WITH_RACE, "output": {"column": "p", "means": "value", "index": 0}}
    spec = {
        "task": "regression",
        "label": "y",
        "decision": {"column": "p"},
        "tolerance": "0.5",
        "direction": "over",
        "harmful_error": "either",
        "attributes": SPEC["attributes"],
    }
    found, _ = audit(lambda rows: np.nan_to_num(rows.numbers[:, 5:6]), interface=interface, spec=spec)
    rows = cells(found.sections["bias"]["exchange by direction"])
    flips = {(row["from"], row["to"]): row["rate"] for row in rows}
    assert (flips["a", "b"], flips["b", "a"], flips["b", "c"]) == (1, 1, 0)
    assert [row["to upwards"] for row in rows if row["to"] == "a"] == [row["n"] for row in rows if row["to"] == "a"]
