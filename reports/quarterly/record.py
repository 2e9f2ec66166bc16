"""What happened and what follows: incidents, claims, findings worst first, the audit condition and its next date."""

from collections.abc import Sequence
from typing import Any

from audits.engine.words import count
from core.pdf.document import Document, see
from core.pdf.figures import day, money, words
from core.pdf.tables import Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.exhibits import MOST_ROWS, rest_line, said_plainly
from reports.quarterly.reading import Source, findings, listed, look, records

MOST_ALIKE = 1  # findings of one kind that are told in full, where there are many
MOST_WORDS = 420  # letters of a finding's text; the appendix has it in full
MOST_FOLDED = 12  # of the others that are named
# family of checks -> the section that tells of it, where it has another name
TOLD_IN = {"attribution": "explanations", "model": "caged"}


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
    """Findings, gravest first; many of one kind are folded. Owner, date and state come from `finding_status`."""
    found = findings(report)
    doc.section("findings", "Findings")
    if not found:
        doc.say("The audit made no finding. That is no proof that there is nothing to find.")
        return
    grave = sum(1 for item in found if item.get("severity") == "high")
    doc.say(f"{count(len(found), 'finding')}, {grave} of them high. The gravest come first.")
    columns = [Column("Severity"), Column("Finding"), Column("Told in"), Column("State, owner, due", most=70)]
    rows = [row for kind in kinds(found) for row in kind_rows(report, kind)]
    doc.table("table-findings", "Findings, gravest first", columns, rows[:MOST_ROWS], after=4)
    rest_line(doc, len(rows))
    if has_fold(found):
        doc.say(
            "Findings of one kind are folded here; each in full: ", see("every-finding"), ".", size=7.4, colour="slate"
        )


def kinds(found: list[Source]) -> list[list[Source]]:
    """Findings of one severity and one check, together where the first of them stands."""
    made: dict[tuple[Any, Any], list[Source]] = {}
    for item in found:
        made.setdefault((item.get("severity"), item.get("check")), []).append(item)
    return list(made.values())


def has_fold(found: list[Source]) -> bool:
    """Whether any kind has more findings than are told one by one."""
    return any(len(kind) > MOST_ALIKE + 1 for kind in kinds(found)) or any(
        len(str(item.get("text"))) > MOST_WORDS for item in found
    )


def kind_rows(report: Source, kind: list[Source]) -> list[Row]:
    """The first findings of a kind in full, and the others in one row, each by title and id."""
    told = kind if len(kind) <= MOST_ALIKE + 1 else kind[:MOST_ALIKE]
    rest = kind[len(told) :]
    return [finding_row(report, item) for item in told] + ([folded_row(rest)] if rest else [])


def folded_row(rest: list[Source]) -> Row:
    """ "and 9 more of this kind: ... "."""
    titles = [shown(item.get("title"), 120) for item in rest]
    same = shared(titles)
    pieces = [Span(f"and {len(rest)} more of this kind: ", "bold")]
    for item, whole_title in zip(rest[:MOST_FOLDED], titles, strict=False):
        title = whole_title[same:]
        pieces += [Span(title), Span(f" {shown(item.get('id'), 40)}; ", "regular", "slate")]
    if len(rest) > MOST_FOLDED:
        pieces.append(Span(f"and {len(rest) - MOST_FOLDED} more.", "regular", "slate"))
    return Row((verdict(str(rest[0].get("severity"))), tuple(pieces), told_in(rest[0]), "–"))


def shared(titles: list[str]) -> int:
    """How many letters all titles begin with, up to the end of a word; nought for one title alone."""
    first, last = min(titles), max(titles)
    alike = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
    return first.rfind(" ", 0, alike) + 1 if alike else 0


def told_in(item: Source) -> Span:
    """The section that tells of a finding, as a link that shows its number."""
    family = str(item.get("check")).partition(".")[0]
    return Span("", "regular", "sea", TOLD_IN.get(family, family))


def finding_row(report: Source, item: Source) -> Row:
    """One finding with its reference and state."""
    status = look(report, "finding_status", {})
    state = status.get(str(item.get("id")), {}) if isinstance(status, dict) else {}
    owner, due = look(state, "owner"), look(state, "due")
    owned = f"{words(owner, 60)}, {day(due)}" if owner or due else "not yet assigned"
    body = (
        Span(f"{shown(item.get('title'), 160)}. ", "bold"),
        Span(said_plainly(item.get("text"), MOST_WORDS)),
        Span(f" {shown(item.get('id'), 40)}", "regular", "slate"),
    )
    cells: tuple[Cell, ...] = (
        verdict(str(item.get("severity"))),
        body,
        told_in(item),
        f"{words(look(state, 'status', 'open'), 40)}, {repeat(report, item)}; {owned}",
    )
    return Row(cells)


def repeat(report: Source, item: Source) -> str:
    """Whether the last audit had the same finding; "first audit" or "not known" where that cannot be said."""
    if look(report, "previous") is None:
        return "first audit"
    before: Sequence[Any] = listed(report, "previous.findings")
    if look(report, "previous.findings") is None:
        return "repeat not known"
    return "repeated" if item.get("id") in [look(other, "id", other) for other in before] else "new"


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
