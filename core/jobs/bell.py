"""The bell: tells a worker to look into the job table. Losing a bell costs a second, never a job."""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from core.jobs.registry import longest_deadline

log = logging.getLogger(__name__)
TASK = "jobs.take"
# A bell nobody answered for so long is void: the timer has rung again by then.
EXPIRES_SECONDS = 30
# The parent kills a child that is deaf to its own heartbeat's deadline (stuck inside native code).
DEAF_SECONDS = 60


def embedded() -> bool:
    """Whether the broker lives inside the worker process, out of the web's reach."""
    return str(settings.CELERY_BROKER_URL).startswith("memory:")


def ring(queue: str) -> None:
    """Ask the workers of `queue` to take a job; a broker that does not answer is logged and otherwise ignored."""
    most = longest_deadline().total_seconds() + DEAF_SECONDS
    try:
        current_app.send_task(TASK, args=[queue], queue=queue, expires=EXPIRES_SECONDS, time_limit=most, retry=False)
    except (OperationalError, OSError) as lost:
        log.warning("the broker did not take the bell for %s (%s); the worker's timer will find the job", queue, lost)
