"""Data sets on their way in: admitted by their first bytes, stored as sent, read in isolation, written canonically."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Organisation
from accounts.selectors import actor_is_staff
from audits.admission import Admission
from audits.canonical import MEDIA, canonical_write
from audits.faults import upload_refuse
from audits.models import DataSet
from audits.sandbox.formats.magic import HEAD, form_of
from audits.sandbox.limits import DEFAULT, Limits
from audits.sandbox.protocol import Code, Refusal
from audits.sandbox.refusals import error_of
from audits.sandbox.runner import table_open
from audits.states import DATASET
from core.actors import Actor
from core.errors import InputRefused, NotAllowed, PlimsollError
from core.jobs.service import job_enqueue
from core.jobs.work import Work
from core.journal import journal_write
from core.states import state_change
from provenance.staging import Staged, stage_file, staging
from provenance.store import artifact_keep, artifact_verified, staged_kept

MEDIA_OF = {"parquet": MEDIA, "gzip": "application/gzip", "csv": "text/csv"}


def dataset_receive(
    *,
    organisation: Organisation,
    chunks: Iterable[bytes],
    name: str,
    source: str,
    historic: bool,
    actor: Actor,
    at: datetime,
    window_start: date | None = None,
    window_end: date | None = None,
) -> DataSet:
    """Store the bytes of `chunks` and have them read; see dataset_register. Raises TooLarge or Unsupported early."""
    with staged_kept(TABLES.stage(chunks)) as staged:
        return dataset_register(
            organisation=organisation,
            staged=staged,
            name=name,
            source=source,
            historic=historic,
            actor=actor,
            at=at,
            window_start=window_start,
            window_end=window_end,
        )


def dataset_register(
    *,
    organisation: Organisation,
    staged: Staged,
    name: str,
    source: str,
    historic: bool,
    actor: Actor,
    at: datetime,
    window_start: date | None = None,
    window_end: date | None = None,
    custody: str = DataSet.Custody.CUSTOMER,
) -> DataSet:
    """Take a staged upload into the store as a received data set and enqueue its reading.

    Raises InputRefused for an unusable name or window, NotAllowed if a customer says that the insurer holds the rows,
    and TooLarge over the organisation's quota.
    """
    _describe_check(name, window_start, window_end)
    _custody_check(custody, actor)
    with staged.path.open("rb") as file:
        media = MEDIA_OF[form_of(file.read(HEAD))]
    with transaction.atomic():
        artifact = artifact_keep(organisation=organisation, staged=staged, name=name, media=media, at=at, actor=actor)
        dataset = DataSet.objects.create(
            organisation=organisation,
            created_at=at,
            name=name,
            custody=custody,
            source=source,
            historic=historic,
            window_start=window_start,
            window_end=window_end,
            artifact=artifact,
            digest=staged.digest,
            size=staged.size,
            uploaded_by=actor.label,
        )
        _journal_received(dataset, actor, at)
        job = job_enqueue(
            kind="audits.intake",
            organisation_id=organisation.pk,
            args={"dataset_id": str(dataset.pk)},
            key=f"audits.intake:{dataset.pk}",
            at=at,
            actor=actor,
        )
        dataset.job_id = job.pk
        dataset.save(update_fields=["job_id"])
    return dataset


def dataset_read(*, dataset: DataSet, work: Work) -> None:
    """Read what was sent in isolation and write its canonical form; the data set becomes ready or refused."""
    try:
        columns, rows, staged = _canonical_staged(dataset, work)
    except InputRefused as error:
        with work.commit() as at:
            dataset_refuse(dataset=dataset, error=error, actor=work.actor, at=at)
        return
    with staged_kept(staged), work.commit() as at:
        canonical = artifact_keep(
            organisation=dataset.organisation,
            staged=staged,
            name=f"{dataset.name[:180]} (canonical)",
            media=MEDIA,
            at=at,
            actor=work.actor,
        )
        changes = {"canonical": canonical, "rows": rows, "columns": columns}
        state_change(
            instance=dataset,
            machine=DATASET,
            to=DataSet.State.READY,
            actor=work.actor,
            at=at,
            changes=changes,
        )


def dataset_refuse(*, dataset: DataSet, error: PlimsollError, actor: Actor, at: datetime) -> None:
    """Refuse a received data set inside the caller's transaction; the bytes it was sent as are not kept."""
    upload_refuse(upload=dataset, machine=DATASET, error=error, actor=actor, at=at)


def _canonical_staged(dataset: DataSet, work: Work) -> tuple[list[dict[str, Any]], int, Staged]:
    if dataset.artifact is None:
        raise AssertionError("a received data set has its bytes")
    with (
        artifact_verified(dataset.artifact) as raw,
        staging() as (file, path),
        table_open(raw, limits=_limits()) as table,
    ):
        work.log(f"{len(table.header.columns)} columns, {table.header.rows:,} rows")
        columns = canonical_write(table, file, progress=lambda done, total: work.progress(done, total, "rows read"))
        return columns, table.header.rows, stage_file(file, path)


def _limits() -> Limits:
    """What one upload may hold, as this installation allows."""
    return replace(DEFAULT, rows=settings.DATASET_MAX_ROWS, cells=settings.DATASET_MAX_CELLS)


def _form_check(head: bytes) -> None:
    form = form_of(head)
    if form == "refused":
        raise error_of(Refusal(Code.FORMAT), DEFAULT)
    if form == "text-encoding":
        raise error_of(Refusal(Code.ENCODING), DEFAULT)


TABLES = Admission(
    judge=_form_check,
    head=HEAD,
    limit=lambda: settings.DATASET_MAX_BYTES,
    smaller="Send Parquet or gzip'd CSV, only the columns the audit names, or a sample of the rows.",
    empty=lambda: error_of(Refusal(Code.EMPTY), DEFAULT),
)


def _describe_check(name: str, window_start: date | None, window_end: date | None) -> None:
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise InputRefused(
            "The data set needs a name that can be printed.",
            field="name",
            limit="1 to 200 printable characters",
            remedy="Send one, such as «decisions 2026-Q3».",
        )
    if window_start and window_end and window_end < window_start:
        raise InputRefused(
            "The window ends before it begins.",
            field="window_end",
            limit=f"not before {window_start}",
            remedy="Exchange the two days.",
        )


def _custody_check(custody: str, actor: Actor) -> None:
    if custody == DataSet.Custody.INSURER and not actor_is_staff(actor):
        raise NotAllowed(
            "Only the insurer's staff can say that the insurer holds these rows.",
            field="held_by",
            limit="customer",
            remedy="Leave it out, or send the rows to the insurer.",
        )


def _journal_received(dataset: DataSet, actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action="dataset.received",
        subject_kind="dataset",
        subject_id=dataset.pk,
        organisation_id=dataset.organisation_id,
        at=at,
        detail={"digest": dataset.digest, "size": dataset.size, "name": dataset.name, "held_by": dataset.custody},
    )
