"""Fairness: one part per registered attribute, gaps with intervals, and an annex in the style of Local Law 144.

Groups keep their colour through the whole section.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audits.engine.groups import NOT_STATED
from core.pdf import charts
from core.pdf.document import Document
from core.pdf.figures import share, whole
from core.pdf.palette import GroupColours
from core.pdf.tables import Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.exhibits import MOST_BARS, MOST_ROWS, check_table, rest_line, sentences
from reports.quarterly.measures import bound
from reports.quarterly.reading import Source, cell, checks, column, dimension, look, number, section_tables
from reports.quarterly.scope import INDEPENDENCE

GAPS = ": gaps"
# heading -> how the audit names the rate's value, its interval, and its counts
RATES = {
    "Favourable decisions": ("selection rate", "selection", "favourable", "n"),
    "False-positive rate": ("FPR value", "FPR", "FPR k", "FPR n"),
    "False-negative rate": ("FNR value", "FNR", "FNR k", "FNR n"),
    "True-positive rate": ("TPR value", "TPR", "TPR k", "TPR n"),
    "Predictive value": ("PPV value", "PPV", "PPV k", "PPV n"),
    "Harmful error": ("harmful error value", "harmful error", "harmful error k", "harmful error n"),
}
CHARTED = ("Favourable decisions", "False-positive rate", "False-negative rate", "Harmful error")


@dataclass(frozen=True, slots=True)
class GroupRate:
    """One rate of one group with its interval and counts."""

    group: str
    value: float | None
    low: float | None
    high: float | None
    k: int
    n: int


def fairness(doc: Document, report: Source) -> None:
    """The priced gap, the checks, each attribute's groups, and the annex."""
    found, seen, tables = checks(report, "fairness"), dimension(report, "gap"), group_tables(report)
    if not tables and seen.get("state") != "measured":
        return
    doc.section("fairness", "Fairness between groups")
    priced_gap(doc, seen, report)
    doc.say(sentences(found))
    if found:
        check_table(doc, "table-fairness", "Fairness, worst first", found)
    colours = GroupColours()
    for name, table in tables:
        attribute(doc, report, name, table, colours)
    annex(doc, report, tables)


def priced_gap(doc: Document, seen: Source, report: Source) -> None:
    """Which gap the price reads, and between whom."""
    if seen.get("state") != "measured":
        bound(doc, report, "gap", "gap")
        return
    doc.note(f"u {shown(seen.get('u'), 20)}")
    metric = shown(seen.get("metric"), 60).replace("_", " ")
    doc.say(
        f"The price reads the gap in {metric} by {shown(seen.get('attribute'), 60)}: "
        f"{shown(seen.get('group'), 60)} ({whole(seen.get('n_group'))} rows) against all other eligible rows "
        f"({whole(seen.get('n_rest'))}), point {shown(seen.get('point'), 20)}, "
        f"prudent bound u = {shown(seen.get('u'), 20)}."
    )


def group_tables(report: Source) -> list[tuple[str, Source]]:
    """The audit's tables of groups, one per attribute or intersection."""
    found = section_tables(report, "fairness")
    return [(name, table) for name, table in found if column(table, "group") == 0]


def gap_rows(report: Source, name: str) -> Source | None:
    """The audit's table of gaps of one attribute."""
    return next((table for other, table in section_tables(report, "fairness") if other == name + GAPS), None)


def group_rates(table: Source, heading: str) -> list[GroupRate]:
    """A rate of every group of a table; empty when the table has no such rate."""
    value, stem, hits, total = RATES[heading]
    places = [column(table, name) for name in (value, f"{stem} low", f"{stem} high", hits, total)]
    if places[0] is None:
        return []
    made = []
    for row in table["rows"]:
        rate, low, high, k, n = (number(cell(row, place)) for place in places)
        made.append(GroupRate(shown(row[0], 60), rate, low, high, int(k or 0), int(n or 0)))
    return made if any(item.value is not None for item in made) else []


def attribute(doc: Document, report: Source, name: str, table: Source, colours: GroupColours) -> None:
    """Dots with intervals for the rates of one attribute, then its tables."""
    said = shown(name, 60).replace("_", " ")
    doc.part(f"fairness-{name}", f"By {said}", need=150)
    group_chart(doc, name, said, table, colours)
    rates_table(doc, name, said, table)
    selection_table(doc, name, said, table)
    gaps = gap_rows(report, name)
    if gaps:
        gap_table(doc, name, said, gaps)


def group_chart(doc: Document, name: str, said: str, table: Source, colours: GroupColours) -> None:
    """One panel a rate over the same groups, the worst of the first rate on top; each group keeps its colour."""
    rates = {heading: group_rates(table, heading) for heading in CHARTED}
    kept = {heading: {rate.group: rate for rate in found} for heading, found in rates.items() if found}
    if not kept:
        return
    lead, first = next(iter(kept.items()))
    known = sorted(
        (rate for rate in first.values() if rate.n > 0 and rate.value is not None),
        key=lambda rate: (rate.value or 0, rate.group),
    )
    names = [rate.group for rate in known][:MOST_BARS]
    if not names:
        return
    shown_panels = [
        charts.Panel(
            heading, [charts.Dot(*(found[group].value, found[group].low, found[group].high)) for group in names]
        )
        for heading, found in kept.items()
    ]
    picture = charts.panels(names, [colours.of((name, group)) for group in names], shown_panels)
    doc.figure(f"figure-{name}", f"Rates by {said}, with intervals", picture, extremes(lead, known))


def extremes(heading: str, known: Sequence[GroupRate]) -> str:
    """The two ends in words."""
    if len(known) < 2:
        return "Only one group has rows, so there is nothing to compare."
    low, high = known[0], known[-1]
    return (
        f"{heading}: lowest {share(low.value)} ({low.group}, {low.n:,} rows), highest {share(high.value)} "
        f"({high.group}, {high.n:,} rows). Groups stand in this order in every panel."
    )


def rates_table(doc: Document, name: str, said: str, table: Source) -> None:
    """Groups down, rates across; each cell has the rate, its interval, and k of n."""
    kept = {heading: rates for heading in RATES if (rates := group_rates(table, heading))}
    if not kept:
        return
    columns = [Column("Group"), *(Column(heading) for heading in kept)]
    lines = [[rates[index] for rates in kept.values()] for index in range(len(table["rows"]))]
    lines = [line for line in lines if any(rate.n for rate in line)]
    lines.sort(key=lambda line: (line[0].value is None, line[0].value or 0.0, line[0].group))
    rows = [Row((line[0].group, *(rate_cell(rate) for rate in line))) for line in lines[:MOST_ROWS]]
    doc.table(f"table-{name}-rates", f"Rates by {said}: share, interval, k of n", columns, rows)
    rest_line(doc, len(lines))


def rate_cell(rate: GroupRate) -> tuple[Span, ...]:
    """ "44.9 %" over "42.9 to 46.8" over "805 of 1,795"."""
    if rate.value is None:
        return (Span("–"),)
    around = (
        f"\n{rate.low * 100:.1f}\u00a0to\u00a0{rate.high * 100:.1f}"
        if rate.low is not None and rate.high is not None
        else ""
    )
    return Span(share(rate.value), "bold"), Span(f"{around}\n{rate.k:,}\u00a0of\u00a0{rate.n:,}", "regular", "slate")


def selection_table(doc: Document, name: str, said: str, table: Source) -> None:
    """Three answers beside each other: practical (ratio), statistical (z, p), economic (shortfall)."""
    ratio = column(table, "ratio to highest")
    if ratio is None or all(cell(row, ratio) is None for row in table["rows"]):
        return
    columns = [
        Column("Group"),
        Column("n", True),
        Column("Share", True),
        Column("Eligible"),
        Column("Ratio to highest (95 %)", True),
        Column("z", True),
        Column("p", True),
        Column("Test"),
        Column("Shortfall per 100", True),
    ]
    ordered = sorted(table["rows"], key=lambda row: (number(cell(row, ratio)) is None, number(cell(row, ratio)) or 0.0))
    doc.table(
        f"table-{name}-selection",
        f"Favourable decisions by {said} against the highest rate, lowest first",
        columns,
        [_selection_row(table, row) for row in ordered[:MOST_ROWS]],
    )
    rest_line(doc, len(ordered))


def _selection_row(table: Source, row: Sequence[object]) -> Row:
    def at(name: str) -> float | None:
        return number(cell(row, column(table, name)))

    ratio, low, high = at("ratio to highest"), at("ratio low"), at("ratio high")
    around = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    cells: tuple[Cell, ...] = (
        shown(row[0], 60),
        whole(int(at("n") or 0)),
        share(at("share") or 0),
        shown(cell(row, column(table, "eligible")), 20) or "–",
        "–" if ratio is None else f"{ratio:.4f}{around}",
        "–" if at("z") is None else f"{at('z'):.2f}",
        "–" if at("p") is None else f"{at('p'):.2g}",
        shown(cell(row, column(table, "p method")), 60) or "–",
        "–" if at("shortfall") is None else f"{(at('shortfall') or 0) * 100:.1f}",
    )
    return Row(cells)


def gap_table(doc: Document, name: str, said: str, table: Source) -> None:
    """Every gap of every eligible group against all other eligible rows, with Holm's p."""
    places = {
        key: column(table, key)
        for key in ("rate", "group", "n", "value", "others n", "others value", "gap", "low", "high", "p Holm")
    }
    ordered = sorted(table["rows"], key=lambda row: -(number(cell(row, places["high"])) or 0.0))
    columns = [
        Column("Rate"),
        Column("Group"),
        Column("Gap in points (interval)", True),
        Column("Group's rate, n", True),
        Column("Others' rate, n", True),
        Column("p (Holm)", True),
    ]
    rows = []
    for row in ordered[:MOST_ROWS]:
        seen = {key: cell(row, place) for key, place in places.items()}
        gap, low, high = (f"{(number(seen[key]) or 0) * 100:.1f}" for key in ("gap", "low", "high"))
        rows.append(
            Row(
                (
                    shown(seen["rate"], 60),
                    shown(seen["group"], 60),
                    f"{gap} ({low} to {high})",
                    f"{share(seen['value'])}, {whole(seen['n'])}",
                    f"{share(seen['others value'])}, {whole(seen['others n'])}",
                    "–" if number(seen["p Holm"]) is None else f"{number(seen['p Holm']):.2g}",
                )
            )
        )
    doc.table(
        f"table-{name}-gaps", f"Gaps by {said}: each eligible group against all others, worst first", columns, rows
    )
    rest_line(doc, len(ordered))


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
