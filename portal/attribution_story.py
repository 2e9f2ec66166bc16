"""What the answers rest on, as charts and tables: attribution, never cause."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.pdf.charts import five_numbers
from core.pdf.charts.scale import brief, signed
from core.pdf.text import shown
from portal.charts import LABEL, beeswarm, explanation, intervals, point, table_rows

ATTRIBUTION = (
    "An attribution takes an answer apart: it says how far each input pushes it up or down from the average answer. It "
    "is no cause: it does not say what would happen to a person if an input were changed, nor that the model is right."
)
Table = Mapping[str, Any]
Section = Mapping[str, Table]
MOST = 20
OF_CLASS = "answer for class "


def attribution_charts(section: Section) -> Iterator[dict[str, Any] | None]:
    """Importance with intervals, the swarm, and each example's answer taken apart."""
    units, explained = units_of(section), explained_class(section)
    rows = (_ranked(row) for row in table_rows(section.get("importance"))[:MOST])
    yield intervals(f"What the answers rest on: mean size of a push, {units}", rows, unit=units)
    yield beeswarm(f"How the inputs push single answers, {units}", table_rows(section.get("beeswarm")), units=units)
    for row in table_rows(section.get("examples")):
        parts = table_rows(section.get(f"example {row['example']}"))
        if parts:
            yield _example(row, parts, units, explained)


def units_of(section: Section) -> str:
    """What contributions are counted in; of a model of many classes, for which of them."""
    units = str(_method(section).get("units") or "units of the answer")
    explained = explained_class(section)
    return f"{units} of class {explained}" if explained else units


def explained_class(section: Section) -> str:
    """The one class whose answer is explained; empty where the model has one answer."""
    return class_of(str(_method(section).get("explained output") or ""))


def class_of(said: str) -> str:
    """The class in "answer for class html"; empty where the explained output is no class."""
    return shown(said.removeprefix(OF_CLASS), LABEL) if said.startswith(OF_CLASS) else ""


def _method(section: Section) -> dict[str, Any]:
    return {row["what"]: row["value"] for row in table_rows(section.get("method"))}


def _ranked(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = row["rank low"], row["rank high"]
    ranks = f"rank {row['rank']}" if low == high else f"rank {low} to {high}"
    return point(shown(row["feature"], LABEL), row["mean absolute"], row["low"], row["high"], note=ranks)


def _example(row: Mapping[str, Any], parts: list[dict[str, Any]], units: str, explained: str) -> dict[str, Any]:
    of = f" for class {explained}" if explained else ""
    answer = answer_words(row["answer"])
    title = f"Row {row['row']}, {row['chosen because']}: answer{of} {answer}, decision {row['decision']}"
    return explanation(title, parts, base=row["base"], units=units, answered=f"{answer}{of}")


def attribution_tables(section: Section) -> Iterator[tuple[str, Table]]:
    """The audit's own tables; the swarm's points are told by their spread."""
    for title, table in section.items():
        yield (title, table) if title != "beeswarm" else ("spread of the contributions", _spread(table))


def _spread(table: Table) -> Table:
    swarms: dict[str, list[float]] = {}
    for row in table_rows(table):
        if row["contribution"] is not None:
            swarms.setdefault(shown(row["feature"], LABEL), []).append(row["contribution"])
    columns = ["input", "lowest", "lower quarter", "middle", "upper quarter", "highest", "cases"]
    rows = [[name, *map(signed, five_numbers(pushes)), len(pushes)] for name, pushes in swarms.items()]
    return {"columns": columns, "rows": rows}


def typical_values(section: Section) -> dict[str, Any]:
    """A middle value of each explained input: the middle one of what has an order, else the most frequent."""
    cases: dict[str, list[tuple[Any, Any]]] = {}
    for row in table_rows(section.get("beeswarm")):
        if row.get("value") is not None:
            cases.setdefault(str(row["feature"]), []).append((row["position"], row["value"]))
    return {name: _middle(found) for name, found in cases.items()}


def _middle(cases: list[tuple[Any, Any]]) -> Any:
    ordered = [case for case in cases if case[0] is not None]
    if ordered:
        return min(ordered, key=lambda case: (abs(case[0] - 0.5), str(case[1])))[1]
    values = [str(value) for _, value in cases]
    return max(sorted(set(values)), key=values.count)


def answer_words(value: Any) -> str:
    """A number of the model's answer, or its class, as it is read."""
    return brief(value, 4) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def pushes_words(contributions: Iterable[Mapping[str, Any]], most: int = 2) -> str:
    """ "duration and purpose push it down, age pushes it up", of the largest pushes."""
    largest = sorted(contributions, key=lambda row: -abs(row["contribution"]))[: most + 1]
    up = [shown(row["feature"], LABEL) for row in largest if row["contribution"] > 0]
    down = [shown(row["feature"], LABEL) for row in largest if row["contribution"] < 0]
    return ", ".join(_pushes(names, way) for names, way in ((up, "up"), (down, "down")) if names)


def _pushes(names: list[str], way: str) -> str:
    if len(names) == 1:
        return f"{names[0]} pushes it {way}"
    return f"{', '.join(names[:-1])} and {names[-1]} push it {way}"
