"""What the adversarial search says: found or not found within B questions a row; never a pass, and never priced."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.adversarial import Hunt, SearchPlan, hunt_all, size
from audits.engine.deciding import Decider
from audits.engine.frame import Floats, Frame, Mask
from audits.engine.model import Asked
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.searchspace import Space, space_of
from audits.engine.streams import sample
from audits.engine.verdicts import Judge
from audits.engine.within import Say
from core.errors import InputRefused

FOUND, FOUND_TITLE = "robustness.adversarial", "Decisions that a search could flip"


def measure(
    frame: Frame, base: Floats, asked: Asked, judge: Judge, plan: SearchPlan, rng: np.random.Generator, say: Say
) -> Part:
    """One check, tables "adversarial" and "adversarial_inputs". `base` are the answers of `frame`."""
    decider = Decider(judge.spec, asked.interface)
    if decider.why_not:
        return Part((judge.silent(FOUND, FOUND_TITLE, "not_run", decider.why_not),))
    excluded = [item.column for item in judge.spec.attributes]
    space = space_of(frame, asked.interface, excluded, judge.spec.ranges, plan.bound)
    inputs = _inputs_table(space, [])
    if not space.features:
        reason = "No input may be changed: each is a text, a registered attribute, or the same in every row."
        return Part((judge.silent(FOUND, FOUND_TITLE, "not_run", reason),), {"adversarial_inputs": inputs})
    rows = sample(rng, frame.rows, plan.rows)
    question = _Question(space, base, decider, asked)
    try:
        hunts = hunt_all(space, rows, question.margins(rows, base[rows]), question, rng, plan, say)
    except InputRefused as error:
        check = judge.silent(FOUND, FOUND_TITLE, "cannot_tell", f"The model failed: {error.message}")
        finding = Finding("medium", "The model fails when it is searched", str(check.reason), FOUND)
        return Part((check,), {"adversarial_inputs": inputs}, (finding,))
    check = _check(hunts, space, judge, plan)
    tables = {"adversarial": _table(hunts, space, check, plan), "adversarial_inputs": _inputs_table(space, hunts)}
    return Part((check,), tables, _findings(check, plan))


class _Question:
    """Candidates put to the model: which of them decide otherwise than their row, and how near the others are."""

    def __init__(self, space: Space, base: Floats, decider: Decider, asked: Asked) -> None:
        self.space, self.base, self.decider, self.asked = space, base, decider, asked

    def __call__(self, origins: NDArray[np.int64], vectors: Floats) -> tuple[Mask, Floats]:
        answers = self.asked.answers(self.space.rows(origins, vectors))
        before = self.base[origins]
        flips = self.decider.differ(self.decider.column(before), self.decider.column(answers))
        return flips, self.margins(origins, answers)

    def margins(self, origins: NDArray[np.int64], answers: Floats) -> Floats:
        """How far each answer is from another decision, as the answers tell; 0 where they tell nothing."""
        before, output, spec = self.base[origins], self.decider.interface.output, self.decider.spec
        if output.means == "class":
            return _lead(answers, before.argmax(axis=1))
        now, then = answers[:, output.index], before[:, output.index]
        if spec.decides and spec.decision.op != "==":
            side = np.where(then >= float(str(spec.decision.value)), 1.0, -1.0)
            return np.asarray(side * (now - float(str(spec.decision.value))))
        return np.asarray(-np.abs(now - then)) if spec.task == "regression" else np.zeros(len(now))


def _lead(answers: Floats, classes: NDArray[np.int64]) -> Floats:
    """By how much the class of the row leads all others."""
    if answers.shape[1] < 2:
        return np.zeros(len(answers))
    rows, others = np.arange(len(answers)), answers.copy()
    others[rows, classes] = -np.inf
    return np.asarray(answers[rows, classes] - others.max(axis=1))


def _check(hunts: list[Hunt], space: Space, judge: Judge, plan: SearchPlan) -> Check:
    """A searched row is no draw: whatever limit stands, the check is only measured."""
    k, n = sum(hunt.found is not None for hunt in hunts), len(hunts)
    others = ", a category to any other value" if any(each.values for each in space.features) else ""
    what = (
        f"could be flipped by changing at most {words.count(plan.most_changed, 'input')}, each number by at most "
        f"{plan.bound:g} of its inter-quartile range{others}, within {plan.queries:,} questions a row; not "
        "found does not mean that there is nothing to find"
    )
    made = judge.rate(FOUND, FOUND_TITLE, k, n, "searched rows", what)
    return replace(made, verdict="measured", limit=None, rows_needed=None)


def _table(hunts: list[Hunt], space: Space, check: Check, plan: SearchPlan) -> Table:
    sizes = [size(hunt.found, hunt.origin, space.features) for hunt in hunts if hunt.found is not None]
    numbers = [move for _, move in sizes if move > 0]
    rows = (
        ("rows searched", len(hunts)),
        ("questions a row at most", plan.queries),
        ("questions asked", sum(hunt.asked for hunt in hunts)),
        ("rows flipped", len(sizes)),
        ("share flipped", check.value),
        ("low", check.low),
        ("high", check.high),
        ("inputs changed, median", float(np.median([count for count, _ in sizes])) if sizes else None),
        ("largest move in inter-quartile ranges, median", float(np.median(numbers)) if numbers else None),
        ("inputs changed at most", plan.most_changed),
        ("move at most", plan.bound),
    )
    return Table(("what", "value"), rows)


def _inputs_table(space: Space, hunts: list[Hunt]) -> Table:
    """Each input: how often it was part of a change that flips; those that were not searched, and why."""
    found = [hunt for hunt in hunts if hunt.found is not None]
    rows: list[tuple[object, ...]] = []
    for place, each in enumerate(space.features):
        changed = [hunt for hunt in found if _moved(hunt, place)]
        kind = "another value" if each.values else f"at most {each.bound:.4g}"
        rows.append((each.column, "searched", kind, len(changed)))
    rows += [(column, f"not changed: {why}", None, None) for column, why in space.left_out]
    return Table(("input", "searched", "may move by", "part of a change that flips"), tuple(rows))


def _moved(hunt: Hunt, place: int) -> bool:
    start = hunt.origin[place]
    return hunt.found is not None and not np.isnan(start) and bool(hunt.found[place] != start)


def _findings(check: Check, plan: SearchPlan) -> tuple[Finding, ...]:
    if check.low is None or check.low <= plan.told:
        return ()
    text = (
        f"{check.sentence} More than {words.percent(plan.told)} is much for inputs that a person can adjust: look at "
        "who can change them, and at decisions near the threshold."
    )
    return (Finding("medium", "Decisions can be flipped by searched changes", text, FOUND),)
