"""The guarantee on paper: contract, trigger, price, what each count pays, what settled it. Equal input, equal bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.canonical import canonical_json, digest
from core.pdf import flow
from core.pdf.document import COLUMN, Document
from core.pdf.figures import day, money, share, whole, words
from core.pdf.mark import mark
from core.pdf.paper import Meta
from core.pdf.tables import Column, Row
from core.pdf.text import LONG, Span, printable

ILLUSTRATIVE = "Illustrative wording and rates: not legal advice, neither a filed form nor a filed rate."


def paper(data: Mapping[str, Any]) -> bytes:
    """The PDF of {"guarantee", "figures", "pays", "measurements", "payment"} (guarantees/documents.py)."""
    given = printable(dict(data))
    of, figures = given["guarantee"], given["figures"]
    doc = Document(_meta(given, of))
    title = flow.Words([Span("Performance guarantee", "bold")], 21, 0, 2)
    doc.add(flow.Place("top", "Performance guarantee"), flow.Beside(title, flow.Figure(mark(46), 0), COLUMN - 46, 2))
    doc.say(Span(_promise(of, figures), "bold"), after=6)
    doc.facts(_facts(of))
    _trigger(doc, of, given["pays"])
    _price(doc, of, figures)
    _settled(doc, of, given["measurements"], given["payment"])
    doc.say(
        "The rate is measured by the engine that audits the model, on rows that the insurer holds, sent after the "
        "window began and never evaluated before; what priced the guarantee never settles it. Payment follows the "
        "count alone; no loss is adjusted."
    )
    doc.say(ILLUSTRATIVE, size=7.6, colour="slate")
    return doc.build()


def _meta(given: Mapping[str, Any], of: Mapping[str, Any]) -> Meta:
    number = words(of["number"], 40)
    return Meta(
        id=number,
        title=f"Performance guarantee {number}",
        author=words(of["insurer"], 80),
        subject=f"Performance guarantee {number}",
        digest=digest(canonical_json(given)),
        page_size=str(of["page_size"]),
        running_head=f"Performance guarantee {number}",
        made_on=str(of["made_on"])[:10],
    )


def _promise(of: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    return (
        f"More than {whole(figures['trigger_above'])} harmful errors on {whole(of['rows'])} verified rows pay "
        f"{money(of['tick'], of['currency'])} for each 0.1 point above {share(of['threshold'], 2)}, at most "
        f"{money(of['cap'], of['currency'])}."
    )


def _facts(of: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("Guarantee", words(of["number"], 40)),
        ("State", words(of["state"], 20)),
        ("Insured", words(of["insured"], 160)),
        ("Insurer", words(of["insurer"], 160)),
        ("Model and version", words(of["model"], 160)),
        ("Version's digest", words(of["digest"], 90)),
        ("Measured window", f"{day(of['window_start'])} to {day(of['window_end'])}"),
        ("Beside policy", words(of["policy"], 40) if of["policy"] else "none"),
        ("Priced on", f"{whole(of['k'])} harmful errors of {whole(of['n'])} rows, drift {words(of['drift'], 12)}"),
        ("Harm that counts", words(of["harm"], LONG)),
    ]


def _trigger(doc: Document, of: Mapping[str, Any], pays: Sequence[Mapping[str, Any]]) -> None:
    doc.section("pays", "What a count pays", need=140)
    rows = [Row((whole(row["errors"]), share(row["rate"], 2), money(row["pays"]))) for row in pays]
    doc.table(
        "table-pays",
        "Payment by the number of harmful errors",
        [Column("Errors", True), Column("Rate", True), Column(words(of["currency"], 8), True)],
        rows,
    )


def _price(doc: Document, of: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    doc.section("price", "The price", need=140)
    doc.say(
        f"Chance of a trigger {share(figures['chance'], 2)}, by the audit's posterior (beta-binomial); if the audited "
        f"rate were exactly true, {share(figures['at_claimed'], 2)}. Plan {words(of['plan'], 40)}."
    )
    lines: list[tuple[str, Any, bool]] = [
        ("Expected payment", figures["expected"], False),
        ("Settlement expense", figures["settlement"], False),
        ("Risk load on a deviation of " + money(figures["sd"]), figures["risk"], False),
        ("Fixed expense", figures["fixed"], False),
        ("Premium, expense and profit shares in it", of["premium"], True),
    ]
    lines += [(f"{words(tax['name'], 60)} {share(tax['rate'], 2)}", tax["amount"], False) for tax in of["taxes"]]
    lines.append(("Total", of["total"], True))
    doc.table(
        "table-price",
        "From the expected payment to what is paid for it",
        [Column("Line"), Column(words(of["currency"], 8), True)],
        [Row((name, money(amount)), strong) for name, amount, strong in lines],
    )


def _settled(
    doc: Document, of: Mapping[str, Any], measurements: Sequence[Mapping[str, Any]], payment: Mapping[str, Any] | None
) -> None:
    if not measurements:
        return
    doc.section("settled", "What was measured", need=120)
    rows = [Row((day(row["on"]), words(row["reason"], LONG), money(row["payable"]))) for row in measurements]
    doc.table(
        "table-measured",
        "Measurements by audits on the insurer's rows",
        [Column("On"), Column("What it says"), Column(words(of["currency"], 8), True)],
        rows,
    )
    if payment:
        said = f"{money(payment['amount'], of['currency'])} were paid to {words(payment['payee'], 120)}"
        doc.say(f"{said} on {day(payment['on'])} by {words(payment['paid_by'], 80)}.")
