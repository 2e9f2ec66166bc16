"""Two decisions on each of the same rows: which errs more, how surely, and for whom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from audits.engine import words
from audits.engine.bounds import Interval, holm
from audits.engine.cases import Cases
from audits.engine.frame import Frame, Mask
from audits.engine.groups import NOT_STATED, limited_groups
from audits.engine.paired import Pairs, pairs_of
from audits.engine.result import Check, Table
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge
from core.errors import InputRefused


@dataclass(frozen=True)
class Compared:
    """Errors of both decisions on the rows where both were made and the outcome is known; `names` are of the two, as
    they stand in a sentence."""

    wrong: Pairs
    harm: Pairs
    names: tuple[str, str]


@dataclass(frozen=True)
class Somewhere:
    """The same in one group of a slice or an attribute; `p` and `harm_p` are Holm's over all groups."""

    grouping: str
    group: str
    compared: Compared
    p: float
    harm_p: float

    @property
    def about(self) -> str:
        return f"{self.grouping}: {self.group}"


def two_sided(judge: Judge) -> float:
    """The normal quantile of the suite's two-sided confidence."""
    return float(stats.norm.ppf(1 - (1 - judge.suite.confidence) / 2))


def both_audited(first: Cases, second: Cases) -> Mask:
    """Rows with both decisions and an outcome."""
    return first.audited & second.audited


def compared(first: Cases, second: Cases, names: tuple[str, str], where: Mask | None = None) -> Compared:
    """The errors of both decisions, among the rows of `where`."""
    rows = both_audited(first, second) if where is None else both_audited(first, second) & where
    pairs = [pairs_of(getattr(first, of)[rows], getattr(second, of)[rows]) for of in ("wrong", "harm")]
    return Compared(pairs[0], pairs[1], names)


def error_check(check_id: str, title: str, pairs: Pairs, names: tuple[str, str], what: str, judge: Judge) -> Check:
    """First less second error rate with Newcombe's paired interval and McNemar's exact p."""
    if pairs.n == 0:
        return judge.silent(check_id, title, "cannot_tell", "No row has both decisions and an outcome.")
    one, two = pairs.rates
    interval, gap = pairs.difference(two_sided(judge)), one.value - two.value
    sentence = (
        f"Of 100 cases {names[0]} {what} {words.points(one.value)} and {names[1]} {words.points(two.value)}: "
        f"{_signed(gap)} ({_signed(interval.low)} to {_signed(interval.high)}). Where only one of the two errs it is "
        f"{names[0]} {pairs.first:,} times and {names[1]} {pairs.second:,} times (exact p {pairs.p:.2g})."
    )
    confidence = judge.suite.confidence
    method = f"Newcombe 1998 paired, method 10, two-sided {words.percent(confidence)}; McNemar exact"
    return judge.check(
        check_id, title, gap, interval, sentence, pairs.n, k=pairs.first, confidence=confidence, method=method
    )


def _signed(share: float) -> str:
    return f"{share * 100:+.1f}"


def by_group(frame: Frame, first: Cases, second: Cases, names: tuple[str, str], judge: Judge) -> list[Somewhere]:
    """The comparison in every group of every registered slice and attribute. A column of too many values is left out
    here; the checks of slices and fairness say so."""
    found: list[tuple[str, str, Compared]] = []
    for title, column in _groupings(judge.spec):
        try:
            groups = limited_groups(frame, column, "slices", judge)
        except InputRefused:
            continue
        for code, name in [*enumerate(groups.names), (-1, NOT_STATED)]:
            part = compared(first, second, names, groups.codes == code)
            if part.wrong.n:
                found.append((title, name, part))
    adjusted = [holm([getattr(part, of).p for _, _, part in found]) for of in ("wrong", "harm")]
    return [
        Somewhere(grouping, group, part, p, harm_p)
        for (grouping, group, part), p, harm_p in zip(found, *adjusted, strict=True)
    ]


def _groupings(spec: AuditSpec) -> Iterator[tuple[str, str]]:
    named = [(one.name, one.column) for one in spec.slices] + [(one.name, one.column) for one in spec.attributes]
    return iter(dict.fromkeys(named))


def where_table(found: list[Somewhere], judge: Judge) -> Table:
    """One row a group: both error rates, their difference with interval and p, for all and for harmful errors."""
    if not found:
        return Table(("grouping", "group", "n"), ())
    one, two = found[0].compared.names
    columns = ["grouping", "group", "n"]
    for what in ("errors", "harmful errors"):
        columns += [f"{what} of {one}", f"{what} of {two}", f"{what}: difference", f"{what}: low", f"{what}: high"]
        columns += [f"{what}: p", f"{what}: p (Holm)"]
    rows = tuple(
        (
            *(each.grouping, each.group, each.compared.wrong.n),
            *_figures(each.compared.wrong, each.p, judge),
            *_figures(each.compared.harm, each.harm_p, judge),
        )
        for each in found
    )
    return Table(tuple(columns), rows)


def _figures(pairs: Pairs, adjusted: float, judge: Judge) -> tuple[object, ...]:
    first, second = pairs.rates
    interval: Interval = pairs.difference(two_sided(judge))
    return (*(int(first.k), int(second.k), first.value - second.value, interval.low, interval.high, pairs.p, adjusted),)


def pairs_table(both: Compared) -> Table:
    """Rows by who errs, for all errors and for harmful ones."""
    one, two = both.names
    rows = tuple(
        (what, pairs.both, pairs.first, pairs.second, pairs.neither, pairs.n, pairs.p)
        for what, pairs in (("errors", both.wrong), ("harmful errors", both.harm))
    )
    return Table(("what", "both", f"only {one}", f"only {two}", "neither", "n", "p"), rows)


def decided_by(frame: Frame, spec: AuditSpec, column: str) -> AuditSpec:
    """The specification with another column's decisions and no scores. Cells are read as the model's own decisions are,
    unless they are all 0 or 1 where the model's decision is a threshold: then 1 is the positive decision."""
    decision = replace(spec.decision, column=column)
    if spec.decides and spec.decision.op != "==":
        names = set(frame.column(column, "human").groups.names)
        if names <= {"0", "1"}:
            decision = replace(decision, op="==", value="1")
    return replace(spec, decision=decision, probability=None, score=None)


def same_answer(first: Cases, second: Cases, spec: AuditSpec) -> Mask:
    """Rows in which both decide alike: the same side, the same class, or numbers within the tolerance of each other."""
    if spec.decides:
        return np.asarray(first.positive == second.positive)
    if first.classes is not None and second.classes is not None:
        table = {name: code for code, name in enumerate(first.classes.names)}
        places = np.array([table.get(name, -2) for name in second.classes.names] + [-3])
        return np.asarray(first.classes.predicted == places[second.classes.predicted])
    if first.forecast is None or second.forecast is None:
        raise AssertionError("a task decides, names a class or gives a number")
    return np.asarray(np.abs(first.forecast.predicted - second.forecast.predicted) <= float(str(spec.tolerance)))
