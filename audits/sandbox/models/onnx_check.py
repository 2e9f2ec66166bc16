"""An ONNX model walked piece by piece before a runtime sees it, and written anew without what a model does not need.

Refused: data outside the file (in any tensor, wherever it stands), sparse tensors, functions, graphs inside graphs,
operators that are not listed in onnx_ops, domains other than ai.onnx and ai.onnx.ml, tensors whose length is not that
of their shape, and shapes that ask for more than the cage may hold.
"""

from typing import Any

import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, numpy_helper

from audits.sandbox.limits import Limits
from audits.sandbox.models.onnx_giants import BYTES_AN_ELEMENT, MOST_DIMENSIONS, elements, giants_check
from audits.sandbox.models.onnx_lengths import lengths_check
from audits.sandbox.models.onnx_ops import ALLOWED, ML, ONNX
from audits.sandbox.models.shape import ModelCode, Rejected

MOST_BYTES = 256 * 1024**2
MOST_NODES = 20_000
MOST_TENSORS = 50_000
MOST_STRINGS = 16 * 1024**2
MOST_ELEMENTS = 256 * 1024**2
LONGEST_NAME = 1_000
OLDEST_OPSET = 7

_FIELDS: dict[int, tuple[str, int]] = {
    # element type: the field that holds it when raw_data does not, and bytes an element in raw_data
    TensorProto.FLOAT: ("float_data", 4),
    TensorProto.DOUBLE: ("double_data", 8),
    TensorProto.FLOAT16: ("int32_data", 2),
    TensorProto.INT8: ("int32_data", 1),
    TensorProto.INT16: ("int32_data", 2),
    TensorProto.INT32: ("int32_data", 4),
    TensorProto.INT64: ("int64_data", 8),
    TensorProto.UINT8: ("int32_data", 1),
    TensorProto.UINT16: ("int32_data", 2),
    TensorProto.UINT32: ("uint64_data", 4),
    TensorProto.UINT64: ("uint64_data", 8),
    TensorProto.BOOL: ("int32_data", 1),
    TensorProto.STRING: ("string_data", 0),
}
_PLAIN = {
    AttributeProto.FLOAT: "f",
    AttributeProto.INT: "i",
    AttributeProto.STRING: "s",
    AttributeProto.FLOATS: "floats",
    AttributeProto.INTS: "ints",
    AttributeProto.STRINGS: "strings",
    AttributeProto.TENSOR: "t",
}
_VALUES = ("f", "i", "s", "t", "g", "sparse_tensor", "tp", "floats", "ints", "strings", "tensors", "graphs")


def onnx_read(data: bytes, limits: Limits) -> ModelProto:
    """The checked model, written anew. Raises Rejected."""
    if len(data) > MOST_BYTES:
        raise Rejected(ModelCode.SIZE, number=MOST_BYTES)
    try:
        model = onnx.load_from_string(data)
    except (DecodeError, ValueError):
        raise Rejected(ModelCode.BROKEN, detail="ONNX") from None
    if model.functions:
        raise Rejected(ModelCode.FUNCTION)
    fresh = ModelProto(ir_version=min(model.ir_version, onnx.IR_VERSION), graph=_graph(model.graph, limits))
    fresh.opset_import.extend(_opsets(model, {node.domain for node in fresh.graph.node}))
    fresh.DiscardUnknownFields()
    return fresh


def _opsets(model: ModelProto, used: set[str]) -> list[onnx.OperatorSetIdProto]:
    """The imports that nodes use. An import that nothing uses is dropped."""
    found: dict[str, int] = {}
    for stated in model.opset_import:
        domain = _domain(_name(stated.domain))
        if found.setdefault(domain, stated.version) != stated.version:
            raise Rejected(ModelCode.OPSET, detail=f"{domain or 'ai.onnx'} imported in two versions")
    newest = {ONNX: onnx.defs.onnx_opset_version(), ML: onnx.defs.onnx_ml_opset_version()}
    oldest = {ONNX: OLDEST_OPSET, ML: 1}
    for domain in used:
        if not oldest[domain] <= found.get(domain, 0) <= newest[domain]:
            raise Rejected(ModelCode.OPSET, detail=f"{domain or 'ai.onnx'} {found.get(domain, 0)}")
    return [onnx.helper.make_operatorsetid(domain, found[domain]) for domain in sorted(used)]


def _domain(name: str) -> str:
    return ONNX if name == "ai.onnx" else name


def _graph(graph: GraphProto, limits: Limits) -> GraphProto:
    if not graph.node or len(graph.node) > MOST_NODES:
        raise Rejected(ModelCode.NODES, number=MOST_NODES)
    if graph.sparse_initializer:
        raise Rejected(ModelCode.TENSOR, detail="sparse initializer")
    tensors = _Tensors()
    fresh = GraphProto(name="model")
    for tensor in graph.initializer:
        fresh.initializer.append(tensors.checked(tensor))
    for node in graph.node:
        fresh.node.append(_node(node, tensors))
    fresh.input.extend(_value(value) for value in graph.input)
    fresh.output.extend(_value(value) for value in graph.output)
    _order_check(fresh)
    _training_check(fresh)
    giants_check(fresh, limits.address_space // BYTES_AN_ELEMENT)
    return fresh


class _Tensors:
    """Checks tensors, and what all of them hold together."""

    def __init__(self) -> None:
        self._count = self._elements = self._strings = 0

    def checked(self, tensor: TensorProto) -> TensorProto:
        """A copy with name, shape and values alone."""
        name = _name(tensor.name)
        if tensor.data_location != TensorProto.DEFAULT or tensor.external_data:
            raise Rejected(ModelCode.EXTERNAL, detail=name)
        if tensor.data_type not in _FIELDS or tensor.HasField("segment"):
            raise Rejected(ModelCode.TENSOR, detail=f"{name}: element type {tensor.data_type}")
        count = elements(tensor.dims, name)
        field = self._field(tensor, count, name)
        self._add(count, sum(map(len, tensor.string_data)))
        fresh = TensorProto(name=name, data_type=tensor.data_type, dims=tensor.dims)
        if field == "raw_data":
            fresh.raw_data = tensor.raw_data
        else:
            getattr(fresh, field).extend(getattr(tensor, field))
        return fresh

    def _field(self, tensor: TensorProto, elements: int, name: str) -> str:
        """The one field that holds the values; its length is the shape's."""
        field, width = _FIELDS[tensor.data_type]
        if tensor.HasField("raw_data") and width and not getattr(tensor, field):
            field, length = "raw_data", len(tensor.raw_data) / width
        else:
            length = len(getattr(tensor, field))
        if length != elements:
            raise Rejected(ModelCode.TENSOR, detail=f"{name}: another length than its shape")
        return field

    def _add(self, elements: int, strings: int) -> None:
        self._count += 1
        self._elements += elements
        self._strings += strings
        if self._count > MOST_TENSORS or self._elements > MOST_ELEMENTS or self._strings > MOST_STRINGS:
            raise Rejected(ModelCode.SIZE, number=MOST_BYTES)


def _node(node: NodeProto, tensors: _Tensors) -> NodeProto:
    domain = _domain(_name(node.domain))
    if domain not in (ONNX, ML):
        raise Rejected(ModelCode.DOMAIN, detail=f"{node.domain}.{node.op_type}")
    if (domain, _name(node.op_type)) not in ALLOWED:
        raise Rejected(ModelCode.OPERATOR, detail=node.op_type)
    if node.overload:
        raise Rejected(ModelCode.FUNCTION)
    fresh = NodeProto(op_type=node.op_type, domain=domain, name=_name(node.name))
    fresh.input.extend(map(_name, node.input))
    fresh.output.extend(map(_name, node.output))
    seen = set()
    for attribute in node.attribute:
        if attribute.name in seen:
            raise Rejected(ModelCode.DUPLICATE, detail=attribute.name)
        seen.add(attribute.name)
        fresh.attribute.append(_attribute(attribute, node.op_type, tensors))
    lengths_check(fresh)
    return fresh


def _attribute(attribute: AttributeProto, operator: str, tensors: _Tensors) -> AttributeProto:
    field = _PLAIN.get(attribute.type)
    odd = attribute.ref_attr_name or any(_filled(attribute, other) for other in _VALUES if other != field)
    if field is None or odd:
        raise Rejected(ModelCode.TENSOR, detail=f"{operator}: attribute {attribute.name}")
    fresh = AttributeProto(name=_name(attribute.name), type=attribute.type)
    value = getattr(attribute, field)
    if field == "t":
        fresh.t.CopyFrom(tensors.checked(value))
    elif field in ("f", "i", "s"):
        setattr(fresh, field, value)
    else:
        getattr(fresh, field).extend(value)
    return fresh


def _filled(attribute: AttributeProto, field: str) -> bool:
    value: Any = getattr(attribute, field)
    if field in ("t", "g", "sparse_tensor", "tp"):
        return bool(attribute.HasField(field))
    return bool(value)


def _value(value: onnx.ValueInfoProto) -> onnx.ValueInfoProto:
    """An input or output with its name and tensor type alone; sequences of maps stay, to be named later."""
    kind = value.type.WhichOneof("value")
    fresh = onnx.ValueInfoProto(name=_name(value.name))
    if kind == "tensor_type":
        _shape(value.type.tensor_type, fresh.type.tensor_type, fresh.name)
    elif kind == "sequence_type" and value.type.sequence_type.elem_type.WhichOneof("value") == "map_type":
        fresh.type.CopyFrom(value.type)
    else:
        raise Rejected(ModelCode.VALUE, detail=f"{value.name}: {kind}")
    return fresh


def _shape(stated: Any, fresh: Any, name: str) -> None:
    """Element type and sizes; a size with a name is an open one."""
    fresh.elem_type = stated.elem_type
    if not stated.HasField("shape"):
        return
    fresh.shape.SetInParent()
    if len(stated.shape.dim) > MOST_DIMENSIONS:
        raise Rejected(ModelCode.VALUE, detail=f"{name}: its shape")
    for size in stated.shape.dim:
        known = size.HasField("dim_value") and size.dim_value >= 0
        fresh.shape.dim.add(**({"dim_value": size.dim_value} if known else {}))


def _name(name: Any) -> str:
    """protobuf gives a text that is not UTF-8 as bytes."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME or "\0" in name:
        raise Rejected(ModelCode.GRAPH, detail="a name that is too long, or no text")
    return name


def _training_check(graph: GraphProto) -> None:
    """Dropout draws random numbers while it trains, and it trains if its third input is not plainly false."""
    bools = [tensor for tensor in graph.initializer if tensor.data_type == TensorProto.BOOL]
    off = {"", *(tensor.name for tensor in bools if not numpy_helper.to_array(tensor).any())}
    for node in graph.node:
        if node.op_type == "Dropout" and any(name not in off for name in node.input[2:]):
            raise Rejected(ModelCode.OPERATOR, detail="Dropout in training")


def _order_check(graph: GraphProto) -> None:
    """Every value has one maker, which stands before whoever uses it: so no walk can loop."""
    known = {tensor.name for tensor in graph.initializer} | {value.name for value in graph.input}
    made: set[str] = set()
    for node in graph.node:
        for name in node.input:
            if name and name not in known:
                raise Rejected(ModelCode.GRAPH, detail=f"{name} is used before it is made")
        for name in node.output:
            if name and (name in known or name in made):
                raise Rejected(ModelCode.GRAPH, detail=f"{name} is made twice")
            made.add(name)
        known |= set(node.output)
    for value in graph.output:
        if value.name not in known:
            raise Rejected(ModelCode.GRAPH, detail=f"{value.name} is never made")
