"""Ordering audits: the link between a model version and a measurement that knows nothing of customers."""

from datetime import datetime

from django.db import transaction

from audits.models import DataSet
from audits.services import audit_request
from core.actors import Actor
from core.errors import NotFound, StateRefused
from core.journal import journal_write
from underwriting.models import AuditOrder, ModelVersion, RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.registration import one_of
from underwriting.specification import spec_for

# Predictions computed by the customer and sent as a file, unverified (DOMAIN 1.0 rule 21).
PREDICTIONS_ONLY = "E4"


def audit_order(*, version: ModelVersion, dataset: DataSet, purpose: str, actor: Actor, at: datetime) -> AuditOrder:
    """Order an audit of `version` on `dataset` under its pre-registered schema; the run is queued at once."""
    one_of("purpose", purpose, AuditOrder.Purpose.values)
    if dataset.organisation_id != version.organisation_id:
        raise NotFound("There is no such data set in this organisation.", field="dataset")
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=version.model_id)
        if model.state == RegisteredModel.State.RETIRED:
            raise StateRefused("This model is retired.", field="model", remedy="Register it anew to have it audited.")
        run = audit_request(
            organisation=version.organisation,
            dataset=dataset,
            spec=spec_for(model, plan_current(on=at.date())),
            actor=actor,
            at=at,
        )
        order = AuditOrder.objects.create(
            organisation_id=version.organisation_id,
            created_at=at,
            version=version,
            audit_run=run,
            purpose=purpose,
            evidence_class=PREDICTIONS_ONLY,
            registration=model.registration,
            ordered_by=actor.label,
        )
        journal_write(
            actor=actor,
            action="audit.ordered",
            subject_kind="version",
            subject_id=version.pk,
            organisation_id=version.organisation_id,
            at=at,
            detail={"order": order.pk, "audit_run": run.pk, "dataset": dataset.pk, "purpose": purpose},
        )
    return order
