"""Reading what this room keeps. An audit's sections are tables for papers and pages, in the engine's own order."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.principal import Principal
from audits.models import AuditRun, Companion, DataSet, ModelFile, RelabelSample, Trial
from audits.parts import parts_progress
from audits.relabelling import sample_for
from core.canonical import canonical_json, digest
from core.errors import NotAllowed, NotFound, Unavailable
from core.jobs.models import Job
from core.jobs.selectors import job_view
from provenance.store import artifact_read


def datasets_visible(principal: Principal) -> QuerySet[DataSet]:
    """Data sets the caller may see, with their stored files."""
    return DataSet.objects.visible_to(principal).select_related("artifact", "canonical", "organisation")


def audits_visible(principal: Principal) -> QuerySet[AuditRun]:
    """Audits the caller may see, with their data sets. The result itself is left in the database until it is asked."""
    return audits_with_results(principal).defer("result", "spec")


def audits_with_results(principal: Principal) -> QuerySet[AuditRun]:
    """The same, result and specification included: for one audit, not for lists."""
    rows = AuditRun.objects.visible_to(principal)
    return rows.select_related("dataset", "artifact", "organisation", "model_file")


def modelfiles_visible(principal: Principal) -> QuerySet[ModelFile]:
    """Model files the caller may see."""
    return ModelFile.objects.visible_to(principal).select_related("organisation")


def trials_visible(principal: Principal) -> QuerySet[Trial]:
    """Trials the caller may see, each with its model file."""
    return Trial.objects.visible_to(principal).select_related("model_file")


def rows_shown_to(dataset: DataSet, principal: Principal) -> bool:
    """Whether this caller may see single values of the data set: of rows the insurer holds only its staff may."""
    return principal.is_staff or dataset.rows_shown


def rows_shown_check(dataset: DataSet, principal: Principal) -> None:
    """Raises NotAllowed for a caller who may not see single values of the data set, such as the names of drawn rows."""
    if not rows_shown_to(dataset, principal):
        raise NotAllowed(
            "The insurer holds these rows; which of them were drawn is told to its staff alone.",
            remedy="Ask the underwriter.",
        )


def audits_of(dataset_id: UUID) -> QuerySet[AuditRun]:
    """The audits of one data set, newest first."""
    return AuditRun.objects.filter(dataset_id=dataset_id).order_by("-created_at")


def audit_result(run: AuditRun) -> Mapping[str, Any]:
    """The result of a completed audit (contract B). Raises NotFound before that, Unavailable once it was altered."""
    if run.result is None:
        raise NotFound("This audit has no result yet.", field="audit", remedy="Wait until it is completed.")
    if digest(canonical_json(run.result)) != run.result_digest:
        raise Unavailable(
            "The stored result of this audit does not match its digest; nothing is priced or reported on it.",
            field="audit",
            limit=run.result_digest,
            remedy="Restore the row from a backup, or order a new audit; find out who changed it.",
        )
    result: Mapping[str, Any] = run.result
    return result


def audit_result_bytes(run: AuditRun) -> bytes:
    """The result's canonical bytes, whose digest is result_digest."""
    if run.artifact is None:
        raise NotFound("This audit has no result yet.", field="audit", remedy="Wait until it is completed.")
    return artifact_read(run.artifact)


def audit_section(run: AuditRun, name: str) -> Mapping[str, Any]:
    """One section (performance, calibration, fairness, slices, drift, data): tables by name with columns and rows."""
    section: Mapping[str, Any] = audit_result(run)["sections"].get(name, {})
    return section


def audit_checks(run: AuditRun, *, family: str = "", verdict: str = "") -> list[Mapping[str, Any]]:
    """The checks of a completed audit, of one family or verdict if asked; failures first, then what cannot be told."""
    order = {"fail": 0, "cannot_tell": 1, "not_run": 2, "measured": 3, "pass": 4}
    checks = [
        check
        for check in audit_result(run)["checks"]
        if check["family"] == (family or check["family"]) and check["verdict"] == (verdict or check["verdict"])
    ]
    return sorted(checks, key=lambda check: order.get(check["verdict"], 9))


def dataset_progress(dataset: DataSet) -> Mapping[str, Any] | None:
    """How far the reading of a data set is: the view of its job."""
    return _progress(dataset.job_id)


def modelfile_progress(file: ModelFile) -> Mapping[str, Any] | None:
    """How far the examination of a model file is."""
    return _progress(file.job_id)


def trial_progress(trial: Trial) -> Mapping[str, Any] | None:
    """How far a trial is."""
    return _progress(trial.job_id)


def audit_progress(run: AuditRun) -> Mapping[str, Any] | None:
    """How far an audit is: done of total, current family of checks, log."""
    return parts_progress(run) or _progress(run.job_id)


def _progress(job_id: UUID | None) -> Mapping[str, Any] | None:
    job = Job.objects.filter(pk=job_id).first() if job_id else None
    return job_view(job) if job else None


def sample_if_drawn(run: AuditRun) -> RelabelSample | None:
    """The rows of the run's data set that were drawn for a second reader, None if none were."""
    return sample_for(run.dataset)


def sample_of(run: AuditRun) -> RelabelSample:
    """The rows of the run's data set that were drawn for a second reader; raises NotFound if none were."""
    sample = sample_if_drawn(run)
    if sample is None:
        raise NotFound(
            "No rows of this data set were drawn for a second reader.",
            field="audit",
            remedy="Draw them with POST on the same address.",
        )
    return sample


def companions_told(run: AuditRun, principal: Principal) -> list[dict[str, str]]:
    """What was read beside an audit. Which rows challenge a model is told to the insurer's staff alone."""
    rows = run.companions.select_related("dataset", "model_file").order_by("role", "created_at", "pk")
    return [
        {
            "role": row.role,
            "role_words": Companion.Role(row.role).label.lower(),
            "kind": "data set" if row.dataset_id else "model file",
            "id": str(row.dataset_id or row.model_file_id),
            "name": row.dataset.name if row.dataset else f"file of an earlier version, {row.model_file}",
        }
        for row in rows
        if principal.is_staff or row.role != Companion.Role.CHALLENGE
    ]
