"""The back of the report: regulation, method, changes, sign-off, provenance."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.pdf.document import Document, see
from core.pdf.figures import day, words
from core.pdf.tables import Column, Row
from core.pdf.text import LONG, Span, shown
from reports.quarterly import caged
from reports.quarterly.exhibits import MOST_ROWS
from reports.quarterly.reading import Source, checks, is_laboratory, listed, look
from reports.quarterly.scope import INDEPENDENCE

FORMULAS = (
    (
        "Harmful error",
        "u = BetaInv(γ; k + 1, n − k), one-sided Clopper–Pearson at γ = 0.90; u = 1 if k = n. "
        "Stored at six decimals, half up; the price reads only the stored figure.",
    ),
    (
        "Gap",
        "Each eligible group (at least 100 rows and 2 % of rows) against all other eligible rows; u is the larger of "
        "the Wald and the Newcombe upper bound at z = 1.281551565545, and the largest over the family.",
    ),
    (
        "Calibration",
        "Ten equal-mass bins, ties together; u is the .90 quantile of 1,000 row bootstraps (prudent ECE). "
        "The plug-in is biased upwards, and says nothing of rare bins.",
    ),
    (
        "Drift",
        "g is the Poisson slope of harmful errors on time in years with offset ln n; u = max(0, g + "
        "1.281551565545 se), se widened by the square root of max(1, Pearson χ²/df). D(g, T) = (exp(gT) − 1)/(gT).",
    ),
    ("Relativity", "m = clip((u / q0)^β, 0.5, 3.0); A = clip(product of m, 0.50, 4.00), by peril."),
    (
        "Composite and score",
        "A = PP(audited) / PP(all A = 1); score = 100 (1 − ln(A / 0.5) / ln 8). "
        "Grades: A to .75, B to .95, C to 1.15, D to 1.60, E to 2.50, F above.",
    ),
    (
        "Price",
        "λ = E f0 I k A OB X step s; PP = λ LEV (ILF(L) − DED(d)); premium = (PP (1 + ULAE) + F) / (1 − V − Q), "
        "at least the minimum premium. Tax on top where it is shown.",
    ),
    (
        "Parameter-risk load",
        "PP at the bounds less PP at the points, as pure premium; times (1 + ULAE) / (1 − V − Q) for the "
        "customer's line. The two are never mixed.",
    ),
)


@lru_cache(maxsize=1)
def regulations() -> dict[str, Any]:
    """Instruments and the clause map, as data."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "regulations.json").read_text("utf-8"))
    return found


def regulation(doc: Document, _report: Source) -> None:
    """Where each section speaks to which clause, and the state of each instrument with its date."""
    doc.section("regulation", "Regulation and standards")
    doc.say(
        "The map says which section may serve as evidence for which clause. It does not say that a clause is met. "
        "Statuses were read in secondary sources; check them against the texts. ",
        Span(INDEPENDENCE, "bold"),
    )
    columns = [
        Column("Section of this report"),
        Column("EU AI Act"),
        Column("SR 26-2 (SR 11-7)"),
        Column("NAIC"),
        Column("NIST AI RMF"),
        Column("ISO/IEC 42001"),
    ]
    rows = [
        Row((topic(doc, item), item["ai_act"], item["sr"], item["naic"], item["nist"], item["iso"]))
        for item in regulations()["map"]
    ]
    doc.table("table-map", "Sections and clauses", columns, rows)
    columns = [Column("Instrument"), Column("Status"), Column("Status as of"), Column("Use here")]
    rows = [Row((item["name"], item["status"], item["as_of"], item["use"])) for item in regulations()["instruments"]]
    doc.table("table-instruments", "Instruments and their status", columns, rows)


def topic(doc: Document, item: Source) -> tuple[Span, ...]:
    """The topic, with a link to its section, or to what was not tested."""
    at = item["section"] if doc.number_of(item["section"]) else "untested"
    state = " (not tested here)" if at == "untested" else f" ({doc.number_of(at)})"
    return Span(item["topic"]), Span(state, "regular", "sea", at)


def method(doc: Document, report: Source) -> None:
    """Formulas, methods by check, seeds, versions, plan, and the command that makes the result again."""
    doc.section("method", "Method")
    doc.say(
        "The same data, suite, specification and seed give the same result, byte for byte. "
        "What makes the figures again stands below."
    )
    doc.table(
        "table-formulas",
        "Formulas",
        [Column("Figure", most=90), Column("How it is made")],
        [Row((Span(name, "bold"), text)) for name, text in (*FORMULAS, *caged.formulas(report))],
    )
    used = [] if is_laboratory(report) else interval_rows(report)
    if used:
        columns = [Column("How the interval is made"), Column("Confidence", True), Column("Checks")]
        doc.table("table-methods", "Intervals and the checks that use them", columns, used[:MOST_ROWS])
    doc.table("table-run", "Run, versions and plan", [Column("What", most=110), Column("Value")], run_rows(report))
    doc.say(
        Span("Make it again: ", "bold"),
        Span(shown(look(report, "reproduce", "no command was given"), LONG), "mono"),
        size=7.6,
    )


def interval_rows(report: Source) -> list[Row]:
    """One row a method and confidence, with the titles of the checks that use it."""
    titles: dict[tuple[str, str], set[str]] = {}
    for item in checks(report):
        if item.get("method"):
            level = "–" if item.get("confidence") is None else shown(item["confidence"], 12)
            titles.setdefault((shown(item["method"], 200), level), set()).add(shown(item.get("title"), 120))
    return [Row((text, level, "; ".join(sorted(named)))) for (text, level), named in sorted(titles.items())]


def run_rows(report: Source) -> list[Row]:
    """Everything that fixes the result."""
    libraries = {
        **_texts(look(report, "audit.libraries")),
        **_texts(look(report, "provenance.libraries")),
        **_texts(look(report, "provenance.library_versions")),
    }
    facts = [
        ("Audit run", words(look(report, "audit.run_id"), 80)),
        ("Completed", day(look(report, "audit.completed_at"))),
        ("Suite", words(look(report, "audit.suite.id"), 60)),
        ("Suite digest", words(look(report, "audit.suite.digest"), 90)),
        ("Specification digest", words(look(report, "audit.spec_digest"), 90)),
        ("Data set digest", words(look(report, "audit.dataset_digest"), 90)),
        ("Seed", words(look(report, "audit.seed"), 40)),
        ("Engine", words(look(report, "audit.engine"), 40)),
        *caged.run_facts(report),
        ("Rate plan", words(look(report, "plan.id"), 60)),
        ("Plan hash", words(look(report, "plan.hash"), 90)),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in sorted(libraries.items())) or "not stated"),
    ]
    return [
        Row((Span(name, "regular", "slate"), Span(value, "mono" if "sha256:" in value else "regular")))
        for name, value in facts
    ]


def _texts(value: Any) -> dict[str, str]:
    return {shown(name, 60): shown(item, 120) for name, item in value.items()} if isinstance(value, Mapping) else {}


def changes(doc: Document, report: Source) -> None:
    """Change log and distribution."""
    doc.section("changes", "Changes and distribution")
    log = listed(report, "change_log")
    if log:
        columns = [Column("Date"), Column("Version"), Column("What changed"), Column("By")]
        doc.table("table-changes", "Change log", columns, [change_row(item) for item in log[:MOST_ROWS]])
    else:
        doc.say("This is the first version of this report.")
    sent = listed(report, "report.distribution")
    doc.say(f"Distribution: {', '.join(shown(item, 120) for item in sent[:40]) or 'the parties named on page one'}.")


def change_row(item: Any) -> Row:
    """A change as text, or as a mapping with date, version, text and by."""
    if not isinstance(item, Mapping):
        return Row(("–", "–", shown(item, 600), "–"))
    at = item.get("date") or item.get("at")
    return Row(
        (
            day(at) if at else "–",
            words(item.get("version"), 60),
            change_words(item),
            words(item.get("by") or item.get("who"), 80),
        )
    )


def change_words(item: Mapping[str, Any]) -> str:
    """What changed and, where it is said, why."""
    what, why = words(item.get("text") or item.get("what"), 600), shown(item.get("why"), 600)
    return f"{what}: {why}" if why else what


def sign_off(doc: Document, report: Source) -> None:
    """Who made it and who reviewed it: two people, or the report says that they are not."""
    doc.section("sign-off", "Sign-off")
    preparer, reviewer = words(look(report, "report.preparer")), words(look(report, "report.reviewer"))
    if look(report, "report.reviewer") is None:
        doc.say(Span("◆ ", "bold", "amber"), Span("Not yet reviewed by a second person.", "bold", "amber-word"))
    elif preparer == reviewer:
        doc.say(
            Span("■ ", "bold", "lead"),
            Span("Preparer and reviewer are the same person; a second person must review this report.", "bold", "lead"),
        )
    columns = [Column("Role"), Column("Name"), Column("Date")]
    made = day(look(report, "report.made_on"))
    rows = [
        Row(("Prepared by", preparer, made)),
        Row(("Reviewed by", reviewer, made if look(report, "report.reviewer") else "–")),
    ]
    doc.table("table-sign-off", "Sign-off", columns, rows)


def provenance(doc: Document, report: Source, content_digest: str) -> None:
    """Every digest that ties the paper to what it is made of."""
    doc.section("provenance", "Provenance")
    doc.say(
        "The footer's digest is the SHA-256 of this report's input as canonical JSON; the same input gives this "
        "file again, byte for byte. "
        f"Verification code {words(look(report, 'report.verification_code'), 90)}. See also ",
        see("method"),
        ".",
    )
    rows = [
        ("report content", content_digest),
        ("model version", words(look(report, "version.digest"), 90)),
        ("data set", words(look(report, "dataset.digest"), 90)),
    ]
    rows += [(name, value) for name, value in _flat(look(report, "provenance", {})) if "librar" not in name]
    doc.table(
        "table-provenance",
        "Digests and versions",
        [Column("What", most=130), Column("Digest or version")],
        [
            Row((Span(name.replace("_", " "), "regular", "slate"), Span(value, "mono")))
            for name, value in rows[:MOST_ROWS]
        ],
    )


def _flat(value: Any, before: str = "") -> list[tuple[str, str]]:
    """A nested mapping as dotted names and texts, in order of name."""
    if not isinstance(value, Mapping):
        return [(before or "value", shown(value))] if value not in (None, "") else []
    return [
        pair for name in sorted(value, key=str) for pair in _flat(value[name], f"{before} {shown(name, 60)}".strip())
    ][:200]
