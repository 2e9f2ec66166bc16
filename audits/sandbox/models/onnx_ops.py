"""Which ONNX operators may run in the cage: an allow-list. What is not named here is refused, also when it is harmless.

Left out on purpose: If, Loop, Scan and SequenceMap (graphs inside graphs), sequences, maps and optionals, random
numbers (a model must answer alike twice), and TreeEnsemble of ai.onnx.ml 5.
"""

ONNX = ""
ML = "ai.onnx.ml"

_ARITHMETIC = """Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor
Ceil Clip Cos Cosh CumSum Det Div Equal Erf Exp Floor Greater GreaterOrEqual IsInf IsNaN Less
LessOrEqual Log Max Mean Min Mod Mul Neg Not Or Pow Reciprocal Round Sign Sin Sinh Sqrt Sub Sum Tan
Xor Where"""
_ACTIVATIONS = """Celu Elu Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Relu Selu Shrink Sigmoid
Softmax Softplus Softsign Swish Tanh ThresholdedRelu"""
_REDUCTIONS = """ArgMax ArgMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
ReduceSum ReduceSumSquare TopK"""
_SHAPES = """Cast CastLike Compress Concat Constant ConstantOfShape DepthToSpace Dropout Expand EyeLike Flatten Gather
GatherElements GatherND Identity NonZero OneHot Pad Range Reshape Resize ReverseSequence ScatterElements ScatterND Shape
Size Slice SpaceToDepth Split Squeeze StringNormalizer Tile Transpose Trilu Unique Unsqueeze Upsample"""
_LAYERS = """AveragePool BatchNormalization Conv ConvTranspose Einsum GRU Gemm GlobalAveragePool GlobalMaxPool
GroupNormalization InstanceNormalization LRN LSTM LayerNormalization LpNormalization LpPool MatMul MaxPool
MeanVarianceNormalization RMSNormalization RNN TfIdfVectorizer"""
_QUANTISED = "ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear"
_LEARNING = """ArrayFeatureExtractor Binarizer CategoryMapper FeatureVectorizer Imputer LabelEncoder LinearClassifier
LinearRegressor Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsembleClassifier TreeEnsembleRegressor
ZipMap"""

ALLOWED: frozenset[tuple[str, str]] = frozenset(
    [
        (ONNX, name)
        for names in (_ARITHMETIC, _ACTIVATIONS, _REDUCTIONS, _SHAPES, _LAYERS, _QUANTISED)
        for name in names.split()
    ]
    + [(ML, name) for name in _LEARNING.split()]
)

# Which inputs of an operator say how large its output becomes, or how many times larger.
SIZE_INPUTS = {
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "Reshape": (1,),
    "Tile": (1,),
    "Resize": (2, 3),
    "Upsample": (1,),
}
# Operators whose attributes say how far a window reaches beyond the picture, and how large the output becomes.
WINDOWED = frozenset(("AveragePool", "Conv", "ConvInteger", "ConvTranspose", "LpPool", "MaxPool", "QLinearConv"))
