"""What every measured section shows: the checks as a table, their intervals as a chart, the audit's own tables."""

from collections.abc import Callable, Sequence
from typing import Any

from core.pdf import charts
from core.pdf.charts.rows import Mark
from core.pdf.document import Document
from core.pdf.figures import general, share, whole
from core.pdf.shapes import Picture
from core.pdf.tables import VERDICTS, Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.folding import confusion_folded, missing_folded
from reports.quarterly.reading import Source, number, plain_name, section_tables

MOST_ROWS = 60  # of one table; the record holds the rest
MOST_BARS = 24
# checks whose value is a count, a statistic or a slope, not a share of rows
NO_SHARE = frozenset(
    {
        "data.rows",
        "data.classes",
        "performance.auc",
        "performance.brier",
        "fairness.four_fifths",
        "fairness.significance",
        "drift.outcome_slope",
        "drift.auc_change",
        "drift.psi",
        "drift.ks",
        "model.reproduces",
        "model.deterministic",
        "attribution.additivity",
        "attribution.trees_agree",
        "attribution.rank_stability",
    }
)
SHARE_WORDS = ("rate", "share", "error", "observed")
FOLDS = {"missing": missing_folded, "confusion": confusion_folded}
VERDICT_WORDS = {word.replace("_", " "): word for word in VERDICTS}


def is_share(check: Source) -> bool:
    """Whether the check's value is a share of rows, to be printed in percent."""
    value = number(check.get("value"))
    return value is not None and abs(value) <= 1 and check.get("id") not in NO_SHARE


def measured(check: Source) -> str:
    """ "17.8 % (17.0 to 18.6)", or a dash."""
    value, low, high = (check.get(name) for name in ("value", "low", "high"))
    if number(value) is None:
        return "–"
    wording = share if is_share(check) else general
    return wording(value) if number(low) is None or number(high) is None else interval_words(value, low, high, wording)


def limit_of(check: Source) -> str:
    """The limit in force, "none filed" where a figure is only reported."""
    limit = check.get("limit")
    if not isinstance(limit, dict) or number(limit.get("value")) is None:
        return "none filed"
    sign = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}.get(str(limit.get("op")), "")
    value = float(limit["value"])
    if is_share({"id": check.get("id"), "value": value if check.get("value") is None else check["value"]}):
        return f"{sign}\u00a0{value * 100:.4g}\u00a0%"
    return f"{sign}\u00a0{plain(value)}"


def plain(value: float) -> str:
    """A limit without a power of ten: 0.8, 1.96, 0.00001."""
    return f"{value:.6g}" if value == 0 or abs(value) >= 1e-4 else f"{value:.12f}".rstrip("0")


def judged(check: Source) -> tuple[Span, ...]:
    """The verdict as shape and word, with the rows that would tell."""
    words = verdict(str(check.get("verdict")))
    needed = number(check.get("rows_needed"))
    if check.get("verdict") == "cannot_tell" and needed:
        return (*words, Span(f"; about {whole(int(needed))} rows would tell", "regular", "amber-word"))
    return words


def question(check: Source) -> tuple[Span, ...]:
    """The check's title and what it is about."""
    subject = check.get("subject")
    about = (Span(f" ({shown(subject, 120)})", "regular", "slate"),) if subject else ()
    return (Span(shown(check.get("title"), 160)), *about)


def check_table(doc: Document, key: str, caption: str, found: Sequence[Source]) -> None:
    """All checks of a family, worst first, each with n, interval, limit and verdict."""
    columns = [
        Column("Question"),
        Column("Measured (interval)", True),
        Column("Rows", True),
        Column("Limit"),
        Column("Verdict"),
    ]
    rows = [
        Row((question(item), measured(item), whole(item.get("n") or 0), limit_of(item), judged(item)))
        for item in found[:MOST_ROWS]
    ]
    doc.table(key, caption, columns, rows)
    rest_line(doc, len(found))


def rest_line(doc: Document, total: int) -> None:
    """Says what a cut table left out."""
    if total > MOST_ROWS:
        doc.say(
            f"The table shows {MOST_ROWS} of {total:,} rows, worst first; the stored result holds all.",
            size=7.4,
            colour="slate",
        )


def interval_chart(found: Sequence[Source], axis: str) -> Picture | None:
    """Dots with intervals for the shares among the checks that have one, with the limit if they share it."""
    titles = {item.get("title") for item in found if item.get("subject")}
    rows = [
        charts.Reading(
            named_in(item, titles),
            number(item.get("value")),
            number(item.get("low")),
            number(item.get("high")),
            {"fail": "lead", "cannot_tell": "amber"}.get(str(item.get("verdict")), "sea"),
        )
        for item in found
        if is_share(item)
    ][:MOST_BARS]
    return charts.dots(rows, marks=limit_marks(found), axis=axis, zero=True) if rows else None


def named_in(check: Source, titles: set[Any]) -> str:
    """A check's subject; with its title where the chart shows subjects of several titles."""
    title, subject = shown(check.get("title"), 60), shown(check.get("subject"), 60)
    return f"{title}, {subject}" if subject and len(titles) > 1 else subject or title


def limit_marks(found: Sequence[Source]) -> list[Mark]:
    """The one limit that all these checks share, as a mark."""
    limits = {
        limit_of(item): number(item["limit"]["value"])
        for item in found
        if limit_of(item) != "none filed" and is_share(item)
    }
    if len(limits) != 1:
        return []
    words, value = next(iter(limits.items()))
    return [Mark(value, f"limit {words}")] if value is not None else []


def sentences(found: Sequence[Source], most: int = 2) -> str:
    """The plain sentences of the worst checks, those that failed or cannot tell first."""
    said = [
        shown(item.get("sentence"), 400) for item in found if item.get("sentence") and item.get("verdict") != "not_run"
    ]
    return " ".join(said[:most])


# the audit's own tables


def audit_tables(doc: Document, report: Source, family: str, *, but: Sequence[str] = ()) -> None:
    """Every table that the audit hands over for a family, except those told elsewhere."""
    for name, table in section_tables(report, family):
        if name in but:
            continue
        told = FOLDS[name](table) if name in FOLDS else table
        caption = f"{family.capitalize()}: {shown(name, 80).replace('_', ' ')}"
        errors = ", wrong decisions alone" if len(told["columns"]) < len(table["columns"]) else ""
        audit_table(doc, f"{family}-{name}", caption + errors, told)


def audit_table(doc: Document, key: str, caption: str, table: Source) -> None:
    """One of the audit's tables as it came, a figure and its two bounds in one column; figures right, words left."""
    names = [str(name) for name in table["columns"]]
    kept = [(list(row) + [None] * len(names))[: len(names)] for row in table["rows"][:MOST_ROWS]]
    said_once = once(names, kept)
    columns, cells = [], []
    place = 0
    while place < len(names):
        taken = 3 if bounded(names, place) else 1
        said = heading(shown(names[place], 60)) + (" (interval)" if taken == 3 else "")
        columns.append(Column(said, all(is_figure(row[place]) for row in kept)))
        cells.append([table_cell(row[place : place + taken], names[place]) for row in kept])
        place += taken
    doc.table(key, caption, columns, [Row(tuple(row)) for row in zip(*cells, strict=True)])
    rest_line(doc, len(table["rows"]))
    for name, text in said_once:
        doc.say(f"{heading(name)}: {text}.", size=7.4, colour="slate")


def once(names: list[str], rows: list[list[Any]]) -> list[tuple[str, str]]:
    """Takes out the last column when it says the same long words in every row; they are said once below the table."""
    if len(names) < 2 or not rows or not isinstance(rows[0][-1], str) or len(rows[0][-1]) < 40:
        return []
    if any(row[-1] != rows[0][-1] for row in rows):
        return []
    name, text = names.pop(), shown(rows[0][-1])
    for row in rows:
        row.pop()
    return [(name, text)]


def bounded(names: Sequence[str], place: int) -> bool:
    """Whether the next two columns are the lower and upper bound of this one."""
    after = [plain_name(name) for name in names[place + 1 : place + 3]]
    return len(after) == 2 and after[0].endswith("low") and after[1].endswith("high")


def heading(name: str) -> str:
    """ "selection_rate" -> "Selection rate"; short capitals stay."""
    words = name.replace("_", " ")
    if len(words) < 3:
        return words
    return words if words.isupper() else words[:1].upper() + words[1:]


def is_figure(value: Any) -> bool:
    """Whether a cell stands right: numbers and blanks."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def table_cell(values: Sequence[Any], name: str) -> Cell:
    """A cell of the audit's table: verdict words get their shape, shares their percent, bounds their brackets."""
    value = values[0]
    if isinstance(value, str):
        known = VERDICT_WORDS.get(value.replace("_", " "))
        return verdict(known) if known and plain_name(name) in {"verdict", "state"} else shown(value)
    if plain_name(name) == "seed":
        return shown(value)  # a name for a draw, not a quantity
    wording = (
        share if isinstance(value, float | int) and any(word in plain_name(name) for word in SHARE_WORDS) else general
    )
    if isinstance(value, int) and abs(value) > 1:
        wording = general
    if len(values) == 1 or any(not is_figure(item) or item is None for item in values):
        return wording(value) if value is not None else "–"
    return interval_words(value, values[1], values[2], wording)


def interval_words(value: Any, low: Any, high: Any, wording: Callable[[Any], str]) -> str:
    """ "17.8 % (17.0 to 18.6)"."""
    return f"{wording(value)} ({wording(low).removesuffix(' %')} to {wording(high).removesuffix(' %')})"
