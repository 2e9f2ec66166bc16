"""The API's one address table: every room brings its own routes."""

from importlib.util import find_spec

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

ROOMS = ("accounts", "audits", "underwriting", "policies", "claims", "reports")

urlpatterns = [
    *(path("", include(f"{room}.urls_api")) for room in ROOMS if find_spec(f"{room}.urls_api")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]
