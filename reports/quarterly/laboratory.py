"""The areas that came with the laboratory, a section each: what was asked, the worst first, a chart, a table or two.

An area of which nothing was measured has no section; it stands in the table of what was not tested.
"""

from core.pdf import charts
from core.pdf.document import Document
from core.pdf.shapes import Picture
from reports.quarterly.choosing import chosen, falling, pick, rising
from reports.quarterly.exhibits import check_table, sentences
from reports.quarterly.reading import Source, checks, family_table, number, records_of

MOST_SENTENCES = 3
LAST = frozenset({"uncertainty.posterior"})  # a belief beside a bound: told in the table alone


def opened(doc: Document, report: Source, family: str, title: str, asked: str) -> bool:
    """The head of an area: what was asked, the worst sentences, the checks. False where nothing was measured."""
    found = measured(report, family)
    if not found:
        return False
    doc.section(family, title)
    doc.say(asked)
    doc.say(sentences([item for item in found if item.get("id") not in LAST] or found, MOST_SENTENCES))
    return True


def measured(report: Source, family: str) -> list[Source]:
    """The checks of a family that were run, worst first."""
    return [item for item in checks(report, family) if item.get("verdict") != "not_run"]


def uncertainty(doc: Document, report: Source) -> None:
    """How sure the model may be of single answers, and what is left when the unsure ones go to people."""
    asked = (
        "How many outcomes do sets of answers hold, in every group as promised, and how much harm is left when the "
        "model decides only what it is surest of? The beliefs beside the bounds are never priced."
    )
    if not opened(doc, report, "uncertainty", "Uncertainty of single answers", asked):
        return
    picture = coverage_picture(report)
    if picture:
        lead = (
            "From right to left the model keeps fewer decisions, those it is surest of; the line is the share of "
            "harmful errors among them, the band its interval."
        )
        doc.figure("figure-selective", "Harm left among the decisions that the model keeps", picture, lead)
        picks = [
            pick("Kept", "share kept", kind="share"),
            pick("Harmful", "harmful", "rows", kind="of"),
            pick("Harmful errors (interval)", "rate", "low", "high", kind="share"),
            pick("At most", "at most", kind="share"),
        ]
        chosen(doc, report, ("uncertainty", "selective"), "Harm by share of decisions kept", picks, keep=spread)
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("Rows tried", "rows tried", kind="count"),
        pick("Should hold", "should hold", kind="share"),
        pick("Hold (interval of the law)", "share", "law low", "law high", kind="share"),
        pick("Answers in a set", "mean size", kind="figure"),
    ]
    least = rising("share")
    caption = "Outcomes that sets of answers hold, fewest first"
    chosen(doc, report, ("uncertainty", "conformal"), caption, picks, order=least, most=4)
    check_table(doc, "table-uncertainty", "Uncertainty, worst first", measured(report, "uncertainty"))


def spread(lines: list[Source]) -> list[Source]:
    """Every other row, so that a few tell the whole curve."""
    return lines[:: -(-len(lines) // 5)]


def coverage_picture(report: Source) -> Picture | None:
    """Risk against coverage, as the audit's own table has it."""
    lines = records_of(family_table(report, "uncertainty", "selective"))
    points = [
        charts.Point(kept, rate, number(line.get("low")), number(line.get("high")))
        for line in lines
        if (kept := number(line.get("share kept"))) is not None and (rate := number(line.get("rate"))) is not None
    ]
    points.sort(key=lambda point: point.x)
    if len(points) < 2:
        return None
    whole = charts.Curve("all decisions", points)
    return charts.curves([whole], name="share with the harmful error", axis="share of decisions that the model keeps")


def labels(doc: Document, report: Source) -> None:
    """Whether what counts as true is true: suspects, readers, doubles, leaks."""
    asked = (
        "Is what counts as true true, do readers agree on it, and was the model measured on rows it was not trained "
        "on? A suspected label is a reason to read it again, not a proof that it is wrong."
    )
    if not opened(doc, report, "labels", "Quality of the labels", asked):
        return
    picks = [
        pick("Label given", "label"),
        pick("More probable", "more probable class"),
        pick("Rows by the joint", "rows by the joint", kind="count"),
        pick("Share", "share", kind="share"),
        pick("Rows named", "rows disputed", kind="count"),
    ]
    most_rows = falling("rows by the joint")
    chosen(doc, report, ("labels", "suspected"), "Labels suspected of being wrong", picks, order=most_rows, most=6)
    picks = [
        pick("Reader", "annotator"),
        pick("Other", "other"),
        pick("Alike", "agree", "rows", kind="of"),
        pick("Share (interval)", "share", "low", "high", kind="share"),
        pick("Kappa (interval)", "kappa", "kappa low", "kappa high", kind="figure"),
    ]
    caption = "Agreement of readers, least first"
    chosen(doc, report, ("labels", "annotators"), caption, picks, order=rising("share"), most=6)
    picks = [
        pick("Audited rows that are", "what"),
        pick("Rows", "rows", "of", kind="of"),
        pick("Share (interval)", "share", "low", "high", kind="share"),
    ]
    chosen(doc, report, ("labels", "leakage"), "Audited rows and the rows the model was trained on", picks)
    check_table(doc, "table-labels", "Labels, worst first", measured(report, "labels"))


def oversight(doc: Document, report: Source) -> None:
    """Reviewers tested with seeded errors, and the model beside people."""
    asked = (
        "How many seeded errors do reviewers catch, and where do the model and a person who decided the same cases "
        "differ? The price reads the lower bound of the catch rate."
    )
    if not opened(doc, report, "oversight", "Human oversight", asked):
        return
    picks = [
        pick("Reviewer", "reviewer"),
        pick("Caught", "caught", "seeded", kind="of"),
        pick("Catch rate (interval)", "catch rate", "low", "high", kind="share"),
        pick("At least", "lower bound", kind="share"),
        pick("Sound cases called wrong", "false alarms", "sound cases", kind="of"),
    ]
    caption = "Seeded errors by reviewer, fewest caught first"
    chosen(doc, report, ("oversight", "reviewers"), caption, picks, order=rising("catch rate"))
    judges(doc, report, ("oversight", "shadow"), "the person", "the model", "Where the model and the person err")
    caption = "Harmful errors of the model less those of the person, largest first"
    largest = falling("harmful errors: difference")
    chosen(doc, report, ("oversight", "shadow by group"), caption, DIFFERENCES, order=largest, most=4)
    check_table(doc, "table-oversight", "Oversight, worst first", measured(report, "oversight"))


def versions(doc: Document, report: Source) -> None:
    """What the new version does otherwise than the one before, and for whom."""
    asked = (
        "What does this version decide otherwise than the earlier one on the same rows, and did it get worse for "
        "anybody?"
    )
    if not opened(doc, report, "versions", "Change from the earlier version", asked):
        return
    judges(doc, report, ("versions", "paired"), "the earlier version", "this version", "Where the versions err")
    caption = "Harmful errors of this version less those of the earlier one, largest first"
    largest = falling("harmful errors: difference")
    chosen(doc, report, ("versions", "by group"), caption, DIFFERENCES, order=largest, most=4)
    check_table(doc, "table-versions", "Versions, worst first", measured(report, "versions"))


def judges(doc: Document, report: Source, place: tuple[str, str], other: str, this: str, caption: str) -> None:
    """The four cells of two judges on the same cases."""
    picks = [
        pick("", "what"),
        pick("Both", "both", kind="count"),
        pick(f"Only {this}", f"only {this}", kind="count"),
        pick(f"Only {other}", f"only {other}", kind="count"),
        pick("Neither", "neither", kind="count"),
        pick("p (exact)", "p", kind="p"),
    ]
    chosen(doc, report, place, caption, picks)


# Columns of the tables that compare two judges group by group.
DIFFERENCES = (
    pick("Grouping", "grouping"),
    pick("Group", "group"),
    pick("Cases", "n", kind="count"),
    pick(
        "Points (interval)",
        "harmful errors: difference",
        "harmful errors: low",
        "harmful errors: high",
        kind="points",
    ),
    pick("p (Holm)", "harmful errors: p (Holm)", kind="p"),
)


def gaming(doc: Document, report: Source) -> None:
    """Signs that the evaluation was gamed."""
    asked = (
        "Does the model know that it is audited, has it met these rows before, were rows left out? A flag is a finding "
        "and a reason for a person to look. It is no proof of intent, and no flag is no proof of honesty."
    )
    if not opened(doc, report, "gaming", "Signs of a gamed evaluation", asked):
        return
    check_table(doc, "table-gaming", "Gaming, worst first", measured(report, "gaming"))
    picks = [
        pick("Rows", "rows"),
        pick("Harmful errors", "errors", "decided and labelled", kind="of"),
        pick("Share (interval)", "rate", "low", "high", kind="share"),
    ]
    chosen(doc, report, ("gaming", "challenge"), "The customer's rows and the insurer's", picks)
    chosen(doc, report, ("gaming", "reused"), "Rows seen before and fresh ones", picks)
