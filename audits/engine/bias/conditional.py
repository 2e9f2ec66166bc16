"""The gap among the comparable: every group against the others within the registered legitimate factors.

A gap that vanishes within the factors is explained by them only if the factors themselves are fair to use; that is an
assumption of whoever registered them, and no statistic can tell.
"""

from dataclasses import dataclass
from typing import Any

from audits.engine import words
from audits.engine.bias.cells import axes_of
from audits.engine.bias.comparing import Among, Found, among_alike, compare
from audits.engine.bounds import Interval, holm
from audits.engine.performance import unsafe_labels
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.suite import Severity
from audits.engine.verdicts import Judge

CHECK, TITLE = "fairness.conditional", "Gap within legitimate factors"
UNCOMPARED, UNCOMPARED_TITLE = "fairness.uncompared", "Rows with nobody to compare with"


@dataclass(frozen=True)
class Plan:
    """most_strata: combinations of the factors' values beyond which nearly every stratum is one row"""

    most_strata: int


def measure(subject: Subject) -> Part:
    """A check a group, the strata one by one, and a note where the sign of the gap turns."""
    judge = subject.judge
    axes, refused = axes_of(subject.frame, judge)
    if not axes:
        raise refused[0]
    among = among_alike(subject, subject.plan(Plan).most_strata)
    found: list[Found] = []
    for axis in axes:
        subject.say(f"bias within factors: {axis.name}")
        found += compare(axis.name, axis.groups, among, judge)
    unsafe = None if among.measure.key == "selection_rate" else unsafe_labels(subject.cases, judge)
    if unsafe:
        return Part((judge.silent(CHECK, TITLE, "cannot_tell", unsafe),))
    if not found:
        reason = f"No attribute has two groups with {among.measure.who} in which every factor is stated."
        return Part((judge.silent(CHECK, TITLE, "cannot_tell", reason),))
    adjusted = holm([each.null.p if each.null and each.enough else 1.0 for each in found])
    checks = [_check(each, among, judge) for each in found]
    findings = [
        finding
        for each, check, p in zip(found, checks, adjusted, strict=True)
        for finding in _findings(each, check, p, among, judge)
    ]
    tables = {"within factors": _table(found, adjusted, among), "strata": _strata_table(found, among, judge)}
    alone = [_uncompared(name, found, among, judge) for name in dict.fromkeys(each.attribute for each in found)]
    return Part((*checks, *alone), tables, tuple(findings))


def _turned(pair: tuple[float, Interval], sign: int) -> tuple[float, Interval]:
    """A difference as a disadvantage of the group."""
    value, around = pair
    return (value, around) if sign > 0 else (-value, Interval(-around.high, -around.low))


def _check(each: Found, among: Among, judge: Judge) -> Check:
    subject = f"{each.attribute}: {each.group}"
    if each.pooled is None:
        reason = f"{subject}: no stratum of {among.factors} has rows of this group and of others."
        return judge.silent(CHECK, TITLE, "cannot_tell", reason, subject=subject)
    crude, (value, around) = _turned(each.crude, among.sign), _turned(each.pooled, among.sign)
    if not each.enough:
        reason = (
            f"{subject}: too few {among.measure.who} within {among.factors} to tell; without the factors a "
            f"disadvantage of {words.points(crude[0])} points."
        )
        return judge.silent(CHECK, TITLE, "cannot_tell", reason, subject=subject)
    sentence = (
        f"{subject}: among {among.measure.who} alike in {among.factors}, a disadvantage of {words.points(value)} "
        f"points ({words.points(around.low)} to {words.points(around.high)}); without the factors "
        f"{words.points(crude[0])}."
    )
    return judge.check(
        CHECK,
        TITLE,
        value,
        around,
        sentence,
        each.n,
        subject=subject,
        confidence=judge.suite.confidence,
        method=f"{among.measure.title}: Mantel-Haenszel risk difference over {each.compared:,} strata, Sato",
    )


def _findings(each: Found, check: Check, p: float, among: Among, judge: Judge) -> list[Finding]:
    subject = str(check.subject)
    if each.pooled is None or not each.enough or check.value is None:
        return []
    found = []
    if p <= judge.suite.holm_level and check.value > 0:
        filed = judge.suite.limits.get(CHECK)
        severity: Severity = filed.severity if filed and check.verdict == "fail" else "low"
        text = f"{check.sentence} Cochran-Mantel-Haenszel test, Holm-adjusted p {p:.2g}. {_alike(each, among)}"
        title = f"{each.attribute}: {each.group} fares worse within {among.factors}"
        found.append(Finding(severity, title, text.strip(), CHECK, subject))
    crude, pooled = each.crude[0], each.pooled[0]
    crude_told = each.crude[1].low > 0 or each.crude[1].high < 0
    if crude * pooled < 0 and crude_told:
        text = f"{check.sentence} {_turn_words(each.pooled[1])}"
        found.append(Finding("low", f"{each.attribute}: the gap of {each.group} turns round", text, CHECK, subject))
    return found


def _alike(each: Found, among: Among) -> str:
    if each.same is None or each.same.p > 0.05:
        return ""
    return (
        f"The gap is not the same for all values of {among.factors} (Breslow-Day p {each.same.p:.2g}): see the strata."
    )


def _turn_words(within: Interval) -> str:
    told = within.low > 0 or within.high < 0
    sure = "and both are beyond chance" if told else "though the second may be chance"
    return (
        "Within the factors the sign is the opposite of that over all rows (Simpson's paradox), "
        f"{sure}: the group is found more often where everybody fares worse, or better."
    )


def _uncompared(attribute: str, found: list[Found], among: Among, judge: Judge) -> Check:
    """Rows in strata where one group of the attribute stands alone, and rows in which a factor is not stated."""
    found = [each for each in found if each.attribute == attribute]
    alone = sum(int(each.tables.n[~each.tables.comparable].sum()) for each in found)
    strata = sum(int(((each.tables.n > 0) & (each.tables.other_n == 0)).sum()) for each in found)
    silent, every = int((among.base & (among.strata < 0)).sum()), int(among.base.sum())
    sentence = (
        f"{attribute}: {silent:,} of {words.count(every, 'row')} leave a factor of {among.factors} unstated; "
        f"{words.count(alone, 'row')} stand in {words.count(strata, 'stratum', 'strata')} with one group alone. "
        "They are counted here, and compared with nobody."
    )
    return judge.check(
        UNCOMPARED, UNCOMPARED_TITLE, silent + alone, None, sentence, every, k=silent + alone, subject=attribute
    )


COLUMNS = (
    "attribute", "group", "metric", "n", "others n", "strata", "strata compared", "difference", "low", "high",
    "within factors", "within low", "within high", "odds ratio", "odds low", "odds high", "CMH chi2", "p", "p Holm",
    "Breslow-Day p", "enough rows",
)  # fmt: skip


def _table(found: list[Found], adjusted: list[float], among: Among) -> Table:
    return Table(COLUMNS, tuple(_row(each, p, among) for each, p in zip(found, adjusted, strict=True)))


def _row(each: Found, p: float, among: Among) -> tuple[Any, ...]:
    used = each.null is not None and each.enough
    return (
        each.attribute,
        each.group,
        among.measure.title,
        int(each.tables.n.sum()),
        int(each.tables.other_n.sum()),
        int(((each.tables.n + each.tables.other_n) > 0).sum()),
        each.compared,
        *_flat(each.crude),
        *_flat(each.pooled if each.enough else None),
        *_flat(each.odds if each.enough else None),
        each.null.statistic if each.null and used else None,
        each.null.p if each.null and used else None,
        p if used else None,
        each.same.p if each.same and each.enough else None,
        "yes" if each.enough else "no",
    )


def _flat(pair: tuple[float, Interval] | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if pair is None else (pair[0], pair[1].low, pair[1].high)


def _strata_table(found: list[Found], among: Among, judge: Judge, most: int = 500) -> Table:
    """Each group in each stratum, the largest strata first; strata of fewer rows than may be told are left out."""
    columns = ("attribute", "group", "stratum", "k", "n", "others k", "others n")
    rows = [
        (each.attribute, each.group, among.names[i], int(t.k[i]), int(t.n[i]), int(t.other_k[i]), int(t.other_n[i]))
        for each in found
        for t in (each.tables,)
        for i in range(len(among.names))
        if min(t.n[i], t.other_n[i]) >= judge.least_told or (judge.least_told == 1 and t.n[i] > 0)
    ]
    rows.sort(key=lambda row: (-(row[4] + row[6]), row[0], row[1], row[2]))
    return Table(columns, tuple(rows[:most]))
