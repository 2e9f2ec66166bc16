"""The data itself: how many rows count, which are missing a label or a decision (DOMAIN 1.0 rules 1 and 7)."""

from dataclasses import replace

import numpy as np

from audits.engine import words
from audits.engine.bounds import Rate, pooled_z
from audits.engine.cases import Cases
from audits.engine.frame import Frame
from audits.engine.model import answer_names
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge
from audits.interface import Interface


def measure(frame: Frame, cases: Cases, judge: Judge, interface: Interface | None = None) -> Part:
    """Row counts, the share without label or decision, classes seen, and the missing cells of every named column."""
    rows = cases.rows
    checks = [_rows(cases, judge), _missing(rows, judge, "unlabelled"), _missing(rows, judge, "undecided")]
    if judge.spec.decides:
        checks.append(_classes(cases, judge))
    tables = {
        "rows": Table(("rows", "count"), tuple(rows.items())),
        "missing": _missing_cells(frame, named_columns(judge, interface)),
    }
    findings = judge.findings(tuple(checks)) + _too_few(checks[0]) + _selective_labels(cases, judge)
    return Part(tuple(checks), tables, findings)


def _rows(cases: Cases, judge: Judge) -> Check:
    """Too few rows are no fault of the model: the check cannot tell, and says how many rows would."""
    sentence = f"{words.count(cases.n, 'row')} with decision and label audited."
    check = judge.check("data.rows", "Rows audited", cases.n, None, sentence, cases.n)
    if check.verdict != "fail":
        return check
    least = judge.suite.indication_rows
    sentence += f" Below {least:,} every figure is an indication only."
    return replace(check, verdict="cannot_tell", rows_needed=least, sentence=sentence)


def _too_few(check: Check) -> tuple[Finding, ...]:
    if check.verdict == "pass":
        return ()
    return (Finding("high", "Too few rows: an indication only", check.sentence, check.id),)


def _missing(rows: dict[str, int], judge: Judge, what: str) -> Check:
    whole = rows["total"] if what == "undecided" else rows["total"] - rows["undecided"]
    noun = "rows have no decision" if what == "undecided" else "decisions have no label"
    sentence = f"{rows[what]:,} of {whole:,} {noun}; they are counted here and left out of every rate."
    return judge.check(f"data.{what}", f"Rows that are {what}", rows[what] / whole, None, sentence, whole, k=rows[what])


def _classes(cases: Cases, judge: Judge) -> Check:
    events = int((cases.event & cases.audited).sum())
    seen = int(events > 0) + int(events < cases.n)
    sentence = f"Of {words.count(cases.n, 'labelled row')}, {events:,} show the event."
    if seen == 1:
        sentence += " With one outcome only, what separates the two cannot be measured."
    return judge.check("data.classes", "Outcomes seen", seen, None, sentence, cases.n, k=events)


def _missing_cells(frame: Frame, names: set[str]) -> Table:
    """Cells without a value, for every column the audit reads."""
    named = [name for name in sorted(names) if name in frame.columns]
    counts = [(name, int(frame.columns[name].absent.sum())) for name in named]
    rows = tuple((name, missing, frame.rows, missing / frame.rows) for name, missing in counts)
    return Table(("column", "missing", "rows", "share"), rows)


def named_columns(judge: Judge, interface: Interface | None = None) -> set[str]:
    """The columns that a data set must have: those the specification reads; with a model its inputs too, and not the
    columns in which its answers stand."""
    if interface is not None:
        return (named_columns(judge) - set(answer_names(interface))) | set(interface.columns)
    spec = judge.spec
    names = {spec.label, spec.decision.column, spec.probability, spec.score}
    names |= {item.column for item in spec.attributes} | {item.column for item in spec.slices}
    if spec.drift is not None:
        names |= {spec.drift.timestamp, *spec.drift.features}
        names |= {spec.drift.reference.column} if spec.drift.reference else set()
    if spec.interval is not None:
        names |= {spec.interval.low, spec.interval.high}
    return {name for name in names if name is not None}


def wanted_columns(judge: Judge, interface: Interface | None = None) -> set[str]:
    """The columns to read where they exist: the named ones, and with a model the recorded answers to compare."""
    return named_columns(judge, interface) | (set() if interface is None else set(answer_names(interface)))


def _selective_labels(cases: Cases, judge: Judge) -> tuple[Finding, ...]:
    """Says so when the outcome is missing far more often after one decision than after the other."""
    if not judge.spec.decides:
        return ()
    unlabelled = cases.decided & ~cases.audited
    sides = [cases.decided & cases.positive, cases.decided & ~cases.positive]
    counts = [(int(np.sum(unlabelled & side)), int(np.sum(side))) for side in sides]
    if any(n == 0 for _, n in counts) or abs(pooled_z(Rate(*counts[0]), Rate(*counts[1]))) <= 1.96:
        return ()
    (k_yes, n_yes), (k_no, n_no) = counts
    text = (
        f"Selective labels: {k_yes:,} of {n_yes:,} positive decisions and {k_no:,} of {n_no:,} negative ones have no "
        "outcome. Rates are about the labelled rows only."
    )
    return (Finding("medium", "Labels are missing by decision", text, "data.unlabelled"),)
