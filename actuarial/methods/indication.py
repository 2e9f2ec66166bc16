"""Rate indication by loss ratio (DOMAIN 3.5), in Decimal.

change = (LR (1 + ULAE) + F%) / (1 - V - Q) - 1, LR developed, trended and on level; Z = min(1, sqrt(claims / 1,082)),
the classical full credibility of a claim count, 90 % within 5 % (Longley-Cook 1962). The complement is the net trend.
"""

from dataclasses import dataclass
from decimal import Decimal

from core.errors import InputRefused
from underwriting.rating.arithmetic import ONE, ZERO, add, divide, multiply, root, subtract

FULL_CREDIBILITY = Decimal(1082)


@dataclass(frozen=True)
class Indication:
    """Shares, not rounded."""

    loss_ratio: Decimal
    permissible: Decimal
    indicated: Decimal  # from the loss ratio alone
    credibility: Decimal
    complement: Decimal
    selected: Decimal  # Z indicated + (1 - Z) complement


def indication(
    *, loss_ratio: Decimal, fixed: Decimal, ulae: Decimal, net_share: Decimal, claims: int, complement: Decimal
) -> Indication:
    """The change of rate level that `loss_ratio` asks for.

    fixed      fixed expense as a share of premium
    net_share  1 - V - Q
    claims     number behind the loss ratio
    complement change believed where the claims are not (net trend)
    Raises InputRefused for a negative loss ratio or count, or when nothing of the premium is left for losses.
    """
    _refuse_impossible(loss_ratio, fixed, net_share, claims)
    indicated = subtract(divide(add(multiply(loss_ratio, add(ONE, ulae)), fixed), net_share), ONE)
    z = credibility_of(claims)
    return Indication(
        loss_ratio,
        divide(subtract(net_share, fixed), add(ONE, ulae)),
        indicated,
        z,
        complement,
        add(multiply(z, indicated), multiply(subtract(ONE, z), complement)),
    )


def base_change(change: Decimal, *, fixed: Decimal, net_share: Decimal) -> Decimal:
    """The change of pure premium that moves the whole premium by `change`: fixed expense does not move with it.

    From G net = PP (1 + ULAE) + F: ((1 + change) net - F) / (net - F) - 1, F as a share of premium. The minimum premium
    is left out. At full credibility it is loss ratio over permissible loss ratio, less 1.
    """
    wanted = subtract(multiply(add(ONE, change), net_share), fixed)
    return subtract(divide(wanted, subtract(net_share, fixed)), ONE)


def credibility_of(claims: int) -> Decimal:
    """Z = min(1, sqrt(claims / 1,082))."""
    return min(ONE, root(divide(Decimal(claims), FULL_CREDIBILITY)))


def _refuse_impossible(loss_ratio: Decimal, fixed: Decimal, net_share: Decimal, claims: int) -> None:
    if loss_ratio < ZERO or claims < 0 or fixed < ZERO:
        raise InputRefused(
            "a loss ratio, an expense or a count is negative", field="loss_ratio", limit="0 or more", remedy="Mend it."
        )
    if net_share <= fixed:
        raise InputRefused(
            f"fixed expense of {fixed} leaves nothing of {net_share} for losses",
            field="fixed",
            limit=f"below {net_share}",
            remedy="State it as a share of premium, such as 0.06.",
        )
