"""The base of every API view."""

from rest_framework.views import APIView


class ApiView(APIView):
    """A view that declares, per HTTP method, who may use it (accounts.access.Access in `access`).

    request.principal is who asks; an undeclared method is refused and fails the route inventory test.
    """

    access: dict[str, object] = {}
