"""What the laboratory adds to explanations: faithfulness, pairs of inputs, directions, backgrounds, time, words."""

from core.pdf import charts
from core.pdf.charts.scale import brief
from core.pdf.document import Document
from core.pdf.shapes import Picture
from core.pdf.text import shown
from reports.quarterly.beyond import of
from reports.quarterly.choosing import chosen, falling, pick
from reports.quarterly.exhibits import sentences
from reports.quarterly.reading import Source, family_table, number, records_of

ATTRIBUTION = "attribution"
COLOURS = {"ranked": "sea", "random": "slate"}
FURTHER = (
    "attribution.monotonicity",
    "attribution.interactions",
    "attribution.background_stability",
    "attribution.drivers_hold",
    "attribution.over_time",
    "attribution.text",
)


def depth(doc: Document, report: Source) -> None:
    """Faithfulness with its curves, then the further questions."""
    faithfulness(doc, report)
    further(doc, report)


def faithfulness(doc: Document, report: Source) -> None:
    """Whether taking away what the explanation ranks first moves the answer more than taking away at random."""
    found = of(report, "attribution.faithfulness")
    lines = records_of(family_table(report, ATTRIBUTION, "faithfulness"))
    if not found or not lines:
        return
    doc.part("faithfulness", "Whether the explanation is what the model does", need=120)
    doc.say(sentences(found, 1))
    picture = curves_of(lines)
    if picture:
        lead = (
            "Inputs are taken away in the order in which the explanation ranks them, and in random order. An "
            "explanation that is worth something moves the answer sooner."
        )
        doc.figure("figure-faithfulness", "How far the answer moves as inputs are taken away", picture, lead)
        picks = [
            pick("Curve", "curve"),
            pick("Order", "order"),
            pick("Inputs", "inputs", kind="count"),
            pick("Answers", "n", kind="count"),
            pick("Mean distance (interval)", "mean distance", "low", "high", kind="figure"),
        ]
        caption = "Mean distance from the answer"
        chosen(doc, report, (ATTRIBUTION, "faithfulness"), caption, picks, keep=deletion)


def deletion(lines: list[Source]) -> list[Source]:
    """The rows of the deletion curves, a few of many."""
    kept = [line for line in lines if line.get("curve") == "deletion"] or lines
    step = -(-len(kept) // 11)
    return kept[::step]


def curves_of(lines: list[dict[str, object]]) -> Picture | None:
    """Deletion by rank and at random; insertion stands in the table."""
    made: dict[str, list[charts.Point]] = {}
    for line in lines:
        inputs, distance = number(line.get("inputs")), number(line.get("mean distance"))
        if line.get("curve") == "deletion" and inputs is not None and distance is not None:
            ends = number(line.get("low")), number(line.get("high"))
            made.setdefault(shown(line.get("order"), 30), []).append(charts.Point(inputs, distance, *ends))
    if not made:
        return None
    lines_drawn = [
        charts.Curve(name, points, COLOURS.get(name, "amber"), name != "ranked") for name, points in made.items()
    ]
    return charts.curves(
        lines_drawn, wording=brief, x_wording=lambda value: f"{value:g}", name="mean distance from the answer",
        axis="inputs taken away",
    )  # fmt: skip


def further(doc: Document, report: Source) -> None:
    """Pairs, directions, backgrounds: a sentence each, and the tables that say which."""
    found = [item for name in FURTHER for item in of(report, name)]
    if not found:
        return
    doc.part("further", "Further questions to the explanation", need=90)
    doc.say(sentences(found, len(FURTHER)))
    picks = [
        pick("First", "first"),
        pick("Second", "second"),
        pick("Size (interval)", "root mean square", "low", "high", kind="figure"),
        pick("Mean (interval)", "mean", "mean low", "mean high", kind="figure"),
    ]
    caption = "Inputs that work together, strongest first"
    order = falling("root mean square")
    chosen(doc, report, (ATTRIBUTION, "interactions"), caption, picks, order=order, most=5)
    picks = [
        pick("Input", "column"),
        pick("Registered", "registered"),
        pick("Against", "against", "rows moved", kind="of"),
        pick("Share (interval)", "share", "low", "high", kind="share"),
        pick("Largest", "largest", kind="figure"),
    ]
    caption = "Inputs that must never move the answer the other way"
    chosen(doc, report, (ATTRIBUTION, "monotonicity"), caption, picks, order=falling("share"), most=6)
