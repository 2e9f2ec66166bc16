"""The state machines of claims, each one table. What a state means stands beside it in models."""

from core.states import Machine

CLAIM = Machine(
    noun="claim",
    moves={
        "reported": frozenset({"triaged"}),
        "triaged": frozenset({"coverage_review"}),
        "coverage_review": frozenset({"reserved", "decided"}),
        "reserved": frozenset({"decided"}),
        "decided": frozenset({"paid", "closed"}),
        "paid": frozenset({"closed"}),
        "closed": frozenset({"reopened"}),
        "reopened": frozenset({"coverage_review"}),
    },
)

DECISION = Machine(
    noun="decision",
    moves={
        "proposed": frozenset({"approved", "rejected"}),
        "approved": frozenset(),
        "rejected": frozenset(),
    },
)
