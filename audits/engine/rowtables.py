"""Which tables of a result hold single rows: decided here, for the audit, for pages and for papers alike.

An audit of rows that may not be shown leaves these tables out; a page leaves them out for whoever may not see rows. A
check that makes a new table of single rows names it here; tests compare audits that show rows with audits that do not.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

Told = TypeVar("Told")

# by section; a star stands for the number of an example
SINGLE_ROWS: Mapping[str, tuple[str, ...]] = {
    "attribution": ("beeswarm", "examples", "example *", "monotonicity examples", "text examples"),
    "labels": ("suspects",),
    "saliency": ("examples", "pixels *", "map *", "parts *"),
}


def is_of_single_rows(section: str, name: str) -> bool:
    """Whether table `name` of this section tells of single rows."""
    return any(fnmatchcase(name, pattern) for pattern in SINGLE_ROWS.get(section, ()))


def about_many(section: str, tables: Mapping[str, Told]) -> dict[str, Told]:
    """The tables of a section that tell of no single row."""
    return {name: table for name, table in tables.items() if not is_of_single_rows(section, name)}


def without_rows(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result (contract B) without its tables of single rows."""
    sections = {name: about_many(name, tables) for name, tables in result["sections"].items()}
    return {**result, "sections": sections}
