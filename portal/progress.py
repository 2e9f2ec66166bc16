"""How far long work has come, in words: done of total, the step, elapsed, and a fair estimate."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.jobs.models import Job
from core.jobs.selectors import job_view


def progress_of(job_id: UUID | None) -> dict[str, Any] | None:
    """What the progress component shows of a job, None if there is no such job."""
    job = Job.objects.filter(pk=job_id).first() if job_id else None
    return None if job is None else progress_shown(job_view(job))


def progress_shown(seen: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the progress component shows of a job's view, or of several jobs' in one."""
    if seen is None:
        return None
    left = seen["estimate_seconds"]
    elapsed = duration(seen["elapsed_seconds"]) if seen["started_at"] else ""
    return {**seen, "elapsed": elapsed, "left": "" if left is None else duration(left)}


def duration(seconds: float) -> str:
    """ "12 s", "3 min", "1 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
