"""Single rows that are shown whole, and reason codes: which inputs push towards the unfavourable decision."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.attribution.tables import Told, cells_of
from audits.engine.attribution.target import Target
from audits.engine.cases import Cases
from audits.engine.deciding import Decider
from audits.engine.frame import Floats, canonical_text
from audits.engine.result import Table
from audits.engine.spec import AuditSpec

REASONS, SHOWN = 4, 30


@dataclass(frozen=True)
class Case:
    """What is needed to choose rows and to name their decisions: caged answers and cases of all rows of the frame."""

    answers: Floats
    cases: Cases
    target: Target
    decider: Decider

    @property
    def spec(self) -> AuditSpec:
        return self.decider.spec


def example_tables(told: Told, case: Case) -> dict[str, Table]:
    """A list of examples and a table of contributions for each; rows are counted from 1."""
    chosen = _chosen(told, case)
    listed, tables = [], {}
    for number, (why, place) in enumerate(chosen, 1):
        row = int(told.found.rows[place])
        decision = _decision(case, row)
        answer = float(case.target.of(case.answers)[row])
        listed.append((number, row + 1, why, told.found.base, answer, decision))
        tables[f"example {number}"] = contribution_table(told, place)
    columns = ("example", "row", "chosen because", "base", "answer", "decision")
    return {"examples": Table(columns, tuple(listed)), **tables}


def contribution_table(told: Told, place: int) -> Table:
    """The contributions of one explained row, largest first; beyond 30 inputs the rest in one line."""
    parts = told.found.contributions[place]
    order = np.argsort(-np.abs(parts), kind="stable")
    rows: list[tuple[Any, ...]] = []
    for i in order[:SHOWN]:
        cell = cells_of(told.column(i), np.array([place]))[0]
        rows.append((told.names[i], cell, float(parts[i])))
    if len(order) > SHOWN:
        rows.append(("all others", None, float(parts[order[SHOWN:]].sum())))
    return Table(("feature", "value", "contribution"), tuple(rows))


def _decision(case: Case, row: int) -> str | None:
    if case.decider.why_not:
        return None
    return next(case.decider.words(case.decider.column(case.answers[row : row + 1])))


def _chosen(told: Told, case: Case) -> list[tuple[str, int]]:
    """At most three explained rows, each once: the closest call, the surest error and the middle one."""
    rows = told.found.rows
    sure = _sureness(case)[rows]
    wrong = (case.cases.wrong & case.cases.audited)[rows]
    answers = case.target.of(case.answers)[rows]
    wishes = [
        ("closest to the decision threshold", np.where(np.isfinite(sure), -sure, -np.inf)),
        ("most confident wrong decision", np.where(wrong & np.isfinite(sure), sure, -np.inf)),
        ("typical: the median answer", -np.abs(answers - np.median(answers))),
    ]
    chosen: dict[int, str] = {}
    for why, wish in wishes:
        wish = np.where(np.isin(np.arange(len(rows)), list(chosen)), -np.inf, wish)
        best = int(wish.argmax())
        if np.isfinite(wish[best]):
            chosen[best] = why
    return [(why, place) for place, why in chosen.items()]


def _sureness(case: Case) -> Floats:
    """How far each answer lies from the decision's edge; for a forecast, from the outcome; NaN where none is known."""
    spec, decider = case.spec, case.decider
    if case.cases.forecast is not None:
        return np.abs(case.cases.forecast.predicted - case.cases.forecast.truth)
    if decider.interface.output.means == "class":
        largest = np.sort(case.answers, axis=1)
        return np.asarray(largest[:, -1] - (largest[:, -2] if largest.shape[1] > 1 else 0.0))
    if decider.why_not or not spec.decides or spec.decision.op == "==":
        return np.full(len(case.answers), np.nan)
    return np.abs(case.target.of(case.answers) - float(str(spec.decision.value)))


def reasons_table(told: Told, case: Case) -> Table | None:
    """How often each input is among the four largest pushes towards the unfavourable decision, over unfavourable
    decisions. None where no decision is favourable, or the explained number has no side."""
    push = _push(case)
    if push is None:
        return None
    wanted = case.spec.favourable_decision == "positive"
    bad = np.flatnonzero(case.cases.positive[told.found.rows] != wanted)
    pushes = push * told.found.contributions[bad]
    largest = np.argsort(-pushes, axis=1, kind="stable")[:, :REASONS]
    counted = np.take_along_axis(pushes, largest, axis=1) > 0
    counts = np.bincount(largest[counted], minlength=len(told.names))
    order = np.argsort(-counts, kind="stable")
    rows = tuple((told.names[i], int(counts[i]), float(counts[i] / len(bad))) for i in order if counts[i])
    return Table(("feature", "unfavourable decisions", "share"), rows)


def _push(case: Case) -> float | None:
    """+1 where a larger number makes the unfavourable decision, -1 where a smaller one does."""
    spec = case.spec
    if not spec.decides or spec.favourable_decision is None or case.decider.why_not:
        return None
    upwards = _upwards(case)
    if upwards is None:
        return None
    return -upwards if spec.favourable_decision == "positive" else upwards


def _upwards(case: Case) -> float | None:
    """+1 where a larger number makes the positive decision."""
    spec, output = case.spec, case.decider.interface.output
    if spec.decision.op == "==":
        named = output.means == "class" and canonical_text(output.classes[case.target.index])
        return 1.0 if named == canonical_text(spec.decision.value) else None
    if output.means == "class":
        return None
    return 1.0 if spec.decision.op in (">=", ">") else -1.0
