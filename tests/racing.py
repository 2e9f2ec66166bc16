"""Acts that race: each in a thread of its own with its own connection, all let go at once."""

import threading
from collections.abc import Callable, Sequence

from django.db import connections

from core.errors import PlimsollError


def race(acts: Sequence[Callable[[], object]]) -> list[PlimsollError]:
    """Run all acts at once; the refusals that came out. Any other error, or an act that hangs, fails the test."""
    start, refusals, bugs = threading.Barrier(len(acts)), [], []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except PlimsollError as refused:
            refusals.append(refused)
        except Exception as bug:
            bugs.append(bug)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not bugs, bugs
    assert not any(thread.is_alive() for thread in threads)
    return refusals
