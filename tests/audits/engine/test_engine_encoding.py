"""What a model gets, cell for cell against the rule written out, and what is refused by name."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.engine import Column, Frame, canonical_text, encode, encode_batches, frame_from_arrays
from audits.interface import interface_parse
from core.errors import InputRefused

OUTPUT = {"column": "p", "means": "value"}


def interface(*inputs):
    return interface_parse({"inputs": list(inputs), "output": OUTPUT})


def one(column, how, **more):
    return interface({"column": column, "as": how, **more})


def test_numbers_stay_and_null_becomes_missing():
    frame = frame_from_arrays({"a": [1.5, None, 3], "b": [1, 2, None]})
    found = encode(frame, interface({"column": "a", "as": "number"}, {"column": "b", "as": "number", "missing": -1}))
    assert np.array_equal(found.numbers, [[1.5, 1], [math.nan, 2], [3, -1]], equal_nan=True)


def test_categories_compare_as_canonical_text():
    frame = frame_from_arrays({"c": ["1.0", "true", "2", "x", None]})
    assert encode(frame, one("c", "codes", categories=["2", "1"], missing=-9)).numbers[:, 0].tolist() == [
        1,
        1,
        0,
        -9,
        -9,
    ]


def test_of_two_categories_that_compare_equal_the_one_written_alike_is_meant():
    frame = frame_from_arrays({"c": ["true", "1", "1.0"]})
    assert encode(frame, one("c", "codes", categories=["1", "true"])).numbers[:, 0].tolist() == [1, 0, 0]


def test_numbers_of_a_data_set_are_categories_too():
    frame = frame_from_arrays({"c": np.array([2, 1, 3]), "d": np.array([0.5, 0.1 + 0.2, 9])})
    both = interface(
        {"column": "c", "as": "codes", "categories": ["1", "2"]},
        {"column": "d", "as": "one_hot", "categories": ["0.3"]},
    )
    assert np.array_equal(encode(frame, both).numbers, [[1, 0], [0, 1], [math.nan, 0]], equal_nan=True)


def test_what_is_not_listed_is_all_zeros_in_one_hot_and_missing_in_codes():
    frame = frame_from_arrays({"c": ["a", "z", None]})
    assert encode(frame, one("c", "one_hot", categories=["b", "a"])).numbers.tolist() == [[0, 1], [0, 0], [0, 0]]
    assert np.isnan(encode(frame, one("c", "codes", categories=["b", "a"])).numbers[1:]).all()


def test_text_is_the_text_itself_and_empty_where_null():
    frame = frame_from_arrays({"t": [" a ", None, "b"], "n": np.array([1.0, 2.5, 3.0])})
    found = encode(frame, interface({"column": "t", "as": "text"}, {"column": "n", "as": "text"}))
    assert [texts.tolist() for texts in found.texts] == [[" a ", "", "b"], ["1", "2.5", "3"]]
    assert found.numbers.shape == (3, 0)


cells = st.sampled_from(["1", "1.0", " 1", "true", "a", "A", "", "0.50", ".5", None])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(cells, min_size=1, max_size=20),
    st.lists(st.sampled_from(["1", "a", "A", "0.5", "q"]), unique=True, min_size=1),
)
def test_every_cell_is_the_first_category_that_compares_equal(values, categories):
    found = encode(frame_from_arrays({"c": values}), one("c", "codes", categories=categories, missing=-1)).numbers[:, 0]
    keys = [canonical_text(name) for name in categories]
    want = [keys.index(canonical_text(v)) if v is not None and canonical_text(v) in keys else -1 for v in values]
    assert found.tolist() == want


def test_pieces_hold_the_same_rows():
    frame = frame_from_arrays({"a": np.arange(10.0), "c": list("abcabcabca")})
    both = interface({"column": "a", "as": "number"}, {"column": "c", "as": "one_hot", "categories": ["a", "b"]})
    pieces = list(encode_batches(frame, both, most_cells=9))
    assert [piece.rows for piece in pieces] == [3, 3, 3, 1]
    assert np.array_equal(np.concatenate([piece.numbers for piece in pieces]), encode(frame, both).numbers)


@pytest.mark.parametrize(
    ("arrays", "how"),
    [
        ({"b": [1]}, "number"),
        ({"a": ["much"]}, "number"),
        ({"a": np.array([np.inf])}, "number"),
        ({"a": np.array([np.nan])}, "number"),
        ({"a": np.array(["2026-01-01"], "datetime64[us]")}, "number"),
        ({"b": [1]}, "text"),
    ],
)
def test_what_cannot_be_encoded_is_refused_by_name(arrays, how):
    with pytest.raises(InputRefused) as refusal:
        encode(frame_from_arrays(arrays), one("a", how))
    assert refusal.value.field == "a"
    assert refusal.value.limit
    assert refusal.value.remedy


def test_a_million_rows_cost_a_look_up_a_category_and_not_a_row():
    """The text of no category is looked at twice: 40 million cells in well under a minute."""
    rows, rng = 1_000_000, np.random.default_rng(1)
    names, present = tuple(f"c{i}" for i in range(300)), np.zeros(rows, bool)
    columns = {
        f"k{i}": Column(f"k{i}", "category", rng.integers(0, 300, rows).astype(np.int32), present, names)
        for i in range(3)
    }
    columns["n"] = Column("n", "float", rng.random(rows), present)
    inputs = [{"column": f"k{i}", "as": "codes", "categories": list(names)} for i in range(3)]
    found = encode(Frame(columns), interface(*inputs, {"column": "n", "as": "number"})).numbers
    assert all((found[:, i] == columns[f"k{i}"].values).all() for i in range(3))
