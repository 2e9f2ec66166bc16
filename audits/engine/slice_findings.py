"""What the slice search says: which slices are confirmed worse, what was not searched, and when to refer (rule 13)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.banding import Banded, banded
from audits.engine.bounds import Rate, cp_interval
from audits.engine.cases import Cases
from audits.engine.frame import Frame
from audits.engine.performance import performed, unsafe_labels, unseen_harm
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.slice_search import Candidate, Confirmed, Say, Searched, SearchPlan, least_seen, search
from audits.engine.suite import Severity
from audits.engine.verdicts import Judge

COUNT, COUNT_TITLE = "slices.confirmed", "Searched slices confirmed worse than the other rows"
WORST, WORST_TITLE = "slices.found_worst", "Worst slice found by search"
TWICE = 2  # DOMAIN 1.0 rule 13: a confirmed slice refers if its lower bound is above twice the limit in force


@dataclass(frozen=True)
class Ready:
    """The banded columns that are searched, and why the others are not."""

    columns: tuple[Banded, ...]
    left_out: tuple[tuple[str, str], ...]


def measure(frame: Frame, cases: Cases, names: Sequence[str], judge: Judge, tools: "Tools") -> Part:
    """The search over columns `names`: two checks, tables "search", "searched_columns", "searched_slices" and
    "small_slices", and a finding a confirmed slice."""
    plan = tools.plan
    reason = unsafe_labels(cases, judge) or unseen_harm(performed(cases, judge.spec), judge) or _too_little(cases, plan)
    rows = _in_order(frame, cases, judge)
    ready = _ready(frame.only(names).take(rows), names, plan) if reason is None else Ready((), ())
    if reason is None and not ready.columns:
        reason = "No registered column has two bands to slice by."
    if reason is not None:
        needed = 4 * plan.least_rows if cases.n < 4 * plan.least_rows else None
        silent = judge.silent(COUNT, COUNT_TITLE, "cannot_tell", reason, n=cases.n, rows_needed=needed)
        return Part((silent,), {"searched_columns": _columns_table(ready)})
    found = search(ready.columns, cases.harm[rows], tools.rng, plan, tools.say)
    return _told(found, ready, judge, plan)


@dataclass(frozen=True)
class Tools:
    """What a search takes beside the data."""

    plan: SearchPlan
    rng: np.random.Generator
    say: Say


def _in_order(frame: Frame, cases: Cases, judge: Judge) -> NDArray[np.int64]:
    """The audited rows; by their registered names where they have them, so that the halves do not go by their order."""
    rows = np.flatnonzero(cases.audited)
    if judge.spec.row_id is None:
        return rows
    codes = frame.column(judge.spec.row_id, "row_id").groups.codes[rows]
    return np.asarray(rows[np.argsort(codes, kind="stable")])


def _too_little(cases: Cases, plan: SearchPlan) -> str | None:
    if cases.n < 4 * plan.least_rows:
        return f"Slices are searched from {4 * plan.least_rows:,} audited decisions on; there are {cases.n:,}."
    if cases.k < plan.least_errors:
        return f"Slices are searched from {plan.least_errors:,} harmful errors on; there are {cases.k:,}."
    return None


def _ready(rows: Frame, names: Sequence[str], plan: SearchPlan) -> Ready:
    columns, left_out = [], []
    for name in names:
        found = banded(rows.columns[name], plan.bands, plan.most_values, plan.least_rows)
        if isinstance(found, str):
            left_out.append((name, found))
        else:
            columns.append(found)
    return Ready(tuple(columns), tuple(left_out))


def _told(found: Searched, ready: Ready, judge: Judge, plan: SearchPlan) -> Part:
    """Slices of few rows of the confirming half are tested, and told of where groups so small may be."""
    tested = [item for item in found.tested if item.rate.n >= max(judge.least_told, 1)]
    confirmed = sorted((item for item in tested if item.holds), key=lambda item: (-item.lower, item.adjusted))
    checks = (_count_check(found, confirmed, judge, plan), *_worst_check(tested, confirmed, ready, judge))
    tables = {
        "search": _search_table(found),
        "searched_columns": _columns_table(ready),
        "searched_slices": _slices_table(tested, ready, judge),
        "small_slices": _small_table(found, ready),
    }
    findings = tuple(_finding(item, ready, judge, plan) for item in confirmed)
    return Part(checks, tables, findings + judge.findings(checks))


def slice_name(item: Candidate, columns: Sequence[Banded]) -> str:
    """ "age up to 25, housing: rent" """
    return ", ".join(f"{columns[place].column}: {columns[place].names[band]}" for place, band in item.conditions)


def _count_check(found: Searched, confirmed: list[Confirmed], judge: Judge, plan: SearchPlan) -> Check:
    looked = sum(level.slices for level in found.levels)
    missed = sum(level.possible - level.looked for level in found.levels)
    who = "slice is" if len(confirmed) == 1 else "slices are"
    sentence = (
        f"{looked:,} slices of one to three conditions were looked at on one half of the rows; of the "
        f"{len(found.tested)} worst, {len(confirmed)} {who} confirmed on the other half."
    )
    least = least_seen(plan.least_rows, found.confirming, plan)
    if least is not None:
        sentence += (
            f" A slice of {plan.least_rows:,} rows had to show {words.percent(least)} harmful errors to be confirmed; "
            f"all rows show {words.percent(found.confirming.value, 1)}."
        )
    if missed:
        sentence += f" {missed:,} combinations of columns were not searched."
    method = f"Fisher exact one-sided, Holm at {words.percent(plan.level)} over {len(found.tested)} candidates"
    return judge.check(
        COUNT, COUNT_TITLE, len(confirmed), None, sentence, int(found.confirming.n), k=len(confirmed), method=method
    )


def _worst_check(tested: list[Confirmed], confirmed: list[Confirmed], ready: Ready, judge: Judge) -> tuple[Check, ...]:
    """The worst confirmed slice, else the candidate that came nearest, on the confirming half alone."""
    if not tested:
        return ()
    worst = confirmed[0] if confirmed else min(tested, key=lambda item: (item.p, item.candidate.conditions))
    name = slice_name(worst.candidate, ready.columns)
    told = "confirmed" if confirmed else "not confirmed"
    what = f"are wrong in the harmful direction, counted on the half that did not find it; {told}"
    return (
        judge.rate(
            WORST, WORST_TITLE, int(worst.rate.k), int(worst.rate.n), f"decisions with {name}", what, subject=name
        ),
    )


def _finding(item: Confirmed, ready: Ready, judge: Judge, plan: SearchPlan) -> Finding:
    name = slice_name(item.candidate, ready.columns)
    text = (
        f"Of decisions with {name}, {words.points(item.rate.value)} % are wrong in the harmful direction "
        f"({int(item.rate.k):,} of {int(item.rate.n):,} on the half that did not find the slice), at least "
        f"{words.points(item.lower)} % with prudence; of all others {words.points(item.rest.value)} %. "
        "A slice says where errors are, not why."
    )
    limit = judge.limit("performance.harmful_error")
    severity: Severity = "medium"
    if limit is not None and limit.op in ("<=", "<") and item.lower > TWICE * limit.value:
        severity = "high"
        text += (
            f" That is more than twice the limit of {words.percent(limit.value, 1)}: refer the model to an underwriter "
            "(rule 13). It moves no price."
        )
    return Finding(severity, f"A searched slice is worse: {name}", text, COUNT, name)


def _search_table(found: Searched) -> Table:
    columns = (
        "conditions", "combinations of columns", "looked at", "not looked at", "slices counted", "slices too small"
    )  # fmt: skip
    return Table(
        columns,
        tuple(
            (each.conditions, each.possible, each.looked, each.possible - each.looked, each.slices, each.small)
            for each in found.levels
        ),
    )


def _columns_table(ready: Ready) -> Table:
    searched = [
        (each.column, "searched", "; ".join(each.names[:20]), len(each.names), each.whole) for each in ready.columns
    ]
    left = [(name, f"not searched: {why}", "", 0, 0) for name, why in ready.left_out]
    return Table(("column", "searched", "bands", "number of bands", "different values"), tuple(searched + left))


def _slices_table(tested: list[Confirmed], ready: Ready, judge: Judge) -> Table:
    columns = (
        "slice", "found k", "found n", "k", "n", "rate", "low", "high", "rest k", "rest n", "rest rate", "p",
        "Holm p", "lower bound", "confirmed",
    )  # fmt: skip
    return Table(columns, tuple(_slice_row(item, ready, judge) for item in tested))


def _slice_row(item: Confirmed, ready: Ready, judge: Judge) -> tuple[object, ...]:
    rate, rest, seen = item.rate, item.rest, item.candidate.rate
    around = cp_interval(rate.k, rate.n, judge.suite.confidence)
    confirmed = "yes" if item.holds else "no"
    return (
        slice_name(item.candidate, ready.columns), seen.k, seen.n, rate.k, rate.n, rate.value, around.low, around.high,
        rest.k, rest.n, _value(rest), item.p, item.adjusted, item.lower, confirmed,
    )  # fmt: skip


def _value(rate: Rate) -> float | None:
    return rate.value if rate.n else None


def _small_table(found: Searched, ready: Ready) -> Table:
    rows = tuple(
        (" x ".join(ready.columns[place].column for place in places), slices, count, count / found.finding.n)
        for places, slices, count in found.small
    )
    return Table(("columns", "slices below the least rows", "rows in them", "share of rows"), rows)
