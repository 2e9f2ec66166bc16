"""Who acted. Plain values: core knows no user table."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """kind is "user", "key" or "system"; id and label say which one, organisation_id for whom (None: the insurer)."""

    kind: str
    id: str
    label: str
    organisation_id: UUID | None = None


def system(label: str) -> Actor:
    """The installation itself acting, e.g. system("worker")."""
    return Actor(kind="system", id=label, label=label)
