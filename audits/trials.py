"""Trying a model: one typed row, answered in the cage and explained as far as it can be.

`answer` of a trial: answers (all numbers the model said), means and answer (what the interface makes of them),
explanation {algorithm, units, explained_output, base, answer, total, contributions: [{feature, value, contribution}]}
or null, and then `unexplained` says why.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from audits.caged import Caged, caged
from audits.canonical import canonical_read
from audits.engine.attribution import explain_one
from audits.engine.frame import Frame, frame_from_arrays
from audits.engine.model import Asked, answer_columns
from audits.engine.spec import AuditSpec, Decision
from audits.faults import problem_of
from audits.interface import Input, Interface, interface_parse
from audits.models import AuditRun, DataSet, ModelFile, Trial
from audits.sandbox.limits import DEFAULT
from audits.services import SEED
from audits.states import TRIAL
from audits.suites import CURRENT, suite_load
from core.actors import Actor
from core.canonical import plain
from core.errors import InputRefused, PlimsollError, StateRefused, Unavailable
from core.jobs.service import job_enqueue
from core.jobs.work import Work
from core.journal import journal_write
from core.states import state_change
from provenance.store import artifact_verified

LARGEST = 1e300
# A person waits for one explanation by sampling: an audit may ask a model twenty times as much for all of its own.
CELLS_ASKED = 1_000_000
UNCOMPARED = "No audit of the customer's own rows was completed with this file: nothing to compare with yet."


def trial_ask(*, file: ModelFile, inputs: Mapping[str, Any], actor: Actor, at: datetime) -> Trial:
    """Put one row to a ready model; an input that is left out is a cell without a value.

    Raises StateRefused unless the file is ready, InputRefused for a column or a value that the interface does not take.
    """
    _ready_check(file)
    checked = inputs_check(inputs, interface_parse(file.interface))
    with transaction.atomic():
        trial = Trial.objects.create(
            organisation_id=file.organisation_id,
            created_at=at,
            model_file=file,
            inputs=checked,
            asked_by=actor.label,
        )
        # What was typed may be about a person: the journal says that a row was tried, not which.
        journal_write(
            actor=actor,
            action="trial.asked",
            subject_kind="trial",
            subject_id=trial.pk,
            organisation_id=file.organisation_id,
            at=at,
            detail={"model_file": file.pk},
        )
        job = job_enqueue(
            kind="audits.try",
            organisation_id=file.organisation_id,
            args={"trial_id": str(trial.pk)},
            key=f"audits.try:{trial.pk}",
            at=at,
            actor=actor,
        )
        trial.job_id = job.pk
        trial.save(update_fields=["job_id"])
    return trial


def trial_answer(*, trial: Trial, work: Work) -> None:
    """Ask the caged model and explain its answer; the trial becomes answered or failed."""
    work.progress(0, 2, "opening the model in the cage")
    try:
        answer = _answer(trial, work)
    except (InputRefused, Unavailable) as error:
        with work.commit() as at:
            trial_fail(trial=trial, error=error, actor=work.actor, at=at)
        return
    with work.commit() as at:
        changes = {"answer": answer}
        state_change(instance=trial, machine=TRIAL, to=Trial.State.ANSWERED, actor=work.actor, at=at, changes=changes)


def trial_fail(*, trial: Trial, error: PlimsollError, actor: Actor, at: datetime) -> None:
    """Give up on a trial inside the caller's transaction, saying why."""
    state_change(
        instance=trial,
        machine=TRIAL,
        to=Trial.State.FAILED,
        actor=actor,
        at=at,
        why=error.message,
        changes={"reason": error.message, "problem": problem_of(error)},
    )


def inputs_check(inputs: Mapping[str, Any], interface: Interface) -> dict[str, Any]:
    """Every input of the interface with its value or None. Raises InputRefused naming inputs.<column>."""
    unknown = sorted(set(inputs) - set(interface.columns))
    if unknown:
        listed = ", ".join(interface.columns[:20])
        raise InputRefused(
            f"The model has no input {unknown[0][:80]!r}.",
            field=f"inputs.{unknown[0][:80]}",
            limit=f"its {len(interface.columns)} inputs: {listed}",
            remedy="Name inputs as the version's interface does.",
        )
    return {one.column: _value(one, inputs.get(one.column)) for one in interface.inputs}


def _value(one: Input, value: Any) -> Any:
    if value is None:
        return None
    if one.how == "image":
        field = f"inputs.{one.column}"
        remedy = "Send a data set with the image and order an audit."
        raise InputRefused(f"{field} is an image, which cannot be typed.", field=field, limit="null", remedy=remedy)
    if one.how == "number":
        good = not isinstance(value, bool) and isinstance(value, int | float) and abs(value) <= LARGEST
        limit = "a finite number, or null"
    else:
        good = isinstance(value, str) and len(value) <= DEFAULT.text_chars
        limit = f"a text of at most {DEFAULT.text_chars:,} characters, or null"
    if not good:
        field = f"inputs.{one.column}"
        raise InputRefused(f"{field} is not what the model takes.", field=field, limit=limit, remedy="Correct it.")
    return value


def _ready_check(file: ModelFile) -> None:
    if file.state != ModelFile.State.READY:
        raise StateRefused(
            f"The model's file is {file.state}, not ready.",
            field="version",
            limit="ready model files",
            remedy=file.reason or "Wait until it has been examined, then try again.",
        )


def _answer(trial: Trial, work: Work) -> dict[str, Any]:
    with caged(trial.model_file) as model:
        work.progress(1, 2, "asking and explaining")
        row = frame_from_arrays({name: [value] for name, value in trial.inputs.items()})
        answers = Asked(model).answers(row)
        explanation, unexplained = _explained(model, row, trial)
        return {
            "answers": [plain(float(number)) for number in answers[0]],
            "means": model.interface.output.means,
            "answer": _meant(answers, model.interface),
            "explanation": explanation,
            "unexplained": unexplained,
        }


def _explained(model: Caged, row: Frame, trial: Trial) -> tuple[dict[str, Any] | None, str | None]:
    """The explanation, or why there is none. The answer stands whatever becomes of it."""
    try:
        found = _explain(model, row, None)
        if found is not None:
            return found, None
        background = _background(trial.model_file, model.interface)
        if background is None:
            return None, UNCOMPARED
        return _explain(model, row, background), None
    except InputRefused as error:
        return None, f"The model answered, but not the questions that explain it: {error.message}"


def _explain(model: Caged, row: Frame, background: Frame | None) -> dict[str, Any] | None:
    """A probability or value is explained as such; of a class, the number for the class that the model gave."""
    output = model.interface.output
    spec = AuditSpec(task="multiclass", label=output.column, decision=Decision(output.column))
    plan = suite_load(CURRENT).model
    if plan is None:
        raise AssertionError("the current suite takes models")
    patient = replace(plan, sampled_cells=CELLS_ASKED)
    found: dict[str, Any] | None = plain(explain_one(model, row, spec, patient, seed=SEED, background=background))
    return found


def _background(file: ModelFile, interface: Interface) -> Frame | None:
    """The rows of the latest completed audit with this file; rows that the insurer holds explain nothing to anybody."""
    runs = file.runs.filter(state=AuditRun.State.COMPLETED, dataset__custody=DataSet.Custody.CUSTOMER)
    run = runs.select_related("dataset__canonical").order_by("-completed_at").first()
    if run is None or run.dataset.canonical is None:
        return None
    with artifact_verified(run.dataset.canonical) as stored:
        return canonical_read(stored, interface.columns)


def _meant(answers: Any, interface: Interface) -> Any:
    """The number the interface names, or the class."""
    (column, *_) = answer_columns(answers, interface)
    if column.kind == "category":
        return column.categories[int(column.values[0])]
    return plain(float(column.values[0]))
