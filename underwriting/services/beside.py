"""What stands beside an audit: what the orderer names, the insurer's challenge rows, and earlier evaluations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.selectors import actor_is_staff
from audits.beside import CHOSEN, MOST_BEFORE, Beside
from audits.models import AuditRun, DataSet, ModelFile
from core.actors import Actor
from core.errors import InputRefused, NotAllowed, NotFound, StateRefused
from core.journal import journal_write
from underwriting.models import AuditOrder, ChallengeSet, ModelVersion, RegisteredModel
from underwriting.selectors import challenge_of, file_of


@dataclass(frozen=True)
class Named:
    """What an orderer names: data sets by role (audits.beside.CHOSEN), or an earlier version whose file is asked."""

    datasets: Mapping[str, DataSet] = field(default_factory=dict)
    earlier_version: ModelVersion | None = None


NOTHING_NAMED = Named()


def beside_of(*, version: ModelVersion, dataset: DataSet, named: Named, file: ModelFile | None, actor: Actor) -> Beside:
    """Everything that an audit of `version` on `dataset` reads beside it.

    Raises InputRefused for a role that cannot be named, NotAllowed if a customer names rows that the insurer holds,
    StateRefused for an earlier version without a file that stands ready.
    """
    for role, one in named.datasets.items():
        _named_check(role, one, actor)
    found: dict[str, tuple[DataSet, ...]] = {role: (one,) for role, one in named.datasets.items()}
    challenge = challenge_of(version.model_id)
    if challenge is not None and file is not None and challenge.dataset_id != dataset.pk:
        found["challenge"] = (challenge.dataset,)
    before = _audited_before(version, dataset)
    if before:
        found["audited_before"] = before
    return Beside(found, _earlier_file(version, named.earlier_version))


def _named_check(role: str, dataset: DataSet, actor: Actor) -> None:
    if role not in CHOSEN:
        raise InputRefused(
            f"{role!r} is no role that an order can fill.",
            field=f"beside.{role}",
            limit=", ".join(CHOSEN),
            remedy="Leave it out; the insurer fills the others.",
        )
    if dataset.custody == DataSet.Custody.INSURER and not actor_is_staff(actor):
        raise NotAllowed(
            "The insurer names the rows that it holds.",
            field=f"beside.{role}",
            remedy="Name a data set of your own, or ask the insurer.",
        )


def _audited_before(version: ModelVersion, dataset: DataSet) -> tuple[DataSet, ...]:
    """The customer's rows of the latest completed audits of any version of this model, other data sets only."""
    orders = AuditOrder.objects.filter(
        version__model_id=version.model_id,
        audit_run__state=AuditRun.State.COMPLETED,
        audit_run__dataset__custody=DataSet.Custody.CUSTOMER,
    ).exclude(audit_run__dataset_id=dataset.pk)
    newest = orders.order_by("-audit_run__completed_at", "-id").values_list("audit_run__dataset_id", flat=True)
    latest = list(dict.fromkeys(newest))[:MOST_BEFORE]
    rows = DataSet.objects.in_bulk(latest)
    return tuple(rows[pk] for pk in latest)


def _earlier_file(version: ModelVersion, earlier: ModelVersion | None) -> ModelFile | None:
    if earlier is None:
        return None
    if earlier.model_id != version.model_id or earlier.pk == version.pk:
        raise NotFound("This model has no such earlier version.", field="beside.earlier_version")
    file = file_of(earlier)
    if file is None or file.state != ModelFile.State.READY:
        raise StateRefused(
            "No file of the earlier version stands ready.",
            field="beside.earlier_version",
            limit="a version whose file is ready",
            remedy="Hand it over first, or send its recorded answers as beside.earlier.",
        )
    return file


def challenge_set(*, model: RegisteredModel, dataset: DataSet, actor: Actor, at: datetime) -> ChallengeSet:
    """Let every later audit of `model` read these rows, which the insurer holds, beside the customer's.

    Raises NotFound for another organisation's rows, StateRefused for rows that the customer sent or that are not ready.
    """
    if dataset.organisation_id != model.organisation_id:
        raise NotFound("There is no such data set in this organisation.", field="dataset")
    if dataset.custody != DataSet.Custody.INSURER or dataset.state != DataSet.State.READY:
        raise StateRefused(
            "Challenge rows are ready rows that the insurer holds.",
            field="dataset",
            limit="held_by insurer, state ready",
            remedy="Upload them with held_by=insurer and wait until they are ready.",
        )
    with transaction.atomic():
        made = ChallengeSet.objects.create(
            organisation_id=model.organisation_id, created_at=at, model=model, dataset=dataset, set_by=actor.label
        )
        journal_write(
            actor=actor,
            action="model.challenge_set",
            subject_kind="challenge",
            subject_id=made.pk,
            organisation_id=model.organisation_id,
            at=at,
            detail={"model": model.pk, "dataset": dataset.pk},
        )
    return made
