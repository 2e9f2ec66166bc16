"""Robustness: the declared disturbances, how many decisions each one turns over, and the worst, which is priced."""

from core.pdf import charts
from core.pdf.document import Document
from core.pdf.figures import share, whole
from core.pdf.tables import Cell, Column, Row
from core.pdf.text import Span, shown
from reports.quarterly.exhibits import MOST_BARS, MOST_ROWS, audit_table, check_table, interval_words, rest_line
from reports.quarterly.measures import bound
from reports.quarterly.reading import Source, checks, dimension, family_table, has_figures, number, records_of

Line = dict[str, object]


def robustness(doc: Document, report: Source) -> None:
    """The catalogue first, then flips per family with their intervals, then the columns that did it."""
    table = family_table(report, "robustness", "families")
    if table is None or not has_figures(report, "robustness", "robustness"):
        return
    doc.section("robustness", "Robustness")
    bound(doc, report, "robustness", "flips, of the family with most of them")
    lines = sorted(records_of(table), key=lambda line: -(number(line.get("rate")) or 0.0))
    doc.say(
        "One seeded disturbance a row and family, declared before the data were seen; a flip is a decision that turns "
        f"over. {worst_words(lines)}No search for weak spots was made: that would be no draw, and never a pass."
    )
    flips(doc, report, lines)
    touched = family_table(report, "robustness", "columns")
    if touched:
        audit_table(doc, "table-flip-columns", "Rows touched and flips by column", touched)
    check_table(doc, "table-robustness", "Robustness, worst first", checks(report, "robustness"))


def worst_words(lines: list[Line]) -> str:
    """The family that the price reads, in words."""
    if not lines or number(lines[0].get("rate")) is None:
        return ""
    worst = lines[0]
    return (
        f"Of {whole(worst.get('rows'))} decisions {whole(worst.get('flipped'))} turn over in the worst family, "
        f"{shown(worst.get('family'), 60)}. "
    )


def flips(doc: Document, report: Source, lines: list[Line]) -> None:
    """Bars with intervals, and the catalogue as a table."""
    rows = [reading_of(line) for line in lines[:MOST_BARS]]
    lead = "The longest bar is the family that the price reads; its interval is two-sided, the priced bound one-sided."
    picture = charts.bars(rows, axis="share of decisions that turn over")
    doc.figure("figure-robustness", "Decisions that turn over, by family", picture, lead)
    columns = [
        Column("Family"),
        Column("What is done to a row"),
        Column("Flipped (interval)", True),
        Column("k", True),
        Column("n", True),
        Column("Seed", True),
    ]
    priced = number(dimension(report, "robustness").get("k"))
    caption = "The catalogue of disturbances, most flips first"
    doc.table("table-families", caption, columns, [family_row(line, priced) for line in lines[:MOST_ROWS]])
    rest_line(doc, len(lines))


def reading_of(line: Line) -> charts.Reading:
    """One bar: the share of flips with its interval."""
    rate, low, high = (number(line.get(name)) for name in ("rate", "low", "high"))
    return charts.Reading(shown(line.get("family"), 60), rate, low, high)


def family_row(line: Line, priced: float | None) -> Row:
    """One family; the one whose flips the price reads says so."""
    name = Span(shown(line.get("family"), 60))
    is_priced = priced is not None and number(line.get("flipped")) == priced
    named: Cell = (name, Span(" (priced)", "regular", "slate")) if is_priced else (name,)
    rate, low, high = (line.get(key) for key in ("rate", "low", "high"))
    said = "–" if number(rate) is None else interval_words(rate, low, high, share)
    return Row(
        (
            named,
            shown(line.get("what is done"), 400),
            said,
            whole(line.get("flipped")),
            whole(line.get("rows")),
            shown(line.get("seed"), 24),
        )
    )
