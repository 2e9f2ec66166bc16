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


class Rejected(Exception):
    """The model file cannot be used: a code, a short printable detail (an operator's name, say) and a number."""

    def __init__(self, code: ModelCode, *, detail: str = "", number: int = 0) -> None:
        super().__init__(code.name)
        self.code = code
        self.detail = detail[:200]
        self.number = number


@dataclass(frozen=True)
class Batch:
    """Rows for a model: the numeric features float64[rows, f] in the interface's order, and one array of str a text."""

    numbers: npt.NDArray[np.float64]
    texts: tuple[npt.NDArray[Any], ...] = ()

    @property
    def rows(self) -> int:
        return len(self.numbers)


class Loaded(Protocol):
    """A model that was validated and loaded. `runtime` is name and version of what runs it."""

    runtime: str
    outputs: int
    trees: Trees | None

    def answers(self, batch: Batch) -> npt.NDArray[np.float64]:
        """Float64[rows, outputs]. Whatever it raises is the model's fault."""
