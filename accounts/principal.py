"""Who is asking, as one frozen value that every view, service and selector can trust."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.actors import Actor


@dataclass(frozen=True)
class Principal:
    """actor: for the journal; staff_roles: at the insurer; memberships: organisation id -> role there."""

    actor: Actor
    user_id: UUID | None = None
    staff_roles: frozenset[str] = frozenset()
    memberships: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_roles)
