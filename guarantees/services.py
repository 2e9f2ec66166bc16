"""Every write of guarantees: offer, bind, measure, pay. What prices a guarantee never settles it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.authority import authority_require
from accounts.models import Authority
from audits.models import Companion
from audits.selectors import audit_result
from core.actors import Actor
from core.canonical import canonical_json, digest
from core.errors import Conflict, InputRefused, NotAllowed, StateRefused, Unavailable
from core.journal import journal_write
from core.money import cents, currency_code, money_text, round_half_up
from core.states import state_change
from guarantees.models import Guarantee, GuaranteePayment, Measurement
from guarantees.states import GUARANTEE
from policies.capacity import LIVE
from policies.models import Policy
from policies.numbers import number_next
from underwriting.evidence_class import VERIFIED, class_in_force
from underwriting.models import AuditOrder
from underwriting.plan_records import plan_current
from underwriting.rating import Plan, evidence_from_audit
from underwriting.rating.arithmetic import ONE, multiply
from underwriting.rating.parametric import Audited, Terms, filed, filed_in, payable, replay, worksheet
from underwriting.rating.relativity import growth
from underwriting.services.registry import required_reason

VALID_FOR = timedelta(days=30)
LONGEST = timedelta(days=366)
AUDIT_AGE = timedelta(days=100)  # DOMAIN 0, D8
LATE = timedelta(days=60)  # after the window, for drawing and labelling the rows
INSURERS_ROWS = "E1"
REUSED = "gaming.reused_rows"


def guarantee_offer(
    *,
    order: AuditOrder,
    terms: Terms,
    window: tuple[date, date],
    currency: str,
    tax_jurisdiction: str,
    actor: Actor,
    at: datetime,
) -> Guarantee:
    """Offer a guarantee priced on the completed audit of `order`, for thirty days.

    Raises StateRefused for an audit that is not completed or too old, InputRefused for terms or a window that is not
    written.
    """
    currency_code(currency)
    _window(window, at)
    plan, model = plan_current(on=at.date()), order.version.model
    audited = _audited(order, window, plan, at)
    policy = _accompanied(order, currency)
    sheet = worksheet(audited, terms, filed(), accompanies=policy is not None)
    premium = Decimal(sheet["figures"]["premium"])
    taxes = [
        {"name": line.name, "rate": str(line.rate), "amount": str(cents(multiply(premium, line.rate)))}
        for line in plan.taxes.lines(tax_jurisdiction, window[0])
    ]
    with transaction.atomic():
        row = Guarantee.objects.create(
            organisation_id=order.organisation_id,
            created_at=at,
            number=number_next(prefix="G", at=at),
            version=order.version,
            priced_on=order,
            policy=policy,
            window_start=window[0],
            window_end=window[1],
            threshold=terms.threshold,
            rows=terms.rows,
            tick=terms.tick,
            cap=terms.cap,
            currency=currency,
            worksheet=sheet,
            worksheet_digest=digest(canonical_json(sheet)),
            premium=premium,
            taxes=taxes,
            total=premium + sum((Decimal(tax["amount"]) for tax in taxes), Decimal(0)),
            offered_by=actor.label,
        )
        detail = {"number": row.number, "model": model.pk, "premium": premium, "cap": terms.cap}
        _journal(row, "guarantee.offered", "", detail, actor, at)
    return row


def guarantee_bind(*, guarantee: Guarantee, order_text: str, actor: Actor, at: datetime) -> Guarantee:
    """Bind an offer on the customer's order. Raises StateRefused once its window has begun, it lapsed, or the liability
    policy that carried the fixed expense is gone; NotAllowed beyond the binder's authority."""
    if not order_text.strip():
        raise InputRefused("The customer's order is missing.", field="order_text", remedy="State it in their words.")
    authority_require(actor=actor, kind=Authority.Kind.BIND, amount=guarantee.cap, currency=guarantee.currency)
    with transaction.atomic():
        row = Guarantee.objects.select_for_update().get(pk=guarantee.pk)
        if at > row.created_at + VALID_FOR or at.date() > row.window_start:
            raise StateRefused(
                "This offer has lapsed.",
                field="guarantee",
                limit=f"thirty days, and by {row.window_start}",
                remedy="Offer it again; nothing is backdated.",
            )
        if row.policy_id and not Policy.objects.filter(pk=row.policy_id, state__in=LIVE).exists():
            raise StateRefused(
                "The policy it accompanies is not in force any more.", field="policy", remedy="Offer it by itself."
            )
        changes = {
            "order_text": order_text.strip(), "bound_by": actor.label, "bound_by_id": actor.id, "bound_at": at
        }  # fmt: skip
        state_change(instance=row, machine=GUARANTEE, to="bound", actor=actor, at=at, why=order_text, changes=changes)
    return row


def guarantee_withdraw(*, guarantee: Guarantee, why: str, actor: Actor, at: datetime) -> Guarantee:
    """Take an offer back."""
    reason = required_reason(why)
    with transaction.atomic():
        state_change(instance=guarantee, machine=GUARANTEE, to="withdrawn", actor=actor, at=at, why=reason)
    return guarantee


def guarantee_measure(*, guarantee: Guarantee, order: AuditOrder, actor: Actor, at: datetime) -> Measurement:
    """Settle by the audit of `order`: the engine's own count of harmful errors against the threshold.

    Raises InputRefused for an audit that must not settle it (the one that priced it, rows of which were evaluated
    before, rows from before the window, another version), StateRefused while it is not completed or the window has not
    ended. Where the rows are too few, or not the insurer's own, it cannot tell and stays bound.
    """
    with transaction.atomic():
        row = Guarantee.objects.select_for_update().get(pk=guarantee.pk)
        if row.state != Guarantee.State.BOUND:
            raise StateRefused(f"This guarantee is {row.state}.", field="guarantee", limit="bound")
        _settles(row, order, at)
        result = audit_result(order.audit_run)
        errors, rows, doubt = _counted(row, order, result)
        verdict, reason, amount = _verdict(row, errors, rows, doubt)
        try:
            with transaction.atomic():
                found = Measurement.objects.create(
                    organisation_id=row.organisation_id,
                    created_at=at,
                    guarantee=row,
                    order=order,
                    result_digest=order.audit_run.result_digest,
                    errors=errors,
                    rows=rows,
                    verdict=verdict,
                    reason=reason,
                    payable=amount,
                    measured_by=actor.label,
                    measured_by_id=actor.id,
                )
        except IntegrityError:
            raise Conflict("This audit has measured it already.", field="audit", remedy="Name another one.") from None
        detail = {"measurement": found.pk, "errors": errors, "rows": rows, "verdict": verdict, "payable": amount}
        _journal(row, "guarantee.measured", reason, detail, actor, at)
        if verdict != Measurement.Verdict.CANNOT_TELL:
            to = "triggered" if verdict == Measurement.Verdict.TRIGGERED else "ended"
            state_change(instance=row, machine=GUARANTEE, to=to, actor=actor, at=at, why=reason)
    return found


def guarantee_pay(*, guarantee: Guarantee, payee: str, why: str, actor: Actor, at: datetime) -> GuaranteePayment:
    """Pay what the measurement says, once; by somebody who neither bound nor measured it, within their authority."""
    reason = required_reason(why)
    if not payee.strip():
        raise InputRefused("A payee is missing.", field="payee", remedy="Name who is paid.")
    with transaction.atomic():
        row = Guarantee.objects.select_for_update().get(pk=guarantee.pk)
        due = row.measurements.filter(verdict=Measurement.Verdict.TRIGGERED).first()
        if row.state != Guarantee.State.TRIGGERED or due is None:
            raise StateRefused(f"This guarantee is {row.state}: nothing is due.", field="guarantee", limit="triggered")
        if actor.id in (due.measured_by_id, row.bound_by_id):
            raise NotAllowed("Whoever bound or measured it does not pay it.", remedy="Ask another adjuster.")
        authority_require(actor=actor, kind=Authority.Kind.CLAIM, amount=due.payable, currency=row.currency)
        paid = GuaranteePayment.objects.create(
            organisation_id=row.organisation_id,
            created_at=at,
            guarantee=row,
            amount=due.payable,
            currency=row.currency,
            payee=payee.strip(),
            why=reason,
            paid_by=actor.label,
            paid_by_id=actor.id,
        )
        state_change(instance=row, machine=GUARANTEE, to="paid", actor=actor, at=at, why=reason)
    return paid


def guarantee_replay(*, guarantee: Guarantee) -> str:
    """The worksheet's digest computed anew; raises Unavailable if the stored one fails its own digest."""
    if digest(canonical_json(guarantee.worksheet)) != guarantee.worksheet_digest:
        raise Unavailable("The stored worksheet does not match its digest.", limit=guarantee.worksheet_digest)
    return digest(canonical_json(replay(guarantee.worksheet)))


def terms_of(guarantee: Guarantee) -> Terms:
    """The contract's figures."""
    return Terms(guarantee.threshold, guarantee.rows, guarantee.tick, guarantee.cap)


def _window(window: tuple[date, date], at: datetime) -> None:
    start, end = window
    if not at.date() <= start < end <= start + LONGEST:
        raise InputRefused(
            f"A window from {start} to {end} is not written.",
            field="window_end",
            limit=f"from {at.date()} on, at most {LONGEST.days} days",
            remedy="Nothing is backdated; choose later days.",
        )


def _audited(order: AuditOrder, window: tuple[date, date], plan: Plan, at: datetime) -> Audited:
    """k and n of the audit's harmful errors, by their worth, and the mean drift from the audit to the window's end."""
    run = order.audit_run
    if run.state != "completed" or run.completed_at is None:
        raise StateRefused(f"The audit is {run.state}.", field="audit", limit="completed", remedy="Wait for it.")
    if at - run.completed_at > AUDIT_AGE:
        raise StateRefused(
            f"The audit is {(at - run.completed_at).days} days old.",
            field="audit",
            limit=f"{AUDIT_AGE.days} days",
            remedy="Have the model audited again.",
        )
    result = audit_result(run)
    verified = class_in_force(order, result["checks"])
    if verified.code not in VERIFIED:
        raise StateRefused(
            f"No guarantee stands on evidence of class {verified.code}. {verified.reason}",
            field="audit",
            limit=", ".join(sorted(VERIFIED)),
            remedy="Hand the model over and have it audited in the cage.",
        )
    dimensions = evidence_from_audit(result, evidence_class=verified.code).dimensions
    error, drift = dimensions["error"], dimensions["drift"]
    if not error.measured or error.k is None or error.n is None:
        raise StateRefused(
            "The audit has no counted harmful-error rate.", field="audit", remedy="Audit it with labels."
        )
    years = Decimal((window[1] - run.completed_at.date()).days) / 365
    rate = drift.point if drift.measured and drift.point is not None else plan.relativity.unmeasured_g
    drifted = round_half_up(growth(max(rate, Decimal(0)), years), 6)
    return Audited(error.k, error.n, max(ONE, drifted))


def _accompanied(order: AuditOrder, currency: str) -> Policy | None:
    rows = Policy.objects.filter(model=order.version.model, state__in=LIVE, currency=currency)
    return rows.order_by("inception").last()


def _settles(row: Guarantee, order: AuditOrder, at: datetime) -> None:
    run = order.audit_run
    if order.version_id != row.version_id:
        _refuse("The audit is of another version.", "audit", "the guaranteed version")
    if run.state != "completed" or run.completed_at is None:
        raise StateRefused(f"The audit is {run.state}.", field="audit", limit="completed", remedy="Wait for it.")
    last = row.window_end + LATE
    if not row.window_end <= run.completed_at.date() <= last or at.date() > last:
        _refuse("The audit was not made in time.", "audit", f"completed from {row.window_end} to {last}")
    if run.dataset.created_at.date() < row.window_start:
        _refuse("The rows were there before the window began.", "audit", f"sent from {row.window_start} on")
    priced = row.priced_on.audit_run.dataset
    if run.dataset_id == priced.pk or run.dataset.digest == priced.digest:
        _refuse("The data that priced a guarantee never settle it.", "audit", "other rows")


def _counted(row: Guarantee, order: AuditOrder, result: Mapping[str, Any]) -> tuple[int | None, int | None, str | None]:
    """K and the rows with an outcome as the engine counted them, and what stands in the way of settling by them."""
    error = result["dimensions"]["error"]
    if error["state"] != "measured" or error.get("k") is None:
        return None, None, "The audit has no counted harmful-error rate."
    errors, rows = (int(Decimal(str(error[name]))) for name in ("k", "n"))
    found = class_in_force(order, result["checks"])
    if found.code != INSURERS_ROWS:
        return errors, rows, f"The rows are not verified: only the insurer's own settle it. {found.reason}"
    if "n_eff" in error:
        return errors, rows, "The rows are weighted, clustered or copied: their count is no count of independent rows."
    doubt = _reused(row, order, result)
    if doubt is None and rows != row.rows:
        few = "are too few" if rows < row.rows else "are more than were agreed and priced"
        doubt = f"{rows:,} rows with an outcome {few}; the contract says {row.rows:,}."
    return errors, rows, doubt


def _reused(row: Guarantee, order: AuditOrder, result: Mapping[str, Any]) -> str | None:
    """Why rows may have been evaluated before; None if the engine compared them with the pricing rows and none was."""
    before = order.audit_run.companions.filter(
        role=Companion.Role.AUDITED_BEFORE, dataset_id=row.priced_on.audit_run.dataset_id
    )
    check = next((one for one in result["checks"] if one["id"] == REUSED), None)
    if not before.exists() or check is None or check.get("k") is None:
        return "The rows were not compared with those that priced the guarantee."
    return None if int(check["k"]) == 0 else f"Rows were evaluated before. {check['sentence']}"


def _verdict(
    row: Guarantee, errors: int | None, rows: int | None, doubt: str | None
) -> tuple[Measurement.Verdict, str, Decimal]:
    if doubt is not None or errors is None:
        return Measurement.Verdict.CANNOT_TELL, doubt or "Nothing was counted.", Decimal("0.00")
    amount = payable(errors, terms_of(row), filed_in(row.worksheet))
    said = f"{errors:,} harmful errors on {rows:,} rows; more than {row.worksheet['figures']['trigger_above']:,} pay."
    if amount > 0:
        return Measurement.Verdict.TRIGGERED, f"{said} {money_text(amount, row.currency)} are due.", amount
    return Measurement.Verdict.NOT_TRIGGERED, f"{said} Nothing is due.", amount


def _refuse(message: str, field: str, limit: str) -> None:
    raise InputRefused(message, field=field, limit=limit, remedy="Name another audit, or order one.")


def _journal(row: Guarantee, action: str, why: str, detail: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind="guarantee",
        subject_id=row.pk,
        organisation_id=row.organisation_id,
        at=at,
        why=why,
        detail=detail,
    )
