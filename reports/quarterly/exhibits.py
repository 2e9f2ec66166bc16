"""What every measured section shows: the checks as a table, their intervals as a chart, the audit's own tables."""

from collections.abc import Callable, Sequence
from typing import Any

from core.pdf import charts
from core.pdf.charts.rows import Mark
from core.pdf.document import Document, see
from core.pdf.figures import general, plain_numbers, share, small, whole
from core.pdf.shapes import Picture
from core.pdf.tables import Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly.reading import Source, number

MOST_ROWS = 60  # of one table; the record holds the rest
MOST_BARS = 24
NO_LIMIT = "none\u00a0filed"
MOST_CHECKS = 7  # of a family in the body of a paper; the appendix holds all
MOST_ALIKE = 2  # of one question with many subjects
# checks whose value is a count, a statistic, a correlation or a slope, not a share of rows
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
        "saliency.additivity",
        "saliency.randomised_weights",
        "saliency.fillers",
        "data.odd_columns",
        "performance.bias",
        "performance.mean_absolute_error",
        "performance.f1",
        "performance.micro_f1",
        "performance.macro_f1",
        "performance.class_f1",
        "performance.mcc",
        "performance.kappa",
        "performance.lift",
        "performance.average_precision",
        "performance.brier_skill",
        "performance.log_loss",
        "performance.mae",
        "performance.rmse",
        "performance.r2",
        "performance.median_absolute_error",
        "performance.worst_mean",
        "performance.worst_from",
        "performance.largest_loss",
        "calibration.bands",
        "calibration.intercept",
        "calibration.slope",
        "calibration.spiegelhalter",
        "fairness.demographic_parity_ratio",
        "fairness.small_groups",
        "fairness.left_out",
        "fairness.proxy",
        "slices.confirmed",
        "drift.distance",
        "drift.domain",
        "drift.alarm",
        "oversight.kappa",
        "versions.auc",
        "versions.score_change",
        "model.answers",
        "attribution.interactions",
        "attribution.over_time",
        "attribution.background_stability",
        "attribution.drivers_hold",
        "labels.alpha",
        "gaming.canaries",
        "gaming.perfect",
        "gaming.row_order",
        "gaming.row_names",
    }
)


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
        return NO_LIMIT
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


def worst_of(found: Sequence[Source]) -> list[Source]:
    """What a section prints of its checks: what was measured, of each question the worst subjects, not too many."""
    told = [item for item in found if item.get("verdict") != "not_run"] or list(found)
    seen: dict[Any, int] = {}
    kept = []
    for item in told:
        seen[item.get("id")] = seen.get(item.get("id"), 0) + 1
        if seen[item.get("id")] <= MOST_ALIKE:
            kept.append(item)
    return kept[:MOST_CHECKS]


def check_table(doc: Document, key: str, caption: str, found: Sequence[Source]) -> None:
    """The worst checks of a family, each with n, interval, limit and verdict; the appendix holds all."""
    columns = [
        Column("Question"),
        Column("Measured (interval)", True),
        Column("Rows", True),
        Column("Limit"),
        Column("Verdict"),
    ]
    kept = worst_of(found)
    of = f"  ({len(kept)} of {len(found):,} checks, the worst of each question; all in "
    beside = (of, see("every-check"), ")") if len(found) > len(kept) else ()
    doc.table(key, caption, columns, [check_row(item) for item in kept], 7, beside)


def check_row(item: Source) -> Row:
    """One check: question, figure with its interval, rows, limit, verdict."""
    return Row((question(item), measured(item), whole(item.get("n") or 0), limit_of(item), judged(item)))


def rest_line(doc: Document, total: int, most: int = MOST_ROWS) -> None:
    """Says what a cut table left out."""
    if total > most:
        doc.say(
            f"The table shows {most} of {total:,} rows; the stored result holds all.",
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
    ][:MOST_CHECKS]
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
        if limit_of(item) != NO_LIMIT and is_share(item)
    }
    if len(limits) != 1:
        return []
    words, value = next(iter(limits.items()))
    return [Mark(value, f"limit {words}")] if value is not None else []


def sentences(found: Sequence[Source], most: int = 2) -> str:
    """The plain sentences of the worst checks, one a question, those that failed or cannot tell first."""
    said: dict[Any, str] = {}
    for item in found:
        if item.get("sentence") and item.get("verdict") != "not_run":
            said.setdefault(item.get("id"), said_plainly(item["sentence"]))
    return " ".join(list(said.values())[:most])


def said_plainly(text: Any, limit: int = 500) -> str:
    """A sentence of the audit as a customer reads it: no powers of ten."""
    return shown(plain_numbers(str(text)), limit)


def heading(name: str) -> str:
    """ "selection_rate" -> "Selection rate"; short capitals stay."""
    words = name.replace("_", " ")
    if len(words) < 3:
        return words
    return words if words.isupper() else words[:1].upper() + words[1:]


def worded(value: Any) -> str:
    """Words as they are, figures as figures."""
    return general(value) if isinstance(value, int | float) else said_plainly(value)


def points(value: Any) -> str:
    """A difference of shares in points, with its sign: +3.4."""
    found = number(value)
    return "–" if found is None else f"{found * 100:+.1f}".replace("-", "\u2212")


def probability(value: Any) -> str:
    """A p-value: three places, or that it is smaller."""
    found = number(value)
    if found is None:
        return "–"
    return f"{found:.3f}" if found >= 0.001 else "< 0.0001" if found < 0.0001 else small(found)


def interval_words(value: Any, low: Any, high: Any, wording: Callable[[Any], str]) -> str:
    """ "17.8 % (17.0 to 18.6)"."""
    return f"{wording(value)} ({wording(low).removesuffix(' %')} to {wording(high).removesuffix(' %')})"
