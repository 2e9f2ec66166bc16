"""Counts by category, as they stand in a result."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NOT_STATED = "not stated"


class Category(NamedTuple):
    """`favoured` of `individuals` were selected, or scored above the median."""

    name: str
    individuals: int
    favoured: int


class Counted(NamedTuple):
    """The categories of one grouping, and how many individuals state none. `whole`: no category was left out."""

    categories: tuple[Category, ...]
    unknown: int
    whole: bool


def counted(result: Mapping[str, Any], axes: Sequence[str], metric: str) -> Counted | None:
    """The counts of a grouping of these attributes, in whichever order it was measured; None where it was not."""
    table = result.get("sections", {}).get("bias", {}).get("groups")
    if table is None:
        return None
    column = {name: place for place, name in enumerate(table["columns"])}
    rows = [row for row in table["rows"] if row[column["metric"]] == metric]
    mine = [row for row in rows if sorted(row[column["grouping"]].split(" x ")) == sorted(axes)]
    if not mine:
        return None
    every = [Category(row[column["group"]], row[column["n"]], row[column["k"]]) for row in mine]
    total = next((row[column["n"]] + row[column["others n"]] for row in mine), 0)
    unknown = sum(each.individuals for each in every if each.name == NOT_STATED)
    categories = tuple(each for each in every if each.name != NOT_STATED)
    return Counted(categories, unknown, sum(each.individuals for each in every) == total)


def shares(categories: Sequence[Category]) -> list[float]:
    """Each category's share of all individuals of a known category."""
    total = sum(each.individuals for each in categories)
    return [each.individuals / total if total else 0.0 for each in categories]


def large(categories: Sequence[Category], below: float) -> list[bool]:
    """Which categories have individuals and at least `below` of all of them."""
    pairs = zip(categories, shares(categories), strict=True)
    return [each.individuals > 0 and share >= below for each, share in pairs]
