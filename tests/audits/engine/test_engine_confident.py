"""Confident learning against the authors' library, mask for mask."""

import warnings

import numpy as np
import pytest
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from hypothesis import given, settings
from hypothesis import strategies as st
from label_examples import MANY, SCORED, cells, classified, named, part_of, scored
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine.confident import binary_table, disputed
from core.errors import InputRefused

RULES = ("prune_by_noise_rate", "prune_by_class", "both", "confident_learning")


def by_cleanlab(labels, table, rule="prune_by_noise_rate"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes of one row
        return find_label_issues(labels, table, filter_by=rule, n_jobs=1)


def noisy(seed, n, classes, digits, noise, spread=0.5):
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(classes, spread), n)
    truth = (rng.random(n)[:, None] > np.cumsum(table, axis=1)[:, :-1]).sum(axis=1)
    labels = np.where(rng.random(n) < noise, rng.integers(0, classes, n), truth)
    labels[:2] = 0, 1  # the library refuses a single class
    return labels, np.round(table, digits)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([4, 20, 90, 400]),
    classes=st.integers(2, 8),
    digits=st.sampled_from([0, 1, 2, 16]),
    noise=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    rule=st.sampled_from(RULES),
)
def test_masks_are_those_of_the_authors_library_at_ties_and_odd_classes_too(seed, n, classes, digits, noise, rule):
    labels, table = noisy(seed, n, classes, digits, noise)
    found = disputed(labels, table, rule)
    assert np.array_equal(found.mask, by_cleanlab(labels, table, rule))
    assert np.array_equal(found.joint, compute_confident_joint(labels, table))


@pytest.mark.parametrize("rule", RULES)
def test_masks_agree_where_many_rows_count(rule):
    labels, table = noisy(5, 20_000, 10, 3, 0.2, spread=0.2)
    found = disputed(labels, table, rule)
    assert found.mask.sum() > 500
    assert np.array_equal(found.mask, by_cleanlab(labels, table, rule))
    assert np.array_equal(found.lines, get_confident_thresholds(labels, table))


@pytest.mark.parametrize(
    ("labels", "table"),
    [
        ([0, 1], [[0.5, 0.5], [0.5, 0.5]]),
        ([0, 1, 1, 1, 1], [[0, 1], [1, 0], [1, 0], [1, 0], [1, 0]]),
        ([0, 0, 0, 1], [[0.3, 0.7]] * 4),
        ([0, 0, 2, 2, 2], [[0.1, 0.8, 0.1]] * 5),
        ([0, 1, 0, 1], [[0.0, 0.0]] * 4),
    ],
)
@pytest.mark.parametrize("rule", RULES)
def test_degenerate_classes_give_the_library_s_mask(labels, table, rule):
    labels, table = np.array(labels), np.array(table, dtype=float)
    assert np.array_equal(disputed(labels, table, rule).mask, by_cleanlab(labels, table, rule))


def test_the_first_rows_are_taken_where_equal_ones_compete():
    labels = np.array([0] * 50 + [1] * 50)
    table = binary_table(np.array([0.9] * 20 + [0.1] * 30 + [0.8] * 50))
    found = disputed(labels, table, ties="first")
    marked = np.flatnonzero(found.mask)
    assert found.tied in (0, 20)
    assert np.array_equal(marked, np.arange(len(marked)))
    assert len(marked) == by_cleanlab(labels, table).sum() > 0


def test_without_ties_the_first_are_the_library_s():
    labels, table = noisy(3, 5_000, 2, 16, 0.2)
    found = disputed(labels, table, ties="first")
    assert found.tied == 0
    assert np.array_equal(found.mask, by_cleanlab(labels, table))


@pytest.mark.parametrize("wrong", [np.nan, 1.5, -0.5])
def test_what_is_no_probability_is_refused(wrong):
    table = np.full((4, 2), 0.5)
    table[1, 0] = wrong
    with pytest.raises(InputRefused, match="0 to 1"):
        disputed(np.array([0, 1, 0, 1]), table)


@pytest.mark.parametrize(("labels", "rows"), [([], 0), ([0, 2], 2), ([0, -1], 2), ([0], 2)])
def test_labels_without_a_column_are_refused(labels, rows):
    with pytest.raises(InputRefused):
        disputed(np.array(labels, dtype=int), np.full((rows, 2), 0.5))


def test_the_check_tells_the_share_and_the_pairs_and_rows_only_where_they_may_be_shown():
    arrays = classified(3_000, noise=0.2)
    part = part_of("label_errors", {**arrays, "id": [f"r{place}" for place in range(3_000)]}, {**MANY, "row_id": "id"})
    check = named(part, "labels.suspected")
    labels = np.array([("a", "b", "c").index(name) for name in arrays["y"]])
    mask = by_cleanlab(labels, np.column_stack([arrays[f"p_{name}"] for name in "abc"]))
    assert (check.k, check.n, check.verdict) == (mask.sum(), 3_000, "measured")
    assert "no measure of wrong labels" in check.sentence
    assert sum(row[-1] for row in part.tables["suspected"].rows) == mask.sum()
    assert {f"r{place}" for place in np.flatnonzero(mask)} >= set(cells(part, "suspects"))
    assert len(part.tables["suspects"].rows) == 20
    hidden = part_of("label_errors", arrays, MANY, show_rows=False)
    assert "suspects" not in hidden.tables


def test_pairs_of_a_few_rows_are_told_as_one_where_rows_are_not_shown():
    arrays = classified(250, noise=0.1)
    shown = part_of("label_errors", arrays, MANY).tables["suspected"].rows
    hidden = part_of("label_errors", arrays, MANY, show_rows=False).tables["suspected"].rows
    assert min(row[4] for row in shown) < 10 <= min(row[4] for row in hidden if row[0] != "rarer values")
    for place in (2, 4):
        assert sum(row[place] for row in shown) == sum(row[place] for row in hidden)


def test_wrong_labels_of_a_binary_model_are_found():
    arrays = scored(4_000)
    arrays["p"] = np.where(arrays["y"] == 1, 0.95, 0.05) + np.random.default_rng(1).normal(0, 0.01, 4_000)
    swapped = np.arange(4_000) % 20 == 0
    arrays["y"] = np.where(swapped, 1 - arrays["y"], arrays["y"])
    part = part_of("label_errors", arrays, SCORED)
    assert named(part, "labels.suspected").k == pytest.approx(200, abs=10)
    assert not part.findings
    arrays["y"] = np.where(np.arange(4_000) % 10 == 1, 1 - arrays["y"], arrays["y"])
    assert [each.title for each in part_of("label_errors", arrays, SCORED).findings] == [
        "More labels are disputed by the model than chance explains"
    ]


def test_outcomes_that_are_a_matter_of_chance_make_no_finding():
    """Labels drawn with the stated probabilities are disputed in numbers, and none of them is wrong."""
    arrays = scored(5_000)
    part = part_of("label_errors", arrays, SCORED)
    assert named(part, "labels.suspected").value > 0.1
    assert not part.findings
    assert "would be disputed just the same" in named(part, "labels.suspected").sentence


def test_masks_agree_on_digits_read_by_a_model_that_never_saw_them():
    digits = load_digits()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200, C=0.1))
    table = cross_val_predict(model, digits.data, digits.target, cv=3, method="predict_proba")
    labels = digits.target.copy()
    labels[::40] = (labels[::40] + 3) % 10  # 45 labels put wrong
    for rule in RULES:
        found = disputed(labels, table, rule)
        assert np.array_equal(found.mask, by_cleanlab(labels, table, rule))
    assert disputed(labels, table).mask[::40].mean() > 0.8


def test_too_few_rows_or_one_class_cannot_tell():
    for arrays in (scored(50), {"p": np.full(200, 0.4), "y": np.zeros(200, dtype=int)}):
        assert named(part_of("label_errors", arrays, SCORED), "labels.suspected").verdict == "cannot_tell"
