"""The content-addressed store: STORE_DIR/<organisation>/<aa>/<hex>, one file for each digest of an organisation.

Within an organisation equal bytes are stored once; across organisations nothing is shared, so nobody learns from an
answer or its time what another tenant holds. A file is moved into place inside the transaction that writes its row: a
crash between the two leaves a file without a row, which `store_sweep` removes, never a row without a file.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BufferedReader
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, Sum

from accounts.models import Organisation
from core.actors import Actor
from core.canonical import digest
from core.errors import TooLarge, Unavailable
from core.journal import journal_write
from provenance.models import Artifact
from provenance.staging import INCOMING, Staged, size_text, stage

# Room for some forty of the largest uploads and their canonical forms.
QUOTA = 40 * 1024**3
ABANDONED = timedelta(days=1)


def artifact_write_stream(
    *,
    organisation: Organisation,
    chunks: Iterable[bytes],
    name: str,
    media: str,
    limit: int,
    at: datetime,
    actor: Actor,
) -> Artifact:
    """Store the bytes of `chunks`, at most `limit` of them. Raises TooLarge; then nothing is stored."""
    with staged_kept(stage(chunks, limit=limit)) as staged, transaction.atomic():
        return artifact_keep(organisation=organisation, staged=staged, name=name, media=media, at=at, actor=actor)


def artifact_write_bytes(
    *, organisation: Organisation, data: bytes, name: str, media: str, at: datetime, actor: Actor
) -> Artifact:
    """Store `data`, made by the installation itself."""
    return artifact_write_stream(
        organisation=organisation,
        chunks=[data],
        name=name,
        media=media,
        limit=len(data),
        at=at,
        actor=actor,
    )


@contextmanager
def staged_kept(staged: Staged) -> Iterator[Staged]:
    """`staged` for the length of a block; what the block did not keep is removed."""
    try:
        yield staged
    finally:
        staged.discard()


def artifact_keep(
    *, organisation: Organisation, staged: Staged, name: str, media: str, at: datetime, actor: Actor
) -> Artifact:
    """Move a staged file into the store and write its row, inside the caller's transaction.

    Bytes the organisation already holds give the row it has. Raises TooLarge over the organisation's quota.
    """
    held = Artifact.objects.select_for_update().filter(organisation=organisation, digest=staged.digest).first()
    artifact = held or _artifact_new(organisation, staged, name, media, at)
    # Moved even if held: a discard of the same digest under way then sees another file and leaves it alone.
    _move(staged.path, path_of(organisation.pk, staged.digest))
    if held is None:
        _journal(artifact, "artifact.stored", actor, at)
    return artifact


def artifact_discard(*, artifact: Artifact, actor: Actor, at: datetime, why: str) -> bool:
    """Delete an artifact nothing refers to any more, file included; False if something does."""
    locked = Artifact.objects.select_for_update().filter(pk=artifact.pk).first()
    if locked is None:
        return False
    path = path_of(locked.organisation_id, locked.digest)
    inode = path.stat().st_ino if path.exists() else None
    try:
        with transaction.atomic():
            _journal(locked, "artifact.discarded", actor, at, why)
            locked.delete()
    except ProtectedError:
        return False
    transaction.on_commit(lambda: _unlink_same(path, inode))
    return True


def artifact_open(artifact: Artifact) -> BufferedReader:
    """The stored bytes, for reading. Raises Unavailable if the file is gone."""
    try:
        return path_of(artifact.organisation_id, artifact.digest).open("rb")
    except FileNotFoundError:
        raise Unavailable(
            f"The stored file {artifact.digest} is missing.",
            field="artifact",
            remedy="Restore the store from its backup; the row says which file is needed.",
        ) from None


def artifact_verified(artifact: Artifact) -> BufferedReader:
    """The stored bytes, for reading, once they were read and are what the row says. Raises Unavailable if not."""
    file = artifact_open(artifact)
    found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    if found != artifact.digest:
        file.close()
        raise _altered(artifact)
    file.seek(0)
    return file


def artifact_read(artifact: Artifact) -> bytes:
    """All bytes of a small artifact. Raises Unavailable if they are gone or not what was stored."""
    with artifact_open(artifact) as file:
        data = file.read()
    if digest(data) != artifact.digest:
        raise _altered(artifact)
    return data


def _altered(artifact: Artifact) -> Unavailable:
    return Unavailable(
        "A stored file is not what was stored: its bytes do not give the digest it was kept under. It is not used.",
        field="artifact",
        limit=artifact.digest,
        remedy="Restore the store from its backup, and find out who changed the file.",
    )


def path_of(organisation_id: UUID, digest: str) -> Path:
    """Where the bytes of `digest` lie."""
    hexed = digest.removeprefix("sha256:")
    return Path(settings.STORE_DIR) / str(organisation_id) / hexed[:2] / hexed


def quota_left(organisation: Organisation) -> int:
    """How many bytes the organisation may still store; never below zero."""
    rows = Artifact.objects.filter(organisation=organisation)
    return max(0, QUOTA - (rows.aggregate(used=Sum("size"))["used"] or 0))


def store_sweep(*, at: datetime) -> int:
    """Remove what crashes left: abandoned uploads, and files without a row. Returns how many files went."""
    oldest = (at - ABANDONED).timestamp()
    root = Path(settings.STORE_DIR)
    files = [path for path in root.rglob("*") if path.is_file() and path.stat().st_mtime < oldest]
    removed = [path for path in files if path.parent.name == INCOMING or not _row_exists(path)]
    for path in removed:
        path.unlink(missing_ok=True)
    return len(removed)


def _artifact_new(organisation: Organisation, staged: Staged, name: str, media: str, at: datetime) -> Artifact:
    if staged.size > quota_left(organisation):
        raise TooLarge(
            "Your organisation's storage is full.",
            field="file",
            limit=size_text(QUOTA),
            remedy="Ask the insurer to raise it.",
        )
    row, _ = Artifact.objects.get_or_create(
        organisation=organisation,
        digest=staged.digest,
        defaults={"size": staged.size, "media": media, "name": name, "created_at": at},
    )
    return row


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unlink_same(path: Path, inode: int | None) -> None:
    if path.exists() and path.stat().st_ino == inode:
        path.unlink(missing_ok=True)


def _row_exists(path: Path) -> bool:
    where = {"organisation_id": path.parent.parent.name, "digest": f"sha256:{path.name}"}
    return Artifact.objects.filter(**where).exists()


def _journal(artifact: Artifact, action: str, actor: Actor, at: datetime, why: str = "") -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind="artifact",
        subject_id=artifact.pk,
        organisation_id=artifact.organisation_id,
        at=at,
        why=why,
        detail={"digest": artifact.digest, "size": artifact.size},
    )
