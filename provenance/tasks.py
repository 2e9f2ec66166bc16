"""Jobs of this room."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from core.jobs.registry import job_handler
from core.jobs.schedule import schedule_register
from core.jobs.work import Work
from provenance.store import store_sweep

SWEEP = "provenance.sweep"


def last_nights(after: datetime, until: datetime) -> Iterable[datetime]:
    """Three o'clock UTC of the latest night in (after, until]: a sweep that was missed needs no second one."""
    tick = until.replace(hour=3, minute=0, second=0, microsecond=0)
    tick = tick if tick <= until else tick - timedelta(days=1)
    return [tick] if after < tick else []


@job_handler(SWEEP)
def sweep_job(work: Work, *, tick: str) -> None:
    """Remove what crashes left in the store."""
    work.log(f"{store_sweep(at=timezone.now())} files removed, due {tick}")


schedule_register(SWEEP, last_nights, SWEEP)
