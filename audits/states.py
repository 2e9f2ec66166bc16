"""The state machines of this room, on one screen."""

from audits.models import AuditRun, DataSet, ModelFile, Trial
from core.states import Machine

DATASET = Machine(
    noun="dataset",
    moves={
        DataSet.State.RECEIVED: frozenset({DataSet.State.READY, DataSet.State.REFUSED}),
    },
)

MODEL_FILE = Machine(
    noun="model_file",
    moves={
        ModelFile.State.RECEIVED: frozenset({ModelFile.State.READY, ModelFile.State.REFUSED}),
    },
)

AUDIT = Machine(
    noun="audit",
    moves={
        AuditRun.State.QUEUED: frozenset({AuditRun.State.RUNNING, AuditRun.State.FAILED}),
        AuditRun.State.RUNNING: frozenset({AuditRun.State.COMPLETED, AuditRun.State.FAILED}),
    },
)

TRIAL = Machine(
    noun="trial",
    moves={
        Trial.State.ASKED: frozenset({Trial.State.ANSWERED, Trial.State.FAILED}),
    },
)
