"""What went wrong with a caged model, in plain words. The child sends numbers and a short detail, never a sentence."""

from audits.sandbox.limits import Limits
from audits.sandbox.model_protocol import Fault, FaultCode, ModelRefusal
from audits.sandbox.models.shape import ModelCode, Rejected
from audits.sandbox.models.words import error_of_model
from audits.sandbox.protocol import Code, Refusal
from audits.sandbox.refusals import ModelFault, ModelRejected, ResourceLimit, error_of
from core.errors import InputRefused, PlimsollError

_SMALLER = "Send a smaller model, or one in a leaner format such as ONNX."
_TRY = "Load the file where it was made and have it predict the same rows; send it again when that works."

_FAULTS = {
    FaultCode.RAISED: ("The model failed on rows it was asked about ({detail}).", "an answer to every row"),
    FaultCode.SHAPE: ("The model answered in another shape than it announced: {detail}.", "one row of answers a row"),
    FaultCode.NOT_FINITE: ("The model answered a number that is infinite or none at all.", "finite numbers"),
}


def refused_error(refusal: ModelRefusal, limits: Limits) -> PlimsollError:
    """The error for what the child refused; a code that does not exist is the child's fault."""
    if refusal.code == Code.NOT_ISOLATED:
        return error_of(Refusal(Code.NOT_ISOLATED), limits)
    if refusal.code == Code.MEMORY:
        return _over_memory(limits)
    try:
        return rejected(ModelCode(refusal.code), detail=refusal.detail, number=refusal.number)
    except ValueError:
        return broken()


def rejected(code: ModelCode, *, detail: str = "", number: int = 0) -> ModelRejected:
    """The file is unusable: the words of its code, with the HTTP status of their kind."""
    told = error_of_model(Rejected(code, detail=detail, number=number))
    return ModelRejected(told.message, field="file", limit=told.limit, remedy=told.remedy).like(type(told))


def too_large(limits: Limits) -> ModelRejected:
    """The file is over the cap."""
    return ModelRejected(
        "The model file is too large.", field="file", limit=f"{limits.artifact:,} bytes", remedy=_SMALLER
    )


def fault_error(fault: Fault, limits: Limits) -> InputRefused:
    """The model told that it could not answer."""
    if fault.code == FaultCode.MEMORY:
        return _over_memory(limits)
    message, limit = _FAULTS[fault.code]
    return ModelFault(message.format(detail=fault.detail), field="model", limit=limit, remedy=_TRY)


def over_limit(limits: Limits) -> ResourceLimit:
    """The child used up its time, or the kernel ended it."""
    return ResourceLimit(
        "The model takes too long, or more of the machine than it may have.",
        field="model",
        limit=f"{limits.answer_seconds} s a batch, {limits.cpu_seconds:,} s in all, {limits.address_space:,} bytes",
        remedy=_SMALLER,
    )


def broken() -> ModelFault:
    """The child died or answered nonsense."""
    return ModelFault(
        "The model made its runtime fail. It ran in isolation; nothing else was touched.",
        field="model",
        limit="a model that its own runtime loads and runs",
        remedy=_TRY,
    )


def _over_memory(limits: Limits) -> ResourceLimit:
    return ResourceLimit(
        "The model needs too much memory.", field="model", limit=f"{limits.address_space:,} bytes", remedy=_SMALLER
    )
