"""Addresses of the workbench below /api/v1/."""

from django.urls import path

from actuarial import api

urlpatterns = [
    path("studies", api.StudiesView.as_view(), name="studies"),
    path("studies/kinds", api.StudyKindsView.as_view(), name="study-kinds"),
    path("studies/<uuid:pk>", api.StudyView.as_view(), name="study"),
    path("studies/<uuid:pk>/replay", api.StudyReplayView.as_view(), name="study-replay"),
    path("studies/<uuid:pk>/draft", api.StudyDraftView.as_view(), name="study-draft"),
    path("studies/<uuid:pk>.pdf", api.StudyPaperView.as_view(), name="study-paper"),
]
