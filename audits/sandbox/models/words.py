"""Why a model was refused, in plain words. The child sends a code, a short detail and a number, never a sentence."""

from audits.sandbox.models.shape import ModelCode, Rejected
from core.errors import InputRefused, PlimsollError, TooLarge, Unsupported

FORMATS = "ONNX, XGBoost (JSON or UBJSON), LightGBM (text), scikit-learn saved by skops"
CONVERT = (
    "scikit-learn: skl2onnx.to_onnx(model, X, options=dict(zipmap=False)) or skops.io.dump. "
    "XGBoost: Booster.save_model('model.ubj'). LightGBM: Booster.save_model('model.txt'). "
    "PyTorch, Keras: export to ONNX. Or send the model's predictions as a data set."
)
_SAVE = "Save the model anew with the library that made it, and send it again."
_ONNX = "Export the model with plain operators, or send its predictions as a data set."
_ZIPMAP = "Convert with zipmap off: skl2onnx.to_onnx(model, X, options=dict(zipmap=False))."

# code: (error, what happened, limit, remedy); {detail} and {number} are filled in.
WORDS: dict[ModelCode, tuple[type[PlimsollError], str, str, str]] = {
    ModelCode.FORMAT: (
        Unsupported,
        "The content is no model format that is accepted, whatever the name says.",
        FORMATS,
        CONVERT,
    ),
    ModelCode.PICKLE: (
        Unsupported,
        "This is a pickle or joblib file. Loading one runs whatever its maker wrote, so none is ever opened.",
        FORMATS,
        CONVERT,
    ),
    ModelCode.COMPRESSED: (
        Unsupported,
        "The file is compressed (joblib, gzip, bzip2, xz, zlib...). It was not unpacked.",
        FORMATS,
        "If it is one of the accepted formats, send it unpacked. " + CONVERT,
    ),
    ModelCode.TORCH: (
        Unsupported,
        "This is a PyTorch file. It carries a pickle, so it is never opened.",
        FORMATS,
        "Export it: torch.onnx.export(model, example, 'model.onnx'). Or send its predictions as a data set.",
    ),
    ModelCode.KERAS: (
        Unsupported,
        "This is a Keras or HDF5 file. It may carry code, so it is never opened.",
        FORMATS,
        "Export it: model.export('model.onnx', format='onnx'). Or send its predictions as a data set.",
    ),
    ModelCode.ARCHIVE: (Unsupported, "This is an archive that skops did not write.", FORMATS, CONVERT),
    ModelCode.RUNTIME: (
        Unsupported,
        "This format cannot be run here now: {detail}",
        FORMATS,
        "Send the model in another format, or ask the insurer to install the library.",
    ),
    ModelCode.SIZE: (TooLarge, "A part of the file is too large.", "{number} bytes or characters", _SAVE),
    ModelCode.BROKEN: (InputRefused, "The file is damaged or cut short ({detail}).", "a whole file", _SAVE),
    ModelCode.LOADER: (
        InputRefused,
        "The model's library refuses the file: {detail}",
        "a model that its library loads",
        _SAVE,
    ),
    ModelCode.FEATURES: (
        InputRefused,
        "The model wants {number} features and the interface makes {detail}.",
        "as many features as the model was trained with",
        "Register a version with corrected inputs in its interface: order, columns, categories of each one_hot.",
    ),
    ModelCode.FEATURE_ORDER: (
        InputRefused,
        "The interface makes the model's features in another order. The model wants: {detail}",
        "the order of training",
        "Register a version whose interface has its inputs in that order.",
    ),
    ModelCode.INPUT: (
        InputRefused,
        "The model's inputs do not fit the interface ({detail}).",
        "one tensor [n, features], or one tensor [n, 1] for each input, by name; n left open",
        "Register a version whose interface names its inputs as the model does, or export the model with n left open.",
    ),
    ModelCode.TEXT: (
        InputRefused,
        "The model takes numbers alone, and input {detail} is text.",
        "number, codes or one_hot",
        "State the input as codes or one_hot with its categories.",
    ),
    ModelCode.IMAGE: (
        InputRefused,
        "The model does not take the image that the interface names ({detail}).",
        "an ONNX model with one float input [n, channels, height, width] or [n, height, width, channels], n left open",
        "Register a version whose interface states layout and sizes as the model does, or export the model in ONNX.",
    ),
    ModelCode.WEIGHTS: (
        InputRefused,
        "The model has no weights that could be exchanged at random ({detail}).",
        "a network in ONNX: convolutions or products with constant matrices",
        "None: the check by random weights does not apply to it.",
    ),
    ModelCode.OUTPUT: (
        InputRefused,
        "The model has no output of real numbers with one row a row ({detail}).",
        "a float or double tensor [n] or [n, k], k up to 1,000",
        "Export the probabilities or values, not the label alone.",
    ),
    ModelCode.ZIPMAP: (
        InputRefused,
        "Output {detail} is a list of dictionaries, not a tensor.",
        "a float or double tensor [n] or [n, k]",
        _ZIPMAP,
    ),
    ModelCode.DEPTH: (InputRefused, "The file is nested too deeply.", "{number} levels", _SAVE),
    ModelCode.DUPLICATE: (InputRefused, "{detail} stands twice in the file.", "each name once", _SAVE),
    ModelCode.KEY: (
        InputRefused,
        "{detail} is missing, or is not what it should be.",
        "as the library writes it",
        _SAVE,
    ),
    ModelCode.OPERATOR: (
        Unsupported,
        "Operator {detail} is not on the list of those that may run.",
        "plain operators of ai.onnx and ai.onnx.ml; no If, Loop, Scan, sequences or random numbers",
        _ONNX,
    ),
    ModelCode.DOMAIN: (Unsupported, "Operator {detail} is of a custom domain.", "ai.onnx and ai.onnx.ml", _ONNX),
    ModelCode.FUNCTION: (
        Unsupported,
        "The model defines functions of its own.",
        "no local functions",
        "Inline them: onnx.inliner.inline_local_functions(model).",
    ),
    ModelCode.EXTERNAL: (
        InputRefused,
        "Tensor {detail} lies in another file.",
        "all data in the one file",
        "Save it in one piece: onnx.save(onnx.load(path), 'model.onnx').",
    ),
    ModelCode.NODES: (TooLarge, "The graph is empty or has too many nodes.", "1 to {number} nodes", _ONNX),
    ModelCode.TENSOR: (
        InputRefused,
        "A tensor or attribute cannot be used ({detail}).",
        "dense tensors of ordinary numbers or texts, as long as their shape; attributes that hold no graph",
        _ONNX,
    ),
    ModelCode.GIANT: (
        TooLarge,
        "Operator {detail} asks for an implausibly large tensor.",
        "{number} elements",
        _ONNX,
    ),
    ModelCode.VALUE: (
        Unsupported,
        "An input or output is no tensor ({detail}).",
        "tensors",
        "Export the model with tensors in and out. " + _ZIPMAP,
    ),
    ModelCode.OPSET: (
        Unsupported,
        "The model needs a version of the operators that is not supported ({detail}).",
        "ai.onnx 7 or later, each domain imported once",
        "Convert it: onnx.version_converter.convert_version(model, 17).",
    ),
    ModelCode.GRAPH: (InputRefused, "The graph is not in order: {detail}.", "each value made once, before use", _ONNX),
    ModelCode.TREE: (InputRefused, "A part of the model contradicts another: {detail}.", "lists that fit", _SAVE),
    ModelCode.BOOSTER: (
        Unsupported,
        "Boosters of kind {detail} are not supported.",
        "XGBoost gbtree; LightGBM gbdt, goss, dart, rf",
        "Train it with that kind, convert it to ONNX, or send its predictions as a data set.",
    ),
    ModelCode.OBJECTIVE: (
        Unsupported,
        "Objective {detail} is not supported.",
        "regression, binary, multiclass, ranking, Poisson, gamma, Tweedie",
        "Send the model's predictions as a data set.",
    ),
    ModelCode.CATEGORICAL: (
        Unsupported,
        "The trees split on native categories.",
        "splits on numbers",
        "Train on codes or one-hot columns, convert it to ONNX, or send its predictions as a data set.",
    ),
    ModelCode.COUNT: (TooLarge, "The model has no {detail}, or too many.", "1 to {number} {detail}", _SAVE),
    ModelCode.LINEAR: (
        Unsupported,
        "The trees have linear models in their leaves.",
        "a number in each leaf",
        "Train with linear_tree off, or send the model's predictions as a data set.",
    ),
    ModelCode.TYPE: (
        Unsupported,
        "The file holds an object of type {detail}, which is not on our list.",
        "scikit-learn's own estimators and transformers, and plain numbers",
        "Leave it out, convert the model to ONNX, or send its predictions as a data set.",
    ),
    ModelCode.NODE: (
        Unsupported,
        "The file holds {detail}, which stands for code and not for data.",
        "data alone: no functions, methods, operators, partials",
        "Leave it out, convert the model to ONNX, or send its predictions as a data set.",
    ),
    ModelCode.OBJECT_ARRAY: (
        Unsupported,
        "Array {detail} is one of Python objects, which is a pickle within the file, or is damaged.",
        "arrays of numbers, truth values and texts",
        "Convert the array to numbers or fixed-width texts before saving. " + CONVERT,
    ),
    ModelCode.MEMBER: (
        InputRefused,
        "Member {detail} of the file is not one that skops writes.",
        "schema.json, and arrays it names, each once",
        _SAVE,
    ),
    ModelCode.BOMB: (TooLarge, "The file unpacks to implausibly much.", "{number} bytes", "Save it uncompressed."),
    ModelCode.ESTIMATOR: (
        Unsupported,
        "The object in the file is {detail}, which does not predict.",
        "a fitted estimator or pipeline with predict_proba, decision_function or predict",
        "Save the fitted pipeline itself.",
    ),
    ModelCode.PATTERN: (
        Unsupported,
        "The words of a text are found by {detail}, an expression that could take hours over one text.",
        "token_pattern of single characters and classes with at most one repetition, no groups, no alternatives",
        r"Train it with the default token_pattern, (?u)\b\w\w+\b, or with \w+ or [a-z]+.",
    ),
}


def error_of_model(rejected: Rejected) -> PlimsollError:
    """The rejection as an error with field "file", limit and remedy."""
    kind, message, limit, remedy = WORDS[rejected.code]
    known = {"detail": rejected.detail or "it", "number": f"{rejected.number:,}"}
    return kind(message.format(**known), field="file", limit=limit.format(**known), remedy=remedy)
