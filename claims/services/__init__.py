"""Every write of claims: guard, atomic change, journal."""

from claims.services.decisions import decision_approve, decision_propose, decision_reject
from claims.services.payments import payment_make
from claims.services.reporting import claim_report, incident_code, incident_report
from claims.services.reserves import reserve_set
from claims.services.review import claim_close, claim_reopen, claim_triage, coverage_check_run

__all__ = [
    "claim_close",
    "claim_reopen",
    "claim_report",
    "claim_triage",
    "coverage_check_run",
    "decision_approve",
    "decision_propose",
    "decision_reject",
    "incident_code",
    "incident_report",
    "payment_make",
    "reserve_set",
]
