"""Parts that the laboratory adds to sections that stood before: the tail, searched slices, groups, alarms, slips."""

from core.pdf import charts
from core.pdf.charts.rows import Mark
from core.pdf.document import Document
from core.pdf.figures import general
from core.pdf.shapes import Picture
from core.pdf.text import shown
from reports.quarterly.choosing import chosen, falling, pick
from reports.quarterly.exhibits import sentences
from reports.quarterly.reading import Source, checks, family_table, look, number, records_of

TAIL = ("performance.worst_mean", "performance.worst_from", "performance.worst_share", "performance.largest_loss")
SEARCHED = ("slices.confirmed", "slices.found_worst")
MOST_GROUPS = 6
ALARM_BLOCKS = 8  # on paper: those up to the alarm, else the last


def of(report: Source, *ids: str) -> list[Source]:
    """These checks, worst first, without those that were not run."""
    return [item for item in checks(report) if item.get("id") in ids and item.get("verdict") != "not_run"]


def tail(doc: Document, report: Source) -> None:
    """The worst per cent: where claims come from."""
    if not of(report, *TAIL):
        return
    doc.part("tail", "The worst decisions", need=90)
    doc.say(
        "A model that is right 99 times in 100 is claimed on for the hundredth. ",
        sentences(of(report, *TAIL), 3),
    )
    picks = [
        pick("Figure", "figure"),
        pick("Of", "of"),
        pick("Value (interval)", "value", "low", "high", kind="figure"),
        pick("Rows needed", "rows needed", kind="count"),
    ]
    chosen(doc, report, ("performance", "tail"), "Losses of the worst decisions", picks)
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("In the tail", "k in the tail", "n", kind="of"),
        pick("Share of the tail", "share of the tail", kind="share"),
        pick("Share of all rows", "share of rows", kind="share"),
        pick("p (Holm)", "Holm p", kind="p"),
    ]
    order = falling("rate")
    chosen(doc, report, ("performance", "tail_groups"), "Who bears the worst decisions", picks, order=order, most=4)


def was_searched(report: Source) -> bool:
    """Whether a search had slices to tell of."""
    return bool(of(report, *SEARCHED)) and family_table(report, "slices", "searched_slices") is not None


def searched(doc: Document, report: Source) -> None:
    """Slices found on one half and confirmed on the other."""
    if not was_searched(report):
        return
    doc.part("searched", "Slices found by search", need=90)
    doc.say(
        "Combinations that nobody registered were looked for on one half of the rows and counted anew on the other. A "
        "confirmed one is a finding and a referral, never a price. ",
        sentences(of(report, *SEARCHED), 2),
    )
    picks = [
        pick("Slice", "slice"),
        pick("Harmful", "k", "n", kind="of"),
        pick("Rate (interval)", "rate", "low", "high", kind="share"),
        pick("Other rows", "rest rate", kind="share"),
        pick("p (Holm)", "Holm p", kind="p"),
        pick("Confirmed", "confirmed"),
    ]
    caption = "Slices found by search, counted on the half that did not find them"
    chosen(doc, report, ("slices", "searched_slices"), caption, picks, most=6)


def by_group(doc: Document, report: Source) -> None:
    """Whether what is stated comes true in every group."""
    lines = records_of(family_table(report, "calibration", "groups"))
    if not lines:
        return
    doc.part("groups-stated", "Stated probabilities by group", need=120)
    doc.say(sentences(of(report, "calibration.by_group"), 1))
    picture = stated_picture(lines)
    if picture:
        lead = (
            "Each dot is how much more often the event came true than was stated, in points, with its interval (all "
            "groups together); nought is kept."
        )
        doc.figure("figure-calibration-groups", "What came true less what was stated, by group", picture, lead)
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("Rows", "rows", kind="count"),
        pick("Stated", "mean stated", kind="share"),
        pick("Came true (interval)", "observed", "low", "high", kind="share"),
        pick("Error at most", "ece at most", kind="share"),
    ]
    chosen(
        doc,
        report,
        ("calibration", "groups"),
        "Stated and observed by group, furthest first",
        picks,
        order=off_by,
        most=MOST_GROUPS,
    )


def off_by(line: Source) -> float:
    """Sort key: the group whose observed rate is furthest from the stated one first."""
    seen, stated = number(line.get("observed")), number(line.get("mean stated"))
    return 0.0 if seen is None or stated is None else -abs(seen - stated)


def stated_picture(lines: list[dict[str, object]]) -> Picture | None:
    """Observed less stated with its interval, furthest first."""
    rows = []
    for line in sorted(lines, key=off_by)[:MOST_GROUPS]:
        stated, seen, low, high = (number(line.get(name)) for name in ("mean stated", "observed", "low", "high"))
        if stated is None or seen is None:
            continue
        ends = (None, None) if low is None or high is None else (low - stated, high - stated)
        name = f"{shown(line.get('attribute'), 30)}: {shown(line.get('group'), 30)}"
        rows.append(charts.Reading(name, seen - stated, *ends))
    if not rows:
        return None
    words = "came true more often than stated"
    return charts.dots(rows, marks=[Mark(0.0, "kept", "slate")], axis=words, zero=True)


def changes(doc: Document, report: Source) -> None:
    """The alarm over time, what changed between the parts, and what was to be expected without outcomes."""
    alarm(doc, report)
    picks = [
        pick("Part", "part"),
        pick("Rows", "n", kind="count"),
        pick("Errors (interval)", "error rate", "error low", "error high", kind="share"),
        pick("Harmful (interval)", "harmful error", "harmful low", "harmful high", kind="share"),
        pick("AUC (interval)", "AUC", "AUC low", "AUC high", kind="figure"),
    ]
    chosen(doc, report, ("drift", "parts"), "Reference and later rows", picks)
    inputs(doc, report)
    picks = [
        pick("Rows", "rows"),
        pick("What", "what"),
        pick("Expected (interval)", "expected", "expected low", "expected high", kind="share"),
        pick("Came true (interval)", "realised", "realised low", "realised high", kind="share"),
        pick("With outcome", "with outcome", "n", kind="of"),
    ]
    caption = "Errors expected without outcomes, and those that came"
    chosen(doc, report, ("drift", "estimate"), caption, picks, most=2)


def inputs(doc: Document, report: Source) -> None:
    """How far inputs and scores moved: the later edition's table, else the first one's."""
    if family_table(report, "drift", "numbers"):
        picks = [
            pick("Column", "column"),
            pick("PSI (interval)", "PSI", "PSI low", "PSI high", kind="figure"),
            pick("KS (interval)", "KS", "KS low", "KS high", kind="figure"),
            pick("Mean move in deviations", "W1 in reference SD", kind="figure"),
            pick("p (Holm)", "p (Holm)", kind="p"),
        ]
        chosen(doc, report, ("drift", "numbers"), "Numbers that moved, most first", picks, order=falling("PSI"), most=6)
    else:
        picks = [
            pick("Column", "column"),
            pick("PSI (interval)", "PSI", "PSI low", "PSI high", kind="figure"),
            pick("KS", "KS", kind="figure"),
            pick("p", "KS p", kind="p"),
        ]
        chosen(doc, report, ("drift", "features"), "Columns that moved, most first", picks, order=falling("PSI"))
    picks = [
        pick("Column", "column"),
        pick("PSI (interval)", "PSI", "PSI low", "PSI high", kind="figure"),
        pick("V (interval)", "V", "V low", "V high", kind="figure"),
        pick("New values", "new values"),
        pick("p (Holm)", "p (Holm)", kind="p"),
    ]
    chosen(
        doc, report, ("drift", "categories"), "Categories that moved, most first", picks, order=falling("PSI"), most=6
    )


def alarm(doc: Document, report: Source) -> None:
    """The evidence after each block of labels, on a scale of powers, and the blocks around the alarm."""
    lines = records_of(family_table(report, "drift", "alarm"))
    found = of(report, "drift.alarm")
    if not lines or not found:
        return
    doc.part("alarm", "The alarm that may be looked at every week", need=150)
    doc.say(sentences(found, 1))
    limit = number(look(found[0], "limit.value"))
    picture = evidence_picture(lines, limit)
    if picture:
        lead = (
            "The line is the evidence against the baseline after each block of labels; under a model no worse than the "
            "baseline it reaches the dashed line in at most the filed share of years (Ville 1939). It starts anew each "
            "policy year."
        )
        doc.figure("figure-alarm", "Evidence that harmful errors rose (e-value)", picture, lead)
    told = around_alarm(lines)
    picks = [
        pick("Year", "year", kind="count"),
        pick("Block", "block", kind="count"),
        pick("From", "from"),
        pick("Harmful", "k", "n", kind="of"),
        pick("Share (interval)", "harmful error", "low", "high", kind="share"),
        pick("e-value", "e-value", kind="figure"),
        pick("Alarm", "alarm"),
    ]
    caption = f"Blocks of labels from {shown(told[0].get('from'), 20)} to {shown(told[-1].get('from'), 20)}"
    chosen(doc, report, ("drift", "alarm"), caption, picks, keep=around_alarm)


def around_alarm(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """The blocks that end with the first alarm, else the last ones."""
    rung = next((place for place, line in enumerate(lines) if line.get("alarm")), len(lines) - 1)
    end = min(len(lines), rung + 3)
    return lines[max(0, end - ALARM_BLOCKS) : end]


def evidence_picture(lines: list[dict[str, object]], limit: float | None) -> Picture | None:
    """e-value by block; a curve for each policy year, since it starts anew."""
    years: dict[object, list[charts.Point]] = {}
    ticks = []
    for place, line in enumerate(lines):
        value = number(line.get("e value"))
        if value is not None:
            years.setdefault(line.get("year"), []).append(charts.Point(place, value))
            ticks.append((float(place), shown(line.get("from"), 10)))
    if not years:
        return None
    made = [charts.Curve(f"year {general(year)}", points) for year, points in years.items()]
    marks = [] if limit is None else [Mark(limit, f"rings at {limit:g}")]
    return charts.curves(
        made, marks=marks, wording=general, name="e-value, by powers of ten", axis="first day of the block",
        powers=True, ticks=ticks,
    )  # fmt: skip


def slips(doc: Document, report: Source) -> None:
    """Slips that people and systems make, beyond what is priced; and what a search could flip."""
    if of(report, "robustness.slips", "robustness.jumps") and family_table(report, "robustness", "slips"):
        doc.part("slips", "Slips of people and systems", need=90)
        doc.say(
            "Further slips were drawn, one a row; they are findings, and only the catalogue above is priced. ",
            sentences(of(report, "robustness.slips", "robustness.jumps"), 2),
        )
        picks = [
            pick("Slip", "family"),
            pick("What is done to a row", "what is done"),
            pick("Flipped (interval)", "rate", "low", "high", kind="share"),
            pick("Rows", "rows", kind="count"),
            pick("Jumped", "jumped", kind="count"),
        ]
        caption = "Slips, most flips first"
        chosen(doc, report, ("robustness", "slips"), caption, picks, order=falling("rate"), most=6)
    search = of(report, "robustness.adversarial")
    if search:
        doc.part("search", "A search for changes that flip a decision", need=80)
        doc.say(sentences(search, 1))
        picks = [
            pick("Input", "input"),
            pick("May move by", "may move by"),
            pick("Part of a change that flips", "part of a change that flips", kind="count"),
        ]
        most = falling("part of a change that flips")
        chosen(doc, report, ("robustness", "adversarial_inputs"), "Inputs behind flips", picks, order=most, most=6)
