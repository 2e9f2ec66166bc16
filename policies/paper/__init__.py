"""The papers of a policy: declarations and certificate, each from one JSON input to PDF bytes. Pure; equal input, equal bytes.

Input (both papers): {"policy": {...}, "models": [...], "conditions": [...], "exclusions": [...], "subjectivities": [...],
"document": {"id", "version", "made_on", "page_size"}}. Conditions and exclusions are ids of the standard wording
("C1"), texts, or {"title", "text"}; an empty list stands for the whole standard wording.
"""

from policies.paper.certificate import certificate
from policies.paper.declarations import declarations
from policies.paper.wording import wording

__all__ = ["certificate", "declarations", "wording"]
