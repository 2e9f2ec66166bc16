"""One row explained: the engine's attribution of the caged model's answer."""

from typing import Any

from audits.engine.frame import Frame
from audits.engine.model import Model
from core.errors import InputRefused


def explain_row(model: Model, row: Frame, background: Frame | None) -> dict[str, Any]:
    """{algorithm, units, base, answer, contributions: [{feature, value, contribution}]}, the largest first."""
    raise InputRefused("This engine does not explain single rows.")
