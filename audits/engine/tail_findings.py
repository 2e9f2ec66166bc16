"""What the tail check says: how bad the worst per cent is, what share of all loss it carries, and who is in it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audits.engine import words
from audits.engine.bounds import Rate, holm
from audits.engine.cases import Cases
from audits.engine.estimates import Estimate
from audits.engine.frame import Frame, Mask
from audits.engine.groups import NOT_STATED, limited_groups
from audits.engine.performance import unsafe_labels
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.tail import Losses, carried, quantile, shortfall
from audits.engine.tail_losses import losses_of
from audits.engine.verdicts import Judge
from core.errors import InputRefused

MEAN, MEAN_TITLE = "performance.worst_mean", "Mean loss of the worst decisions"
FROM, FROM_TITLE = "performance.worst_from", "Loss from which the worst decisions begin"
SHARE, SHARE_TITLE = "performance.worst_share", "Share of all loss that the worst decisions carry"
LARGEST, LARGEST_TITLE = "performance.largest_loss", "Largest loss seen"
HIDDEN = "Single rows may not be told, and so few are the tail."


@dataclass(frozen=True)
class TailPlan:
    """worst, wide: the shares of rows called the tail; least_rows: of the tail, for an approximate interval."""

    worst: float
    wide: float
    least_rows: int


@dataclass(frozen=True)
class Over:
    """A group in the tail: k of its n rows are in it, of all rows `tail` of `whole`; one-sided exact p, Holm's p."""

    attribute: str
    group: str
    rate: Rate
    whole: Rate
    p: float
    adjusted: float


def measure(frame: Frame, cases: Cases, judge: Judge, plan: TailPlan) -> Part:
    """Checks by share of rows, tables "tail" and "tail_groups", a finding for each group over-represented in the tail.

    Where a loss is 0 or 1, the tail is the harmful errors: who bears those, fairness and slices say.
    """
    reason = unsafe_labels(cases, judge)
    if reason is not None:
        return Part((judge.silent(MEAN, MEAN_TITLE, "cannot_tell", reason, n=cases.n),))
    losses, rows = losses_of(frame, cases, judge.spec)
    if not len(rows):
        return Part((judge.silent(MEAN, MEAN_TITLE, "cannot_tell", "No audited row has a loss that is known."),))
    checks = tuple(_checks(losses, judge, plan))
    groups = tuple(_groups(frame, losses, rows, judge, plan))
    tables = {"tail": _table(checks), "tail_groups": _groups_table(groups, judge)}
    over = [] if losses.binary else [each for each in groups if each.adjusted <= judge.suite.holm_level]
    found = tuple(_finding(each, judge, plan) for each in over)
    return Part(checks, tables, judge.findings(checks) + found)


def _checks(losses: Losses, judge: Judge, plan: TailPlan) -> Iterator[Check]:
    """A quantile and the largest loss are single rows' own: where none may be told, they are left out."""
    confidence, mean = judge.suite.confidence, float(np.sort(losses.values).mean())
    for worst in (plan.worst, plan.wide):
        name = f"worst {words.percent(worst)}"
        if judge.least_told > 1 and worst * len(losses.values) < judge.least_told:
            yield judge.silent(MEAN, MEAN_TITLE, "not_run", HIDDEN, subject=name)
            continue
        found = shortfall(losses, worst, plan.least_rows, confidence)
        times = f"; that is {found.value / mean:.3g} times the mean of all, {mean:.4g}" if mean else ""
        lead = f"The {name} of decisions {losses.words} {{0}} on average ({{1}} to {{2}}){times}."
        if losses.binary:
            lead = f"A share of {{0}} of the {name} of decisions is harmful errors ({{1}} to {{2}})."
        yield _told(judge, (MEAN, MEAN_TITLE, name), found, lead)
        if not losses.binary and judge.least_told == 1:
            lead = f"The {name} of decisions {losses.words} {{0}} or more ({{1}} to {{2}})."
            yield _told(judge, (FROM, FROM_TITLE, name), quantile(losses, worst, confidence), lead)
        lead = f"The {name} of decisions carry a share of {{0}} of all loss ({{1}} to {{2}})."
        yield _told(judge, (SHARE, SHARE_TITLE, name), carried(losses, worst, plan.least_rows, confidence), lead)
    if not losses.binary and judge.least_told == 1:
        yield _largest(losses, judge)


def _largest(losses: Losses, judge: Judge) -> Check:
    """The largest of n losses; larger ones have at most the share that n rows would have missed (exact)."""
    n, value = len(losses.values), float(losses.values.max())
    unseen = 1 - (1 - judge.suite.confidence) ** (1 / n)
    share = words.percent(unseen, 2)
    sentence = f"The largest loss of {n:,} decisions is {value:.4g}. At most {share} of decisions lose more."
    return judge.check(
        LARGEST, LARGEST_TITLE, value, None, sentence, n, confidence=judge.suite.confidence,
        method=f"the share above the largest: exact, one-sided {words.percent(judge.suite.confidence)}",
    )  # fmt: skip


def _told(judge: Judge, named: tuple[str, str, str], found: Estimate, lead: str) -> Check:
    check_id, title, subject = named
    if found.interval is None:
        said = "" if not math.isfinite(found.value) else f" The rows sent give {found.value:.4g}, without an interval."
        needed = f" About {found.rows_needed:,} rows would do." if found.rows_needed else ""
        reason = f"{found.reason}{said}{needed}"
        return judge.silent(
            check_id, title, "cannot_tell", reason, n=found.n, rows_needed=found.rows_needed, subject=subject
        )
    figures = (f"{figure:.4g}" for figure in (found.value, found.interval.low, found.interval.high))
    method = f"{found.method}, two-sided {words.percent(judge.suite.confidence)}"
    return judge.check(
        check_id, title, found.value, found.interval, lead.format(*figures), found.n, subject=subject, method=method,
        confidence=judge.suite.confidence,
    )  # fmt: skip


def _in_tail(losses: Losses, worst: float) -> Mask:
    """The worst rows, all that tie with the last of them, and none that loses nothing."""
    ordered, size = np.sort(losses.values), max(1, math.floor(worst * len(losses.values) + 1e-9))
    return np.asarray((losses.values >= ordered[-size]) & (losses.values > 0))


def _groups(frame: Frame, losses: Losses, rows: np.ndarray, judge: Judge, plan: TailPlan) -> Iterator[Over]:
    """Each group of each registered attribute and slice, in the wider tail against all other rows; Holm over all."""
    tail, spec = _in_tail(losses, plan.wide), judge.spec
    named = [(item.name, item.column) for item in spec.attributes] + [(item.name, item.column) for item in spec.slices]
    counted = []
    for name, column in named:
        try:
            groups = limited_groups(frame, column, "attributes", judge)
        except InputRefused:
            continue  # too many values, or cells that are none: the fairness and slice checks say so
        codes, whole = groups.codes[rows], Rate(int(tail.sum()), len(rows))
        for code, group in [*enumerate(groups.names), (-1, NOT_STATED)]:
            own = codes == code
            if own.any() and not own.all():
                counted.append((name, group, Rate(int(tail[own].sum()), int(own.sum())), whole))
    p_values = [float(stats.hypergeom.sf(r.k - 1, int(w.n), int(w.k), int(r.n))) for _, _, r, w in counted]
    for each, p, adjusted in zip(counted, p_values, holm(p_values), strict=True):
        yield Over(*each, p, adjusted)


def _finding(each: Over, judge: Judge, plan: TailPlan) -> Finding:
    share, own = each.rate.k / each.whole.k, each.rate.n / each.whole.n
    text = (
        f"Of the {int(each.whole.k):,} decisions that lose as much as any of the worst {words.percent(plan.wide)}, "
        f"{words.points(share)} % are {each.attribute} {each.group}, which is {words.points(own)} % of all rows (exact "
        f"test, Holm's p {each.adjusted:.2g}). Who bears the worst errors is told here, not why."
    )
    about = f"{each.attribute}: {each.group}"
    protected = each.attribute in {item.name for item in judge.spec.attributes}
    return Finding(
        "medium" if protected else "low", f"Over-represented among the worst decisions: {about}", text, MEAN, about
    )


def _groups_table(groups: tuple[Over, ...], judge: Judge) -> Table:
    columns = ("attribute", "group", "k in the tail", "n", "rate", "share of the tail", "share of rows", "p", "Holm p")
    rows = (
        (
            each.attribute, each.group, each.rate.k, each.rate.n, each.rate.value,
            each.rate.k / each.whole.k if each.whole.k else None, each.rate.n / each.whole.n, each.p, each.adjusted,
        )
        for each in groups if each.rate.n >= judge.least_told
    )  # fmt: skip
    return Table(columns, tuple(rows))


def _table(checks: tuple[Check, ...]) -> Table:
    columns = ("figure", "of", "n", "value", "low", "high", "how", "rows needed")
    rows = ((c.title, c.subject, c.n, c.value, c.low, c.high, c.method or c.reason, c.rows_needed) for c in checks)
    return Table(columns, tuple(rows))
