"""The price consequence: how the premium comes about, what prudence costs, what would lower it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.pdf import charts
from core.pdf.document import Document, see
from core.pdf.figures import decimal, exact, money, share, words
from core.pdf.shapes import Picture
from core.pdf.tables import Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly import worksheet
from reports.quarterly.reading import Source, listed, look, number, records


def price(doc: Document, report: Source) -> None:
    """Section 2: premium, waterfall and its table, audit terms, parameter risk, untested, remedies, honesty lines."""
    doc.section("price", "What it means for the price")
    stays = bound_sentence(report)
    if stays:
        doc.say(Span(stays, "bold"))
    if not worksheet.figures(report):
        doc.say(f"There is no price of this audit. {worksheet.decision(report)}")
        reasons(doc, report)
        return
    doc.note(f"Plan {words(look(report, 'worksheet.plan.id'), 20)}")
    doc.say(
        Span(f"The annual premium is {worksheet.amount(report, 'money.premium')}", "bold"),
        f", with taxes and fees {worksheet.amount(report, 'money.total')}. {worksheet.decision(report)} A model at the "
        f"class's reference would pay {worksheet.amount(report, 'standing.class_premium')}. "
        f"{words(look(report, 'worksheet.evidence_text'), 200)}",
    )
    reasons(doc, report)
    steps(doc, report)
    perils(doc, report)
    terms(doc, report)
    factors(doc, report)
    prudence(doc, report)
    remedies(doc, report)
    for text in listed(report, "worksheet.statements")[:12]:
        doc.say(shown(text, 500), size=7.6, colour="slate", after=2)


def bound_sentence(report: Source) -> str:
    """That a policy's premium is not what this audit would cost, where the two differ (DOMAIN 1.0 rule 17)."""
    premium = decimal(look(report, "policy.premium"))
    if premium is None or premium == decimal(look(worksheet.figures(report), "money.premium")):
        return ""
    number, currency = words(look(report, "policy.number"), 60), words(look(report, "policy.currency"), 8)
    return (
        f"The premium of policy {number} stays {money(premium, currency)} for its term: an audit in mid-term does not "
        "move it. What follows is this audit alone."
    )


def reasons(doc: Document, report: Source) -> None:
    """Why the plan declines or refers, or what the quote is subject to."""
    found = worksheet.flags(report)
    if found:
        columns = [Column("The plan"), Column("Why"), Column("What resolves it")]
        rows = [Row((said, words(item.get("reason"), 400), words(item.get("resolves"), 300))) for said, item in found]
        doc.table("table-flags", "Declines, referrals and subjectivities", columns, rows)


def money_lines(report: Source) -> list[tuple[str, Decimal, bool]]:
    """(name, amount, is a running total) from the perils to what is paid; the amounts add up to the totals."""
    found = worksheet.figures(report)
    sums = {
        name: worksheet.sum_of_money(value)
        for name, value in look(found, "money", {}).items()
        if not isinstance(value, list)
    }
    lines = [
        (words(line.get("title"), 60), worksheet.sum_of_money(line.get("pure_premium")), False)
        for line in peril_lines(report)
    ]
    aggregate = sums["pure_premium"] - sum((value for _, value, _ in lines), Decimal(0))
    lines += (
        [(f"aggregate factor {exact(look(found, 'money.aggregate_factor'))}", aggregate, False)] if aggregate else []
    )
    lines += [("Pure premium", sums["pure_premium"], True), ("Claims handling (ULAE)", sums["ulae"], False)]
    lines += [("Fixed expense", sums["fixed_expense"], False)]
    expense, profit = (share(look(found, f"money.{name}_share"), 0) for name in ("variable", "profit"))
    lines += [(f"Expense {expense} and profit {profit}", sums["gross"] - sums["loaded"], False)]
    raised = sums["premium"] - sums["gross"]
    lines += [("Raised to the minimum premium", raised, False)] if raised else []
    lines += [("Premium", sums["premium"], True)]
    for tax in records(found, "money.taxes"):
        lines.append(
            (
                f"{words(tax.get('name'), 60)} {share(tax.get('rate'), 2)}",
                worksheet.sum_of_money(tax.get("amount")),
                False,
            )
        )
    return [*lines, ("Total", sums["total"], True)]


def steps(doc: Document, report: Source) -> None:
    """The waterfall and its table."""
    lines = money_lines(report)
    picture = waterfall(lines, worksheet.currency(report))
    lead = "Each bar starts where the last one ended; dark bars are running totals."
    doc.figure("figure-price", "From expected loss to what is paid", picture, lead)
    columns = [Column("Line"), Column(f"{worksheet.currency(report)} a year", True)]
    doc.table(
        "table-price",
        "The premium, line by line",
        columns,
        [Row((name, money(value)), total) for name, value, total in lines],
    )
    instalments = [
        money(value, worksheet.currency(report)) for value in listed(worksheet.figures(report), "money.instalments")
    ]
    if len(instalments) > 1:
        doc.say(
            f"Instalments of the premium: {', '.join(instalments[:12])}. Taxes are due with the first.",
            size=7.6,
            colour="slate",
        )


def waterfall(lines: list[tuple[str, Decimal, bool]], currency: str) -> Picture:
    """The money lines as steps; the printed figures are the stored ones."""
    made = [
        charts.Step(name, 0.0 if total else float(value), money(value), total, None if total else "sea")
        for name, value, total in lines
    ]
    return charts.waterfall(made, axis=f"{currency} a year")


def peril_lines(report: Source) -> list[Source]:
    """The perils, the dearest first."""
    return sorted(
        records(worksheet.figures(report), "lines"), key=lambda line: -worksheet.sum_of_money(line.get("pure_premium"))
    )


def perils(doc: Document, report: Source) -> None:
    """One row a peril from claims at class to pure premium."""
    doc.say("By peril, the dearest first. A is what the audit does to it: above 1 the model is dearer than its class.")
    columns = [
        Column("Peril"),
        Column("Claims at class", True),
        Column("A", True),
        Column("Expected claims", True),
        Column("LEV at basic limit", True),
        Column("LF", True),
        Column("Pure premium", True),
        Column("At class", True),
    ]
    rows = [
        Row(
            (
                words(line.get("title"), 60),
                six(line.get("at_class")),
                exact(line.get("a")),
                six(line.get("expected_claims")),
                money(line.get("lev")),
                exact(line.get("lf")),
                money(line.get("pure_premium")),
                money(line.get("class_pure_premium")),
            )
        )
        for line in peril_lines(report)
    ]
    doc.table("table-perils", f"Perils, {worksheet.currency(report)}", columns, rows)


def six(value: object) -> str:
    """A frequency at six decimals."""
    found = decimal(value)
    return words(value) if found is None else f"{found:.6f}"


def terms(doc: Document, report: Source) -> None:
    """What each bound does to each peril, the dearest multiplier first."""
    columns = [
        Column("Peril"),
        Column("Dimension"),
        Column("State"),
        Column("Priced at u", True),
        Column("Reference", True),
        Column("Elasticity", True),
        Column("Multiplier m", True),
    ]
    found = [(line, term) for line in peril_lines(report) for term in records(line, "terms")]
    found.sort(key=lambda pair: -(number(pair[1].get("m")) or 0.0))
    doc.table(
        "table-terms",
        "What each audited bound does to the price, dearest first",
        columns,
        [_term_row(*pair) for pair in found],
    )


def _term_row(line: Source, term: Source) -> Row:
    beta = term.get("beta")
    multiplier = decimal(term.get("m"))
    return Row(
        (
            words(line.get("peril"), 10),
            words(term.get("dimension"), 30),
            verdict(str(term.get("state"))),
            exact(term.get("value")),
            exact(term.get("reference")),
            "exact" if beta is None else exact(beta),
            ("–" if multiplier is None else f"{multiplier:.4f}") + (" (at its cap)" if term.get("at_cap") else ""),
        )
    )


def factors(doc: Document, report: Source) -> None:
    """Class factors, with the perils they apply to."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    for line in peril_lines(report):
        for factor in records(line, "factors"):
            key = (words(factor.get("name"), 40), words(factor.get("level"), 80), exact(factor.get("relativity")))
            seen.setdefault(key, []).append(words(line.get("peril"), 10))
    rows = [
        Row((name.replace("_", " "), level.replace("_", " "), ", ".join(sorted(used)), value))
        for (name, level, value), used in sorted(seen.items())
    ]
    found = worksheet.figures(report)
    for name, path in (
        ("experience", "experience_mod"),
        ("claims-made step", "step"),
        ("schedule", "schedule"),
        ("off-balance", "off_balance"),
    ):
        rows.append(
            Row((name, "of this risk" if name != "off-balance" else "of the plan", "all", exact(look(found, path))))
        )
    doc.table(
        "table-factors",
        "Factors of the class and of the risk",
        [Column("Factor"), Column("Level"), Column("Perils"), Column("Relativity", True)],
        rows,
    )


def prudence(doc: Document, report: Source) -> None:
    """Both figures of the parameter-risk load, never mixed, and what was not tested."""
    doc.part("prudence", "What uncertainty costs")
    doc.say(
        "The price stands on upper bounds, not on what was observed. The difference is the parameter-risk load: "
        f"{worksheet.amount(report, 'parameter_risk.load')} of pure premium, which is "
        f"{worksheet.amount(report, 'parameter_risk.customer_load')} in the customer's premium. More rows at the "
        f"same rates would lower it. {worksheet.untested_sentence(report)} See ",
        see("table-untested"),
        ".",
    )
    columns = [Column("Line"), Column(worksheet.currency(report), True)]
    rows = [
        Row(("Pure premium at the bounds", worksheet.amount(report, "money.pure_premium"))),
        Row(("Pure premium at the points", worksheet.amount(report, "parameter_risk.point_pure_premium"))),
        Row(("Parameter-risk load, pure premium", worksheet.amount(report, "parameter_risk.load")), True),
        Row(("Parameter-risk load, customer's line", worksheet.amount(report, "parameter_risk.customer_load")), True),
    ]
    for item in records(report, "changes.doubts"):
        share = f"Of it for {words(item.get('dimension'), 30)}, customer's line"
        rows.append(Row((share, money(item.get("customer_load"), worksheet.currency(report)))))
    for line in worksheet.untested(report):
        name = f"Price of not testing: {words(line.get('dimension'), 30)}"
        rows.append(Row((name, money(line.get("price"), worksheet.currency(report)))))
    if worksheet.untested(report):
        rows.append(Row(("All untested together (premium)", worksheet.amount(report, "untested_total")), True))
    doc.table("table-prudence", "Parameter-risk load and price of what was not tested", columns, rows)


def remedies(doc: Document, report: Source) -> None:
    """What would change the premium: what the insured can do, largest saving first; then other terms."""
    measures, terms = (records(report, f"changes.{name}") for name in ("measures", "terms"))
    if not measures and not terms:
        return
    doc.part("remedies", "What would change it")
    doc.say(
        "Each line is the whole price with one thing changed, made by the same plan and engine; savings do not add, "
        "for they multiply. Nothing is promised beyond the words of the line."
    )
    if measures:
        _changes(doc, report, "table-remedies", "What the insured can do, largest saving first", measures)
    together = look(report, "changes.combined")
    if isinstance(together, dict):
        currency = worksheet.currency(report)
        doc.say(
            f"The best of them together: {words(together.get('what'), 600)}. The premium would be "
            f"{money(together.get('premium'), currency)}, {money(together.get('saves'), currency)} less."
        )
    if terms:
        _changes(doc, report, "table-terms", "Other terms; a negative saving is what they cost more", terms)


def _changes(doc: Document, report: Source, key: str, caption: str, found: Sequence[Mapping[str, Any]]) -> None:
    currency = worksheet.currency(report)
    ranged = any(item.get("least") is not None for item in found)
    columns = [Column("Change", most=250), Column(f"Premium then ({currency})", True), Column("Saves a year", True)]
    columns += [Column("80 % range", True)] if ranged else []
    rows = [
        Row(
            (
                words(item.get("what"), 300),
                money(item.get("premium")),
                money(item.get("saves")),
                *((_range(item),) if ranged else ()),
            )
        )
        for item in found
    ]
    doc.table(key, caption, columns, rows)


def _range(item: Mapping[str, Any]) -> str:
    if item.get("least") is None:
        return "\u2013"
    return f"{money(item.get('least'))} to {money(item.get('most'))}"
