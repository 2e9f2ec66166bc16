"""The measured sections: performance, slices, calibration, drift. Each begins with a sentence, the worst first."""

from dataclasses import dataclass

from core.pdf import charts
from core.pdf.charts.rows import Mark
from core.pdf.document import Document, see
from core.pdf.figures import share, whole
from core.pdf.shapes import Picture
from core.pdf.tables import Column, Row
from core.pdf.text import shown
from reports.quarterly import beyond
from reports.quarterly.exhibits import MOST_BARS, MOST_ROWS, check_table, interval_chart, rest_line, sentences
from reports.quarterly.own_tables import audit_tables
from reports.quarterly.reading import (
    Source,
    cell,
    checks,
    column,
    dimension,
    family_table,
    has_figures,
    look,
    number,
    section_tables,
)


def performance(doc: Document, report: Source) -> None:
    """The priced error first, then every rate with its denominator."""
    told = [item for item in checks(report, "performance") if item.get("id") not in beyond.TAIL]
    found = sorted(told, key=lambda item: item.get("id") != "performance.harmful_error")
    doc.section("performance", "Performance")
    if not found:
        doc.say("The audit holds no check of performance. ", see("table-untested"), " says what it costs.")
        return
    bound(doc, report, "error", "harmful errors")
    doc.say(sentences(found))
    picture = interval_chart(found, "share of the rows named in each check")
    if picture:
        doc.figure(
            "figure-performance",
            "Rates with their intervals",
            picture,
            "Each dot is a measured share, the bar its interval. Red failed its limit, amber cannot tell.",
        )
    check_table(doc, "table-performance", "Performance: the priced error, then the worst first", found)
    audit_tables(doc, report, "performance", ("confusion",))
    beyond.tail(doc, report)


def bound(doc: Document, report: Source, name: str, what: str) -> None:
    """The figure that the price reads: point, upper bound, counts."""
    seen = dimension(report, name)
    if seen.get("state") != "measured":
        doc.say(f"The price reads no figure here: {shown(seen.get('reason'), 300)} See ", see("table-untested"), ".")
        return
    counts = (
        f"{whole(seen['k'])} of {whole(seen.get('n'))} rows"
        if seen.get("k") is not None
        else f"{whole(seen.get('n'))} rows"
    )
    point = f"point {shown(seen.get('point'), 20)}, " if seen.get("point") is not None else ""
    doc.note(f"u {shown(seen.get('u'), 20)}")
    doc.say(f"Priced {what}: {counts}, {point}prudent bound u = {shown(seen.get('u'), 20)}.")


def slices(doc: Document, report: Source) -> None:
    """Pre-registered slices, worst first; then those that a search found."""
    rates = slice_rates(report)
    searched = beyond.was_searched(report)
    if rates or searched:
        doc.section("slices", "Slices" if searched else "Registered slices")
    if rates:
        registered(doc, report, rates)
    beyond.searched(doc, report)


def registered(doc: Document, report: Source, rates: list["SliceRate"]) -> None:
    """The slices registered before the data were seen."""
    found = [item for item in checks(report, "slices") if item.get("id") not in beyond.SEARCHED]
    doc.say("Slices registered before the data were seen, the worst first. ", sentences(found, 1))
    rows = [
        charts.Reading(f"{rate.slice}: {rate.value}", rate.share, rate.low, rate.high) for rate in rates[:MOST_BARS]
    ]
    pooled = number(look(report, "audit.dimensions.error.point"))
    marks = [Mark(pooled, "all rows", "slate")] if pooled is not None else []
    lead = f"The longest bar is {rows[0].name}; the dashed line is the rate of all audited rows."
    picture = charts.bars(rows, marks=marks, axis="share with the harmful error")
    doc.figure("figure-slices", "Harmful error by slice, with intervals", picture, lead)
    columns = [
        Column("Slice"),
        Column("Value"),
        Column("Harmful error (interval)", True),
        Column("k", True),
        Column("n", True),
    ]
    doc.table("table-slices", "Slices, worst first", columns, [rate.row() for rate in rates[:MOST_ROWS]])
    rest_line(doc, len(rates))
    if len(found) > 1:
        check_table(doc, "table-slices-checks", "What the audit says of the slices", found)


@dataclass(frozen=True, slots=True)
class SliceRate:
    """One value of one registered slice."""

    slice: str
    value: str
    share: float
    low: float | None
    high: float | None
    k: int
    n: int

    def row(self) -> Row:
        around = (
            f" ({self.low * 100:.1f} to {self.high * 100:.1f})"
            if self.low is not None and self.high is not None
            else ""
        )
        return Row((self.slice, self.value, f"{share(self.share)}{around}", whole(self.k), whole(self.n)))


def slice_rates(report: Source) -> list[SliceRate]:
    """All values of all slices, the highest rate first."""
    made = []
    for name, table in section_tables(report, "slices"):
        places = [column(table, key) for key in ("value", "harmful error", "low", "high", "k", "n")]
        if places[0] == 0 and places[1] is not None:
            for row in table["rows"]:
                rate, low, high, k, n = (number(cell(row, place)) for place in places[1:])
                if rate is not None:
                    made.append(
                        SliceRate(shown(name, 40), shown(row[0], 60), rate, low, high, int(k or 0), int(n or 0))
                    )
    return sorted(made, key=lambda item: (-item.share, item.slice, item.value))


def calibration(doc: Document, report: Source) -> None:
    """Reliability diagram and prudent ECE."""
    found = checks(report, "calibration")
    if not has_figures(report, "calibration", "ece"):
        return
    doc.section("calibration", "Calibration")
    bound(doc, report, "ece", "calibration error")
    doc.say(sentences(found))
    picture = reliability_picture(report)
    if picture:
        doc.figure(
            "figure-calibration",
            "What was forecast against what came true",
            picture,
            "A point on the dashed line came true as often as forecast; above it more often, below it less.",
        )
    check_table(doc, "table-calibration", "Calibration", found)
    audit_tables(
        doc, report, "calibration", ("bands",) if family_table(report, "calibration", "bands") else ("reliability",)
    )
    beyond.by_group(doc, report)


def reliability_picture(report: Source) -> Picture | None:
    """The reliability diagram, from the audit's own table of bins."""
    for _, table in section_tables(report, "calibration"):
        places = [
            column(table, *names) for names in (("mean score", "mean"), ("observed",), ("low",), ("high",), ("n",))
        ]
        if places[0] is not None and places[1] is not None:
            seen = [[number(cell(row, place)) for place in places] for row in table["rows"]]
            bins = [
                charts.Bin(f, o, low, high, int(n or 0))
                for f, o, low, high, n in seen
                if f is not None and o is not None
            ]
            return charts.reliability(bins) if bins else None
    return None


def drift(doc: Document, report: Source) -> None:
    """Outcome error over time, then the alarms on inputs and scores."""
    found = checks(report, "drift")
    if not has_figures(report, "drift", "drift"):
        return
    doc.section("drift", "Drift")
    slope(doc, report)
    doc.say(sentences([item for item in found if item.get("id") != "drift.alarm"]))
    picture = period_picture(report)
    if picture:
        doc.figure(
            "figure-drift",
            "Harmful error by period",
            picture,
            "The line is the share of harmful errors in each dated period, the band its interval.",
        )
    check_table(doc, "table-drift", "Drift, worst first", found)
    beyond.changes(doc, report)


def slope(doc: Document, report: Source) -> None:
    """The growth that the price reads."""
    seen = dimension(report, "drift")
    if seen.get("state") != "measured":
        doc.say(f"The price reads no slope here: {shown(seen.get('reason'), 300)} See ", see("table-untested"), ".")
        return
    doc.note(f"u {shown(seen.get('u'), 20)}")
    doc.say(
        f"Priced growth of the harmful error: {shown(seen.get('g'), 20)} a year "
        f"(standard error {shown(seen.get('se'), 20)}, {whole(seen.get('periods'))} periods, "
        f"{whole(seen.get('n'))} rows), prudent bound {shown(seen.get('u'), 20)} a year."
    )


def period_picture(report: Source) -> Picture | None:
    """The error by period, from the audit's own table of periods."""
    for _, table in section_tables(report, "drift"):
        name = column(table, "period", "quarter", "month")
        value = column(table, "error rate", "harmful error rate", "rate", "error", "harmful error", "share")
        if name is not None and value is not None:
            low, high = column(table, "low"), column(table, "high")
            points = [
                charts.Band(shown(cell(row, name), 12), *(number(cell(row, place)) for place in (value, low, high)))
                for row in table["rows"]
            ]
            return charts.trend(points[:120], name="harmful errors as a share of audited rows")
    return None
