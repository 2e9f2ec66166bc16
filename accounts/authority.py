"""How far one person may go alone: the insurer's grants, read before cover is bound or a claim is decided."""

from decimal import Decimal

from accounts.models import Authority
from core.actors import Actor
from core.errors import NotAllowed
from core.money import money_text


def authority_require(*, actor: Actor, kind: str, amount: Decimal, currency: str) -> None:
    """Raise NotAllowed unless `actor` is a person whose grant of `kind` in `currency` reaches `amount`.

    Without a grant in that currency there is no authority at all: nothing is converted.
    """
    held = authority_of(actor=actor, kind=kind, currency=currency)
    if held is not None and held >= amount:
        return
    has = "none" if held is None else money_text(held, currency)
    raise NotAllowed(
        f"This needs authority to {_act(kind)} {money_text(amount, currency)}.",
        field="amount",
        limit=f"your authority in {currency}: {has}",
        remedy="Ask somebody with more authority, or an administrator for a grant.",
    )


def authority_of(*, actor: Actor, kind: str, currency: str) -> Decimal | None:
    """The grant, or None."""
    if actor.kind != "user":
        return None
    rows = Authority.objects.filter(user_id=actor.id, kind=kind, currency=currency)
    return rows.values_list("amount", flat=True).first()


def _act(kind: str) -> str:
    return "bind a limit of" if kind == Authority.Kind.BIND else "decide a claim over"
