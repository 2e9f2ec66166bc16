"""What happened and what follows: incidents, claims, findings worst first, the audit condition and its next date."""

from collections.abc import Sequence
from typing import Any

from audits.engine.words import count
from core.pdf.document import Document
from core.pdf.figures import day, money, words
from core.pdf.tables import Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.exhibits import MOST_ROWS, rest_line
from reports.quarterly.reading import Source, findings, listed, look, records


def claims(doc: Document, report: Source) -> None:
    """Incidents and claims reported in the period, and the money behind them."""
    doc.section("claims", "Incidents and claims")
    incidents, made = records(report, "claims.incidents"), records(report, "claims.claims")
    currency = look(report, "policy.currency", "")
    if not incidents and not made:
        doc.say("No incident and no claim was reported in the period.")
        return
    doc.say(
        f"Reported in the period: {count(len(incidents), 'incident')}, {count(len(made), 'claim')}. On these claims "
        f"{money(look(report, 'claims.paid', '0'), currency)} is paid and "
        f"{money(look(report, 'claims.reserved', '0'), currency)} reserved, "
        f"as of {day(look(report, 'report.made_on'))}."
    )
    if incidents:
        columns = [Column("Incident"), Column("Occurred"), Column("Reported"), Column("State"), Column("What happened")]
        doc.table(
            "table-incidents",
            "Incidents",
            columns,
            [incident_row(index, item) for index, item in enumerate(incidents[:MOST_ROWS], 1)],
        )
        rest_line(doc, len(incidents))
    if made:
        columns = [
            Column("Claim"),
            Column("Reported"),
            Column("State"),
            Column("Claimed", True),
            Column("Reserved", True),
            Column("Paid", True),
        ]
        doc.table("table-claims", "Claims", columns, [claim_row(item, currency) for item in made[:MOST_ROWS]])
        rest_line(doc, len(made))


def first(item: Source, *names: str) -> Any:
    """The first of these keys that has a value."""
    return next((item[name] for name in names if item.get(name) not in (None, "")), None)


def incident_row(index: int, item: Source) -> Row:
    """One incident, by its own number or by its place in the list."""
    return Row(
        (
            words(first(item, "number", "id") or str(index), 60),
            day(first(item, "occurred_on", "occurred_at", "date")),
            day(first(item, "reported_on", "reported_at")),
            words(first(item, "state", "status"), 40).replace("_", " "),
            words(first(item, "summary", "description", "title"), 400),
        )
    )


def claim_row(item: Source, currency: Any) -> Row:
    """One claim with its money; what is not stated is shown as a dash."""

    def sum_of(*names: str) -> str:
        value = first(item, *names)
        return "–" if value is None else money(value, item.get("currency") or currency)

    return Row(
        (
            words(first(item, "number", "id"), 60),
            day(first(item, "reported_on", "reported_at", "made_on")),
            words(first(item, "state", "status"), 40).replace("_", " "),
            sum_of("claimed", "amount", "demand"),
            sum_of("reserved", "reserve"),
            sum_of("paid"),
        )
    )


def findings_section(doc: Document, report: Source) -> None:
    """Findings, gravest first; the owner, date and state come from the report's `finding_status` where there is one."""
    found = findings(report)
    doc.section("findings", "Findings")
    if not found:
        doc.say("The audit made no finding. That is no proof that there is nothing to find.")
        return
    grave = sum(1 for item in found if item.get("severity") == "high")
    doc.say(f"{len(found)} findings, {grave} of them high. The gravest come first.")
    columns = [Column("Severity"), Column("Finding"), Column("Owner, due"), Column("State"), Column("Repeat")]
    doc.table(
        "table-findings", "Findings, gravest first", columns, [finding_row(report, item) for item in found[:MOST_ROWS]]
    )
    rest_line(doc, len(found))


def finding_row(report: Source, item: Source) -> Row:
    """One finding with its reference and state."""
    status = look(report, "finding_status", {})
    state = status.get(str(item.get("id")), {}) if isinstance(status, dict) else {}
    owner, due = look(state, "owner"), look(state, "due")
    body = (
        Span(f"{shown(item.get('title'), 160)}. ", "bold"),
        Span(shown(item.get("text"), 600)),
        Span(f" {shown(item.get('id'), 40)}", "regular", "slate"),
    )
    cells: tuple[Cell, ...] = (
        verdict(str(item.get("severity"))),
        body,
        f"{words(owner, 60)}, {day(due)}" if owner or due else "not yet assigned",
        words(look(state, "status", "open"), 40),
        repeat(report, item),
    )
    return Row(cells)


def repeat(report: Source, item: Source) -> str:
    """Whether the last audit had the same finding; "first audit" or "not known" where that cannot be said."""
    if look(report, "previous") is None:
        return "first audit"
    before: Sequence[Any] = listed(report, "previous.findings")
    if look(report, "previous.findings") is None:
        return "not known"
    return "yes" if item.get("id") in [look(other, "id", other) for other in before] else "no"


def conditions(doc: Document, report: Source) -> None:
    """Compliance with the continuing audit condition and what is due next."""
    doc.section("conditions", "Audit condition and next due date")
    if look(report, "conditions.next_due") is None:
        doc.say("No policy was on risk in the quarter, so no audit condition applied and no audit is due.")
        return
    doc.note(f"Due {day(look(report, 'conditions.next_due'))}")
    doc.say(
        f"State of the continuing audit condition: {words(look(report, 'conditions.status'), 200)}. The next "
        f"report is due {day(look(report, 'conditions.next_due'))}, within 30 days of the quarter's end. A late report "
        "has 30 days to be cured. A breach does not defeat a loss whose risk it did not raise."
    )
    items = listed(report, "conditions.items")
    if items:
        columns = [Column("Condition"), Column("Due"), Column("State")]
        doc.table("table-conditions", "Conditions", columns, [condition_row(item) for item in items[:MOST_ROWS]])


def condition_row(item: Any) -> Row:
    """A condition as text, or as a mapping with title, due and status."""
    if not isinstance(item, dict):
        return Row((shown(item, 600), "–", "–"))
    due = first(item, "due", "due_on")
    text = words(first(item, "title", "text", "name"), 600)
    return Row((text, day(due) if due else "–", words(first(item, "status", "state"), 60)))
