"""How the OpenAPI document describes logging in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):
    """The header of a key."""

    target_class = "accounts.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "«Api-Key <key>»; POST /tokens gives one for e-mail and password.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The portal's cookie, for pages that call the API."""

    target_class = "accounts.authentication.PortalSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
