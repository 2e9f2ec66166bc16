"""Does one group fare worse than the others? The priced gap and everything that is reported beside it.

DOMAIN 1.0 rules 3 and 4, 2.8, 5.1 (NYC LL144). Eligibility is judged on the metric's own denominator: for a
false-positive rate the event-free rows of a group. A missing attribute is counted as "not stated", never dropped.
"""

from dataclasses import dataclass, replace
from typing import Any

from audits.engine import words
from audits.engine.bounds import Interval, holm, six, six_apart
from audits.engine.cases import Audited, Cases
from audits.engine.designed_gaps import Family, family_of
from audits.engine.effective import Design
from audits.engine.fairness_tables import Selection, attribute_table, gap_table, selection
from audits.engine.frame import Frame
from audits.engine.groups import METRICS, Gap, GroupCounts, counted, gaps, groupings, measurable
from audits.engine.performance import unsafe_labels
from audits.engine.result import Check, Dimension, Finding, Part, State, Table, Verdict
from audits.engine.suite import Severity
from audits.engine.verdicts import Judge

TITLE = "Gap between groups"
FIVE_PER_CENT = 0.0500  # two-sided, what 1.96 standard deviations stand for (DOMAIN 2.8)


@dataclass(frozen=True)
class Priced:
    """The family of priced gaps, worst upper bound first, with Holm's p beside each; or why there is none."""

    gaps: tuple[Gap, ...]
    holm: tuple[float, ...]
    state: State
    reason: str | None


def measure(frame: Frame, cases: Cases, judge: Judge, design: Design | None = None) -> Part:
    """The gap dimension, one gap check per eligible group, selection statistics per attribute, one table each; under
    the `design` of rows that are weighted or come in clusters."""
    family = gaps if design is None else family_of(design, cases, judge.spec)
    return told(counted(groupings(frame, judge), cases, judge.spec), cases, judge, family)


def told(counts: list[GroupCounts], rows: Audited, judge: Judge, family: Family = gaps) -> Part:
    """The same from rows that were counted by group; `family` makes the priced gaps of one grouping."""
    priced = _priced(counts, rows, judge, family)
    checks = (*_gap_checks(priced, judge), *(check for each in counts for check in _attribute_checks(each, judge)))
    tables: dict[str, Table] = {}
    for each in counts:
        tables[each.grouping.name] = attribute_table(each, judge)
        tables[f"{each.grouping.name}: gaps"] = gap_table(each, judge)
    findings = (*_gap_findings(priced, judge), *judge.findings(checks, but=("fairness.gap",)))
    return Part(checks, tables, findings + _not_stated_findings(checks, judge), {"gap": _dimension(priced, judge)})


def _priced(counts: list[GroupCounts], rows: Audited, judge: Judge, of_grouping: Family) -> Priced:
    state, reason = _why_not(counts, rows, judge)
    metric = METRICS.get(judge.spec.gap_metric)
    if metric is None or not all(measurable(each, metric) for each in counts):
        return Priced((), (), state, reason)
    family = [gap for each in counts for gap in of_grouping(each, metric, judge.suite)]
    family.sort(key=lambda gap: (-gap.interval.high, -gap.point, gap.attribute, gap.group))
    return Priced(tuple(family), tuple(holm([gap.p for gap in family])), state, reason)


def _why_not(counts: list[GroupCounts], rows: Audited, judge: Judge) -> tuple[State, str | None]:
    """The state of the dimension. One registered attribute that cannot be told makes the whole gap so: a group that
    is missing from the data is never taken for fair."""
    metric = METRICS.get(judge.spec.gap_metric)
    if metric is None:
        return "not_applicable", "The registered use class prices no gap between groups."
    if not counts:
        return "not_run", "No protected attribute was registered, so no gap between groups was measured."
    if not all(measurable(each, metric) for each in counts):
        return "not_run", f"The {metric.title.lower()} needs yes/no decisions, which this task does not have."
    unsafe = unsafe_labels(rows, judge)
    if unsafe and judge.spec.gap_metric != "selection_rate":
        return "cannot_tell", unsafe
    single = [each for each in counts if not each.grouping.crossed]
    thin = [each.grouping.name for each in single if len(each.eligible(metric, judge.suite)) < 2]
    if thin:
        need = f"{judge.suite.group_rows} {metric.who} and {words.percent(judge.suite.group_share)} of them"
        return "cannot_tell", f"Fewer than two groups of {', '.join(thin)} have {need}."
    return "measured", None


def _dimension(priced: Priced, judge: Judge) -> Dimension:
    if priced.state != "measured":
        return Dimension(priced.state, priced.reason, {"metric": judge.spec.gap_metric})
    worst = priced.gaps[0]
    n_group, n_rest, u = int(worst.rate.n), int(worst.rest.n), worst.upper
    return Dimension(
        "measured",
        None,
        {
            "metric": judge.spec.gap_metric,
            "attribute": worst.attribute,
            "group": worst.group,
            "point": six(worst.point),
            "half_width": six_apart(u, worst.point),
            "u": six(u),
            "n_group": n_group,
            "n_rest": n_rest,
            "n": n_group + n_rest,
            **_effective(worst),
        },
    )


def _effective(gap: Gap) -> dict[str, Any]:
    """The rows, and what they are worth, of a gap between weighted or clustered rows."""
    if gap.sizes is None:
        return {}
    group, rest = gap.sizes
    worth = six(gap.rate.n + gap.rest.n)
    return {"n_group": group, "n_rest": rest, "n": group + rest, "n_eff": worth, "approximate": True}


def _gap_checks(priced: Priced, judge: Judge) -> tuple[Check, ...]:
    """One check per eligible group, worst first; before them, one that says why the dimension is not measured."""
    checks = []
    if priced.state != "measured":
        verdict: Verdict = "cannot_tell" if priced.state == "cannot_tell" else "not_run"
        checks.append(judge.silent("fairness.gap", TITLE, verdict, priced.reason or ""))
    return (*checks, *(_gap_check(gap, judge) for gap in priced.gaps))


def _gap_check(gap: Gap, judge: Judge) -> Check:
    metric, gamma = METRICS[judge.spec.gap_metric], judge.suite.gamma
    low, high = words.points(gap.interval.low), words.points(gap.interval.high)
    sentence = (
        f"{gap.attribute} {gap.group}: of 100 {metric.who}, {words.points(gap.rate.value)} {metric.what}; in the other "
        f"eligible groups {words.points(gap.rest.value)}: a disadvantage of {words.points(gap.point)} points "
        f"({low} to {high})."
    )
    return judge.check(
        "fairness.gap",
        TITLE,
        gap.point,
        gap.interval,
        sentence,
        int(gap.rate.n + gap.rest.n) if gap.sizes is None else sum(gap.sizes),
        subject=f"{gap.attribute}: {gap.group}",
        k=int(gap.rate.k),
        confidence=2 * gamma - 1,
        method=f"{metric.title}, group against all other eligible rows; {_law(gap)}, {gamma:.2f} a side",
    )


def _law(gap: Gap) -> str:
    if gap.sizes is None:
        return "wider of Wald and Newcombe"
    worth = f"{gap.rate.n:,.1f} and {gap.rest.n:,.1f} effective of {gap.sizes[0]:,} and {gap.sizes[1]:,} rows"
    return f"{gap.method}, never narrower than Wald and Newcombe on {worth}"


def _gap_findings(priced: Priced, judge: Judge) -> tuple[Finding, ...]:
    """Disadvantages that survive Holm's correction over the whole family."""
    limit, level = judge.limit("fairness.gap"), judge.suite.holm_level
    found = []
    for gap, p in zip(priced.gaps, priced.holm, strict=True):
        if p > level or gap.point <= 0:
            continue
        check = _gap_check(gap, judge)
        severity: Severity = "high" if limit and limit.verdict(gap.interval) == "fail" else "medium"
        text = f"{check.sentence} Holm-adjusted p {p:.2g} ({gap.method})."
        title = f"{gap.attribute}: {gap.group} fares worse"
        found.append(Finding(severity, title, text, "fairness.gap", check.subject or ""))
    return tuple(found)


def _attribute_checks(counts: GroupCounts, judge: Judge) -> list[Check]:
    """Practical, statistical and economic answer side by side, and how many rows state nothing (DOMAIN 2.8)."""
    checks = [_not_stated(counts, judge)]
    if "favourable" not in counts.by_name:
        return checks
    chosen = selection(counts, judge)
    name = counts.grouping.name
    if chosen is None or len(chosen.others) == 0:
        reason = f"Fewer than two groups of {name} have {words.percent(judge.suite.group_share)} of the rows."
        told = (("four_fifths", "Ratio to the highest selection rate"), ("significance", "Largest |z| of selection"))
        return checks + [
            judge.silent(f"fairness.{key}", title, "cannot_tell", reason, subject=name) for key, title in told
        ]
    return [
        *checks,
        _four_fifths(chosen, name, judge),
        _significance(chosen, name, judge),
        _shortfall(chosen, name, judge),
    ]


def _not_stated(counts: GroupCounts, judge: Judge) -> Check:
    decided = counts.by_name["decided"]
    k, n, name = int(decided[-1]), int(decided.sum()), counts.grouping.name
    sentence = f"{k:,} of {n:,} decisions state no {name}; they are counted, and never taken for fair."
    sentence += f" Source: {counts.grouping.source}."
    if "proxied" in counts.grouping.source:
        sentence += " Proxies usually shrink gaps."
    return judge.check("fairness.not_stated", "Attribute not stated", k / n, None, sentence, n, k=k, subject=name)


def _four_fifths(chosen: Selection, name: str, judge: Judge) -> Check:
    worst = chosen.lowest
    sentence = (
        f"{worst.group}: the favourable decision at {worst.ratio:.4f} of the rate of {chosen.reference} "
        f"({words.percent(worst.rate.value, 1)} against {words.percent(chosen.reference_rate.value, 1)})."
    )
    check = judge.check(
        "fairness.four_fifths",
        "Ratio to the highest selection rate",
        worst.ratio,
        worst.ratio_interval,
        sentence,
        int(worst.rate.n + chosen.reference_rate.n),
        subject=f"{name}: {worst.group}",
        k=int(worst.rate.k),
        confidence=0.95,
        method="log ratio, two-sided 95 %",
    )
    # A ratio of nought has no logarithm and so no interval; only the test of equal rates can bear it out.
    return _unshown(check) if worst.ratio_interval is None and worst.p > FIVE_PER_CENT else check


def _significance(chosen: Selection, name: str, judge: Judge) -> Check:
    worst = chosen.most_significant
    sentence = f"{worst.group} against {chosen.reference}: z {worst.z:.3f}, p {worst.p:.2g} ({worst.method})."
    check = judge.check(
        "fairness.significance",
        "Largest |z| of selection",
        abs(worst.z),
        None,
        sentence,
        int(worst.rate.n + chosen.reference_rate.n),
        subject=f"{name}: {worst.group}",
        k=int(worst.rate.k),
        method="two-proportion z, pooled; Fisher exact where a cell is below 10",
    )
    return _unshown(check) if check.verdict == "pass" or worst.p > FIVE_PER_CENT else check


def _unshown(check: Check) -> Check:
    """A test that finds no difference has not shown that there is none: it cannot tell, and never passes."""
    told = f"{check.sentence} A difference is not shown; that is no proof of equal treatment."
    return replace(check, verdict="cannot_tell", sentence=told)


def _shortfall(chosen: Selection, name: str, judge: Judge) -> Check:
    """Persons per 100 decisions who would have been selected at the reference rate, for the worst group."""
    worst = chosen.largest_shortfall
    interval = Interval(worst.share * worst.gap.low, worst.share * worst.gap.high)
    sentence = (
        f"Of 100 decisions, {words.points(worst.shortfall)} more would be favourable if {worst.group} were selected "
        f"at the rate of {chosen.reference} ({words.points(interval.low)} to {words.points(interval.high)})."
    )
    return judge.check(
        "fairness.shortfall",
        "Shortfall of favourable decisions",
        worst.shortfall,
        interval,
        sentence,
        int(worst.rate.n + chosen.reference_rate.n),
        subject=f"{name}: {worst.group}",
        k=int(worst.rate.k),
        confidence=2 * judge.suite.gamma - 1,
        method="share of rows times rate difference, wider of Wald and Newcombe",
    )


def _not_stated_findings(checks: tuple[Check, ...], judge: Judge) -> tuple[Finding, ...]:
    most = judge.suite.missing_finding
    return tuple(
        Finding("medium", f"{check.subject} is often not stated", check.sentence, check.id, check.subject or "")
        for check in checks
        if check.id == "fairness.not_stated" and (check.value or 0) > most
    )
