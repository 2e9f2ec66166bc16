"""The four-fifths ratio with its test beside it: for annexes only, never a verdict of the suite's own making."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audits.annexes.counts import Category, counted, large
from audits.engine.bounds import Rate, difference_p, pooled_z
from audits.engine.result import Table

LINE = 0.8
COLUMNS = ("grouping", "group", "n", "selected", "rate", "ratio", "at least 4/5", "z", "p", "test")


def tables(result: Mapping[str, Any], filed: Mapping[str, Any]) -> Mapping[str, Table] | str:
    """One table over all attributes and registered or measured pairs of them; or why there is none."""
    names = [item["name"] for item in result.get("spec", {}).get("attributes", ())]
    groupings = [(name,) for name in names] + [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    rows: list[tuple[Any, ...]] = []
    for axes in groupings:
        found = counted(result, axes, "Selection rate")
        if found is not None:
            rows += compared(" x ".join(axes), found.categories, float(filed["exclude_below"]))
    return {"Ratio and test": Table(COLUMNS, tuple(rows))} if rows else "No selection rate by group was measured."


def compared(grouping: str, categories: Sequence[Category], below: float) -> Iterator[tuple[Any, ...]]:
    """Each group against the one with the highest rate among those with `below` of the rows or more."""
    known = [(each, yes) for each, yes in zip(categories, large(categories, below), strict=True) if each.individuals]
    best = max((each for each, yes in known if yes), key=lambda each: each.favoured / each.individuals, default=None)
    for each, yes in known:
        rate = Rate(each.favoured, each.individuals)
        row = (grouping, each.name, each.individuals, each.favoured, rate.value)
        if best is None or best.favoured == 0 or not yes:
            yield (*row, None, "below 2 % of the rows" if not yes else "nobody is selected", None, None, "")
            continue
        highest = Rate(best.favoured, best.individuals)
        ratio = rate.value / highest.value
        if each.name == best.name:
            yield (*row, 1.0, "highest rate", 0.0, None, "")
            continue
        p, test = difference_p(highest, rate)
        yield (*row, ratio, "yes" if ratio >= LINE else "no", pooled_z(highest, rate), p, test)
