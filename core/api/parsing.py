"""Reading a JSON body. Whatever cannot be read is refused with a remedy; nothing that was sent is dropped."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from core.errors import InputRefused, LengthRequired


class JsonParser(JSONParser):
    """DRF's parser; what is not JSON, nests too deeply or holds half a character (a lone surrogate) is refused."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            # Half a character passes every parser and then breaks whatever prints it: a page, a PDF, our own refusal.
            json.dumps(data, ensure_ascii=False).encode()
        except ParseError as error:
            raise _refused(f"The body is not JSON: {str(error.detail).removeprefix('JSON parse error - ')}.") from None
        except RecursionError:
            raise _refused("The body nests too deeply.") from None
        except UnicodeEncodeError:
            raise _refused("The body holds half a character: a lone surrogate such as \\ud800.") from None
        return data


def length_check(request: Request) -> None:
    """Refuse a body that comes in chunks: Django reads a body without a length as empty, so it would be lost."""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthRequired(
            "A body in chunks is not read here.",
            field="Content-Length",
            limit="the length of the body",
            remedy="Send the body whole, with its length. Only POST /api/v1/datasets takes chunks.",
        )


def _refused(message: str) -> InputRefused:
    return InputRefused(message, field="body", limit="JSON after RFC 8259, in UTF-8", remedy="Correct it and resend.")
