"""The input of a quarterly report, gathered from every room below: what was measured, priced, covered and claimed.

The input is stored with the paper; from it alone the paper can be made again.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from audits.models import AuditRun
from audits.selectors import audit_result
from claims.ledger import paid_on_claim, reserves_of
from claims.models import Claim, Incident
from core.canonical import canonical_json, digest
from core.errors import StateRefused
from core.journal import journal_of
from core.paper import page_size_in
from core.periods import Period, next_quarter, quarter_of
from policies.models import Policy
from reports.models import QuarterlyReport
from reports.quarters import midnight, quarter_named
from underwriting.evidence_class import class_in_force
from underwriting.models import AuditOrder, Pricing, RegisteredModel
from underwriting.selectors import version_live_at
from underwriting.services import price_changes

DUE_AFTER_QUARTER = timedelta(days=30)  # DOMAIN 4.4: the report within 30 days of quarter end
RELEVANT = (AuditOrder.Purpose.SUBMISSION, AuditOrder.Purpose.QUARTERLY)
SAMPLING = {
    "customer": "chosen by the customer; the insurer did not draw these rows",
    "insurer": "drawn and held by the insurer; the insured never saw these rows",
}
REPRODUCE = (
    "POST /api/v1/pricings/{pricing}/replay re-computes the price; the audit is repeated from data set, spec, seed"
)


def report_input(*, report: QuarterlyReport, at: datetime) -> dict[str, Any]:
    """Everything the paper says, JSON-ready. Raises StateRefused when no audit was completed by the quarter's end."""
    period = quarter_named(report.quarter)
    until = min(midnight(period.end), at)
    orders = _orders(report.model, until)
    if not orders:
        raise StateRefused(
            f"No audit of {report.model.name} was completed by {until:%d %b %Y}.",
            field="quarter",
            remedy="Order an audit first, then ask for the report again.",
        )
    order = orders[0]
    pricing = _pricing(order, report.policy)
    input_: dict[str, Any] = {
        "schema": "plimsoll.quarterly-report/1",
        "report": _report(report, at, until, period.end),
        "insurer": {"name": settings.INSURER_NAME},
        "insured": {"name": report.organisation.name, "address": report.organisation.address},
        "model": _model(report.model),
        "version": _version(order, until),
        "policy": _policy(report.policy),
        "audit": _audit(order),
        "previous": _previous(orders[1:]),
        "worksheet": pricing.worksheet if pricing else None,
        "changes": _changes(pricing),
        "plan": {"id": pricing.plan_name, "hash": pricing.plan_hash} if pricing else None,
        "claims": _claims(report.model, midnight(period.start), until),
        "dataset": _dataset(order.audit_run),
        "conditions": _conditions(report.policy, order, period.end, at),
        "change_log": _change_log(report.model, until),
        "reproduce": REPRODUCE.format(pricing=pricing.pk) if pricing else "",
        "provenance": _provenance(order.audit_run, pricing),
    }
    input_["report"]["verification_code"] = digest(canonical_json(input_))[7:23]
    return input_


def _orders(model: RegisteredModel, until: datetime) -> list[AuditOrder]:
    done = AuditOrder.objects.filter(
        version__model=model,
        purpose__in=RELEVANT,
        audit_run__state=AuditRun.State.COMPLETED,
        audit_run__completed_at__lte=until,
    )
    related = done.select_related("version__model", "audit_run__dataset__canonical", "audit_run__model_file")
    return list(related.order_by("-audit_run__completed_at", "-id")[:2])


def _changes(pricing: Pricing | None) -> dict[str, Any] | None:
    """What would change the price; nothing where there is none."""
    return price_changes(pricing=pricing).to_dict() if pricing and pricing.premium is not None else None


def _pricing(order: AuditOrder, policy: Policy | None) -> Pricing | None:
    """The price of this audit; the one the policy was bound on if it is among them."""
    rows = order.pricings.order_by("-created_at", "-id")
    bound = rows.filter(quote__policy=policy).first() if policy else None
    return bound or rows.first()


def _report(report: QuarterlyReport, at: datetime, until: datetime, end: date) -> dict[str, Any]:
    start = quarter_named(report.quarter).start
    whole = until == midnight(end)
    return {
        "id": f"{report.model_id.hex[:8].upper()}-{report.quarter}",
        "version": report.version,
        "status": "final" if whole else "interim",
        "period": {
            "start": start,
            "end": end - timedelta(days=1) if whole else until.date(),
            "label": report.quarter if whole else f"{report.quarter}, to date",
        },
        "made_on": at.date(),
        "page_size": page_size_in(report.organisation.country),
        "preparer": report.requested_by,
        "reviewer": None,
        "distribution": [report.organisation.name, settings.INSURER_NAME],
    }


def _model(model: RegisteredModel) -> dict[str, Any]:
    names = (
        "name", "purpose", "use_class", "harm_text", "decisions_per_year", "autonomy", "criticality",
        "data_sensitivity", "oversight", "jurisdiction", "third_party", "dependencies", "population",
    )  # fmt: skip
    return {"id": model.pk, **{name: getattr(model, name) for name in names}}


def _version(order: AuditOrder, until: datetime) -> dict[str, Any]:
    version = order.version
    live = version.switches.filter(live_from__lte=until).order_by("live_from").first()
    now = version_live_at(model=version.model, at=until)
    return {
        "label": version.label,
        "digest": version.digest,
        "frozen_at": version.frozen_at,
        "live_from": live.live_from if live else None,
        "live_at_period_end": now.label if now else None,
    }


def _policy(policy: Policy | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    names = ("number", "limit", "aggregate", "deductible", "currency", "premium", "retro_date", "state")
    return {
        **{name: getattr(policy, name) for name in names},
        "period": {"start": policy.inception, "end": policy.expiry},
    }


def _audit(order: AuditOrder) -> dict[str, Any]:
    run, result = order.audit_run, audit_result(order.audit_run)
    evidence = class_in_force(order, result["checks"])
    return {
        **result,
        "run_id": run.pk,
        "completed_at": run.completed_at,
        "evidence_class": evidence.code,
        "evidence_reason": evidence.reason,
        "historic": run.dataset.historic,
    }


def _previous(orders: list[AuditOrder]) -> dict[str, Any] | None:
    if not orders:
        return None
    run, pricing = orders[0].audit_run, orders[0].pricings.order_by("-created_at").first()
    result = audit_result(run)
    return {
        "completed_at": run.completed_at,
        "dimensions": result.get("dimensions"),
        "findings": result.get("findings"),
        "score": pricing.score if pricing else None,
        "grade": pricing.grade if pricing else None,
    }


def _claims(model: RegisteredModel, start: datetime, until: datetime) -> dict[str, Any]:
    incidents = Incident.objects.filter(model=model, created_at__gte=start, created_at__lt=until)
    claims = list(
        Claim.objects.filter(policy__model=model, reported_at__gte=start, reported_at__lt=until).order_by("number")
    )
    rows: list[dict[str, Any]] = [
        {
            "number": claim.number,
            "reported_at": claim.reported_at,
            "state": claim.state,
            "claimed": claim.amount_claimed,
            "reserved": sum((part.outstanding for part in reserves_of(claim).values()), Decimal("0.00")),
            "paid": paid_on_claim(claim),
            "currency": claim.currency,
        }
        for claim in claims
    ]
    return {
        "incidents": [
            {
                "occurred_at": row.occurred_at,
                "reported_at": row.created_at,
                "state": row.level,
                "description": row.description,
            }
            for row in incidents.order_by("occurred_at")
        ],
        "claims": rows,
        "paid": sum((row["paid"] for row in rows), Decimal("0.00")),
        "reserved": sum((row["reserved"] for row in rows), Decimal("0.00")),
    }


def _dataset(run: AuditRun) -> dict[str, Any]:
    data = run.dataset
    return {
        "digest": data.canonical.digest if data.canonical else data.digest,
        "rows": data.rows,
        "columns": len(data.columns),
        "source": data.source or "not stated by the customer",
        "window": _window(data.window_start, data.window_end),
        "custody": data.custody,
        "sampling": SAMPLING[data.custody],
        "received_at": data.created_at,
    }


def _window(start: date | None, end: date | None) -> str:
    return f"{start} to {end}" if start and end else "not stated by the customer"


def _conditions(policy: Policy | None, order: AuditOrder, end: date, at: datetime) -> dict[str, Any]:
    """DOMAIN 4.4: the audit of a quarter is due within 30 days of its last day; only a policy has the condition."""
    if policy is None:
        return {"next_due": None, "status": "none: no policy was on risk in the quarter", "items": []}
    quarter = quarter_of(end - timedelta(days=1))
    due, completed = _due(quarter), order.audit_run.completed_at
    met = completed is not None and completed >= midnight(quarter.start)
    if met:
        status = "met: an audit was completed in the quarter"
    elif at.date() <= due:
        status = f"open: no audit in the quarter yet, due {due}"
    else:
        status = f"overdue since {due}"
    return {
        "next_due": _due(next_quarter(quarter.start)) if met else due,
        "status": status,
        "items": [
            {"text": item["text"], "due": item["due"], "state": "met" if item["met_at"] else "open"}
            for item in policy.subjectivities
        ],
    }


def _due(quarter: Period) -> date:
    """The last day on which the audit of `quarter` is on time, as the coverage check counts it."""
    return quarter.end - timedelta(days=1) + DUE_AFTER_QUARTER


def _change_log(model: RegisteredModel, until: datetime) -> list[dict[str, Any]]:
    rows = journal_of(subject_kind="model", subject_id=model.pk).filter(at__lte=until).order_by("-at")[:20]
    return [{"at": row.at, "what": row.action, "who": row.actor_label, "why": row.why} for row in rows]


def _provenance(run: AuditRun, pricing: Pricing | None) -> dict[str, Any]:
    result = audit_result(run)
    return {
        "data_set": run.dataset.canonical.digest if run.dataset.canonical else None,
        "data_set_as_sent": run.dataset.digest,
        "specification": run.spec_digest,
        "audit_result": run.result_digest,
        "worksheet": pricing.worksheet_digest if pricing else None,
        "plan": pricing.plan_hash if pricing else None,
        "engine": result.get("engine"),
        "libraries": result.get("libraries"),
    }
