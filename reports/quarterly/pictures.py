"""The maps of an audit's section of saliency as what the chart draws; None where a table is missing or odd."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.pdf.charts import Seen
from reports.quarterly.reading import number

Section = Mapping[str, Any]
Line = Mapping[str, Any]
MOST_CELLS = 10_000  # that a chart draws: the audit hands over fewer


def rows_of(section: Section, name: str) -> list[dict[str, Any]]:
    """The rows of a table by column name; none where there is no such table."""
    table = section.get(name)
    if not isinstance(table, Mapping):
        return []
    return [dict(zip(table.get("columns", ()), row, strict=False)) for row in table.get("rows", ())]


def facts_of_saliency(section: Section) -> dict[str, Any]:
    """What the method's table says, by name."""
    return {str(row.get("what")): row.get("value") for row in rows_of(section, "method")}


def mean_seen(section: Section) -> Seen | None:
    """The mean size of what covering a patch does, over all explained pictures."""
    return _seen(section, rows_of(section, "mean map"), "mean absolute", ())


def examples_seen(section: Section) -> Iterator[tuple[Line, Seen]]:
    """Each picture that may be shown, with its map."""
    for line in rows_of(section, "examples"):
        name = str(line.get("example"))
        greys = _greys(rows_of(section, f"pixels {name}"))
        seen = _seen(section, rows_of(section, f"map {name}"), "fall when covered", greys)
        if seen is not None and greys:
            yield line, seen


def strongest(seen: Seen, most: int) -> list[tuple[int, int, float]]:
    """Line, place in the line (both from 1) and value of the patches that matter most."""
    every = [(row, column, value) for row, line in enumerate(seen.values, 1) for column, value in enumerate(line, 1)]
    return sorted(every, key=lambda patch: (-abs(patch[2]), patch[0], patch[1]))[:most]


def _seen(section: Section, patches: list[dict[str, Any]], name: str, greys: tuple[bytes, ...]) -> Seen | None:
    facts = facts_of_saliency(section)
    keys = ("picture height", "picture width", "patch edge in pixels", "patch rows", "patch columns")
    found = [number(facts.get(key)) for key in keys]
    if any(value is None or value < 1 for value in found):
        return None
    height, width, edge, rows, columns = (int(value or 0) for value in found)
    values = {(line.get("row"), line.get("column")): number(line.get(name)) for line in patches}
    if rows != -(-height // edge) or columns != -(-width // edge) or rows * columns > MOST_CELLS:
        return None
    grid = [[values.get((row + 1, column + 1)) for column in range(columns)] for row in range(rows)]
    if any(value is None for line in grid for value in line):
        return None
    return Seen(height, width, edge, [[value or 0.0 for value in line] for line in grid], greys)


def _greys(lines: list[dict[str, Any]]) -> tuple[bytes, ...]:
    try:
        found = tuple(bytes.fromhex(str(line.get("greys"))) for line in lines)
    except ValueError:
        return ()
    even = len({len(line) for line in found}) == 1 and bool(found[0]) and sum(map(len, found)) <= MOST_CELLS
    return found if even else ()
