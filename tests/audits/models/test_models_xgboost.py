"""XGBoost models answer in the cage as XGBoost itself does, and their trees as its own contributions."""

import json

import numpy as np
import pytest
import xgboost
from format_examples import (
    asked,
    boosted,
    boosted_bytes,
    labels,
    load,
    numbers,
    refusal,
    rows,
)

from audits.sandbox.models.json_text import json_read
from audits.sandbox.models.ubjson import ubj_read, ubj_write
from audits.trees import answers_of, margins

PLAIN = ("binary:logistic", "reg:squarederror", "reg:absoluteerror", "reg:logistic", "rank:ndcg", "rank:pairwise")
RAISED = ("count:poisson", "reg:gamma", "reg:tweedie")


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("objective", PLAIN + RAISED)
def test_an_answer_is_bit_for_bit_the_librarys_own(objective, form):
    model = load(boosted_bytes(form, objective=objective))
    native = boosted(objective=objective).predict(xgboost.DMatrix(rows()))
    found = asked(model, rows())
    assert found.shape == (400, model.outputs)
    assert np.array_equal(found[:, -1], native.astype(np.float64))


@pytest.mark.parametrize("form", ["json", "ubj"])
def test_many_classes_answer_their_probabilities(form):
    model = load(boosted_bytes(form, objective="multi:softprob", classes=3))
    native = boosted(objective="multi:softprob", classes=3).predict(xgboost.DMatrix(rows()))
    assert np.array_equal(asked(model, rows()), native.astype(np.float64))


def test_a_model_that_answers_labels_answers_the_probabilities_behind_them():
    native = boosted(objective="multi:softmax", classes=3).predict(xgboost.DMatrix(rows()))
    found = asked(load(boosted_bytes("ubj", objective="multi:softmax", classes=3)), rows())
    assert np.array_equal(found.argmax(axis=1), native)


@pytest.mark.parametrize("objective", PLAIN)
def test_trees_give_the_librarys_margins_and_its_contributions_sum_to_them(objective):
    trees = load(boosted_bytes(objective=objective)).trees
    table = xgboost.DMatrix(rows())
    ours = margins(trees, rows())[:, 0]
    assert np.abs(ours - boosted(objective=objective).predict(table, output_margin=True)).max() < 1e-5
    contributions = boosted(objective=objective).predict(table, pred_contribs=True)
    assert np.abs(ours - contributions.sum(axis=1)).max() < 1e-5


def test_trees_of_many_classes_give_each_classs_margin():
    trees = load(boosted_bytes(objective="multi:softprob", classes=3)).trees
    model = boosted(objective="multi:softprob", classes=3)
    contributions = model.predict(xgboost.DMatrix(rows()), pred_contribs=True)
    assert np.abs(margins(trees, rows()) - contributions.sum(axis=2)).max() < 1e-5
    assert np.abs(answers_of(trees, margins(trees, rows())) - model.predict(xgboost.DMatrix(rows()))).max() < 1e-5


def test_covers_are_the_stated_hessians_and_add_up():
    trees = load(boosted_bytes()).trees
    inner = ~trees.leaf
    below = trees.cover[trees.left[inner]] + trees.cover[trees.right[inner]]
    assert np.allclose(trees.cover[inner], below, rtol=1e-3)


def test_a_pruned_tree_is_put_in_order():
    which = {"gamma": 2.0, "tree_method": "exact", "updater": "grow_colmaker,prune", "max_depth": 6}
    stated = json.loads(boosted_bytes(**which))["learner"]["gradient_booster"]["model"]["trees"]
    assert any(tree["tree_param"]["num_deleted"] != "0" or len(tree["parents"]) > 1 for tree in stated)
    found = asked(load(boosted_bytes(**which)), rows())
    assert np.array_equal(found[:, 1], boosted(**which).predict(xgboost.DMatrix(rows())).astype(np.float64))


def test_deep_trees_answer_alike():
    """Beyond six levels XGBoost walks by another rule: the right child is the node after the left one."""
    which = {"max_depth": 14, "min_child_weight": 0, "rounds": 20}
    model = load(boosted_bytes("ubj", **which))
    native = boosted(**which).predict(xgboost.DMatrix(rows())).astype(np.float64)
    assert np.array_equal(asked(model, rows())[:, 1], native)
    assert np.abs(answers_of(model.trees, margins(model.trees, rows()))[:, 1] - native).max() < 1e-5


def test_parallel_trees_answer_alike():
    which = {"num_parallel_tree": 3, "subsample": 0.6}
    found = asked(load(boosted_bytes("ubj", **which)), rows())
    assert np.array_equal(found[:, 1], boosted(**which).predict(xgboost.DMatrix(rows())).astype(np.float64))


def test_a_model_that_stopped_early_answers_as_its_wrapper_does(tmp_path):
    wrapper = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=3, n_jobs=1, learning_rate=1.0)
    wrapper.fit(rows(), labels(), eval_set=[(rows()[:99], labels()[::-1][:99])], verbose=False)
    assert wrapper.best_iteration + 1 < wrapper.get_booster().num_boosted_rounds()
    wrapper.save_model(tmp_path / "model.json")
    found = asked(load((tmp_path / "model.json").read_bytes()), rows())
    assert np.array_equal(found, wrapper.predict_proba(rows()).astype(np.float64)) or np.allclose(
        found[:, 1], wrapper.predict_proba(rows())[:, 1], atol=1e-7
    )
    whole = load(bytes(wrapper.get_booster().save_raw("ubj")))
    native = wrapper.get_booster().predict(xgboost.DMatrix(rows()))
    assert np.array_equal(asked(whole, rows())[:, 1], native.astype(np.float64))


def test_a_base_score_of_the_old_form_is_the_same_number():
    document = json.loads(boosted_bytes())
    parameters = document["learner"]["learner_model_param"]
    parameters["base_score"] = parameters["base_score"].strip("[]")
    assert np.array_equal(asked(load(json.dumps(document).encode()), rows()), asked(load(boosted_bytes()), rows()))


def test_an_infinite_threshold_parts_missing_values_from_all_others():
    document = json.loads(boosted_bytes())
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["split_conditions"][0] = float("inf")
    model = load(json.dumps(document).encode())
    assert np.isfinite(model.trees.threshold).all()
    assert np.abs(answers_of(model.trees, margins(model.trees, rows())) - asked(model, rows())).max() < 1e-5


def test_the_reader_reads_what_the_library_writes_in_both_forms():
    plain = json.loads(json.dumps(ubj_read(boosted_bytes("ubj")), default=lambda array: array.tolist()))
    text = json_read(boosted_bytes("json"))
    assert plain["learner"]["objective"] == text["learner"]["objective"]
    for ours, theirs in zip(_trees(plain), _trees(text), strict=True):
        assert np.allclose(ours["split_conditions"], theirs["split_conditions"], rtol=1e-7)
        assert ours["left_children"] == theirs["left_children"]


def test_what_the_writer_writes_the_reader_reads():
    value = {"a": [1, "b", {}], "x": np.arange(3, dtype=np.float32), "w": np.array([-5, 2**40])}
    again = ubj_read(ubj_write(value))
    assert again["a"] == value["a"]
    assert np.array_equal(again["x"], value["x"])
    assert np.array_equal(again["w"], value["w"])


def test_features_in_another_order_are_named():
    model = xgboost.train({"nthread": 1}, xgboost.DMatrix(rows(), labels(), feature_names=["b", "a", "c", "d"]), 1)
    assert refusal(bytes(model.save_raw("json"))).detail == "b, a, c, d"
    assert refusal(boosted_bytes(), numbers("a", "b")).number == 4


def _trees(document):
    return document["learner"]["gradient_booster"]["model"]["trees"]


def test_a_single_row_is_answered_as_among_others():
    model, matrix = load(boosted_bytes()), rows(20)
    alone = np.concatenate([asked(model, matrix[place : place + 1]) for place in range(20)])
    assert np.array_equal(alone, asked(model, matrix))
