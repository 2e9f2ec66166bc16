"""The back of the book: every check with its method, every finding in full, and every table that the body cuts."""

from collections.abc import Mapping
from itertools import groupby

from core.pdf.document import Document
from core.pdf.figures import plain_numbers, whole
from core.pdf.tables import Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly import fairness, record
from reports.quarterly.exhibits import judged, limit_of, measured, question, said_plainly
from reports.quarterly.own_tables import audit_table, told_as
from reports.quarterly.reading import Source, checks, findings, is_laboratory, look, number, section_tables

MOST = 400  # checks on paper; an audit of many groups can have thousands
MOST_LINES = 24  # rows of one table
# Tables that a section prints whole, by the key under which it does.
PRINTED: Mapping[tuple[str, str], str] = {
    ("attribution", "importance"): "table-importance",
    ("attribution", "reasons"): "table-reasons",
    ("attribution", "stability"): "table-stability",
    ("attribution", "method"): "table-attribution-method",
    ("robustness", "families"): "table-families",
    ("robustness", "columns"): "table-flip-columns",
    ("model", "facts"): "table-caged",
    ("model", "reproduction"): "table-reproduction",
    ("model", "determinism"): "table-determinism",
    ("data", "rows"): "table-data",
    ("saliency", "deletion"): "table-deletion",
    ("saliency", "agreement"): "table-saliency-agreement",
    ("saliency", "method"): "table-saliency-method",
    ("performance", "rates"): "table-performance",
    ("slices", "worst"): "table-slices",
}
# Points and pixels that only a chart can show, and single cases that stand where they are told.
NOT_ON_PAPER = ("beeswarm", "direction", "map ", "pixels ", "mean map", "example 1")


def begins(doc: Document, _report: Source) -> None:
    """From here on the contents list sections alone."""
    doc.unlisted()


def every_finding(doc: Document, report: Source) -> None:
    """All findings with their words in full, where the section on findings folds some."""
    found = findings(report)
    if not record.has_fold(found):
        return
    doc.section("every-finding", "Appendix: every finding")
    columns = [Column("Severity"), Column("Finding"), Column("Id")]
    rows = [
        Row(
            (
                verdict(str(item.get("severity"))),
                (Span(f"{shown(item.get('title'), 160)}. ", "bold"), Span(said_plainly(item.get("text"), 700))),
                Span(shown(item.get("id"), 40), "regular", "slate"),
            )
        )
        for item in found[:MOST]
    ]
    doc.table("table-every-finding", "Every finding, gravest first", columns, rows)


def every_check(doc: Document, report: Source) -> None:
    """All checks by family, worst first, each with rows, interval, limit, method and verdict."""
    found = sorted(checks(report), key=lambda item: str(item.get("family")))
    if not found:
        return
    doc.section("every-check", "Appendix: every check")
    doc.say(
        f"All {len(found):,} checks of the suite, by family, the worst first. Intervals are two-sided unless their "
        "method says otherwise. What was not run stands at the end, by reason."
    )
    columns = [
        Column("Question", most=120),
        Column("Measured (interval)", True),
        Column("Rows", True),
        Column("Limit"),
        Column("How the interval is made", most=110),
        Column("Verdict", most=110),
    ]
    run = [item for item in found if item.get("verdict") != "not_run"]
    for family, group in groupby(run[:MOST], key=lambda item: str(item.get("family"))):
        rows = [_row(item) for item in group]
        doc.table(f"every-{family}", f"Every check: {family.replace('_', ' ')}", columns, rows)
    if len(run) > MOST:
        doc.say(f"The first {MOST} of {len(run):,}; the stored result holds all.", size=7.4, colour="slate")
    not_run(doc, [item for item in found if item.get("verdict") == "not_run"])


def not_run(doc: Document, found: list[Source]) -> None:
    """What was not run, by reason."""
    titles: dict[str, dict[str, None]] = {}
    for item in found:
        titles.setdefault(shown(item.get("reason"), 300), {})[shown(item.get("title"), 120)] = None
    if titles:
        rows = [Row((reason or "–", "; ".join(named))) for reason, named in titles.items()]
        doc.table("every-not-run", "Checks that were not run, by reason", [Column("Reason"), Column("Checks")], rows)


def _row(item: Source) -> Row:
    figure = "–" if number(item.get("value")) is None else measured(item)
    method = plain_numbers(shown(item.get("method"), 160)) or "–"
    return Row((question(item), figure, whole(item.get("n") or 0), limit_of(item), method, judged(item)))


def every_table(doc: Document, report: Source) -> None:
    """Every table of the audit that the body does not print whole, by section, folded to a readable number of rows."""
    if not is_laboratory(report):
        return
    doc.section("every-table", "Appendix: every table")
    doc.say(
        f"The tables that the sections above cut or only speak of, at most {MOST_LINES} rows of each; a table that is "
        "too wide for the paper is set in parts. The stored result holds all rows, and the points and pixels that "
        "only charts can show."
    )
    for family in look(report, "audit.sections", {}):
        told = [(name, table) for name, table in section_tables(report, family) if not printed(doc, family, name)]
        if family == "fairness":
            fairness.whole_tables(doc, report)
        for name, table in told:
            folded, caption = told_as(family, name, table)
            audit_table(doc, f"every-{family}-{name}", caption, folded, MOST_LINES)


def printed(doc: Document, family: str, name: str) -> bool:
    """Whether a table stands whole in the body, or only a chart can show it."""
    if family == "fairness" or name.startswith(NOT_ON_PAPER):
        return True
    key = PRINTED.get((family, name), f"{family}-{name}")
    return bool(doc.number_of(key)) or (family == "attribution" and bool(doc.number_of(f"table-attribution-{name}")))
