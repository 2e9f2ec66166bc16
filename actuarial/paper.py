"""A study as PDF: the finding first, then every part with its chart and table, at the end what it was asked and read.

Pure: one input to the same bytes. Page and paper are drawn from the same parts, so their figures are the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.canonical import canonical_json, digest
from core.pdf import flow
from core.pdf.charts import Curve, Point, Reading, Step, curves, dots, histogram, waterfall
from core.pdf.charts.rows import Mark
from core.pdf.charts.scale import percent, percent_short, short
from core.pdf.document import COLUMN, Document
from core.pdf.figures import day, general, money, share, whole, words
from core.pdf.mark import mark
from core.pdf.paper import Meta
from core.pdf.shapes import Picture
from core.pdf.tables import Column, Row
from core.pdf.text import Span, printable, shown

FIGURES = frozenset({"count", "money", "share", "number"})
COLOURS = ("sea", "amber", "lead", "moss", "slate")
MOST_ROWS = 400  # of one table on paper; the page and the API have all
MOST_PARTS = 60


def paper(data: Mapping[str, Any]) -> bytes:
    """The PDF of {"study": head, "result": result}."""
    clean = printable(data)
    head, result = clean["study"], clean["result"]
    doc = Document(_meta(head, digest(canonical_json(clean))))
    title = flow.Words([Span(words(head["title"], 80), "bold")], 21, 0, 2)
    doc.add(flow.Place("top", words(head["title"], 80)), flow.Beside(title, flow.Figure(mark(46), 0), COLUMN - 46, 2))
    doc.say(Span(words(head["question"]), "italic"), after=8)
    for place, line in enumerate(result["lines"]):
        doc.say(Span(shown(line), "bold" if place == 0 else "regular"))
    for part in result["parts"][:MOST_PARTS]:
        _part(doc, part)
    _basis(doc, head, result)
    return doc.build()


def _meta(head: Mapping[str, Any], content: str) -> Meta:
    title = f"{words(head['title'], 80)}, {day(head['made_on'])}"
    return Meta(
        id=words(head["id"], 40),
        title=title,
        author=words(head["asked_by"], 80),
        subject=words(head["question"], 200),
        digest=content,
        running_head=title,
        made_on=str(head["made_on"])[:10],
    )


def _part(doc: Document, part: Mapping[str, Any]) -> None:
    doc.section(f"part-{part['key']}", words(part["title"], 100))
    for line in part.get("say", ()):
        doc.say(shown(line))
    chart = part.get("chart")
    if chart:
        doc.figure(f"figure-{part['key']}", words(chart["title"], 120), picture(chart))
    if part.get("table"):
        _table(doc, f"table-{part['key']}", words(part["title"], 100), part["table"])


def _table(doc: Document, key: str, caption: str, table: Mapping[str, Any]) -> None:
    kinds = [str(column.get("kind", "text")) for column in table["columns"]]
    columns = [
        Column(words(column["name"], 60), kind in FIGURES) for column, kind in zip(table["columns"], kinds, strict=True)
    ]
    rows = [
        Row(tuple(cell_words(cell, kind) for cell, kind in zip(row, kinds, strict=True)))
        for row in table["rows"][:MOST_ROWS]
    ]
    left = len(table["rows"]) - len(rows)
    doc.table(key, caption, columns, rows, beside=[f" {left:,} more rows stand on the page."] if left else ())


def cell_words(cell: Any, kind: str) -> str:
    """One cell as it is printed; a linked cell by its words, nothing as a dash."""
    value = cell["text"] if isinstance(cell, dict) else cell
    if value is None or value == "":
        return "–"
    said: Callable[[Any], str] = {
        "money": money, "count": whole, "share": share, "number": general, "day": day,
    }.get(kind, words)  # fmt: skip
    return said(value)


def _basis(doc: Document, head: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    doc.section("basis", "What it stands on")
    for line in result.get("assumptions", ()):
        doc.say(f"Assumption: {shown(line)}")
    facts = [(words(name.replace("_", " "), 60), _asked(value)) for name, value in sorted(head["asked"].items())]
    doc.facts([("Asked by", words(head["asked_by"])), ("Asked on", day(head["made_on"])), *facts])


def _asked(value: Any) -> str:
    """What was asked as it was typed: documents as JSON, cut where they are long."""
    return words(canonical_json(value).decode() if isinstance(value, dict | list) else value, 200)


def picture(chart: Mapping[str, Any]) -> Picture:
    """A part's chart for paper. Kinds: intervals, curves, histogram, waterfall."""
    return _DRAWN[chart["kind"]](chart)


def _said(unit: str) -> Callable[[float], str]:
    return {"percent": percent, "money": lambda value: f"{value:,.0f}"}.get(unit, short)


def _intervals(chart: Mapping[str, Any]) -> Picture:
    rows = [
        Reading(
            words(row["label"], 60), row["value"], row["low"], row["high"], "lead" if row["tone"] == "fail" else "sea"
        )
        for row in chart["rows"]
    ]
    limit = chart.get("limit")
    marks = [Mark(limit["value"], words(limit["label"], 40))] if limit else []
    return dots(rows, marks=marks, wording=_said(chart["unit"]), zero=not chart.get("signed"))


def _curves(chart: Mapping[str, Any]) -> Picture:
    lines = [
        Curve(
            words(one["label"], 40),
            [Point(float(x), float(y)) for x, y in one["points"]],
            COLOURS[place % len(COLOURS)],
            place > 0,
        )
        for place, one in enumerate(chart["series"])
    ]
    said = {
        "percent": percent_short,
        "money": lambda value: f"{value / 1e6:,.3g}m" if value >= 1e6 else f"{value:,.0f}",
    }
    return curves(
        lines,
        height=190.0,
        wording=said.get(chart["y_unit"], short),
        x_wording=said.get(chart["x_unit"], short),
        name=words(chart["y_name"], 60),
        axis=words(chart["x_name"], 60),
        powers=bool(chart.get("log_y")),
    )


def _histogram(chart: Mapping[str, Any]) -> Picture:
    return histogram(chart["edges"], chart["counts"], name=words(chart["x_name"], 80))


def _waterfall(chart: Mapping[str, Any]) -> Picture:
    steps = [
        Step(words(step["label"], 60), float(step["value"]), f"{step['value']:,.2f}", bool(step["total"]))
        for step in chart["steps"]
    ]
    return waterfall(steps)


_DRAWN: dict[str, Callable[[Mapping[str, Any]], Picture]] = {
    "intervals": _intervals,
    "curves": _curves,
    "histogram": _histogram,
    "waterfall": _waterfall,
}
