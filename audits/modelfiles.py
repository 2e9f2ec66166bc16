"""Model files on their way in: admitted by their first bytes, stored as sent, examined in the cage, ready or refused.

`facts` of a ready file: format, runtime, features and texts (what it gets for a row), outputs (numbers it answers),
exact_trees with exact_trees_why, and empty_cells: what it does with a row without any value.
"""

from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings

from accounts.models import Organisation
from audits.admission import Admission
from audits.caged import Caged, caged
from audits.engine.frame import Column, Frame, frame_from_arrays
from audits.engine.model import Asked, answer_columns
from audits.faults import upload_refuse
from audits.images import Image
from audits.interface import Input, Interface
from audits.models import ModelFile
from audits.sandbox.models.detect import HEAD, form_of_model, why_refused
from audits.sandbox.models.shape import Rejected
from audits.sandbox.models.words import error_of_model
from audits.states import MODEL_FILE
from core.actors import Actor
from core.errors import InputRefused, PlimsollError, Unavailable
from core.jobs.service import job_enqueue
from core.jobs.work import Work
from core.journal import journal_write
from core.states import state_change
from provenance.staging import Staged
from provenance.store import artifact_keep

MEDIA = "application/octet-stream"


def _form_check(head: bytes) -> None:
    if form_of_model(head) == "refused":
        raise error_of_model(Rejected(why_refused(head)))


MODELS = Admission(
    judge=_form_check,
    head=HEAD,
    limit=lambda: settings.MODEL_MAX_BYTES,
    smaller="Send the fitted model alone, without its training data; ask the insurer about larger ones.",
    empty=lambda: InputRefused("The file is empty.", field="file", limit="a model", remedy="Send the model itself."),
)


def modelfile_register(
    *, organisation: Organisation, staged: Staged, interface: Interface, name: str, actor: Actor, at: datetime
) -> ModelFile:
    """Take a staged upload into the store as a received model file and have it examined, in the caller's transaction.

    Raises TooLarge over the organisation's quota.
    """
    artifact = artifact_keep(organisation=organisation, staged=staged, name=name, media=MEDIA, at=at, actor=actor)
    file = ModelFile.objects.create(
        organisation=organisation,
        created_at=at,
        digest=staged.digest,
        size=staged.size,
        artifact=artifact,
        interface=interface.to_dict(),
        uploaded_by=actor.label,
    )
    journal_write(
        actor=actor,
        action="model_file.received",
        subject_kind="model_file",
        subject_id=file.pk,
        organisation_id=organisation.pk,
        at=at,
        detail={"digest": file.digest, "size": file.size, "name": name},
    )
    job = job_enqueue(
        kind="audits.examine",
        organisation_id=organisation.pk,
        args={"model_file_id": str(file.pk)},
        key=f"audits.examine:{file.pk}",
        at=at,
        actor=actor,
    )
    file.job_id = job.pk
    file.save(update_fields=["job_id"])
    return file


def modelfile_examine(*, file: ModelFile, work: Work) -> None:
    """Open the file in the cage and ask it a first question; it becomes ready or refused."""
    work.progress(0, 2, "opening it in the cage")
    try:
        facts = _facts(file, work)
    except (InputRefused, Unavailable) as error:
        with work.commit() as at:
            modelfile_refuse(file=file, error=error, actor=work.actor, at=at)
        return
    with work.commit() as at:
        changes = {"facts": facts, "format": facts["format"]}
        state_change(
            instance=file, machine=MODEL_FILE, to=ModelFile.State.READY, actor=work.actor, at=at, changes=changes
        )


def modelfile_refuse(*, file: ModelFile, error: PlimsollError, actor: Actor, at: datetime) -> None:
    """Refuse a received model file inside the caller's transaction; its bytes are not kept."""
    upload_refuse(upload=file, machine=MODEL_FILE, error=error, actor=actor, at=at)


def probe(interface: Interface, *, empty: bool = False) -> Frame:
    """A few plausible rows: zeros and ones, the first and the last category; or one row without any value."""
    if interface.image is not None:
        return _images(interface.inputs[0].column, interface.image, empty)
    cells = {one.column: [None] if empty else _plausible(one) for one in interface.inputs}
    return frame_from_arrays(cells)


def _images(name: str, image: Image, empty: bool) -> Frame:
    """A black image and a white one; or none."""
    pixels = np.repeat(np.array([[0], [255]], np.uint8), image.bytes, axis=1)[: 1 if empty else 2]
    return Frame({name: Column(name, "image", pixels, np.full(len(pixels), empty))})


def _plausible(one: Input) -> list[Any]:
    if one.how == "number":
        return [0.0, 1.0]
    return [one.categories[0], one.categories[-1]] if one.categories else ["", "a"]


def _facts(file: ModelFile, work: Work) -> dict[str, Any]:
    with caged(file) as model:
        work.progress(1, 2, "asking it a first question")
        answers = Asked(model).answers(probe(model.interface))
        _meaning_check(model, answers)
        interface, trees = model.interface, model.trees
        return {
            "format": model.format,
            "runtime": model.runtime,
            "features": len(interface.features),
            "texts": len(interface.texts),
            "outputs": answers.shape[1],
            "exact_trees": trees is not None,
            "exact_trees_why": _trees_why(model),
            "empty_cells": _empty_cells(model),
        }


def _meaning_check(model: Caged, answers: Any) -> None:
    """A probability lies between 0 and 1: margins that are taken for one would be found out only by the audit."""
    if model.interface.output.means != "probability":
        return
    (column, *_) = answer_columns(answers, model.interface)
    outside = column.values[(column.values < 0) | (column.values > 1)]
    if len(outside):
        raise InputRefused(
            f"The model answers {outside[0]:g} where the interface says probability.",
            field="interface.output.means",
            limit="0 to 1",
            remedy="Hand over the model with its last step (logistic, softmax), or register a version whose interface "
            "names another number of its answer.",
        )


def _trees_why(model: Caged) -> str:
    if model.trees is not None:
        return f"{len(model.trees.roots):,} trees were read and checked: explanations are exact."
    return "Its trees could not be read as plain arrays, or it has none: explanations are by sampling."


def _empty_cells(model: Caged) -> str:
    """The last question: a model that dies of it has answered all that it must."""
    try:
        Asked(model).answers(probe(model.interface, empty=True))
    except InputRefused as error:
        return f"A row without any value is not answered: {error.message}"
    return "A row without any value is answered."
