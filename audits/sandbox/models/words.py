"""Stands in until the readers of models arrive: their codes in plain words."""

from audits.sandbox.models.shape import ModelCode
from core.errors import InputRefused, Unsupported

WORDS: dict[ModelCode, tuple[type[InputRefused], str, str, str]] = {
    ModelCode.FORMAT: (Unsupported, "The content is no model format that is accepted.", "ONNX", "Send ONNX."),
}
