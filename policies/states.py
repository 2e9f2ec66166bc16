"""The state machines of policies, each one table. What a state means stands beside it in models."""

from core.states import Machine

QUOTE = Machine(
    noun="quote",
    moves={
        "open": frozenset({"accepted", "bound", "voided", "expired", "declined"}),
        "accepted": frozenset({"bound", "voided", "expired", "declined"}),
        "bound": frozenset(),
        "voided": frozenset(),
        "expired": frozenset(),
        "declined": frozenset(),
    },
)

POLICY = Machine(
    noun="policy",
    moves={
        "bound": frozenset({"in_force", "cancelled"}),
        "in_force": frozenset({"expired", "cancelled"}),
        "expired": frozenset(),
        "cancelled": frozenset(),
    },
)

CAPACITY_REFERRAL = Machine(
    noun="capacity referral",
    moves={
        "open": frozenset({"accepted", "refused"}),
        "accepted": frozenset(),
        "refused": frozenset(),
    },
)
