"""Certificate of insurance: one page, with the load line. It proves cover and changes nothing in the policy."""

from collections.abc import Mapping
from typing import Any

from core.pdf import flow, loadline
from core.pdf.document import Document, facts_grid
from core.pdf.figures import day, words
from core.pdf.tables import SIZE, Cell, Column, Grid, Row, Table
from core.pdf.text import Span, shown
from core.pdf.typeface import fit
from policies.paper.parts import ILLUSTRATIVE, NOTICE, Input, cover_facts, evidence, reading_of

MOST_MODELS = 6  # that keep the certificate on one page
WIDE, HALF, NAME = 310.0, 150.0, 150.0  # points of one line


def certificate(data: Mapping[str, Any]) -> bytes:
    """The certificate as PDF bytes, always one page; InputRefused when the input holds no policy."""
    given = Input(data, "Certificate of insurance")
    doc = given.start()
    doc.say(
        f"This certifies that, on {day(given.block('document').get('made_on'))}, the policy below covers the models "
        "listed. It is evidence of cover, confers no rights on its holder, and changes nothing in the policy.",
        after=6,
    )
    doc.facts([(name, line(value, WIDE)) for name, value in cover_facts(given)], after=6)
    load_lines(doc, given)
    doc.say(Span(NOTICE, "bold"), size=7.6, after=2)
    doc.say(
        "A score runs from 100 (carries little) to 0; it is derived from the priced risk, not from a promise. "
        f"{ILLUSTRATIVE} Whoever relies on this certificate should check with the insurer that the policy is "
        "still in force.",
        size=7.6,
        colour="slate",
    )
    return doc.build()


def line(value: object, room: float, face: str = "regular") -> Span:
    """One line of customer words; what does not fit ends in an ellipsis, the declarations have the whole."""
    return Span(fit(words(value), face, SIZE, room), face)


def load_lines(doc: Document, given: Input) -> None:
    """The lowest score as a load line, then every scheduled model in one line."""
    if not given.models:
        doc.say(Span("No model is scheduled: nothing is covered.", "bold", "lead"))
        return
    lowest = given.models[0]
    reading = reading_of(lowest)
    facts: list[tuple[str, Cell]] = [
        ("Model", line(lowest.get("name"), HALF)),
        ("Version", line(lowest.get("version"), HALF)),
        ("Load line", Span(loadline.words(reading), "bold")),
        ("Evidence", line(evidence(lowest), HALF)),
        ("Use class", line(lowest.get("use_class"), HALF)),
        ("Digest", Span(words(lowest.get("digest"), 80), "mono")),
    ]
    doc.add(flow.Place("load-line", "Load line"))
    if len(given.models) > 1:
        doc.say("The lowest load line of the scheduled models:", size=7.6, colour="slate", after=1)
    doc.add(flow.Beside(flow.Figure(loadline.load_line(reading, 200, 150)), Table(facts_grid(facts)), 206, 6))
    if len(given.models) > 1:
        doc.add(schedule(given))
        rest = len(given.models) - 1 - MOST_MODELS
        if rest > 0:
            doc.say(f"{rest:,} more models stand in the declarations.", size=7.6)


def schedule(given: Input) -> Table:
    """The other models, one line each."""
    rows = [
        Row(
            (
                line(f"{words(item.get('name'), 60)}, version {words(item.get('version'), 20)}", NAME),
                loadline.strip(reading_of(item)),
                loadline.words(reading_of(item)),
                shown(item.get("evidence_class"), 8) or "–",
            )
        )
        for item in given.models[1 : 1 + MOST_MODELS]
    ]
    return Table(
        Grid([Column("Other scheduled models"), Column("Load line"), Column("In words"), Column("Evidence")], rows), 6
    )
