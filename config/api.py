"""The API's one address table: every room brings its own routes."""

from importlib.util import find_spec

from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from accounts.access import EVERYONE

ROOMS = ("accounts", "audits", "underwriting", "policies", "claims", "reports")


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI document."""

    access = {"GET": EVERYONE}
    authentication_classes = ()


@extend_schema(exclude=True)
class DocsView(SpectacularSwaggerView):
    """The OpenAPI document to read and try."""

    access = {"GET": EVERYONE}
    authentication_classes = ()


urlpatterns = [
    *(path("", include(f"{room}.urls_api")) for room in ROOMS if find_spec(f"{room}.urls_api")),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
]
