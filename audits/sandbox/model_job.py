"""The child's side of a model: load the file, tell what it is, then answer questions until there are no more."""

import json
from typing import Any, BinaryIO

import numpy as np

from audits.interface import interface_parse
from audits.sandbox.limits import Limits
from audits.sandbox.model_protocol import (
    MAGIC,
    Facts,
    Fault,
    FaultCode,
    Floats,
    answer_bytes,
    ask_read,
    facts_bytes,
    fault_bytes,
    interface_read,
)
from audits.sandbox.models.load import model_load
from audits.sandbox.models.shape import Batch, Loaded

__all__ = ["MAGIC", "serve"]


def serve(job: dict[str, Any], raw: BinaryIO, asked: BinaryIO, out: BinaryIO, limits: Limits) -> None:
    """Answer for one model, whatever is in the file. Raises Rejected."""
    interface = interface_parse(json.loads(interface_read(asked)))
    more = {"randomised": job["randomised"]} if "randomised" in job else {}
    model = model_load(raw.read(limits.artifact), interface, limits, **more)
    out.write(facts_bytes(Facts(model.runtime, model.outputs, model.trees)))
    out.flush()
    sizes = len(interface.features), len(interface.texts), interface.image.bytes if interface.image else 0
    while question := ask_read(asked, *sizes):
        number, batch = question
        try:
            out.write(answer_bytes(number, _answers(model, batch)))
        except Fault as fault:
            out.write(fault_bytes(number, fault))
        out.flush()


def _answers(model: Loaded, batch: Batch) -> Floats:
    try:
        answers = np.asarray(model.answers(batch), np.float64)
    except MemoryError:
        raise Fault(FaultCode.MEMORY) from None
    except Exception as error:
        raise Fault(FaultCode.RAISED, f"{type(error).__name__}: {error}") from None
    if answers.shape != (batch.rows, model.outputs):
        raise Fault(FaultCode.SHAPE, f"{answers.shape} for {batch.rows} rows and {model.outputs} outputs")
    return answers
