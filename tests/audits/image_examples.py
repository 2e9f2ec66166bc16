"""Small pictures, a small network over them in ONNX, and the interface between them."""

from typing import Any

import numpy as np
import pyarrow as pa
from onnx import TensorProto, helper, numpy_helper

from audits.interface import Interface, interface_parse

HEIGHT, WIDTH, CHANNELS = 8, 12, 3
SIZE = HEIGHT * WIDTH * CHANNELS
OUTPUT = {"column": "said", "means": "class", "classes": ["dark", "light"], "confidence": "share"}


def interface(**changes: Any) -> Interface:
    """The picture as NCHW, scaled to -1 .. 1; `changes` to the input."""
    given = {"column": "photo", "as": "image", "height": HEIGHT, "width": WIDTH, "channels": CHANNELS}
    given |= {"layout": "NCHW", "scale": 1 / 255, "mean": [0.5] * CHANNELS, "std": [0.5] * CHANNELS}
    return interface_parse({"inputs": [{**given, **changes}], "output": OUTPUT})


def pictures(count: int = 40, seed: int = 5) -> np.ndarray:
    """Uint8[count, SIZE]: noise, every other one with a bright upper left corner."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 120, (count, HEIGHT, WIDTH, CHANNELS))
    found[::2, :4, :4] += 120
    return found.astype(np.uint8).reshape(count, -1)


def network(layout: str = "NCHW", sizes: tuple[Any, ...] | None = None, element: int = TensorProto.FLOAT) -> bytes:
    """Convolution, norm, pooling, a product, shares: what small networks are made of, with fixed weights."""
    rng = np.random.default_rng(3)
    kernels = rng.normal(0, 0.5, (4, CHANNELS, 3, 3)).astype(np.float32)
    dense = rng.normal(0, 0.5, (4 * (HEIGHT // 2) * (WIDTH // 2), 2)).astype(np.float32)
    tensors = [numpy_helper.from_array(kernels, "k"), numpy_helper.from_array(dense, "d")]
    tensors += [numpy_helper.from_array(np.full(4, value, np.float32), name) for name, value in _NORM.items()]
    tensors += [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in (("lo", 0), ("hi", 6))]
    first = [helper.make_node("Transpose", ["x"], ["n"], perm=[0, 3, 1, 2])] if layout == "NHWC" else []
    nodes = [
        *first,
        helper.make_node("Conv", ["n" if first else "x", "k"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c", *_NORM], ["b"]),
        helper.make_node("HardSwish", ["b"], ["w"]),
        helper.make_node("Clip", ["w", "lo", "hi"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "d"], ["m"]),
        helper.make_node("Softmax", ["m"], ["y"], axis=1),
    ]
    shape = sizes or ((CHANNELS, HEIGHT, WIDTH) if layout == "NCHW" else (HEIGHT, WIDTH, CHANNELS))
    inputs = [helper.make_tensor_value_info("x", element, [None, *shape])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])]
    return written(nodes, tensors, inputs, outputs)


_NORM = {"scale": 1.2, "bias": 0.1, "mean": 0.0, "var": 1.0}


def written(nodes: list[Any], tensors: list[Any], inputs: list[Any], outputs: list[Any]) -> bytes:
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_operatorsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def cells(pixels: np.ndarray, null: tuple[int, ...] = ()) -> pa.Array:
    """The pictures as fixed-size binary; the rows of `null` are not there."""
    values = [None if place in null else bytes(row) for place, row in enumerate(pixels)]
    return pa.array(values, pa.binary(pixels.shape[1]))
