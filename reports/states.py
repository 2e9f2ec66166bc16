"""A report is made once; a later version of the same quarter takes its place."""

from core.states import Machine
from reports.models import QuarterlyReport

_S = QuarterlyReport.State

REPORT = Machine(
    noun="report",
    moves={
        _S.REQUESTED: frozenset({_S.ISSUED, _S.SUPERSEDED, _S.FAILED}),
        _S.ISSUED: frozenset({_S.SUPERSEDED}),
    },
)
