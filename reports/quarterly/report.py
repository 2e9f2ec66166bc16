"""Puts the sections in their order (DOMAIN 5.3) and sets them on paper."""

from collections.abc import Mapping
from typing import Any

from core.canonical import canonical_json, digest
from core.errors import InputRefused
from core.pdf.document import Document
from core.pdf.figures import words
from core.pdf.paper import Meta
from core.pdf.text import printable, shown
from reports.quarterly import (
    annexes,
    appendix,
    caged,
    explanations,
    fairness,
    laboratory,
    legal,
    measures,
    opening,
    price,
    record,
    robustness,
    saliency,
    scope,
)
from reports.quarterly.reading import look

SCHEMA = "plimsoll.quarterly-report/1"


def render(report: Mapping[str, Any]) -> bytes:
    """The report as PDF bytes. Raises InputRefused when the input is no report or its page size is unknown."""
    if not isinstance(report, Mapping) or not isinstance(look(report, "report"), Mapping):
        raise InputRefused(
            "the input has no report block", field="report", limit=SCHEMA, remedy="send a quarterly report's input"
        )
    clean = printable(report)
    content = digest(canonical_json(clean))
    doc = Document(meta_of(clean, content))
    opening.cover(doc, clean)
    opening.opinion(doc, clean)
    opening.contents(doc)
    for part in (
        price.price,
        record.findings_section,
        scope.scope,
        scope.untested,
        scope.model_card,
        caged.as_it_was_run,
        scope.data,
        measures.performance,
        measures.slices,
        measures.calibration,
        laboratory.uncertainty,
        robustness.robustness,
        measures.drift,
        fairness.fairness,
        explanations.explanations,
        saliency.saliency,
        laboratory.labels,
        laboratory.oversight,
        laboratory.versions,
        laboratory.gaming,
        record.claims,
        record.conditions,
        legal.legal,
        annexes.regulation,
        annexes.method,
        annexes.changes,
        annexes.sign_off,
        appendix.begins,
        appendix.every_finding,
        appendix.every_check,
        appendix.every_table,
    ):
        part(doc, clean)
    annexes.provenance(doc, clean, content)
    return doc.build()


def meta_of(report: Mapping[str, Any], content: str) -> Meta:
    """Footer, running head and file properties."""
    name, label = words(look(report, "model.name"), 80), words(look(report, "version.label"), 40)
    status = shown(look(report, "report.status", "final"), 20)
    stamps = [] if status.lower() == "final" else [status.upper()]
    stamps += ["HISTORIC DEMONSTRATION DATA"] if look(report, "audit.historic") else []
    identity = f"{words(look(report, 'report.id'), 50)} v{words(look(report, 'report.version'), 10)}"
    return Meta(
        id=identity,
        title=f"Quarterly audit report {identity}: {name}, version {label}",
        author=words(look(report, "insurer.name"), 80),
        subject=f"Audit of {name}, {words(look(report, 'report.period.label'), 60)}",
        digest=content,
        page_size=str(look(report, "report.page_size", "A4")),
        running_head=f"Quarterly audit report: {name}, version {label}",
        stamp=", ".join(stamps),
        made_on=str(look(report, "report.made_on", ""))[:10],
    )
