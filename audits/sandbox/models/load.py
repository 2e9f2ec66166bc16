"""Stands in until the readers of models arrive: knows no format."""

from typing import Any

from audits.interface import Interface
from audits.sandbox.models.shape import Loaded, ModelCode, Rejected


def form_of_model(_head: bytes) -> str:
    """The format of a file that begins so, or "refused"."""
    return "refused"


def warm(model_format: str) -> None:
    """Load the runtime of a format and have it predict once."""
    raise ImportError(f"no runtime for {model_format}")


def model_load(_data: bytes, _interface: Interface, _limits: Any) -> Loaded:
    """Validate and load. Raises Rejected."""
    raise Rejected(ModelCode.FORMAT)
