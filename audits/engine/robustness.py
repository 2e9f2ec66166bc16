"""Do decisions hold when inputs change a little? Flip rates of the suite's families (DOMAIN 1.0 rule 8).

The priced figure is the family with most flips. What is searched for is never counted here: every row has one draw a
family, so n rows are n draws. Columns of registered attributes that are inputs are changed like any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.bounds import cp_interval, cp_upper, six
from audits.engine.deciding import Decider
from audits.engine.frame import Column, Floats, Frame, Mask
from audits.engine.model import Asked, rows_held
from audits.engine.perturbing import Family, Inputs, families
from audits.engine.result import Check, Dimension, Finding, Part, State, Table, Verdict
from audits.engine.streams import sample, stream
from audits.engine.suite import ModelPlan, Severity
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK, TITLE = "robustness.flip_rate", "Decisions flipped by small changes"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Shaken:
    """One family's outcome; `flipped` has one entry a perturbed row and is empty unless measured."""

    family: Family
    state: State
    reason: str | None = None
    flipped: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    touched: Mapping[str, Mask] = field(default_factory=dict)
    failed: bool = False

    @property
    def k(self) -> int:
        return int(self.flipped.sum())

    @property
    def n(self) -> int:
        return len(self.flipped)


def measure(
    frame: Frame,
    base: Floats,
    asked: Asked,
    judge: Judge,
    plan: ModelPlan,
    say: Say,
    chosen: tuple[Family, ...] | None = None,
) -> Part:
    """The robustness dimension, a check a family, flips by family and by column. `base`: the answers of `frame`;
    `chosen`: other families than those for cells of a row."""
    decider = Decider(judge.spec, asked.interface)
    if decider.why_not:
        check = judge.silent(CHECK, TITLE, "not_run", decider.why_not)
        return Part((check,), dimensions={"robustness": Dimension("not_run", decider.why_not)})
    most = rows_held(plan.robustness_rows, asked.interface)
    whole = frame.only(asked.interface.columns)
    rows = sample(stream(judge.seed, "robustness rows"), frame.rows, most)
    if not judge.suite.first and asked.interface.image is None:
        rows = _by_content(whole)[rows]
    inputs = Inputs(whole, rows, asked.interface)
    before = decider.column(base[rows])
    shaken = []
    for family in families(plan) if chosen is None else chosen:
        say(f"robustness: {family.name}")
        shaken.append(_shaken(family, inputs, before, asked, decider, judge.seed))
    checks = tuple(_check(each, judge) for each in shaken)
    tables = {"families": _families_table(shaken, inputs, judge), "columns": _columns_table(shaken)}
    findings = judge.findings(checks) + tuple(_failure(each) for each in shaken if each.failed)
    return Part(checks, tables, findings, {"robustness": _dimension(shaken, judge)})


def _by_content(inputs: Frame) -> NDArray[np.int64]:
    """The rows in the order of what they hold: whoever sends them in another order changes no draw, and so no bound."""
    keys: list[NDArray[Any]] = []
    for name in sorted(inputs.columns):
        column = inputs.columns[name]
        if column.kind == "category":
            keys.append(column.groups.codes)
        else:
            held = column.values.astype(np.int64) if column.kind == "time" else column.values
            keys += [column.null, np.where(column.null, 0, held)]
    return np.asarray(np.lexsort(keys)) if keys else np.arange(inputs.rows)


def _shaken(family: Family, inputs: Inputs, before: Column, asked: Asked, decider: Decider, seed: int) -> Shaken:
    try:
        perturbed = family.draw(inputs, stream(seed, f"robustness {family.name}"))
        if isinstance(perturbed, str):
            return Shaken(family, "not_applicable", f"Not applicable: {perturbed}.")
        after = decider.column(asked.answers(perturbed.frame))
    except InputRefused as error:
        return _failed(family, inputs, error)
    return Shaken(family, "measured", None, decider.differ(before, after), perturbed.touched)


def _failed(family: Family, inputs: Inputs, error: InputRefused) -> Shaken:
    """A model that gives no answer. To refuse an empty input where none is ever empty is no wrong decision, so that
    family does not apply then; every other failure leaves the question open."""
    refused = getattr(error, "verdict", "") == "model_fault" and family.name == "missing"
    if refused and not any(column.absent.any() for column in inputs.whole.columns.values()):
        reason = f"Not applicable: no input is ever empty in the data set, and the model refuses one. {error.message}"
        return Shaken(family, "not_applicable", reason, failed=True)
    return Shaken(family, "cannot_tell", f"The model failed: {error.message}", failed=True)


def _failure(each: Shaken) -> Finding:
    title = f"The model fails when inputs change: {each.family.name}"
    severity: Severity = "low" if each.state == "not_applicable" else "medium"
    return Finding(severity, title, str(each.reason), CHECK, each.family.name)


def _check(each: Shaken, judge: Judge) -> Check:
    name = each.family.name
    if each.state != "measured":
        verdict: Verdict = "cannot_tell" if each.state == "cannot_tell" else "not_run"
        return judge.silent(CHECK, TITLE, verdict, str(each.reason), subject=name)
    return judge.rate(CHECK, TITLE, each.k, each.n, "decisions", f"flip with {each.family.what}", subject=name)


def _dimension(shaken: list[Shaken], judge: Judge) -> Dimension:
    """The family with most flips; open when one that applies could not be told (rule 1.0.4)."""
    open_ones = [each for each in shaken if each.state == "cannot_tell"]
    if open_ones:
        return Dimension("cannot_tell", f"{open_ones[0].family.name}: {open_ones[0].reason}")
    measured = [each for each in shaken if each.state == "measured"]
    if not measured:
        return Dimension("not_run", "No declared family of changes applies to the inputs of this model.")
    worst = max(measured, key=lambda each: each.k)
    gamma, k, n = judge.suite.gamma, worst.k, worst.n
    bound = {"point": six(k / n), "u": six(cp_upper(k, n, gamma)), "gamma": f"{gamma:.2f}"}
    return Dimension("measured", None, {"k": k, "n": n, **bound, "family": worst.family.name})


def _families_table(shaken: list[Shaken], inputs: Inputs, judge: Judge) -> Table:
    registered = {item.column for item in judge.spec.attributes} & set(inputs.interface.columns)
    also = f"; {', '.join(sorted(registered))} (registered attributes) like any other" if registered else ""
    columns = ("family", "what is done", "rows", "flipped", "rate", "low", "high", "seed")
    return Table(columns, tuple(_family_row(each, also, judge) for each in shaken))


def _family_row(each: Shaken, also: str, judge: Judge) -> tuple[Any, ...]:
    name, what = each.family.name, each.family.what + also
    if each.state != "measured":
        return (name, f"{what}. {each.reason}", 0, None, None, None, None, judge.seed)
    around = cp_interval(each.k, each.n, judge.suite.confidence)
    return (name, what, each.n, each.k, each.k / each.n, around.low, around.high, judge.seed)


def _columns_table(shaken: list[Shaken]) -> Table:
    """Rows in which a column was changed, and how many of them flipped, whatever else was changed with it."""
    rows = [
        (each.family.name, name, int(where.sum()), int((where & each.flipped).sum()))
        for each in shaken
        for name, where in each.touched.items()
    ]
    return Table(("family", "column", "rows touched", "flipped"), tuple(rows))
