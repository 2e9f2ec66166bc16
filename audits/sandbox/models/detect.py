"""What a model file is, by its first bytes and never by its name. It unpacks and runs nothing, and imports little."""

import re
from typing import Literal

from audits.sandbox.formats.magic import is_pickle
from audits.sandbox.models.shape import ModelCode

HEAD = 64 * 1024

Form = Literal["onnx", "xgboost-json", "xgboost-ubj", "skops", "lightgbm-text"]

_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"]\x00\x00", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd")
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_ARCHIVES = (b"PK", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SKOPS_MEMBER = re.compile(rb"(schema\.json|\d+\.(npy|npz))")
# ModelProto: ir_version, producer name and version, domain, model_version, doc_string, graph, opsets, metadata, ...
_ONNX_FIELDS = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}


def form_of_model(head: bytes) -> Form | Literal["refused"]:
    """The format of a model file that begins with `head` (up to HEAD bytes)."""
    found = _known(head)
    return "refused" if isinstance(found, ModelCode) else found


def why_refused(head: bytes) -> ModelCode:
    """Why `form_of_model` refuses it."""
    found = _known(head)
    return found if isinstance(found, ModelCode) else ModelCode.FORMAT


def _known(head: bytes) -> Form | ModelCode:
    for form in (_wrapped(head), _text(head)):
        if form is not None:
            return form
    if _is_onnx(head):
        return "onnx"
    return ModelCode.PICKLE if is_pickle(head) else ModelCode.FORMAT


def _wrapped(head: bytes) -> Form | ModelCode | None:
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    if head.startswith(_HDF5):
        return ModelCode.KERAS
    if head.startswith(_COMPRESSED + _ZLIB):
        return ModelCode.COMPRESSED
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        return ModelCode.ARCHIVE
    return ModelCode.PICKLE if len(head) > 1 and head[0] == 0x80 and head[1] <= 5 else None


def _zip(head: bytes) -> Form | ModelCode:
    """A zip by its first member: skops writes numbered arrays and schema.json, PyTorch and Keras their own names."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if _SKOPS_MEMBER.fullmatch(name):
        return "skops"
    if name.endswith((b"data.pkl", b"/.format_version", b"/.data/serialization_id", b"/byteorder")):
        return ModelCode.TORCH
    return ModelCode.KERAS if name in (b"metadata.json", b"config.json", b"model.weights.h5") else ModelCode.ARCHIVE


def _text(head: bytes) -> Form | None:
    if head.startswith((b"tree\n", b"tree\r\n")):
        return "lightgbm-text"
    if head.startswith(b"{L\x00\x00\x00\x00\x00\x00\x00"):
        return "xgboost-ubj"
    return "xgboost-json" if re.match(rb'\s{0,64}\{\s{0,64}"(learner|version)"', head) else None


def _is_onnx(head: bytes) -> bool:
    """Whether the bytes read as ModelProto's fields, from its version to its graph or to the end of `head`."""
    place, seen = 0, set()
    while place < len(head):
        tag, place = _varint(head, place)
        field, wire = tag >> 3, tag & 7
        if _ONNX_FIELDS.get(field) != wire:
            return False
        seen.add(field)
        size, place = _varint(head, place)
        if field == 7:
            break
        place += size if wire == 2 else 0
    return 1 in seen and bool(seen & {7, 8})


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            return value, place
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return value, place
