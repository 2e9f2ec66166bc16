"""manage.py sandbox_selftest: attacks the cage from inside and shows what stopped each attack."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audits.sandbox.selftest import selftest
from core.errors import Unavailable


class Command(BaseCommand):
    help = "Attack the cage from inside; fails if anything gets out."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            outcomes = selftest()
        except Unavailable as error:
            raise CommandError(error.message) from None
        for outcome in outcomes:
            self.stdout.write(f"{'stopped' if outcome.stopped else 'THROUGH'}  {outcome.attack:<45} {outcome.met}")
        through = sum(not outcome.stopped for outcome in outcomes)
        told = f"{len(outcomes)} attacks, {through} got through, {time.monotonic() - started:.1f} s"
        if through:
            raise CommandError(told)
        self.stdout.write(told)
