"""Which function does which kind of job; every room's tasks.py registers its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.jobs.models import Job

OnFailed = Callable[[Job, str, datetime], None]


@dataclass(frozen=True)
class Handler:
    """One kind of job."""

    kind: str
    run: Callable[..., None]
    queue: str
    deadline: timedelta
    on_failed: OnFailed | None


_handlers: dict[str, Handler] = {}


def job_handler(
    kind: str,
    *,
    queue: str = "default",
    deadline: timedelta = timedelta(minutes=30),
    on_failed: OnFailed | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the decorated function for jobs of `kind`."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _handlers[kind] = Handler(kind, function, queue, deadline, on_failed)
        return function

    return register


def handler_of(kind: str) -> Handler:
    """The handler of `kind`; LookupError if no room registered one."""
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"no handler is registered for jobs of kind {kind!r}") from None


def handler_known(kind: str) -> Handler | None:
    """The handler of `kind`, or None: a row may be older than the room that wrote it."""
    return _handlers.get(kind)


def longest_deadline() -> timedelta:
    """The most time any kind of job may take."""
    return max((handler.deadline for handler in _handlers.values()), default=timedelta(minutes=30))
