"""Rows that stand twice among those audited, and rows that the model was trained on.

A row that the model has seen before says how well it remembers, not how well it foretells. Exact: all compared columns
say the same (audits/engine/sameness.py). Near: the same after rounding numbers, or in all columns but one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.bounds import Z_90_TWO_SIDED, Rate, cp_interval, difference_interval
from audits.engine.cases import Cases
from audits.engine.compiled.labels import Hashes, Places
from audits.engine.frame import Frame, Mask
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.sameness import Rows, cell_hashes, found_in, groups_of, nearly_in
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge

SPREAD = np.uint64(0x9E3779B97F4A7C15)  # keeps group and label apart in one number
WITHIN_ASKS = (("labels.duplicates", "Rows that stand twice"), ("labels.conflicts", "Same case, another label"))
LEAK_ASKS = (
    ("labels.leakage", "Audited rows among the training rows"),
    ("labels.leakage_near", "Audited rows that are nearly training rows"),
    ("labels.fresh_error", "Errors on rows the model was not trained on"),
    ("labels.leak_effect", "Errors on fresh rows less errors on leaked ones"),
)
LEAST_ROWS, LEAST_COUNT = 100, 5  # of each part, for an approximate interval of a difference


@dataclass(frozen=True)
class DuplicatesPlan:
    """least_columns: fewest columns that tell one case from another where no model says which are its inputs.
    by_chance: share of rows that may equal another by chance; beyond it equal rows need not be one case.
    copies_share: share of exact copies beyond which they count as one cluster each (copies.py); editions before
    PAS-2026.4 count every row."""

    least_columns: int
    by_chance: float
    copies_share: float = 1.0


@dataclass(frozen=True)
class LeakPlan:
    """digits: significant digits that near duplicates share.  most_columns: beyond it near duplicates in all columns
    but one are not searched.  least_columns, by_chance: as in DuplicatesPlan."""

    digits: int
    most_columns: int
    least_columns: int
    by_chance: float


def feature_columns(subject: Subject) -> tuple[str, ...]:
    """The model's inputs; without a model every column but outcome, answers, people's answers, costs, ids and times."""
    if subject.interface is not None:
        return tuple(dict.fromkeys(subject.interface.columns))
    return tuple(sorted(set(subject.frame.columns) - _said_of_the_row(subject.judge.spec)))


def _said_of_the_row(spec: AuditSpec) -> set[str | None]:
    names = {spec.label, spec.decision.column, spec.probability, spec.score, spec.human, spec.loss, spec.row_id}
    names |= {spec.weight, spec.cluster}
    names |= set(spec.annotators) | {item.column for item in spec.probabilities}
    if spec.interval is not None:
        names |= {spec.interval.low, spec.interval.high}
    if spec.drift is not None:
        names |= {spec.drift.timestamp, spec.drift.labelled_at}
        names |= {spec.drift.reference.column} if spec.drift.reference else set()
    return names


def too_few_columns(subject: Subject, names: tuple[str, ...], least: int) -> str | None:
    """Why rows that agree in `names` need not be the same case, or None."""
    if names and (subject.interface is not None or len(names) >= least):
        return None
    return (
        f"Without the model only {words.count(len(names), 'column')} of what it looks at could be compared, fewer than "
        f"{least}: two cases that agree in them need not be one."
    )


def too_coarse(frame: Frame, other: Frame | None, names: tuple[str, ...], by_chance: float) -> str | None:
    """Why rows that are equal in `names`, within `frame` or of `other`, need not be the same case; None if they must.

    A row equals about as many others by chance as there are rows times the chance that two different rows agree in one
    column, multiplied over the columns as if they were unrelated; related ones agree more often. Different rows only:
    rows that stand twice make no column coarse. Columns are read until the product is too small to matter.
    """
    frames = (frame,) if other is None else (frame, other)
    sums = np.concatenate([Rows(each, names).sums for each in frames])
    _, kept = np.unique(sums, return_index=True)
    if len(kept) < 2:
        return None
    equal = float(frames[-1].rows)
    for name in names:
        equal *= _agreement(np.concatenate([cell_hashes(each.columns[name]) for each in frames])[kept])
        if equal <= by_chance:
            return None
    return (
        f"The {words.count(len(names), 'compared column')} have few different values: were they unrelated, a row would "
        f"equal {equal:.2g} others by chance, so two cases that agree in them need not be one."
    )


def _agreement(cells: Hashes) -> float:
    """The chance that two of these cells, drawn at random, say the same."""
    _, counts = np.unique(cells, return_counts=True)
    return float((counts * (counts - 1.0)).sum()) / (len(cells) * (len(cells) - 1.0))


def within(subject: Subject, plan: DuplicatesPlan) -> Part:
    """Rows that repeat an earlier one, and labels that such rows dispute."""
    judge, names = subject.judge, feature_columns(subject)
    asked = WITHIN_ASKS
    unable = too_few_columns(subject, names, plan.least_columns)
    if unable:
        return Part(tuple(judge.silent(name, title, "cannot_tell", unable) for name, title in asked))
    first, size = groups_of(Rows(subject.frame, names).sums)
    total, repeats = subject.frame.rows, int((first != np.arange(subject.frame.rows)).sum())
    labelled = subject.cases.audited
    cells = cell_hashes(subject.frame.columns[judge.spec.label])
    disputed, unavoidable = _conflicts(first[labelled], cells[labelled])
    n = int(labelled.sum())
    coarse = too_coarse(subject.frame, None, names, plan.by_chance)
    twice, conflicts = (judge.silent(*ask, "cannot_tell", str(coarse)) for ask in asked)
    if not coarse:
        told = f"{repeats:,} of {total:,} rows say the same as an earlier row in all {len(names):,} compared columns."
        twice = judge.check(*asked[0], repeats / total, None, told, total, k=repeats)
    if not coarse or subject.interface is not None:  # a model cannot tell equal inputs apart, be they coarse or not
        told = (
            f"{unavoidable:,} of {n:,} labelled rows carry another label than most rows of the same inputs: no model "
            f"that sees these inputs alone can be right on them."
        )
        conflicts = judge.check(*asked[1], unavoidable / n, None, told, n, k=unavoidable)
    rows = (
        ("rows", total, 1.0),
        ("rows that repeat an earlier row", repeats, repeats / total),
        ("rows that stand at least twice", int((size > 1).sum()), float((size > 1).mean())),
        ("largest number of equal rows", int(size.max()), float(size.max()) / total),
        ("labelled rows in a group of equal rows with more than one label", disputed, disputed / n),
        ("labelled rows against the label of most of their group", unavoidable, unavoidable / n),
    )
    checks = (twice, conflicts)
    return Part(checks, {"duplicates": Table(("what", "rows", "share"), rows)}, judge.findings(checks))


def _conflicts(first: Places, cells: Hashes) -> tuple[int, int]:
    """Rows in groups with more than one label, and rows outside the most frequent label of their group. `first`
    int64[n] is the group of each labelled row, `cells` uint64[n] what its label says."""
    _, group = np.unique(first, return_inverse=True)
    pair, _ = groups_of(cells + group.astype(np.uint64) * SPREAD)
    kept, of_group = np.unique(pair), np.zeros(int(group.max()) + 1, dtype=np.int64)
    counts = np.bincount(pair, minlength=len(pair))[kept]
    np.maximum.at(of_group, group[kept], counts)
    sizes, kinds = np.bincount(group), np.bincount(group[kept])
    return int(sizes[kinds > 1].sum()), int((sizes - of_group).sum())


def leak(subject: Subject, plan: LeakPlan) -> Part:
    """Audited rows that are among the training rows, and what the model is worth on the others."""
    training, judge = subject.beside["training"], subject.judge
    names = tuple(name for name in feature_columns(subject) if name in training.columns)
    unable = too_few_columns(subject, names, plan.least_columns) or _odd_training(subject, training, names)
    unable = unable or too_coarse(subject.frame, training, names, plan.by_chance)
    if unable:
        return Part(tuple(judge.silent(name, title, "cannot_tell", unable) for name, title in LEAK_ASKS))
    subject.say("labels: rows among the training rows")
    place = found_in(Rows(training, names).sums, Rows(subject.frame, names).sums)
    seen = place >= 0
    subject.say("labels: rows near the training rows")
    if len(names) <= plan.most_columns:
        rounded_off, but_one = nearly_in(training, subject.frame, names, plan.digits)
    else:
        rounded_off = (
            found_in(Rows(training, names, plan.digits).sums, Rows(subject.frame, names, plan.digits).sums) >= 0
        )
        but_one = np.zeros(len(seen), dtype=bool)
    near = rounded_off | but_one
    checks = _leak_checks(subject.cases, seen, near, judge)
    tables = {"leakage": _leak_table(subject, training, place, (rounded_off, but_one), plan, len(names))}
    return Part(checks, tables, judge.findings(checks) + _effect_finding(checks[3]))


def _odd_training(subject: Subject, training: Frame, names: tuple[str, ...]) -> str | None:
    lacking = sorted(set(feature_columns(subject)) - set(names))
    if training.rows == 0:
        return "The training data have no rows."
    if subject.interface is not None and lacking:
        return f"The training data lack inputs of the model: {', '.join(lacking[:12])}."
    return None


def _leak_checks(cases: Cases, seen: Mask, near: Mask, judge: Judge) -> tuple[Check, ...]:
    n, audited = len(seen), cases.audited
    fresh, leaked = audited & ~(seen | near), audited & seen
    exact = judge.rate(*LEAK_ASKS[0], int(seen.sum()), n, "audited rows", "are rows the model was trained on")
    close = judge.rate(*LEAK_ASKS[1], int(near.sum()), n, "audited rows", "equal a training row or nearly do")
    rates = [Rate(int((cases.wrong & part).sum()), int(part.sum())) for part in (fresh, leaked)]
    left = judge.rate(
        *LEAK_ASKS[2], int(rates[0].k), int(rates[0].n), "decisions on rows that were not trained on", "are wrong"
    )
    return exact, close, left, _effect(rates[0], rates[1], judge)


def _effect(fresh: Rate, leaked: Rate, judge: Judge) -> Check:
    least = min(fresh.n, leaked.n)
    if least < LEAST_ROWS:
        reason = f"{leaked.n:,} leaked and {fresh.n:,} fresh rows with a label; each needs {LEAST_ROWS:,}."
        return judge.silent(*LEAK_ASKS[3], "cannot_tell", reason, n=int(least), rows_needed=LEAST_ROWS)
    expected = (fresh.k + leaked.k) / (fresh.n + leaked.n) * least
    if min(expected, least - expected) < LEAST_COUNT:
        reason = "Too few errors, or too few right answers, to compare leaked and fresh rows."
        return judge.silent(*LEAK_ASKS[3], "cannot_tell", reason, n=int(least))
    interval = difference_interval(fresh, leaked, Z_90_TWO_SIDED)
    sentence = (
        f"On rows it was not trained on the model errs in {words.percent(fresh.value, 1)} of cases, on leaked ones in "
        f"{words.percent(leaked.value, 1)}: {words.points(fresh.value - leaked.value)} points apart "
        f"({words.points(interval.low)} to {words.points(interval.high)})."
    )
    return judge.check(
        *LEAK_ASKS[3],
        fresh.value - leaked.value,
        interval,
        sentence,
        int(fresh.n + leaked.n),
        confidence=0.9,
        method="wider of Wald and Newcombe 1998, two-sided 90 %",
    )


def _effect_finding(check: Check) -> tuple[Finding, ...]:
    if check.low is None or check.low <= 0:
        return ()
    text = f"{check.sentence} Rates over all audited rows flatter the model; read those on fresh rows."
    return (Finding("medium", "The model is better on rows it was trained on", text, check.id),)


def _leak_table(
    subject: Subject, training: Frame, place: Any, near: tuple[Mask, Mask], plan: LeakPlan, compared: int
) -> Table:
    seen, n, confidence = place >= 0, len(place), subject.judge.suite.confidence
    counts = [
        ("equal to a training row", int(seen.sum()), n),
        (f"equal after rounding numbers to {plan.digits} digits", int(near[0].sum()), n),
    ]
    if compared <= plan.most_columns:
        counts.append(("equal in all columns but one", int(near[1].sum()), n))
    label = subject.judge.spec.label
    if label in training.columns and seen.any():
        ours = cell_hashes(subject.frame.columns[label])[seen]
        theirs = cell_hashes(training.columns[label])[place[seen]]
        counts.append(("equal to a training row with another label", int((ours != theirs).sum()), int(seen.sum())))
    for name, part in (("leaked", seen), ("fresh", ~(seen | near[0] | near[1]))):
        part = part & subject.cases.audited
        counts.append((f"wrong among the {name}", int((subject.cases.wrong & part).sum()), int(part.sum())))
    return Table(("what", "rows", "of", "share", "low", "high"), tuple(_share(*each, confidence) for each in counts))


def _share(what: str, k: int, n: int, confidence: float) -> tuple[Any, ...]:
    if n == 0:
        return (what, k, n, None, None, None)
    around = cp_interval(k, n, confidence)
    return (what, k, n, k / n, around.low, around.high)
