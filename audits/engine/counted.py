"""The audit of rows that do not fit in memory: the suite's checks as far as counts can answer them.

Rows, errors, calibration, groups, registered slices and drift are told from a tally (audits/engine/counting); a check
that must see the rows again, or the model, is not run, and says so.
"""

import numpy as np

from audits.engine import untested
from audits.engine.cases import Cases
from audits.engine.counting import telling
from audits.engine.counting.rows import RowCounts
from audits.engine.counting.tally import Tally
from audits.engine.frame import Frame
from audits.engine.registry import ROLES, Registered, Subject, missing
from audits.engine.result import AuditResult, Part
from audits.engine.run import Outcome, listed_checks, refused_part, result_of, silent_part
from audits.engine.verdicts import Judge
from core.errors import InputRefused

NEEDS_ROWS = (
    "Not run on this many rows: they were counted in one pass, and this needs to see them again. Order an audit of a "
    "random sample of the rows to have it."
)
NOT_WEIGHED = (
    "Not run on this many rows: registered weights and clusters need all rows in memory. Order an audit of a random "
    "sample of the persons or households to have it."
)


def run_counted(tally: Tally, *, dataset_digest: str) -> AuditResult:
    """The result of counted rows, of the same shape as run_suite's; the same tally gives the same bytes.

    Raises InputRefused where nothing can be measured, as run_suite does.
    """
    telling.refuse(tally)
    checks = [check for check, _entry in listed_checks(tally.judge.suite, None)]
    outcomes = [Outcome(check, _part(check, tally)) for check in checks]
    return result_of(outcomes, tally.judge, RowCounts(tally.states).rows, dataset_digest)


def _part(check: Registered, tally: Tally) -> Part:
    if check.name == "untested":
        return untested.measure(tally.judge)
    if check.dimensions and (tally.judge.spec.weight or tally.judge.spec.cluster):
        return silent_part(check, tally.judge, "not_run", NOT_WEIGHED)
    tell = telling.TOLD.get(check.name)
    if tell is None:
        lacking = missing(check, _without_rows(tally.judge))
        # Other data sets may have been given; they are not read either.
        unmet = lacking is not None and lacking not in ROLES.values()
        return silent_part(check, tally.judge, "not_run", lacking.value if lacking and unmet else NEEDS_ROWS)
    try:
        return tell(tally)
    except InputRefused as error:
        return refused_part(check, tally.judge, error)


def _without_rows(judge: Judge) -> Subject:
    """The subject as far as it is known what was registered, and that there is no model."""
    nothing = np.zeros(0, dtype=bool)
    return Subject(Frame({}), Cases(nothing, nothing, nothing, nothing, nothing, nothing, None, None), judge)
