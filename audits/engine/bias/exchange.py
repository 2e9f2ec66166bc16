"""What the model answers when nothing of a row is changed but the protected attribute itself.

Only an attribute that is an input can be exchanged. The exchange says what the model does with that cell; it is no
causal counterfactual: had the person been another, the other inputs would have been others too (Kusner et al. 2017).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.target import Target, target_of
from audits.engine.bias.intervals import exact
from audits.engine.bias.rates import number
from audits.engine.cases import positive_decisions
from audits.engine.deciding import Decider
from audits.engine.frame import Column, Floats, Frame, Groups, Mask
from audits.engine.groups import NOT_STATED, RARE, limited_groups
from audits.engine.model import Asked
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import Attribute
from audits.engine.streams import sample
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK, TITLE = "fairness.exchange", "Decisions that turn on the attribute itself"
NO_CAUSE = "Only this cell was exchanged: it says what the model does with it, not what would have been."
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """exchanged_rows  rows whose attribute is exchanged
    exchanged_values  most values that are put in its place"""

    exchanged_rows: int
    exchanged_values: int


@dataclass(frozen=True)
class Swap:
    """All sampled rows not in group `to` given its value: which decisions changed, and to which side."""

    to: str
    rows: Places
    flipped: Mask
    towards: Mask
    moved: Floats


@dataclass(frozen=True)
class Exchanged:
    """One attribute. `groups` are those of the sampled rows; `left_out` values were too many to be put in."""

    attribute: Attribute
    groups: Groups
    swaps: tuple[Swap, ...]
    left_out: tuple[str, ...]
    favourable: str


def most_rows(subject: Subject) -> int:
    """Rows put to the model at most: every sampled row with every other value of every attribute that is an input."""
    plan = subject.plan(Plan)
    count = len(_inputs(subject))
    return count * plan.exchanged_values * min(subject.frame.rows, plan.exchanged_rows)


def _inputs(subject: Subject) -> list[Attribute]:
    columns = set(subject.model.interface.columns)
    return [item for item in subject.judge.spec.attributes if item.column in columns]


def measure(subject: Subject, rng: np.random.Generator) -> Part:
    """A check an attribute: exchanged, or not run because the model does not see it."""
    judge, inside = subject.judge, subject.model
    decider, known = Decider(judge.spec, inside.interface), _inputs(subject)
    rows = sample(rng, subject.frame.rows, subject.plan(Plan).exchanged_rows)
    checks, found = [], []
    findings: list[Finding] = []
    for item in judge.spec.attributes:
        why = decider.why_not or (None if item in known else _unseen(item))
        if why:
            checks.append(judge.silent(CHECK, TITLE, "not_run", why, subject=item.name))
            continue
        subject.say(f"bias: exchanging {item.name}")
        try:
            one = _exchange(item, rows, subject, decider)
        except InputRefused as error:
            checks.append(judge.silent(CHECK, TITLE, "cannot_tell", error.message, subject=item.name))
            findings.append(Finding("medium", f"{item.name} could not be exchanged", error.message, CHECK, item.name))
            continue
        found.append(one)
        checks.append(_check(one, judge))
    tables = {
        "exchange by direction": _directions(found, judge),
        "exchange by group": _by_group(found, judge),
    }
    return Part(tuple(checks), tables, (*findings, *judge.findings(tuple(checks))))


def _unseen(item: Attribute) -> str:
    return (
        f"{item.name} ({item.column!r}) is no input of the model, so exchanging it changes nothing. Inputs that stand "
        "for it are looked for by the proxy screen."
    )


def _exchange(item: Attribute, rows: Places, subject: Subject, decider: Decider) -> Exchanged:
    inside, frame, plan = subject.model, subject.frame, subject.plan(Plan)
    whole, column = frame.column(item.column, "attributes").groups, frame.columns[item.column]
    groups = limited_groups(frame, item.column, "attributes", subject.judge)
    shown, left_out = _values(whole, groups, plan.exchanged_values)
    if len(whole.names) < 2:
        raise InputRefused(f"{item.name} has one value in the rows sent: there is none to exchange it for.")
    first = np.unique(whole.codes[::-1], return_index=True)
    holder = {int(code): len(whole.codes) - 1 - int(place) for code, place in zip(*first, strict=True)}
    sampled, before = Groups(groups.codes[rows], groups.names), inside.base[rows]
    asking = _Asking(inside.asked, decider, target_of(subject.judge.spec, inside.interface, inside.base))
    swaps = []
    for code in shown:
        others = np.flatnonzero((whole.codes[rows] != code) & (whole.codes[rows] >= 0))
        if len(others):
            told = column.take(np.full(len(others), holder[code]))
            changed = frame.only(inside.interface.columns).take(rows[others]).with_columns(told)
            swaps.append(_swap(whole.names[code], others, changed, before[others], asking))
    return Exchanged(item, sampled, tuple(swaps), left_out, _favourable(subject.judge))


def _values(whole: Groups, told: Groups, most: int) -> tuple[list[int], tuple[str, ...]]:
    """The most frequent values that may be named, by code, and the names of the others of these."""
    sizes = np.bincount(whole.codes[whole.codes >= 0], minlength=len(whole.names))
    named = [int(code) for code in np.argsort(-sizes, kind="stable") if whole.names[code] in told.names]
    return sorted(named[:most]), tuple(whole.names[code] for code in named[most:])


@dataclass(frozen=True)
class _Asking:
    asked: Asked
    decider: Decider
    target: Target


def _swap(to: str, rows: Places, changed: Frame, before: Floats, asking: _Asking) -> Swap:
    after, decider = asking.asked.answers(changed), asking.decider
    first, second = decider.column(before), decider.column(after)
    moved = asking.target.of(after) - asking.target.of(before)
    return Swap(to, rows, decider.differ(first, second), _towards(second, moved, decider), moved)


def _towards(after: Column, moved: Floats, decider: Decider) -> Mask:
    """Rows whose new decision is the favourable one (the positive one where none is registered; upwards, a number)."""
    spec = decider.spec
    if spec.decides:
        return positive_decisions(spec, after) ^ (spec.favourable_decision == "negative")
    return np.asarray(moved > 0)


def _favourable(judge: Judge) -> str:
    if judge.spec.favourable_decision is not None:
        return "favourable"
    return "positive" if judge.spec.decides else "upwards"


def _any_flip(one: Exchanged) -> tuple[Mask, Mask]:
    """Sampled rows that were exchanged for any value, and those that flipped for one."""
    touched, flipped = (np.zeros(len(one.groups.codes), dtype=bool) for _ in range(2))
    for swap in one.swaps:
        touched[swap.rows] = True
        flipped[swap.rows[swap.flipped]] = True
    return touched, flipped


def _check(one: Exchanged, judge: Judge) -> Check:
    name = one.attribute.name
    touched, flipped = _any_flip(one)
    check = judge.rate(
        CHECK,
        TITLE,
        int(flipped.sum()),
        int(touched.sum()),
        "decisions",
        f"become another one when nothing but {name} is exchanged for another value",
        subject=name,
    )
    return replace(check, sentence=f"{check.sentence} {NO_CAUSE}")


def _directions(found: list[Exchanged], judge: Judge) -> Table:
    """Flips from each group to each value, with both sides counted and the mean move of the answer."""
    side = found[0].favourable if found else "favourable"
    columns = (
        "attribute",
        "from",
        "to",
        "n",
        "flipped",
        "rate",
        "low",
        "high",
        f"to {side}",
        "to other side",
        "mean move",
    )
    return Table(columns, tuple(row for one in found for row in _direction_rows(one, judge)))


def _direction_rows(one: Exchanged, judge: Judge) -> Iterator[tuple[Any, ...]]:
    for swap in one.swaps:
        codes = one.groups.codes[swap.rows]
        for code, name in enumerate(one.groups.names):
            here = codes == code
            if here.sum() < judge.least_told or not here.any():
                continue
            flips = here & swap.flipped
            up = int((flips & swap.towards).sum())
            moved = float(np.sort(swap.moved[here]).mean())
            row = (one.attribute.name, name, swap.to, *_rate(int(flips.sum()), int(here.sum()), judge))
            yield (*row, up, int(flips.sum()) - up, moved)


def _rate(k: int, n: int, judge: Judge) -> tuple[Any, ...]:
    around = exact(np.array([k]), np.array([n]), judge.suite.confidence)
    return (n, k, *(number(each[0]) for each in around))


def _by_group(found: list[Exchanged], judge: Judge) -> Table:
    """Flips for any other value, by the group that the row states; unstated rows and values left out are counted."""
    columns = ("attribute", "group", "n", "flipped", "rate", "low", "high", "not exchanged", "values left out")
    rows = []
    for one in found:
        touched, flipped = _any_flip(one)
        left = ", ".join(one.left_out[:12]) + (" ..." if len(one.left_out) > 12 else "")
        for code, name in [*enumerate(one.groups.names), (-1, NOT_STATED)]:
            here = one.groups.codes == code
            if here.sum() < judge.least_told or not here.any():
                continue
            told = _rate(int((here & flipped).sum()), int((here & touched).sum()), judge)
            rows.append((one.attribute.name, name, *told, int((here & ~touched).sum()), left if name != RARE else ""))
    return Table(columns, tuple(rows))
