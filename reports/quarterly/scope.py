"""What the audit covers and what it does not: scope, reliance, independence, what is not tested, model, data."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from audits.engine.registry import Need
from core.pdf.document import Document
from core.pdf.figures import day, whole, words
from core.pdf.tables import Cell, Column, Row, verdict
from core.pdf.text import Span, shown
from reports.quarterly import caged, worksheet
from reports.quarterly.exhibits import check_table, sentences
from reports.quarterly.own_tables import audit_tables
from reports.quarterly.reading import Source, checks, dimension, listed, look, rows

INDEPENDENCE = (
    "This is an insurer-run audit. It is underwriting evidence, not an independent bias audit under New York City "
    "Local Law 144, unless the independence criteria of that law are met."
)
RELIANCE = (
    "It was made for the parties named on page one, to price and keep in force one policy. It measures recorded "
    "predictions against recorded outcomes. It is no opinion on law, and no promise of future results. Bounds assume "
    "that the audited rows are independent and represent the decisions of the period."
)
ILLUSTRATIVE = (
    "Every rate, curve and relativity is an illustrative prior: nothing in it is a filed or a market rate. The "
    "industry factor is a consequence propensity used as a proxy for frequency, the same for all perils."
)
MOST_TITLES = 3  # of the checks that one reason left open
# Checks whose dimension has a row of its own.
PRICED = frozenset({"calibration.ece", "fairness.gap", "robustness.flip_rate", "drift.outcome_slope", "slices.worst"})


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """What the suite cannot see, as data."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "untested.json").read_text("utf-8"))
    return found


def scope(doc: Document, report: Source) -> None:
    """Scope, reliance and independence in four short paragraphs."""
    doc.section("scope", "Scope, reliance and independence")
    suite = words(look(report, "audit.suite.id"), 40)
    doc.say(
        f"The audit ran suite {suite} on {whole(rows(report, 'total') or 0)} rows sent for model "
        f"{words(look(report, 'model.name'), 120)}, version {words(look(report, 'version.label'), 60)}. "
        f"{whole(rows(report) or 0)} rows have a decision and an outcome and are audited; "
        f"{whole(rows(report, 'unlabelled') or 0)} have no outcome and {whole(rows(report, 'undecided') or 0)} no "
        "decision, and are counted but not audited. ",
        caged.ran_sentence(report),
    )
    doc.say(RELIANCE)
    doc.note("Independence")
    doc.say(Span(INDEPENDENCE, "bold"))
    doc.say(ILLUSTRATIVE)
    for note in listed(report, "audit.notes")[:10]:
        doc.say(shown(note))


def untested(doc: Document, report: Source) -> None:
    """One honest table of what was not tested, why, what would tell, and what the gap costs."""
    doc.section("untested", "Not tested yet, or cannot tell")
    found = untested_rows(report)
    doc.say(
        "What was not measured is priced as if it were bad, within the plan's clips, and never shown as met. "
        f"{worksheet.untested_sentence(report)}"
    )
    columns = [
        Column("What", most=170),
        Column("State"),
        Column("Why", most=120),
        Column("What would tell", most=110),
        Column("What it costs", most=70),
    ]
    doc.table("table-untested", "What this audit did not test", columns, found)


def untested_rows(report: Source) -> list[Row]:
    """Dimensions of this audit that were not measured, then what the suite never measures."""
    made: list[Row | None] = []
    for name, text in catalogue()["dimensions"].items():
        seen = dimension(report, name)
        state = str(seen.get("state"))
        if state != "measured":
            cost = worksheet.untested_cost(report, name, state)
            made.append(Row((text["title"], verdict(state), words(seen.get("reason"), 400), text["needs"], cost)))
    if not listed(report, "audit.spec.slices"):
        made.append(
            Row(
                (
                    "Slices",
                    verdict("not_run"),
                    "No slice was registered before the data were seen.",
                    "Slices registered for the model.",
                    "none: the plan prices the pooled bound",
                )
            )
        )
    made += [untested_family(report, name, text) for name, text in catalogue()["families"].items()]
    made += [untested_check(report, text) for text in catalogue()["never_in_suite"]]
    return [row for row in [*made, *not_run_rows(report)] if row is not None]


def untested_check(report: Source, text: Mapping[str, Any]) -> Row | None:
    """What the first editions never measured: None once a check of this audit did, else why it did not."""
    found = [item for item in checks(report) if item.get("id") in text.get("checks", ())]
    if any(item.get("verdict") != "not_run" for item in found):
        return None
    reason = next((item["reason"] for item in found if item.get("reason")), text["reason"])
    return Row((text["title"], verdict("not_run"), words(reason, 400), text["needs"], text["price"]))


def not_run_rows(report: Source) -> list[Row]:
    """All other checks that were not run, in a row for each reason."""
    told = {name for text in catalogue()["never_in_suite"] for name in text.get("checks", ())}
    titles: dict[str, dict[str, None]] = {}
    for item in checks(report):
        apart = item.get("family") in catalogue()["families"] or item.get("id") in told | PRICED
        if item.get("verdict") == "not_run" and not apart:
            titles.setdefault(str(item.get("reason") or ""), {})[shown(item.get("title"), 120)] = None
    needs = {need.value: need.name for need in Need}
    rows = []
    for reason, named in titles.items():
        name = needs.get(reason, "")
        state = "not_applicable" if name in ("TEXT", "IMAGE") else "not_run"
        more = f"; and {len(named) - MOST_TITLES} more" if len(named) > MOST_TITLES else ""
        said = "; ".join(list(named)[:MOST_TITLES]) + more
        rows.append(Row((said, verdict(state), words(reason, 400), catalogue()["needs"].get(name, "–"), "none")))
    return rows


def untested_family(report: Source, name: str, text: Mapping[str, str]) -> Row | None:
    """A family without a price of its own: None once the audit has run it, else why it did not, in its own words."""
    found = checks(report, name)
    if any(item.get("verdict") not in ("not_run", "cannot_tell") for item in found):
        return None
    state = str(found[0].get("verdict")) if found else "not_run"
    reason = next((item["reason"] for item in found if item.get("reason")), text["reason"])
    return Row((text["title"], verdict(state), words(reason, 400), text["needs"], text["price"]))


def model_card(doc: Document, report: Source) -> None:
    """Purpose, population, harm direction, threshold, autonomy, oversight."""
    doc.section("model", "The model")
    doc.say(f"The harm that is priced: {words(look(report, 'model.harm_text'), 600).rstrip('.')}.")
    told = worksheet.class_harm(report)
    if told:
        doc.say(f"As filed for the use class: {told}")
    doc.table("table-model", "Model card", [Column("What", most=120), Column("As registered")], card_rows(report))


def card_rows(report: Source) -> list[Row]:
    """The registered facts, each as it was registered."""
    spec = look(report, "audit.spec", {})
    facts: list[tuple[str, Cell]] = [
        ("Purpose", words(look(report, "model.purpose"), 600)),
        ("Population", words(look(report, "model.population"), 600)),
        ("Use class", words(look(report, "model.use_class"))),
        ("Decision", decision_text(spec)),
        ("Harmful error", words(look(spec, "harmful_error", "")).replace("_", " ")),
        ("Decisions a year", whole(look(report, "model.decisions_per_year"))),
        ("Autonomy", level(look(report, "model.autonomy"))),
        ("Criticality", level(look(report, "model.criticality"))),
        ("Data sensitivity", level(look(report, "model.data_sensitivity"))),
        ("Human oversight", oversight(look(report, "model.oversight"))),
        ("Jurisdiction", level(look(report, "model.jurisdiction"))),
        ("Third party", level(look(report, "model.third_party"))),
        ("Depends on", dependencies(listed(report, "model.dependencies"))),
        ("Protected attributes", attribute_text(spec)),
        (
            "Version",
            f"{words(look(report, 'version.label'))}, frozen {day(look(report, 'version.frozen_at'))}, "
            f"live from {day(look(report, 'version.live_from'))}",
        ),
        ("Live at the period's end", words(look(report, "version.live_at_period_end", look(report, "version.label")))),
        ("Version digest", Span(words(look(report, "version.digest"), 90), "mono")),
    ]
    return [Row((Span(name, "regular", "slate"), value)) for name, value in facts]


def level(value: Any) -> str:
    """A filed level as words: "on_the_loop" -> "on the loop"."""
    return words(value).replace("_", " ")


def oversight(value: Any) -> str:
    """The measured catch rate, or words."""
    if isinstance(value, Mapping):
        coverage, caught = shown(value.get("coverage"), 20), shown(value.get("catch_lcb"), 20)
        return f"{coverage} of decisions reviewed, at least {caught} of seeded errors caught: stated, not tested here"
    return words(value, 300) if value else "no seeded-error test, so no credit"


def dependencies(found: list[Any]) -> str:
    """ "foundation model Orca 2; vendor Acme"."""
    named = [
        level(" ".join(shown(item.get(key), 60) for key in ("kind", "name", "version")))
        if isinstance(item, Mapping)
        else shown(item, 120)
        for item in found[:40]
    ]
    return "; ".join(named) or "nothing registered"


def decision_text(spec: Any) -> str:
    """ "positive when decile_score >= 5"."""
    name, op, value = (look(spec, f"decision.{part}") for part in ("column", "op", "value"))
    if name is None:
        return "not stated"
    return f"positive when {shown(name, 80)} {shown(op, 4)} {shown(value, 60)}" if op else f"column {shown(name, 80)}"


def attribute_text(spec: Any) -> str:
    """ "race (recorded), sex (recorded)"."""
    named = [
        f"{shown(look(item, 'name'), 60)} ({shown(look(item, 'source', 'source not stated'), 30)})"
        for item in listed(spec, "attributes")[:20]
    ]
    return ", ".join(named) or "none registered; missing is never fair"


def data(doc: Document, report: Source) -> None:
    """Source, window, sampling, counts, exclusions; then the audit's own data checks and tables."""
    doc.section("data", "The data")
    found = checks(report, "data")
    doc.say(sentences(found) or "The audit reports no check of the data beyond the counts below.")
    spec = look(report, "audit.spec", {})
    facts: list[tuple[str, Cell]] = [
        ("Source", words(look(report, "dataset.source"), 600)),
        ("Window", words(look(report, "dataset.window"), 300)),
        ("Sampling", words(look(report, "dataset.sampling"), 600)),
        ("Received", day(look(report, "dataset.received_at"))),
        ("Columns", whole(look(report, "dataset.columns"))),
        ("Rows sent", whole(rows(report, "total") or 0)),
        ("Audited rows", whole(rows(report) or 0)),
        ("Without outcome", whole(rows(report, "unlabelled") or 0)),
        ("Without decision", whole(rows(report, "undecided") or 0)),
        (
            "Label",
            f"{words(look(spec, 'label'), 80)}, event {words(look(spec, 'positive_label'), 40)}",
        ),
        ("Digest", Span(words(look(report, "dataset.digest"), 90), "mono")),
    ]
    listed_rows = [Row((Span(name, "regular", "slate"), value)) for name, value in facts]
    doc.table("table-data", "The data set", [Column("What", most=120), Column("Value")], listed_rows)
    if found:
        check_table(doc, "table-data-checks", "Checks of the data", found)
    audit_tables(doc, report, "data", ("missing",))
