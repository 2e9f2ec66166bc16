"""Networks over pictures: what they get, what is refused, and copies with weights at random."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import onnx
import pytest
from format_examples import numbers, rows, seeds
from onnx import TensorProto, helper, numpy_helper

from audits.sandbox.cage import CagedModel, model_open
from audits.sandbox.limits import DEFAULT
from audits.sandbox.models.load import model_load
from audits.sandbox.models.onnx_check import onnx_read
from audits.sandbox.models.onnx_random import weights_exchanged
from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.sandbox.refusals import ModelRejected
from tests.audits.image_examples import CHANNELS, HEIGHT, SIZE, WIDTH, interface, network, pictures, written

VALUE = helper.make_tensor_value_info


def batch(pixels: np.ndarray) -> Batch:
    return Batch(np.zeros((len(pixels), 0)), (), pixels)


@contextmanager
def opened(data: bytes, randomised: int | None = None, **changes) -> Iterator[CagedModel]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with model_open(file, interface=interface(**changes), randomised=randomised) as model:
            yield model


def outside(pixels: np.ndarray) -> np.ndarray:
    """What the runtime itself says of the scaled pictures."""
    import onnxruntime

    session = onnxruntime.InferenceSession(network(), providers=["CPUExecutionProvider"])
    scaled = (pixels.reshape(-1, HEIGHT, WIDTH, CHANNELS) / 255 - 0.5) / 0.5
    return session.run(None, {"x": scaled.transpose(0, 3, 1, 2).astype(np.float32)})[0]


def rejection(data: bytes, **changes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        model_load(data, interface(**changes))
    return caught.value


def test_a_caged_network_answers_pictures_as_its_runtime_does():
    pixels = pictures(700)
    with opened(network()) as model:
        found = model.answers(batch(pixels))
    assert np.abs(found - outside(pixels)).max() < 1e-5
    assert np.ptp(found[:, 0]) > 0.1


def test_both_layouts_and_open_sides_say_the_same():
    pixels = pictures()
    whole = model_load(network(), interface()).answers(batch(pixels))
    turned = model_load(network("NHWC"), interface(layout="NHWC")).answers(batch(pixels))
    assert np.abs(whole - turned).max() < 1e-6
    open_sides = model_load(network(sizes=(CHANNELS, None, None)), interface()).answers(batch(pixels))
    assert np.array_equal(whole, open_sides)


def test_scale_mean_and_deviation_are_those_of_the_channel():
    inputs = [VALUE("x", TensorProto.FLOAT, [None, 3, HEIGHT, WIDTH])]
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["p"]),
        helper.make_node("Flatten", ["p"], ["y"]),
    ]
    data = written(nodes, [], inputs, [VALUE("y", TensorProto.FLOAT, [None, 3])])
    changes = {"scale": 0.5, "mean": [1.0, 2.0, 3.0], "std": [1.0, 2.0, 4.0]}
    pixels = pictures(3)
    found = model_load(data, interface(**changes)).answers(batch(pixels))
    level = pixels.reshape(3, -1, 3).mean(axis=1)
    assert np.allclose(found, (level * 0.5 - [1, 2, 3]) / [1, 2, 4], atol=1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {"layout": "NHWC"},
        {"height": WIDTH, "width": HEIGHT},
        {"channels": 1, "mean": [0.5], "std": [0.5]},
    ],
    ids=["layout", "sides", "channels"],
)
def test_an_interface_that_states_another_picture_is_rejected(changes):
    found = rejection(network(), **changes)
    assert found.code is ModelCode.IMAGE
    assert "interface makes" in found.detail


def test_a_wrong_layout_behind_open_sides_is_found_by_the_first_question():
    data = network(sizes=(None, None, None))
    assert rejection(data, layout="NHWC").code is ModelCode.LOADER


def test_other_inputs_than_one_float_picture_are_rejected():
    whole = network(element=TensorProto.UINT8)
    assert rejection(whole).code is ModelCode.IMAGE
    fixed = onnx.load_from_string(network())
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    assert rejection(fixed.SerializeToString()).code is ModelCode.IMAGE
    double = onnx.load_from_string(network())
    double.graph.input.append(VALUE("z", TensorProto.FLOAT, [None, 3, HEIGHT, WIDTH]))
    assert rejection(double.SerializeToString()).detail == "2 inputs"
    for form in ("xgboost-json", "skops", "lightgbm-text"):
        assert rejection(seeds()[form]).code is ModelCode.IMAGE
    assert rejection(seeds()["onnx"]).code is ModelCode.IMAGE
    with pytest.raises(Rejected):
        model_load(network(), numbers())


@pytest.mark.parametrize(
    "attributes",
    [{"pads": [0, 0, 2**40, 2**40]}, {"strides": [2**31, 1]}, {"dilations": [70_000, 1]}],
    ids=str,
)
def test_windows_beyond_any_picture_are_giants(attributes):
    weights = numpy_helper.from_array(np.ones((1, CHANNELS, 3, 3), np.float32), "k")
    nodes = [helper.make_node("Conv", ["x", "k"], ["c"], **attributes), helper.make_node("Flatten", ["c"], ["y"])]
    inputs = [VALUE("x", TensorProto.FLOAT, [None, CHANNELS, HEIGHT, WIDTH])]
    data = written(nodes, [weights], inputs, [VALUE("y", TensorProto.FLOAT, [None, None])])
    assert rejection(data).code is ModelCode.GIANT


def test_a_window_that_asks_for_gigabytes_meets_the_cage():
    weights = numpy_helper.from_array(np.ones((1, CHANNELS, 3, 3), np.float32), "k")
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"], pads=[60_000, 60_000, 60_000, 60_000]),
        helper.make_node("Flatten", ["c"], ["y"]),
    ]
    inputs = [VALUE("x", TensorProto.FLOAT, [None, CHANNELS, HEIGHT, WIDTH])]
    data = written(nodes, [weights], inputs, [VALUE("y", TensorProto.FLOAT, [None, None])])
    with pytest.raises(ModelRejected), opened(data):
        raise AssertionError


def test_a_batch_that_does_not_fit_the_interface_never_reaches_the_child():
    with opened(network()) as model:
        for wrong in (batch(pictures()[:, :-1]), Batch(np.zeros((2, 0)))):
            with pytest.raises(ValueError, match="images"):
                model.answers(wrong)
        assert model.answers(batch(pictures(2))).shape == (2, 2)


# weights at random


def test_a_copy_with_weights_at_random_is_another_model_and_the_same_for_its_seed():
    pixels = pictures()
    with (
        opened(network()) as own,
        opened(network(), 7) as copy,
        opened(network(), 7) as again,
        opened(network(), 8) as other,
    ):
        answers = [model.answers(batch(pixels)) for model in (own, copy, again, other)]
    assert np.array_equal(answers[1], answers[2])
    assert np.abs(answers[0] - answers[1]).max() > 0.05
    assert np.abs(answers[1] - answers[3]).max() > 0.05
    assert np.array_equal(answers[0], model_load(network(), interface()).answers(batch(pixels)))


def test_only_weights_change_places_and_none_is_lost():
    before, after = (onnx_read(network(), DEFAULT) for _ in range(2))
    weights_exchanged(after, 3)
    pairs = zip(before.graph.initializer, after.graph.initializer, strict=True)
    arrays = {first.name: (numpy_helper.to_array(first), numpy_helper.to_array(second)) for first, second in pairs}
    for name, (first, second) in arrays.items():
        assert np.array_equal(np.sort(first, axis=None), np.sort(second, axis=None))
        assert np.array_equal(first, second) == (name not in ("k", "d"))
    assert before.graph.node == after.graph.node


def test_weights_are_found_behind_constants_and_quantisation():
    weights = np.random.default_rng(0).integers(-90, 90, (4, CHANNELS, 3, 3)).astype(np.int8)
    held = helper.make_node("Constant", [], ["q"], value=numpy_helper.from_array(weights, "q"))
    tensors = [numpy_helper.from_array(np.array(0.01, np.float32), "s")]
    nodes = [
        held,
        helper.make_node("DequantizeLinear", ["q", "s"], ["k"]),
        helper.make_node("Conv", ["x", "k"], ["c"]),
        helper.make_node("GlobalMaxPool", ["c"], ["p"]),
        helper.make_node("Flatten", ["p"], ["y"]),
    ]
    inputs = [VALUE("x", TensorProto.FLOAT, [None, CHANNELS, HEIGHT, WIDTH])]
    data = written(nodes, tensors, inputs, [VALUE("y", TensorProto.FLOAT, [None, 4])])
    own, copy = (model_load(data, interface(), randomised=seed).answers(batch(pictures())) for seed in (None, 1))
    assert np.abs(own - copy).max() > 0.01


def test_a_model_without_weights_has_no_copy():
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Flatten", ["p"], ["y"])]
    inputs = [VALUE("x", TensorProto.FLOAT, [None, CHANNELS, HEIGHT, WIDTH])]
    data = written(nodes, [], inputs, [VALUE("y", TensorProto.FLOAT, [None, 3])])
    with pytest.raises(ModelRejected, match="no weights"), opened(data, 1):
        raise AssertionError
    with pytest.raises(Rejected) as caught:
        model_load(seeds()["xgboost-json"], numbers(), randomised=1)
    assert caught.value.code is ModelCode.WEIGHTS


def test_a_network_over_numbers_has_copies_too():
    data = rows(gaps=False)
    weights = numpy_helper.from_array(np.arange(8, dtype=np.float32).reshape(4, 2), "w")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    model = written(nodes, [weights], [VALUE("x", 1, [None, 4])], [VALUE("y", 1, [None, 2])])
    own, copy = (model_load(model, numbers(), randomised=seed).answers(Batch(data)) for seed in (None, 5))
    assert not np.array_equal(own, copy)


def test_the_example_is_as_large_as_it_says():
    assert pictures().shape == (40, SIZE)
    assert interface().cells == SIZE
