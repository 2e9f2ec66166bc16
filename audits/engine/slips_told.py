"""What further slips do to decisions: flips and jumps by family, with exact intervals; nothing here is priced."""

from dataclasses import dataclass, field

import numpy as np

from audits.engine import words
from audits.engine.bounds import cp_interval
from audits.engine.deciding import Decider
from audits.engine.frame import Floats, Frame, Mask
from audits.engine.model import Asked
from audits.engine.perturbing import Family, Inputs
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.slips import SlipPlan, slip_families
from audits.engine.spec import AuditSpec
from audits.engine.streams import sample, stream
from audits.engine.verdicts import Judge
from audits.engine.within import Say
from core.errors import InputRefused

FLIPS, FLIPS_TITLE = "robustness.slips", "Decisions flipped by slips of the input"
JUMPS, JUMPS_TITLE = "robustness.jumps", "Answers that jump out of range"


@dataclass(frozen=True)
class Slipped:
    """One family: rows that it changed, which of them flipped and jumped; or why there are none."""

    family: Family
    reason: str | None = None
    refused: bool = False
    flipped: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    jumped: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    columns: tuple[tuple[str, int, int], ...] = ()


def measure(frame: Frame, base: Floats, asked: Asked, judge: Judge, plan: SlipPlan, say: Say) -> Part:
    """A check a family, tables "slips" and "slip_columns". `base` are the answers of `frame`."""
    decider = Decider(judge.spec, asked.interface)
    if decider.why_not:
        return Part((judge.silent(FLIPS, FLIPS_TITLE, "not_run", decider.why_not),))
    rows = sample(stream(judge.seed, "slip rows"), frame.rows, plan.rows)
    inputs = Inputs(frame.only(asked.interface.columns), rows, asked.interface)
    found = []
    for family in slip_families(judge.spec, plan):
        say(f"slips: {family.name}")
        found.append(_slipped(family, inputs, base, asked, decider, judge, plan))
    # A family that no input can have is named in the table: "not run" would say that something is missing.
    applying = [each for each in found if each.refused or each.reason is None]
    flips = tuple(_check(each, judge) for each in applying)
    jumps = tuple(_jump_check(each, judge, plan) for each in applying if each.family.name == "out of range")
    if not applying:
        flips = (judge.silent(FLIPS, FLIPS_TITLE, "not_run", "No declared slip applies to the inputs of this model."),)
    tables = {"slips": _table(found, judge), "slip_columns": _columns_table(found)}
    findings = judge.findings(flips + jumps) + tuple(_refusal(each) for each in found if each.refused)
    return Part(flips + jumps, tables, findings + _unguarded(found, judge.spec, asked))


def _slipped(
    family: Family, inputs: Inputs, base: Floats, asked: Asked, decider: Decider, judge: Judge, plan: SlipPlan
) -> Slipped:
    try:
        drawn = family.draw(inputs, stream(judge.seed, f"slips {family.name}"))
        if isinstance(drawn, str):
            return Slipped(family, f"Not applicable: {drawn}.")
        answers = asked.answers(drawn.frame)
    except InputRefused as error:
        return Slipped(family, error.message, refused=True)
    before = base[inputs.rows]
    flipped = decider.differ(decider.column(before), decider.column(answers))
    touched = np.any(list(drawn.touched.values()), axis=0)
    columns = tuple((name, int(where.sum()), int((where & flipped).sum())) for name, where in drawn.touched.items())
    return Slipped(family, None, False, flipped[touched], _jumps(base, before, answers, plan)[touched], columns)


def _jumps(base: Floats, before: Floats, after: Floats, plan: SlipPlan) -> Mask:
    """Rows of which an answer moved by more than the filed share of the range of the middle nine tenths."""
    low, high = np.quantile(base, [0.05, 0.95], axis=0)
    return np.asarray((np.abs(after - before) > plan.jump * np.maximum(high - low, 1e-12)).any(axis=1))


def _check(each: Slipped, judge: Judge) -> Check:
    name = each.family.name
    if each.refused:
        return judge.silent(FLIPS, FLIPS_TITLE, "cannot_tell", f"The model gave no answer: {each.reason}", subject=name)
    k, n = int(each.flipped.sum()), len(each.flipped)
    return judge.rate(FLIPS, FLIPS_TITLE, k, n, "decisions", f"flip with {each.family.what}", subject=name)


def _jump_check(each: Slipped, judge: Judge, plan: SlipPlan) -> Check:
    name = each.family.name
    if each.refused:
        return judge.silent(JUMPS, JUMPS_TITLE, "cannot_tell", str(each.reason), subject=name)
    what = f"jump by more than {words.percent(plan.jump)} of the usual range of answers with {each.family.what}"
    return judge.rate(JUMPS, JUMPS_TITLE, int(each.jumped.sum()), len(each.jumped), "answers", what, subject=name)


def _refusal(each: Slipped) -> Finding:
    text = f"{each.reason} That may be right of it; whoever asks must then have another way to decide."
    return Finding("low", f"The model refuses slips of the input: {each.family.name}", text, FLIPS, each.family.name)


def _unguarded(found: list[Slipped], spec: AuditSpec, asked: Asked) -> tuple[Finding, ...]:
    """A range was registered, and the model answers beyond it all the same."""
    registered = sorted({item.column for item in spec.ranges} & set(asked.interface.columns))
    answered = {each.family.name for each in found if each.reason is None}
    if not registered or "out of range" not in answered:
        return ()
    text = (
        f"Valid ranges are registered for {', '.join(registered)}; the model answers values beyond them like any "
        "other. Refuse such rows before the model is asked, or have a person decide."
    )
    return (Finding("low", "The model answers beyond the registered ranges", text, FLIPS, "out of range"),)


def _table(found: list[Slipped], judge: Judge) -> Table:
    columns = ("family", "what is done", "rows", "flipped", "rate", "low", "high", "jumped", "seed", "why not")
    rows = []
    for each in found:
        k, n = int(each.flipped.sum()), len(each.flipped)
        around = cp_interval(k, n, judge.suite.confidence) if n else None
        figures = (k / n, around.low, around.high, int(each.jumped.sum())) if around else (None,) * 4
        rows.append((each.family.name, each.family.what, n, k if n else None, *figures, judge.seed, each.reason))
    return Table(columns, tuple(rows))


def _columns_table(found: list[Slipped]) -> Table:
    rows = tuple((each.family.name, *column) for each in found for column in each.columns)
    return Table(("family", "column", "rows touched", "flipped"), rows)
