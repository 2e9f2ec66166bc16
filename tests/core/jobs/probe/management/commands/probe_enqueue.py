from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from core.actors import system
from core.jobs.service import job_enqueue


class Command(BaseCommand):
    help = "Enqueue COUNT jobs of KIND for three organisations in turn."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind")
        parser.add_argument("count", type=int)
        parser.add_argument("--seconds", default="0")

    def handle(self, *args: Any, **options: Any) -> None:
        owners = [uuid4() for _ in range(3)]
        with transaction.atomic():
            for number in range(options["count"]):
                job_enqueue(
                    kind=options["kind"],
                    organisation_id=owners[number % 3],
                    args=_args(options, number),
                    key=f"probe-{number}",
                    at=timezone.now(),
                    actor=system("probe"),
                )


def _args(options: dict[str, Any], number: int) -> dict[str, str]:
    if options["kind"] != "probe.effect":
        return {}
    return {"subject": f"probe-{number}", "seconds": options["seconds"]}
