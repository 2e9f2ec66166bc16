"""The data itself: how many rows count, which are missing a label or a decision (DOMAIN 1.0 rules 1 and 7)."""

from collections.abc import Mapping
from dataclasses import replace

from audits.engine import words
from audits.engine.bounds import Rate, pooled_z
from audits.engine.cases import Cases
from audits.engine.counting.rows import RowCounts, rows_counted
from audits.engine.frame import Frame
from audits.engine.model import answer_names
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge
from audits.interface import Interface


def measure(frame: Frame, cases: Cases, judge: Judge, interface: Interface | None = None) -> Part:
    """Row counts, the share without label or decision, classes seen, and the missing cells of every named column."""
    return told(rows_counted(cases), missing_cells(frame, named_columns(judge, interface)), judge)


def told(counts: RowCounts, missing: Mapping[str, int], judge: Judge) -> Part:
    """The same of counted rows; `missing` has the cells without a value of every column that the audit reads."""
    rows = counts.rows
    checks = [_rows(counts, judge), _missing(rows, judge, "unlabelled"), _missing(rows, judge, "undecided")]
    if judge.spec.decides:
        checks.append(_classes(counts, judge))
    cells = tuple((name, k, counts.total, k / counts.total) for name, k in sorted(missing.items()))
    tables = {
        "rows": Table(("rows", "count"), tuple(rows.items())),
        "missing": Table(("column", "missing", "rows", "share"), cells),
    }
    findings = judge.findings(tuple(checks)) + _too_few(checks[0]) + _selective_labels(counts, judge)
    return Part(tuple(checks), tables, findings)


def _rows(counts: RowCounts, judge: Judge) -> Check:
    """Too few rows are no fault of the model: the check cannot tell, and says how many rows would."""
    sentence = f"{words.count(counts.n, 'row')} with decision and label audited."
    check = judge.check("data.rows", "Rows audited", counts.n, None, sentence, counts.n)
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


def _classes(counts: RowCounts, judge: Judge) -> Check:
    events, n = counts.events, counts.n
    seen = int(events > 0) + int(events < n)
    sentence = f"Of {words.count(n, 'labelled row')}, {events:,} show the event."
    if seen == 1:
        sentence += " With one outcome only, what separates the two cannot be measured."
    return judge.check("data.classes", "Outcomes seen", seen, None, sentence, n, k=events)


def missing_cells(frame: Frame, names: set[str]) -> dict[str, int]:
    """Cells without a value, for every column the audit reads."""
    return {name: int(frame.columns[name].absent.sum()) for name in names if name in frame.columns}


def named_columns(judge: Judge, interface: Interface | None = None) -> set[str]:
    """The columns that a data set must have: those the specification reads; with a model its inputs too, and not the
    columns in which its answers stand."""
    if interface is not None:
        return (named_columns(judge) - set(answer_names(interface))) | set(interface.columns)
    spec = judge.spec
    names = {spec.label, spec.decision.column, spec.probability, spec.score}
    names |= {item.column for item in spec.attributes} | {item.column for item in spec.slices}
    if spec.drift is not None:
        names |= {spec.drift.timestamp, spec.drift.labelled_at, *spec.drift.features}
        names |= {spec.drift.reference.column} if spec.drift.reference else set()
    if spec.interval is not None:
        names |= {spec.interval.low, spec.interval.high}
    names |= {spec.loss, spec.human, spec.row_id, spec.weight, spec.cluster, *spec.annotators}
    names |= {group.column for item in spec.inferred for group in item.groups}
    names |= {item.column for item in spec.probabilities} | {item.column for item in spec.legitimate}
    return {name for name in names if name is not None}


def wanted_columns(judge: Judge, interface: Interface | None = None) -> set[str]:
    """The columns to read where they exist: the named ones, and with a model the recorded answers to compare."""
    return named_columns(judge, interface) | (set() if interface is None else set(answer_names(interface)))


def beside_columns(role: str, judge: Judge, interface: Interface | None = None) -> set[str]:
    """The columns to read, where they exist, of a data set that stands beside the audited one in this role."""
    spec = judge.spec
    if role == "reviews":
        return {"case", "reviewer", "seeded", "caught"}
    if role == "relabelled":
        return {spec.label} | ({spec.row_id} if spec.row_id else set())
    return wanted_columns(judge, interface) | ({"canary"} if role == "challenge" else set())


def _selective_labels(counts: RowCounts, judge: Judge) -> tuple[Finding, ...]:
    """Says so when the outcome is missing far more often after one decision than after the other."""
    if not judge.spec.decides:
        return ()
    (k_yes, n_yes), (k_no, n_no) = counts.unlabelled_by_decision
    if min(n_yes, n_no) == 0 or abs(pooled_z(Rate(k_yes, n_yes), Rate(k_no, n_no))) <= 1.96:
        return ()
    text = (
        f"Selective labels: {k_yes:,} of {n_yes:,} positive decisions and {k_no:,} of {n_no:,} negative ones have no "
        "outcome. Rates are about the labelled rows only."
    )
    return (Finding("medium", "Labels are missing by decision", text, "data.unlabelled"),)
