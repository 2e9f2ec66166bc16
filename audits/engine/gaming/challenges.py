"""Rows that the insurer holds and the customer never saw, and rows planted among them with labels that are wrong.

A model does as well on challenge rows as on the customer's own, within sampling error, unless it or its rows were
prepared. A planted row bears a label that no honest model would give: a model that does give it has learnt it. Its
chance of doing so without is at most its rate of errors, since giving the planted label is an error on the true case.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from audits.engine.bounds import Rate, cp_upper
from audits.engine.cases import Cases, cases_build
from audits.engine.frame import Frame, Mask, canonical_text
from audits.engine.model import Asked, answer_columns
from audits.engine.spec import AuditSpec
from core.errors import InputRefused

CANARY = "canary"


class Challenge(NamedTuple):
    """Harmful errors and any errors on ordinary challenge rows, and how many planted labels the model gives."""

    harm: Rate
    wrong: Rate
    planted: Rate
    unreadable: str | None = None


def challenge_rates(rows: Frame, asked: Asked, spec: AuditSpec) -> Challenge:
    """The model asked for every challenge row. Column canary, where there is one, marks planted rows by 1.

    Raises InputRefused for missing columns, and when no ordinary row has an outcome.
    """
    answered = rows.with_columns(*answer_columns(asked.answers(rows), asked.interface))
    planted = _planted(rows)
    ordinary = cases_build(answered.take(np.flatnonzero(~planted)), spec)
    harm, wrong = Rate(ordinary.k, ordinary.n), rate_of(ordinary.wrong, ordinary)
    if not planted.any():
        return Challenge(harm, wrong, Rate(0, 0))
    try:
        _refuse_impossible(answered, planted, spec)
        sown = cases_build(answered.take(np.flatnonzero(planted)), spec)
    except InputRefused as error:
        return Challenge(harm, wrong, Rate(0, 0), error.message)
    return Challenge(harm, wrong, rate_of(~sown.wrong, sown))


def _planted(rows: Frame) -> Mask:
    if CANARY not in rows.columns:
        return np.zeros(rows.rows, dtype=bool)
    return rows.columns[CANARY].matches("1")


def _refuse_impossible(rows: Frame, planted: Mask, spec: AuditSpec) -> None:
    """A planted label must be one that a model can give: of a yes/no task, one that ordinary rows bear."""
    label = rows.column(spec.label, "label")
    sown, ordinary = (label.take(np.flatnonzero(where)).groups.names for where in (planted, ~planted))
    odd = {canonical_text(name) for name in sown} - {canonical_text(name) for name in ordinary}
    if spec.decides and odd:
        raise InputRefused(
            f"Planted rows bear the label {', '.join(sorted(odd))}, which no ordinary row bears and no model can give.",
            field=spec.label,
            limit="labels of the task",
            remedy="Plant wrong labels, not impossible ones.",
        )


def rate_of(hits: Mask, cases: Cases, where: Mask | None = None) -> Rate:
    """Hits among the audited rows (of `where`)."""
    counted = cases.audited if where is None else cases.audited & where
    return Rate(int((hits & counted).sum()), int(counted.sum()))


class Planted(NamedTuple):
    """`chance` at most with which a model gives a planted label unseen, p of as many by chance, the least p that so
    many planted rows could give, and the rows that would tell."""

    chance: float
    p: float
    least_p: float
    rows_needed: int | None


def planted_test(planted: Rate, errors: tuple[Rate, ...], level: float, confidence: float) -> Planted:
    """Exact binomial test that the planted labels are given no oftener than errors are made; the chance is the largest
    upper bound (one-sided, `confidence`) of the given error rates that have rows, 1 where none has."""
    chance = max((cp_upper(rate.k, rate.n, confidence) for rate in errors if rate.n), default=1.0)
    p = float(stats.binom.sf(planted.k - 1, planted.n, chance))
    needed = math.ceil(math.log(level) / math.log(chance)) if 0 < chance < 1 else None
    return Planted(chance, p, chance**planted.n, needed)
