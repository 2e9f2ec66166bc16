"""The papers of a policy: declarations, certificate, premium audit statement. Equal input, equal paper.

JSON input of each: {"policy": {...}, "models": [...], "conditions": [...], "exclusions": [...],
"subjectivities": [...], "document": {"id", "version", "made_on", "page_size"}}; a statement has "premium_audit", too.
Conditions and exclusions are the policy's own copy of the form: {"id", "title", "text"} each, or plain text.
"""

from policies.paper.certificate import certificate
from policies.paper.declarations import declarations
from policies.paper.statement import premium_statement

__all__ = ["certificate", "declarations", "premium_statement"]
