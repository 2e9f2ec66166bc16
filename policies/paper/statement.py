"""The statement of a premium audit: declared and actual decisions, what that changes, taxes, what is due."""

from collections.abc import Mapping
from typing import Any

from core.pdf.document import Document
from core.pdf.figures import day, decimal, money, share, whole, words
from core.pdf.tables import Column, Row
from core.pdf.text import LONG, Span
from policies.paper.parts import ILLUSTRATIVE, Input, insured


def premium_statement(data: Mapping[str, Any]) -> bytes:
    """The statement as PDF bytes; InputRefused when the input holds no policy."""
    given = Input(data, "Premium audit statement")
    audit, doc = given.block("premium_audit"), given.start()
    currency = given.policy.get("currency")
    doc.say(Span(_due(audit, currency), "bold"), after=6)
    doc.facts(_facts(given, audit))
    _walk(doc, audit, currency)
    for flag in [row for row in audit.get("referrals") or [] if isinstance(row, dict)][:20]:
        doc.say(f"For so many decisions the plan would have asked a person: {words(flag.get('reason'), LONG)}")
    doc.say(
        "The premium on actual decisions is computed by the plan, from the risk and the audit the policy was bound on; "
        "nothing but the number of decisions is changed (clause C7).",
    )
    doc.say(f"What was checked: {words(audit.get('why'), LONG)}")
    doc.say(ILLUSTRATIVE, size=7.6, colour="slate")
    return doc.build()


def _due(audit: Mapping[str, Any], currency: Any) -> str:
    total = decimal(audit.get("total")) or 0
    if total > 0:
        return f"{money(total, currency)} are due from the insured."
    if total < 0:
        return f"{money(-total, currency)} are returned to the insured."
    return "Nothing is due: the deposit is the premium."


def _facts(given: Input, audit: Mapping[str, Any]) -> list[tuple[str, str]]:
    period = given.policy.get("period") if isinstance(given.policy.get("period"), dict) else {}
    return [
        ("Policy", words(given.policy.get("number"), 60)),
        ("Insured", insured(given.policy)),
        ("Insurer", words(given.policy.get("insurer"), 160)),
        ("Policy period", f"{day((period or {}).get('start'))} to {day((period or {}).get('end'))}"),
        ("Decisions declared", f"{whole(audit.get('declared'))} a year"),
        ("Decisions made", f"{whole(audit.get('actual'))} in the term"),
        ("Source of the count", words(audit.get("source"), 300)),
        ("Declared by", f"{words(audit.get('declared_by'), 80)}, {day(audit.get('declared_on'))}"),
        ("Settled by", f"{words(audit.get('settled_by'), 80)}, {day(audit.get('settled_on'))}"),
        ("Rate plan", words((given.policy.get("plan") or {}).get("id"), 40)),
    ]


def _walk(doc: Document, audit: Mapping[str, Any], currency: Any) -> None:
    doc.section("walk", "What the actual decisions change", need=130)
    rows = [
        Row(("Premium on the decisions made", "–", money(audit.get("rated")))),
        Row(("Not below, of the deposit", share(audit.get("minimum_share"), 0), money(audit.get("minimum")))),
        Row(("Deposit premium", "–", money(audit.get("deposit")))),
        Row(("Adjustment", "–", money(audit.get("adjustment"))), True),
    ]
    rows += [
        Row((words(tax.get("name"), 80), share(tax.get("rate"), 2), money(tax.get("amount"))))
        for tax in audit.get("taxes") or []
        if isinstance(tax, dict)
    ]
    rows.append(Row(("Total", "", money(audit.get("total"))), True))
    doc.table(
        "table-walk",
        "From the deposit to what is due",
        [Column("Line"), Column("Rate", True), Column(words(currency, 8), True)],
        rows,
    )
