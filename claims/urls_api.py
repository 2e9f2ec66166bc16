"""Addresses of claims below /api/v1/."""

from django.urls import path

from claims.api import claims, incidents, money

ONE = "claims/<uuid:pk>"

urlpatterns = [
    path("incidents", incidents.IncidentsView.as_view(), name="incidents"),
    path("incidents/<uuid:pk>", incidents.IncidentView.as_view(), name="incident"),
    path("claims", claims.ClaimsView.as_view(), name="claims"),
    path(ONE, claims.ClaimView.as_view(), name="claim"),
    path(f"{ONE}/triage", claims.TriageView.as_view(), name="claim-triage"),
    path(f"{ONE}/coverage", claims.CoverageView.as_view(), name="claim-coverage"),
    path(f"{ONE}/reserves", money.ReservesView.as_view(), name="claim-reserves"),
    path(f"{ONE}/decisions", money.DecisionsView.as_view(), name="claim-decisions"),
    path(f"{ONE}/decisions/<uuid:decision>/approve", money.ApproveView.as_view(), name="decision-approve"),
    path(f"{ONE}/decisions/<uuid:decision>/reject", money.RejectView.as_view(), name="decision-reject"),
    path(f"{ONE}/payments", money.PaymentsView.as_view(), name="claim-payments"),
    path(f"{ONE}/close", claims.CloseView.as_view(), name="claim-close"),
    path(f"{ONE}/reopen", claims.ReopenView.as_view(), name="claim-reopen"),
]
