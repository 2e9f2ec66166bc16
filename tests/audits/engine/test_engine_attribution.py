"""Explanations inside an audit: against XGBoost's own contributions, closed forms and loops; and what they may say."""

from dataclasses import replace

import numpy as np
import pytest
import xgboost
from engine_examples import SEED, check, rows_of
from model_examples import INTERFACE, SPEC, audit_model, audit_quickly, chance, model_of, people
from tree_examples import joined, trees_of_xgboost

from audits.engine import encode, frame_from_arrays, run_suite, spec_parse
from audits.engine.attribution import explain_one
from audits.engine.attribution.summary import drivers, importance, ranks, spearman
from audits.interface import interface_parse
from audits.suites import suite_load
from audits.trees import margins
from core.errors import InputRefused

PEOPLE = people()
PLAN = suite_load().model
FEW = {"inputs": [{"column": name, "as": "number"} for name in "abc"], "output": {"column": "p", "means": "value"}}
REGRESSION = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "1", "direction": "either"}


class Broken(InputRefused):
    verdict = "model_fault"


@pytest.fixture(scope="module")
def booster():
    rows = encode(frame_from_arrays(PEOPLE), interface_parse(INTERFACE)).numbers
    params = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, "seed": 1}
    return xgboost.train(params, xgboost.DMatrix(rows, PEOPLE["y"]), 30)


def boosted(booster, **more):
    def function(rows):
        yes = booster.predict(xgboost.DMatrix(rows.numbers)).astype(float)
        return np.column_stack([1 - yes, yes])

    return model_of(function, **{"trees": trees_of_xgboost(booster), **more})


def native(booster, interface=INTERFACE):
    """XGBoost's own contributions of every row, by source column."""
    rows = encode(frame_from_arrays(PEOPLE), interface_parse(interface)).numbers
    parts = booster.predict(xgboost.DMatrix(rows), pred_contribs=True)
    return np.column_stack([parts[:, 0], parts[:, 1], parts[:, 2:5].sum(axis=1)]), parts[0, -1]


def table(found, name):
    return found.to_dict()["sections"]["attribution"][name]


def method(found):
    return dict(table(found, "method")["rows"])


@pytest.fixture(scope="module")
def told(booster):
    return audit_model(model=boosted(booster))


def test_importance_is_that_of_xgboosts_own_contributions(booster, told):
    parts, base = native(booster)
    rows = rows_of(table(told, "importance"), "feature")
    for name, mean in zip(("age", "income", "purpose"), np.abs(parts).mean(axis=0), strict=True):
        assert rows[name]["mean absolute"] == pytest.approx(mean, abs=1e-5)
        assert rows[name]["low"] <= rows[name]["mean absolute"] <= rows[name]["high"]
        assert rows[name]["rank low"] <= rows[name]["rank"] <= rows[name]["rank high"]
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)
    assert (method(told)["algorithm"], method(told)["units"]) == ("exact path-dependent", "log-odds")
    assert method(told)["base"] == pytest.approx(base, abs=1e-5)
    assert check(told, "attribution.additivity").verdict == check(told, "attribution.trees_agree").verdict == "pass"


def test_every_example_is_xgboosts_own_row(booster, told):
    parts, _ = native(booster)
    for number, row, _, base, answer, decision in table(told, "examples")["rows"]:
        shown = rows_of(table(told, f"example {number}"), "feature")
        want = dict(zip(("age", "income", "purpose"), parts[row - 1], strict=True))
        assert {name: line["contribution"] for name, line in shown.items()} == pytest.approx(want, abs=1e-5)
        total = base + sum(want.values())
        assert answer == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-5)
        assert decision == ("positive" if answer >= 0.5 else "negative")
        assert shown["purpose"]["value"] == PEOPLE["purpose"][row - 1]


def test_the_other_answer_counts_backwards(booster):
    """Answer 0 is 1 - p: the same contributions with the other sign."""
    output = {**INTERFACE["output"], "index": 0}
    model = boosted(booster)
    model.interface = interface_parse({**INTERFACE, "output": output})
    found = audit_model(model=model)
    assert method(found)["base"] == pytest.approx(-native(booster)[1], abs=1e-5)
    assert check(found, "attribution.additivity").verdict == "pass"


def with_a_far_leaf(trees):
    """The values with one huge leaf, the one that fewest rows reach: no sum of contributions would be exact."""
    value, leaves = trees.value.copy(), np.flatnonzero(trees.leaf)
    value[leaves[trees.cover[leaves].argmin()]] = 1e300
    return value


def test_large_answers_are_compared_by_their_size():
    """32-bit answers of a million differ from their trees by hundredths, and are the same."""
    trees = joined([stump(0, 0, 1e6, 2e6, 0.5)], [0.0], 3, compare="lt", single=False, link="identity")
    for error, verdict in ((0.06, "pass"), (60, "fail")):
        model = model_of(lambda rows, error=error: margins(trees, rows.numbers) + error, FEW, trees=trees)
        assert check(audit_quickly(three(), model, REGRESSION), "attribution.trees_agree").verdict == verdict


@pytest.mark.parametrize(
    "lie",
    [
        lambda trees: replace(trees, value=trees.value * 1.001),
        lambda trees: replace(trees, value=np.where(trees.leaf[:, None], 1e308, 0.0)),
        lambda trees: replace(trees, value=with_a_far_leaf(trees)),
        lambda trees: replace(trees, features=6),
        lambda trees: replace(trees, link="identity"),
    ],
)
def test_trees_that_do_not_give_the_answers_are_not_used(booster, lie):
    found = audit_quickly(model=boosted(booster, trees=lie(trees_of_xgboost(booster))))
    assert check(found, "attribution.trees_agree").verdict == "fail"
    assert (method(found)["algorithm"], method(found)["why"]) == (
        "sampling by permutation",
        "the trees do not give the caged answers",
    )
    assert any(item.check == "attribution.trees_agree" for item in found.findings)


def test_trees_that_state_no_training_rows_are_explained_against_the_data(booster):
    trees = trees_of_xgboost(booster)
    found = audit_model(model=boosted(booster, trees=replace(trees, cover=np.ones(len(trees.cover)))))
    assert (method(found)["algorithm"], method(found)["background rows"]) == ("exact interventional", 100)
    assert method(found)["background digest"].startswith("sha256:")
    assert check(found, "attribution.additivity").verdict == "pass"


def stump(feature, threshold, left, right, share):
    return {
        "left": np.array([1, -1, -1]), "right": np.array([2, -1, -1]), "feature": np.array([feature, -1, -1]),
        "threshold": np.array([threshold, 0, 0]), "missing_left": np.zeros(3, bool),
        "value": np.array([[0.0], [left], [right]]), "cover": np.array([1.0, share, 1 - share]),
    }  # fmt: skip


@pytest.mark.parametrize(("stated", "told"), [(0.05, False), (0.5, True)])
def test_covers_that_are_not_those_of_the_rows_are_told(stated, told):
    """Input a matters in one row of twenty; a file that says one of two makes it the first."""
    stumps = [stump(0, -1.645, -10, 0, stated), stump(1, 0, -2, 2, 0.5), stump(2, 0, -1.2, 1.2, 0.5)]
    trees = joined(stumps, [0.0], 3, compare="lt", single=False, link="identity")
    model = model_of(lambda rows: margins(trees, rows.numbers), FEW, trees=trees)
    found = audit_model(three(), model, REGRESSION)
    assert table(found, "stability")["rows"][-1][0] == "another method: exact interventional"
    assert any("covers that the file states" in item.title for item in found.findings) == told


def test_sampling_gives_what_the_trees_give_within_its_error(booster, told):
    found = audit_model(model=boosted(booster, trees=None))
    against = audit_model(
        model=boosted(
            booster, trees=replace(trees_of_xgboost(booster), cover=np.ones(len(trees_of_xgboost(booster).cover)))
        )
    )
    assert method(found)["units"] == "probability"
    order = [[row[0] for row in table(each, "importance")["rows"]] for each in (found, against, told)]
    assert order[0] == order[1] == order[2]
    assert method(found)["largest standard error"] > 0


def linear(rows):
    return np.nan_to_num(rows.numbers) @ np.array([[3.0], [-1.0], [0.0]])


def three(rows=400, seed=1):
    rng = np.random.default_rng(seed)
    return {**{name: rng.normal(size=rows) for name in "abc"}, "y": rng.normal(size=rows)}


def test_a_linear_model_has_its_closed_form():
    """Against any background phi = w (x - mean), so the mean absolute contribution is known but for the background."""
    arrays = three()
    rows = rows_of(table(audit_model(arrays, model_of(linear, FEW), REGRESSION), "importance"), "feature")
    for name, weight in (("a", 3.0), ("b", 1.0), ("c", 0.0)):
        assert rows[name]["mean absolute"] == pytest.approx(weight * np.abs(arrays[name]).mean(), rel=0.1, abs=1e-12)
    directions = rows_of(table(audit_model(arrays, model_of(linear, FEW), REGRESSION), "direction"), "feature")
    assert [round(directions[name]["spearman of value and contribution"], 6) for name in "ab"] == [1, -1]


PAIRED = {**FEW, "inputs": [{**one, "part": "b and c"} if one["column"] != "a" else one for one in FEW["inputs"]]}


def test_inputs_of_one_part_are_explained_as_one():
    """Of a product of two inputs neither has a fixed share; together they have all that `a` has not."""
    arrays = three()

    def function(rows):
        a, b, c = np.nan_to_num(rows.numbers).T
        return (2 * a + b * c)[:, None]

    found = audit_model(arrays, model_of(function, PAIRED), REGRESSION)
    rows = rows_of(table(found, "importance"), "feature")
    product = arrays["b"] * arrays["c"]
    assert set(rows) == {"a", "b and c"}
    assert rows["b and c"]["mean absolute"] == pytest.approx(np.abs(product - product.mean()).mean(), rel=0.15)
    assert rows["a"]["mean absolute"] == pytest.approx(2 * np.abs(arrays["a"]).mean(), rel=0.1)
    shown = rows_of(table(found, "example 1"), "feature")
    assert shown["b and c"]["value"] == "2 inputs"


def test_a_part_of_a_forest_is_the_sum_of_its_inputs(booster, told):
    inputs = [{**one, "part": "person"} if one["column"] in ("age", "income") else one for one in INTERFACE["inputs"]]
    found = audit_model(model=boosted(booster, interface={**INTERFACE, "inputs": inputs}))
    alone, joint = (rows_of(table(each, "example 1"), "feature") for each in (told, found))
    together = alone["age"]["contribution"] + alone["income"]["contribution"]
    assert joint["person"]["contribution"] == pytest.approx(together, abs=1e-9)
    assert joint["purpose"]["contribution"] == pytest.approx(alone["purpose"]["contribution"], abs=1e-9)


def test_clear_drivers_are_named_in_their_order_and_never_as_causes():
    found = check(audit_model(three(), model_of(linear, FEW), REGRESSION), "attribution.drivers")
    assert found.sentence.startswith("The answers go by a and b most, in this order")
    assert "not what causes" in found.sentence
    assert (found.verdict, found.k) == ("measured", 2)


def test_inputs_that_cannot_be_told_apart_are_not_named():
    def twins(rows):
        return np.nan_to_num(rows.numbers) @ np.ones((3, 1))

    rng, arrays = np.random.default_rng(2), three()
    alike = {**arrays, "b": rng.permutation(arrays["a"]), "c": rng.permutation(arrays["a"])}
    found = check(audit_model(alike, model_of(twins, FEW), REGRESSION), "attribution.drivers")
    assert found.verdict == "cannot_tell"
    assert "cannot tell which input comes first" in found.sentence
    assert found.rows_needed is None or found.rows_needed > found.n


def test_a_constant_model_goes_by_nothing():
    found = audit_model(three(), model_of(lambda rows: np.ones((rows.rows, 1)), FEW), REGRESSION)
    assert check(found, "attribution.rank_stability").verdict == "cannot_tell"
    assert check(found, "attribution.drivers").sentence.startswith("No input moves the answer")


def test_one_input_has_no_ranking():
    one = {**FEW, "inputs": FEW["inputs"][:1]}
    found = audit_model(three(), model_of(lambda rows: np.nan_to_num(rows.numbers), one), REGRESSION)
    assert check(found, "attribution.rank_stability").verdict == "not_run"
    assert check(found, "attribution.drivers").sentence.startswith("The answers go by a most")


def test_the_ranking_is_made_again_at_least_three_times(told):
    rows = table(told, "stability")["rows"]
    stable = check(told, "attribution.rank_stability")
    assert len([row for row in rows if row[0][0].isdigit()]) == PLAN.stability_repeats >= 3
    counted = [row[3] for row in rows if row[0][0].isdigit()]
    assert (stable.low, stable.high) == (min(counted), max(counted))
    assert stable.verdict == "pass"


def test_groups_are_means_over_their_rows(booster, told):
    parts, _ = native(booster)
    race = np.array(PEOPLE["race"])
    for feature, group, n, mean_absolute, low, high, mean in table(told, "by race")["rows"]:
        part = parts[race == group, ("age", "income", "purpose").index(feature)]
        assert n == len(part)
        assert (mean_absolute, mean) == pytest.approx((np.abs(part).mean(), part.mean()), abs=1e-5)
        assert low <= mean_absolute <= high


def test_a_swarm_shows_place_and_part_of_single_rows(booster, told):
    parts, _ = native(booster)
    swarm = table(told, "beeswarm")
    assert len(swarm["rows"]) == 3 * 200
    known = {(value, round(part, 4)) for value, part in zip(PEOPLE["age"].tolist(), parts[:, 0].tolist(), strict=True)}
    for feature, value, position, part in swarm["rows"]:
        assert (position is None) == (feature == "purpose")
        if feature == "age":
            assert (value, round(part, 4)) in known
            below, level = (PEOPLE["age"] < value).sum(), (PEOPLE["age"] == value).sum()
            assert position == pytest.approx((below + level / 2) / 800)


def test_rows_that_the_insurer_holds_stay_out():
    frame = frame_from_arrays(PEOPLE)
    found = run_suite(
        frame, spec_parse(SPEC), suite_load(), seed=SEED, dataset_digest="", model=model_of(), show_rows=False
    ).to_dict()["sections"]["attribution"]
    assert not [name for name in found if name.startswith(("example", "beeswarm"))]


@pytest.mark.filterwarnings("error")
def test_an_input_without_any_value_has_no_direction():
    found = audit_model({**PEOPLE, "age": [None] * 800})
    assert check(found, "attribution.drivers").verdict != "cannot_tell"
    assert "age" not in {row[0] for row in table(found, "direction")["rows"]}


def test_groups_of_a_few_rows_that_the_insurer_holds_are_told_of_as_one():
    sex = ["canary"] + ["few"] * 5 + [None] + ["rest"] * 793
    spec = {**SPEC, "attributes": [{"name": "sex", "column": "sex", "source": "recorded"}]}
    spec["slices"] = [{"name": "who", "column": "sex"}]
    found = {}
    for show in (True, False):
        frame = frame_from_arrays({**PEOPLE, "sex": sex})
        given = {"seed": SEED, "dataset_digest": "", "model": model_of(), "show_rows": show}
        found[show] = run_suite(frame, spec_parse(spec), suite_load(), **given).to_dict()["sections"]
    assert {row[1] for row in found[True]["attribution"]["by sex"]["rows"]} >= {"canary", "few"}
    assert "canary" not in str(found[False])
    assert [row[:2] for row in found[False]["slices"]["who"]["rows"]] == [["rarer values", 799], ["not stated", 1]]
    assert min(row[2] for row in found[False]["attribution"]["by sex"]["rows"]) >= 10


def test_examples_are_the_closest_the_surest_error_and_the_middle(told):
    rows = {row[2]: row[1] - 1 for row in table(told, "examples")["rows"]}
    assert len(rows) == len(set(rows.values())) == 3
    answers = np.array([row[4] for row in table(told, "examples")["rows"]])
    assert abs(answers[0] - 0.5) < 0.02
    assert (answers[1] >= 0.5) != PEOPLE["y"][rows["most confident wrong decision"]]


def test_reasons_count_the_four_largest_pushes_towards_the_unfavourable_decision(booster, told):
    """Favourable is the negative decision, so pushes upwards are unfavourable; there are three inputs."""
    parts, base = native(booster)
    bad = parts[base + parts.sum(axis=1) >= 0]
    rows = rows_of(table(told, "reasons"), "feature")
    for name, part in zip(("age", "income", "purpose"), bad.T, strict=True):
        assert rows[name]["unfavourable decisions"] == int((part > 0).sum())
        assert rows[name]["share"] == pytest.approx((part > 0).mean())


def test_no_reasons_without_a_favourable_decision(booster):
    found = audit_model(model=boosted(booster), favourable_decision=None)
    assert "reasons" not in found.sections["attribution"]


def test_a_class_is_explained_by_the_positive_decision():
    output = {"column": "d", "means": "class", "classes": ["no", "yes"]}
    spec = {**SPEC, "decision": {"column": "d", "op": "==", "value": "no"}, "probability": None}
    found = audit_quickly(model=model_of(interface={**INTERFACE, "output": output}), spec=spec)
    assert method(found)["explained output"] == "answer for class no"
    assert method(found)["units"] == "probability"
    assert "reasons" in found.sections["attribution"]


def test_of_many_classes_the_most_frequent_is_explained():
    def function(rows):
        return np.column_stack([np.zeros(rows.rows), np.nan_to_num(rows.numbers[:, 0]), np.full(rows.rows, 0.5)])

    output = {"column": "d", "means": "class", "classes": ["x", "y", "z"]}
    arrays = {**three(), "y": ["x", "y", "z", "z"] * 100}
    found = audit_model(
        arrays,
        model_of(function, {**FEW, "output": output}),
        {"task": "multiclass", "label": "y", "decision": {"column": "d"}},
    )
    assert method(found)["explained output"] == "answer for class z"
    assert table(found, "examples")["rows"][0][5] in {"x", "y", "z"}


def test_a_registered_attribute_among_the_inputs_is_a_finding():
    inputs = [*INTERFACE["inputs"][:2], {"column": "race", "as": "codes", "categories": ["a", "b"]}]

    def function(rows):
        yes = 1 / (1 + np.exp(-np.nan_to_num(rows.numbers[:, 2]) + 0.5))
        return np.column_stack([1 - yes, yes])

    found = audit_model(model=model_of(function, {**INTERFACE, "inputs": inputs}))
    assert any("A registered attribute is an input" in item.title for item in found.findings)


def test_a_model_that_fails_while_it_is_explained_leaves_that_open():
    known = {tuple(row) for row in encode(frame_from_arrays(PEOPLE), interface_parse(INTERFACE)).numbers}

    def function(rows):
        fresh = [tuple(row) not in known for row in rows.numbers]
        if sum(fresh) > 2000:
            raise Broken("The model died.", field="model")
        return chance(rows)

    found = audit_model(model=model_of(function))
    for name in ("additivity", "rank_stability", "drivers"):
        assert check(found, f"attribution.{name}").verdict == "cannot_tell"
    assert found.dimensions["error"].state == found.dimensions["robustness"].state == "measured"
    assert any(item.title == "The model fails when it is explained" for item in found.findings)


def test_the_budget_of_cells_is_kept():
    model = model_of()
    audit_model(model=model)
    spent = sum(model.asked) - 800 - 13 * 800 - 4 * 800
    assert 0 < spent * 3 <= PLAN.sampled_cells * 1.05


def test_the_same_inputs_give_the_same_bytes(booster):
    assert audit_model(model=boosted(booster)).to_bytes() == audit_model(model=boosted(booster)).to_bytes()


def test_a_forest_that_is_too_large_is_explained_on_fewer_rows_or_sampled(booster):
    steps = 30 * 16 * 4
    for work, algorithm in ((steps * 200, "exact path-dependent"), (steps, "sampling by permutation")):
        suite = suite_load()
        suite = replace(suite, model=replace(suite.model, tree_work=work, sampled_cells=60_000))
        found = run_suite(
            frame_from_arrays(PEOPLE), spec_parse(SPEC), suite, seed=1, dataset_digest="", model=boosted(booster)
        )
        assert method(found)["algorithm"] == algorithm
        assert method(found)["rows explained"] < 800


def one_row(place=3):
    return frame_from_arrays(PEOPLE).take(np.array([place]))


def test_one_row_is_explained_as_in_the_audit(booster):
    parts, base = native(booster)
    found = explain_one(boosted(booster), one_row(), spec_parse(SPEC), PLAN, seed=1)
    assert found["base"] == pytest.approx(base, abs=1e-5)
    told = {line["feature"]: line["contribution"] for line in found["contributions"]}
    assert told == pytest.approx(dict(zip(("age", "income", "purpose"), parts[3], strict=True)), abs=1e-5)
    assert found["answer"] == pytest.approx(1 / (1 + np.exp(-found["total"])), abs=1e-6)


def test_one_row_of_any_model_needs_a_background(booster):
    assert explain_one(model_of(), one_row(), spec_parse(SPEC), PLAN, seed=1) is None
    typed = {"age": [41], "income": ["2500"], "purpose": ["home"]}
    found = explain_one(
        model_of(), frame_from_arrays(typed), spec_parse(SPEC), PLAN, seed=1, background=frame_from_arrays(PEOPLE)
    )
    assert (found["algorithm"], found["units"]) == ("sampling by permutation", "probability")
    assert found["total"] == pytest.approx(found["answer"], abs=1e-12)
    uncovered = replace(trees_of_xgboost(booster), cover=np.ones(len(trees_of_xgboost(booster).cover)))
    exact = explain_one(
        boosted(booster, trees=uncovered),
        one_row(),
        spec_parse(SPEC),
        PLAN,
        seed=1,
        background=frame_from_arrays(PEOPLE),
    )
    assert exact["algorithm"] == "exact interventional"


def test_importance_intervals_are_those_of_a_bootstrap_that_draws_rows():
    rng = np.random.default_rng(5)
    parts = rng.normal(size=(300, 4)) * [1, 0.97, 0.5, 0]
    found = importance(parts, resamples=1000, confidence=0.9, rng=np.random.default_rng(1))
    draws = np.array([np.abs(parts[rng.integers(0, 300, 300)]).mean(axis=0) for _ in range(2000)])
    assert found.low == pytest.approx(np.quantile(draws, 0.05, axis=0), abs=0.01)
    assert found.high == pytest.approx(np.quantile(draws, 0.95, axis=0), abs=0.01)
    assert found.rank_low.tolist() == [1, 1, 3, 4]
    assert found.rank_high.tolist() == [2, 2, 3, 4]
    named = drivers(found, 3, 300)
    assert (set(named.named), named.ordered) == ({0, 1, 2}, False)


def test_ranks_and_correlation_are_plain():
    assert ranks(np.array([[1.0, 3, 2, 3]])).tolist() == [[4, 1, 3, 2]]
    assert spearman(np.array([1.0, 2, 3]), np.array([2.0, 4, 9])) == pytest.approx(1)
    assert spearman(np.array([1.0, 1, 1]), np.array([2.0, 4, 9])) is None


def test_a_ranking_of_a_few_rows_is_neither_stable_nor_unstable(booster):
    suite = suite_load()
    suite = replace(suite, model=replace(suite.model, explained_rows=2 * suite.model.least_explained - 2))
    found = audit_model(model=boosted(booster), suite=suite)
    assert check(found, "attribution.rank_stability").verdict == "cannot_tell"
    assert check(found, "attribution.drivers").verdict != "cannot_tell"
    fewer = replace(suite, model=replace(suite.model, explained_rows=suite.model.least_explained - 1))
    silent = check(audit_model(model=boosted(booster), suite=fewer), "attribution.drivers")
    assert (silent.verdict, silent.n) == ("cannot_tell", suite.model.least_explained - 1)
