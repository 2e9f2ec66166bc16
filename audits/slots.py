"""How many uploads may be under way at once, over all processes of this machine.

A slot is the lock of one empty file. The kernel frees it with the process that held it, so none is ever left behind.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from core.errors import Busy


@contextmanager
def upload_slot(caller: str) -> Iterator[None]:
    """A place for one upload of `caller` for the length of a block. Raises Busy when theirs, or all, are taken."""
    own = hashlib.sha256(caller.encode()).hexdigest()[:32]
    with _slot(own, settings.UPLOADS_PER_CALLER, "of yours"), _slot("all", settings.UPLOADS_AT_ONCE, "here"):
        yield


@contextmanager
def _slot(name: str, places: int, whose: str) -> Iterator[None]:
    folder = Path(settings.VAR_DIR) / "uploading"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(places):
        held = _locked(folder / f"{name}.{number}")
        if held is not None:
            try:
                yield
            finally:
                os.close(held)
            return
    raise Busy(
        f"Too many uploads {whose} are under way.",
        field="file",
        limit=f"{places} uploads at the same time",
        remedy="Wait until one of them is done and send this one again.",
    )


def _locked(path: Path) -> int | None:
    """A descriptor that holds the file's lock; None if another one does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
