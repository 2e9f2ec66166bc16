"""Reinsurance treaties as frozen values, read from JSON, in the order in which they act (DOMAIN 3.3).

Quota shares act first, on every claim; then per-risk layers, on what is left of each claim; then event layers, on what
is left of all claims of one event at a dependency; then aggregate layers, on what is left of the year. Layers of one
stage stand on the same loss, so a stack of layers is written as it is placed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.errors import InputRefused
from core.money import to_decimal

STAGES = ("quota_share", "per_risk_xl", "event_xl", "aggregate_xl")
EVERY = "*"  # an event layer that answers for every dependency
MOST = 20  # treaties of one programme
REINSTATEMENTS = 10


@dataclass(frozen=True)
class Commission:
    """Ceding commission as a share of the ceded premium: low + slide (at - loss ratio), held in low..high.

    A flat commission has low = high.
    """

    low: Decimal
    high: Decimal
    at: Decimal
    slide: Decimal


@dataclass(frozen=True)
class Treaty:
    """One treaty. Money in the book's currency; shares of 1.

    share            of a quota share what is ceded, of a layer what is placed
    attachment, limit   of a layer; the layer pays share * min(max(loss - attachment, 0), limit)
    key              of an event layer: the dependency, or EVERY
    reinstatements   of an event layer: the price of each reinstated limit as a share of the premium, pro rata as to
                     amount; the layer pays at most (1 + how many) limits a year
    premium          of a layer, None where none is stated
    """

    kind: str
    name: str
    share: Decimal
    attachment: Decimal = Decimal(0)
    limit: Decimal = Decimal(0)
    key: str = ""
    reinstatements: tuple[Decimal, ...] = ()
    premium: Decimal | None = None
    commission: Commission | None = None

    @property
    def top(self) -> Decimal:
        return self.attachment + self.limit


FIELDS = {
    "quota_share": {"kind", "name", "share", "commission"},
    "per_risk_xl": {"kind", "name", "share", "attachment", "limit", "premium"},
    "event_xl": {"kind", "name", "share", "attachment", "limit", "premium", "key", "reinstatements"},
    "aggregate_xl": {"kind", "name", "share", "attachment", "limit", "premium"},
}


def treaties_read(stated: Any) -> tuple[Treaty, ...]:
    """The programme, in the order in which it acts. Raises InputRefused naming the treaty, the field and the remedy."""
    if not isinstance(stated, list) or not all(isinstance(one, Mapping) for one in stated):
        raise InputRefused("Treaties are a list of objects.", field="treaties", remedy="See docs/actuarial.md.")
    if len(stated) > MOST:
        raise InputRefused(f"{len(stated)} treaties are too many.", field="treaties", limit=str(MOST))
    read = [_treaty(one, f"treaties[{place}]") for place, one in enumerate(stated)]
    programme = tuple(sorted(read, key=lambda one: STAGES.index(one.kind)))
    _one_share(programme)
    _no_overlap(programme)
    return programme


def _treaty(stated: Mapping[str, Any], field: str) -> Treaty:
    kind = stated.get("kind")
    if kind not in STAGES:
        raise InputRefused(f"{kind!r} is no kind of treaty.", field=f"{field}.kind", limit=", ".join(STAGES))
    unknown = sorted(set(stated) - FIELDS[kind])
    if unknown:
        raise InputRefused(f"A {kind} has no {unknown[0]}.", field=f"{field}.{unknown[0]}", remedy="Leave it out.")
    name = str(stated.get("name") or kind.replace("_", " "))[:80]
    if kind == "quota_share":
        share = _share(stated, "share", field)
        return Treaty(kind, name, share, commission=_commission(stated.get("commission", "0"), f"{field}.commission"))
    return Treaty(
        kind,
        name,
        _share({"share": "1", **stated}, "share", field),
        _amount(stated, "attachment", field),
        _amount(stated, "limit", field, above=0),
        str(stated.get("key", EVERY))[:200] if kind == "event_xl" else "",
        _reinstatements(stated.get("reinstatements", []), f"{field}.reinstatements"),
        None if stated.get("premium") is None else _amount(stated, "premium", field),
    )


def _commission(stated: Any, field: str) -> Commission:
    """A flat share, or {"low", "high", "at", "slide"}."""
    if not isinstance(stated, Mapping):
        flat = _share({"commission": stated}, "commission", field.rpartition(".")[0])
        return Commission(flat, flat, Decimal(0), Decimal(0))
    if set(stated) != {"low", "high", "at", "slide"}:
        raise InputRefused("A sliding commission states low, high, at and slide.", field=field, remedy="State all.")
    low, high, slide = (_share(stated, name, field) for name in ("low", "high", "slide"))
    if low > high:
        raise InputRefused("The lowest commission is above the highest.", field=field, remedy="Exchange them.")
    return Commission(low, high, _amount(stated, "at", field), slide)


def _share(stated: Mapping[str, Any], name: str, field: str) -> Decimal:
    value = to_decimal(stated.get(name), field=f"{field}.{name}")
    if not 0 <= value <= 1:
        raise InputRefused(f"{name} is {value}.", field=f"{field}.{name}", limit="0 to 1", remedy="Write 0.3 for 30 %.")
    return value


def _amount(stated: Mapping[str, Any], name: str, field: str, above: int = -1) -> Decimal:
    value = to_decimal(stated.get(name), field=f"{field}.{name}")
    if value < 0 or value <= above or value > Decimal("1e12"):
        limit = "above 0, to 1e12" if above == 0 else "0 to 1e12"
        raise InputRefused(f"{name} is {value}.", field=f"{field}.{name}", limit=limit, remedy="Correct the amount.")
    return value


def _reinstatements(stated: Any, field: str) -> tuple[Decimal, ...]:
    if not isinstance(stated, list) or len(stated) > REINSTATEMENTS:
        raise InputRefused("Reinstatements are a list of prices.", field=field, limit=f"at most {REINSTATEMENTS}")
    prices = tuple(to_decimal(price, field=field) for price in stated)
    if any(not 0 <= price <= 5 for price in prices):
        raise InputRefused(
            "A reinstatement's price is out of range.", field=field, limit="0 to 5", remedy='"1" = 100 %'
        )
    return prices


def _one_share(programme: Sequence[Treaty]) -> None:
    ceded = sum((one.share for one in programme if one.kind == "quota_share"), Decimal(0))
    if ceded > 1:
        raise InputRefused(f"Quota shares cede {ceded} of the book.", field="treaties", limit="1", remedy="Cede less.")


def _no_overlap(programme: Sequence[Treaty]) -> None:
    """No part of a loss is ceded twice in one stage."""
    for stage in STAGES[1:]:
        layers = [one for one in programme if one.kind == stage]
        for place, one in enumerate(layers):
            for other in layers[place + 1 :]:
                _apart(one, other)


def _apart(one: Treaty, other: Treaty) -> None:
    if one.key != other.key and EVERY in (one.key, other.key):
        raise InputRefused(
            f"{one.name} and {other.name} answer for one dependency and for every one.",
            field="treaties",
            remedy="Name every dependency, or none.",
        )
    meet = one.attachment < other.top and other.attachment < one.top
    if one.key == other.key and meet and one.share + other.share > 1:
        raise InputRefused(
            f"{one.name} and {other.name} cede the same loss twice.",
            field="treaties",
            limit="1 of any part of a loss",
            remedy="Let one end where the other begins, or place shares that sum to 1.",
        )
