"""A check is one module of `audits/engine/checks` that registers itself: what it needs, what it costs, how it runs.

Adding a check is adding a file there and naming it in the next edition of the suite. An edition lists its checks with
the version of their code, so that an old audit is run again by the code it was made with, or not at all.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import numpy as np

from audits.engine.cases import Cases
from audits.engine.frame import Frame
from audits.engine.result import Part
from audits.engine.verdicts import Judge
from audits.engine.within import Failure, Inside
from audits.interface import Interface
from core.errors import InputRefused

Say = Callable[[str], None]
Plan = TypeVar("Plan")


class Need(Enum):
    """What a check cannot do without, and what is said when it is not there."""

    SCORES = "No score was registered, so nothing that needs one was measured."
    PROBABILITIES = "No probability was registered, so nothing that needs one was measured."
    CLASS_PROBABILITIES = "No probabilities of the classes were registered, so nothing that needs them was measured."
    ATTRIBUTES = "No protected attribute was registered, so groups were not compared."
    INFERRED = "No attribute was registered by its chances (as surname and place give them)."
    TIME = "No timestamp was registered, so change over time was not measured."
    SLICES = "No slice was registered."
    MODEL = "No model was handed over, so nothing but its recorded answers could be looked at."
    TEXT = "The model has no input of text."
    IMAGE = "The model has no input of images."
    ANNOTATORS = "No labels of single annotators were registered."
    HUMAN = "No decisions of people beside the model's were registered."
    LEGITIMATE = "No legitimate factor was registered, so gaps are not compared within its values."
    MONOTONE = "No direction was registered in which an input must act."
    ROW_IDS = "No column that names the rows was registered."
    TRAINING = "The data the model was trained on were not given."
    RELABELLED = "No blind re-labelled random sample was sent."
    REVIEWS = "No seeded-error test of the reviewers was sent."
    EARLIER = "No earlier version was given to compare with."
    CHALLENGE = "The insurer holds no challenge rows for this model."
    AUDITED_BEFORE = "No earlier evaluation data of this model are known."


# Data sets beside the audited one, by their role. Each comes as a frame in `Subject.beside`.
ROLES = {
    "training": Need.TRAINING,
    "relabelled": Need.RELABELLED,
    "reviews": Need.REVIEWS,
    "earlier": Need.EARLIER,
    "challenge": Need.CHALLENGE,
    "audited_before": Need.AUDITED_BEFORE,
}


@dataclass(frozen=True)
class Subject:
    """What is audited, as every check sees it.

    frame   the rows; where a model was handed over, its caged answers stand in the columns its interface names
    cases   the same rows as decisions
    judge   the suite, the specification, the limits and the seed
    inside  the model itself, already asked for every row; None for recorded predictions, and for a model that failed
    failure why the model that was handed over gave no answers: the recorded ones are measured then
    left_out  cells by column that are no numbers where only numbers can be, and stand as empty (mending.py)
    beside  other data sets by role (ROLES)
    say     tells how far a long check has come, and gives a cancelled audit the place to stop
    """

    frame: Frame
    cases: Cases
    judge: Judge
    inside: Inside | None = None
    beside: Mapping[str, Frame] = field(default_factory=dict)
    show_rows: bool = True
    say: Say = lambda _label: None
    figures: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def interface(self) -> Interface | None:
        return None if self.inside is None else self.inside.interface

    @property
    def model(self) -> Inside:
        """The model of a check that needs one."""
        if self.inside is None:
            raise AssertionError("only a check that needs a model asks for it")
        return self.inside

    def plan(self, kind: type[Plan]) -> Plan:
        """The figures that the suite files for the running check, as the check's own dataclass of numbers."""
        return plan_read(kind, self.figures)


Run = Callable[[Subject, np.random.Generator], Part]
ModelRows = Callable[[Subject], int]


@dataclass(frozen=True)
class Registered:
    """One check as it registers itself in its module's CHECK.

    name        of the module; a suite lists it
    section     under which its tables stand in result, page and paper
    asks        (check id, title) of every question it answers; named as not run when a need is missing
    run         measures; `rng` is the check's own stream of the audit's seed
    needs       without which it is not run
    dimensions  that it alone contributes to rating
    plan        dataclass of the figures that an edition must file for it, each with its assumption
    model_rows  most rows it puts to the model, for the subject at hand
    code        raised when the same inputs would give another result
    """

    name: str
    section: str
    asks: tuple[tuple[str, str], ...]
    run: Run
    needs: tuple[Need, ...] = ()
    dimensions: tuple[str, ...] = ()
    plan: type | None = None
    model_rows: ModelRows = lambda _subject: 0
    code: int = 1


@cache
def registered() -> Mapping[str, Registered]:
    """Every check there is, by name."""
    package = importlib.import_module("audits.engine.checks")
    modules = [importlib.import_module(f"{package.__name__}.{item.name}") for item in _modules(package.__path__)]
    return {module.CHECK.name: module.CHECK for module in modules}


def _modules(path: Any) -> list[pkgutil.ModuleInfo]:
    return sorted(pkgutil.iter_modules(path), key=lambda item: item.name)


def check_named(name: str, code: int) -> Registered:
    """The check that an edition lists; raises InputRefused for one this release does not have in that version."""
    found = registered().get(name)
    if found is None or found.code != code:
        have = "does not have it" if found is None else f"has version {found.code}"
        raise InputRefused(
            f"The suite lists check {name!r} in version {code}; this release {have}.",
            field="suite",
            limit="checks of this release",
            remedy="Run the audit with the release that published the suite.",
        )
    return found


def plan_read(kind: type[Plan], figures: Mapping[str, Any]) -> Plan:
    """The dataclass `kind` of figures filed as {"name": {"value", "assumption"}}; raises InputRefused for a gap."""
    named = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    optional = {name for name, item in named.items() if item.default is not MISSING}
    if set(named) - optional - set(figures) or set(figures) - set(named):
        odd = ", ".join(sorted(set(named) ^ set(figures)))
        raise InputRefused(
            f"The suite's figures do not fit {kind.__module__}: {odd}.", field="suite", remedy="Use a published suite."
        )
    types: Mapping[str, Any] = {name: item.type for name, item in named.items()}
    return kind(**{name: types[name](figures[name]["value"]) for name in figures})


def missing(check: Registered, subject: Subject) -> Need | None:
    """The first need that the subject does not meet, or None."""
    return next((need for need in check.needs if not _met(need, subject)), None)


def _met(need: Need, subject: Subject) -> bool:
    spec = subject.judge.spec
    inputs = subject.interface.inputs if subject.interface else ()
    there: Mapping[Need, bool] = {
        Need.SCORES: spec.score_column is not None and spec.decides,
        Need.PROBABILITIES: spec.probability is not None,
        Need.CLASS_PROBABILITIES: bool(spec.probabilities),
        Need.ATTRIBUTES: bool(spec.attributes),
        Need.INFERRED: bool(spec.inferred),
        Need.TIME: spec.drift is not None,
        Need.SLICES: bool(spec.slices),
        Need.MODEL: subject.inside is not None,
        Need.TEXT: any(one.how == "text" for one in inputs),
        Need.IMAGE: any(str(one.how) == "image" for one in inputs),
        Need.ANNOTATORS: bool(spec.annotators),
        Need.HUMAN: spec.human is not None,
        Need.LEGITIMATE: bool(spec.legitimate),
        Need.MONOTONE: bool(spec.monotone),
        Need.ROW_IDS: spec.row_id is not None,
    }
    roles = {need: role in subject.beside for role, need in ROLES.items()}
    return {**there, **roles}[need]
