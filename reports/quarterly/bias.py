"""What the laboratory adds to fairness: the worst pair, gaps among like cases, by chances, exchange, proxies."""

from core.pdf.document import Document
from reports.quarterly.beyond import of
from reports.quarterly.choosing import chosen, falling, pick
from reports.quarterly.exhibits import sentences
from reports.quarterly.reading import Source, family_table

BIAS = "bias"


def bias(doc: Document, report: Source) -> None:
    """A part for each question that was measured."""
    worst_pairs(doc, report)
    within(doc, report)
    by_chances(doc, report)
    stands_for(doc, report)


def worst_pairs(doc: Document, report: Source) -> None:
    """The two groups that differ most, of all pairs of all groupings."""
    if family_table(report, BIAS, "worst pairs") is None:
        return
    doc.part("worst-pairs", "The worst pair of groups", need=90)
    doc.say("Every group is compared with every other, and with all intersections. ", worst(report))
    picks = [
        pick("Rate", "metric"),
        pick("Grouping", "grouping"),
        pick("Higher", "higher group"),
        pick("Lower", "lower group"),
        pick("Points (interval, all pairs)", "difference", "low", "high", kind="points"),
        pick("p (Holm)", "p Holm", kind="p"),
    ]
    chosen(doc, report, (BIAS, "worst pairs"), "The worst pair by rate", picks, order=falling("difference"))


def worst(report: Source) -> str:
    """The sentence of the worst pair that failed or cannot tell."""
    return sentences(of(report, "fairness.worst_pair"), 1)


def within(doc: Document, report: Source) -> None:
    """Gaps among decisions alike in the registered factors."""
    found = of(report, "fairness.conditional")
    if not found:
        return
    doc.part("within", "Gaps among like cases", need=90)
    doc.say(
        "The gap is looked at again within the values of the factors that the customer registered as legitimate; that "
        "they are is the customer's word. ",
        sentences(found, 1),
    )
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("Rows", "n", kind="count"),
        pick("Gap in points (interval)", "difference", "low", "high", kind="points"),
        pick("Within the factors", "within factors", "within low", "within high", kind="points"),
        pick("p (Holm)", "p Holm", kind="p"),
    ]
    caption = "Difference to all others, plain and within the factors"
    chosen(doc, report, (BIAS, "within factors"), caption, picks, order=falling_size, most=6)


def by_chances(doc: Document, report: Source) -> None:
    """Groups of which only chances are known, with the range that chances allow."""
    found = of(report, "fairness.inferred")
    if not found:
        return
    doc.part("by-chances", "Groups known by chances alone", need=90)
    doc.say(
        "Of these attributes only each row's chances are known. A gap weighted by chances is right only if decisions "
        "do not depend on the group among rows of equal chances; the last column is what the chances allow without "
        "that. ",
        sentences(found, 1),
    )
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("Rate", "metric"),
        pick("Rows it is worth", "effective rows", kind="count"),
        pick("Gap in points (interval)", "gap", "gap low", "gap high", kind="points"),
        pick("Chances allow", "gap least", "gap most", kind="from to"),
    ]
    caption = "Difference to all others by chances, and the range without the assumption"
    chosen(doc, report, (BIAS, "inferred groups"), caption, picks, order=falling_gap)


def falling_gap(line: Source) -> float:
    """Sort key: the largest gap by chances first, whichever way."""
    value = line.get("gap")
    return 0.0 if value is None else -abs(float(value))


def falling_size(line: Source) -> float:
    """Sort key: the largest difference within the factors first, whichever way."""
    value = line.get("within factors")
    return 0.0 if value is None else -abs(float(value))


def stands_for(doc: Document, report: Source) -> None:
    """Decisions that turn on the attribute itself, inputs that stand for it, inputs that carry the gap."""
    ids = ("fairness.exchange", "fairness.proxy", "fairness.carriers")
    found = [item for name in ids for item in of(report, name)]
    if not found:
        return
    doc.part("proxies", "Inputs that stand for an attribute", need=90)
    doc.say(
        "An input that foretells an attribute may be lawful; it is named so that a person looks. ", sentences(found, 3)
    )
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("Rows", "rows", kind="count"),
        pick("Told apart in (interval)", "AUC", "low", "high", kind="share"),
    ]
    caption = "How often the inputs tell which of two people is of the group; 50 % is a coin"
    chosen(doc, report, (BIAS, "foretold"), caption, picks, order=falling("AUC"), most=6)
    picks = [
        pick("Attribute", "attribute"),
        pick("From", "from"),
        pick("To", "to"),
        pick("Flipped (interval)", "rate", "low", "high", kind="share"),
        pick("Rows", "n", kind="count"),
    ]
    caption = "Decisions that turn over when only the attribute is exchanged"
    chosen(doc, report, (BIAS, "exchange by direction"), caption, picks, order=falling("rate"), most=6)
    picks = [
        pick("Attribute", "attribute"),
        pick("Group", "group"),
        pick("Input", "input"),
        pick("Difference (interval)", "difference", "low", "high", kind="figure"),
        pick("Share of the gap", "share of gap", kind="share"),
    ]
    if of(report, "fairness.carriers"):
        caption = "What carries the gap in answers, by attribution"
        chosen(doc, report, (BIAS, "gap carriers"), caption, picks, order=falling("share of gap"), most=6)
