"""The clauses of one policy, in the sections of the declarations. The text is the policy's own copy of the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.pdf.figures import words
from core.pdf.text import LONG, shown

MOST_CLAUSES = 200
SECTIONS = (
    ("A", "insured", "What is insured"),
    ("B", "limits", "Limits and deductible"),
    ("C", "conditions", "Conditions"),
    ("X", "exclusions", "Exclusions"),
)


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One clause, safe to show."""

    id: str
    title: str
    text: str


def clause(item: Any) -> ClauseText:
    """A clause given as {"id", "title", "text"} or as plain text."""
    if isinstance(item, Mapping):
        return ClauseText(shown(item.get("id"), 20), shown(item.get("title"), 120), words(item.get("text"), LONG))
    return ClauseText("", "", words(item, LONG))


def sections(conditions: list[Any], exclusions: list[Any]) -> list[tuple[str, str, list[ClauseText]]]:
    """(key, title, clauses): clauses A and B apart from the other conditions, exclusions last; none is dropped."""
    given = [clause(item) for item in conditions[:MOST_CLAUSES]]
    found: dict[str, list[ClauseText]] = {
        "A": [],
        "B": [],
        "C": [],
        "X": [clause(item) for item in exclusions[:MOST_CLAUSES]],
    }
    for item in given:
        found[item.id[:1] if item.id[:1] in {"A", "B"} else "C"].append(item)
    return [(key, title, found[letter]) for letter, key, title in SECTIONS]
