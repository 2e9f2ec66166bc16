"""Handing over the artifact of a version: the file whose digest was registered, and no other."""

from datetime import datetime

from django.db import transaction

from audits.interface import Interface, interface_parse
from audits.modelfiles import modelfile_register
from audits.models import ModelFile
from core.actors import Actor
from core.errors import Conflict, StateRefused
from core.journal import journal_write
from provenance.staging import Staged
from underwriting.models import Handover, ModelVersion, RegisteredModel
from underwriting.selectors import file_of


def artifact_hand_over(*, version: ModelVersion, staged: Staged, actor: Actor, at: datetime) -> ModelFile:
    """Take the staged file of `version` and have it examined in the cage.

    Raises Conflict for a file with another digest than the version's, StateRefused for a version without an interface,
    of a retired model, or with a file already; TooLarge over the organisation's quota.
    """
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=version.model_id)
        interface = interface_required(version)
        _refuse_retired_or_held(version, model)
        _digest_check(version, staged)
        file = modelfile_register(
            organisation=version.organisation,
            staged=staged,
            interface=interface,
            name=str(version)[:200],
            actor=actor,
            at=at,
        )
        Handover.objects.create(
            organisation_id=version.organisation_id, created_at=at, version=version, model_file=file
        )
        journal_write(
            actor=actor,
            action="version.handed_over",
            subject_kind="version",
            subject_id=version.pk,
            organisation_id=version.organisation_id,
            at=at,
            detail={"model_file": file.pk, "digest": file.digest, "size": file.size},
        )
    return file


def interface_required(version: ModelVersion) -> Interface:
    """The version's interface. Raises StateRefused for a version that was frozen without one."""
    if version.interface is None:
        raise StateRefused(
            "This version says nothing of how columns reach the model, so its file cannot be asked.",
            field="version",
            limit="versions with an interface",
            remedy="Register the same digest once more under another label, with its interface.",
        )
    return interface_parse(version.interface)


def _refuse_retired_or_held(version: ModelVersion, model: RegisteredModel) -> None:
    if model.state == RegisteredModel.State.RETIRED:
        raise StateRefused("This model is retired.", field="model", remedy="Register it anew to hand it over.")
    held = file_of(version)
    if held is not None and held.state != ModelFile.State.REFUSED:
        raise StateRefused(
            f"The file of this version was handed over already and is {held.state}.",
            field="version",
            limit="one file a version",
            remedy="GET /versions/{id}/artifact shows it; a changed model is another version.",
        )


def _digest_check(version: ModelVersion, staged: Staged) -> None:
    if staged.digest != version.digest:
        raise Conflict(
            f"This file is {staged.digest}; the version was registered as {version.digest}.",
            field="file",
            limit=version.digest,
            remedy="Send the file that was registered, or register this one as a version of its own.",
        )
