"""LightGBM models answer in the cage as LightGBM itself does, and their trees as its own contributions."""

import re

import numpy as np
import pytest
from format_examples import asked, light, light_bytes, load, rows

from audits.sandbox.models.shape import Rejected
from audits.trees import margins

LINKS = ("binary", "regression", "regression_l1", "huber", "quantile", "cross_entropy", "lambdarank")
RAISED = ("poisson", "gamma", "tweedie")


@pytest.mark.parametrize("objective", LINKS + RAISED)
def test_an_answer_is_bit_for_bit_the_librarys_own(objective):
    model = load(light_bytes(objective=objective))
    found = asked(model, rows())
    assert found.shape == (400, model.outputs)
    assert np.array_equal(found[:, -1], light(objective=objective).predict(rows()))


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_many_classes_answer_their_probabilities(objective):
    found = asked(load(light_bytes(objective=objective, classes=3)), rows())
    assert np.array_equal(found, light(objective=objective, classes=3).predict(rows()))


@pytest.mark.parametrize(
    "extra",
    [
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7},
        {"boosting": "dart"},
        {"data_sample_strategy": "goss"},
        {"sigmoid": 2.0},
        {"zero_as_missing": True},
        {"use_missing": False},
        {"num_leaves": 200, "min_data_in_leaf": 1},
    ],
    ids=str,
)
def test_every_kind_of_booster_answers_alike(extra):
    gaps = rows().copy()
    gaps[:40, 0] = 0
    found = asked(load(light_bytes(**extra)), gaps)
    assert np.array_equal(found[:, 1], light(**extra).predict(gaps))


def test_the_square_root_of_the_label_is_squared_again():
    found = asked(load(light_bytes(objective="regression", reg_sqrt=True)), rows())
    assert np.array_equal(found[:, 0], light(objective="regression", reg_sqrt=True).predict(rows()))


@pytest.mark.parametrize("which", [{}, {"sigmoid": 2.0}, {"use_missing": False}, {"objective": "regression"}], ids=str)
def test_trees_give_the_librarys_margins_and_its_contributions_sum_to_them(which):
    trees = load(light_bytes(**which)).trees
    scale = which.get("sigmoid", 1.0)
    ours = margins(trees, rows())[:, 0] / scale
    assert np.abs(ours - light(**which).predict(rows(), raw_score=True)).max() < 1e-9
    assert np.abs(ours - light(**which).predict(rows(), pred_contrib=True).sum(axis=1)).max() < 1e-5


def test_trees_of_a_forest_are_averaged():
    which = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}
    trees = load(light_bytes(**which)).trees
    summed = light(**which).predict(rows(), raw_score=True)
    assert np.abs(margins(trees, rows())[:, 0] - summed / 12).max() < 1e-9


def test_covers_are_the_training_rows():
    trees = load(light_bytes()).trees
    inner = ~trees.leaf
    assert np.array_equal(trees.cover[inner], trees.cover[trees.left[inner]] + trees.cover[trees.right[inner]])
    assert set(trees.cover[trees.roots]) == {400.0}


@pytest.mark.parametrize("which", [{"zero_as_missing": True}, {"objective": "poisson"}], ids=str)
def test_what_plain_arrays_cannot_say_has_no_trees(which):
    assert load(light_bytes(**which)).trees is None


def test_line_ends_of_another_system_are_read():
    data = light_bytes().replace(b"\n", b"\r\n")
    assert np.array_equal(asked(load(data), rows())[:, 1], light().predict(rows()))


@pytest.mark.parametrize("written", [b"1_0", "١".encode(), b"1e", b" 1"])
def test_numbers_that_lightgbm_would_read_otherwise_are_refused(written):
    data = re.sub(rb"(?m)^tree_sizes=.*\n", b"", light_bytes())
    assert load(data)
    with pytest.raises(Rejected):
        load(re.sub(rb"threshold=[^ ]+", b"threshold=" + written, data, count=1))


def test_a_forest_that_says_twice_that_it_averages_still_does():
    data = light_bytes(boosting="rf", bagging_freq=1, bagging_fraction=0.7)
    twice = data.replace(b"average_output\n", b"average_output\naverage_output\n")
    assert twice != data
    assert np.array_equal(asked(load(twice), rows()), asked(load(data), rows()))


def test_a_tree_of_one_leaf_answers():
    data = light_bytes(objective="quantile", rounds=1, min_data_in_leaf=400)
    assert b"num_leaves=1\n" in data
    assert len(set(asked(load(data), rows())[:, 0])) == 1
