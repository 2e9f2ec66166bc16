"""A request whose body is streamed to a private file instead of into memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from gunicorn.http.errors import ParseException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.principal import Principal
from audits.admission import Admission
from audits.slots import upload_slot
from core.api.problems import body_lost
from core.api.views import ApiView
from core.errors import InputRefused, Unsupported
from provenance.staging import Staged, too_large

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Accepts:
    """What an address takes as its body.

    The content decides what a file is (`admission`); the header must only not claim a form with another meaning.
    """

    admission: Admission
    media: frozenset[str]
    named: str  # the media types a sender should state
    example: str  # a file name for the refusal's remedy


class Unparsed(BaseParser):
    """Leaves the body alone: the CSRF check asks for form fields before anybody may read it, and gets none."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class UploadRequest(Request):
    """`data` streams the body to a file the first time it is looked at: its digest and size, for idempotency.

    The view says what it `expects`, and discards `staged` at the end of the request, kept or not.
    """

    expects: Accepts
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
                self.staged = self.expects.admission.stage(self._chunks())
        return self.staged

    def body_check(self) -> None:
        """Refuse by the headers alone what need not be read."""
        media = self.content_type.partition(";")[0].strip().lower()
        if media not in self.expects.media:
            raise Unsupported(
                f"A body of {media} is not accepted.",
                field="Content-Type",
                limit=self.expects.named,
                remedy=f"Send the file itself as the body: curl --data-binary @{self.expects.example}.",
            )
        limit = self.expects.admission.limit()
        if self.length is not None and self.length > limit:
            raise too_large(limit, self.expects.admission.smaller)

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


class UploadView(ApiView):
    """An ApiView whose POST takes a file as its body; `self.upload.stage()` is the file. Unless kept, it goes again."""

    expects: Accepts
    streams = True

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> UploadRequest:
        made = UploadRequest(request, parsers=[Unparsed()], authenticators=self.get_authenticators())
        made.expects = self.expects
        self.upload = made
        return made

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            if self.upload.staged is not None:
                self.upload.staged.discard()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks first, then for what, then the headers; the body is not touched before all are settled."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            self.target_check(request, **kwargs)
            self.upload.body_check()

    def target_check(self, request: Request, **kwargs: Any) -> None:
        """Refuse a file for something that is not there or takes none; a view with such a target overrides it."""


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
