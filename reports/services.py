"""Asking for a quarterly report, making it, keeping it."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.actors import Actor
from core.canonical import canonical_json, digest
from core.errors import StateRefused
from core.jobs.models import Job
from core.jobs.service import job_enqueue
from core.journal import journal_write
from core.periods import quarter_label
from core.states import state_change
from policies.models import Policy
from provenance.store import artifact_read, artifact_write_bytes
from reports.compose import report_input
from reports.models import QuarterlyReport
from reports.quarters import quarter_ended, quarter_named
from reports.selectors import policy_in_quarter
from reports.states import REPORT
from underwriting.models import RegisteredModel


@dataclass(frozen=True)
class Draft:
    """A report made but not yet kept: canonical input and paper."""

    source: bytes
    paper: bytes


def report_request(*, model: RegisteredModel, quarter: str, actor: Actor, at: datetime) -> QuarterlyReport:
    """Ask for the next version of a model's report for `quarter` (such as 2026-Q3); a worker makes it."""
    period = quarter_named(quarter)
    with transaction.atomic():
        # The model's row is the lock under which versions are counted.
        RegisteredModel.objects.select_for_update().get(pk=model.pk)
        last = model.reports.filter(quarter=quarter).order_by("-version").first()
        report = QuarterlyReport.objects.create(
            organisation_id=model.organisation_id,
            created_at=at,
            model=model,
            policy=policy_in_quarter(model=model, period=period),
            quarter=quarter,
            version=last.version + 1 if last else 1,
            requested_by=actor.label,
        )
        job = job_enqueue(
            kind="reports.quarterly",
            organisation_id=model.organisation_id,
            args={"report": str(report.pk)},
            key=f"report:{report.pk}",
            at=at,
            actor=actor,
        )
        QuarterlyReport.objects.filter(pk=report.pk).update(job_id=job.pk)
        report.job_id = job.pk
        journal_write(
            actor=actor,
            action="report.requested",
            subject_kind="report",
            subject_id=report.pk,
            organisation_id=model.organisation_id,
            at=at,
            detail={"model": model.pk, "quarter": quarter, "version": report.version},
        )
    return report


def reports_due(*, tick: datetime, actor: Actor, at: datetime) -> list[QuarterlyReport]:
    """Ask for the report of the quarter that ends at `tick`, for every policy on risk in it.

    A model whose report was asked for since the quarter's end has it; rung before that end, the reports are interim.
    """
    quarter = quarter_label(quarter_ended(tick))
    period = quarter_named(quarter)
    on_risk = Policy.objects.exclude(state=Policy.State.CANCELLED).filter(
        inception__lt=period.end, expiry__gt=period.start
    )
    final = QuarterlyReport.objects.filter(quarter=quarter, created_at__gte=tick)
    models = RegisteredModel.objects.filter(policies__in=on_risk).exclude(reports__in=final).distinct()
    return [report_request(model=model, quarter=quarter, actor=actor, at=at) for model in models.order_by("pk")]


def report_draft(*, report: QuarterlyReport, at: datetime) -> Draft:
    """Compose and render. Long work: call it outside any transaction."""
    source = canonical_json(report_input(report=report, at=at))
    return Draft(source=source, paper=render(source))


def report_keep(*, report: QuarterlyReport, draft: Draft, actor: Actor, at: datetime) -> None:
    """Store the paper and let it stand in place of earlier versions, inside the caller's transaction."""
    name = f"audit-report-{report.quarter}-v{report.version}"
    kept = {
        field: artifact_write_bytes(
            organisation=report.organisation, data=data, name=f"{name}.{ending}", media=media, at=at, actor=actor
        )
        for field, data, ending, media in (
            ("source", draft.source, "json", "application/json"),
            ("paper", draft.paper, "pdf", "application/pdf"),
        )
    }
    issued = QuarterlyReport.objects.filter(
        model_id=report.model_id, quarter=report.quarter, state=QuarterlyReport.State.ISSUED
    )
    overtaken = issued.filter(version__gt=report.version).exists()
    for earlier in issued.filter(version__lt=report.version):
        state_change(instance=earlier, machine=REPORT, to=QuarterlyReport.State.SUPERSEDED, actor=actor, at=at)
    state_change(
        instance=report,
        machine=REPORT,
        to=QuarterlyReport.State.SUPERSEDED if overtaken else QuarterlyReport.State.ISSUED,
        actor=actor,
        at=at,
        changes={**kept, "made_at": at},
    )


def report_remake(*, report: QuarterlyReport) -> str:
    """The digest of the paper made anew from its stored input; equal to the stored one on the same build.

    Raises StateRefused before there is a paper.
    """
    if report.source is None:
        raise StateRefused("This report is not made yet.", remedy="Ask again when its state is issued.")
    return digest(render(artifact_read(report.source)))


def report_failed(job: Job, why: str, at: datetime) -> None:
    """A report that could not be made says why."""
    report = QuarterlyReport.objects.filter(pk=job.args["report"]).first()
    if report is not None and report.state == QuarterlyReport.State.REQUESTED:
        actor = Actor(kind="system", id="worker", label="worker")
        state_change(
            instance=report,
            machine=REPORT,
            to=QuarterlyReport.State.FAILED,
            actor=actor,
            at=at,
            why=why,
            changes={"reason": why},
        )


def render(source: bytes) -> bytes:
    """The PDF of a canonical input."""
    # The PDF library is heavy: only the process that makes a paper loads it.
    from reports import quarterly

    return quarterly.render(json.loads(source))
