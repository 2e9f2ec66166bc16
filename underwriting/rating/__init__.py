"""Rates a model risk in exact decimals: `price(risk, evidence, plan) -> Worksheet`. Pure: no framework, no clock.

The rules are DOMAIN 1.0 and 1.1 to 1.9. Figures come from an immutable, hashed plan; what was audited comes from stored
bounds; the worksheet keeps every input, so that `replay` re-computes it byte for byte.
"""

from underwriting.rating.evidence import Evidence, evidence_from_audit
from underwriting.rating.plan import Plan
from underwriting.rating.plan_reader import plan_load, plan_names
from underwriting.rating.pricing import price, replay
from underwriting.rating.publish import publish_check
from underwriting.rating.risk import Risk
from underwriting.rating.worksheet import Worksheet

__all__ = [
    "Evidence",
    "Plan",
    "Risk",
    "Worksheet",
    "evidence_from_audit",
    "plan_load",
    "plan_names",
    "price",
    "publish_check",
    "replay",
]
