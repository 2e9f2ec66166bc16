"""What a page and the API say about a job."""

from typing import Any

from django.utils import timezone

from core.jobs.models import Job


def job_view(job: Job) -> dict[str, Any]:
    """State, done of total, current step, elapsed and estimated seconds, reason and log of one job."""
    end = job.finished_at or timezone.now()
    elapsed = (end - job.started_at).total_seconds() if job.started_at else 0.0
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "step": job.step,
        "percent": round(100 * job.done / job.total) if job.total else 0,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "elapsed_seconds": round(elapsed, 1),
        "estimate_seconds": _estimate(job, elapsed),
        "reason": job.reason,
        "attempts": job.attempt,
        "lines": [{"at": line.at, "attempt": line.attempt, "text": line.text} for line in job.lines.order_by("id")],
    }


def _estimate(job: Job, elapsed: float) -> float | None:
    """Seconds still to go at the pace so far; None before the first step is done or after the end."""
    if job.state != Job.State.RUNNING or not 0 < job.done < job.total:
        return None
    return round(elapsed * (job.total - job.done) / job.done, 1)
