"""The interface of a version: what is registered is read back equal, and anything odd is refused with its path."""

import json
import math

import pytest

from audits.interface import interface_parse
from core.errors import InputRefused

WHOLE = {
    "inputs": [
        {"column": "age", "as": "number", "missing": -1},
        {"column": "zip", "as": "number", "nominal": True},
        {"column": "housing", "as": "codes", "categories": ["free", "own"]},
        {"column": "purpose", "as": "one_hot", "categories": ["car", "study"]},
        {"column": "job", "as": "text", "part": "words"},
        {"column": "note", "as": "text", "part": "words"},
    ],
    "output": {"column": "p", "means": "probability", "index": 1, "tolerance": "0.001"},
}
CLASS = {"column": "said", "means": "class", "classes": ["a", "b"], "confidence": "share"}


def changed(place=None, *, output=None, **entry):
    inputs = [dict(one) for one in WHOLE["inputs"]]
    if place is not None:
        inputs[place] |= entry
    return {"inputs": inputs, "output": output or WHOLE["output"]}


def test_what_was_written_is_read_back_equal():
    for value in (WHOLE, changed(output=CLASS)):
        parsed = interface_parse(value)
        assert interface_parse(parsed.to_dict()).to_dict() == parsed.to_dict()


def test_features_stand_in_the_order_of_the_inputs():
    parsed = interface_parse(WHOLE)
    assert parsed.features == ("age", "zip", "housing", "purpose=car", "purpose=study")
    assert parsed.sources == (0, 1, 2, 3, 3)
    assert parsed.texts == ("job", "note")
    assert [one.missing for one in parsed.inputs[:2]] == [-1.0, pytest.approx(math.nan, nan_ok=True)]


def test_parts_gather_what_belongs_together():
    parsed = interface_parse(WHOLE)
    assert [part.name for part in parsed.parts] == ["age", "zip", "housing", "purpose", "words"]
    assert parsed.part_of == (0, 1, 2, 3, 4, 4)


def test_codes_are_no_amounts():
    assert [one.measures for one in interface_parse(WHOLE).inputs] == [True, False, False, False, False, False]


ODD = {
    "no object": ([], "interface"),
    "no inputs": ({"inputs": [], "output": WHOLE["output"]}, "interface.inputs"),
    "unknown key": (changed(0, scale=2), "interface.inputs[0].scale"),
    "unknown way": (changed(0, **{"as": "tensor"}), "interface.inputs[0].as"),
    "categories of a number": (changed(0, categories=["a"]), "interface.inputs[0].categories"),
    "no categories": (changed(2, categories=None), "interface.inputs[2].categories"),
    "a category twice": (changed(2, categories=["a", "a"]), "interface.inputs[2].categories"),
    "missing is no number": (changed(0, missing="x"), "interface.inputs[0].missing"),
    "missing is infinite": (changed(0, missing=math.inf), "interface.inputs[0].missing"),
    "nominal category": (changed(2, nominal=True), "interface.inputs[2].nominal"),
    "nominal text": (changed(0, nominal="yes"), "interface.inputs[0].nominal"),
    "a column twice": (changed(1, column="age"), "interface.inputs"),
    "a part like a column": (changed(0, part="zip"), "interface.inputs"),
    "output is an input": (changed(output={"column": "age", "means": "value"}), "interface.output.column"),
    "no meaning": (changed(output={"column": "p"}), "interface.output.means"),
    "index of a class": (changed(output={**CLASS, "index": 0}), "interface.output.index"),
    "index too low": (changed(output={"column": "p", "means": "value", "index": -2}), "interface.output.index"),
    "missing is longer than any float": (changed(0, missing=10**400), "interface.inputs[0].missing"),
    "tolerance with spaces": (changed(output={**CLASS, "tolerance": " 1\n"}), "interface.output.tolerance"),
    "endless tolerance": (changed(output={**CLASS, "tolerance": "0." + "0" * 9999}), "interface.output.tolerance"),
    "tolerance over 1": (changed(output={**CLASS, "tolerance": "1.5"}), "interface.output.tolerance"),
    "one column for class and share": (changed(output={**CLASS, "confidence": "said"}), "interface.output.confidence"),
    "tolerance is no number": (changed(output={**CLASS, "tolerance": "NaN"}), "interface.output.tolerance"),
    "classes of a value": (
        changed(output={"column": "p", "means": "value", "classes": ["a"]}),
        "interface.output.classes",
    ),
    "hidden characters": (changed(0, column="a\u202eb"), "interface.inputs[0].column"),
}


@pytest.mark.parametrize("name", ODD)
def test_anything_odd_is_refused_with_its_path(name):
    value, path = ODD[name]
    with pytest.raises(InputRefused) as caught:
        interface_parse(value)
    assert caught.value.field == path
    assert caught.value.limit
    assert caught.value.remedy


def test_more_features_than_the_limit_are_refused():
    inputs = [{"column": f"c{i}", "as": "one_hot", "categories": [str(j) for j in range(10_000)]} for i in range(3)]
    with pytest.raises(InputRefused, match="too many features"):
        interface_parse({"inputs": inputs, "output": WHOLE["output"]})


IMAGE = {
    "column": "photo",
    "as": "image",
    "height": 48,
    "width": 192,
    "channels": 3,
    "layout": "NCHW",
    "scale": 1 / 255,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}


def test_an_image_is_read_and_written_back():
    interface = interface_parse({"inputs": [IMAGE], "output": {"column": "p", "means": "probability"}})
    assert (interface.features, interface.texts, interface.cells) == ((), (), 48 * 192 * 3)
    assert interface.image.shape == (48, 192, 3)
    written = json.loads(json.dumps(interface.to_dict()))
    assert interface_parse(written) == interface


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"height": 0}, "height"),
        ({"height": 4_097}, "height"),
        ({"width": 10.5}, "width"),
        ({"width": True}, "width"),
        ({"channels": 5, "mean": [0] * 5, "std": [1] * 5}, "channels"),
        ({"height": 4_096, "width": 4_096}, "height"),
        ({"layout": "CHWN"}, "layout"),
        ({"layout": None}, "layout"),
        ({"scale": 0}, "scale"),
        ({"scale": None}, "scale"),
        ({"scale": 1e300}, "scale"),
        ({"std": [0.5, 0.5]}, "std"),
        ({"std": [0.5, 0.5, 0]}, "std"),
        ({"mean": [0.5, "x", 0.5]}, "mean"),
        ({"mean": [0.5, float("nan"), 0.5]}, "mean"),
        ({"missing": 0}, "missing"),
        ({"part": "left"}, "part"),
        ({"nominal": True}, "nominal"),
        ({"categories": ["a"]}, "categories"),
    ],
    ids=str,
)
def test_an_image_that_cannot_be_is_refused_by_its_key(change, field):
    with pytest.raises(InputRefused) as caught:
        interface_parse({"inputs": [{**IMAGE, **change}], "output": {"column": "p", "means": "probability"}})
    assert caught.value.field == f"interface.inputs[0].{field}"
    assert caught.value.remedy


def test_an_image_stands_alone_and_its_keys_go_with_nothing_else():
    both = [IMAGE, {"column": "age", "as": "number"}]
    with pytest.raises(InputRefused, match="join an image"):
        interface_parse({"inputs": both, "output": {"column": "p", "means": "probability"}})
    odd = [{"column": "age", "as": "number", "height": 5}]
    with pytest.raises(InputRefused, match="height"):
        interface_parse({"inputs": odd, "output": {"column": "p", "means": "probability"}})
