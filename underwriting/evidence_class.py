"""Which class of evidence an audit is (DOMAIN 1.0 rule 21), and why: the one place that says so.

E1  the model ran in the insurer's cage on rows the insurer holds
E2  the model ran in the insurer's cage on the customer's rows
E4  predictions the customer recorded, and nobody verified

The order names the class it was ordered for. Once the audit is completed the class falls to E4 if the model answered
otherwise than recorded, or not always the same, or not at all, or if any of it could not be told: else a model that
answers only the batch it knows would choose whether it is found out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audits.interface import interface_parse
from audits.models import AuditRun, DataSet, ModelFile
from audits.selectors import audit_result
from underwriting.interfaces import recorded
from underwriting.models import AuditOrder, ModelVersion

VERIFIED = frozenset({"E1", "E2", "E3"})
UNVERIFIED = "E4"
WORDS = {
    "E1": "The model is run in the insurer's cage on rows that the insurer holds.",
    "E2": "The model is run in the insurer's cage on the customer's rows.",
}
NO_FILE = "The customer's own predictions were measured: no model file stood ready when the audit was ordered."
# The first of these that stands is told.
DOUBTS = {
    ("model.answers", "fail"): "The model failed, so the customer's own predictions were measured.",
    ("model.reproduces", "fail"): "The model does not give the answers that were recorded.",
    ("model.reproduces", "cannot_tell"): "Whether the model gives the answers that were recorded cannot be told.",
    ("model.deterministic", "fail"): "The model does not always give the same answer.",
    ("model.deterministic", "cannot_tell"): "Whether the model always gives the same answer cannot be told.",
}


@dataclass(frozen=True)
class EvidenceClass:
    """A class and the sentence that says why."""

    code: str
    reason: str


def class_ordered(
    *, version: ModelVersion, schema: Mapping[str, Any], dataset: DataSet, file: ModelFile | None
) -> EvidenceClass:
    """What an audit of this version on this data set can come to, if nothing in it speaks against the model."""
    if file is None:
        return EvidenceClass(UNVERIFIED, NO_FILE)
    apart = recorded(interface_parse(version.interface), schema)
    if apart:
        columns = ", ".join(apart)
        return EvidenceClass(UNVERIFIED, f"The model does not answer {columns}: measured as the customer recorded it.")
    code = "E1" if dataset.custody == DataSet.Custody.INSURER else "E2"
    return EvidenceClass(code, WORDS[code])


def class_in_force(order: AuditOrder, checks: Iterable[Mapping[str, Any]] | None = None) -> EvidenceClass:
    """The class of an order as it stands; `checks` are those of its result, where the caller has them at hand.

    Raises Unavailable if the result has to be read and was altered.
    """
    run = order.audit_run
    ordered = class_ordered(
        version=order.version, schema=order.version.model.schema, dataset=run.dataset, file=run.model_file
    )
    if ordered.code not in VERIFIED or run.state != AuditRun.State.COMPLETED:
        return ordered
    return _standing(ordered, audit_result(run)["checks"] if checks is None else checks)


def _standing(ordered: EvidenceClass, checks: Iterable[Mapping[str, Any]]) -> EvidenceClass:
    told = {(check["id"], check["verdict"]): check["sentence"] for check in checks}
    for doubt, words in DOUBTS.items():
        if doubt in told:
            return EvidenceClass(UNVERIFIED, f"{words} {told[doubt]}")
    return ordered
