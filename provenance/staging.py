"""Bytes on their way into the store: a private file, hashed while it is written, gone unless it is kept.

Nothing here touches the database, so a slow upload holds no transaction.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from core.errors import TooLarge

INCOMING = "incoming"
SMALLER = "Send a smaller file."


@dataclass(frozen=True)
class Staged:
    """A whole, fsynced file outside the store; `digest` is sha256:<hex> of its `size` bytes."""

    path: Path
    digest: str
    size: int

    def discard(self) -> None:
        """Remove the file, if the store has not taken it."""
        self.path.unlink(missing_ok=True)


def size_text(size: int) -> str:
    """`size` bytes for people: 512 MiB."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} bytes"


def too_large(limit: int, remedy: str) -> TooLarge:
    """The refusal of a file over `limit` bytes."""
    return TooLarge("The file is too large.", field="file", limit=size_text(limit), remedy=remedy)


def stage(chunks: Iterable[bytes], *, limit: int, remedy: str = SMALLER) -> Staged:
    """Stream `chunks` to a private file. Raises TooLarge past `limit` bytes; on any error no file remains."""
    with staging() as (file, path):
        hasher, size = hashlib.sha256(), 0
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise too_large(limit, remedy)
            hasher.update(chunk)
            file.write(chunk)
        _settle(file)
    return Staged(path=path, digest=f"sha256:{hasher.hexdigest()}", size=size)


def stage_file(file: BinaryIO, path: Path) -> Staged:
    """A Staged of what was written to a file of `staging()`."""
    _settle(file)
    with path.open("rb") as written:
        hashed = hashlib.file_digest(written, "sha256").hexdigest()
    return Staged(path=path, digest=f"sha256:{hashed}", size=path.stat().st_size)


@contextlib.contextmanager
def staging() -> Iterator[tuple[BinaryIO, Path]]:
    """A new private file to write to, and its path; removed if the block raises."""
    folder = Path(settings.STORE_DIR) / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
