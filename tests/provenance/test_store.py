"""The store: bytes under the name of their digest, once in an organisation, whole or not at all."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actors import system
from core.errors import TooLarge, Unavailable
from core.models import JournalEntry
from provenance import store
from provenance.models import Artifact
from provenance.staging import stage, stage_file, staging

ACTOR = system("test")


@pytest.fixture
def write(organisation, now):
    """write(b"..") stores the bytes for the organisation, or for the one named."""

    def put(data: bytes, owner=organisation) -> Artifact:
        return store.artifact_write_bytes(
            organisation=owner, data=data, name="n", media="text/csv", at=now, actor=ACTOR
        )

    return put


@pytest.fixture
def files(settings):
    return lambda: sorted(path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file())


def test_bytes_come_back_under_their_digest(write):
    artifact = write(b"hello")
    assert artifact.digest == "sha256:" + hashlib.sha256(b"hello").hexdigest()
    with store.artifact_open(artifact) as file:
        assert file.read() == b"hello"


def test_bytes_that_were_altered_are_not_given_out(write, organisation):
    artifact = write(b"hello")
    assert store.artifact_read(artifact) == store.artifact_verified(artifact).read() == b"hello"
    store.path_of(organisation.pk, artifact.digest).write_bytes(b"hallo")
    for read in (store.artifact_read, store.artifact_verified):
        with pytest.raises(Unavailable, match="not what was stored"):
            read(artifact)


def test_the_file_lies_where_its_digest_says(write, settings, organisation):
    hexed = write(b"hello").digest.removeprefix("sha256:")
    assert (Path(settings.STORE_DIR) / str(organisation.pk) / hexed[:2] / hexed).read_bytes() == b"hello"


def test_equal_bytes_are_one_artifact_of_an_organisation(write, files):
    assert write(b"same").pk == write(b"same").pk
    assert len(files()) == 1
    assert JournalEntry.objects.filter(action="artifact.stored").count() == 1


def test_organisations_share_no_artifact(write, other_organisation, files):
    assert write(b"same").pk != write(b"same", other_organisation).pk
    assert len(files()) == 2


def test_a_stream_over_the_limit_leaves_nothing(organisation, now, files):
    read = []

    def chunks():
        for number in range(1000):
            read.append(number)
            yield b"x" * 100

    with pytest.raises(TooLarge, match="too large"):
        store.artifact_write_stream(
            organisation=organisation, chunks=chunks(), name="n", media="m", limit=1000, at=now, actor=ACTOR
        )
    assert (files(), Artifact.objects.count(), len(read)) == ([], 0, 11)


def test_a_stream_that_breaks_leaves_nothing(organisation, files):
    def chunks():
        yield b"x"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        stage(chunks(), limit=1000)
    assert files() == []


def test_a_staged_file_that_nobody_keeps_is_removed(organisation, files):
    with store.staged_kept(stage([b"x"], limit=10)):
        assert len(files()) == 1
    assert files() == []


def test_a_written_file_is_staged_with_its_digest(organisation):
    with staging() as (file, path):
        file.write(b"hello")
        staged = stage_file(file, path)
    assert (staged.digest, staged.size) == ("sha256:" + hashlib.sha256(b"hello").hexdigest(), 5)
    staged.discard()


def test_an_organisation_cannot_store_over_its_quota(write, monkeypatch, files):
    monkeypatch.setattr(store, "QUOTA", 10)
    write(b"123456")
    with pytest.raises(TooLarge, match="storage is full"):
        write(b"7890ab")
    assert len(files()) == Artifact.objects.count() == 1


def test_a_discarded_artifact_is_gone_with_its_file(write, files, now, django_capture_on_commit_callbacks):
    artifact = write(b"x")
    with django_capture_on_commit_callbacks(execute=True):
        assert store.artifact_discard(artifact=artifact, actor=ACTOR, at=now, why="refused")
    assert (files(), Artifact.objects.count()) == ([], 0)
    assert JournalEntry.objects.filter(action="artifact.discarded", why="refused").count() == 1


def test_a_discard_leaves_the_file_of_a_new_upload_of_the_same_bytes(
    write, files, now, django_capture_on_commit_callbacks
):
    artifact = write(b"x")
    with django_capture_on_commit_callbacks() as callbacks:
        store.artifact_discard(artifact=artifact, actor=ACTOR, at=now, why="refused")
        again = write(b"x")
    for callback in callbacks:
        callback()
    with store.artifact_open(again) as file:
        assert file.read() == b"x"


def test_a_missing_file_is_said_to_be_missing(write, files):
    artifact = write(b"x")
    files()[0].unlink()
    with pytest.raises(Unavailable, match="is missing"):
        store.artifact_open(artifact)


def test_the_database_holds_one_row_a_digest(write, organisation, now):
    artifact = write(b"x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Artifact.objects.create(
            organisation=organisation, digest=artifact.digest, size=1, media="m", name="n", created_at=now
        )


def test_the_sweep_removes_what_crashes_left_and_nothing_else(write, files):
    kept = write(b"kept")
    orphan = store.path_of(kept.organisation_id, "sha256:" + "ab" * 32)
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"orphan")
    abandoned = stage([b"abandoned"], limit=100).path
    young = stage([b"under way"], limit=100).path
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for path in [orphan, abandoned, store.path_of(kept.organisation_id, kept.digest)]:
        os.utime(path, (old, old))
    assert store.store_sweep(at=timezone.now()) == 2
    assert set(files()) == {young, store.path_of(kept.organisation_id, kept.digest)}


@pytest.mark.django_db
def test_the_sweep_is_on_the_schedule_and_runs():
    from core.jobs.runner import drain
    from core.jobs.schedule import due_run
    from provenance.tasks import SWEEP, last_nights

    now = timezone.now()
    (tick,) = last_nights(now - timedelta(days=35), now)
    job = due_run(name=SWEEP, tick=tick, at=now, actor=ACTOR)
    drain()
    job.refresh_from_db()
    assert (job.state, tick.hour) == ("done", 3)
