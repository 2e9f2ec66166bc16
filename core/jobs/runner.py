"""Running jobs, one after another, each to its end."""

import logging
from collections.abc import Callable, Iterable

from django.utils import timezone

from core.errors import PlimsollError
from core.jobs import ending
from core.jobs.heartbeat import heartbeat
from core.jobs.models import Job
from core.jobs.registry import handler_of
from core.jobs.taking import take
from core.jobs.work import LeaseLost, Work

log = logging.getLogger(__name__)


def _carry_on() -> None:
    """Past the deadline: the fence is gone, so the handler stops at its next progress or commit."""


def run_next(queues: Iterable[str] | None = None, *, stop_working: Callable[[], None] = _carry_on) -> bool:
    """Take one due job and bring it to an end (or to its next attempt). False if nothing was due.

    `stop_working` is called when an attempt is still at work past its deadline.
    """
    now = timezone.now()
    taken = take(now, queues)
    if taken is None:
        return ending.bury(now) > 0
    _attempt(*taken, stop_working)
    return True


def drain(queues: Iterable[str] | None = None, most: int = 1000) -> int:
    """Run due jobs in this process until none is left; how many there were."""
    for count in range(most):
        if not run_next(queues):
            return count
    return most


def _attempt(job: Job, work: Work, stop_working: Callable[[], None]) -> None:
    try:
        with heartbeat(job, work, stop_working):
            handler_of(job.kind).run(work, **job.args)
        if not work.committed:
            with work.commit():
                pass
    except LeaseLost as lost:
        log.warning("%s", lost)
    except PlimsollError as refused:
        ending.refuse(job, refused, timezone.now())
    except Exception as bug:
        log.exception("job %s (%s), attempt %s", job.pk, job.kind, job.attempt)
        ending.retry(job, bug, timezone.now())
