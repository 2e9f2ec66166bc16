"""Saliency: for a model of pictures, which patches its answers rest on, and whether such a map may be believed."""

from core.pdf import charts
from core.pdf.charts.scale import brief, signed
from core.pdf.document import Document, see
from core.pdf.figures import general, share, whole
from core.pdf.tables import Column, Row
from core.pdf.text import Span, shown
from reports.quarterly.caged import is_held
from reports.quarterly.exhibits import MOST_ROWS, check_table, heading, sentences
from reports.quarterly.own_tables import audit_table
from reports.quarterly.pictures import Line, examples_seen, facts_of_saliency, mean_seen, strongest
from reports.quarterly.reading import Source, checks, family_table, look, number, records_of

SALIENCY = (
    "A saliency map covers one patch of a picture after another and notes how far the model's support for its own "
    "answer falls. It shows what the model leans on in that picture. It is no cause, and no proof that the model is "
    "right; where the map stays with the weights at random, it says nothing of the model at all."
)
MOST_PATCHES = 5  # of one table


def saliency(doc: Document, report: Source) -> None:
    """The checks first, then the mean map, single pictures, the curve, and how it was made."""
    section = look(report, "audit.sections.saliency", {})
    if not isinstance(section, dict) or family_table(report, "saliency", "method") is None:
        return
    facts = facts_of_saliency(section)
    doc.section("saliency", "Saliency of pictures")
    doc.note("Attribution, not cause")
    doc.say(SALIENCY)
    doc.say(
        f"{whole(number(facts.get('pictures')) or 0)} pictures were explained. ",
        sentences(checks(report, "saliency")),
    )
    mean_map(doc, section)
    if not is_held(report):
        for line, seen in examples_seen(section):
            example(doc, line, seen)
    curve(doc, report)
    certainty(doc, report)


def mean_map(doc: Document, section: Source) -> None:
    """Where in a picture covering moves the answer, on average over all explained ones."""
    seen = mean_seen(section)
    if seen is None:
        return
    lead = (
        "How far covering a patch moves the model's support, whichever way, on average over all explained pictures: "
        "where in a picture it looks."
    )
    picture = charts.saliency(seen, units="mean size of the change")
    doc.figure("figure-saliency", "Where in a picture the answers rest", picture, lead)
    patch_table(doc, "table-saliency", "The patches that matter most, over all explained pictures", seen, signs=False)


def example(doc: Document, line: Line, seen: charts.Seen) -> None:
    """One picture with its map."""
    name, units = shown(line.get("example"), 12), shown(line.get("units"), 40)
    level, base = number(line.get("support")), number(line.get("base"))
    lead = f"The model's support for its answer is {said(level)} in {units}"
    lead += "." if base is None else f"; for a picture that is covered as a whole it is {said(base)}."
    caption = f"Row {shown(line.get('row'), 20)}: what speaks for the answer, and what against it"
    doc.figure(f"figure-saliency-{name}", caption, charts.saliency(seen, units=units), lead)
    patch_table(doc, f"table-saliency-{name}", f"Row {shown(line.get('row'), 20)}: the strongest patches", seen)


def said(value: float | None) -> str:
    """A figure with its sign, or a dash."""
    return "–" if value is None else signed(value)


def patch_table(doc: Document, key: str, caption: str, seen: charts.Seen, *, signs: bool = True) -> None:
    """The strongest patches by their place; counted from the upper left corner."""
    moved = "Support falls by" if signs else "Support moves by"
    columns = [Column("Line", True), Column("Place in it", True), Column("Pixels"), Column(moved, True)]
    rows = [
        Row((whole(row), whole(column), pixels(seen, row, column), signed(value) if signs else brief(value)))
        for row, column, value in strongest(seen, MOST_PATCHES)
    ]
    doc.table(key, caption, columns, rows)


def pixels(seen: charts.Seen, row: int, column: int) -> str:
    """ "8 to 15 down, 0 to 7 across"."""
    down, across = ((place - 1) * seen.edge for place in (row, column))
    last_down, last_across = min(down + seen.edge, seen.height) - 1, min(across + seen.edge, seen.width) - 1
    return f"{down} to {last_down} down, {across} to {last_across} across"


def curve(doc: Document, report: Source) -> None:
    """What is left of the support while more and more of the picture is covered."""
    lines = records_of(family_table(report, "saliency", "deletion"))
    if not lines:
        return
    doc.say(
        "A map that is worth something foretells: patches that it calls strong, covered first, take the support away "
        "faster than patches in random order."
    )
    columns = [Column("Covered"), Column("Support, by the map", True), Column("Support, at random", True)]
    rows = [
        Row(
            (
                share(line.get("share covered")),
                said(number(line.get("by the map"))),
                said(number(line.get("at random"))),
            )
        )
        for line in lines[:MOST_ROWS]
    ]
    doc.table("table-deletion", "Mean support as patches are covered", columns, rows)


def certainty(doc: Document, report: Source) -> None:
    """The checks, what the maps were compared with, and what makes them again."""
    doc.part("saliency-certainty", "Whether the maps may be believed", need=90)
    doc.say(
        "Maps were made again with other fillers, and of copies of the model whose weights changed places at random."
    )
    check_table(doc, "table-saliency-checks", "Checks of the maps", checks(report, "saliency"))
    compared = family_table(report, "saliency", "agreement")
    if compared:
        audit_table(doc, "table-saliency-agreement", "Agreement of the maps with others", compared)
    doc.say("What makes the maps again stands in ", see("table-saliency-method"), ".", size=7.6, colour="slate")
    lines = records_of(family_table(report, "saliency", "method"))
    rows = [
        Row((Span(heading(shown(line.get("what"), 80)), "regular", "slate"), fact(line.get("what"), line.get("value"))))
        for line in lines[:MOST_ROWS]
    ]
    doc.table("table-saliency-method", "How the maps were made", [Column("What", most=170), Column("Value")], rows)


def fact(name: object, value: object) -> str:
    """A fact of the method; a seed without commas."""
    counted = isinstance(value, int | float) and name != "seed"
    return general(value) if counted else shown(value, 200)
