"""A skops file walked node by node and written anew: a zip of schema.json and arrays, and in both nothing but data.

The new file has the same structure with fresh arrays, no identities (so no cycles), and only nodes that stand for data
or for a type on our list. skops never sees the zip that was sent.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from tokenize import TokenError
from typing import Any

import numpy as np
import numpy.typing as npt

from audits.sandbox.limits import Limits
from audits.sandbox.models.json_text import json_read
from audits.sandbox.models.shape import ModelCode, Rejected
from audits.sandbox.models.skops_types import DICTS, LOSSES, OBJECTS, PLAIN, SCALARS, SET_ASIDE, TREE

MOST_MEMBERS = 100_000
MOST_SCHEMA = 128 * 1024**2
LONGEST_TEXT = 1_000_000
DEEPEST = 100
PROTOCOL = 2
_END, _END_SIZE = b"PK\x05\x06", 22  # the end of a zip without a comment

_MEMBER = re.compile(r"schema\.json|[0-9]{1,20}\.npy")
# zipfile says NotImplementedError of a compression or a version that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError)
State = dict[str, Any]


def skops_read(data: bytes, limits: Limits) -> bytes:
    """The checked file, written anew. Raises Rejected."""
    if data[-_END_SIZE : -_END_SIZE + 4] != _END:
        raise Rejected(ModelCode.BROKEN, detail="skops: bytes after the end, or no end")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            members = members_checked(source, len(data), limits)
            if members.get("schema.json", MOST_SCHEMA + 1) > MOST_SCHEMA:
                raise Rejected(ModelCode.MEMBER, detail="schema.json")
            return _Walk(source, members).written()
    except _DAMAGED as error:
        raise Rejected(ModelCode.BROKEN, detail=f"skops: {error}") from None
    except RecursionError:
        raise Rejected(ModelCode.DEPTH, number=DEEPEST) from None


def members_checked(source: zipfile.ZipFile, size: int, limits: Limits) -> dict[str, int]:
    """The members' sizes by name, none of them read yet."""
    found: dict[str, int] = {}
    packed = 0
    for member in source.infolist():
        odd = member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if odd or member.filename in found or not _MEMBER.fullmatch(member.orig_filename) or len(found) > MOST_MEMBERS:
            raise Rejected(ModelCode.MEMBER, detail=member.filename)
        found[member.filename] = member.file_size
        packed += member.compress_size
    most = min(limits.unpacked, limits.address_space // 4)
    total = sum(found.values())
    if total > most or packed > size or (total > limits.ratio_from and total > limits.ratio * size):
        raise Rejected(ModelCode.BOMB, number=most)
    return found


class _Walk:
    """Walks the schema and copies what it finds."""

    def __init__(self, source: zipfile.ZipFile, members: Mapping[str, int]) -> None:
        self._source = source
        self._members = members
        self._arrays: list[npt.NDArray[Any]] = []
        self._makers: dict[str, Callable[[State, str, int], State]] = {
            "JsonNode": self._json,
            "DictNode": self._dict,
            "ListNode": self._items,
            "TupleNode": self._items,
            "SetNode": self._items,
            "SliceNode": self._slice,
            "NdArrayNode": self._array,
            "DTypeNode": self._dtype,
            "TypeNode": self._type,
            "ObjectNode": self._object,
            "TreeNode": self._reduced,
            "LossNode": self._reduced,
        }

    def written(self) -> bytes:
        schema = json_read(self._read("schema.json"))
        fresh = self._node(schema, 0)
        if schema.get("protocol") not in (0, 1, PROTOCOL):
            raise Rejected(ModelCode.KEY, detail="protocol")
        fresh |= {"protocol": PROTOCOL, "_skops_version": "0"}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as target:
            for place, array in enumerate(self._arrays):
                part = io.BytesIO()
                np.save(part, array, allow_pickle=False)
                target.writestr(f"{place}.npy", part.getvalue())
            target.writestr("schema.json", json.dumps(fresh))
        return buffer.getvalue()

    def _read(self, name: Any) -> bytes:
        if not isinstance(name, str) or name not in self._members:
            raise Rejected(ModelCode.MEMBER, detail=str(name))
        with self._source.open(name) as stream:
            data = stream.read(self._members[name] + 1)
        if len(data) != self._members[name]:
            raise Rejected(ModelCode.MEMBER, detail=name)
        return data

    def _node(self, state: Any, depth: int) -> State:
        if depth > DEEPEST:
            raise Rejected(ModelCode.DEPTH, number=DEEPEST)
        module, kind, loader = (_text(state, key) for key in ("__module__", "__class__", "__loader__"))
        maker = self._makers.get(loader)
        if maker is None:
            raise Rejected(ModelCode.NODE, detail=f"{module}.{kind} ({loader})")
        fresh = maker(state, f"{module}.{kind}", depth + 1)
        return {"__class__": kind, "__module__": module, "__loader__": loader, **fresh}

    def _json(self, state: State, name: str, depth: int) -> State:
        _allow(name, {"builtins.str"})
        text = _text(state, "content")
        value = json.loads(text) if len(text) <= LONGEST_TEXT else []
        if isinstance(value, list | dict):
            raise Rejected(ModelCode.KEY, detail="JsonNode")
        return {"content": json.dumps(value), "is_json": True}

    def _dict(self, state: State, name: str, depth: int) -> State:
        _allow(name, DICTS)
        return self._pairs(state, depth, {})

    def _pairs(self, state: State, depth: int, aside: Mapping[str, str]) -> State:
        content, types = state.get("content"), state.get("key_types")
        kinds = types.get("content") if isinstance(types, dict) else None
        if not isinstance(content, dict) or not isinstance(kinds, list) or len(kinds) != len(content):
            raise Rejected(ModelCode.KEY, detail="DictNode")
        fresh = {key: _aside(aside[key]) if key in aside else self._node(part, depth) for key, part in content.items()}
        return {"content": fresh, "key_types": self._node(types, depth)}

    def _items(self, state: State, name: str, depth: int) -> State:
        _allow(name, {"builtins.list", "builtins.tuple", "builtins.set"})
        return {"content": [self._node(part, depth) for part in _list(state, "content")]}

    def _slice(self, state: State, name: str, depth: int) -> State:
        _allow(name, {"builtins.slice"})
        content = state.get("content")
        parts: State = {key: content.get(key) if isinstance(content, dict) else [] for key in ("start", "stop", "step")}
        if not all(part is None or isinstance(part, int | str) for part in parts.values()):
            raise Rejected(ModelCode.KEY, detail="SliceNode")
        return {"content": parts}

    def _array(self, state: State, name: str, depth: int) -> State:
        _allow(name, SCALARS | {"numpy.ndarray"})
        if state.get("type") == "numpy":
            self._arrays.append(array_read(self._read(state.get("file")), str(state.get("file"))))
            return {"type": "numpy", "file": f"{len(self._arrays) - 1}.npy"}
        if state.get("type") != "json" or name != "numpy.ndarray":
            raise Rejected(ModelCode.OBJECT_ARRAY, detail=name)
        items = [self._node(part, depth) for part in _list(state, "content")]
        return {"type": "json", "content": items, "shape": self._node(state.get("shape"), depth)}

    def _dtype(self, state: State, name: str, depth: int) -> State:
        _allow(name, {"numpy.dtype"})
        return {"content": self._node(state.get("content"), depth)}

    def _type(self, state: State, name: str, depth: int) -> State:
        _allow(name, PLAIN | SCALARS)
        return {}

    def _object(self, state: State, name: str, depth: int) -> State:
        _allow(name, OBJECTS)
        content = state.get("content")
        if content is None:
            return {}
        if isinstance(content, dict) and content.get("__loader__") == "JsonNode":
            return {"content": self._node(content, depth)}
        _allow(f"{_text(content, '__module__')}.{_text(content, '__class__')}", {"builtins.dict"})
        fresh = self._pairs(content, depth, SET_ASIDE)
        return {"content": {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", **fresh}}

    def _reduced(self, state: State, name: str, depth: int) -> State:
        _allow(name, {TREE} if state["__loader__"] == "TreeNode" else LOSSES)
        reduced = state.get("__reduce__")
        args = self._node(reduced.get("args") if isinstance(reduced, dict) else None, depth)
        if name == TREE:
            self._tree_args(args)
        return {"__reduce__": {"args": args}, "content": self._node(state.get("content"), depth)}

    def _tree_args(self, args: State) -> None:
        """A tree is made from its number of features, its classes by output, and its outputs: one here.

        Its constructor reads as many classes as there are outputs, unchecked.
        """
        features, classes, outputs = args["content"] if len(args["content"]) == 3 else [{}] * 3
        numbers = [json.loads(part.get("content") or "0") for part in (features, outputs) if "file" not in part]
        array = self._arrays[-1] if classes.get("type") == "numpy" else np.zeros(0)
        good = len(numbers) == 2 and type(numbers[0]) is int and 1 <= numbers[0] <= 10**6 and numbers[1] == 1
        if not good or array.shape != (1,) or array.dtype != np.intp or not 1 <= array[0] <= 10_000:
            raise Rejected(ModelCode.TREE, detail="the arguments of a tree")


def array_read(data: bytes, name: str) -> npt.NDArray[Any]:
    """The array in .npy bytes: numbers, truth values, texts or records of them, exactly as long as its shape."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, _, dtype = read(stream)
        good = not dtype.hasobject and dtype.subdtype is None and dtype.kind in "biufUSV" and dtype.itemsize > 0
        if good and (dtype.kind != "V" or dtype.names):
            elements = int(np.prod([int(size) for size in shape], dtype=object))
            if min(shape, default=0) >= 0 and elements * dtype.itemsize == len(data) - stream.tell():
                stream.seek(0)
                return np.asarray(np.load(stream, allow_pickle=False))
    except (ValueError, KeyError, TypeError, SyntaxError, TokenError, OverflowError, EOFError):
        pass
    raise Rejected(ModelCode.OBJECT_ARRAY, detail=name)


def _aside(text: str) -> State:
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": text, "is_json": True}


def _allow(name: str, allowed: frozenset[str] | set[str]) -> None:
    if name not in allowed:
        raise Rejected(ModelCode.TYPE, detail=name)


def _text(state: Any, key: str) -> str:
    value = state.get(key) if isinstance(state, dict) else None
    if not isinstance(value, str):
        raise Rejected(ModelCode.KEY, detail=key)
    return value


def _list(state: State, key: str) -> list[Any]:
    value = state.get(key)
    if not isinstance(value, list):
        raise Rejected(ModelCode.KEY, detail=key)
    return value
