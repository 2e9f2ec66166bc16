"""The standard wording as data, and the clauses of one policy."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.pdf.figures import words
from core.pdf.text import LONG, shown

MOST_CLAUSES = 100


@lru_cache(maxsize=1)
def wording() -> dict[str, Any]:
    """Triggers, conditions and exclusions of the standard form. Illustrative, not legal advice."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "wording.json").read_text("utf-8"))
    return found


def clauses(kind: str, given: Any) -> list[tuple[str, str, str]]:
    """(id, title, text) of the conditions or exclusions given; the whole standard wording when none are."""
    standard = {item["id"]: item for item in wording()[kind]}
    if not isinstance(given, Sequence) or isinstance(given, str | bytes) or not given:
        return [_clause(item) for item in standard.values()]
    return [_clause(standard.get(item, item) if isinstance(item, str) else item) for item in given[:MOST_CLAUSES]]


def _clause(item: Any) -> tuple[str, str, str]:
    if isinstance(item, Mapping):
        return shown(item.get("id"), 20), words(item.get("title"), 120), shown(item.get("text"), LONG)
    return "", "", shown(item, LONG)
