"""manage.py worker: takes jobs. Embedded, the broker lives inside it; with BROKER_URL any number may run."""

import os
import time
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandParser

from core.jobs.models import Job
from core.jobs.runner import run_next


class Command(BaseCommand):
    help = "Run a worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2)
        parser.add_argument("--queues", default="default,audits", help="which queues this worker serves")
        parser.add_argument("--until-idle", action="store_true", help="run in this process and end with the last job")

    def handle(self, *args: Any, **options: Any) -> None:
        queues = options["queues"].split(",")
        if options["until_idle"]:
            self._until_idle(queues)
            return
        level = os.environ.get("LOG_LEVEL", "INFO")
        words = ["worker", f"--concurrency={options['concurrency']}", f"--queues={','.join(queues)}"]
        current_app.worker_main([*words, "--without-gossip", "--without-mingle", f"--loglevel={level}"])

    def _until_idle(self, queues: list[str]) -> None:
        live = (Job.State.QUEUED, Job.State.RUNNING)
        while Job.objects.filter(state__in=live, queue__in=queues).exists():
            if not run_next(queues):
                time.sleep(0.2)
