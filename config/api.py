"""The API's one address table: every room brings its own routes."""

from importlib.util import find_spec

from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.access import EVERYONE

ROOMS = ("accounts", "audits", "underwriting", "policies", "guarantees", "claims", "actuarial", "reports")


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI document."""

    access = {"GET": EVERYONE}
    authentication_classes = ()


@extend_schema(exclude=True)
class DocsView(SpectacularSwaggerSplitView):
    """The OpenAPI document to read and try; its script comes by an address of its own, for the strict CSP."""

    access = {"GET": EVERYONE}
    authentication_classes = ()
    template_name = "api_docs.html"


urlpatterns = [
    *(path("", include(f"{room}.urls_api")) for room in ROOMS if find_spec(f"{room}.urls_api")),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
]
