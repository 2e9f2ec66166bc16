"""Rows that were evaluated before are found whatever their order and spelling; both kinds of rows are compared."""

import numpy as np
import pandas as pd
import pytest
from engine_examples import check, rows_of
from gaming_examples import flipped, fresh_people, gaming, titles
from hypothesis import given
from hypothesis import strategies as st
from model_examples import model_of, people

from audits.engine import frame_from_arrays
from audits.engine.gaming.reuse import reuse

USED = "Evaluation rows were used before"
WORSE = "Performs worse on rows not evaluated before"


def joined(*parts):
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def audited(now, before, **more):
    return gaming("reused", now, model=model_of(), beside={"audited_before": before}, **more)


def test_fresh_rows_pass():
    result = audited(fresh_people(600, 1), fresh_people(900, 2))
    assert (check(result, "gaming.reused_rows").verdict, check(result, "gaming.reused_rows").k) == ("pass", 0)
    assert check(result, "gaming.reused_error").verdict == "not_run"


def test_rows_used_before_are_found_in_any_order_and_spelling():
    old = fresh_people(400, 2)
    order = np.random.default_rng(0).permutation(400)
    spelt = {name: [str(values[place]) for place in order] for name, values in old.items()}
    again = {**spelt, "age": [f"{value}.0" for value in spelt["age"]]}
    now = joined({name: [str(value) for value in values] for name, values in fresh_people(200, 5).items()}, again)
    now["y"] = [int(value) for value in now["y"]]
    found = audited(now, old)
    assert check(found, "gaming.reused_rows").k == 400
    assert check(found, "gaming.reused_rows").verdict == "fail"
    assert USED in titles(found)


def test_a_model_fitted_to_the_old_rows_does_worse_on_fresh_ones():
    fresh, old = flipped(fresh_people(600, 1), 0.35), fresh_people(600, 2)
    from model_examples import INTERFACE, chance

    from audits.engine import encode
    from audits.interface import interface_parse

    old["y"] = (chance(encode(frame_from_arrays(old), interface_parse(INTERFACE)))[:, 1] >= 0.5).astype(int)
    result = audited(joined(fresh, old), old)
    assert check(result, "gaming.reused_error").verdict == "fail"
    assert WORSE in titles(result)
    told = rows_of(result.to_dict()["sections"]["gaming"]["reused"], "rows")
    assert told["seen before"]["errors"] == 0
    assert told["fresh"]["decided and labelled"] == 600


def test_an_honest_model_is_not_blamed_for_rows_that_come_back():
    both = joined(fresh_people(600, 1), fresh_people(600, 2))
    result = audited(both, fresh_people(600, 2))
    assert WORSE not in titles(result)


def test_rows_that_share_their_inputs_cannot_be_told_apart():
    coarse = {**people(), "age": np.repeat(40, 800), "income": np.repeat(1000.0, 800)}
    result = audited(coarse, coarse)
    assert {item.verdict for item in result.checks if item.id.startswith("gaming")} == {"cannot_tell"}


def test_recorded_predictions_are_compared_without_the_answers():
    old = fresh_people(400, 2)
    recorded = {**old, "p": np.full(400, 0.3)}
    now = {**old, "p": np.full(400, 0.7)}
    spec = {"slices": [{"name": "income", "column": "income"}]}
    from model_examples import SPEC

    result = gaming("reused", now, spec={**SPEC, **spec}, beside={"audited_before": recorded})
    assert check(result, "gaming.reused_rows").k == check(result, "gaming.reused_rows").n > 300


def test_earlier_rows_without_an_input_cannot_tell():
    old = fresh_people(400, 2)
    del old["income"]
    assert check(audited(people(), old), "gaming.reused_rows").verdict == "cannot_tell"


cells = st.sampled_from([0, 1, 2, None])
tables = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12)


@given(tables, tables)
def test_reuse_is_a_set_question_by_brute_force(now, before):
    def frame(rows):
        return frame_from_arrays({name: [row[place] for row in rows] for place, name in enumerate("abc")})

    found = reuse(frame(now), frame(before), ("a", "b", "c"))
    assert found.apart.tolist() == [now.count(row) == 1 for row in now]
    assert found.seen.tolist() == [now.count(row) == 1 and row in before for row in now]


@pytest.mark.parametrize("columns", [("age",), ("age", "income", "purpose")])
def test_reuse_agrees_with_a_join_of_pandas(columns):
    now, before = pd.DataFrame(fresh_people(500, 1)), pd.DataFrame(joined(fresh_people(300, 1), fresh_people(50, 7)))
    found = reuse(frame_from_arrays(now.to_dict("list")), frame_from_arrays(before.to_dict("list")), columns)
    names = list(columns)
    alone = ~now.duplicated(names, keep=False)
    seen = now[names].merge(before[names].drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    assert found.apart.tolist() == alone.tolist()
    assert found.seen.tolist() == (alone & seen).tolist()
