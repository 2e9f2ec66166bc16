"""How the OpenAPI document describes what every route may answer."""

import re
from functools import lru_cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

TEXTS = {
    400: "Not understood.",
    401: "Nobody is logged in.",
    403: "Your role does not allow this.",
    404: "Nothing is here that you may see.",
    408: "The body came too slowly.",
    409: "Not possible in this state, or clashes with another request.",
    411: "The length must be stated.",
    413: "Over a stated limit.",
    415: "This format is not accepted.",
    422: "What was sent cannot be used: field, limit and remedy say why.",
    429: "Too many requests for now.",
    503: "A part of the installation cannot serve this now.",
}


class Schema(AutoSchema):
    """Operations are named after their view, so that two addresses of one noun never share a name."""

    def get_operation_id(self) -> str:
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__.removesuffix("View")).lower()
        return f"{words}_{self.method.lower()}"


# Query parameters of every list.
PAGE = [
    OpenApiParameter("limit", int, description="Rows a page, 1 to 100; default 25."),
    OpenApiParameter("after", str, description="The next of the page before."),
]


@lru_cache
def page_schema(item: type[serializers.BaseSerializer[Any]]) -> Any:
    """The shape of one page of `item`: newest first; send `next` as ?after= for the page after it."""
    return inline_serializer(
        name=f"{item.__name__.removesuffix('Out')}Page",
        fields={"items": item(many=True), "next": serializers.CharField(allow_null=True)},
    )


class FieldErrorSchema(serializers.Serializer[None]):
    """One field's complaint."""

    field = serializers.CharField()
    detail = serializers.CharField()
    limit = serializers.CharField(required=False)


class ProblemSchema(serializers.Serializer[None]):
    """RFC 9457 problem document."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    field = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)
    remedy = serializers.CharField(required=False)
    errors = FieldErrorSchema(many=True, required=False)


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Problem responses for `statuses`; 401 and 403 are always possible."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSchema, description=TEXTS[status])
        for status in sorted({401, 403, *statuses})
    }
