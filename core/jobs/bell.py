"""The bell: tells a worker to look into the job table. Losing a bell costs a second, never a job."""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
TASK = "jobs.take"
# A bell nobody answered for so long is void: the timer has rung again by then.
EXPIRES_SECONDS = 30


def embedded() -> bool:
    """Whether the broker lives inside the worker process, out of the web's reach."""
    return str(settings.CELERY_BROKER_URL).startswith("memory:")


def ring(queue: str) -> None:
    """Ask the workers of `queue` to take a job; a broker that does not answer is logged and otherwise ignored."""
    try:
        current_app.send_task(TASK, args=[queue], queue=queue, expires=EXPIRES_SECONDS, retry=False)
    except (OperationalError, OSError) as lost:
        log.warning("the broker did not take the bell for %s (%s); the worker's timer will find the job", queue, lost)
