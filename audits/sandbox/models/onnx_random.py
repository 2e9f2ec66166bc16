"""A copy of a checked network whose weights say nothing: within each matrix or filter the numbers change places.

Adebayo et al. 2018, "Sanity checks for saliency maps", section 3: an explanation that stays the same when all weights
are drawn anew is one of the picture, not of the model. The numbers are drawn from the weights' own ones without putting
back, so that their size stays and whole numbers stay whole; biases, norms and constants of the arithmetic stay.
"""

from collections.abc import Iterator

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, numpy_helper

from audits.sandbox.models.shape import ModelCode, Rejected

# Which inputs of an operator are weights, if they are constants.
_WEIGHTS = {
    "Conv": (1,),
    "ConvTranspose": (1,),
    "ConvInteger": (1,),
    "QLinearConv": (3,),
    "Gemm": (0, 1),
    "MatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "QLinearMatMul": (0, 3),
    "LSTM": (1, 2),
    "GRU": (1, 2),
    "RNN": (1, 2),
}
# A weight may pass through these on its way from the constant.
_THROUGH = ("Cast", "DequantizeLinear", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


def weights_exchanged(model: ModelProto, seed: int) -> ModelProto:
    """The model with its weights at random, changed in place: the same for the same seed. Raises Rejected where no
    weight is a constant whose numbers differ."""
    changed = 0
    for place, tensor in enumerate(_weights(model.graph)):
        values = numpy_helper.to_array(tensor)
        if values.size < 2 or (values == values.flat[0]).all():
            continue
        drawn = np.random.default_rng([seed, place]).permutation(values.reshape(-1)).reshape(values.shape)
        tensor.CopyFrom(numpy_helper.from_array(drawn, tensor.name))
        changed += 1
    if not changed:
        raise Rejected(ModelCode.WEIGHTS, detail="no product with constants")
    return model


def _weights(graph: GraphProto) -> Iterator[TensorProto]:
    """Every constant that stands where an operator takes its weights, once, in the order of the operators."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type == "Constant":
            constants.update((node.output[0], part.t) for part in node.attribute if part.name == "value")
    seen = set()
    for node in graph.node:
        for place in _WEIGHTS.get(node.op_type, ()):
            name = node.input[place] if place < len(node.input) else ""
            while name in makers and makers[name].op_type in _THROUGH:
                name = makers[name].input[0]
            if name in constants and name not in seen:
                seen.add(name)
                yield constants[name]
