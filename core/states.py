"""A state machine is one table; a change is a compare-and-swap and a journal row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from core.actors import Actor
from core.errors import StateRefused
from core.journal import journal_write


@dataclass(frozen=True)
class Machine:
    """`moves` maps each state to the states it may go to; a state without moves is final."""

    noun: str
    moves: Mapping[str, frozenset[str]]

    def allows(self, old: str, new: str) -> bool:
        return new in self.moves.get(old, frozenset())


def state_change(
    *,
    instance: models.Model,
    machine: Machine,
    to: str,
    actor: Actor,
    at: datetime,
    why: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Move `instance.state` to `to` inside the caller's transaction, together with field `changes`.

    Raises StateRefused if the table has no such move or another transaction moved the row first.
    The instance needs `state` and `organisation_id`.
    """
    old = str(getattr(instance, "state"))  # noqa: B009 - not every model has it, mypy must not think so
    if not machine.allows(old, to):
        raise StateRefused(
            f"This {machine.noun} is {old.replace('_', ' ')} and cannot become {to.replace('_', ' ')}.",
            field="state",
            limit=f"from {old}: {', '.join(sorted(machine.moves.get(old, ()))) or 'no further state'}",
            remedy="Reload it and see which step is next.",
        )
    _swap(instance, machine, old, {"state": to, **(changes or {})})
    journal_write(
        actor=actor,
        action=f"{machine.noun}.{to}",
        subject_kind=machine.noun,
        subject_id=instance.pk,
        organisation_id=getattr(instance, "organisation_id", None),
        at=at,
        why=why,
        detail={"from": old, "to": to},
    )


def _swap(instance: models.Model, machine: Machine, old: str, values: Mapping[str, Any]) -> None:
    rows = type(instance)._default_manager.filter(pk=instance.pk, state=old)
    if rows.update(**values) != 1:
        raise StateRefused(
            f"This {machine.noun} was changed by somebody else a moment ago.",
            field="state",
            remedy="Reload it and try again.",
        )
    for name, value in values.items():
        setattr(instance, name, value)
