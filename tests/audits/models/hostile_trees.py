"""Hand-made XGBoost and LightGBM files that mean harm: name -> (bytes, the code each is refused with)."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from format_examples import boosted_bytes, boosted_document, light_bytes

from audits.sandbox.models.shape import ModelCode
from audits.sandbox.models.ubjson import ubj_read, ubj_write

C = ModelCode
Change = Callable[[dict[str, Any]], Any]


def _model(document: dict[str, Any]) -> dict[str, Any]:
    return document["learner"]["gradient_booster"]["model"]


def _tree(document: dict[str, Any]) -> dict[str, Any]:
    return _model(document)["trees"][0]


def _put(key: str, place: int, value: Any) -> Change:
    return lambda document: _tree(document)[key].__setitem__(place, value)


def _parameter(key: str, value: Any) -> Change:
    return lambda document: document["learner"]["learner_model_param"].__setitem__(key, value)


def _cycle(document: dict[str, Any]) -> None:
    tree = _tree(document)
    inner = [place for place, child in enumerate(tree["left_children"]) if child > 0]
    tree["left_children"][inner[1]] = 0


def _chain(document: dict[str, Any]) -> None:
    """A tree of 1,500 levels."""
    levels, tree = 1_500, _tree(document)
    count = 2 * levels + 1
    left = [place + 1 if place % 2 == 0 and place < 2 * levels else -1 for place in range(count)]
    right = [place + 2 if place % 2 == 0 and place < 2 * levels else -1 for place in range(count)]
    tree |= {key: [0] * count for key in ("split_indices", "split_conditions", "default_left", "sum_hessian")}
    tree |= {"left_children": left, "right_children": right, "split_type": [0] * count}
    tree["tree_param"]["num_nodes"] = str(count)


JSON_CHANGES: dict[str, tuple[Change, ModelCode]] = {
    "a child out of range": (_put("left_children", 0, 10_000), C.TREE),
    "a child of its own": (_put("left_children", 0, 0), C.TREE),
    "a child before the beginning": (_put("right_children", 0, -2), C.TREE),
    "a child far away": (_put("right_children", 0, 2**31 - 1), C.TREE),
    "a child beyond all numbers": (_put("right_children", 0, 10**30), C.TREE),
    "a child and a half": (_put("left_children", 0, 1.5), C.TREE),
    "a child that is a text": (_put("left_children", 0, "1"), C.TREE),
    "a child that is a list": (_put("left_children", 0, [1]), C.TREE),
    "one child": (_put("right_children", 0, -1), C.TREE),
    "two parents": (_put("right_children", 0, 1), C.TREE),
    "a cycle": (_cycle, C.TREE),
    "a depth of 1,500": (_chain, C.DEPTH),
    "a feature out of range": (_put("split_indices", 0, 4), C.TREE),
    "a negative feature": (_put("split_indices", 0, -1), C.TREE),
    "a feature far away": (_put("split_indices", 0, 2**32 - 1), C.TREE),
    "a threshold that is no number": (_put("split_conditions", 0, float("nan")), C.TREE),
    "a leaf that is no number": (_put("split_conditions", -1, float("nan")), C.TREE),
    "an infinite leaf": (_put("split_conditions", -1, float("inf")), C.TREE),
    "a short list": (lambda document: _tree(document)["default_left"].pop(), C.TREE),
    "a list that is none": (lambda document: _tree(document).update(left_children="[$l#"), C.TREE),
    "no list": (lambda document: _tree(document).pop("split_indices"), C.TREE),
    "a million million nodes": (lambda d: _tree(d)["tree_param"].update(num_nodes="1000000000000"), C.KEY),
    "a thousand million nodes": (lambda d: _tree(d)["tree_param"].update(num_nodes="1000000000"), C.COUNT),
    "a negative count": (lambda d: _tree(d)["tree_param"].update(num_nodes="-1"), C.KEY),
    "a count that is a number": (lambda d: _tree(d)["tree_param"].update(num_nodes=3), C.KEY),
    "a split on categories": (_put("split_type", 0, 1), C.CATEGORICAL),
    "categories without a split": (lambda d: _tree(d).update(categories_nodes=[0]), C.CATEGORICAL),
    "several numbers in a leaf": (lambda d: _tree(d)["tree_param"].update(size_leaf_vector="3"), C.TREE),
    "a tree of an unknown output": (lambda d: _model(d)["tree_info"].__setitem__(0, 7), C.TREE),
    "a tree of a negative output": (lambda d: _model(d)["tree_info"].__setitem__(0, -1), C.TREE),
    "fewer outputs than trees": (lambda d: _model(d)["tree_info"].pop(), C.TREE),
    "no trees": (lambda d: _model(d).update(trees=[]), C.COUNT),
    "trees that are none": (lambda d: _model(d).update(trees=[1, 2, 3], tree_info=[0, 0, 0]), C.KEY),
    "no features": (_parameter("num_feature", "0"), C.KEY),
    "a thousand million features": (_parameter("num_feature", "1000000000"), C.KEY),
    "a million classes": (_parameter("num_class", "1000000"), C.KEY),
    "classes of another objective": (_parameter("num_class", "3"), C.OBJECTIVE),
    "a base that is no number": (_parameter("base_score", "nan"), C.KEY),
    "a base beyond its link": (_parameter("base_score", "[2E0]"), C.KEY),
    "a base that is code": (_parameter("base_score", "__import__('os')"), C.KEY),
    "three bases for one output": (_parameter("base_score", "[0.1,0.2,0.3]"), C.KEY),
    "dart": (lambda d: d["learner"]["gradient_booster"].update(name="dart"), C.BOOSTER),
    "gblinear": (lambda d: d["learner"]["gradient_booster"].update(name="gblinear"), C.BOOSTER),
    "an objective of its own": (lambda d: d["learner"]["objective"].update(name="custom"), C.OBJECTIVE),
    "an objective that is a list": (lambda d: d["learner"]["objective"].update(name=["x"]), C.OBJECTIVE),
    "survival": (lambda d: d["learner"]["objective"].update(name="survival:aft"), C.OBJECTIVE),
    "no learner": (lambda d: d.pop("learner"), C.KEY),
    "a learner that is a list": (lambda d: d.update(learner=[]), C.KEY),
}


def changed(change: Change, **which: Any) -> bytes:
    document = boosted_document(**which)
    change(document)
    if "learner" not in document:
        document = {"version": [3, 2, 0], **document}
    return json.dumps(document).encode()


def hostile_json() -> dict[str, tuple[bytes, ModelCode]]:
    found = {name: (changed(change), code) for name, (change, code) in JSON_CHANGES.items()}
    good = boosted_bytes()
    found["a key twice"] = (good.replace(b'"name":"gbtree"', b'"name":"gbtree","name":"dart"'), C.DUPLICATE)
    found["a list in a list in a list..."] = (b'{"learner":' + b"[" * 200_000, C.DEPTH)
    found["an object in an object..."] = (b'{"learner":' + b'{"a":' * 200_000, C.DEPTH)
    found["cut short"] = (good[:-40], C.BROKEN)
    found["two documents"] = (good + good, C.BROKEN)
    found["a number of 5,000 digits"] = (b'{"learner":' + b"9" * 5_000 + b"}", C.BROKEN)
    found["a text that is not UTF-8"] = (b'{"learner":"\xff\xfe"}', C.BROKEN)
    found["code instead of a document"] = (b'{"learner": __import__("os").system("id")}', C.BROKEN)
    return found


def hostile_ubj() -> dict[str, tuple[bytes, ModelCode]]:
    found = {f"{name} in UBJSON": (_ubj(change), code) for name, (change, code) in list(JSON_CHANGES.items())[:3]}
    good = boosted_bytes("ubj")
    start = good.index(b"[$d#L")
    key = good[: good.index(b"learner") + 7]  # "{", length, "learner"
    long = b"L" + (2**62).to_bytes(8, "big")
    for name, data, code in (
        ("an array longer than the file", good[:start] + b"[$d#" + long + good[start + 13 :], C.BROKEN),
        ("an array of negative length", good[:start] + b"[$d#L" + b"\xff" * 8 + good[start + 13 :], C.BROKEN),
        ("an array of nothing", good[:start] + b"[$Z#" + long + good[start + 13 :], C.BROKEN),
        ("a list longer than the file", key + b"[#" + long, C.BROKEN),
        ("a list of lists without end", key + b"[" * 100_000, C.DEPTH),
        ("objects without end", key + (b"{L" + bytes(7) + b"\x01a") * 50_000, C.DEPTH),
        ("a text longer than the file", key + b"S" + long, C.BROKEN),
        ("a length that is a float", key + b"[#d\x00\x00\x00\x00", C.BROKEN),
        ("an unknown marker", key + b"X", C.BROKEN),
        ("bytes after the end", good + b"\0", C.BROKEN),
        ("nothing after the key", key, C.BROKEN),
        ("cut short in an array", good[: start + 20], C.BROKEN),
        ("a key twice", key + b"{}" + key[1:] + b"{}}", C.DUPLICATE),
        ("a key that is not UTF-8", b"{L" + bytes(7) + b"\x02\xff\xfe{}}", C.BROKEN),
    ):
        found[f"UBJSON: {name}"] = (data, code)
    return found


def _ubj(change: Change) -> bytes:
    document = ubj_read(boosted_bytes("ubj"))
    for tree in _model(document)["trees"]:
        for key, value in tree.items():
            tree[key] = value.copy() if isinstance(value, np.ndarray) else value
    change(document)
    return ubj_write(_native(document))


def _native(value: Any) -> Any:
    """The same with arrays in this machine's order of bytes, as the writer takes them."""
    if isinstance(value, dict):
        return {key: _native(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_native(part) for part in value]
    return value.astype(value.dtype.newbyteorder("=")) if isinstance(value, np.ndarray) else value


def _line(key: str, value: str, tree: bool = True) -> Callable[[str], str]:
    """Replaces the first line of that key, in the first tree or in the head."""

    def change(text: str) -> str:
        start = text.index("Tree=0") if tree else 0
        return text[:start] + re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", text[start:], count=1)

    return change


def _first(key: str, value: str) -> Callable[[str], str]:
    """Replaces the first number of that key in the first tree."""

    def change(text: str) -> str:
        start = text.index("Tree=0")
        return text[:start] + re.sub(rf"(?m)^{key}=\S+", f"{key}={value}", text[start:], count=1)

    return change


LIGHT_CHANGES: dict[str, tuple[Callable[[str], str], ModelCode]] = {
    "a child out of range": (_first("left_child", "5000"), C.TREE),
    "a leaf out of range": (_first("right_child", "-5000"), C.TREE),
    "a child of its own": (_first("left_child", "0"), C.TREE),
    "a child beyond all numbers": (_first("left_child", "99999999999999999999"), C.TREE),
    "a child that is a word": (_first("left_child", "one"), C.TREE),
    "a child and a half": (_first("left_child", "1.5"), C.TREE),
    "the same leaf twice": (_first("left_child", "-1"), C.TREE),
    "a feature out of range": (_first("split_feature", "4"), C.TREE),
    "a negative feature": (_first("split_feature", "-1"), C.TREE),
    "a threshold that is no number": (_first("threshold", "nan"), C.TREE),
    "an infinite threshold": (_first("threshold", "inf"), C.TREE),
    "a threshold that is a word": (_first("threshold", "x"), C.TREE),
    "a leaf that is no number": (_first("leaf_value", "nan"), C.TREE),
    "a kind of decision that is none": (_first("decision_type", "255"), C.TREE),
    "a decision on categories": (_first("decision_type", "1"), C.CATEGORICAL),
    "categories": (_line("num_cat", "1"), C.CATEGORICAL),
    "categories' borders": (
        lambda text: text.replace("num_cat=0\n", "num_cat=0\ncat_boundaries=0 9\n", 1),
        C.CATEGORICAL,
    ),
    "linear leaves": (_line("is_linear", "1"), C.LINEAR),
    "linear leaves' numbers": (lambda text: text.replace("is_linear=0\n", "is_linear=0\nleaf_coeff=1\n", 1), C.LINEAR),
    "too many leaves": (_line("num_leaves", "1000"), C.TREE),
    "a thousand million leaves": (_line("num_leaves", "1000000000"), C.KEY),
    "no leaves": (_line("num_leaves", "0"), C.KEY),
    "negative leaves": (_line("num_leaves", "-3"), C.KEY),
    "a number too few": (_line("leaf_value", "1"), C.TREE),
    "an empty list": (_line("left_child", ""), C.TREE),
    "an unknown key": (lambda text: text.replace("num_cat=0\n", "num_cat=0\nplugin=evil.so\n", 1), C.KEY),
    "a key twice": (lambda text: text.replace("num_cat=0\n", "num_cat=0\nnum_cat=0\n", 1), C.DUPLICATE),
    "an unknown key in the head": (lambda text: text.replace("num_class=1\n", "num_class=1\ninclude=x\n", 1), C.KEY),
    "sizes that lie": (_line("tree_sizes", "10 20 30", tree=False), C.TREE),
    "a size beyond the file": (lambda text: text.replace("tree_sizes=", "tree_sizes=9999999 ", 1), C.TREE),
    "another version": (_line("version", "v99", tree=False), C.KEY),
    "no features": (_line("max_feature_idx", "-1", tree=False), C.KEY),
    "a thousand million features": (_line("max_feature_idx", "1000000000", tree=False), C.KEY),
    "a feature too many": (_line("max_feature_idx", "4", tree=False), C.TREE),
    "more classes than trees": (_line("num_tree_per_iteration", "7", tree=False), C.OBJECTIVE),
    "no classes": (_line("num_tree_per_iteration", "0", tree=False), C.KEY),
    "an objective of its own": (_line("objective", "custom_evil", tree=False), C.OBJECTIVE),
    "a slope of nothing": (_line("objective", "binary sigmoid:0", tree=False), C.OBJECTIVE),
    "a slope without end": (_line("objective", "binary sigmoid:1e99", tree=False), C.OBJECTIVE),
    "trees out of order": (lambda text: text.replace("Tree=1\n", "Tree=2\n", 1), C.TREE),
    "no end": (lambda text: text.replace("end of trees", "end", 1), C.BROKEN),
    "no trees": (lambda text: text[: text.index("Tree=0")] + "end of trees\n", C.COUNT),
    "nothing but the name": (lambda text: "tree\n", C.COUNT),
}


def hostile_light() -> dict[str, tuple[bytes, ModelCode]]:
    good = light_bytes(rounds=3).decode()
    found = {name: (change(good).encode(), code) for name, (change, code) in LIGHT_CHANGES.items()}
    found["bytes that are no text"] = (b"tree\n" + b"\xff\xfe" * 100, C.BROKEN)
    found["a tree within NULs"] = (good.replace("num_cat=0", "num_cat\0=0").encode(), C.KEY)
    return found
