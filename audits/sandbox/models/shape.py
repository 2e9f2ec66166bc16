"""What the cage's child knows of a loaded model, whatever its format."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from audits.trees import Trees

FORMATS = ("onnx", "xgboost-json", "xgboost-ubj", "skops", "lightgbm-text")


class ModelCode(IntEnum):
    """Why a model file was rejected; audits.sandbox.models.words has the sentences. Codes of tables lie below 100."""

    FORMAT = 100  # the content is no format that is accepted
    PICKLE = 101
    COMPRESSED = 102
    TORCH = 103
    KERAS = 104
    ARCHIVE = 105
    RUNTIME = 106  # the library that runs the format is not installed here
    SIZE = 107
    BROKEN = 108
    LOADER = 109  # our checks passed and the library still refuses it
    FEATURES = 110  # detail: how many the interface makes; number: how many the model wants
    FEATURE_ORDER = 111
    INPUT = 112
    TEXT = 113
    OUTPUT = 114
    ZIPMAP = 115
    DEPTH = 116
    DUPLICATE = 117
    KEY = 118
    # ONNX
    OPERATOR = 120
    DOMAIN = 121
    FUNCTION = 122
    EXTERNAL = 123
    NODES = 124
    TENSOR = 125
    GIANT = 126
    VALUE = 127
    OPSET = 128
    GRAPH = 129
    IMAGE = 130  # detail: what does not fit; the format, or the shape of the input
    WEIGHTS = 131  # there are none to exchange
    # trees, in any format
    TREE = 140
    BOOSTER = 141
    OBJECTIVE = 142
    CATEGORICAL = 143
    COUNT = 144
    LINEAR = 145
    # skops
    TYPE = 160
    NODE = 161
    OBJECT_ARRAY = 162
    MEMBER = 163
    BOMB = 164
    ESTIMATOR = 165
    PATTERN = 166  # detail: a regular expression that may take hours


class RuntimeMissing(Exception):
    """The library that runs a format cannot be imported here; the text says why."""


class Rejected(Exception):
    """The model file cannot be used: a code, a short printable detail (an operator's name, say) and a number."""

    def __init__(self, code: ModelCode, *, detail: str = "", number: int = 0) -> None:
        super().__init__(code.name)
        self.code = code
        self.detail = "".join(char for char in detail[:200] if char.isprintable())
        self.number = number


@dataclass(frozen=True)
class Batch:
    """Rows for a model: the numeric features float64[rows, f] in the interface's order, and one array of str a text.

    A model of images gets `images` uint8[rows, bytes] and numbers of no column."""

    numbers: npt.NDArray[np.float64]
    texts: tuple[npt.NDArray[Any], ...] = ()
    images: npt.NDArray[np.uint8] | None = None

    @property
    def rows(self) -> int:
        return len(self.numbers)


class Loaded(Protocol):
    """A model that was validated and loaded. `format` is one of FORMATS, `runtime` name and version of what runs it."""

    format: str
    runtime: str
    outputs: int
    trees: Trees | None

    def answers(self, batch: Batch) -> npt.NDArray[np.float64]:
        """Float64[rows, outputs]. Whatever it raises is the model's fault."""
