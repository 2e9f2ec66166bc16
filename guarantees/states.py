"""The state machine of guarantees. What a state means stands beside it in models."""

from core.states import Machine

GUARANTEE = Machine(
    noun="guarantee",
    moves={
        "offered": frozenset({"bound", "withdrawn"}),
        "bound": frozenset({"triggered", "ended"}),
        "triggered": frozenset({"paid"}),
        "withdrawn": frozenset(),
        "ended": frozenset(),
        "paid": frozenset(),
    },
)
