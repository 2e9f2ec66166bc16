"""Jobs of reports."""

from datetime import datetime

from core.actors import system
from core.jobs.registry import job_handler
from core.jobs.schedule import schedule_register
from core.jobs.work import Work
from reports.models import QuarterlyReport
from reports.quarters import quarter_ticks
from reports.services import report_draft, report_failed, report_keep, reports_due


@job_handler("reports.quarterly", on_failed=report_failed)
def quarterly_job(work: Work, *, report: str) -> None:
    """Make one report."""
    row = QuarterlyReport.objects.select_related("organisation", "model", "policy").get(pk=report)
    work.progress(0, 2, "Composing and setting the report")
    draft = report_draft(report=row, at=row.created_at)
    work.progress(1, 2, "Keeping it")
    with work.commit() as at:
        report_keep(report=row, draft=draft, actor=work.actor, at=at)


@job_handler("reports.quarter_due")
def quarter_due_job(work: Work, *, tick: str) -> None:
    """Ask for the reports of the quarter that ended."""
    with work.commit() as at:
        reports_due(tick=datetime.fromisoformat(tick), actor=system("schedule"), at=at)


schedule_register("reports.quarter_due", quarter_ticks, "reports.quarter_due")
