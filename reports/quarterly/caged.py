"""What the paper says of the model as it was run: the artifact, whether it is the one that decided, whether it repeats.

An audit of recorded predictions has none of it, and says so.
"""

from core.pdf.document import Document
from core.pdf.figures import general, whole, words
from core.pdf.tables import Column, Row
from core.pdf.text import Span, shown
from reports.quarterly.exhibits import MOST_ROWS, check_table, heading, rest_line
from reports.quarterly.folding import inputs_folded
from reports.quarterly.own_tables import audit_table
from reports.quarterly.reading import Source, checks, family_table, is_laboratory, look, number

ISOLATION = "The insurer ran the model in isolation on {rows}: the caged answers are what is audited here. "
COMPARED = "Recorded predictions were only compared with them."
RECORDED = "The audit read recorded predictions; the insurer did not run the model."
HELD = "rows that the insurer drew and holds"
SENT = "the customer's rows"
FORMULAS = (
    (
        "Robustness",
        "One seeded disturbance a row and family; k = rows whose decision turns over in the family with most of them; "
        "u as for the harmful error. A search for weak spots is no draw and never enters u.",
    ),
    (
        "Attribution",
        "Shapley values: base + sum of contributions = answer, for every row. Exactly from the trees where the format "
        "has them, else by sampling permutations over the caged model with a stated budget and seed. Features that one "
        "input becomes are added up to that input. Interval: bootstrap over rows.",
    ),
)


def was_run(report: Source) -> bool:
    """Whether the model itself answered."""
    return isinstance(look(report, "audit.model"), dict)


def is_held(report: Source) -> bool:
    """Whether the insurer drew and holds the rows."""
    return bool(look(report, "dataset.custody") == "insurer")


def ran_sentence(report: Source) -> str:
    """Whose answers were audited, in one sentence."""
    if not was_run(report):
        return RECORDED
    return ISOLATION.format(rows=HELD if is_held(report) else SENT) + COMPARED


def formulas(report: Source) -> tuple[tuple[str, str], ...]:
    """The formulas that only an audit of the model itself uses."""
    return FORMULAS if was_run(report) else ()


def run_facts(report: Source) -> list[tuple[str, str]]:
    """What fixes the model's part of the result."""
    if not was_run(report):
        return []
    model = look(report, "audit.model")
    return [
        ("Model artifact digest", words(model.get("digest"), 90)),
        ("Model format, runtime", f"{words(model.get('format'), 40)}, {words(model.get('runtime'), 80)}"),
        ("Interface digest", words(model.get("interface_digest"), 90)),
        ("Caged rows, calls", f"{figure(model.get('caged_rows'))}, {figure(model.get('caged_calls'))}"),
    ]


def figure(value: object) -> str:
    """A count, or a dash."""
    return "–" if value is None else whole(value)


def as_it_was_run(doc: Document, report: Source) -> None:
    """The artifact, how data reaches it, whether it reproduces what was recorded, and whether it repeats itself."""
    if not was_run(report):
        return
    doc.part("caged", "The model as it was run", need=120)
    found = checks(report, "model")
    doc.say(ran_sentence(report), " ", *(f"{shown(item.get('sentence'), 400)} " for item in found))
    doc.table("table-caged", "The artifact and its run", [Column("What", most=120), Column("Value")], fact_rows(report))
    interface(doc, report)
    if found:
        check_table(doc, "table-model-checks", "Is it the model that decided, and does it repeat itself", found)
    if is_laboratory(report):
        return  # the appendix has them
    for name, caption in (("reproduction", "Recorded predictions against the model's answers"), REPEATS):
        table = family_table(report, "model", name)
        if table:
            audit_table(doc, f"table-{name}", caption, table)


REPEATS = ("determinism", "The same rows asked again")


def fact_rows(report: Source) -> list[Row]:
    """What the audit itself notes of the artifact; digest, runtime and counts of the run where it notes none."""
    table = family_table(report, "model", "facts")
    noted = [(heading(shown(row[0], 80)), said(row[1])) for row in table["rows"]] if table else run_facts(report)
    return [
        Row((Span(name, "regular", "slate"), Span(value, "mono" if value.startswith("sha256:") else "regular")))
        for name, value in noted[:MOST_ROWS]
    ]


def said(value: object) -> str:
    """A fact of any kind in words."""
    return general(value) if isinstance(value, int | float) or value is None else shown(value, 200)


def interface(doc: Document, report: Source) -> None:
    """How columns and categories reach the model, as registered with the version."""
    inputs = [item for item in look(report, "audit.model.interface.inputs", []) if isinstance(item, dict)]
    if not inputs:
        return
    columns = [Column("Column"), Column("Reaches the model as"), Column("An empty cell")]
    told = inputs_folded([(shown(item.get("column"), 120), as_words(item), missing_words(item)) for item in inputs])
    doc.table("table-interface", "How the data reaches the model", columns, [Row(line) for line in told[:MOST_ROWS]])
    rest_line(doc, len(told))


def as_words(item: Source) -> str:
    """ "one 0-or-1 feature each: car; education"."""
    names = item.get("categories") or []
    listed = "; ".join(shown(name, 100) for name in names[:12]) + ("; …" if len(names) > 12 else "")
    return {
        "number": "a number that is a code" if item.get("nominal") else "a number",
        "codes": f"its place among: {listed}",
        "one_hot": f"one 0-or-1 feature each: {listed}",
        "text": "text",
        "image": image_words(item),
    }.get(str(item.get("as")), words(item.get("as"), 40))


def image_words(item: Source) -> str:
    """ "a picture of 48 x 192 pixels, 3 channels (NCHW)"."""
    sizes = " x ".join(shown(item.get(side), 12) for side in ("height", "width"))
    return f"a picture of {sizes} pixels, {shown(item.get('channels'), 4)} channels ({shown(item.get('layout'), 8)})"


def missing_words(item: Source) -> str:
    """What an empty cell, or a category that is not listed, becomes."""
    if item.get("as") == "text":
        return "empty text"
    if item.get("as") == "image":
        return "a black picture"
    if item.get("as") == "one_hot":
        return "all 0"
    missing = number(item.get("missing"))
    return "NaN" if missing is None else f"{missing:g}"
