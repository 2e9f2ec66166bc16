"""The legal annexes of audits/annexes on paper: their tables, their statements, the status of the rule as of a date."""

from typing import Any

from audits.annexes import Annex, annexes_of
from core.pdf.document import Document
from core.pdf.tables import Column, Row
from core.pdf.text import Span, shown
from reports.quarterly.choosing import pick
from reports.quarterly.own_tables import audit_table
from reports.quarterly.reading import Source, is_laboratory, look, records, records_of
from reports.quarterly.scope import INDEPENDENCE

ARTICLES = (
    pick("Article", "article"),
    pick("What it asks", "what it asks"),
    pick("Gravest answer", "verdict"),
    pick("Outside", "outside", kind="count"),
    pick("Cannot tell", "cannot tell", kind="count"),
    pick("Within", "within", kind="count"),
    pick("Measured", "measured", kind="count"),
    pick("Not run", "not run", kind="count"),
)


def legal(doc: Document, report: Source) -> None:
    """Every annex that the audit can fill, each with its source and status; the others in a line."""
    audit = look(report, "audit")
    if not is_laboratory(report) or not records(report, "audit.checks"):
        return
    doc.section("legal", "Legal annexes")
    doc.say(
        "What a rule asks to be printed, from the counts of this audit. Nothing here says that a rule is complied "
        "with. ",
        Span(INDEPENDENCE, "bold"),
    )
    for annex in annexes_of(audit):
        if annex.why_not is None:
            one(doc, report, annex)
        else:
            doc.say(Span(f"{shown(annex.title, 160)}: ", "bold"), shown(annex.why_not, 300))


def one(doc: Document, report: Source, annex: Annex) -> None:
    """One annex."""
    doc.part(f"annex-{annex.id}", annex.title, need=110)
    doc.note(f"Status as of {annex.as_of}")
    doc.say(f"{annex.source}. Status as of {annex.as_of}: {annex.status} {meant_for(report, annex)}")
    for statement in annex.statements:
        doc.say(statement, size=7.6, colour="slate")
    for name, table in annex.tables.items():
        made = {"columns": list(table.columns), "rows": [list(row) for row in table.rows]}
        key = f"annex-{annex.id}-{name}"
        if annex.id == "eu_ai_act":
            articles(doc, key, name, made)
        else:
            audit_table(doc, key, name, made)


def meant_for(report: Source, annex: Annex) -> str:
    """Whether the rule speaks of this use."""
    use = look(report, "model.use_class")
    if not annex.use_classes or use in annex.use_classes:
        return ""
    return f"It is written for {', '.join(annex.use_classes)}, not for this use; the figures are shown as statistics."


def articles(doc: Document, key: str, caption: str, table: dict[str, Any]) -> None:
    """An article a row, its checks told in the appendix."""
    lines = records_of(table)
    columns = [Column(item.head, item.kind == "count", most=190) for item in ARTICLES]
    doc.table(key, caption, columns, [Row(tuple(item.cell(line) for item in ARTICLES)) for line in lines])
