"""A request whose body is streamed to a private file instead of into memory."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from gunicorn.http.errors import ParseException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.principal import Principal
from audits.intake import dataset_stage
from audits.slots import upload_slot
from core.api.problems import body_lost
from core.errors import InputRefused, Unsupported
from provenance.staging import Staged, too_large

CHUNK = 1024 * 1024
# The content decides what a file is; the header must only not claim a form with another meaning.
MEDIA = frozenset(
    {
        "",
        "text/csv",
        "application/csv",
        "application/vnd.ms-excel",  # what browsers on some systems call a CSV file
        "text/plain",
        "application/vnd.apache.parquet",
        "application/x-parquet",
        "application/octet-stream",
        "application/gzip",
        "application/x-gzip",
    }
)


class Unparsed(BaseParser):
    """Leaves the body alone: the CSRF check asks for form fields before anybody may read it, and gets none."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class UploadRequest(Request):
    """`data` streams the body to a file the first time it is looked at: its digest and size, for idempotency.

    The view discards `staged` at the end of the request, kept or not.
    """

    staged: Staged | None = None

    @property
    def data(self) -> dict[str, Any]:
        """Digest and size of the body."""
        staged = self.stage()
        return {"digest": staged.digest, "size": staged.size}

    def stage(self) -> Staged:
        """The body as a staged file. On any refusal (Busy, TooSlow, InputRefused and below) no file remains."""
        if self.staged is None:
            with upload_slot(_caller(self._request.principal)):  # type: ignore[attr-defined]
                self.staged = dataset_stage(self._chunks())
        return self.staged

    def body_check(self) -> None:
        """Refuse by the headers alone what need not be read."""
        media = self.content_type.partition(";")[0].strip().lower()
        if media not in MEDIA:
            raise Unsupported(
                f"A body of {media} is not accepted.",
                field="Content-Type",
                limit="text/csv or application/vnd.apache.parquet",
                remedy="Send the file itself as the body: curl --data-binary @rows.csv.",
            )
        length = self.length
        if length is not None and length > settings.DATASET_MAX_BYTES:
            raise too_large(settings.DATASET_MAX_BYTES)

    @property
    def length(self) -> int | None:
        """Content-Length; None when the body comes in chunks."""
        text = self.META.get("CONTENT_LENGTH") or ""
        return int(text) if text.isascii() and text.isdecimal() else None

    def _chunks(self) -> Iterator[bytes]:
        """The body as it arrives. A body that ends before its announced length is refused."""
        # Django reads a body without a length as empty; the server's own stream knows where its chunks end.
        chunked = "chunked" in self.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        source = self.META["wsgi.input"] if chunked and self.length is None else self._request
        read = 0
        while chunk := _read(source):
            read += len(chunk)
            yield chunk
        if self.length is not None and read != self.length:
            raise InputRefused(
                "The body ended before its announced length.",
                field="Content-Length",
                limit=f"{self.length} bytes",
                remedy="Send it again.",
            )


def _read(source: Any) -> bytes:
    """The next piece of the body. Broken framing and a sender who goes away are the sender's errors, not ours."""
    try:
        return bytes(source.read(CHUNK))
    except ParseException:
        raise InputRefused(
            "The chunks of the body do not follow HTTP's framing.",
            field="Transfer-Encoding",
            limit="chunks after RFC 9112, section 7.1",
            remedy="Send it again, or send it whole with a Content-Length.",
        ) from None
    except OSError as lost:
        raise body_lost(lost) from None


def _caller(principal: Principal) -> str:
    """Whose uploads are counted together: a person's, or those of all keys of an organisation."""
    return str(principal.user_id or min(principal.memberships, default=principal.actor.id))
