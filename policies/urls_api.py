"""Addresses of policies below /api/v1/."""

from django.urls import path

from policies.api import capacities, policies, premium_audits, quotes

urlpatterns = [
    path("capacities", capacities.CapacitiesView.as_view(), name="capacities"),
    path("capacities/referrals", capacities.CapacityReferralsView.as_view(), name="capacity-referrals"),
    path(
        "capacities/referrals/<uuid:pk>/decision",
        capacities.CapacityReferralDecisionView.as_view(),
        name="capacity-referral-decision",
    ),
    path("quotes", quotes.QuotesView.as_view(), name="quotes"),
    path("quotes/<uuid:pk>", quotes.QuoteView.as_view(), name="quote"),
    path("quotes/<uuid:pk>/accept", quotes.AcceptView.as_view(), name="quote-accept"),
    path("quotes/<uuid:pk>/decline", quotes.DeclineView.as_view(), name="quote-decline"),
    path("quotes/<uuid:pk>/bind", quotes.BindView.as_view(), name="quote-bind"),
    path("policies", policies.PoliciesView.as_view(), name="policies"),
    path("policies/<uuid:pk>", policies.PolicyView.as_view(), name="policy"),
    path("policies/<uuid:pk>/at", policies.PolicyAtView.as_view(), name="policy-at"),
    path(
        "policies/<uuid:pk>/subjectivities/<int:index>/met",
        policies.SubjectivityView.as_view(),
        name="subjectivity-met",
    ),
    path("policies/<uuid:pk>/exposure", premium_audits.ExposureView.as_view(), name="policy-exposure"),
    path("policies/<uuid:pk>/premium-audit", premium_audits.PremiumAuditView.as_view(), name="premium-audit"),
    path("policies/<uuid:pk>/documents", policies.DocumentsView.as_view(), name="policy-documents"),
    path("documents/<uuid:pk>.pdf", policies.DocumentPdfView.as_view(), name="document-pdf"),
    path("documents/<uuid:pk>/remake", policies.DocumentRemakeView.as_view(), name="document-remake"),
]
