"""Two questions machines ask: is the process up, and can it serve."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from accounts.access import EVERYONE, page


@page(EVERYONE)
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "up"})


@page(EVERYONE)
def readyz(_request: HttpRequest) -> JsonResponse:
    """The database answers too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ready"})
