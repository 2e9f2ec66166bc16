"""manage.py worker: takes jobs. Embedded, the broker lives inside it; with BROKER_URL any number may run."""

import time
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import PlimsollError
from core.jobs.models import Job
from core.jobs.readiness import readiness_check
from core.jobs.runner import run_next

QUEUES = ("default", "audits")


class Command(BaseCommand):
    help = "Run a worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2, help="jobs at the same time (default 2)")
        parser.add_argument("--queues", default=",".join(QUEUES), help="which queues this worker serves")
        parser.add_argument("--until-idle", action="store_true", help="work in this process; exit 0 after the last job")

    def handle(self, *args: Any, **options: Any) -> None:
        queues = options["queues"].split(",")
        if unknown := set(queues) - set(QUEUES):
            raise CommandError(f"No such queue: {', '.join(sorted(unknown))}. There are: {', '.join(QUEUES)}.")
        _refuse_unready(queues)
        if options["until_idle"]:
            _until_idle(queues)
            return
        words = ["worker", f"--concurrency={options['concurrency']}", f"--queues={','.join(queues)}"]
        current_app.worker_main(["--quiet", *words, "--without-gossip", "--without-mingle", "--loglevel=INFO"])


def _refuse_unready(queues: list[str]) -> None:
    """A machine on which a queue's work is not safe is told so at once, not job by job."""
    try:
        readiness_check(queues)
    except PlimsollError as error:
        raise CommandError(
            f"This worker cannot serve {', '.join(queues)}. {error.message} {error.remedy or ''}"
        ) from error


def _until_idle(queues: list[str]) -> None:
    live = (Job.State.QUEUED, Job.State.RUNNING)
    while Job.objects.filter(state__in=live, queue__in=queues).exists():
        if not run_next(queues):
            time.sleep(0.2)
