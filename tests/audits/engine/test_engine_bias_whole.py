"""All checks of bias together, on every kind of task, on real data, with a model that is given the attribute."""

import json
from dataclasses import replace

import numpy as np
import pytest
from bias_examples import EDITION, HIRING, applicants, bias, cells, edition
from engine_examples import COMPAS, check, frame_of, table
from model_examples import SPEC, chance, model_of, people
from test_engine_bias_exchange import WITH_RACE

from audits.engine.registry import registered

NAMES = ("bias_groups", "bias_conditional", "bias_exchange", "bias_proxy", "bias_carriers")
GRADES = [{"name": "grade", "column": "grade"}]


def graded(rows=1200):
    return applicants(rows) | {"grade": np.resize(["x", "y", "z"], rows).tolist()}


def test_the_edition_lists_them_all():
    listed = {entry.name for entry in EDITION.checks}
    assert set(NAMES) <= listed
    assert {registered()[name].section for name in NAMES} == {"bias"}


def test_compas_within_age_and_charge_is_still_unequal():
    """The false-positive gap by race shrinks among people alike in age band and charge, and does not go away."""
    spec = {
        **COMPAS,
        "legitimate": [{"name": "age", "column": "age_cat"}, {"name": "charge", "column": "c_charge_degree"}],
    }
    found = bias(frame_of(table("compas_two_years.csv")), spec=spec, suite=edition(*NAMES))
    row = cells(found.sections["bias"]["within factors"], group="African-American")[0]
    alone = [item for item in found.checks if item.id == "fairness.uncompared"]
    assert [item.subject for item in alone] == ["race", "sex"]
    assert all(0 <= item.value <= item.n for item in alone)
    assert row["metric"] == "False-positive rate"
    assert 0.05 < row["within factors"] < row["difference"]
    assert check(found, "fairness.conditional", "race: African-American").n == 7214 - 3251
    silent = {item.id for item in found.checks if item.verdict == "not_run"}
    assert silent == {"fairness.exchange", "fairness.carriers"}
    told = check(found, "fairness.proxy", "race")
    assert told.low > 0.5  # age band and charge tell something of race


def fair(rows):
    return chance(type(rows)(rows.numbers[:, :5], rows.texts))


def test_a_model_that_is_given_the_attribute_is_looked_at_from_every_side():
    arrays = people(900) | {"grade": np.resize(["x", "y"], 900).tolist()}
    quick = edition("model", *NAMES, carried_rows=400)
    quick = replace(quick, model=replace(quick.model, sampled_cells=1_600_000))
    found = bias(arrays, spec={**SPEC, "legitimate": GRADES}, suite=quick, model=model_of(fair, WITH_RACE))
    verdicts = {item.id: item.verdict for item in found.checks if item.id.startswith("fairness.")}
    assert not {"not_run", "cannot_tell"} & set(verdicts.values())
    assert verdicts["fairness.exchange"] == "pass"
    again = bias(arrays, spec={**SPEC, "legitimate": GRADES}, suite=quick, model=model_of(fair, WITH_RACE))
    assert found.to_bytes() == again.to_bytes()


@pytest.mark.parametrize("task", ["multiclass", "regression", "ranking"])
def test_every_task_is_measured_and_written(task):
    arrays, rng = graded(), np.random.default_rng(1)
    spec = {"task": task, "label": "y", "attributes": HIRING["attributes"], "legitimate": GRADES}
    if task == "multiclass":
        arrays |= {name: rng.choice(["u", "v", "w"], 1200).tolist() for name in ("y", "d")}
        spec |= {"decision": {"column": "d"}}
    elif task == "regression":
        arrays |= {"y": rng.normal(size=1200), "d": rng.normal(size=1200)}
        spec |= {"decision": {"column": "d"}, "tolerance": "0.5", "direction": "over"}
    else:
        spec |= {"positive_label": "1", "decision": {"column": "p", "op": ">=", "value": "0.5"}, "score": "p"}
    found = bias(arrays, spec=spec, suite=edition(*NAMES))
    assert json.loads(found.to_bytes())["sections"]["bias"]["groups"]["rows"]
    assert any(item.id == "fairness.conditional" and item.value is not None for item in found.checks)


def test_the_order_of_the_rows_changes_nothing_that_is_not_sampled():
    arrays = graded()
    order = np.random.default_rng(3).permutation(1200)
    shuffled = {name: [values[i] for i in order] for name, values in arrays.items()}
    spec = {**HIRING, "legitimate": GRADES}
    first, second = (bias(each, spec=spec, suite=edition(*NAMES[:2])).to_dict() for each in (arrays, shuffled))
    assert first["sections"] == second["sections"]
    assert first["checks"] == second["checks"]


@pytest.mark.parametrize("broken", ["one row", "one class", "nothing decided for", "a hundred thousand values"])
def test_bad_input_never_ends_the_audit(broken):
    arrays = graded(600)
    if broken == "one row":
        arrays = {name: values[:1] for name, values in arrays.items()}
    elif broken == "one class":
        arrays |= {"y": [1] * 600, "d": [1] * 600}
    elif broken == "nothing decided for":
        arrays |= {"d": [None] * 599 + [1], "y": [None] * 599 + [1], "p": [None] * 600}
    else:
        arrays |= {"race": [f"r{i}" for i in range(600)], "grade": [f"g{i}" for i in range(600)]}
    found = bias(arrays, spec={**HIRING, "legitimate": GRADES}, suite=edition(*NAMES))
    assert {item.id for item in found.checks} >= {"fairness.worst_pair", "fairness.conditional", "fairness.proxy"}
    assert json.loads(found.to_bytes())


def test_where_a_fifth_of_the_outcomes_is_missing_only_selection_is_judged():
    arrays = graded()
    arrays["y"] = [None if i % 4 == 0 else int(y) for i, y in enumerate(arrays["y"])]
    spec = {**HIRING, "legitimate": GRADES}
    found = bias(arrays, spec=spec, suite=edition(*NAMES[:2]))
    told = {item.subject: item for item in found.checks if item.id == "fairness.worst_pair"}
    assert {subject for subject, item in told.items() if item.value is not None} == {"Selection rate"}
    assert "have no label" in told["Accuracy"].reason
    assert check(found, "fairness.equalized_odds_difference").verdict == "cannot_tell"
    assert check(found, "fairness.demographic_parity_difference").verdict == "measured"
    assert check(found, "fairness.conditional").value is not None
    miss = bias(arrays, spec={**spec, "gap_metric": "miss_rate"}, suite=edition(*NAMES[:2]))
    assert check(miss, "fairness.conditional").verdict == "cannot_tell"
    assert not [item for item in found.findings if "Accuracy" in item.title]
