"""The part of an audit that needs the model itself: it is asked once for every row, then looked into.

The frame that came keeps what was recorded; the caged answers stand beside it in `base`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from audits.engine import determinism, reproduction
from audits.engine.encoding import input_column
from audits.engine.frame import Floats, Frame
from audits.engine.model import Asked, answer_names, pieces
from audits.engine.result import Finding, Part, Table
from audits.engine.suite import ModelPlan
from audits.engine.verdicts import Judge
from audits.interface import Interface
from core.errors import InputRefused

Say = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """Why a model gave no answer to the rows. `verdict` is the cage's word (rejected, model_fault, resource_limit), or
    rows_refused where the rows could not be put to it; `answered` of `rows` were answered before."""

    verdict: str
    message: str
    remedy: str
    answered: int
    rows: int

    @property
    def sentence(self) -> str:
        return f"The model failed: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "message": self.message, "rows": self.rows, "answered": self.answered}


@dataclass
class Inside:
    """One model under one audit. `base` float64[rows, k] are its answers to the frame's rows, once it was asked."""

    asked: Asked
    frame: Frame
    judge: Judge
    show_rows: bool
    base: Floats = field(default_factory=lambda: np.zeros((0, 1)))
    answered: int = 0

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
        inputs = self.frame.only(self.interface.columns)
        answered: list[Floats] = []
        for piece in pieces(self.frame.rows, self.asked.rows_at_once):
            say(f"answers: row {int(piece[0]) + 1:,} of {self.frame.rows:,}")
            answered.append(self.asked.answers(inputs.take(piece)))
            self.answered += len(piece)
        self.base = np.concatenate(answered) if answered else np.zeros((0, self._width()))

    def failed(self, error: InputRefused) -> Failure:
        """What is told of a model that did not answer. Words about cells stay out where no row may be shown."""
        ours = error.field == "model" or str(error.field).startswith("interface.output")
        verdict = getattr(error, "verdict", None) or ("model_fault" if ours else "rows_refused")
        told = self.show_rows or verdict != "rows_refused"
        message = error.message if told else "The rows could not be put to it."
        return Failure(verdict, message, (error.remedy or "") if told else "", self.answered, self.frame.rows)

    def _width(self) -> int:
        output = self.interface.output
        return len(output.classes) or output.index + 1 or 1

    def itself(self, say: Say) -> Part:
        """Whether it gives what was recorded, and the same when asked again."""
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
