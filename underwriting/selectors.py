"""Reading underwriting. No selector opens a transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Prefetch, QuerySet

from accounts.principal import Principal
from audits.models import ModelFile
from core.canonical import canonical_json, digest
from core.errors import Unavailable
from underwriting.models import (
    AuditOrder,
    ChallengeSet,
    DeploymentSwitch,
    ModelVersion,
    PlanRecord,
    PlanRevision,
    Pricing,
    Referral,
    RegisteredModel,
)

# What the class of evidence of an order is read from (underwriting/evidence_class.py).
_MEASURED = ("audit_run__dataset", "audit_run__model_file")


def models_visible(principal: Principal) -> QuerySet[RegisteredModel]:
    """Registered models this caller may see."""
    return RegisteredModel.objects.visible_to(principal).select_related("organisation")


def versions_visible(principal: Principal) -> QuerySet[ModelVersion]:
    """Versions this caller may see, each with its model."""
    return ModelVersion.objects.visible_to(principal).select_related("model", "organisation")


def file_of(version: ModelVersion) -> ModelFile | None:
    """The file of this version that was handed over last; None if none ever was."""
    last = version.handovers.select_related("model_file__artifact").order_by("-created_at", "-id").first()
    return last.model_file if last else None


def orders_visible(principal: Principal) -> QuerySet[AuditOrder]:
    """Audit orders this caller may see, each with version, model, run and what was measured; no results."""
    rows = AuditOrder.objects.visible_to(principal).select_related("version__model", *_MEASURED)
    return rows.defer("audit_run__result", "audit_run__spec")


def orders_told(principal: Principal) -> QuerySet[AuditOrder]:
    """The same for lists that say the class of evidence: the checks come along, without the rest of the results."""
    return orders_visible(principal).annotate(checks_told=F("audit_run__result__checks"))


def pricings_visible(principal: Principal) -> QuerySet[Pricing]:
    """Prices this caller may see, each with its chain up to the model and its referrals."""
    referrals = Prefetch("referrals", queryset=Referral.objects.order_by("code", "id"))
    rows = Pricing.objects.visible_to(principal).select_related("order__version__model", "order__audit_run")
    return rows.prefetch_related(referrals).defer("order__audit_run__result", "order__audit_run__spec")


def pricings_listed(principal: Principal) -> QuerySet[Pricing]:
    """The same without the documents that only one price's page shows."""
    return pricings_visible(principal).defer(
        "order__audit_run__result", "order__audit_run__spec", "terms", "risk", "worksheet"
    )


def referrals_visible(principal: Principal) -> QuerySet[Referral]:
    """Referrals this caller may see, each with its price and model."""
    return Referral.objects.visible_to(principal).select_related("pricing__order__version__model")


def switches_of(model: RegisteredModel) -> QuerySet[DeploymentSwitch]:
    """The deployment history of one model, newest first."""
    return model.switches.select_related("version").order_by("-live_from")


def version_live_at(*, model: RegisteredModel, at: datetime) -> ModelVersion | None:
    """Which version was live at `at`: that of the last switch at or before it; None if none was."""
    switch = switches_of(model).filter(live_from__lte=at).first()
    return switch.version if switch else None


def challenge_of(model_id: UUID) -> ChallengeSet | None:
    """The rows that the insurer challenges a model with, as they were set last."""
    rows = ChallengeSet.objects.filter(model_id=model_id).select_related("dataset")
    return rows.order_by("-created_at", "-id").first()


def challenges_visible(principal: Principal) -> QuerySet[ChallengeSet]:
    """Challenge sets the caller may see; which rows challenge a model is the insurer's own affair."""
    return ChallengeSet.objects.visible_to(principal).select_related("dataset")


def order_of(audit_run_id: UUID) -> AuditOrder | None:
    """The order that an audit ran for; None if underwriting did not order it."""
    return AuditOrder.objects.filter(audit_run_id=audit_run_id).select_related("version__model", *_MEASURED).first()


def order_priceable(version: ModelVersion) -> AuditOrder | None:
    """The newest completed audit of `version` that was ordered to price it; a claim's audit never prices."""
    done = version.orders.exclude(purpose=AuditOrder.Purpose.CLAIM).filter(audit_run__state="completed")
    return done.select_related("version__model", *_MEASURED).order_by("-audit_run__completed_at", "-id").first()


def pricing_open_referrals(pricing: Pricing) -> QuerySet[Referral]:
    """Referrals of `pricing` that nobody has accepted: while there are any, it may not be offered."""
    return pricing.referrals.exclude(state=Referral.State.ACCEPTED).order_by("code", "id")


def worksheet_bytes(pricing: Pricing) -> bytes:
    """The stored worksheet as canonical bytes; raises Unavailable if it does not match its own digest."""
    return _matching(pricing.worksheet, pricing.worksheet_digest, f"worksheet of pricing {pricing.pk}")


def plans_published() -> QuerySet[PlanRecord]:
    """Rating plans, oldest first."""
    return PlanRecord.objects.filter(kind=PlanRecord.Kind.PLAN).order_by("effective_from", "name")


def plan_drafts() -> list[PlanRevision]:
    """Every draft as it stands, with its steps, the newest first."""
    rows = PlanRevision.objects.defer("json").prefetch_related("steps").order_by("created_at", "number")
    return list(reversed({row.name: row for row in rows}.values()))


def plan_draft_revisions(name: str) -> QuerySet[PlanRevision]:
    """The revisions of one draft, newest first."""
    return PlanRevision.objects.filter(name=name).prefetch_related("steps").order_by("-number")


def plan_draft_state(revisions: Iterable[PlanRevision]) -> str:
    """Where a draft is, from its latest revision's steps: draft, reviewed, approved, published or withdrawn."""
    acts = {step.act for step in next(iter(revisions)).steps.all()}
    order = ("withdrawn", "published", "approved", "reviewed")
    return next((act for act in order if act in acts), "draft")


def _matching(document: Mapping[str, Any], expected: str, what: str) -> bytes:
    data = canonical_json(document)
    if digest(data) != expected:
        raise Unavailable(
            f"The stored {what} does not match its digest.",
            limit=expected,
            remedy="An administrator must restore it; the journal holds when it was made.",
        )
    return data
