"""Hand-made skops files that mean harm: name -> (bytes, the code each is refused with)."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from format_examples import grown, labels, linear, rows, sklearn_bytes
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.svm import SVC

from audits.sandbox.models.shape import ModelCode

C = ModelCode
State = dict[str, Any]


def state(loader: str, name: str, **more: Any) -> State:
    module, _, kind = name.rpartition(".")
    return {"__class__": kind, "__module__": module, "__loader__": loader, "__id__": 1, **more}


def plain(value: Any) -> State:
    return state("JsonNode", "builtins.str", content=json.dumps(value), is_json=True)


def items(kind: str, *parts: State) -> State:
    return state(f"{kind.title()}Node", f"builtins.{kind}", content=list(parts))


def mapping(**parts: State) -> State:
    types = items("list", *[state("TypeNode", "builtins.str") for _ in parts])
    return state("DictNode", "builtins.dict", content=parts, key_types=types)


def estimator(name: str = "sklearn.linear_model._logistic.LogisticRegression", **attributes: State) -> State:
    return state("ObjectNode", name, content=mapping(**attributes))


def packed(schema: Any, *members: tuple[str, bytes], protocol: Any = 2, compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these members and the schema, which stands first."""
    whole = {**schema, "protocol": protocol, "_skops_version": "0.16.0"} if isinstance(schema, dict) else schema
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        target.writestr("schema.json", whole if isinstance(whole, bytes) else json.dumps(whole))
        for name, data in members:
            target.writestr(name, data)
    return buffer.getvalue()


def npy(array: np.ndarray, **more: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **more)
    return buffer.getvalue()


def header(text: str, body: bytes = b"") -> bytes:
    """A .npy file with that header, whatever it says."""
    padded = text.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + body


def _stored(data: bytes) -> bytes:
    return packed(estimator(coef_=state("NdArrayNode", "numpy.ndarray", type="numpy", file="7.npy")), ("7.npy", data))


def _nodes() -> dict[str, tuple[bytes, ModelCode]]:
    """Nodes that stand for code."""
    command = items("tuple", plain("touch /tmp/owned"))
    system = state("FunctionNode", "os.system")
    shell = mapping(func=system, args=command, kwds=mapping(), namespace=plain(None))
    reached = state("MethodNode", "sklearn.pipeline.Pipeline", content={"func": "__class__", "obj": estimator()})
    caller = state("OperatorFuncNode", "operator.methodcaller", attrs=items("tuple", plain("system"), plain("id")))
    generator = {"bit_generator": mapping(bit_generator=plain("seed")), "seed_seq": mapping()}
    return {
        "os.system": (packed(system), C.NODE),
        "a partial of os.system": (packed(state("PartialNode", "functools.partial", content=shell["content"])), C.NODE),
        "a constructor of Popen": (
            packed(state("ConstructorFromReduceNode", "subprocess.Popen", content=command)),
            C.NODE,
        ),
        "an operator": (packed(caller), C.NODE),
        "an operator within an estimator": (packed(estimator(coef_=caller)), C.NODE),
        "a method": (packed(reached), C.NODE),
        "a method within a step": (packed(estimator(steps=items("list", reached))), C.NODE),
        "a bit generator that is none": (
            packed(state("RandomGeneratorNode", "numpy.random._generator.Generator", content=generator)),
            C.NODE,
        ),
        "a default that is called": (
            packed(state("DefaultDictNode", "collections.defaultdict", content={"main": mapping()})),
            C.NODE,
        ),
        "a node of an old protocol": (packed(state("MethodNode_v0", "os.system"), protocol=0), C.NODE),
        "a loader that is none": (packed(state("EvalNode", "builtins.eval")), C.NODE),
        "a masked array": (packed(state("MaskedArrayNode", "numpy.ma.MaskedArray", content={})), C.NODE),
        "a sparse matrix": (packed(state("SparseMatrixNode", "scipy.sparse.csr_matrix", file="1.npy")), C.NODE),
        "bytes": (packed(state("BytesNode", "builtins.bytes", file="1.npy")), C.NODE),
    }


def _types() -> dict[str, tuple[bytes, ModelCode]]:
    """Types that are not on the list."""
    made = {
        "an object of os": estimator("os._wrap_close"),
        "an object of subprocess": estimator("subprocess.Popen"),
        "a code object": estimator("types.CodeType"),
        "a joblib memory": estimator("joblib.memory.Memory"),
        "a skops card": estimator("skops.card._model_card.Card"),
        "a neighbours' tree": estimator("sklearn.neighbors._kd_tree.KDTree"),
        "a kernel": estimator("sklearn.gaussian_process.kernels.PairwiseKernel"),
        "a name with a dot in its class": {**estimator(), "__module__": "os", "__class__": "path.join"},
        "a list of another type": state("ListNode", "os.system", content=[plain("id")]),
        "a tuple of another type": state("TupleNode", "subprocess.Popen", content=[plain("id")]),
        "a dict of another type": {**mapping(a=plain(1)), "__module__": "os", "__class__": "environ"},
        "keys of another type": {
            **mapping(a=plain(1)),
            "key_types": items("list", state("TypeNode", "os.system")),
        },
        "a type of os": estimator(dtype=state("TypeNode", "os.system")),
        "a type of builtins": estimator(dtype=state("TypeNode", "builtins.eval")),
        "an array of another type": state("NdArrayNode", "os.system", type="numpy", file="1.npy"),
        "a dtype of another type": state("DTypeNode", "os.system", content=plain(None)),
        "a slice of another type": state("SliceNode", "os.system", content={"start": 1, "stop": 2, "step": None}),
        "a loss of another module": state(
            "LossNode", "os.system", content=mapping(), __reduce__={"args": items("tuple")}
        ),
        "a tree that is none": state("TreeNode", "os.system", content=mapping(), __reduce__={"args": items("tuple")}),
        "state that is no plain dict": state(
            "ObjectNode",
            "sklearn.linear_model._logistic.LogisticRegression",
            content={**mapping(), "__module__": "collections", "__class__": "OrderedDict"},
        ),
    }
    return {name: (packed(schema), C.TYPE) for name, schema in made.items()}


def _arrays() -> dict[str, tuple[bytes, ModelCode]]:
    """Arrays that hold objects, or lie about themselves."""
    objects = np.array([{"a": 1}, None], dtype=object)
    good = npy(np.zeros(3))
    descr = "{{'descr': {}, 'fortran_order': False, 'shape': {}, }}".format
    made = {
        "objects": npy(objects, allow_pickle=True),
        "a record with an object": npy(np.zeros(2, dtype=[("a", "f8"), ("b", "O")]), allow_pickle=True),
        "a bare pickle": pickle.dumps({"a": 1}),
        "a shape beyond its data": header(descr("'<f8'", (10**9,))),
        "a negative shape": header(descr("'<f8'", (-1,)), b"\0" * 8),
        "nothing of a size": header(descr("'|V0'", (10**12,))),
        "empty texts without end": header(descr("'|S0'", (10**12,))),
        "a shape that overflows": header(descr("'<f8'", (2**62, 4))),
        "code in its header": header("__import__('os').system('id')"),
        "a deep header": header("(" * 110),
        "dates": npy(np.array(["2026-01-01"], "M8[D]")),
        "complex numbers": npy(np.zeros(2, complex)),
        "an array of arrays": header(descr("('<f8', (1000,))", (1,)), b"\0" * 8_000),
        "bytes after its end": good + b"x",
        "cut short": good[:-1],
        "another version": good.replace(b"NUMPY\x01", b"NUMPY\x07"),
        "nothing at all": b"",
        "a zip of arrays": b"PK\x03\x04",
    }
    found = {f"an array with {name}": (_stored(data), C.OBJECT_ARRAY) for name, data in made.items()}
    odd = estimator(coef_=state("NdArrayNode", "numpy.ndarray", type="pickle", content=[]))
    found["an array that says pickle"] = (packed(odd), C.OBJECT_ARRAY)
    return found


def _members() -> dict[str, tuple[bytes, ModelCode]]:
    """Members that skops does not write."""
    found = {
        f"a member {name!r}": (packed(estimator(), (name, b"x")), C.MEMBER)
        for name in (
            "../../etc/cron.d/x", "/etc/passwd", "..\\..\\x.npy", "1.npy/../2.npy", "a.npy", "data.pkl", "1.pkl",
            "1.npz", "__init__.py", "1.npy ", "schema.json.npy", "\u0661.npy", "9" * 30 + ".npy", "dir/",
        )
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for content in ("{}", json.dumps(estimator())):
            target.writestr("schema.json", content)
    hidden = packed(estimator(), ("1.npy_.pkl", b"x")).replace(b"1.npy_.pkl", b"1.npy\0.pkl")
    found["a name that ends within"] = (hidden, C.MEMBER)
    found["two schemas"] = (buffer.getvalue(), C.MEMBER)
    missing = estimator(coef_=state("NdArrayNode", "numpy.ndarray", type="numpy", file="9.npy"))
    found["an array that is not there"] = (packed(missing), C.MEMBER)
    upwards = estimator(coef_=state("NdArrayNode", "numpy.ndarray", type="numpy", file="../../etc/passwd"))
    found["an array outside"] = (packed(upwards), C.MEMBER)
    found["a zip in lzma"] = (packed(estimator(), compression=zipfile.ZIP_LZMA), C.MEMBER)
    good = sklearn_bytes(linear())
    found["a zip bomb"] = (_bomb(), C.BOMB)
    found["a lying size"] = (_lying(), C.BROKEN)
    found["a zip cut short"] = (good[: len(good) // 2], C.BROKEN)
    found["a zip without its end"] = (good[:-30], C.BROKEN)
    found["an encrypted zip"] = (_flagged(packed(estimator(), ("1.npy", b"x"))), C.MEMBER)
    return found


@cache
def _bomb() -> bytes:
    """600 MiB of nothing in 600 KiB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("schema.json", json.dumps(estimator()))
        with target.open("1.npy", "w", force_zip64=True) as stream:
            for _ in range(75):
                stream.write(bytes(8 * 1024**2))
    return buffer.getvalue()


def _lying() -> bytes:
    """A member that unpacks to more than the directory says."""
    data = packed(
        estimator(coef_=state("NdArrayNode", "numpy.ndarray", type="numpy", file="1.npy")),
        ("1.npy", bytes(10**6)),
        compression=8,
    )
    size = (10**6).to_bytes(4, "little")
    return data.replace(size, (100).to_bytes(4, "little"))


def _flagged(data: bytes) -> bytes:
    """The same with every member marked as encrypted."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(signature)
        while place >= 0:
            changed[place + offset] |= 1
            place = changed.find(signature, place + 4)
    return bytes(changed)


def _schemas() -> dict[str, tuple[bytes, ModelCode]]:
    """Schemas that are none, or without end."""
    deep: State = plain(1)
    for _ in range(300):
        deep = items("list", deep)
    return {
        "a schema that is no JSON": (packed(b"import os"), C.BROKEN),
        "a schema that is a list": (packed(b"[]"), C.KEY),
        "a schema nested without end": (packed(b"[" * 200_000), C.DEPTH),
        "nodes nested without end": (packed(deep), C.DEPTH),
        "a key twice": (packed(b'{"__class__": "a", "__class__": "b"}'), C.DUPLICATE),
        "another protocol": (packed(estimator(), protocol=99), C.KEY),
        "a protocol that is true": (packed(estimator(), protocol=None), C.KEY),
        "JSON in JSON": (packed({**plain(1), "content": "[[1]]"}), C.KEY),
        "keys without types": (packed({**mapping(a=plain(1)), "key_types": items("list")}), C.KEY),
        "no estimator": (packed(plain("hello")), C.ESTIMATOR),
        "a list of estimators": (packed(items("list", estimator())), C.ESTIMATOR),
    }


Change = Callable[[State, dict[str, bytes]], None]


def spoilt(fitted: Any, change: Change) -> bytes:
    """A good file with its schema and arrays changed."""
    with zipfile.ZipFile(io.BytesIO(sklearn_bytes(fitted))) as source:
        members = {name: source.read(name) for name in source.namelist()}
    schema = json.loads(members.pop("schema.json"))
    change(schema, members)
    return packed(schema, *members.items())


def found_in(part: Any, key: str) -> list[Any]:
    """Every value under that key, anywhere below."""
    if isinstance(part, dict):
        return [part[key] for _ in range(key in part)] + [
            hit for value in part.values() for hit in found_in(value, key)
        ]
    return [hit for value in part for hit in found_in(value, key)] if isinstance(part, list) else []


def array_changed(key: str, change: Callable[[np.ndarray], Any]) -> Change:
    """Changes the first array under that key, in place or by what `change` gives."""

    def spoil(schema: State, members: dict[str, bytes]) -> None:
        name = found_in(schema, key)[0]["file"]
        array = np.load(io.BytesIO(members[name])).copy()
        given = change(array)
        members[name] = npy(array if given is None else given)

    return spoil


def number_changed(key: str, value: Any) -> Change:
    def spoil(schema: State, members: dict[str, bytes]) -> None:
        found_in(schema, key)[0]["content"] = json.dumps(value)

    return spoil


def _set(field: str, place: int, value: Any) -> Callable[[np.ndarray], None]:
    return lambda nodes: nodes[field].__setitem__(place, value)


@cache
def _forest() -> Any:
    return RandomForestClassifier(2, random_state=0).fit(rows(gaps=False), labels())


@cache
def _histogram() -> Any:
    return HistGradientBoostingClassifier(max_iter=2).fit(rows(gaps=False), labels())


@cache
def _vectors() -> Any:
    return SVC().fit(rows(gaps=False), labels())


def _compiled() -> dict[str, tuple[bytes, ModelCode]]:
    """Arrays that compiled code would index without looking."""
    cases: list[tuple[str, Any, Change]] = [
        (f"a forest with {name}", _forest(), array_changed("nodes", _set(field, 0, value)))
        for name, field, value in (
            ("a child out of range", "left_child", 10**6),
            ("a child far away", "right_child", 2**40),
            ("a child of its own", "left_child", 0),
            ("a negative child", "right_child", -7),
            ("a feature out of range", "feature", 10**6),
            ("a negative feature", "feature", -5),
            ("a threshold that is no number", "threshold", np.nan),
        )
    ]
    cases += [
        ("a forest with fewer nodes than it has", _forest(), number_changed("node_count", 1)),
        ("a forest for other features", _forest(), number_changed("n_features_in_", 2)),
        ("a boosting with a column too few", grown(), number_changed("n_trees_per_iteration_", 0)),
        ("a boosting with a child out of range", grown(), array_changed("nodes", _set("left_child", 0, 99_999))),
        ("a histogram with a child out of range", _histogram(), array_changed("nodes", _set("left", 0, 99_999))),
        ("a histogram with a cycle", _histogram(), array_changed("nodes", _set("left", 0, 0))),
        ("a histogram with a feature out of range", _histogram(), array_changed("nodes", _set("feature_idx", 0, 900))),
        ("a histogram that is still trained", _histogram(), _still_trained),
        ("vectors of another width", _vectors(), array_changed("support_vectors_", lambda array: array[:, :2])),
        ("fewer vectors than coefficients", _vectors(), array_changed("support_vectors_", lambda array: array[:2])),
        ("fewer coefficients than vectors", _vectors(), array_changed("_dual_coef_", lambda array: array[:, :1])),
        ("no intercepts", _vectors(), array_changed("_intercept_", lambda array: array[:0])),
        ("counts that lie", _vectors(), array_changed("_n_support", lambda array: array * 1_000)),
        ("negative counts", _vectors(), array_changed("_n_support", lambda array: -array)),
    ]
    return {name: (spoilt(fitted, change), C.TREE) for name, fitted, change in cases}


def _still_trained(schema: State, members: dict[str, bytes]) -> None:
    content = schema["content"]
    content["content"]["_in_fit"] = plain(True)
    content["key_types"]["content"].append(state("TypeNode", "builtins.str"))


def _arguments() -> dict[str, tuple[bytes, ModelCode]]:
    """A tree's constructor reads as many classes as it is told of outputs."""

    def outputs(schema: State, members: dict[str, bytes]) -> None:
        found_in(schema, "__reduce__")[0]["args"]["content"][2]["content"] = "1000000000"

    def none(schema: State, members: dict[str, bytes]) -> None:
        name = found_in(schema, "__reduce__")[0]["args"]["content"][1]["file"]
        members[name] = npy(np.zeros(0, np.int64))

    def wide(schema: State, members: dict[str, bytes]) -> None:
        name = found_in(schema, "__reduce__")[0]["args"]["content"][1]["file"]
        members[name] = npy(np.full(1, 2**40))

    cases = {
        "a tree of a thousand million outputs": outputs,
        "a tree of no classes": none,
        "a tree of 2**40 classes": wide,
    }
    return {name: (spoilt(_forest(), change), C.TREE) for name, change in cases.items()}


def hostile() -> dict[str, tuple[bytes, ModelCode]]:
    kinds = (_nodes, _types, _arrays, _members, _schemas, _compiled, _arguments)
    return {name: found for kind in kinds for name, found in kind().items()}
