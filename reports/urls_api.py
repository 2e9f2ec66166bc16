"""Addresses of reports below /api/v1/."""

from django.urls import path

from reports import api

urlpatterns = [
    path("reports", api.ReportsView.as_view(), name="reports"),
    path("reports/<uuid:pk>", api.ReportView.as_view(), name="report"),
    path("reports/<uuid:pk>.pdf", api.ReportPaperView.as_view(), name="report-paper"),
    path("schedule/<str:name>/run", api.ScheduleRunView.as_view(), name="schedule-run"),
]
