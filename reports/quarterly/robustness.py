"""Robustness: the declared disturbances, how many decisions each one turns over, and the worst, which is priced."""

from core.pdf import charts
from core.pdf.document import Document
from core.pdf.figures import share, whole
from core.pdf.tables import Cell, Column, Row
from core.pdf.text import Span, shown
from reports.quarterly import beyond
from reports.quarterly.exhibits import MOST_BARS, MOST_ROWS, check_table, interval_words, limit_marks, rest_line
from reports.quarterly.folding import flips_folded
from reports.quarterly.measures import bound
from reports.quarterly.own_tables import audit_table
from reports.quarterly.reading import Source, checks, dimension, family_table, has_figures, number, records_of

Line = dict[str, object]
NO_SEARCH = "No search for weak spots was made: that would be no draw, and never a pass."


def robustness(doc: Document, report: Source) -> None:
    """The catalogue first, then flips per family with their intervals, then the columns that did it."""
    table = family_table(report, "robustness", "families")
    if table is None or not has_figures(report, "robustness", "robustness"):
        return
    doc.section("robustness", "Robustness")
    bound(doc, report, "robustness", "flips, of the family with most of them")
    lines = sorted(records_of(table), key=most_flips)
    doc.say(
        "One seeded disturbance a row and family, declared before the data were seen; a flip is a decision that turns "
        f"over. {worst_words(lines)}{NO_SEARCH if not beyond.of(report, 'robustness.adversarial') else ''}"
    )
    flips(doc, report, lines)
    touched = family_table(report, "robustness", "columns")
    if touched:
        audit_table(
            doc, "table-flip-columns", "Rows touched and flips by column, most flips first", flips_folded(touched)
        )
    check_table(doc, "table-robustness", "Robustness, worst first", checks(report, "robustness"))
    beyond.slips(doc, report)


def most_flips(line: Line) -> float:
    """Sort key: most flips first, families that do not apply last."""
    rate = number(line.get("rate"))
    return 1.0 if rate is None else -rate


def worst_words(lines: list[Line]) -> str:
    """The family that the price reads, in words."""
    if not lines or number(lines[0].get("rate")) is None:
        return ""
    worst = lines[0]
    return (
        f"Of {whole(worst.get('rows'))} decisions {whole(worst.get('flipped'))} flip in the worst family, "
        f"{shown(worst.get('family'), 60)}. "
    )


def flips(doc: Document, report: Source, lines: list[Line]) -> None:
    """Bars with intervals, and the catalogue as a table."""
    found = checks(report, "robustness")
    failed = {shown(item.get("subject"), 60) for item in found if item.get("verdict") == "fail"}
    rows = [reading_of(line, failed) for line in lines[:MOST_BARS] if number(line.get("rate")) is not None]
    lead = (
        "The family with most flips is the one that the price reads; the interval is two-sided, the priced bound "
        "one-sided. Red is outside its limit."
    )
    picture = charts.bars(rows, marks=limit_marks(found), axis="share of decisions that flip")
    doc.figure("figure-robustness", "Decisions that flip, by family", picture, lead)
    columns = [
        Column("Family"),
        Column("What is done to a row", most=210),
        Column("Flipped (interval)", True),
        Column("k", True),
        Column("n", True),
    ]
    priced = shown(dimension(report, "robustness").get("family"), 60)
    caption = "The catalogue of disturbances, most flips first"
    doc.table("table-families", caption, columns, [family_row(line, priced) for line in lines[:MOST_ROWS]])
    rest_line(doc, len(lines))
    seeds = sorted({shown(line.get("seed"), 24) for line in lines})
    doc.say(f"Seed: {', '.join(seeds)}.", size=7.4, colour="slate")


def reading_of(line: Line, failed: set[str]) -> charts.Reading:
    """One bar: the share of flips with its interval, red where the family is outside its limit."""
    name = shown(line.get("family"), 60)
    rate, low, high = (number(line.get(key)) for key in ("rate", "low", "high"))
    return charts.Reading(name, rate, low, high, "lead" if name in failed else "sea")


def family_row(line: Line, priced: str) -> Row:
    """One family; the one whose flips the price reads says so."""
    name = shown(line.get("family"), 60)
    named: Cell = (Span(name), Span(" (priced)", "regular", "slate")) if name == priced else name
    rate, low, high = (line.get(key) for key in ("rate", "low", "high"))
    said = "–" if number(rate) is None else interval_words(rate, low, high, share)
    return Row(
        (
            named,
            shown(line.get("what is done"), 400),
            said,
            "–" if line.get("flipped") is None else whole(line.get("flipped")),
            whole(line.get("rows")),
        )
    )
