"""Shapes in an ONNX graph that ask for a giant: a few bytes that become gigabytes."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, helper, numpy_helper

from audits.sandbox.models.onnx_ops import SIZE_INPUTS, WINDOWED
from audits.sandbox.models.shape import ModelCode, Rejected

MOST_DIMENSIONS = 8
# A tensor is at hand several times over while it is computed.
BYTES_AN_ELEMENT = 32
LONGEST_WINDOW = 65_536


def elements(dims: Iterable[int], name: str) -> int:
    """How many elements a tensor of this shape has. Raises Rejected for a shape that is none."""
    sizes = list(dims)
    if len(sizes) > MOST_DIMENSIONS or any(size < 0 for size in sizes):
        raise Rejected(ModelCode.TENSOR, detail=f"{name}: its shape")
    return math.prod(sizes)


def _constants(graph: GraphProto) -> dict[str, Any]:
    """Small constants by name, as arrays."""
    found = {}
    for tensor in graph.initializer:
        if elements(tensor.dims, tensor.name) <= MOST_DIMENSIONS:
            found[tensor.name] = numpy_helper.to_array(tensor)
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.output:
            found[node.output[0]] = _constant(node.attribute[0])
    return found


def _constant(attribute: AttributeProto) -> Any:
    if attribute.type == AttributeProto.TENSOR:
        small = elements(attribute.t.dims, attribute.name) <= MOST_DIMENSIONS
        return numpy_helper.to_array(attribute.t) if small else np.zeros(0)
    return np.array(helper.get_attribute_value(attribute))


def giants_check(graph: GraphProto, most: int) -> None:
    """A constant that asks for more than `most` elements is refused here.

    What is computed on the way, and so known to no reader, meets the cage's memory limit.
    """
    constants = _constants(graph)
    for node in graph.node:
        if node.op_type in WINDOWED and _widest(node) > LONGEST_WINDOW:
            raise Rejected(ModelCode.GIANT, detail=node.op_type, number=LONGEST_WINDOW)
        if node.op_type in SIZE_INPUTS:
            asked = max(_product(node, place, constants) for place in SIZE_INPUTS[node.op_type])
        elif node.op_type == "Range":
            asked = _range_length([constants.get(name) for name in node.input])
        elif node.op_type in ("OneHot", "Pad"):
            asked = _largest(constants.get(node.input[1]) if len(node.input) > 1 else None)
        else:
            continue
        if not asked <= most:
            raise Rejected(ModelCode.GIANT, detail=node.op_type, number=most)


def _widest(node: NodeProto) -> float:
    """The largest number among pads, strides, kernels and sizes: beyond LONGEST_WINDOW no picture has a side."""
    return max((abs(number) for part in node.attribute for number in part.ints), default=0)


def _product(node: NodeProto, place: int, constants: Mapping[str, Any]) -> float:
    value = constants.get(node.input[place]) if len(node.input) > place else None
    if not _numeric(value):
        return 0
    sizes = np.abs(np.asarray(value, np.float64))
    return float(np.where(sizes == 0, 1, sizes).prod())


def _range_length(parts: list[Any]) -> float:
    if len(parts) != 3 or not all(_numeric(part) and part.size == 1 for part in parts):
        return 0
    start, limit, step = (float(part.ravel()[0]) for part in parts)
    return abs(limit - start) / abs(step) if step else math.inf


def _largest(value: Any) -> float:
    return float(np.abs(value.astype(np.float64)).max()) if _numeric(value) and value.size else 0


def _numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
