"""Every write of policies: guard, atomic change, journal, jobs after commit."""

from policies.services.binding import documents_order, policy_bind
from policies.services.capacity import capacity_referral_decide, capacity_set
from policies.services.documents import document_remake, documents_draft, documents_keep
from policies.services.guards import Acceptance, Subjectivity
from policies.services.premium_audit import exposure_declare, premium_audit_settle
from policies.services.quotes import (
    quote_accept,
    quote_decline,
    quote_offer,
    quotes_expire,
    quotes_void_lapsed,
)
from policies.services.terms import evidence_met, policies_expire, policies_start, subjectivity_meet

__all__ = [
    "Acceptance",
    "Subjectivity",
    "capacity_referral_decide",
    "capacity_set",
    "document_remake",
    "documents_draft",
    "documents_keep",
    "documents_order",
    "evidence_met",
    "exposure_declare",
    "policies_expire",
    "policies_start",
    "policy_bind",
    "premium_audit_settle",
    "quote_accept",
    "quote_decline",
    "quote_offer",
    "quotes_expire",
    "quotes_void_lapsed",
    "subjectivity_meet",
]
