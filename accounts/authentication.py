"""Who is asking, over the API: by key, or by the portal's session (with CSRF protection)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.selectors import principal_of_key

KEYWORD = "Api-Key"
USE_GRAIN = timedelta(minutes=5)
_BAD_KEY = "This key is unknown, revoked or expired."


class KeyAuthentication(authentication.BaseAuthentication):
    """Header «Authorization: Api-Key <key>»."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != KEYWORD.lower():
            return None
        key = _key(text.strip())
        principal = principal_of_key(key)
        if principal is None:
            raise exceptions.AuthenticationFailed(_BAD_KEY)
        request._request.principal = principal  # type: ignore[attr-defined]
        _note_use(request, key)
        return key.user or key, key

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


class PortalSession(authentication.SessionAuthentication):
    """The portal's cookie; PrincipalMiddleware has already set the principal."""


def _note_use(request: Request, key: ApiKey) -> None:
    """Remember when the key was last used, to five minutes and on writes only: a read must not wait for a writer."""
    now = timezone.now()
    if request.method not in SAFE_METHODS and (key.last_used_at is None or now - key.last_used_at > USE_GRAIN):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def _key(text: str) -> ApiKey:
    try:
        key = ApiKey.objects.get_from_key(text)
    except (ApiKey.DoesNotExist, ValueError):
        raise exceptions.AuthenticationFailed(_BAD_KEY) from None
    if not isinstance(key, ApiKey) or key.has_expired:
        raise exceptions.AuthenticationFailed(_BAD_KEY)
    return key
