"""What an audit reads beside its own rows: other data sets in their roles, and what an earlier version answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audits.caged import caged
from audits.canonical import canonical_read
from audits.engine.frame import Frame, frames_stacked
from audits.engine.model import Asked, answer_columns
from audits.engine.quality import beside_columns
from audits.engine.registry import ROLES
from audits.engine.verdicts import Judge
from audits.interface import Interface
from audits.models import AuditRun, Companion, DataSet, ModelFile
from core.errors import InputRefused, NotFound, StateRefused
from provenance.store import artifact_verified

MOST_BEFORE = 4  # earlier evaluations that are compared with, the latest ones; more would hold too many rows at once
CHOSEN = ("training", "relabelled", "reviews", "earlier")  # roles that whoever orders an audit may fill


@dataclass(frozen=True)
class Beside:
    """What stands beside an audit: data sets by role, several only of earlier evaluations, and an earlier file."""

    datasets: Mapping[str, Sequence[DataSet]]
    earlier_file: ModelFile | None = None


NOTHING = Beside({})


def beside_check(beside: Beside, run_dataset: DataSet) -> None:
    """Refuses data sets of others, that are not ready, or in a role that there is not."""
    for role, datasets in beside.datasets.items():
        if role not in ROLES:
            raise InputRefused(
                f"There is no role {role!r} beside an audit.",
                field="beside",
                limit=", ".join(CHOSEN),
                remedy="Leave it.",
            )
        for dataset in datasets:
            _dataset_check(role, dataset, run_dataset)
    if beside.earlier_file is not None and beside.datasets.get("earlier"):
        raise InputRefused(
            "Both an earlier version's file and its recorded answers are given.",
            field="beside.earlier",
            limit="one of the two",
            remedy="Leave one out; the file is the better evidence.",
        )


def _dataset_check(role: str, dataset: DataSet, run_dataset: DataSet) -> None:
    if dataset.organisation_id != run_dataset.organisation_id:
        raise NotFound("There is no such data set in this organisation.", field=f"beside.{role}")
    if dataset.pk == run_dataset.pk:
        raise InputRefused(
            "The audited data set cannot stand beside itself.",
            field=f"beside.{role}",
            limit="another data set",
            remedy="Name the data set that plays this role.",
        )
    if dataset.state != DataSet.State.READY:
        raise StateRefused(
            f"The data set for {role} is {dataset.state}, not ready.",
            field=f"beside.{role}",
            limit="ready data sets",
            remedy=dataset.reason or "Wait until it has been read, then order the audit again.",
        )


def companions_make(run: AuditRun, beside: Beside, at: datetime) -> None:
    """Store what stands beside the run, inside the caller's transaction."""
    base = {"organisation_id": run.organisation_id, "run": run, "created_at": at}
    rows = [
        Companion(**base, role=role, dataset=dataset)
        for role, datasets in beside.datasets.items()
        for dataset in datasets
    ]
    if beside.earlier_file is not None:
        rows.append(Companion(**base, role=Companion.Role.EARLIER, model_file=beside.earlier_file))
    Companion.objects.bulk_create(rows)


def frames_beside(run: AuditRun, frame: Frame, judge: Judge, interface: Interface | None) -> dict[str, Frame]:
    """The frames of the run's companions by role; an earlier version's file is asked for every row of `frame`.

    Raises InputRefused with a verdict for an earlier file that fails, Unavailable if stored bytes were altered.
    """
    found: dict[str, list[Frame]] = {}
    rows = run.companions.select_related("dataset__canonical", "model_file__artifact").order_by(
        "role", "created_at", "pk"
    )
    for companion in rows:
        found.setdefault(companion.role, []).append(_frame(companion, frame, judge, interface))
    return {role: frames[0] if len(frames) == 1 else frames_stacked(frames) for role, frames in found.items()}


def _frame(companion: Companion, frame: Frame, judge: Judge, interface: Interface | None) -> Frame:
    if companion.model_file is not None:
        return _answered(companion, companion.model_file, frame, judge)
    if companion.dataset is None or companion.dataset.canonical is None:
        raise AssertionError("a companion is a ready data set or a file")
    with artifact_verified(companion.dataset.canonical) as file:
        return canonical_read(file, beside_columns(companion.role, judge, interface))


def _answered(companion: Companion, file: ModelFile, frame: Frame, judge: Judge) -> Frame:
    """The rows' names, and beside them what the earlier version answers."""
    with caged(file, quiet=not companion.run.dataset.rows_shown) as model:
        answers = Asked(model).answers(frame)
        columns = answer_columns(answers, model.interface)
    named = () if judge.spec.row_id is None else (frame.column(judge.spec.row_id, "row_id"),)
    return Frame({column.name: column for column in (*named, *columns)})


def inputs_needed(companions: Iterable[Companion]) -> Iterator[str]:
    """The columns that the files beside a run take as inputs."""
    for companion in companions:
        if companion.model_file is not None:
            yield from (one["column"] for one in companion.model_file.interface["inputs"])
