"""Page one: title, seal, parties and period; the opinion in one paragraph; the load line."""

from core.pdf import flow
from core.pdf.document import COLUMN, Document, facts_grid, see
from core.pdf.figures import day, exact, whole, words
from core.pdf.loadline import Reading, load_line
from core.pdf.loadline import words as load_line_words
from core.pdf.mark import mark
from core.pdf.tables import Cell, Column, Grid, Row, Table, verdict
from core.pdf.text import Span, shown
from reports.quarterly import caged, worksheet
from reports.quarterly.exhibits import said_plainly
from reports.quarterly.reading import Source, checks, findings, look, number, records, rows, verdict_counts

EVIDENCE = {
    "E1": "the insurer ran the model in isolation on rows that it drew and holds",
    "E2": "the insurer ran the model in isolation on the customer's rows",
    "E3": "predictions matched to receipts",
    "E4": "unverified predictions: an indication",
}
HISTORIC = "Historic demonstration data: real public data from the past, not this insured's live decisions."


def cover(doc: Document, report: Source) -> None:
    """Title and parties at the left, the seal at the right."""
    status = shown(look(report, "report.status", "final"), 40)
    title = flow.Words([Span("Quarterly audit report", "bold")], 21, 0, 2)
    seal = flow.Figure(mark(46), 0)
    doc.add(flow.Beside(title, seal, COLUMN - 46, 2))
    name, version = words(look(report, "model.name"), 120), words(look(report, "version.label"), 60)
    doc.add(flow.Words([Span(f"{name}, version {version}", "regular", "sea")], 13, 0, 3))
    period = f"{words(look(report, 'report.period.label'))}: {day(look(report, 'report.period.start'))} to "
    doc.say(f"{period}{day(look(report, 'report.period.end'))}. Status: {status}.", colour="slate", after=7)
    if look(report, "audit.historic"):
        doc.say(Span("◆ ", "bold", "amber"), Span(HISTORIC, "bold", "amber-word"), after=7)
    doc.facts(parties(report), after=4)


def parties(report: Source) -> list[tuple[str, Cell]]:
    """Who, what, when, and the digests that tie the paper to its evidence."""
    policy = look(report, "policy.number")
    seen: list[tuple[str, Cell]] = [
        ("Insured", f"{words(look(report, 'insured.name'))}, {words(look(report, 'insured.address'))}"),
        ("Insurer", words(look(report, "insurer.name"))),
        ("Model", f"{words(look(report, 'model.name'), 120)} ({words(look(report, 'model.id'), 60)})"),
        ("Version digest", Span(words(look(report, "version.digest"), 90), "mono")),
        ("Data set digest", Span(words(look(report, "dataset.digest"), 90), "mono")),
        ("Policy", words(policy) if policy else "none: this report stands without a policy"),
        ("Report", f"{words(look(report, 'report.id'))}, version {words(look(report, 'report.version'))}"),
        ("Made on", day(look(report, "report.made_on"))),
        ("Prepared, reviewed", f"{words(look(report, 'report.preparer'))}; {words(look(report, 'report.reviewer'))}"),
        ("Verification code", Span(words(look(report, "report.verification_code"), 90), "mono")),
    ]
    return seen


def opinion(doc: Document, report: Source) -> None:
    """Section 1: one paragraph, then the load line with its words."""
    doc.section("opinion", "Opinion", need=60)
    doc.note(f"{whole(rows(report) or 0)} labelled rows")
    doc.say(*opinion_sentences(report))
    reading = load_line_reading(report)
    picture = load_line(reading, 200, 128, worksheet.bands(report))
    doc.add(flow.Beside(flow.Figure(picture), Table(facts_grid(standing(report, reading))), 206, 4))
    gravest(doc, report)


def gravest(doc: Document, report: Source) -> None:
    """The three gravest findings, so that page one says what to read first."""
    found = findings(report)[:3]
    if found:
        doc.say(Span("What to read first", "bold", "slate"), size=8, after=1)
        rows = [Row((verdict(str(item.get("severity"))), shown(item.get("title"), 160))) for item in found]
        doc.add(Table(Grid([Column("", most=52), Column("")], rows, head=False), 2))
        doc.say("All findings: ", see("findings"), ".", size=7.6, colour="slate", after=0)


def opinion_sentences(report: Source) -> list[str | Span]:
    """Grade and score, the change, the worst check, the state of the checks, the condition."""
    counts = verdict_counts(report)
    return [
        Span(f"{worksheet.verdict_sentence(report)} ", "bold"),
        change_sentence(report),
        harm_sentence(report),
        f"Of {sum(counts.values())} checks {counts['fail']} fail, {counts['cannot_tell']} cannot tell, "
        f"{counts['not_run']} were not run, {counts['measured']} are measured without a limit "
        f"and {counts['pass']} are met. ",
        worst_sentence(report),
        f"Evidence class {evidence(report)}. ",
        next_audit(report),
        "What was not tested stands in ",
        see("untested"),
        ", what it costs in ",
        see("price"),
        ".",
    ]


def next_audit(report: Source) -> str:
    """When the next audit is due; nothing where no policy asks for one."""
    due = look(report, "conditions.next_due")
    return "" if due is None else f"Next audit due {day(due)}. "


def change_sentence(report: Source) -> str:
    """What changed since last quarter, or that there is nothing to compare."""
    before, now = number(look(report, "previous.score")), number(worksheet.score(report))
    if before is None:
        return "There is no earlier audit to compare with. "
    grade, on = words(look(report, "previous.grade"), 4), day(look(report, "previous.completed_at"))
    if now is None:
        return f"The audit of {on} scored {before:.1f}, grade {grade}; there is no score to compare it with. "
    step = now - before
    moved = "unchanged from" if abs(step) < 0.05 else f"{abs(step):.1f} points {'above' if step > 0 else 'below'}"
    return f"That is {moved} the audit of {on} ({before:.1f}, grade {grade}). "


def harm_sentence(report: Source) -> str:
    """The priced error in the audit's own plain words."""
    found = next((item for item in checks(report) if item.get("id") == "performance.harmful_error"), None)
    return f"{said_plainly(found['sentence'], 400)} " if found and found.get("sentence") else ""


def worst_sentence(report: Source) -> str:
    """The worst thing found."""
    found = findings(report)
    if found:
        return f"The gravest finding: {shown(found[0].get('title'), 160)}. "
    if not checks(report):
        return "No check was made. "
    worst = next((item for item in checks(report) if item.get("verdict") == "fail"), None)
    return f"The worst check: {shown(worst.get('title'), 120)}. " if worst else "No check failed. "


def evidence(report: Source) -> str:
    """ "E4, unverified predictions: an indication"; where the model was run for nothing, why."""
    code = words(look(report, "audit.evidence_class"), 8)
    said = f"{code}, {EVIDENCE[code]}" if code in EVIDENCE else code
    fell = code == "E4" and caged.was_run(report)
    return f"{said}: {shown(look(report, 'audit.evidence_reason'), 300)}".rstrip(": .") if fell else said


def load_line_reading(report: Source) -> Reading:
    """What the load line shows; last quarter's score stands behind."""
    low, high = worksheet.score_interval(report)
    return Reading(
        number(worksheet.score(report)),
        worksheet.grade(report),
        low,
        high,
        rows(report),
        number(look(report, "previous.score")),
    )


def standing(report: Source, reading: Reading) -> list[tuple[str, Cell]]:
    """The load line in words, and what stands behind it."""
    facts: list[tuple[str, Cell]] = [
        ("Load line", Span(load_line_words(reading), "bold")),
        ("Composite relativity A", exact(worksheet.composite(report)) if worksheet.composite(report) else "no figure"),
        ("Evidence class", evidence(report)),
        ("Open findings", findings_line(report)),
        ("Incidents, claims", f"{len(records(report, 'claims.incidents'))}, {len(records(report, 'claims.claims'))}"),
        ("Audit condition", words(look(report, "conditions.status"))),
    ]
    if reading.low is not None:
        facts.insert(1, ("Band", worksheet.BAND_MEANING))
    return facts


def findings_line(report: Source) -> str:
    """ "2 high, 1 medium"."""
    grave = [str(item.get("severity")) for item in findings(report)]
    said = [f"{grave.count(name)} {name}" for name in ("high", "medium", "low") if name in grave]
    return ", ".join(said) or "none"


def contents(doc: Document) -> None:
    """The linked contents at the head of page two."""
    doc.new_page()
    doc.add(flow.Place("contents", "Contents"))
    doc.add(flow.Words([Span("Contents", "bold")], 14, 0, 2))
    doc.contents()
    doc.say(
        "Verdicts are words with a shape: ",
        Span("■ fail", "bold", "lead"),
        ", ",
        Span("◆", "bold", "amber"),
        " cannot tell (with the rows that would tell), ",
        Span("○", "bold", "mist"),
        " not tested, ",
        Span("□", "regular", "slate"),
        " measured without a limit, ",
        Span("●", "bold", "moss"),
        " met. A limit is a reference of the suite or the use class, an assumption: meeting it is neither compliance "
        "nor fairness. Intervals are two-sided at the level named with the check. All rates, curves and relativities "
        "are illustrative priors, not filed or market rates.",
        size=7.6,
        colour="slate",
        after=2,
    )
