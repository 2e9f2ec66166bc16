"""Addresses of data sets, audits and trials below /api/v1/."""

from django.urls import path

from audits import api

urlpatterns = [
    path("datasets", api.DataSetsView.as_view(), name="datasets"),
    path("datasets/<uuid:pk>", api.DataSetView.as_view(), name="dataset"),
    path("audits", api.AuditsView.as_view(), name="audits"),
    path("audits/<uuid:pk>", api.AuditView.as_view(), name="audit"),
    path("audits/<uuid:pk>/relabelling", api.RelabellingView.as_view(), name="audit-relabelling"),
    path("audits/<uuid:pk>/cancel", api.AuditCancelView.as_view(), name="audit-cancel"),
    path("audits/<uuid:pk>/result", api.AuditResultView.as_view(), name="audit-result"),
    path("trials/<uuid:pk>", api.TrialView.as_view(), name="trial"),
]
