"""Small readings that only pages need, kept out of the views."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import ApiKey
from accounts.principal import Principal
from audits.models import AuditRun, DataSet, ModelFile
from audits.selectors import datasets_visible
from core.errors import NotFound
from portal.attribution_story import typical_values
from underwriting.models import DeploymentSwitch, Handover, PlanRecord


def keys_visible(principal: Principal) -> QuerySet[ApiKey]:
    """Keys of the caller's own organisations, those in use first."""
    rows = ApiKey.objects.filter(organisation_id__in=list(principal.memberships))
    return rows.select_related("organisation").order_by("revoked", "-created")


def live_labels(models: Iterable[UUID], *, at: datetime) -> dict[UUID, str]:
    """Model id -> label of the version that decides at `at`. One query."""
    rows = DeploymentSwitch.objects.filter(model_id__in=list(models), live_from__lte=at).order_by("live_from")
    return {key: label for key, label in rows.values_list("model_id", "version__label") if label}


def files_of(versions: Iterable[UUID]) -> dict[UUID, ModelFile]:
    """Version id -> its file that was handed over last. One query."""
    rows = Handover.objects.filter(version_id__in=list(versions)).select_related("model_file")
    return {row.version_id: row.model_file for row in rows.order_by("created_at", "id")}


def datasets_open(principal: Principal, organisation_id: UUID) -> QuerySet[DataSet]:
    """Ready data sets this caller may order an audit on, newest first; on rows the insurer holds only its staff may."""
    rows = datasets_visible(principal).filter(organisation_id=organisation_id, state=DataSet.State.READY)
    if not principal.is_staff:
        rows = rows.filter(custody=DataSet.Custody.CUSTOMER)
    return rows.order_by("-created_at")


def datasets_held(principal: Principal, organisation_id: UUID) -> QuerySet[DataSet]:
    """Ready data sets of this customer that the insurer holds, newest first."""
    rows = datasets_visible(principal).filter(organisation_id=organisation_id, state=DataSet.State.READY)
    return rows.filter(custody=DataSet.Custody.INSURER).order_by("-created_at")


def typical_of(file: ModelFile) -> dict[str, Any]:
    """A middle value of each input that the newest audit of this file explained; nothing of rows the insurer holds."""
    done = AuditRun.objects.filter(model_file=file, state=AuditRun.State.COMPLETED)
    rows = done.filter(dataset__custody=DataSet.Custody.CUSTOMER).order_by("-completed_at")
    section = rows.values_list("result__sections__attribution", flat=True).first()
    return typical_values(section) if section else {}


def plans_all() -> QuerySet[PlanRecord]:
    """Every published plan and tax table, the plan in force first."""
    return PlanRecord.objects.order_by("kind", "-effective_from", "-name")


def plan_named(name: str) -> PlanRecord:
    """One of them; NotFound for a name nobody published."""
    row = PlanRecord.objects.filter(name=name).first()
    if row is None:
        raise NotFound("Nothing is here that you may see.")
    return row
