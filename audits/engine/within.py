"""The part of an audit that needs the model itself: it is asked once for every row, then looked into.

The frame that came keeps what was recorded; the caged answers stand beside it in `base`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from audits.engine import attribution, determinism, reproduction, robustness
from audits.engine.cases import Cases
from audits.engine.encoding import input_column
from audits.engine.frame import Floats, Frame
from audits.engine.model import Asked, answer_names, pieces
from audits.engine.result import Finding, Part, Table
from audits.engine.suite import ModelPlan
from audits.engine.verdicts import Judge
from audits.interface import Interface
from core.errors import InputRefused

SECTIONS = ("model", "attribution", "robustness")
Say = Callable[[str], None]


@dataclass
class Inside:
    """One model under one audit. `base` float64[rows, k] are its answers to the frame's rows, once it was asked."""

    asked: Asked
    frame: Frame
    judge: Judge
    show_rows: bool
    base: Floats = field(default_factory=lambda: np.zeros((0, 1)))

    def __post_init__(self) -> None:
        _refuse_label_as_answer(self)
        for one in self.interface.inputs:
            input_column(self.frame, one)
        self.plan = _plan(self.judge)

    @property
    def interface(self) -> Interface:
        return self.asked.interface

    def ask(self, say: Say) -> None:
        """Have every row answered. A model that fails here has no audit: what it raises goes through."""
        inputs, answered = self.frame.only(self.interface.columns), []
        for piece in pieces(self.frame.rows):
            say(f"answers: row {int(piece[0]) + 1:,} of {self.frame.rows:,}")
            answered.append(self.asked.answers(inputs.take(piece)))
        self.base = np.concatenate(answered) if answered else np.zeros((0, self._width()))

    def _width(self) -> int:
        output = self.interface.output
        return len(output.classes) or output.index + 1 or 1

    def families(self, cases: Cases, say: Say) -> dict[str, Callable[[], Part]]:
        """The three families, the most trying one last."""
        frame, base, asked, judge, plan = self.frame, self.base, self.asked, self.judge, self.plan
        return {
            "model": lambda: self._model(say),
            "attribution": lambda: attribution.measure(
                attribution.Asking(frame, base, cases, asked, judge, plan, self.show_rows, say)
            ),
            "robustness": lambda: robustness.measure(frame, base, asked, judge, plan, say),
        }

    def _model(self, say: Say) -> Part:
        same = reproduction.measure(self.frame, self.base, self.interface, self.judge)
        again = determinism.measure(self.frame, self.base, self.asked, self.judge, self.plan, say)
        findings = same.findings + again.findings + self._leak()
        return Part(same.checks + again.checks, {**same.tables, **again.tables}, findings)

    def _leak(self) -> tuple[Finding, ...]:
        if self.judge.spec.label not in self.interface.columns:
            return ()
        text = (
            f"Column {self.judge.spec.label!r} is both the outcome and an input: the model is told what it foretells."
        )
        return (Finding("high", "The outcome is an input of the model", text, "model.reproduces"),)

    def facts_table(self) -> Table:
        """What was caged, in words; made last, when all questions were asked."""
        facts, output = self.asked.facts(), self.interface.output
        rows = (
            ("artifact digest", facts["digest"]),
            ("format", facts["format"]),
            ("runtime", facts["runtime"]),
            ("interface digest", facts["interface_digest"]),
            ("inputs", len(self.interface.columns)),
            ("numeric features", len(self.interface.features)),
            ("answer", f"{output.means} in {output.column}"),
            ("trees read", "yes" if facts["trees"] else "no"),
            ("rows asked", facts["caged_rows"]),
            ("calls", facts["caged_calls"]),
        )
        return Table(("what", "value"), rows)


def _plan(judge: Judge) -> ModelPlan:
    if judge.suite.model is None:
        raise InputRefused(
            f"Suite {judge.suite.id} takes recorded predictions, not a model.",
            field="suite",
            limit="an edition that takes models",
            remedy="Order the audit under PAS-2026.2 or later.",
        )
    return judge.suite.model


def _refuse_label_as_answer(inside: Inside) -> None:
    """The answers would stand in the outcome's column, and every one of them would be right."""
    label = inside.judge.spec.label
    if label in answer_names(inside.interface):
        raise InputRefused(
            f"Column {label!r} is the outcome; the model's answers cannot stand in it.",
            field="interface.output.column",
            limit="a column of its own",
            remedy="Name the column in which the answers were recorded.",
        )
