"""What must hold on a machine before a worker serves a queue. The rooms register their own checks."""

from collections.abc import Callable, Iterable

Check = Callable[[], None]
_checks: dict[str, list[Check]] = {}


def before_serving(queue: str) -> Callable[[Check], Check]:
    """Register the decorated function; it raises a PlimsollError, with the reason, where `queue` must not be served."""

    def register(check: Check) -> Check:
        _checks.setdefault(queue, []).append(check)
        return check

    return register


def readiness_check(queues: Iterable[str]) -> None:
    """Run every check of these queues."""
    for queue in queues:
        for check in _checks.get(queue, ()):
            check()
