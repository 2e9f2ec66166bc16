"""Rates and impact ratios of an audit of the first editions; later ones print the legal annexes (legal.py)."""

from collections.abc import Sequence

from audits.engine.groups import NOT_STATED
from core.pdf.document import Document
from core.pdf.figures import share, whole
from core.pdf.tables import Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.rates import GroupRate, group_rates
from reports.quarterly.reading import Source, look
from reports.quarterly.scope import INDEPENDENCE


def annex(doc: Document, report: Source, tables: list[tuple[str, Source]]) -> None:
    """Rates and ratios to the highest rate, as a Local Law 144 summary lists them."""
    ready = [(name, rates) for name, table in tables if (rates := group_rates(table, "Favourable decisions"))]
    if not ready:
        return
    doc.part("annex", "Annex: rates and impact ratios", need=150)
    doc.say(
        "An impact ratio is a category's rate divided by the highest rate. It is a statistic: a ratio of 0.80 or "
        "more is not compliance, and a smaller one is no proof of unlawful treatment. ",
        Span(INDEPENDENCE, "bold"),
    )
    columns = [
        Column("Attribute"),
        Column("Category"),
        Column("Rows", True),
        Column("Share of rows", True),
        Column("Rate", True),
        Column("Impact ratio", True),
    ]
    caption = "Rates of the favourable decision and impact ratios, lowest first"
    doc.table("table-annex", caption, columns, [row for name, rates in ready for row in annex_rows(name, rates)])
    doc.say(
        f"Source of the data: {shown(look(report, 'dataset.source', 'not stated'), 400)}. Rows whose category is not "
        "stated are counted in a row of their own and not compared. Categories under 2 % of the rows are shown with "
        "their rate and left out of the ratios, for so few rows compare nothing.",
        size=7.6,
        colour="slate",
    )


def annex_rows(name: str, rates: Sequence[GroupRate]) -> list[Row]:
    """One row a category, the lowest ratio first; the reference is stated and has at least 2 % of the rows."""
    total = sum(rate.n for rate in rates) or 1
    stated = [rate for rate in rates if rate.group != NOT_STATED]
    large = [rate.group for rate in stated if rate.n >= 0.02 * total]
    highest = max((rate.value or 0.0 for rate in stated if rate.group in large), default=0.0)
    made = []
    for rate in sorted(rates, key=lambda item: (item.value is None, item.value or 0.0)):
        known = rate.value is not None and highest > 0
        ratio: Cell = f"{(rate.value or 0) / highest:.2f}" if known else verdict("cannot_tell")
        if rate.group not in large:
            ratio = "not compared" if rate.group == NOT_STATED else "under 2 %"
        said = "–" if rate.value is None else share(rate.value)
        made.append(
            Row((shown(name, 60).replace("_", " "), rate.group, whole(rate.n), share(rate.n / total), said, ratio))
        )
    return made
