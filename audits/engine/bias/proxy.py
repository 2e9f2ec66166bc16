"""The proxy screen: do the inputs give away the protected attribute, and which of them do?

That an attribute can be foretold is no proof that the model uses it; that it cannot is good news as far as additive
functions of the inputs go.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.auc import Auc
from audits.engine.bias.cells import Axis, axes_of
from audits.engine.bias.foretelling import Cells, Foretold, cells_of, foretell
from audits.engine.bounds import Interval
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.streams import sample
from audits.engine.suite import Severity
from audits.engine.verdicts import Judge

CHECK, TITLE = "fairness.proxy", "Attribute foretold from the inputs"
NO_PROOF = "That is no proof that the model uses it."
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """screened_rows, screened_inputs  most rows and inputs the screen looks at
    bins, levels  cells of a number with many values, and of anything else
    penalty  the ridge, in rows
    told_inputs  inputs listed for each attribute"""

    screened_rows: int
    screened_inputs: int
    bins: int
    levels: int
    penalty: float
    told_inputs: int


@dataclass(frozen=True)
class Screened:
    """One attribute: AUC of each group that has enough rows, and the AUC of each input's own part for the worst.

    `inputs` are the best of `screened`; `left_out` were not looked at.
    """

    axis: Axis
    groups: tuple[tuple[str, int, Auc | None], ...]
    inputs: tuple[tuple[str, Auc], ...]
    screened: int
    left_out: int

    @property
    def worst(self) -> tuple[str, Auc] | None:
        """The group that is told best, by the lower end of its interval at two-sided 90 %."""
        known = [(name, ranked) for name, _, ranked in self.groups if ranked is not None]
        return max(known, key=lambda each: (each[1].prudent(0.9).low, each[0]), default=None)


def measure(subject: Subject, rng: np.random.Generator) -> Part:
    """A check an attribute, its AUC by group, and the inputs by which its best-told group is told."""
    judge, plan = subject.judge, subject.plan(Plan)
    axes, refused = axes_of(subject.frame, judge)
    if not axes:
        raise refused[0]
    rows = sample(rng, subject.frame.rows, plan.screened_rows)
    screened, checks, findings = [], [], []
    for axis in axes:
        subject.say(f"bias: foretelling {axis.name}")
        columns = screened_columns(subject, axis)
        if not columns:
            reason = f"No input is known from which {axis.name} could be foretold."
            checks.append(judge.silent(CHECK, TITLE, "not_run", reason, subject=axis.name))
            continue
        one = _screen(subject, axis, columns, rows, rng)
        check = _check(one, judge)
        screened.append(one)
        checks.append(check)
        findings += _findings(one, check, judge)
    tables = {"foretold": _groups_table(screened, judge), "foretold by": _inputs_table(screened, judge)}
    return Part(tuple(checks), tables, tuple(findings))


def screened_columns(subject: Subject, axis: Axis) -> list[str]:
    """The model's inputs; of recorded predictions the registered features, slices and factors. Never the attribute."""
    spec = subject.judge.spec
    if subject.inside is not None:
        names = list(subject.inside.interface.columns)
    else:
        features = spec.drift.features if spec.drift else ()
        names = [*features, *(item.column for item in (*spec.slices, *spec.legitimate))]
    answers = {spec.label, spec.decision.column, spec.probability, spec.score, axis.attribute.column}
    return [name for name in dict.fromkeys(names) if name not in answers]


def _screen(subject: Subject, axis: Axis, columns: list[str], rows: Ints, rng: np.random.Generator) -> Screened:
    plan = subject.plan(Plan)
    kept = sample(rng, len(columns), plan.screened_inputs)
    groups = axis.groups.codes[rows].astype(np.int64)
    stated = rows[groups >= 0]
    groups, names = groups[groups >= 0], axis.groups.names
    sizes = np.bincount(groups, minlength=len(names))
    frame = subject.frame.take(stated)
    cells = cells_of([frame.columns[columns[place]] for place in kept], plan.bins, plan.levels)
    told = np.flatnonzero(_enough(sizes, len(groups), subject.judge))
    left_out = len(columns) - len(kept)
    if not len(told) or cells.values.shape[1] == 0:
        return Screened(
            axis, tuple((name, int(n), None) for name, n in zip(names, sizes, strict=True)), (), len(kept), left_out
        )
    found = foretell(cells, groups, len(names), penalty=plan.penalty, rng=rng)
    ranked = {place: found.ranked(found.scores(place), place) for place in told.tolist()}
    by_group = tuple((name, int(sizes[place]), ranked.get(place)) for place, name in enumerate(names))
    one = Screened(axis, by_group, (), len(kept), left_out)
    inputs = _inputs(found, cells, names.index(one.worst[0])) if one.worst else ()
    return Screened(axis, by_group, inputs[: plan.told_inputs], len(kept), left_out)


def _enough(sizes: Ints, rows: int, judge: Judge) -> NDArray[np.bool_]:
    """Groups with enough rows for an interval, and enough others."""
    least = judge.suite.group_rows
    return np.asarray((sizes >= least) & (rows - sizes >= least))


def _inputs(found: Foretold, cells: Cells, group: int) -> tuple[tuple[str, Auc], ...]:
    parts = [(name, found.ranked(found.part(group, place), group)) for place, name in enumerate(cells.names)]
    known = [(name, ranked) for name, ranked in parts if ranked is not None]
    return tuple(sorted(known, key=lambda each: (-each[1].value, each[0])))


def _interval(ranked: Auc, one: Screened, judge: Judge) -> Interval:
    """At a confidence shared out over the groups, as the worst was chosen among them (Bonferroni)."""
    count = sum(each is not None for _, _, each in one.groups)
    return ranked.prudent(1 - (1 - judge.suite.confidence) / max(1, count))


def _check(one: Screened, judge: Judge) -> Check:
    name = one.axis.name
    if one.worst is None:
        reason = f"Fewer than two groups of {name} have {judge.suite.group_rows} rows, or the inputs do not vary."
        return judge.silent(CHECK, TITLE, "cannot_tell", reason, subject=name)
    group, ranked = one.worst
    around = _interval(ranked, one, judge)
    by = _told_by(one, around, judge)
    sentence = (
        f"{name}: of two people, one of {group} and one not, the inputs tell which is which in "
        f"{words.points(ranked.value)} of 100 cases ({words.points(around.low)} to {words.points(around.high)}; "
        "chance: 50)" + (f", most by {by}." if by else ".")
    )
    sentence += f" {words.count(one.left_out, 'input')} not looked at." if one.left_out else ""
    return judge.check(
        CHECK,
        TITLE,
        ranked.value,
        around,
        sentence,
        ranked.events + ranked.others,
        subject=name,
        k=ranked.events,
        confidence=judge.suite.confidence,
        method="AUC of a ridge discriminant on unseen rows; wider of DeLong and Newcombe, shared out over the groups",
    )


def _told_by(one: Screened, around: Interval, judge: Judge) -> str:
    """The three inputs that tell most, at a confidence shared out over all that were looked at; none by mere chance."""
    shared = 1 - (1 - judge.suite.confidence) / max(1, one.screened)
    sure = [name for name, each in one.inputs[:3] if each.prudent(shared).low > 0.5]
    return ", ".join(sure) if around.low > 0.5 else ""


def _findings(one: Screened, check: Check, judge: Judge) -> list[Finding]:
    """Foretold beyond the limit is as grave as filed; a low finding where only the limit cannot be told."""
    if check.verdict == "pass" or check.low is None or check.low <= 0.5:
        return []
    filed = judge.suite.limits.get(CHECK)
    severity: Severity = filed.severity if filed and check.verdict == "fail" else "low"
    title = f"The inputs give away {one.axis.name}"
    return [Finding(severity, title, f"{check.sentence} {NO_PROOF}", CHECK, one.axis.name)]


def _groups_table(screened: list[Screened], judge: Judge) -> Table:
    columns = ("attribute", "group", "rows", "AUC", "low", "high", "n", "inputs left out")
    return Table(columns, tuple(row for one in screened for row in _group_rows(one, judge)))


def _group_rows(one: Screened, judge: Judge) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for name, rows, ranked in one.groups:
        if ranked is None:
            found.append((one.axis.name, name, rows, None, None, None, 0, one.left_out))
        else:
            around = _interval(ranked, one, judge)
            told = (ranked.value, around.low, around.high, ranked.events + ranked.others)
            found.append((one.axis.name, name, rows, *told, one.left_out))
    return found


def _inputs_table(screened: list[Screened], judge: Judge) -> Table:
    """AUC of what each input adds to the score of the best-told group, alone."""
    rows = []
    for one in screened:
        for place, ranked in one.inputs:
            around = ranked.prudent(judge.suite.confidence)
            rows.append(
                (one.axis.name, one.worst[0] if one.worst else "", place, ranked.value, around.low, around.high)
            )
    return Table(("attribute", "group", "input", "AUC", "low", "high"), tuple(rows))
