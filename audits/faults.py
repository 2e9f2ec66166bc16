"""What is told of an upload or a model that could not be used: the refusal, the cage's verdict, never a row's value."""

from datetime import datetime
from typing import Any

from audits.models import DataSet, ModelFile
from core.actors import Actor
from core.api.problems import problem
from core.errors import InputRefused, PlimsollError
from core.states import Machine, state_change
from provenance.store import artifact_discard


def problem_of(error: PlimsollError) -> dict[str, Any]:
    """The problem document of `error`; `verdict` is the cage's own, where it was the cage that gave up."""
    verdict = getattr(error, "verdict", None)
    return {**problem(error), **({"verdict": verdict} if verdict else {})}


def fault_bare(error: InputRefused) -> InputRefused:
    """A model's failure without its own words: a model that has seen rows could put a cell into them."""
    bare = InputRefused("The model failed on these rows.", field="model", limit="an answer to every row")
    bare.verdict = getattr(error, "verdict", None)  # type: ignore[attr-defined]
    return bare


def error_shown(error: PlimsollError, dataset: DataSet) -> PlimsollError:
    """`error`, unless the insurer holds the rows: words about cells, or a model's own, could carry a value out."""
    if dataset.rows_shown:
        return error
    bare = InputRefused(
        "This audit could not be measured on the rows that the insurer holds.",
        field="dataset",
        remedy="Ask the insurer: its log has the reason under this audit's id.",
    )
    bare.verdict = getattr(error, "verdict", None)  # type: ignore[attr-defined]
    return bare


def upload_refuse(
    *, upload: DataSet | ModelFile, machine: Machine, error: PlimsollError, actor: Actor, at: datetime
) -> None:
    """Refuse a received upload inside the caller's transaction; the bytes it was sent as are not kept."""
    artifact = upload.artifact
    state_change(
        instance=upload,
        machine=machine,
        to="refused",
        actor=actor,
        at=at,
        why=error.message,
        changes={"reason": error.message, "problem": problem_of(error), "artifact": None},
    )
    if artifact is not None:
        artifact_discard(artifact=artifact, actor=actor, at=at, why=error.message)
