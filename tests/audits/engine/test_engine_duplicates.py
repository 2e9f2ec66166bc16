"""Equal rows, leaked rows and columns that give the outcome away, against pandas and brute force."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_examples import cells, named, part_of

from audits.engine import duplicates, frame_from_arrays
from audits.engine.duplicates import _conflicts
from audits.engine.sameness import Rows, cell_hashes, found_in, groups_of, nearly_in, rounded

COLUMNS = ("u", "v", "w", "x", "z")


def people(n, seed=1, values=6):
    rng = np.random.default_rng(seed)
    columns = {name: rng.integers(0, values, n) for name in COLUMNS[:3]}
    columns |= {"x": rng.integers(0, values, n) / 4, "z": [f"kind {code}" for code in rng.integers(0, values, n)]}
    y = rng.integers(0, 2, n)
    return {**columns, "y": y, "d": np.where(rng.random(n) < 0.8, y, 1 - y)}


def table_of(arrays):
    return pd.DataFrame({name: arrays[name] for name in COLUMNS})


def hashes(arrays, names=COLUMNS):
    return Rows(frame_from_arrays(arrays), names).sums


def test_equal_rows_are_those_that_pandas_finds():
    arrays = people(5_000, values=4)
    first, size = groups_of(hashes(arrays))
    frame = table_of(arrays)
    assert np.array_equal(first != np.arange(5_000), frame.duplicated())
    assert np.array_equal(size, frame.groupby(list(COLUMNS))["u"].transform("size"))


def test_rows_of_another_data_set_are_those_that_pandas_merges():
    ours, theirs = people(3_000, 1), people(2_000, 2)
    keys = set(table_of(theirs).itertuples(index=False, name=None))
    wanted = [row in keys for row in table_of(ours).itertuples(index=False, name=None)]
    place = found_in(hashes(theirs), hashes(ours))
    assert np.array_equal(place >= 0, wanted)
    matched = place[place >= 0]
    assert (table_of(theirs).iloc[matched].to_numpy() == table_of(ours)[wanted].to_numpy()).all()


def test_columns_stored_otherwise_say_the_same():
    typed = frame_from_arrays({"a": [1, 2, None, 0], "b": [1.5, -0.0, 3.0, None]})
    told = frame_from_arrays({"a": ["1.0", " 2", " ", "false"], "b": ["1.50", "0", "3", None]})
    assert np.array_equal(Rows(typed, ("a", "b")).sums, Rows(told, ("a", "b")).sums)
    assert np.array_equal(Rows(typed, ("a", "b")).sums, Rows(typed, ("b", "a")).sums)


def test_what_differs_differs():
    column = frame_from_arrays({"a": ["1", "x", "y", None, "10", "1e-9"]}).columns["a"]
    assert len(set(cell_hashes(column))) == 6
    swapped = frame_from_arrays({"a": [1, 2], "b": [2, 1]})
    assert len(set(Rows(swapped, ("a", "b")).sums)) == 2
    times = frame_from_arrays({"a": np.array(["2026-01-01", "2026-01-02", "NaT"], dtype="datetime64[us]")}).columns["a"]
    assert len(set(cell_hashes(times))) == 3


@pytest.mark.parametrize(
    ("number", "wanted"), [(12345.0, 12300.0), (-0.0012345, -0.00123), (0.0, 0.0), (999.6, 1000.0)]
)
def test_significant_digits(number, wanted):
    assert rounded(np.array([number]), 3)[0] == pytest.approx(wanted)


def test_near_rows_by_brute_force():
    rng = np.random.default_rng(4)
    ours = {name: rng.integers(0, 5, 200) + 0.001 * rng.integers(0, 2, 200) + 100 for name in ("a", "b", "c")}
    theirs = {name: rng.integers(0, 5, 150) + 0.001 * rng.integers(0, 2, 150) + 100 for name in ("a", "b", "c")}
    off, but_one = nearly_in(frame_from_arrays(theirs), frame_from_arrays(ours), ("a", "b", "c"), 3)
    mine, other = (np.column_stack([each[name] for name in "abc"]) for each in (ours, theirs))
    alike = mine[:, None, :] == other[None, :, :]
    assert np.array_equal(but_one, (alike.sum(axis=2) >= 2).any(axis=1))
    assert np.array_equal(off, (mine.round()[:, None, :] == other.round()[None, :, :]).all(axis=2).any(axis=1))
    assert 0 < off.sum() < 200


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=40))
def test_conflicting_labels_are_those_of_brute_force(rows):
    groups, labels = np.array(rows, dtype=np.int64).T
    frame = pd.DataFrame({"group": groups, "label": labels})
    kinds = frame.groupby("group")["label"].transform("nunique")
    least = len(rows) - frame.groupby("group")["label"].agg(lambda each: each.value_counts().max()).sum()
    assert _conflicts(groups, labels.astype(np.uint64)) == (int((kinds > 1).sum()), least)


def test_the_check_counts_rows_that_stand_twice():
    arrays = people(1_000, values=40)
    twice = {name: [*list(column), *list(column)[:100]] for name, column in arrays.items()}
    twice["y"][1_000:1_010] = [1 - y for y in twice["y"][1_000:1_010]]
    part = part_of("duplicates", twice)
    found = named(part, "labels.duplicates")
    assert (found.k, found.n, found.verdict) == (100, 1_100, "fail")
    assert named(part, "labels.conflicts").k == 10
    assert cells(part, "duplicates")["rows that stand at least twice"]["rows"] == 200
    few = part_of("duplicates", {name: twice[name] for name in ("y", "d", "u")})
    assert named(few, "labels.duplicates").verdict == "cannot_tell"


def leaked(rate_fresh, rate_leaked, n=2_000, share=0.2):
    """Rows, training rows that hold a share of them, and errors at a rate of their own each."""
    rng = np.random.default_rng(7)
    whole = {name: rng.normal(size=n) for name in COLUMNS}
    y, inside = rng.integers(0, 2, n), np.arange(n) < share * n
    wrong = rng.random(n) < np.where(inside, rate_leaked, rate_fresh)
    training = {name: np.concatenate([column[inside], rng.normal(size=3_000)]) for name, column in whole.items()}
    return {**whole, "y": y, "d": np.where(wrong, 1 - y, y)}, {**training, "y": np.zeros(len(training["u"]), dtype=int)}


def test_leaked_rows_are_counted_and_what_they_flatter_is_told():
    arrays, training = leaked(0.3, 0.05)
    part = part_of("leakage", arrays, training=training)
    share, effect = named(part, "labels.leakage"), named(part, "labels.leak_effect")
    assert (share.k, share.n, share.verdict) == (400, 2_000, "fail")
    assert share.low < 0.2 < share.high
    assert effect.low > 0.15
    assert named(part, "labels.fresh_error").n == 1_600
    assert "The model is better on rows it was trained on" in [each.title for each in part.findings]
    other = cells(part, "leakage")["equal to a training row with another label"]
    assert (other["rows"], other["of"]) == (int(arrays["y"][:400].sum()), 400)


def test_clean_rows_pass_and_say_nothing_of_an_effect():
    arrays, training = leaked(0.3, 0.3, share=0.0)
    part = part_of("leakage", arrays, training=training)
    assert (named(part, "labels.leakage").k, named(part, "labels.leakage").verdict) == (0, "pass")
    assert named(part, "labels.leak_effect").verdict == "cannot_tell"
    assert not part.findings


def test_near_rows_count_beside_exact_ones():
    arrays, training = leaked(0.3, 0.3)
    training = {name: column if name == "y" else column * (1 + 1e-7) for name, column in training.items()}
    part = part_of("leakage", arrays, training=training)
    assert named(part, "labels.leakage").k == 0
    assert named(part, "labels.leakage_near").k >= 390


def test_a_training_set_that_cannot_be_compared_is_said():
    arrays, training = leaked(0.3, 0.3, n=300)
    part = part_of("leakage", arrays, training={"u": training["u"]})
    assert {each.verdict for each in part.checks} == {"cannot_tell"}


def test_a_column_that_gives_the_outcome_away_is_named():
    arrays = people(2_000)
    arrays["u"] = arrays["y"] * 3 + 1
    part = part_of("telling", arrays)
    assert (named(part, "labels.column_tells").subject, named(part, "labels.column_tells").value) == ("u", 1.0)
    assert [(each.severity, each.about) for each in part.findings] == [("high", "u")]
    assert "worthless" in part.findings[0].text


def test_honest_columns_ids_and_rare_outcomes_are_not_named():
    rng = np.random.default_rng(2)
    arrays = people(2_000)
    arrays |= {"w": [f"id {place}" for place in range(2_000)], "v": rng.normal(size=2_000)}
    assert not part_of("telling", arrays).findings
    arrays["y"] = (np.arange(2_000) % 400 == 0).astype(int)  # the most frequent label is right 99.75 % of the time
    assert not part_of("telling", arrays).findings


def test_a_number_that_foretells_through_a_threshold_is_named_whatever_the_order_of_rows():
    rng = np.random.default_rng(3)
    arrays = people(6_000)
    arrays["x"] = rng.normal(size=6_000)
    arrays["y"] = (arrays["x"] > 0.3).astype(int)
    part = part_of("telling", arrays)
    assert part.findings[0].about == "x"
    turn = rng.permutation(6_000)
    turned = {name: np.asarray(column)[turn] for name, column in arrays.items()}
    assert part_of("telling", turned).tables == part.tables


def test_forecasts_and_few_rows_are_not_looked_at():
    few = part_of("telling", people(60))
    assert named(few, "labels.column_tells").verdict == "cannot_tell"
    arrays = {name: column for name, column in people(300).items() if name not in "yd"}
    numbers = {**arrays, "y": np.arange(300) / 7, "d": np.arange(300) / 7}
    spec = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "1", "direction": "over"}
    assert named(part_of("telling", numbers, spec), "labels.column_tells").verdict == "not_run"


def test_columns_of_few_values_cannot_tell_whether_a_case_stands_twice():
    coarse = people(2_000, values=3)  # 243 different rows: most equal another, and none was sent twice
    part = part_of("duplicates", coarse)
    assert {each.verdict for each in part.checks} == {"cannot_tell"}
    assert "have few different values: were they unrelated, a row would equal" in part.checks[0].sentence
    assert not part.findings
    part = part_of("leakage", coarse, training=people(1_000, 9, values=3))
    assert {each.verdict for each in part.checks} == {"cannot_tell"}


def test_agreement_by_chance_is_that_of_all_pairs():
    cells = cell_hashes(frame_from_arrays({"a": [1, 1, 2, None, 1]}).columns["a"])
    pairs = [(i, j) for i in range(5) for j in range(5) if i != j]
    assert duplicates._agreement(cells) == pytest.approx(np.mean([cells[i] == cells[j] for i, j in pairs]))


def test_rows_that_stand_twice_make_no_column_coarse():
    """One column that tells every case apart: repeated and leaked rows are found however many they are."""
    numbers = frame_from_arrays({"a": np.arange(100) % 60})
    assert duplicates.too_coarse(numbers, None, ("a",), 0.01) is None
    assert duplicates.too_coarse(numbers, frame_from_arrays({"a": np.arange(300)}), ("a",), 0.01) is None
    few = frame_from_arrays({"a": [0, 1] * 50, "b": [0, 0, 1, 1] * 25})
    assert "a row would equal 11 others" in duplicates.too_coarse(few, None, ("a", "b"), 0.01)
