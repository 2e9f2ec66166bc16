"""The papers of a policy: input as data first, PDF from it, both stored by digest.

A paper's date and number are data, so making it again from its stored input gives the same bytes.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from core.actors import Actor
from core.canonical import canonical_json, digest
from core.journal import journal_write
from core.money import cents
from core.paper import page_size_in
from policies.models import Policy, PolicyDocument, PremiumAudit
from policies.selectors import premium_audit_of
from policies.wording import clauses_of
from provenance.models import Artifact
from provenance.store import artifact_read, artifact_write_bytes
from underwriting.rating.arithmetic import multiply

AMOUNTS = ("limit", "aggregate", "deductible", "premium", "total")
KINDS = (PolicyDocument.Kind.DECLARATIONS, PolicyDocument.Kind.CERTIFICATE)


@dataclass(frozen=True)
class Draft:
    """A paper made but not yet kept: `data` is the canonical input."""

    kind: str
    version: int
    data: bytes
    pdf: bytes


def documents_draft(*, policy: Policy) -> list[Draft]:
    """The papers that are missing or no longer say what the policy says. Long work: call it outside any transaction."""
    drafts = []
    for kind, body in _bodies(policy):
        last = policy.documents.filter(kind=kind).order_by("-version").first()
        if last is None or _body_of(last) != json.loads(canonical_json(body)):
            version = last.version + 1 if last else 1
            data = canonical_json({**body, "document": _document(policy, kind, version)})
            drafts.append(Draft(kind, version, data, render(kind, data)))
    return drafts


def documents_keep(*, policy: Policy, drafts: list[Draft], actor: Actor, at: datetime) -> list[PolicyDocument]:
    """Store drafts and their rows, inside the caller's transaction."""
    return [_keep(policy, draft, actor, at) for draft in drafts]


def document_remake(*, document: PolicyDocument) -> str:
    """The digest of the paper made anew from its stored input; equal to `document.digest` on the same build."""
    return digest(render(document.kind, artifact_read(document.input)))


def render(kind: str, data: bytes) -> bytes:
    """The PDF of canonical input `data`."""
    # The PDF library is heavy: only the process that makes a paper loads it.
    from policies import paper

    make = {
        PolicyDocument.Kind.DECLARATIONS: paper.declarations,
        PolicyDocument.Kind.CERTIFICATE: paper.certificate,
        PolicyDocument.Kind.PREMIUM_AUDIT: paper.premium_statement,
    }
    return make[PolicyDocument.Kind(kind)](json.loads(data))


def document_body(policy: Policy) -> dict[str, Any]:
    """All a paper says but its own number and date: policy, models, wording."""
    pricing = policy.quote.pricing
    return {
        "policy": {
            "number": policy.number,
            "form": policy.form,
            "insured": policy.organisation.name,
            "insured_address": policy.organisation.address,
            "insurer": settings.INSURER_NAME,
            "period": {"start": policy.inception, "end": policy.expiry},
            "retro_date": policy.retro_date,
            "continuity_date": policy.continuity_date,
            "decisions_per_year": policy.quote.decisions_per_year,
            "currency": policy.currency,
            **{name: f"{getattr(policy, name):.2f}" for name in AMOUNTS},
            "taxes": policy.taxes,
            "instalments": policy.instalments,
            "territory": ", ".join(policy.territory),
            "plan": {"id": pricing.plan_name, "hash": pricing.plan_hash},
            "quote_id": policy.quote.number,
            "worksheet_digest": pricing.worksheet_digest,
        },
        "models": _models(policy),
        "conditions": [*clauses_of(policy.clauses, "A"), *clauses_of(policy.clauses, "B"), *_conditions(policy)],
        "exclusions": clauses_of(policy.clauses, "X"),
        "subjectivities": [{"text": item["text"], "due": item["due"]} for item in policy.subjectivities],
    }


def _bodies(policy: Policy) -> list[tuple[str, dict[str, Any]]]:
    body = document_body(policy)
    audit = premium_audit_of(policy)
    settled = [] if audit is None else [(PolicyDocument.Kind.PREMIUM_AUDIT, {**body, "premium_audit": _audited(audit)})]
    return [*((kind, body) for kind in KINDS), *settled]


def _audited(audit: PremiumAudit) -> dict[str, Any]:
    return {
        "declared": audit.policy.quote.decisions_per_year,
        "actual": audit.declaration.decisions,
        "source": audit.declaration.source,
        "declared_by": audit.declaration.declared_by,
        "declared_on": audit.declaration.created_at.date(),
        "deposit": f"{audit.deposit:.2f}",
        "rated": f"{audit.rated:.2f}",
        "minimum_share": audit.minimum_share,
        "minimum": f"{cents(multiply(audit.deposit, audit.minimum_share)):.2f}",
        "adjustment": f"{audit.adjustment:.2f}",
        "taxes": audit.taxes,
        "total": f"{audit.total:.2f}",
        "referrals": audit.referrals,
        "why": audit.why,
        "settled_by": audit.settled_by,
        "settled_on": audit.created_at.date(),
    }


def _conditions(policy: Policy) -> list[dict[str, str]]:
    return clauses_of(policy.clauses, "C")


def _models(policy: Policy) -> list[dict[str, Any]]:
    pricing = policy.quote.pricing
    return [
        {
            "name": policy.model.name,
            "version": row.version.label,
            "digest": row.version.digest,
            "use_class": policy.model.use_class,
            "score": pricing.score,
            "rows": pricing.evidence["rows"],
            "grade": pricing.grade,
            "evidence_class": pricing.evidence["evidence_class"],
        }
        for row in policy.schedule.select_related("version").order_by("created_at", "id")
    ]


def _document(policy: Policy, kind: str, version: int) -> dict[str, Any]:
    last = policy.transactions.latest("booked_at")
    return {
        "id": f"{policy.number}/{kind}/{version}",
        "version": version,
        "made_on": last.booked_at.date(),
        "page_size": page_size_in(policy.organisation.country),
    }


def _body_of(document: PolicyDocument) -> dict[str, Any]:
    stored = json.loads(artifact_read(document.input))
    return {name: part for name, part in stored.items() if name != "document"}


def _keep(policy: Policy, draft: Draft, actor: Actor, at: datetime) -> PolicyDocument:
    name = f"{policy.number}-{draft.kind}-{draft.version}"
    pdf = _store(policy, draft.pdf, f"{name}.pdf", "application/pdf", actor, at)
    row = PolicyDocument.objects.create(
        organisation_id=policy.organisation_id,
        created_at=at,
        policy=policy,
        kind=draft.kind,
        version=draft.version,
        input=_store(policy, draft.data, f"{name}.json", "application/json", actor, at),
        pdf=pdf,
        digest=pdf.digest,
        made_at=at,
    )
    journal_write(
        actor=actor,
        action="document.made",
        subject_kind="policy",
        subject_id=policy.pk,
        organisation_id=policy.organisation_id,
        at=at,
        detail={"document": row.pk, "kind": draft.kind, "version": draft.version, "digest": pdf.digest},
    )
    return row


def _store(policy: Policy, data: bytes, name: str, media: str, actor: Actor, at: datetime) -> Artifact:
    return artifact_write_bytes(organisation=policy.organisation, data=data, name=name, media=media, at=at, actor=actor)
