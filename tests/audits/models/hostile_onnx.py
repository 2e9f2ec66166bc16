"""Hand-made ONNX files that mean harm: name -> (bytes, the code each is refused with)."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, StringStringEntryProto, TensorProto, helper

from audits.sandbox.models.shape import ModelCode

VALUE = helper.make_tensor_value_info
FLOAT = TensorProto.FLOAT
GIANT = 2**32


def graph_of(nodes: list[NodeProto], tensors: list[TensorProto] | None = None, **more: Any) -> GraphProto:
    inputs = more.pop("inputs", [VALUE("x", FLOAT, [None, 4])])
    outputs = more.pop("outputs", [VALUE("y", FLOAT, [None, None])])
    return helper.make_graph(nodes, "g", inputs, outputs, tensors or [], **more)


def model_of(graph: GraphProto, *, domains: dict[str, int] | None = None, functions: Any = ()) -> ModelProto:
    opsets = [helper.make_operatorsetid(name, version) for name, version in (domains or {"": 17}).items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, functions=list(functions))


def node(kind: str, inputs: str = "x", outputs: str = "y", **attributes: Any) -> NodeProto:
    return helper.make_node(kind, inputs.split(), outputs.split(), **attributes)


def outside(path: str, name: str = "w") -> TensorProto:
    """A tensor whose data lies in a file."""
    tensor = TensorProto(name=name, data_type=FLOAT, dims=[4, 1], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", path), ("offset", "0"), ("length", "16")):
        tensor.external_data.append(StringStringEntryProto(key=key, value=value))
    return tensor


def sparse(tensor: TensorProto) -> Any:
    return helper.make_sparse_tensor(tensor, helper.make_tensor("i", TensorProto.INT64, [1], [0]), [4])


def whole(name: str, *values: int) -> TensorProto:
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def _externals() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    product = node("MatMul", "x w")
    for name, path in (
        ("relative", "weights.bin"),
        ("parent", "../../etc/passwd"),
        ("absolute", "/etc/passwd"),
        ("proc", "/proc/self/environ"),
        ("empty", ""),
    ):
        yield f"external data, {name} path", model_of(graph_of([product], [outside(path)])), ModelCode.EXTERNAL
    held = node("Constant", "", "w", value=outside("/etc/passwd"))
    held.ClearField("input")
    yield "external data in an attribute", model_of(graph_of([held, product])), ModelCode.EXTERNAL
    graph = graph_of([product])
    graph.sparse_initializer.append(sparse(outside("/etc/passwd", "w")))
    yield "external data in a sparse initializer", model_of(graph), ModelCode.TENSOR
    held = helper.make_node("Constant", [], ["w"], sparse_value=sparse(outside("/etc/passwd")))
    yield "external data in a sparse attribute", model_of(graph_of([held, product])), ModelCode.TENSOR
    stealthy = outside("/etc/passwd")
    stealthy.data_location = TensorProto.DEFAULT
    yield "external data that denies it", model_of(graph_of([product], [stealthy])), ModelCode.EXTERNAL
    branch = graph_of(
        [node("MatMul", "x w", "z")], [outside("/etc/passwd")], inputs=[], outputs=[VALUE("z", FLOAT, None)]
    )
    either = node("If", "c", "y", then_branch=branch, else_branch=branch)
    yield "external data in a branch", model_of(graph_of([either])), ModelCode.OPERATOR
    hidden = node("Relu")
    hidden.attribute.append(AttributeProto(name="w", type=AttributeProto.TENSORS, tensors=[outside("/etc/passwd")]))
    yield "external data in a list of tensors", model_of(graph_of([hidden])), ModelCode.TENSOR
    disguised = node("Relu")
    disguised.attribute.append(AttributeProto(name="w", type=AttributeProto.INT, i=1, t=outside("/etc/passwd")))
    yield "a tensor behind a number", model_of(graph_of([disguised])), ModelCode.TENSOR


def _operators() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    body = graph_of([node("Identity", "i", "o")], inputs=[VALUE("i", FLOAT, None)], outputs=[VALUE("o", FLOAT, None)])
    for kind, key in (("Loop", "body"), ("Scan", "body"), ("SequenceMap", "body"), ("If", "then_branch")):
        yield f"{kind}", model_of(graph_of([node(kind, **{key: body})])), ModelCode.OPERATOR
    for kind in (
        "RandomNormal",
        "RandomUniformLike",
        "Multinomial",
        "Bernoulli",
        "SequenceConstruct",
        "OptionalGetElement",
    ):
        yield kind, model_of(graph_of([node(kind)])), ModelCode.OPERATOR
    for kind in ("ImageDecoder", "StringConcat", "RegexFullMatch", "StringSplit", "DFT", "NoSuchThing"):
        yield f"operator {kind!r}", model_of(graph_of([node(kind)])), ModelCode.OPERATOR
    for domain, kind in (
        ("com.microsoft", "EPContext"),
        ("com.microsoft", "PyOp"),
        ("ai.onnx.contrib", "PyOp"),
        ("com.microsoft", "Attention"),
        ("ai.onnx.training", "Gradient"),
        ("ai.onnx.preview.training", "Adam"),
        ("AI.ONNX", "Relu"),
        ("org.pytorch.aten", "ATen"),
    ):
        made = node(kind, domain=domain)
        yield f"{domain}.{kind}", model_of(graph_of([made]), domains={"": 17, domain: 1}), ModelCode.DOMAIN
    smuggled = node("Relu")
    smuggled.attribute.append(helper.make_attribute("then_branch", body))
    yield "a graph in an innocent operator", model_of(graph_of([smuggled])), ModelCode.TENSOR
    ensemble = node("TreeEnsemble", domain="ai.onnx.ml")
    yield "TreeEnsemble 5", model_of(graph_of([ensemble]), domains={"": 17, "ai.onnx.ml": 5}), ModelCode.OPERATOR
    passing = node("Relu")
    passing.attribute.append(AttributeProto(name="a", type=AttributeProto.FLOAT, ref_attr_name="b"))
    yield "a reference to an attribute", model_of(graph_of([passing])), ModelCode.TENSOR


def _functions() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    opset = [helper.make_operatorsetid("", 17)]
    chain = [
        helper.make_function(
            "f", f"F{i}", ["a"], ["b"], [helper.make_node(f"F{i + 1}", ["a"], ["b"], domain="f")], opset
        )
        for i in range(2_000)
    ]
    call = node("F0", domain="f")
    yield (
        "a chain of functions",
        model_of(graph_of([call]), domains={"": 17, "f": 1}, functions=chain),
        ModelCode.FUNCTION,
    )
    itself = helper.make_function("f", "F", ["a"], ["b"], [helper.make_node("F", ["a"], ["b"], domain="f")], opset)
    yield "a function of itself", model_of(graph_of([node("Relu")]), functions=[itself]), ModelCode.FUNCTION
    shadow = helper.make_function("", "Relu", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], opset)
    yield "a function named as an operator", model_of(graph_of([node("Relu")]), functions=[shadow]), ModelCode.FUNCTION


def _giants() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    giant = whole("s", 4, GIANT)
    filled = node("ConstantOfShape", "s", "y")
    yield "ConstantOfShape of 16 GB", model_of(graph_of([filled], [giant])), ModelCode.GIANT
    held = helper.make_node("Constant", [], ["s"], value=giant)
    yield "a giant shape in a node", model_of(graph_of([held, filled])), ModelCode.GIANT
    held = helper.make_node("Constant", [], ["s"], value_ints=[GIANT, 4])
    yield "a giant shape in an attribute", model_of(graph_of([held, filled])), ModelCode.GIANT
    for kind in ("Expand", "Reshape", "Tile"):
        yield f"{kind} to 16 GB", model_of(graph_of([node(kind, "x s")], [giant])), ModelCode.GIANT
    ends = [helper.make_tensor(name, FLOAT, [], [value]) for name, value in (("a", 0.0), ("b", 1e30), ("c", 1e-30))]
    yield "an endless Range", model_of(graph_of([node("Range", "a b c")], ends)), ModelCode.GIANT
    still = [helper.make_tensor(name, FLOAT, [], [value]) for name, value in (("a", 0.0), ("b", 1.0), ("c", 0.0))]
    yield "a Range that stands still", model_of(graph_of([node("Range", "a b c")], still)), ModelCode.GIANT
    scales = helper.make_tensor("s", FLOAT, [2], [1e6, 1e6])
    resized = helper.make_node("Resize", ["x", "", "s"], ["y"])
    yield "Resize by a million", model_of(graph_of([resized], [scales])), ModelCode.GIANT
    resized = helper.make_node("Resize", ["x", "", "", "s"], ["y"])
    yield "Resize to 16 GB", model_of(graph_of([resized], [giant])), ModelCode.GIANT
    depth = [helper.make_tensor("d", TensorProto.INT64, [], [GIANT]), helper.make_tensor("v", FLOAT, [2], [0.0, 1.0])]
    whole_input = [VALUE("x", TensorProto.INT64, [None, 4])]
    hot = graph_of([node("OneHot", "x d v")], depth, inputs=whole_input)
    yield "OneHot of four thousand million", model_of(hot), ModelCode.GIANT
    yield (
        "Pad by four thousand million",
        model_of(graph_of([node("Pad", "x s")], [whole("s", 0, 0, 0, GIANT)])),
        ModelCode.GIANT,
    )
    many = [node("Relu", f"v{i}", f"v{i + 1}") for i in range(20_001)]
    yield "too many nodes", model_of(graph_of(many, inputs=[VALUE("v0", FLOAT, [None, 4])])), ModelCode.NODES
    yield "no node", model_of(graph_of([])), ModelCode.NODES


def _tensors() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    product = node("MatMul", "x w")
    for name, tensor in (
        ("short", TensorProto(name="w", data_type=FLOAT, dims=[4, 100], raw_data=b"\0" * 16)),
        ("long", TensorProto(name="w", data_type=FLOAT, dims=[1], raw_data=b"\0" * 64)),
        ("empty", TensorProto(name="w", data_type=FLOAT, dims=[4, 4])),
        ("negative", TensorProto(name="w", data_type=FLOAT, dims=[-4, -1], raw_data=b"\0" * 16)),
        ("overflowing", TensorProto(name="w", data_type=FLOAT, dims=[2**62, 4], raw_data=b"")),
        ("of nine dimensions", TensorProto(name="w", data_type=FLOAT, dims=[1] * 9, raw_data=b"\0" * 4)),
        ("twice filled", TensorProto(name="w", data_type=FLOAT, dims=[4, 1], raw_data=b"\0" * 16, float_data=[1.0])),
        ("of no type", TensorProto(name="w", data_type=0, dims=[1])),
        ("complex", TensorProto(name="w", data_type=TensorProto.COMPLEX64, dims=[1], raw_data=b"\0" * 8)),
        ("of four bits", TensorProto(name="w", data_type=TensorProto.INT4, dims=[2], raw_data=b"\0")),
        ("of texts as bytes", TensorProto(name="w", data_type=TensorProto.STRING, dims=[1], raw_data=b"abc")),
    ):
        yield f"a tensor {name}", model_of(graph_of([product], [tensor])), ModelCode.TENSOR
    dense = helper.make_tensor("w", FLOAT, [1], [1.0])
    graph = graph_of([product])
    graph.sparse_initializer.append(sparse(dense))
    yield "a sparse tensor", model_of(graph), ModelCode.TENSOR


def _graphs() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    yield "a value from nowhere", model_of(graph_of([node("Relu", "nowhere")])), ModelCode.GRAPH
    loop = [node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")]
    yield "a loop of nodes", model_of(graph_of(loop)), ModelCode.GRAPH
    twice = [node("Relu", "x", "y"), node("Neg", "x", "y")]
    yield "a value made twice", model_of(graph_of(twice)), ModelCode.GRAPH
    yield "an output never made", model_of(graph_of([node("Relu", "x", "z")])), ModelCode.GRAPH
    named = node("Relu")
    named.name = "n" * 5_000
    yield "a name with a NUL", model_of(graph_of([node("Relu\0")])), ModelCode.GRAPH
    yield "a name without end", model_of(graph_of([named])), ModelCode.GRAPH
    two = model_of(graph_of([node("Relu")]))
    two.opset_import.append(helper.make_operatorsetid("ai.onnx", 9))
    yield "one domain in two versions", two, ModelCode.OPSET
    for version in (0, 1, 2**31, -5):
        made = model_of(graph_of([node("Relu")]), domains={"": version})
        yield f"operators of version {version}", made, ModelCode.OPSET
    none = model_of(graph_of([node("Relu")]))
    del none.opset_import[:]
    none.metadata_props.append(StringStringEntryProto(key="k", value="v"))
    yield "operators of no version", none, ModelCode.OPSET
    again = node("Clip", "x")
    again.attribute.extend([helper.make_attribute("min", 0.0), helper.make_attribute("min", 1.0)])
    yield "an attribute twice", model_of(graph_of([again])), ModelCode.DUPLICATE
    inner = helper.make_tensor_type_proto(FLOAT, None)
    for name, kind in (
        ("sequence", helper.make_sequence_type_proto(inner)),
        ("optional", helper.make_optional_type_proto(inner)),
    ):
        odd = graph_of([node("Relu")], inputs=[helper.make_value_info("x", kind)])
        yield f"an input that is a {name}", model_of(odd), ModelCode.VALUE
    labels = graph_of([node("Cast", to=TensorProto.INT64)], outputs=[VALUE("y", TensorProto.INT64, [None, 4])])
    yield "labels alone", model_of(labels), ModelCode.OUTPUT
    fixed = graph_of([node("Relu")], inputs=[VALUE("x", FLOAT, [1, 4])])
    yield "one row at a time", model_of(fixed), ModelCode.INPUT
    picture = graph_of([node("Relu")], inputs=[VALUE("x", FLOAT, [None, 3, 224, 224])])
    yield "a picture", model_of(picture), ModelCode.INPUT
    wrong = graph_of([node("MatMul", "x w")], [helper.make_tensor("w", FLOAT, [5, 1], [1.0] * 5)])
    yield "shapes that do not meet", model_of(wrong), ModelCode.LOADER


def ensemble(**spoilt: Any) -> ModelProto:
    """A regressor of one stump, with some attributes spoilt."""
    attributes: dict[str, Any] = {
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [1, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
        "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0],
        "target_nodeids": [1, 2],
        "target_ids": [0, 0],
        "target_weights": [-1.0, 1.0],
        "n_targets": 1,
    } | spoilt
    made = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **attributes)
    return model_of(graph_of([made]), domains={"": 17, "ai.onnx.ml": 3})


def _ensembles() -> Iterator[tuple[str, ModelProto, ModelCode]]:
    for name, spoilt in {
        "a cycle": {"nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"], "nodes_truenodeids": [1, 0, 0]},
        "a child of its own": {"nodes_truenodeids": [0, 0, 0]},
        "a child out of range": {"nodes_falsenodeids": [9, 0, 0]},
        "a negative child": {"nodes_falsenodeids": [-7, 0, 0]},
        "a child far out of range": {"nodes_truenodeids": [2**62, 0, 0]},
        "a negative feature": {"nodes_featureids": [-1, 0, 0]},
        "a feature out of range": {"nodes_featureids": [2**40, 0, 0]},
        "a short list": {"nodes_values": [0.5]},
        "an orphan": {"nodes_truenodeids": [2, 0, 0]},
        "the same node twice": {"nodes_nodeids": [0, 1, 1]},
        "a leaf that is nowhere": {"target_nodeids": [1, 77]},
        "a weight too few": {"target_weights": [1.0]},
        "an output out of range": {"target_ids": [0, 5]},
        "a negative output": {"target_ids": [0, -5]},
        "no output": {"n_targets": 0},
        "a thousand million outputs": {"n_targets": 10**9},
        "a leaf that is no number": {"target_weights": [float("nan"), 1.0]},
        "an infinite base": {"base_values": [float("inf")]},
        "too many bases": {"base_values": [0.0, 1.0, 2.0]},
    }.items():
        yield f"trees with {name}", ensemble(**spoilt), ModelCode.TREE
    vectors = {"kernel_type": "LINEAR", "kernel_params": [0.5, 0.0, 3.0], "rho": [0.1], "n_supports": 2}
    for name, spoilt in {
        "coefficients missing": {"coefficients": [1.0], "support_vectors": [0.0] * 8},
        "vectors missing": {"coefficients": [1.0, 1.0], "support_vectors": [0.0] * 7},
        "many supports": {"coefficients": [1.0, 1.0], "support_vectors": [0.0] * 8, "n_supports": 2**40},
    }.items():
        made = helper.make_node("SVMRegressor", ["x"], ["y"], domain="ai.onnx.ml", **{**vectors, **spoilt})
        yield f"vectors with {name}", model_of(graph_of([made]), domains={"": 17, "ai.onnx.ml": 3}), ModelCode.TREE
    made = helper.make_node(
        "LabelEncoder", ["x"], ["y"], domain="ai.onnx.ml", keys_floats=[1.0, 2.0], values_floats=[1.0]
    )
    yield (
        "an encoder with a value missing",
        model_of(graph_of([made]), domains={"": 17, "ai.onnx.ml": 3}),
        ModelCode.TENSOR,
    )


_KINDS: tuple[Callable[[], Iterator[tuple[str, ModelProto, ModelCode]]], ...] = (
    _externals,
    _operators,
    _functions,
    _giants,
    _tensors,
    _graphs,
    _ensembles,
)


def hostile() -> dict[str, tuple[bytes, ModelCode]]:
    found = {name: (made.SerializeToString(), code) for kind in _KINDS for name, made, code in kind()}
    good = ensemble().SerializeToString()
    found["a file cut short"] = (good[: len(good) * 2 // 3], ModelCode.BROKEN)
    found["a graph nested without end"] = (_nested(5_000), ModelCode.BROKEN)
    return found


def _nested(levels: int) -> bytes:
    """ModelProto.graph.node.attribute.g.node.attribute.g..., written by hand: protobuf's own writer would give up."""
    data = b""
    for _ in range(levels):
        for tag in (0x32, 0x2A, 0x0A):  # attribute.g, node.attribute, graph.node
            data = bytes([tag]) + _varint(len(data)) + data
    return b"\x08\x0a\x3a" + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def doubling(times: int) -> bytes:
    """Innocent nodes that double a tensor again and again: no constant says so, only the memory limit stops it."""
    nodes = [node("Concat", f"v{i} v{i}", f"v{i + 1}", axis=1) for i in range(times)]
    last = [VALUE(f"v{times}", FLOAT, [None, None])]
    return model_of(graph_of(nodes, inputs=[VALUE("v0", FLOAT, [None, 4])], outputs=last)).SerializeToString()


def slow() -> bytes:
    """A product of two squares that takes long at every row."""
    side = 1_500
    square = helper.make_tensor("w", FLOAT, [side, side], np.zeros(side * side, np.float32).tobytes(), raw=True)
    nodes = [node("MatMul", f"{'w' if not i else f'v{i}'} w", f"v{i + 1}") for i in range(20_0)]
    nodes += [node("ReduceSum", "v200", "s", keepdims=0), node("Add", "x s")]
    return model_of(graph_of(nodes, [square])).SerializeToString()
