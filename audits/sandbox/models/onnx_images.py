"""The one image input of an ONNX model: raw pixels become a float tensor of four dimensions, here in the cage."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, ValueInfoProto

from audits.images import Image
from audits.sandbox.models.shape import Batch, ModelCode, Rejected

_FLOATS: Mapping[int, Any] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.DOUBLE: np.float64,
    TensorProto.FLOAT16: np.float16,
}


def image_feed(value: ValueInfoProto, image: Image) -> Callable[[Batch], npt.NDArray[Any]]:
    """What turns a batch into the tensor of input `value`. Raises Rejected if the input is another one."""
    tensor = value.type.tensor_type
    if tensor.elem_type not in _FLOATS:
        raise Rejected(ModelCode.IMAGE, detail=f"{value.name}: element type {tensor.elem_type}, not float")
    stated = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
    wanted = _laid(image.shape, image)
    fits = len(stated) == 4 and not stated[0]
    if not fits or any(size not in (None, want) for size, want in zip(stated[1:], wanted, strict=True)):
        said = ", ".join("n" if size is None else str(size) for size in stated)
        raise Rejected(ModelCode.IMAGE, detail=f"{value.name} is [{said}], the interface makes [n, {_said(wanted)}]")
    dtype = np.dtype(_FLOATS[tensor.elem_type])
    scale, mean, std = (np.asarray(part, np.float32) for part in (image.scale, image.mean, image.std))

    def feed(batch: Batch) -> npt.NDArray[Any]:
        if batch.images is None:
            raise ValueError("no images in the batch")
        pixels = batch.images.reshape(-1, *image.shape).astype(np.float32)
        pixels = (pixels * scale - mean) / std
        if image.layout == "NCHW":
            pixels = pixels.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(pixels, dtype)

    return feed


def _laid(shape: tuple[int, int, int], image: Image) -> tuple[int, int, int]:
    height, width, channels = shape
    return (channels, height, width) if image.layout == "NCHW" else shape


def _said(sizes: tuple[int, ...]) -> str:
    return ", ".join(map(str, sizes))
