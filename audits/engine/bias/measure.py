"""Every group and every intersection: checks, tables and findings."""

from dataclasses import dataclass
from typing import Any

from audits.engine import words
from audits.engine.bias.cells import Axis, Cells, Order, Way, axes_of, cells_count, ways
from audits.engine.bias.pairs import Compared, Pair, compare, significant_table, worst_table
from audits.engine.bias.parity import (
    OTHERS_COLUMNS,
    Figure,
    against_others,
    figures,
    parity_table,
    whole_theil,
)
from audits.engine.bias.rates import Group, groups_table, measured
from audits.engine.performance import unsafe_labels
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.suite import Severity
from audits.engine.verdicts import Judge
from core.errors import InputRefused

PAIR, PAIR_TITLE = "fairness.worst_pair", "Worst pair of groups"
SMALL, SMALL_TITLE = "fairness.small_groups", "Groups too small to tell much"
LEFT, LEFT_TITLE = "fairness.left_out", "Intersections left out"
# Figures of a single attribute that stand as checks; those of intersections stand in the table.
TOLD = {
    "demographic_parity_difference": "Demographic parity difference",
    "demographic_parity_ratio": "Demographic parity ratio",
    "equal_opportunity_difference": "Equal opportunity difference",
    "equalized_odds_difference": "Equalized odds difference",
}

WITHOUT_OUTCOMES = ("demographic_parity_difference", "demographic_parity_ratio")


@dataclass(frozen=True)
class Plan:
    """most_cells  crossed groups that are told of, fewest attributes first
    most_pairs  significant pairs listed of each metric"""

    most_cells: int
    most_pairs: int


def measure(subject: Subject) -> Part:
    """Every metric in every group; parity figures; pairs; what is small, not stated or left out."""
    judge, plan = subject.judge, subject.plan(Plan)
    axes, refused = axes_of(subject.frame, judge)
    if not axes:
        raise refused[0]
    subject.say("bias: counting")
    cells = cells_count(axes, subject.cases, judge.spec)
    found, orders = ways(cells, plan.most_cells, judge.least_told)
    groups = [group for way in found for group in measured(way, cells)]
    subject.say(f"bias: {len(found):,} groupings")
    compared = _compared(groups, judge)
    parity = _parity(found, cells, judge)
    unsafe = unsafe_labels(subject.cases, judge)
    checks = (
        *(_pair_check(each, judge, unsafe) for each in compared),
        *_parity_checks(parity, found, judge, unsafe),
        _small(found, judge),
        _left_out(orders, judge),
    )
    tables = {
        "groups": groups_table(groups, judge.suite.confidence),
        "parity": parity_table(parity),
        "against others": _others(found, cells, judge),
        "worst pairs": worst_table(compared),
        "significant pairs": significant_table(compared, plan.most_pairs),
        "small groups": _small_table(found, judge),
        "intersections": _orders_table(orders),
        "attributes": _axes_table(axes, cells),
    }
    findings = (*_pair_findings(compared, judge, unsafe), *_proxied(axes), *(_refusal(error) for error in refused))
    return Part(checks, tables, findings)


def _compared(groups: list[Group], judge: Judge) -> list[Compared]:
    by_key: dict[str, list[Group]] = {}
    for group in groups:
        if group.measure.tested:
            by_key.setdefault(group.measure.key, []).append(group)
    return [compare(each, judge.suite.confidence, judge.suite.holm_level) for each in by_key.values()]


def _untold(measure_key: str, unsafe: str | None) -> str | None:
    """Why nothing that rests on outcomes is judged where too many are missing (rule 1.0.1); selection does not."""
    return None if measure_key in ("selection_rate", *WITHOUT_OUTCOMES) else unsafe


def _pair_check(compared: Compared, judge: Judge, unsafe: str | None) -> Check:
    title, worst = compared.measure.title, compared.worst
    untold = _untold(compared.measure.key, unsafe)
    if untold:
        return judge.silent(PAIR, PAIR_TITLE, "cannot_tell", untold, subject=title)
    if worst is None:
        reason = f"{title}: no two groups have {compared.measure.who}."
        return judge.silent(PAIR, PAIR_TITLE, "cannot_tell", reason, subject=title)
    return judge.check(
        PAIR,
        PAIR_TITLE,
        worst.point,
        worst.interval,
        _pair_words(compared, worst),
        sum(worst.n),
        subject=title,
        confidence=judge.suite.confidence,
        method=f"{worst.method}, shared out over {words.count(compared.pairs, 'pair')} (Bonferroni)",
    )


def _pair_words(compared: Compared, worst: Pair) -> str:
    measure, (first, second) = compared.measure, worst.value
    ends = f"{words.points(worst.interval.low)} to {words.points(worst.interval.high)}"
    if measure.key == "calibration_gap":
        figures = f"stated probabilities lie {words.points(first)} points above the outcomes"
    else:
        figures = f"of 100 {measure.who}, {words.points(first)} {measure.what}"
    return (
        f"{worst.grouping} {worst.first}: {figures}; {worst.second}: {words.points(second)}. A difference of "
        f"{words.points(worst.point)} points ({ends}), the surest large one of {words.count(compared.pairs, 'pair')}."
    )


def _pair_findings(compared: list[Compared], judge: Judge, unsafe: str | None) -> tuple[Finding, ...]:
    """One finding a metric, where Holm's correction over all its pairs leaves the worst one."""
    found, limit, filed = [], judge.limit(PAIR), judge.suite.limits.get(PAIR)
    for each in compared:
        worst = each.worst
        if worst is None or worst.holm > judge.suite.holm_level or _untold(each.measure.key, unsafe):
            continue
        failed = limit is not None and limit.verdict(worst.interval) == "fail"
        severity: Severity = filed.severity if filed and failed else "low"
        more = len(each.significant) - 1
        text = f"{_pair_words(each, worst)} Holm-adjusted p {worst.holm:.2g} ({worst.p_method})."
        text += (
            f" {words.count(more, 'other pair')} of this metric {'differs' if more == 1 else 'differ'} too."
            if more
            else ""
        )
        title = f"{each.measure.title}: groups of {worst.grouping} differ"
        found.append(Finding(severity, title, text, PAIR, each.measure.title))
    return tuple(found)


def _parity(found: tuple[Way, ...], cells: Cells, judge: Judge) -> list[tuple[str, Figure]]:
    confidence, spec = judge.suite.confidence, judge.spec
    whole = whole_theil(cells, spec, confidence)
    rows = [("all rows", whole)] if whole else []
    return rows + [(way.name, each) for way in found for each in figures(way, cells, spec, confidence)]


def _parity_checks(
    parity: list[tuple[str, Figure]], found: tuple[Way, ...], judge: Judge, unsafe: str | None
) -> list[Check]:
    single = {way.name for way in found if not way.crossed}
    return [_parity_check(name, each, judge, unsafe) for name, each in parity if name in single and each.key in TOLD]


def _parity_check(name: str, each: Figure, judge: Judge, unsafe: str | None) -> Check:
    untold = _untold(each.key, unsafe)
    if untold:
        return judge.silent(f"fairness.{each.key}", TOLD[each.key], "cannot_tell", untold, subject=name)
    around = each.interval
    ends = f" ({around.low:.3f} to {around.high:.3f})" if around else ""
    sentence = f"{name}: {each.title.lower()} {each.value:.3f}{ends} over {words.count(each.groups, 'group')}"
    return judge.check(
        f"fairness.{each.key}",
        TOLD[each.key],
        each.value,
        around,
        f"{sentence}; {each.between}.",
        each.n,
        subject=name,
        confidence=judge.suite.confidence,
        method=each.method,
    )


def _others(found: tuple[Way, ...], cells: Cells, judge: Judge) -> Table:
    if not judge.spec.decides:
        return Table(OTHERS_COLUMNS, ())
    rows = (row for way in found for row in against_others(way, cells, judge.suite.confidence))
    return Table(OTHERS_COLUMNS, tuple(rows))


def _small_rows(found: tuple[Way, ...], judge: Judge) -> list[tuple[str, str, int]]:
    least = judge.suite.group_rows
    return [
        (way.name, name, int(rows))
        for way in found
        for name, rows in zip(way.names[:-1], way.rows[:-1], strict=True)
        if rows < least
    ]


def _small(found: tuple[Way, ...], judge: Judge) -> Check:
    small, groups = _small_rows(found, judge), sum(len(way.names) - 1 for way in found)
    named = ", ".join(f"{name} ({words.count(rows, 'row')})" for _, name, rows in small[:6])
    sentence = f"{len(small):,} of {words.count(groups, 'group')} have fewer than {judge.suite.group_rows} rows"
    sentence += f": {named}{' and others' if len(small) > 6 else ''}." if small else "."
    sentence += " Every figure of theirs has its exact interval, and none is left out." if small else ""
    return judge.check(SMALL, SMALL_TITLE, len(small), None, sentence, groups, k=len(small))


def _small_table(found: tuple[Way, ...], judge: Judge) -> Table:
    return Table(("grouping", "group", "rows"), tuple(_small_rows(found, judge)))


def _left_out(orders: tuple[Order, ...], judge: Judge) -> Check:
    cells = sum(each.left_cells for each in orders)
    unformed = sum(each.groupings - each.formed for each in orders)
    every = sum(each.groupings for each in orders)
    if not cells and not unformed:
        sentence = (
            f"All {words.count(every, 'grouping')} of the registered attributes were measured, every group of each."
        )
    else:
        named = ", ".join(dict.fromkeys(name for each in orders for name in each.named))
        sentence = (
            f"Left out for want of room: {words.count(cells, 'group')} of measured intersections (the smallest) and "
            f"{unformed:,} of {every:,} groupings: {named}."
        )
    return judge.check(LEFT, LEFT_TITLE, cells + unformed, None, sentence, every, k=unformed)


def _orders_table(orders: tuple[Order, ...]) -> Table:
    columns = ("attributes", "groupings", "measured", "groups told", "groups left out", "rows left out", "named")
    rows: list[tuple[Any, ...]] = [
        (o.size, o.groupings, o.formed, o.cells, o.left_cells, o.left_rows, ", ".join(o.named)) for o in orders
    ]
    return Table(columns, tuple(rows))


def _axes_table(axes: tuple[Axis, ...], cells: Cells) -> Table:
    """Where each attribute comes from, how many groups it has and how many rows state nothing of it."""
    rows = []
    for place, axis in enumerate(axes):
        silent = int(cells.counts["rows"][cells.levels[:, place] < 0].sum())
        rows.append((axis.name, axis.attribute.source, len(axis.groups.names), cells.total(("rows",)), silent))
    return Table(("attribute", "source", "groups", "rows", "not stated"), tuple(rows))


def _proxied(axes: tuple[Axis, ...]) -> tuple[Finding, ...]:
    """An inferred attribute mixes the groups, so the gaps between the inferred ones are usually smaller than the true
    ones (Chen et al. 2019; DOMAIN 1.0 rule 22)."""
    return tuple(
        Finding(
            "low",
            f"{axis.name} was inferred, not stated",
            f"{axis.name} is a proxy (source: {axis.attribute.source}). Inferred groups are mixed, and mixing usually "
            "shrinks gaps: a small gap here is no proof of a small one between the true groups. Ask people to state it "
            "where the law allows.",
            SMALL,
            axis.name,
        )
        for axis in axes
        if axis.attribute.source == "proxied"
    )


def _refusal(error: InputRefused) -> Finding:
    remedy = f" {error.remedy}" if error.remedy else ""
    return Finding("medium", f"Not compared: {error.field}", error.message + remedy, PAIR, str(error.field))
