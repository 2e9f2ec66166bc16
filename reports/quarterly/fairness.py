"""Fairness: one part per registered attribute, gaps with intervals, and an annex in the style of Local Law 144.

Groups keep their colour through the whole section.
"""

from collections.abc import Sequence

from core.pdf import charts
from core.pdf.document import Document, see
from core.pdf.figures import share, whole
from core.pdf.palette import GroupColours
from core.pdf.tables import Cell, Column, Row
from core.pdf.text import Span, shown
from reports.quarterly import bias, impact
from reports.quarterly.exhibits import MOST_BARS, MOST_ROWS, check_table, probability, rest_line, sentences
from reports.quarterly.measures import bound
from reports.quarterly.rates import RATES, GroupRate, group_rates
from reports.quarterly.reading import (
    Source,
    cell,
    checks,
    column,
    dimension,
    is_laboratory,
    number,
    section_tables,
)

GAPS = ": gaps"
LARGE = 100  # rows; the sentence names no group of fewer
MOST_ATTRIBUTES = 4  # groupings in the body of a laboratory's paper
MOST_SHORT, WHOLE = 4, "every"  # rows in the body of a laboratory's paper; keys of the tables in its appendix
CHARTED = ("Favourable decisions", "False-positive rate", "False-negative rate", "Harmful error")


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
    for name, table in tables[:MOST_ATTRIBUTES] if is_laboratory(report) else tables:
        attribute(doc, report, name, table, colours)
    if is_laboratory(report) and len(tables) > MOST_ATTRIBUTES:
        doc.say(f"{len(tables) - MOST_ATTRIBUTES} further groupings: ", see("every-table"), ".")
    bias.bias(doc, report)
    if not is_laboratory(report):
        impact.annex(doc, report, tables)


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


def attribute(doc: Document, report: Source, name: str, table: Source, colours: GroupColours) -> None:
    """Dots with intervals for the rates of one attribute, then its tables; short where an appendix has them whole."""
    said = shown(name, 60).replace("_", " ")
    short = is_laboratory(report)
    doc.part(f"fairness-{name}", f"By {said}", need=150)
    group_chart(doc, name, said, table, colours)
    if short:
        doc.say("The figures of the chart: ", see(f"{WHOLE}-{name}-rates"), ".", size=7.4, colour="slate")
    else:
        rates_table(doc, name, said, table)
        selection_table(doc, name, said, table)
    gaps = gap_rows(report, name)
    if gaps:
        gap_table(doc, name, said, gaps, MOST_SHORT if short else MOST_ROWS)


def whole_tables(doc: Document, report: Source) -> None:
    """The tables of every attribute in full, for the appendix of a laboratory's audit."""
    for name, table in group_tables(report):
        said = shown(name, 60).replace("_", " ")
        rates_table(doc, name, said, table, WHOLE)
        selection_table(doc, name, said, table)
        gaps = gap_rows(report, name)
        if gaps:
            gap_table(doc, name, said, gaps, MOST_ROWS, WHOLE)


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
    large = [rate for rate in known if rate.n >= LARGE]
    low, high = (large if len(large) > 1 else known)[0], (large if len(large) > 1 else known)[-1]
    of = f"of groups with {LARGE} rows or more, " if 1 < len(large) < len(known) else ""
    return (
        f"{heading}: {of}lowest {share(low.value)} ({low.group}, {low.n:,} rows), highest {share(high.value)} "
        f"({high.group}, {high.n:,} rows). Groups stand in this order in every panel."
    )


def rates_table(doc: Document, name: str, said: str, table: Source, key: str = "table") -> None:
    """Groups down, rates across; each cell has the rate, its interval, and k of n."""
    kept = {heading: rates for heading in RATES if (rates := group_rates(table, heading))}
    if not kept:
        return
    columns = [Column("Group"), *(Column(heading) for heading in kept)]
    lines = [[rates[index] for rates in kept.values()] for index in range(len(table["rows"]))]
    lines = [line for line in lines if any(rate.n for rate in line)]
    lines.sort(key=lambda line: (line[0].value is None, line[0].value or 0.0, line[0].group))
    rows = [Row((line[0].group, *(rate_cell(rate) for rate in line))) for line in lines[:MOST_ROWS]]
    doc.table(f"{key}-{name}-rates", f"Rates by {said}: share, interval, k of n", columns, rows)
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
        probability(at("p")),
        shown(cell(row, column(table, "p method")), 60) or "–",
        "–" if at("shortfall") is None else f"{(at('shortfall') or 0) * 100:.1f}",
    )
    return Row(cells)


def gap_table(doc: Document, name: str, said: str, table: Source, most: int, key: str = "table") -> None:
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
    for row in ordered[:most]:
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
                    probability(seen["p Holm"]),
                )
            )
        )
    short = most < len(ordered) and most != MOST_ROWS
    beside = (f"  ({most} of {len(ordered):,} rows, all in ", see(f"{WHOLE}-{name}-gaps"), ")") if short else ()
    caption = f"Gaps by {said}: each eligible group against all others, worst first"
    doc.table(f"{key}-{name}-gaps", caption, columns, rows, 9, beside)
    if not short:
        rest_line(doc, len(ordered))
