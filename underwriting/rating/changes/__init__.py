"""What would change a price: each change made to risk or evidence, and the whole rated again by the same engine."""

from underwriting.rating.changes.doubt import Doubt, doubts
from underwriting.rating.changes.told import Change, Changes, changes

__all__ = ["Change", "Changes", "Doubt", "changes", "doubts"]
