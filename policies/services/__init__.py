"""Every write of policies: guard, atomic change, journal, jobs after commit."""

from policies.services.binding import documents_order, policy_bind
from policies.services.documents import document_remake, documents_draft, documents_keep
from policies.services.guards import Acceptance, Subjectivity
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
    "document_remake",
    "documents_draft",
    "documents_keep",
    "documents_order",
    "evidence_met",
    "policies_expire",
    "policies_start",
    "policy_bind",
    "quote_accept",
    "quote_decline",
    "quote_offer",
    "quotes_expire",
    "quotes_void_lapsed",
    "subjectivity_meet",
]
