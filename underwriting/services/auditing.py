"""Ordering audits: the link between a model version and a measurement that knows nothing of customers."""

from datetime import datetime

from django.db import transaction

from accounts.selectors import actor_is_staff
from audits.models import DataSet, ModelFile
from audits.relabelling import seed_for
from audits.services import audit_request
from core.actors import Actor
from core.errors import NotAllowed, NotFound, StateRefused
from core.journal import journal_write
from underwriting.evidence_class import class_ordered
from underwriting.interfaces import interface_check
from underwriting.models import AuditOrder, ModelVersion, RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.registration import one_of
from underwriting.selectors import file_of
from underwriting.services.beside import NOTHING_NAMED, Named, beside_of
from underwriting.specification import spec_for


def audit_order(
    *,
    version: ModelVersion,
    dataset: DataSet,
    purpose: str,
    named: Named = NOTHING_NAMED,
    actor: Actor,
    at: datetime,
) -> AuditOrder:
    """Order an audit of `version` on `dataset` under its pre-registered schema; the run is queued at once. `named` is
    what shall stand beside the rows; what the insurer sets beside them comes of itself.

    With a model file that stands ready the model itself is asked, in the cage. Raises StateRefused while the file is
    being examined, NotAllowed if a customer orders on rows that the insurer holds.
    """
    one_of("purpose", purpose, AuditOrder.Purpose.values)
    if dataset.organisation_id != version.organisation_id:
        raise NotFound("There is no such data set in this organisation.", field="dataset")
    _insurer_check(dataset, actor)
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=version.model_id)
        if model.state == RegisteredModel.State.RETIRED:
            raise StateRefused("This model is retired.", field="model", remedy="Register it anew to have it audited.")
        file = _file_to_ask(version, model)
        run = audit_request(
            organisation=version.organisation,
            dataset=dataset,
            spec=spec_for(model, plan_current(on=at.date())),
            model_file=file,
            beside=beside_of(version=version, dataset=dataset, named=named, file=file, actor=actor),
            seed=seed_for(dataset) if "relabelled" in named.datasets else None,
            actor=actor,
            at=at,
        )
        ordered = class_ordered(version=version, schema=model.schema, dataset=dataset, file=file)
        order = AuditOrder.objects.create(
            organisation_id=version.organisation_id,
            created_at=at,
            version=version,
            audit_run=run,
            purpose=purpose,
            evidence_class=ordered.code,
            registration=model.registration,
            ordered_by=actor.label,
        )
        _journal(order, actor, at)
    return order


def _insurer_check(dataset: DataSet, actor: Actor) -> None:
    """A customer who may ask as often as they like learns the rows, or fits the model to them."""
    if dataset.custody == DataSet.Custody.INSURER and not actor_is_staff(actor):
        raise NotAllowed(
            "The insurer orders the audits on rows that it holds.",
            field="dataset",
            remedy="Name a data set of your own, or ask the insurer.",
        )


def _file_to_ask(version: ModelVersion, model: RegisteredModel) -> ModelFile | None:
    """The version's ready file. Its interface is held against the schema again, which may have changed since."""
    file = file_of(version)
    if file is None or file.state == ModelFile.State.REFUSED:
        return None
    if file.state == ModelFile.State.RECEIVED:
        raise StateRefused(
            "This version's file is still being examined.",
            field="version",
            limit="a file that is ready, or none",
            remedy="Wait until GET /versions/{id}/artifact says ready or refused, then order the audit again.",
        )
    interface_check(interface=file.interface, schema=model.schema)
    return file


def _journal(order: AuditOrder, actor: Actor, at: datetime) -> None:
    run = order.audit_run
    journal_write(
        actor=actor,
        action="audit.ordered",
        subject_kind="version",
        subject_id=order.version_id,
        organisation_id=order.organisation_id,
        at=at,
        detail={
            "order": order.pk,
            "audit_run": run.pk,
            "dataset": run.dataset_id,
            "model_file": run.model_file_id,
            "purpose": order.purpose,
        },
    )
