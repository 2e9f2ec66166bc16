"""Attributes of which only chances are known (BIFSG and the like): every group's rates, gaps and how sure they are.

A finding beside the gap, never a price: what chances tell of a gap rests on an assumption that no data can test, so the
range without it stands beside every figure, and so does the registered source.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.bias.cells import masks_of
from audits.engine.bias.chances import Chance, bins_of, chance_of
from audits.engine.bias.rates import BY_KEY, Measure
from audits.engine.bounds import Interval
from audits.engine.clustering import design_of
from audits.engine.copies import with_copies
from audits.engine.effective import Design
from audits.engine.frame import Floats, Frame, Mask
from audits.engine.performance import unsafe_labels
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import Inferred
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK, TITLE = "fairness.inferred", "Gap between inferred groups"
SILENT, SILENT_TITLE = "fairness.inferred_unstated", "Rows without chances of a group"
TOLD = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "positive_predictive_value",
    "accuracy",
    "harmful_error",
)
LEAST_COUNT = 5  # effective rows with and without the outcome, below which nothing approximate is said


@dataclass(frozen=True)
class Plan:
    """bins        parts of equal mass into which a group's chances are cut for the range
    bin_rows    rows that each part has at least
    sum_within  how far the chances of a row may add up to something else than 1"""

    bins: int
    bin_rows: int
    sum_within: float


@dataclass(frozen=True)
class Told:
    """One rate of one group of an attribute; `found` None where one side carries no weight."""

    attribute: Inferred
    group: str
    measure: Measure
    n: int
    found: Chance | None

    @property
    def enough(self) -> bool:
        """Whether both sides are large enough for an approximate interval."""
        found = self.found
        if found is None:
            return False
        sides = ((found.value, found.effective), (found.others, found.others_effective))
        return all(n >= 100 and min(rate, 1 - rate) * n >= LEAST_COUNT for rate, n in sides)


def measure(subject: Subject) -> Part:
    """A check a rate and attribute that names the group whose gap is surest, and a table of all groups."""
    judge, plan = subject.judge, subject.plan(Plan)
    every = np.ones(subject.frame.rows, dtype=bool)
    design = with_copies(subject, design_of(subject.frame, judge.spec))
    design = design or Design(every.astype(np.float64), np.arange(len(every)), "")
    unsafe = unsafe_labels(subject.cases, judge)
    masks = masks_of(subject.cases, judge.spec)
    checks: list[Check] = []
    told: list[Told] = []
    for attribute in judge.spec.inferred:
        subject.say(f"bias: {attribute.name} by chances")
        chances = chances_of(subject.frame, attribute, plan.sum_within)
        stated = ~np.isnan(chances[0])
        checks.append(_silent(attribute, stated, judge))
        for name in TOLD:
            one = BY_KEY[name]
            if not all(part in masks for part in (*one.k, *one.n)):
                continue
            untold = None if name == "selection_rate" else unsafe
            found = [] if untold else _groups(attribute, one, masks, chances, stated, design, plan, judge)
            told += found
            checks.append(_check(attribute, one, found, untold, judge))
    findings = (*judge.findings(tuple(checks)), *(_finding(each) for each in judge.spec.inferred))
    return Part(tuple(checks), {"inferred groups": _table(told)}, findings)


def chances_of(frame: Frame, attribute: Inferred, within: float) -> list[Floats]:
    """The chances of every group, float64[rows] each, NaN in rows that state none.

    Raises InputRefused, with how many rows, where a chance is below 0 or above 1, a row states some groups only, or its
    chances do not add up to 1: they are never made to.
    """
    found = [frame.column(group.column, "inferred").numbers() for group in attribute.groups]
    absent = np.array([np.isnan(each) for each in found])
    some = absent.any(axis=0) & ~absent.all(axis=0)
    stated = ~absent.any(axis=0)
    outside = stated & np.array([(each < 0) | (each > 1) for each in found]).any(axis=0)
    off = stated & (np.abs(np.sum(found, axis=0) - 1) > within)
    for wrong, what in (
        (some, "state chances of some groups and not of others"),
        (outside, "hold a chance below 0 or above 1"),
        (off, f"hold chances that do not add up to 1 within {within:g}"),
    ):
        if wrong.any():
            raise InputRefused(
                f"{int(wrong.sum()):,} rows {what} ({attribute.name}).",
                field=attribute.name,
                limit="a chance of every group in each row, adding up to 1, or none at all",
                remedy="Add a group for what is left over, or leave all chances of a row empty.",
            )
    return found


def _groups(
    attribute: Inferred,
    one: Measure,
    masks: dict[str, Mask],
    chances: list[Floats],
    stated: Mask,
    design: Design,
    plan: Plan,
    judge: Judge,
) -> list[Told]:
    """Every group of the attribute; gaps at a confidence shared out over them (Bonferroni)."""
    hit, base = (np.logical_or.reduce([masks[name] for name in names])[stated] for names in (one.k, one.n))
    here = Design(design.weights[stated], np.unique(design.clusters[stated], return_inverse=True)[1], design.told)
    confidence = judge.suite.confidence
    gamma = 1 - (1 - confidence) / 2 / len(chances)
    found = []
    for group, chance in zip(attribute.groups, chances, strict=True):
        share = chance[stated]
        bins = bins_of(share, plan.bins, plan.bin_rows) if len(share) else share.astype(np.int64)
        one_group = None
        if base.any():
            one_group = chance_of(hit, base, share, here, bins, gamma=gamma, confidence=confidence)
        found.append(Told(attribute, group.name, one, int(base.sum()), one_group))
    return found


def _check(attribute: Inferred, one: Measure, found: list[Told], untold: str | None, judge: Judge) -> Check:
    subject = f"{attribute.name}: {one.title}"
    if untold:
        return judge.silent(CHECK, TITLE, "cannot_tell", untold, subject=subject)
    worst = max((each for each in found if each.enough), key=_surest, default=None)
    if worst is None or worst.found is None:
        reason = (
            f"{subject}: no group's chances add up to 100 independent rows with {LEAST_COUNT} of either outcome "
            f"(source: {attribute.source})."
        )
        return judge.silent(CHECK, TITLE, "cannot_tell", reason, subject=subject, n=max(e.n for e in found))
    gap, around, ends = worst.found.gap, worst.found.gap_around, worst.found.gap_ends
    sentence = (
        f"{subject}: {worst.group} lies {words.points(abs(gap))} points {'above' if gap > 0 else 'below'} all others "
        f"({words.points(around.low)} to {words.points(around.high)}), if decisions do not depend on the group among "
        f"rows of equal chances; {_range(ends, judge)} Source of the chances: {attribute.source}."
    )
    return judge.check(
        CHECK,
        TITLE,
        gap,
        around,
        sentence,
        worst.n,
        subject=subject,
        confidence=judge.suite.confidence,
        method=(
            f"approximate: weighted by chances (Chen et al. 2019), linearised, shared out over "
            f"{words.count(len(found), 'group')} (Bonferroni); {worst.found.effective:,.0f} effective rows"
        ),
    )


def _range(ends: Any, judge: Judge) -> str:
    if ends is None:
        return "without that the chances allow any gap."
    outer = _clipped(ends.outer(judge.suite.confidence))
    return f"without that the chances allow {words.points(outer.low)} to {words.points(outer.high)}."


def _clipped(around: Interval, least: float = -1.0) -> Interval:
    return Interval(max(least, around.low), min(1.0, around.high))


def _surest(told: Told) -> tuple[float, float]:
    if told.found is None:
        return (-2.0, 0.0)
    around = told.found.gap_around
    return (max(around.low, -around.high), abs(told.found.gap))


def _silent(attribute: Inferred, stated: Mask, judge: Judge) -> Check:
    silent, rows = int((~stated).sum()), len(stated)
    sentence = (
        f"{attribute.name}: {silent:,} of {words.count(rows, 'row')} state no chance of any group; they stand in no "
        f"figure of it. Source of the chances: {attribute.source}."
    )
    return judge.check(SILENT, SILENT_TITLE, silent, None, sentence, rows, k=silent, subject=attribute.name)


def _finding(attribute: Inferred) -> Finding:
    text = (
        f"Of {attribute.name} only chances are known (source: {attribute.source}). Gaps between its groups are "
        "weighted by chances, which is right only if decisions and outcomes do not depend on the group among rows of "
        "equal chances; nothing in the data can show that. Ask people to state it where the law allows."
    )
    return Finding("low", f"{attribute.name} was inferred, not stated", text, SILENT, attribute.name)


COLUMNS = (
    "attribute", "group", "metric", "n", "rows of the group", "effective rows", "value", "low", "high", "others value",
    "gap", "gap low", "gap high", "rate least", "rate most", "gap least", "gap most", "enough rows", "source",
)  # fmt: skip


def _table(told: list[Told]) -> Table:
    """A row a group and metric; "least" and "most" are the ends that the chances allow, without sampling."""
    return Table(COLUMNS, tuple(_row(each) for each in told if each.found is not None))


def _row(told: Told) -> tuple[Any, ...]:
    found = told.found
    if found is None:
        raise AssertionError("only a group with rows has a line")
    interval = (found.around.low, found.around.high) if told.enough else (None, None)
    gap = (found.gap_around.low, found.gap_around.high) if told.enough else (None, None)
    ends = [(None, None) if each is None else (each.low, each.high) for each in (found.rate_ends, found.gap_ends)]
    return (
        told.attribute.name,
        told.group,
        told.measure.title,
        told.n,
        found.rows,
        found.effective,
        found.value,
        *interval,
        found.others,
        found.gap,
        *gap,
        *ends[0],
        *ends[1],
        "yes" if told.enough else "no",
        told.attribute.source,
    )
