"""Pre-registered slices: where is the harmful error worst? (DOMAIN 1.0 rule 13, 2.4)

Every value of a slice column gets k, n and exact bounds. A slice is confirmed worse when its lower bound, at a
confidence shared out over all slices (Bonferroni), lies above the rate of all audited rows.
"""

from typing import NamedTuple

from audits.engine import words
from audits.engine.bounds import Rate, cp_interval, cp_lower, cp_upper, six
from audits.engine.cases import Audited, Cases
from audits.engine.frame import Frame
from audits.engine.groups import NOT_STATED, limited_groups
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge


class Counted(NamedTuple):
    """Harmful errors of the audited rows of one value of one slice."""

    slice: str
    value: str
    rate: Rate


class SliceRate(NamedTuple):
    """One value of one slice; `lower` and `shared_lower` are one-sided bounds without and with Bonferroni."""

    slice: str
    value: str
    rate: Rate
    lower: float
    shared_lower: float
    upper: float


def measure(frame: Frame, cases: Cases, judge: Judge) -> Part:
    """One table a slice, a table of confirmed slices (worst first), and a finding for each of them."""
    return told(counted(frame, cases, judge), cases, judge)


def counted(frame: Frame, cases: Cases, judge: Judge) -> list[Counted]:
    """Harmful errors and rows of every value of every slice, "not stated" last of each."""
    found = []
    for each in judge.spec.slices:
        groups = limited_groups(frame, each.column, "slices", judge)
        pairs = zip(groups.counts(cases.harm & cases.audited), groups.counts(cases.audited), strict=True)
        found += [
            Counted(each.name, value, Rate(k, n))
            for value, (k, n) in zip((*groups.names, NOT_STATED), pairs, strict=True)
        ]
    return found


def told(counts: list[Counted], rows: Audited, judge: Judge) -> Part:
    """The same from counted rows."""
    if not judge.spec.slices:
        reason = "No slice was registered."
        return Part((judge.silent("slices.worst", "Worst slice", "not_run", reason),))
    pooled = Rate(rows.k, rows.n)
    rates = _rates([item for item in counts if item.rate.n > 0], judge)
    confirmed = [item for item in rates if item.shared_lower > pooled.value]
    confirmed.sort(key=lambda item: (-item.shared_lower, item.slice, item.value))
    tables = {
        each.name: _table([item for item in rates if item.slice == each.name], judge) for each in judge.spec.slices
    }
    columns = ("slice", "value", "k", "n", "point", "lower", "upper")
    tables["worst"] = Table(columns, tuple(_worst_row(item) for item in confirmed))
    checks = (_worst_check(rates, confirmed, judge),)
    findings = tuple(_finding(item, pooled) for item in confirmed)
    return Part(checks, tables, findings + judge.findings(checks))


def _rates(counts: list[Counted], judge: Judge) -> list[SliceRate]:
    gamma = judge.suite.gamma
    shared = 1 - (1 - gamma) / max(len(counts), 1)
    return [
        SliceRate(
            name,
            value,
            rate,
            cp_lower(rate.k, rate.n, gamma),
            cp_lower(rate.k, rate.n, shared),
            cp_upper(rate.k, rate.n, gamma),
        )
        for name, value, rate in counts
    ]


def _table(rates: list[SliceRate], judge: Judge) -> Table:
    rows = []
    for item in rates:
        interval = cp_interval(item.rate.k, item.rate.n, judge.suite.confidence)
        row = (item.value, int(item.rate.n), int(item.rate.k), item.rate.value, interval.low, interval.high)
        rows.append((*row, item.lower, item.upper))
    columns = ("value", "n", "k", "harmful error", "low", "high", "lower bound", "upper bound")
    return Table(columns, tuple(rows))


def _worst_row(item: SliceRate) -> tuple[str, str, int, int, str, str, str]:
    rate = item.rate
    return (item.slice, item.value, int(rate.k), int(rate.n), six(rate.value), six(item.shared_lower), six(item.upper))


def _worst_check(rates: list[SliceRate], confirmed: list[SliceRate], judge: Judge) -> Check:
    """The confirmed slice with the highest lower bound, else the slice with the highest lower bound of all."""
    worst = confirmed[0] if confirmed else min(rates, key=lambda item: (-item.shared_lower, item.slice, item.value))
    told = "is confirmed worse than the whole" if confirmed else "is not confirmed worse than the whole"
    return judge.rate(
        "slices.worst",
        "Worst slice",
        int(worst.rate.k),
        int(worst.rate.n),
        f"audited decisions with {worst.slice} {worst.value}",
        f"are wrong in the harmful direction; the slice {told}",
        subject=f"{worst.slice}: {worst.value}",
    )


def _finding(item: SliceRate, pooled: Rate) -> Finding:
    text = (
        f"{item.slice} {item.value}: {words.points(item.rate.value)} % harmful errors in {item.rate.n:,} rows, "
        f"at least {words.points(item.shared_lower)} % with prudence; all rows {words.points(pooled.value)} %."
    )
    about = f"{item.slice}: {item.value}"
    return Finding("medium", f"{about} is worse than the whole", text, "slices.worst", about)
