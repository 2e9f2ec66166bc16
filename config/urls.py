"""All addresses: the API below /api/v1/, health for machines, the portal for people."""

from importlib.util import find_spec

from django.urls import include, path

from config.health import healthz, readyz

urlpatterns = [
    path("api/v1/", include("config.api")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    *([path("", include("portal.urls"))] if find_spec("portal.urls") else []),
]
