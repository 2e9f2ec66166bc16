"""Policy declarations: parties, period, money, the schedule of models, triggers, conditions, exclusions."""

from collections.abc import Mapping
from typing import Any

from core.pdf import loadline
from core.pdf.document import Document, see
from core.pdf.figures import day, decimal, money, share, words
from core.pdf.tables import Cell, Column, Row
from core.pdf.text import LONG, Span, shown
from policies.paper.clauses import ClauseText, sections
from policies.paper.parts import ILLUSTRATIVE, NOTICE, Input, cover_facts, evidence, reading_of

MOST_MODELS = 200


def declarations(data: Mapping[str, Any]) -> bytes:
    """The declarations as PDF bytes; InputRefused when the input holds no policy."""
    given = Input(data, "Policy declarations")
    doc = given.start()
    doc.say(Span(NOTICE, "bold", "lead"), after=6)
    doc.facts(cover_facts(given))
    premium(doc, given)
    models(doc, given)
    subjectivities(doc, given)
    for key, title, found in sections(given.listed("conditions"), given.listed("exclusions")):
        clause_section(doc, key, title, found)
    basis(doc, given)
    return doc.build()


def premium(doc: Document, given: Input) -> None:
    """Premium, each tax, total, instalments."""
    doc.section("premium", "Premium", need=130)
    policy, currency = given.policy, given.policy.get("currency")
    rows = [Row(("Premium", "–", money(policy.get("premium"))))]
    for tax in policy.get("taxes") or []:
        if isinstance(tax, dict):
            rows.append(Row((words(tax.get("name"), 80), share(tax.get("rate"), 2), money(tax.get("amount")))))
    rows.append(Row(("Total", "", money(policy.get("total"))), True))
    doc.table(
        "table-premium",
        "Premium, taxes and fees",
        [Column("Line"), Column("Rate", True), Column(words(currency, 8), True)],
        rows,
    )
    parts = policy.get("instalments") or []
    if parts:
        doc.table(
            "table-instalments",
            "Instalments",
            [Column("Instalment"), Column("Due"), Column(words(currency, 8), True)],
            [instalment(index, part) for index, part in enumerate(parts[:60], 1)],
        )


def instalment(index: int, part: Any) -> Row:
    """An instalment as an amount, or as a mapping with due date and amount."""
    if isinstance(part, dict):
        due = part.get("due") or part.get("due_on")
        return Row((str(index), day(due) if due else "as agreed", money(part.get("amount"))))
    return Row((str(index), "as agreed", money(part)))


def models(doc: Document, given: Input) -> None:
    """The schedule: only these versions are covered. The lowest score comes first."""
    doc.section("models", "Scheduled models", need=140)
    if not given.models:
        doc.say("No model is scheduled. Without a scheduled model this policy answers no claim.")
        return
    doc.say("Only the versions below are covered, each by its digest. The load line runs from 0 (left) to 100 (right).")
    columns = [
        Column("Model and version"),
        Column("Digest", face="mono", most=130),
        Column("Use class"),
        Column("Load line"),
        Column("Score", True),
        Column("Grade"),
        Column("Evidence"),
    ]
    doc.table(
        "table-models",
        "Schedule of models, lowest score first",
        columns,
        [model_row(item) for item in given.models[:MOST_MODELS]],
    )
    if len(given.models) > MOST_MODELS:
        doc.say(f"{len(given.models) - MOST_MODELS:,} more models stand in the record of the policy.")


def model_row(model: Mapping[str, Any]) -> Row:
    """One scheduled version."""
    name: Cell = (Span(words(model.get("name"), 120), "bold"), Span(f", version {words(model.get('version'), 40)}"))
    score = decimal(model.get("score"))
    return Row(
        (
            name,
            words(model.get("digest"), 90),
            words(model.get("use_class"), 40),
            loadline.strip(reading_of(model)),
            "–" if score is None else f"{score:f}",
            shown(model.get("grade"), 3) or "–",
            evidence(model),
        )
    )


def subjectivities(doc: Document, given: Input) -> None:
    """What must still be done, by when."""
    found = given.listed("subjectivities")
    if not found:
        return
    doc.section("subjectivities", "Subjectivities", need=130)
    doc.say("Cover is subject to the following. What is not met by its date is referred to the underwriter.")
    rows = []
    for item in found[:60]:
        body = item if isinstance(item, dict) else {"text": item}
        due = body.get("due") or body.get("due_on")
        text = body.get("text") or body.get("reason") or body.get("title")
        rows.append(Row((words(text, LONG), day(due) if due else "as agreed", words(body.get("status") or "open", 40))))
    doc.table("table-subjectivities", "Subjectivities", [Column("What"), Column("Due"), Column("State")], rows)


def clause_section(doc: Document, key: str, title: str, found: list[ClauseText]) -> None:
    """Clauses as a table, so that none is split over pages; no section without a clause."""
    if not found:
        return
    doc.section(key, title, need=140)
    rows = [Row((Span(item.id, "bold", "sea"), clause_spans(item))) for item in found]
    doc.table(f"table-{key}", title, [Column("", most=24), Column("Clause")], rows)


def clause_spans(item: ClauseText) -> tuple[Span, ...]:
    """The clause's title in bold, then its text."""
    return Span(f"{item.title}. " if item.title else "", "bold"), Span(item.text)


def basis(doc: Document, given: Input) -> None:
    """What the policy was rated on, and the wording's standing."""
    doc.section("basis", "Basis of this policy", need=130)
    plan = given.policy.get("plan") if isinstance(given.policy.get("plan"), dict) else {}
    paper = given.block("document")
    facts: list[tuple[str, Cell]] = [
        ("Rate plan", words((plan or {}).get("id"), 40)),
        ("Plan hash", Span(words((plan or {}).get("hash"), 90), "mono")),
        ("Quote", words(given.policy.get("quote_id"), 60)),
        ("Worksheet digest", Span(words(given.policy.get("worksheet_digest"), 90), "mono")),
        (
            "Document",
            f"{words(paper.get('id'), 60)}, version {words(paper.get('version'), 10)}",
        ),
        ("Made on", day(paper.get("made_on"))),
    ]
    doc.facts(facts)
    doc.say(f"{ILLUSTRATIVE} The premium stands in ", see("table-premium"), ".", size=7.6, colour="slate")
    doc.gap(26)
    doc.facts([("For the insurer", words(given.policy.get("insurer"), 120)), ("Signature and date", " ")])
