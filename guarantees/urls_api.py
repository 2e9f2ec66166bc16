"""Addresses of guarantees below /api/v1/."""

from django.urls import path

from guarantees import api

urlpatterns = [
    path("guarantees", api.GuaranteesView.as_view(), name="guarantees"),
    path("guarantees/<uuid:pk>", api.GuaranteeView.as_view(), name="guarantee"),
    path("guarantees/<uuid:pk>.pdf", api.GuaranteePdfView.as_view(), name="guarantee-pdf"),
    path("guarantees/<uuid:pk>/bind", api.GuaranteeBindView.as_view(), name="guarantee-bind"),
    path("guarantees/<uuid:pk>/withdraw", api.GuaranteeWithdrawView.as_view(), name="guarantee-withdraw"),
    path("guarantees/<uuid:pk>/measurements", api.GuaranteeMeasureView.as_view(), name="guarantee-measure"),
    path("guarantees/<uuid:pk>/payment", api.GuaranteePayView.as_view(), name="guarantee-pay"),
    path("guarantees/<uuid:pk>/replay", api.GuaranteeReplayView.as_view(), name="guarantee-replay"),
]
