"""Explanations: what the model's own answers rest on, over all rows, by group, and for single cases.

Every sentence attributes: an input pushes an answer up or down. None says that it causes anything.
"""

from typing import Any

from core.pdf import charts
from core.pdf.charts.scale import as_typed, brief, signed
from core.pdf.document import Document, see
from core.pdf.figures import general, share, whole
from core.pdf.tables import Column, Row
from core.pdf.text import Span, shown
from reports.quarterly import depth
from reports.quarterly.caged import is_held
from reports.quarterly.exhibits import MOST_ROWS, check_table, heading, rest_line, sentences
from reports.quarterly.own_tables import audit_table
from reports.quarterly.reading import (
    Source,
    checks,
    facts_of,
    family_table,
    is_laboratory,
    number,
    records_of,
    section_tables,
)

ATTRIBUTION = (
    "An attribution takes an answer apart: it says how far each input pushes it up or down from the average answer. "
    "It is no cause: it does not say what would happen to a person if an input were changed, nor that the model is "
    "right."
)
MOST_INPUTS = 20  # of the importance chart
MOST_SWARMS = 10
MOST_PUSHES = 12  # of one answer's chart; the rest is drawn as one push
BY = "by "
ALL_OTHERS = "all others"
OF_CLASS = "answer for class "
ALGORITHMS = {
    "exact path-dependent": "exactly from the trees (path-dependent)",
    "exact interventional": "exactly from the trees (interventional)",
    "sampling by permutation": "by sampling permutations of the inputs",
}


def explanations(doc: Document, report: Source) -> None:
    """Importance, the swarm, groups, single answers, reason codes, and how sure all of it is."""
    if family_table(report, "attribution", "importance") is None:
        return
    method = facts_of(family_table(report, "attribution", "method"))
    units = units_of(method)
    doc.section("explanations", "Explanations")
    doc.note("Attribution, not cause")
    doc.say(ATTRIBUTION)
    doc.say(how_sentence(method, units), sentences(checks(report, "attribution")))
    importance(doc, report, units)
    swarm(doc, report, units)
    if not is_laboratory(report):
        groups(doc, report)
    examples(doc, report, units)
    reasons(doc, report)
    certainty(doc, report)
    depth.depth(doc, report)


def units_of(method: Source) -> str:
    """What contributions are counted in; of a model of many classes, for which of them."""
    units = shown(method.get("units"), 40) or "units of the answer"
    said = str(method.get("explained output") or "")
    return f"{units} of class {shown(said.removeprefix(OF_CLASS), 60)}" if said.startswith(OF_CLASS) else units


def how_sentence(method: Source, units: str) -> str:
    """How the answers were taken apart, on how many rows, in which units."""
    said = shown(method.get("algorithm"), 80)
    how = ALGORITHMS.get(said, f"by {said or 'a method that is not stated'}")
    against = number(method.get("background rows"))
    compared = f", against {whole(int(against))} rows of the data as background" if against else ""
    return (
        f"{whole(method.get('rows explained') or 0)} rows were explained{compared}, {how}; contributions are in "
        f"{units}. "
    )


def importance(doc: Document, report: Source, units: str) -> None:
    """Mean size of each input's push with its interval, and the ranks that the rows allow."""
    lines = records_of(family_table(report, "attribution", "importance"))
    ranked = [made for line in lines[:MOST_INPUTS] if (made := ranked_of(line))]
    if not ranked:
        return
    lead = (
        f"{ranked[0].name} pushes hardest. The bar is the mean size of a push, the whisker its interval over rows; "
        "at the right the ranks that the same rows allow."
    )
    picture = charts.importance(ranked, axis=f"mean size of the contribution, {units}")
    doc.figure("figure-importance", "What the answers rest on", picture, lead)
    columns = [Column("Input"), Column("Mean size (interval)", True), Column("Share", True), Column("Rank", True)]
    rows = [importance_row(line) for line in lines[:MOST_ROWS]]
    doc.table("table-importance", f"Importance of the inputs, {units}", columns, rows)
    rest_line(doc, len(lines))


def ranked_of(line: Source) -> charts.Ranked | None:
    """One row of the chart; none where the audit has no figure."""
    value, rank = number(line.get("mean absolute")), number(line.get("rank"))
    if value is None or rank is None:
        return None
    low, high = (number(line.get(f"rank {end}")) for end in ("low", "high"))
    ends = (int(rank if low is None else low), int(rank if high is None else high))
    interval = number(line.get("low")), number(line.get("high"))
    return charts.Ranked(shown(line.get("feature"), 60), value, *interval, int(rank), *ends)


def importance_row(line: Source) -> Row:
    """ "duration", "0.450 (0.405 to 0.495)", "51.4 %", "1 (1 to 2)"."""
    size, low, high = (number(line.get(name)) for name in ("mean absolute", "low", "high"))
    around = f" ({brief(low)} to {brief(high)})" if low is not None and high is not None else ""
    ranks = f"{whole(line.get('rank'))} ({whole(line.get('rank low'))} to {whole(line.get('rank high'))})"
    said = "–" if size is None else f"{brief(size)}{around}"
    return Row((shown(line.get("feature"), 120), said, share(line.get("share")), ranks))


# the swarm


def swarm(doc: Document, report: Source, units: str) -> None:
    """Every explained case as a point, coloured by how high the input's value is; its table tells the spread."""
    cases: dict[str, list[charts.Bee]] = {}
    for line in records_of(family_table(report, "attribution", "beeswarm")):
        push = number(line.get("contribution"))
        if push is not None:
            bee = charts.Bee(push, number(line.get("position")))
            cases.setdefault(shown(line.get("feature"), 60), []).append(bee)
    if not cases:
        return
    sizes = mean_sizes(report)
    rows = [charts.Swarm(name, bees, sizes.get(name, "")) for name, bees in cases.items()][:MOST_SWARMS]
    ends = ("pushes the answer down", "pushes the answer up")
    axis = f"contribution to the answer, {units}"
    picture = charts.beeswarm(rows, axis=axis, ends=ends, figures="mean size")
    lead = (
        "Each point is one case: right of the line the input pushes that answer up, left of it down. Amber are high "
        "values of the input, blue low ones; rings have no order."
    )
    doc.figure("figure-beeswarm", "How the inputs push single answers", picture, lead)
    columns = [Column("Input"), *(Column(name, True) for name in ("Lowest", "Quarter", "Middle", "Three quarters"))]
    columns += [Column("Highest", True), Column("Cases", True), Column("Direction", True)]
    told = direction(report)
    rows_told = [spread_row(name, cases[name], told.get(name)) for name in [row.name for row in rows]]
    doc.table("table-beeswarm", f"Spread of the contributions, {units}", columns, rows_told, after=4)
    doc.say(
        "Direction is the rank correlation of value and contribution: +1 where higher values always push further up, "
        "−1 where they push further down; none for categories.",
        size=7.6,
        colour="slate",
    )


def mean_sizes(report: Source) -> dict[str, str]:
    """Input -> mean size of its push over all explained rows, as the table of importance prints it."""
    lines = records_of(family_table(report, "attribution", "importance"))
    sizes = ((line, number(line.get("mean absolute"))) for line in lines)
    return {shown(line.get("feature"), 60): brief(size) for line, size in sizes if size is not None}


def direction(report: Source) -> dict[str, float | None]:
    """Input -> rank correlation of its value with its contribution."""
    lines = records_of(family_table(report, "attribution", "direction"))
    return {shown(line.get("feature"), 60): number(line.get("spearman of value and contribution")) for line in lines}


def spread_row(name: str, bees: list[charts.Bee], told: float | None) -> Row:
    """Ends, quartiles, cases and direction of one input's contributions."""
    figures = [signed(value) for value in charts.five_numbers([bee.contribution for bee in bees])]
    return Row((name, *figures, whole(len(bees)), "–" if told is None else signed(told)))


# groups, single answers, reasons


GROUP_WORDS = {"feature": "input", "mean absolute": "mean size", "mean": "mean push"}


def groups(doc: Document, report: Source) -> None:
    """Whether the model leans on an input more for one group than for another."""
    for name, table in section_tables(report, "attribution"):
        if name.startswith(BY):
            said = shown(name.removeprefix(BY), 60).replace("_", " ")
            told = {**table, "columns": [GROUP_WORDS.get(column, column) for column in table["columns"]]}
            audit_table(doc, f"table-attribution-{name}", f"What the answers rest on, by {said}", told)


def examples(doc: Document, report: Source, units: str) -> None:
    """Single answers taken apart; there are none for rows that the insurer holds."""
    lines = records_of(family_table(report, "attribution", "examples"))
    if not lines or is_held(report):
        return
    doc.part("examples", "Single answers taken apart", need=200)
    doc.say("Filled arrows push the answer up, hollow ones down; the base is the average answer.")
    for line in lines[:1] if is_laboratory(report) else lines:
        example(doc, report, line, units)


def example(doc: Document, report: Source, line: Source, units: str) -> None:
    """One answer: why it was chosen, its waterfall, its table."""
    number_ = shown(line.get("example"), 12)
    parts = records_of(family_table(report, "attribution", f"example {number_}"))
    base = number(line.get("base"))
    if not parts or base is None:
        return
    level = base + sum(map(pushed, parts))
    decision = shown(line.get("decision"), 40)
    of_class = " for class" + units.partition(" of class")[2] if " of class" in units else ""
    caption = f"Row {shown(line.get('row'), 20)}, {shown(line.get('chosen because'), 80)}"
    lead = (
        f"The model answers {figure(line.get('answer'))}{of_class}; the decision is {decision}. In {units} the inputs "
        f"lead from the base {brief(base)} to {brief(level)}."
    )
    picture = charts.explanation(base, pushes_of(parts), level, axis=units, answer_words=f"this answer: {decision}")
    doc.figure(f"figure-example-{number_}", caption, picture, lead)
    columns = [Column("Input"), Column("Value"), Column(f"Contribution, {units}", True)]
    doc.table(f"table-example-{number_}", caption, columns, [part_row(part) for part in parts[:MOST_ROWS]])
    rest_line(doc, len(parts))


def pushes_of(parts: list[dict[str, Any]]) -> list[charts.Push]:
    """The largest pushes, and all others as one."""
    kept = [part for part in parts if part.get("feature") != ALL_OTHERS]
    most = MOST_PUSHES + 1 if len(kept) == MOST_PUSHES + 1 else MOST_PUSHES  # one alone keeps its name
    made = [charts.Push(shown(part.get("feature"), 60), worded(part), pushed(part)) for part in kept[:most]]
    rest = kept[most:] + [part for part in parts if part.get("feature") == ALL_OTHERS]
    return [*made, charts.Push(ALL_OTHERS, "", sum(map(pushed, rest)))] if rest else made


def figure(value: Any) -> str:
    """A number with four digits, or what stands in its place."""
    found = number(value)
    return shown(value, 60) if found is None else brief(found, 4)


def pushed(part: Source) -> float:
    """The contribution; nought where there is none."""
    return number(part.get("contribution")) or 0.0


def worded(part: Source) -> str:
    """The input's value; a missing one says so."""
    value = part.get("value")
    if value is None:
        return "missing"
    return shown(as_typed(value), 60)


def part_row(part: Source) -> Row:
    """One input of one answer."""
    value = "–" if part.get("feature") == ALL_OTHERS else worded(part)
    return Row((shown(part.get("feature"), 120), value, signed(pushed(part))))


def reasons(doc: Document, report: Source) -> None:
    """Reason codes: which inputs stand behind unfavourable decisions, as the model itself weighs them."""
    lines = records_of(family_table(report, "attribution", "reasons"))
    if not lines:
        return
    doc.part("reasons", "Reason codes", need=90)
    doc.say(
        "How often an input is among the four largest pushes towards the unfavourable decision. A reason code that "
        "the insured gives to people should be found here; the table says what the model leaned on, not whether that "
        "is lawful."
    )
    columns = [Column("Input"), Column("Unfavourable decisions", True), Column("Share", True)]
    rows = [
        Row((shown(line.get("feature"), 120), whole(line.get("unfavourable decisions")), share(line.get("share"))))
        for line in lines[:MOST_ROWS]
    ]
    doc.table("table-reasons", "Inputs behind unfavourable decisions", columns, rows)
    rest_line(doc, len(lines))


def certainty(doc: Document, report: Source) -> None:
    """The checks, the repeats on other rows, and the method, digest by digest."""
    doc.part("certainty", "How sure the explanations are", need=90)
    doc.say(
        "The order of the inputs was sought again on other rows. What makes the explanations again stands in ",
        see("every-attribution-method" if is_laboratory(report) else "table-attribution-method"),
        ".",
    )
    check_table(doc, "table-attribution", "Checks of the explanations", checks(report, "attribution"))
    repeats = family_table(report, "attribution", "stability")
    if repeats and not is_laboratory(report):
        audit_table(doc, "table-stability", "Rank correlation of each repeat with the whole", repeats)
    if not is_laboratory(report):
        method_table(doc, report)


def method_table(doc: Document, report: Source) -> None:
    """What makes the attribution again."""
    lines = (family_table(report, "attribution", "method") or {"rows": []})["rows"]
    rows = [Row((Span(heading(shown(line[0], 80)), "regular", "slate"), fact(*line[:2]))) for line in lines[:MOST_ROWS]]
    if rows:
        columns = [Column("What", most=130), Column("Value")]
        doc.table("table-attribution-method", "How the answers were taken apart", columns, rows)


def fact(name: Any, value: Any) -> Span:
    """A fact of the method; digests stand in the face of code, a seed without commas."""
    counted = isinstance(value, int | float) or value is None
    said = general(value) if counted and name != "seed" else shown(value, 200)
    return Span(said, "mono" if said.startswith("sha256:") else "regular")
