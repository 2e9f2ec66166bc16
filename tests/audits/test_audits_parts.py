"""An audit shared out among jobs: the same bytes whatever the number of parts, who dies, and in what order they end."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from audits.canonical import canonical_frames, canonical_groups, canonical_write
from audits.counted_runs import audit_cancel
from audits.engine.suite import CountedPlan
from audits.models import AuditRun, DataSet
from audits.parts import counted_plan
from audits.sandbox.protocol import Cells, Column, Header, Kind, Texts
from audits.selectors import audit_progress
from audits.services import audit_request
from audits.suites import suite_load
from core.actors import system
from core.errors import InputRefused, StateRefused, TooLarge
from core.jobs.models import Job
from core.jobs.runner import run_next
from core.jobs.taking import take
from core.jobs.work import LeaseLost
from core.models import JournalEntry
from provenance.staging import stage_file, staging
from provenance.store import artifact_keep, artifact_read

ROWS, BATCH, EDITION = 2_000, 250, "PAS-2026.3"
SPEC = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_positive",
    "favourable_decision": "negative",
    "gap_metric": "selection_rate",
    "attributes": [{"name": "race", "column": "race", "source": "recorded"}],
    "slices": [{"name": "race", "column": "race"}],
}


class Table:
    """Rows of the installation's own, in small row groups; `label` writes its column."""

    def __init__(self, label: np.ndarray | None = None) -> None:
        texts = Texts(np.array([0, 1, 2], np.int32), b"ab")
        kinds = (("y", Kind.INT64, None), ("p", Kind.FLOAT64, None), ("race", Kind.DICTIONARY, texts))
        self.header = Header(tuple(Column(*kind) for kind in kinds), ROWS)
        rng = np.random.default_rng(4)
        p = rng.beta(2, 2, ROWS)
        y = (rng.random(ROWS) < p).astype(np.int64) if label is None else label
        self.values = (y, p, rng.integers(0, 2, ROWS).astype(np.int32))

    def batches(self) -> Iterator[list[Cells]]:
        for first in range(0, ROWS, BATCH):
            yield [Cells(values[first : first + BATCH], np.ones(BATCH, bool)) for values in self.values]


@pytest.fixture
def dataset(organisation):
    """dataset(table) is a ready data set that the installation wrote itself."""

    def write(table: Table | None = None) -> DataSet:
        now, actor = timezone.now(), system("test")
        with staging() as (file, path):
            columns = canonical_write(table or Table(), file)
            staged = stage_file(file, path)
        with transaction.atomic():
            kept = artifact_keep(organisation=organisation, staged=staged, name="d", media="x", at=now, actor=actor)
        return DataSet.objects.create(
            organisation=organisation,
            created_at=now,
            name="d",
            state=DataSet.State.READY,
            digest=kept.digest,
            size=kept.size,
            canonical=kept,
            rows=ROWS,
            columns=columns,
            uploaded_by="test",
        )

    return write


@pytest.fixture
def few_in_memory(monkeypatch):
    """few_in_memory(rows) makes an edition that holds no more rows than these."""

    def limit(rows: int) -> None:
        suite = replace(suite_load(EDITION), counted=CountedPlan(rows, 1 << 17))
        for module in ("audits.services", "audits.parts"):
            monkeypatch.setattr(f"{module}.suite_load", lambda _name: suite)

    return limit


@pytest.fixture
def ask(organisation, dataset, few_in_memory, settings):
    """ask(parts) orders an audit shared out among so many jobs."""

    def order(parts: int, table: Table | None = None, rows: int = 100, data: DataSet | None = None) -> AuditRun:
        few_in_memory(rows)
        settings.AUDIT_PARTS = parts
        return audit_request(
            organisation=organisation,
            dataset=data or dataset(table),
            spec=SPEC,
            suite=EDITION,
            actor=system("test"),
            at=timezone.now(),
        )

    return order


def finished(run: AuditRun) -> AuditRun:
    while run_next():
        pass
    run.refresh_from_db()
    return run


def test_a_canonical_file_is_read_group_by_group(tmp_path):
    with (tmp_path / "d").open("wb") as file:
        canonical_write(Table(), file)
    with (tmp_path / "d").open("rb") as file:
        assert canonical_groups(file) == [BATCH] * (ROWS // BATCH)
        frames = list(canonical_frames(file, ["p", "race", "none"], [7, 0]))
    assert [sorted(frame.columns) for frame in frames] == [["p", "race"]] * 2
    assert (frames[1].columns["p"].values == Table().values[1][:BATCH]).all()


def test_the_writer_keeps_to_the_size_it_was_given(tmp_path):
    with (tmp_path / "d").open("wb") as file, pytest.raises(TooLarge, match="too large"):
        canonical_write(Table(), file, largest=1_000)


@pytest.mark.django_db
def test_parts_give_the_bytes_of_one_and_the_counts_of_memory(ask, dataset):
    data = dataset()
    runs = [finished(ask(parts, data=data)) for parts in (1, 3, 100)]
    assert [run.parts.count() for run in runs] == [1, 3, 8]
    assert [run.state for run in runs] == [AuditRun.State.COMPLETED] * 3
    assert len({artifact_read(run.artifact) for run in runs}) == 1
    memory = finished(ask(1, data=data, rows=ROWS))
    assert memory.parts.count() == 0
    found, whole = runs[1].result, memory.result
    assert found["rows"] == whole["rows"]
    assert found["dimensions"]["error"] == whole["dimensions"]["error"]
    assert found["dimensions"]["gap"] == whole["dimensions"]["gap"]
    slices = found["sections"]["slices"]
    assert slices
    assert json.dumps(slices) == json.dumps({name: whole["sections"]["slices"][name] for name in slices})


@pytest.mark.django_db
def test_a_part_that_was_killed_is_counted_again_to_the_same_bytes(ask, dataset, settings):
    data = dataset()
    whole = finished(ask(2, data=data))
    run = ask(2, data=data)
    Job.objects.filter(state=Job.State.QUEUED).update(run_after=timezone.now() - timedelta(hours=2))
    # A worker takes the first part and is gone.
    assert take(timezone.now() - timedelta(hours=1)) is not None
    assert finished(run).result_digest == whole.result_digest
    assert Job.objects.filter(kind="audits.count", attempt=2).count() == 1


@pytest.mark.django_db
def test_progress_is_over_all_parts(ask):
    run = ask(2)
    assert (audit_progress(run)["done"], audit_progress(run)["total"]) == (0, 8)
    run_next()
    run.refresh_from_db()
    seen = audit_progress(run)
    assert (seen["done"], seen["percent"], seen["step"]) == (4, 50, "1 of 2 parts counted")
    assert run.state == AuditRun.State.RUNNING
    seen = audit_progress(finished(run))
    assert (seen["done"], seen["state"]) == (8, "done")


@pytest.mark.django_db
def test_a_cancelled_audit_stops_all_its_jobs(ask):
    run = ask(3)
    _, work = take(timezone.now())
    audit_cancel(run=run, actor=system("desk"), at=timezone.now())
    with pytest.raises(LeaseLost):
        work.progress(1, 2, "rows counted")
    assert not run_next()
    run.refresh_from_db()
    assert run.state == AuditRun.State.FAILED
    assert "cancelled" in run.reason
    assert {job.state for job in Job.objects.all()} == {Job.State.CANCELLED}
    assert JournalEntry.objects.filter(action="audit.cancelled").count() == 1
    with pytest.raises(StateRefused, match="cannot be cancelled"):
        audit_cancel(run=run, actor=system("desk"), at=timezone.now())


@pytest.mark.django_db
def test_an_owner_cancels_over_the_api_and_a_viewer_may_not(ask, api, owner, viewer):
    run = ask(2)
    address = f"/api/v1/audits/{run.pk}/cancel"
    assert api(viewer).post(address).status_code == 403
    answer = api(owner).post(address)
    assert (answer.status_code, answer.json()["state"]) == (200, "failed")
    assert api(owner).post(address).status_code == 409
    assert Job.objects.filter(state=Job.State.CANCELLED).count() == 2


@pytest.mark.django_db
def test_what_one_part_cannot_count_fails_the_run_once(ask, monkeypatch):
    def broken(*_args: object) -> bytes:
        raise InputRefused("A cell is not what it should be.")

    monkeypatch.setattr("audits.counted_runs.part_counted", broken)
    run = finished(ask(3))
    assert run.state == AuditRun.State.FAILED
    assert run.reason == "A cell is not what it should be."
    assert sorted(job.state for job in Job.objects.all()) == ["cancelled", "cancelled", "done"]


@pytest.mark.django_db
def test_what_the_whole_shows_to_be_wrong_fails_it_when_parts_are_added_up(ask):
    run = finished(ask(2, Table(np.arange(ROWS, dtype=np.int64) // 700)))
    assert run.state == AuditRun.State.FAILED
    assert "the event is '1'" in run.reason


@pytest.mark.django_db
def test_a_bug_in_a_part_ends_the_run_after_its_attempts(ask, monkeypatch):
    monkeypatch.setattr("audits.counted_runs.part_counted", lambda *_args: 1 / 0)
    monkeypatch.setattr("core.jobs.ending.BACK_OFF", timedelta(0))
    run = finished(ask(2))
    assert run.state == AuditRun.State.FAILED
    assert sorted(job.state for job in Job.objects.all()) == ["cancelled", "dead"]


@pytest.mark.django_db
def test_a_model_is_not_asked_on_more_rows_than_are_held(dataset):
    suite = replace(suite_load(EDITION), counted=CountedPlan(100, 64))
    with pytest.raises(InputRefused, match="cannot be asked on 2,000 rows"):
        counted_plan(suite, dataset(), object())
    assert counted_plan(suite_load("PAS-2026.2"), dataset(), None) is None
