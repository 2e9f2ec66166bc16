"""The blind re-labelling sample of a data set: drawn by us, once, with a seed that nobody knew when the rows came."""

import secrets
from datetime import datetime

import numpy as np
from django.db import IntegrityError, transaction

from audits.canonical import canonical_read
from audits.engine import spec_parse
from audits.engine.frame import Frame
from audits.engine.registry import plan_read
from audits.engine.relabelling import RelabellingPlan, draw_relabelling, id_texts
from audits.engine.spec import AuditSpec
from audits.models import AuditRun, DataSet, RelabelSample
from audits.suites import suite_load
from core.actors import Actor
from core.errors import Conflict, InputRefused, StateRefused
from core.journal import journal_write
from provenance.store import artifact_verified

SEED_BITS = 62  # of a signed 64-bit column
CHECK = "relabelled"


def sample_draw(*, run: AuditRun, actor: Actor, at: datetime) -> RelabelSample:
    """Draw the rows of the run's data set that a second reader shall label; as many as the run's suite files.

    Raises InputRefused without a registered row_id or with ids that do not name rows, Conflict if the data set has its
    sample already: a second draw would let somebody choose.
    """
    spec, dataset = spec_parse(run.spec), run.dataset
    if spec.row_id is None:
        raise InputRefused(
            "The model's schema registers no row_id, so drawn rows could not be named.",
            field="schema.row_id",
            limit="a column that names each row once",
            remedy="Register the model with row_id, and send it with the rows.",
        )
    if sample_for(dataset) is not None:
        raise _drawn_already()
    seed = secrets.randbits(SEED_BITS)
    drawn = _drawn(_frame(dataset, spec), run, spec, seed)
    with transaction.atomic():
        try:
            with transaction.atomic():
                sample = RelabelSample.objects.create(
                    organisation_id=dataset.organisation_id,
                    created_at=at,
                    dataset=dataset,
                    seed=seed,
                    row_id=spec.row_id,
                    row_ids=drawn,
                    drawn_by=actor.label,
                )
        except IntegrityError:
            raise _drawn_already() from None
        journal_write(
            actor=actor,
            action="dataset.relabelling_drawn",
            subject_kind="dataset",
            subject_id=dataset.pk,
            organisation_id=dataset.organisation_id,
            at=at,
            detail={"rows": len(drawn), "audit": run.pk},
        )
    return sample


def sample_for(dataset: DataSet) -> RelabelSample | None:
    """The sample that was drawn of these rows, under whatever name they were sent: the same rows sent again have no
    other one."""
    return RelabelSample.objects.filter(dataset__canonical_id=dataset.canonical_id).order_by("created_at").first()


def _drawn_already() -> Conflict:
    return Conflict(
        "The sample of these rows was drawn already.",
        field="audit",
        limit="one sample of the same rows",
        remedy="Take the rows of GET on the same address.",
    )


def seed_for(dataset: DataSet) -> int:
    """The seed of an audit that reads second labels of this data set; raises StateRefused if no sample was drawn."""
    sample = sample_for(dataset)
    if sample is None:
        raise StateRefused(
            "No rows of this data set were drawn for a second reader.",
            field="beside.relabelled",
            limit="second labels of rows that we drew",
            remedy="Audit it first, draw the sample with POST /audits/{id}/relabelling, and have those rows labelled.",
        )
    return sample.seed


def _frame(dataset: DataSet, spec: AuditSpec) -> Frame:
    if dataset.canonical is None:
        raise AssertionError("an audited data set has its canonical form")
    with artifact_verified(dataset.canonical) as file:
        return canonical_read(file, {str(spec.row_id), spec.label, spec.decision.column})


def _drawn(frame: Frame, run: AuditRun, spec: AuditSpec, seed: int) -> list[str]:
    """Ids of the drawn rows: labelled ones, and decided ones where the decisions are recorded."""
    eligible = ~frame.column(spec.label, "label").absent
    if run.model_file_id is None:
        eligible &= ~frame.column(spec.decision.column, "decision.column").absent
    places = np.flatnonzero(eligible)
    ids = id_texts(frame.column(str(spec.row_id), "row_id").take(places))
    return [ids[place] for place in draw_relabelling(ids, seed, _size(run))]


def _size(run: AuditRun) -> int:
    """The filed size, of the run's edition or, for one that has no such check, of the current one."""
    for suite in (suite_load(run.suite), suite_load()):
        found = next((entry for entry in suite.checks if entry.name == CHECK), None)
        if found is not None:
            return plan_read(RelabellingPlan, found.figures).rows
    raise AssertionError("the current edition has a check of second labels")
