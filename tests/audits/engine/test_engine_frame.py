"""Columns: what counts as equal, as missing, as a number, as a time."""

import numpy as np
import pytest

from audits.engine import Column, Frame, canonical_text, frame_from_arrays
from audits.engine.frame import column_from
from core.errors import InputRefused


@pytest.mark.parametrize("value", ["1", 1, 1.0, True, "true", " 1.0 ", np.int64(1), "1e0"])
def test_ways_to_write_one_agree(value):
    assert canonical_text(value) == "1"


def test_other_text_stays_itself():
    assert [canonical_text(text) for text in ("High", "1_0", "nan", "inf", "0.50")] == [
        "High",
        "1_0",
        "nan",
        "inf",
        "0.5",
    ]


@pytest.mark.parametrize(
    "values", [[1, 0, 1], [1.0, 0.0, 1.0], [True, False, True], ["1", "0", "1"], ["true", "no", "1.0"]]
)
def test_a_value_is_found_however_it_was_typed(values):
    assert column_from("c", values).matches("1").tolist() == [True, False, True]


def test_null_and_blank_state_nothing():
    column = column_from("race", ["b", None, " ", "a"])
    assert column.absent.tolist() == [False, True, True, False]
    assert (column.groups.names, column.groups.codes.tolist()) == (("a", "b"), [1, -1, -1, 0])
    assert column.groups.counts(np.ones(4, bool)) == [1, 1, 2]


def test_groups_do_not_depend_on_the_order_of_the_dictionary():
    first = Column("c", "category", np.array([0, 1, 2], np.int32), np.zeros(3, bool), ("b", "a", "unused"))
    second = Column("c", "category", np.array([1, 0, 2], np.int32), np.zeros(3, bool), ("a", "b", "unused"))
    assert first.groups.codes.tolist() == second.groups.codes.tolist()


@pytest.mark.parametrize("cell", [np.nan, np.inf, -np.inf])
def test_a_cell_that_is_no_number_is_refused_by_name(cell):
    with pytest.raises(InputRefused) as refusal:
        column_from("p", np.array([0.5, cell])).numbers()
    assert (refusal.value.field, refusal.value.limit) == ("p", "finite numbers")
    assert refusal.value.remedy


def test_null_is_no_number_but_no_fault():
    assert np.isnan(column_from("p", [0.5, None]).numbers()).tolist() == [False, True]
    assert np.isnan(column_from("p", ["0.5", ""]).numbers()).tolist() == [False, True]


def test_words_are_not_numbers():
    with pytest.raises(InputRefused, match="1 cells that are not finite numbers"):
        column_from("p", ["0.5", "half"]).numbers()


def test_times_are_read_to_utc():
    times = column_from("t", ["2026-03-31", "2026-03-31T12:00:00+02:00", None, ""]).times()
    assert [str(time) for time in times[:2]] == ["2026-03-31T00:00:00.000000", "2026-03-31T10:00:00.000000"]
    assert np.isnat(times[2:]).all()


@pytest.mark.parametrize("values", [["yesterday"], np.array([1.5])])
def test_what_is_no_time_is_refused(values):
    with pytest.raises(InputRefused, match="does not hold times"):
        column_from("t", values).times()


def test_times_are_not_numbers():
    with pytest.raises(InputRefused, match="holds times"):
        column_from("t", np.array(["2026-01-01"], "datetime64[us]")).numbers()


def test_a_missing_column_is_named_with_those_that_exist():
    with pytest.raises(InputRefused) as refusal:
        frame_from_arrays({"a": [1], "b": [2]}).column("c", "label")
    assert (refusal.value.field, refusal.value.limit) == ("label", "one of 2 columns: a, b")


def test_columns_have_one_length():
    with pytest.raises(InputRefused, match="differ in length"):
        Frame({"a": column_from("a", [1]), "b": column_from("b", [1, 2])})
