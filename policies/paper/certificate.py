"""Certificate of insurance: one page, with the load line. It proves cover on its date and changes nothing in the policy."""

from collections.abc import Mapping
from typing import Any

from core.pdf import flow, loadline
from core.pdf.document import Document, facts_grid
from core.pdf.figures import day, words
from core.pdf.tables import Cell, Column, Grid, Row, Table
from core.pdf.text import Span, shown
from policies.paper.parts import ILLUSTRATIVE, NOTICE, Input, cover_facts, evidence, reading_of

MOST_MODELS = 6  # that keep the certificate on one page


def certificate(data: Mapping[str, Any]) -> bytes:
    """The certificate as PDF bytes, always one page; InputRefused when the input holds no policy."""
    given = Input(data, "Certificate of insurance")
    doc = given.start()
    doc.say(
        f"This certifies that, on {day(given.block('document').get('made_on'))}, the policy below covers the models listed. It is "
        "evidence of cover, confers no rights on its holder, and changes nothing in the policy.", after=6,
    )  # fmt: skip
    doc.facts(cover_facts(given), after=6)
    load_lines(doc, given)
    doc.say(Span(NOTICE, "bold"), size=7.6, after=2)
    doc.say(
        f"A score runs from 100 (carries little) to 0; it is derived from the priced risk, not from a promise. {ILLUSTRATIVE} Whoever "
        "relies on this certificate should check with the insurer that the policy is still in force.", size=7.6, colour="slate",
    )  # fmt: skip
    return doc.build()


def load_lines(doc: Document, given: Input) -> None:
    """The lowest score as a load line, then every scheduled model in one line."""
    if not given.models:
        doc.say(Span("No model is scheduled: nothing is covered.", "bold", "lead"))
        return
    lowest = given.models[0]
    reading = reading_of(lowest)
    facts: list[tuple[str, Cell]] = [
        ("Model", f"{words(lowest.get('name'), 80)}, version {words(lowest.get('version'), 30)}"),
        ("Load line", Span(loadline.words(reading), "bold")),
        ("Evidence", evidence(lowest)),
        ("Use class", words(lowest.get("use_class"), 40)),
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
        Row((
            f"{words(item.get('name'), 60)}, version {words(item.get('version'), 20)}", loadline.strip(reading_of(item)),
            loadline.words(reading_of(item)), shown(item.get("evidence_class"), 8) or "–",
        ))
        for item in given.models[1 : 1 + MOST_MODELS]
    ]  # fmt: skip
    return Table(
        Grid([Column("Other scheduled models"), Column("Load line"), Column("In words"), Column("Evidence")], rows), 6
    )
