"""The state machines of underwriting, each one table."""

from core.states import Machine

MODEL = Machine(
    noun="model",
    moves={
        "registered": frozenset({"retired"}),
        "retired": frozenset(),
    },
)

REFERRAL = Machine(
    noun="referral",
    moves={
        "open": frozenset({"accepted", "refused", "withdrawn"}),
        "accepted": frozenset(),
        "refused": frozenset(),
        "withdrawn": frozenset(),
    },
)
