"""The two state machines of this room, on one screen."""

from audits.models import AuditRun, DataSet
from core.states import Machine

DATASET = Machine(
    noun="dataset",
    moves={
        DataSet.State.RECEIVED: frozenset({DataSet.State.READY, DataSet.State.REFUSED}),
    },
)

AUDIT = Machine(
    noun="audit",
    moves={
        AuditRun.State.QUEUED: frozenset({AuditRun.State.RUNNING, AuditRun.State.FAILED}),
        AuditRun.State.RUNNING: frozenset({AuditRun.State.COMPLETED, AuditRun.State.FAILED}),
    },
)
