"""The data a guarantee's paper is made from."""

from decimal import Decimal
from typing import Any

from django.conf import settings

from core.money import cents
from core.paper import page_size_in
from guarantees.models import Guarantee
from guarantees.services import terms_of
from underwriting.rating.parametric import filed_in, payable

SHOWN = 12  # counts of the payment table


def guarantee_pdf(row: Guarantee) -> bytes:
    """The contract and its settlement as they stand."""
    # The PDF library is heavy: only the process that makes a paper loads it.
    from guarantees.paper import paper

    return paper(guarantee_told(row))


def guarantee_told(row: Guarantee) -> dict[str, Any]:
    """The guarantee as plain data, dated by its last act, so that the same guarantee gives the same bytes."""
    measured = list(row.measurements.order_by("created_at", "id"))
    payment = getattr(row, "payment", None)
    acts = [row.created_at, row.bound_at, *(one.created_at for one in measured), payment and payment.created_at]
    sheet = row.worksheet
    return {
        "guarantee": {
            "number": row.number,
            "state": row.get_state_display(),
            "insured": row.organisation.name,
            "insurer": settings.INSURER_NAME,
            "model": f"{row.version.model.name}, version {row.version.label}",
            "digest": row.version.digest,
            "harm": row.version.model.harm_text,
            "window_start": row.window_start.isoformat(),
            "window_end": row.window_end.isoformat(),
            "policy": row.policy.number if row.policy else "",
            "threshold": str(row.threshold),
            "rows": row.rows,
            "tick": str(row.tick),
            "cap": str(row.cap),
            "currency": row.currency,
            "premium": str(row.premium),
            "taxes": row.taxes,
            "total": str(row.total),
            "plan": sheet["plan"]["id"],
            **{name: sheet["audited"][name] for name in ("k", "n", "drift")},
            "page_size": page_size_in(row.organisation.country),
            "made_on": max(act for act in acts if act).date().isoformat(),
        },
        "figures": {
            **sheet["figures"],
            **{name: str(cents(Decimal(sheet["figures"][name]))) for name in ("expected", "sd")},
        },
        "pays": pays_of(row),
        "measurements": [
            {"on": one.created_at.date().isoformat(), "reason": one.reason, "payable": str(one.payable)}
            for one in measured
        ],
        "payment": payment
        and {
            "amount": str(payment.amount),
            "payee": payment.payee,
            "paid_by": payment.paid_by,
            "on": payment.created_at.date().isoformat(),
        },
    }


def pays_of(row: Guarantee) -> list[dict[str, Any]]:
    """What counts from the threshold to the cap pay, evenly chosen, both ends among them."""
    figures, terms, plan = row.worksheet["figures"], terms_of(row), filed_in(row.worksheet)
    first, last = figures["trigger_above"], figures["cap_from"] or row.rows
    step = max(1, (last - first) // (SHOWN - 1))
    counts = sorted({first, *range(first + 1, last, step), last})
    return [
        {
            "errors": count,
            "rate": str(Decimal(count) / row.rows),
            "pays": str(payable(count, terms, plan)),
        }
        for count in counts
    ]
