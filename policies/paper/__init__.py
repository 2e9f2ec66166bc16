"""The papers of a policy: declarations and certificate, from one JSON input to PDF bytes. Equal input, equal paper.

Input of both: {"policy": {...}, "models": [...], "conditions": [...], "exclusions": [...], "subjectivities": [...],
"document": {"id", "version", "made_on", "page_size"}}. Conditions and exclusions are the policy's own copy of the form:
{"id", "title", "text"} each, or plain text.
"""

from policies.paper.certificate import certificate
from policies.paper.declarations import declarations

__all__ = ["certificate", "declarations"]
