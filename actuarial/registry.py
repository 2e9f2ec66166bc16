"""A kind of study is one module of `actuarial/studies` that registers itself in its STUDY.

Adding one is adding a file. What is asked is checked before anything is stored; what is read from the book is stored
before anything is computed; the result follows from the stored inputs alone, so that it can be computed again.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from core.errors import InputRefused

Json = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One thing that may be asked: its name, how it is labelled, its kind and what stands when nothing is said.

    kind     text, number, whole, share, day, choice or document (JSON)
    options  of a choice: (value, words); called when a form is drawn or the choice is checked
    """

    name: str
    label: str
    kind: str = "text"
    default: Any = None
    help: str = ""
    options: Callable[[], list[tuple[str, str]]] = list


@dataclass(frozen=True)
class StudyKind:
    """One kind of study.

    ask      what was asked, with every default written out; raises InputRefused for what cannot be asked
    gather   what it reads, as plain JSON; the only part that sees the database
    compute  inputs to result, pure: {"lines", "assumptions", "figures", "parts"}, see docs/actuarial.md
    """

    kind: str
    title: str
    question: str
    choices: tuple[Choice, ...]
    ask: Callable[[Mapping[str, Any], datetime], Json]
    gather: Callable[[Mapping[str, Any], datetime], Json]
    compute: Callable[[Mapping[str, Any]], Json]


@cache
def kinds() -> Mapping[str, StudyKind]:
    """Every kind of study there is, by its name."""
    package = importlib.import_module("actuarial.studies")
    names = sorted(item.name for item in pkgutil.iter_modules(package.__path__))
    found = [importlib.import_module(f"{package.__name__}.{name}").STUDY for name in names]
    return {study.kind: study for study in found}


def kind_named(name: str) -> StudyKind:
    """The kind `name`; raises InputRefused for one there is not."""
    if name not in kinds():
        raise InputRefused(
            f"{name!r} is not a kind of study.", field="kind", limit=", ".join(kinds()), remedy="Choose one."
        )
    return kinds()[name]


def day_valued(text: Any, at: datetime) -> str:
    """The day a study is valued on, today if nothing is said; raises InputRefused for one yet to come."""
    try:
        day = date.fromisoformat(str(text or at.date()))
    except ValueError:
        raise InputRefused(f"{text!r} is no day.", field="valued", limit="YYYY-MM-DD") from None
    if day > at.date():
        raise InputRefused(
            f"{day} has not come.", field="valued", limit=f"up to {at.date()}", remedy="Choose a day that is over."
        )
    return day.isoformat()


def asked_known(asked: Mapping[str, Any], choices: tuple[Choice, ...]) -> Json:
    """What was asked with every default; raises InputRefused for a name that no choice has."""
    known = {choice.name: choice.default for choice in choices}
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise InputRefused(f"{unknown[0]} is nothing this study asks.", field=unknown[0], limit=", ".join(known))
    return {**known, **{name: value for name, value in asked.items() if value is not None}}
