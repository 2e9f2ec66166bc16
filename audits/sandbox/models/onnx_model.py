"""ONNX models in the cage: the checked model written anew, run by ONNX Runtime on one thread without optimisations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from audits.interface import Interface
from audits.sandbox.limits import Limits
from audits.sandbox.models.forest import trees_proved
from audits.sandbox.models.inputs import features_fit
from audits.sandbox.models.onnx_check import onnx_read
from audits.sandbox.models.onnx_images import image_feed
from audits.sandbox.models.onnx_random import weights_exchanged
from audits.sandbox.models.onnx_trees import onnx_trees
from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.trees import Floats, Trees

RUNTIME = f"onnxruntime {onnxruntime.__version__}"
MOST_OUTPUTS = 1_000
PROBE_ROWS = 2

_NUMBERS: dict[int, Any] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.DOUBLE: np.float64,
    TensorProto.FLOAT16: np.float16,
    TensorProto.INT8: np.int8,
    TensorProto.INT16: np.int16,
    TensorProto.INT32: np.int32,
    TensorProto.INT64: np.int64,
    TensorProto.UINT8: np.uint8,
    TensorProto.UINT16: np.uint16,
    TensorProto.UINT32: np.uint32,
    TensorProto.UINT64: np.uint64,
    TensorProto.BOOL: np.bool_,
}
_ANSWERS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)

Feed = Callable[[Batch], npt.NDArray[Any]]


@dataclass
class OnnxModel:
    """Answers the first output of real numbers: class probabilities, scores, or values."""

    session: Any
    feeds: Mapping[str, Feed]
    output: str
    outputs: int = 0
    trees: Trees | None = None
    format: str = "onnx"
    runtime: str = RUNTIME

    def answers(self, batch: Batch) -> Floats:
        """Float64[rows, outputs]. Raises ValueError if a whole-number input meets a missing value."""
        with np.errstate(over="ignore"):
            fed = {name: feed(batch) for name, feed in self.feeds.items()}
        (found,) = self.session.run([self.output], fed)
        answers = np.asarray(found, np.float64)
        return answers[:, None] if answers.ndim == 1 else answers


def onnx_load(
    data: bytes, form: str, interface: Interface, limits: Limits, *, randomised: int | None = None
) -> OnnxModel:
    """The model in `data`; with a seed in `randomised` a copy with its weights at random. Raises Rejected."""
    checked = onnx_read(data, limits)
    if randomised is not None:
        checked = weights_exchanged(checked, randomised)
    feeds = _feeds(checked, interface)
    model = OnnxModel(_session(checked), feeds, _output(checked).name)
    model.outputs = _width(model, _output(checked), interface)
    if interface.image is None:
        model.trees = trees_proved(onnx_trees(checked, model.output, len(interface.features)), model)
    return model


def _session(checked: ModelProto) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Optimising folds constants while loading: a tiny file becomes a giant before its first row.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(checked.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises a class of its own for each kind of failure
        raise Rejected(ModelCode.LOADER, detail=str(error)) from None


def _feeds(checked: ModelProto, interface: Interface) -> dict[str, Feed]:
    constants = {tensor.name for tensor in checked.graph.initializer}
    inputs = [value for value in checked.graph.input if value.name not in constants]
    for value in inputs:
        if not value.type.HasField("tensor_type"):
            raise Rejected(ModelCode.VALUE, detail=value.name)
    if interface.image is not None:
        if len(inputs) != 1:
            raise Rejected(ModelCode.IMAGE, detail=f"{len(inputs)} inputs")
        return {inputs[0].name: image_feed(inputs[0], interface.image)}
    for value in inputs:
        _rows_check(value)
    if len(inputs) == 1 and len(_sizes(inputs[0])) == 2:
        return {inputs[0].name: _matrix(inputs[0], interface)}
    return _by_name(inputs, interface)


def _sizes(value: ValueInfoProto) -> list[int | None]:
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in value.type.tensor_type.shape.dim]


def _rows_check(value: ValueInfoProto) -> None:
    sizes = _sizes(value)
    if len(sizes) not in (1, 2) or (sizes[0] or 0) > 0:
        raise Rejected(ModelCode.INPUT, detail=f"{value.name}: shape {sizes}")


def _matrix(value: ValueInfoProto, interface: Interface) -> Feed:
    """One tensor [n, F]: all features in order, or all texts."""
    wanted = _sizes(value)[1]
    if value.type.tensor_type.elem_type == TensorProto.STRING:
        if interface.features or wanted not in (None, len(interface.texts)):
            raise Rejected(ModelCode.INPUT, detail=f"{value.name}: {wanted or 'any number of'} texts")
        return lambda batch: np.stack([_texts(text) for text in batch.texts], axis=1)
    if interface.texts:
        raise Rejected(ModelCode.TEXT, detail=interface.texts[0])
    features_fit(interface, len(interface.features) if wanted is None else wanted)
    return _numbers(value, slice(None), 2)


def _by_name(inputs: list[ValueInfoProto], interface: Interface) -> dict[str, Feed]:
    """One tensor an input of the interface, by name."""
    by_name = {value.name: value for value in inputs}
    if set(by_name) != set(interface.columns):
        odd = sorted(set(by_name) ^ set(interface.columns))
        raise Rejected(ModelCode.INPUT, detail=odd[0] if odd else "", number=len(inputs))
    feeds: dict[str, Feed] = {}
    first = text = 0
    for one in interface.inputs:
        value, width = by_name[one.column], len(one.features)
        if (value.type.tensor_type.elem_type == TensorProto.STRING) != (one.how == "text"):
            raise Rejected(ModelCode.INPUT, detail=f"{one.column}: text or number")
        sizes = _sizes(value)
        if len(sizes) == 2 and sizes[1] not in (None, width or 1):
            raise Rejected(ModelCode.INPUT, detail=f"{one.column}: shape {sizes}")
        if one.how == "text":
            feeds[one.column] = _text(text, len(sizes))
            text += 1
        else:
            feeds[one.column] = _numbers(value, slice(first, first + width), len(sizes))
            first += width
    return feeds


def _numbers(value: ValueInfoProto, columns: slice, rank: int) -> Feed:
    kind = value.type.tensor_type.elem_type
    if kind not in _NUMBERS:
        raise Rejected(ModelCode.INPUT, detail=f"{value.name}: element type {kind}")
    dtype = np.dtype(_NUMBERS[kind])

    def feed(batch: Batch) -> npt.NDArray[Any]:
        part = batch.numbers[:, columns]
        if dtype.kind in "iub" and not np.isfinite(part).all():
            raise ValueError("a whole-number input has no place for a missing value")
        part = np.ascontiguousarray(part.astype(dtype))
        return part[:, 0] if rank == 1 else part

    return feed


def _text(place: int, rank: int) -> Feed:
    return lambda batch: _texts(batch.texts[place]) if rank == 1 else _texts(batch.texts[place])[:, None]


def _texts(text: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(text, dtype=object)


def _output(checked: ModelProto) -> ValueInfoProto:
    """The first output of real numbers with one row a row. Raises Rejected if there is none."""
    value: ValueInfoProto
    for value in checked.graph.output:
        if not value.type.HasField("tensor_type"):
            raise Rejected(ModelCode.ZIPMAP, detail=value.name)
        shape = value.type.tensor_type
        if shape.elem_type in _ANSWERS and (not shape.HasField("shape") or len(shape.shape.dim) in (1, 2)):
            return value
    raise Rejected(ModelCode.OUTPUT, detail=", ".join(_kind(value) for value in checked.graph.output))


def _kind(value: ValueInfoProto) -> str:
    kind = value.type.tensor_type.elem_type
    known = kind in TensorProto.DataType.values()
    return f"{value.name} ({helper.tensor_dtype_to_string(kind) if known else kind})"


def _width(model: OnnxModel, value: ValueInfoProto, interface: Interface) -> int:
    """How many numbers a row gets: asked of the model, else as it states."""
    sizes = _sizes(value)
    stated = 1 if len(sizes) == 1 else sizes[1] if len(sizes) == 2 else None
    empty = np.full(PROBE_ROWS, "", dtype=object)
    batch = Batch(np.zeros((PROBE_ROWS, len(interface.features))), (empty,) * len(interface.texts), _black(interface))
    try:
        found = model.answers(batch)
    except MemoryError:
        raise
    except Exception as error:  # a model may refuse zeros and empty texts: then its word has to do
        if not stated or interface.image is not None:  # a black image is one like any other
            raise Rejected(ModelCode.LOADER, detail=str(error)) from None
        return stated
    if found.ndim != 2 or len(found) != PROBE_ROWS or not 1 <= found.shape[1] <= MOST_OUTPUTS:
        raise Rejected(ModelCode.OUTPUT, detail=f"{value.name} with shape {list(found.shape)}")
    return int(found.shape[1])


def _black(interface: Interface) -> npt.NDArray[np.uint8] | None:
    return None if interface.image is None else np.zeros((PROBE_ROWS, interface.image.bytes), np.uint8)


def golden(form: str) -> bytes:
    """A model of one product, to warm the library with."""
    float_type = TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "golden",
        [helper.make_tensor_value_info("x", float_type, [None, 1])],
        [helper.make_tensor_value_info("y", float_type, [None, 1])],
        [helper.make_tensor("w", float_type, [1, 1], [2.0])],
    )
    opset = helper.make_operatorsetid("", 17)
    return bytes(helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())
