"""A model file becomes something that answers: found out by content, checked in plain Python, then loaded from memory.

Each format's library is imported when the format is first asked for: in the cage's zygote by `warm`, before any fork.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from audits.interface import Interface, interface_parse
from audits.sandbox.limits import DEFAULT, Limits
from audits.sandbox.models.detect import Form, form_of_model, why_refused
from audits.sandbox.models.shape import FORMATS, Batch, Loaded, ModelCode, Rejected, RuntimeMissing

__all__ = ["FORMATS", "form_of_model", "model_load", "warm", "why_refused"]

_HEAD = 64 * 1024
# format: module, and the function that loads; the module's `golden(form)` makes the model to warm with.
_HOMES: dict[str, tuple[str, str]] = {
    "onnx": ("onnx_model", "onnx_load"),
    "xgboost-json": ("xgboost_model", "xgboost_load"),
    "xgboost-ubj": ("xgboost_model", "xgboost_load"),
    "skops": ("skops_model", "skops_load"),
    "lightgbm-text": ("lightgbm_model", "lightgbm_load"),
}
_LIBRARIES = {
    "onnx": "onnx and onnxruntime",
    "xgboost-json": "xgboost",
    "xgboost-ubj": "xgboost",
    "skops": "skops and scikit-learn",
    "lightgbm-text": "lightgbm",
}
_ONE_NUMBER = {"inputs": [{"column": "x", "as": "number"}], "output": {"column": "y", "means": "value"}}


def model_load(data: bytes, interface: Interface, limits: Limits = DEFAULT, *, randomised: int | None = None) -> Loaded:
    """The model in `data`, checked and loaded. Raises Rejected, or RuntimeMissing if its library is not there.

    `randomised` is the seed by which the checked weights are exchanged at random before they are loaded.

    MemoryError goes through: how much memory there is, is no property of the file.
    """
    form = form_of_model(data[:_HEAD])
    if form == "refused":
        raise Rejected(why_refused(data[:_HEAD]))
    if randomised is not None and form != "onnx":
        raise Rejected(ModelCode.WEIGHTS, detail=form)
    if interface.image is not None and form != "onnx":
        raise Rejected(ModelCode.IMAGE, detail=f"{form} takes numbers")
    more = {} if randomised is None else {"randomised": randomised}
    load: Callable[..., Loaded] = getattr(_home(form), _HOMES[form][1])
    try:
        return load(data, form, interface, limits, **more)
    except (Rejected, MemoryError):
        raise
    except Exception as error:  # whatever else odd bytes bring about while they are read
        raise Rejected(ModelCode.LOADER, detail=f"{type(error).__name__}: {error}") from error


def warm(form: Form) -> str:
    """Imports the format's library and has it load and answer a tiny model, so that nothing is left to be imported.

    The name and version of the runtime. Raises RuntimeMissing with the reason.
    """
    interface = interface_parse(_ONE_NUMBER)
    model = model_load(_home(form).golden(form), interface)
    model.answers(Batch(np.array([[0.0], [1.0]])))
    return model.runtime


def _home(form: str) -> Any:
    try:
        return import_module(f"audits.sandbox.models.{_HOMES[form][0]}")
    except (ImportError, OSError) as error:
        raise RuntimeMissing(f"{_LIBRARIES[form]} cannot be imported: {error}") from error
