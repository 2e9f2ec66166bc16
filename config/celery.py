"""Celery carries bells; the job table holds the work. A timer in the worker rings what is due."""

import os
import signal
import threading
import time
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_process_init
from celery.worker import state

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("plimsoll")
app.config_from_object("django.conf:settings", namespace="CELERY")
# One bell may do a series of short jobs, then lets others have their turn.
SERIES_SECONDS = 1.0


@app.task(name="jobs.take", ignore_result=True)
def take(queue: str) -> None:
    """Take due jobs of `queue` until none is left or it is somebody else's turn."""
    from core.jobs.runner import run_next

    started = time.monotonic()
    while run_next([queue], stop_working=end_process) and time.monotonic() - started < SERIES_SECONDS:
        pass


def end_process() -> None:
    """End this pool child, whatever it is doing; the parent starts another."""
    os.kill(os.getpid(), signal.SIGKILL)


class TimerStep(bootsteps.StartStopStep):
    """The timer thread of core.jobs.timer, in the pool's parent: started once the children are forked."""

    requires = {"celery.worker.components:Pool"}

    def start(self, worker: Any) -> None:
        from core.jobs.timer import Timer

        def free() -> int:
            return int(worker.concurrency) - len(state.reserved_requests)

        self.timer = Timer(queues=list(app.amqp.queues.consume_from), free=free)
        self.timer.start()

    def stop(self, worker: Any) -> None:
        self.timer.stop()


app.steps["worker"].add(TimerStep)


def _end_with_parent(**_signal: Any) -> None:
    """A child whose parent was killed hears of nothing any more: it ends, and its job's lease runs out."""
    threading.Thread(target=_watch, args=(os.getppid(),), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    end_process()


worker_process_init.connect(_end_with_parent, weak=False)
