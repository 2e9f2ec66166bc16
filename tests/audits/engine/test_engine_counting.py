"""Rows counted once: joint counts, scores, and the bootstrap of cells; beside numpy, fairlearn, row resamples."""

from functools import partial

import numpy as np
import pytest
from engine_examples import groups_of, judge
from fairlearn.metrics import false_negative_rate, false_positive_rate, selection_rate, true_positive_rate
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn
from sklearn.metrics import accuracy_score, precision_score

from audits.engine import frame_from_arrays
from audits.engine.cases import cases_build
from audits.engine.counting.scores import scores_by_group, scores_counted
from audits.engine.counting.states import DECIDED, EVENT, POSITIVE, joint, marginal, states_of
from audits.engine.frame import column_from
from audits.engine.groups import counted, groupings

PEERS = {
    "selection_rate": selection_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "true_positive_rate": true_positive_rate,
    "positive_predictive_value": partial(precision_score, zero_division=0.0),
    "accuracy": accuracy_score,
}


def people(rows: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, rows)
    event = rng.random(rows) < 0.3 + 0.1 * group
    return event, rng.random(rows) < 0.2 + 0.4 * event, group


SCORES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 1e300, -1e308, 1e308, 5e-324]),
)


@given(hn.arrays(float, st.integers(1, 200), elements=SCORES), st.randoms(use_true_random=False))
def test_scores_are_counted_as_numpy_counts_them(score: np.ndarray, random):
    event = np.array([random.random() < 0.5 for _ in score])
    found = scores_counted(score, event)
    distinct, place = np.unique(score, return_inverse=True)
    assert (found.distinct == distinct).all()
    assert (found.yes == np.bincount(place[event], minlength=len(distinct))).all()
    assert (found.no == np.bincount(place[~event], minlength=len(distinct))).all()


def test_a_crowded_bucket_is_sorted_too():
    rng = np.random.default_rng(4)
    score = np.append(rng.normal(size=5_000), 1e12)
    found = scores_counted(score, score > 0)
    assert (found.distinct == np.sort(score)).all()
    assert found.yes.sum() == (score > 0).sum()


@pytest.mark.parametrize("power", [0, 40])
def test_more_rows_than_a_cache_holds_are_counted_piece_by_piece(power):
    rng = np.random.default_rng(8)
    score = np.round(rng.random(150_000), 4) * rng.random(150_000) ** power
    event = rng.random(150_000) < 0.5
    found = scores_counted(score, event)
    distinct, place = np.unique(score, return_inverse=True)
    assert (found.distinct == distinct).all()
    assert (found.yes == np.bincount(place[event], minlength=len(distinct))).all()
    assert (found.no == np.bincount(place[~event], minlength=len(distinct))).all()


def test_no_score_is_no_count():
    assert len(scores_counted(np.empty(0), np.empty(0, dtype=bool)).distinct) == 0


def test_scores_by_group_are_those_of_its_rows():
    rng = np.random.default_rng(6)
    codes, score = rng.integers(-1, 3, 500).astype(np.int32), rng.integers(0, 9, 500) / 8
    event, where = rng.random(500) < 0.5, rng.random(500) < 0.8
    found = scores_by_group(codes, 3, score, event, where)
    assert len(found) == 4
    for code, each in zip([0, 1, 2, -1], found, strict=True):
        own = where & (codes == code)
        alone = scores_counted(score[own], event[own])
        assert all((a == b).all() for a, b in zip(each, alone, strict=True))


def test_joint_counts_have_every_mask_as_a_marginal():
    rng = np.random.default_rng(7)
    rows = 2_000
    frame = frame_from_arrays(
        {
            "y": [None if value > 1 else int(value) for value in rng.integers(0, 3, rows)],
            "d": [None if value > 1 else int(value) for value in rng.integers(0, 3, rows)],
            "race": [(None, "a", "b")[value] for value in rng.integers(0, 3, rows)],
        }
    )
    asked = judge(favourable_decision="negative", attributes=[{"name": "race", "column": "race", "source": "recorded"}])
    cases = cases_build(frame, asked.spec)
    groups = frame.columns["race"].groups
    counts = joint(groups.codes, 2, states_of(cases))
    assert counts.sum() == rows
    chosen = cases.decided & cases.event & ~cases.positive
    assert marginal(counts, DECIDED | EVENT, POSITIVE).tolist() == groups.counts(chosen)
    (found,) = counted(groupings(frame, asked), cases, asked.spec)
    assert found.by_name["favourable"].tolist() == groups.counts(cases.decided & ~cases.positive)
    assert found.by_name["fn"].tolist() == groups.counts(cases.audited & cases.event & ~cases.positive)
    assert found.by_name["harm"].tolist() == groups.counts(cases.audited & cases.harm)


@given(hn.arrays(np.int64, st.integers(1, 60), elements=st.integers(-5, 70_000)))
def test_whole_numbers_are_grouped_as_by_sorting(values: np.ndarray):
    groups = column_from("x", values).groups
    assert [groups.names[code] for code in groups.codes] == [str(value) for value in values]
    assert list(groups.names) == sorted(set(map(str, values)))


def test_extreme_whole_numbers_are_grouped():
    values = np.array([-(2**62), 2**62, 0, 0])
    assert len(column_from("x", values).groups.names) == 3


def test_groups_of_one_row_keep_their_counts():
    frame = frame_from_arrays(groups_of(a=(1, 1), b=(0, 1)))
    asked = judge(favourable_decision="positive", attributes=[{"name": "race", "column": "race", "source": "recorded"}])
    (found,) = counted(groupings(frame, asked), cases_build(frame, asked.spec), asked.spec)
    assert found.by_name["favourable"].tolist() == [1, 0, 0]
