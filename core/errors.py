"""Every refusal Plimsoll makes, as one tree. Each error knows its HTTP status and says what to do next.

PlimsollError
 +- InputRefused (422)      what was sent cannot be used
 |   +- TooLarge (413)      ... because it is over a stated limit
 |   +- Unsupported (415)   ... because of its format
 +- NotAuthenticated (401)  nobody is known to be asking
 +- NotAllowed (403)        this person may not do this
 +- NotFound (404)          nothing here, or nothing this person may see
 +- Conflict (409)          the request clashes with another one
 |   +- StateRefused (409)  the thing is not in a state that allows this
 +- TooSlow (408)          a body that does not come
 +- LengthRequired (411)    a body whose length is not stated
 +- Busy (429)              too many requests for now
 +- Unavailable (503)       a part of the installation cannot serve this now
"""


class PlimsollError(Exception):
    """A refusal with what happened, where (field), which limit and what to do next (remedy)."""

    status = 500
    code = "error"
    title = "Something went wrong"
    retry_after: int | None = None  # seconds after which the same request may succeed

    def __init__(
        self, message: str, *, field: str | None = None, limit: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.limit = limit
        self.remedy = remedy


class InputRefused(PlimsollError):
    status, code, title = 422, "input-refused", "What was sent cannot be used"


class TooLarge(InputRefused):
    status, code, title = 413, "too-large", "Over a limit"


class Unsupported(InputRefused):
    status, code, title = 415, "unsupported-format", "This format is not accepted"


class NotAuthenticated(PlimsollError):
    status, code, title = 401, "not-authenticated", "Log in or send a key"


class NotAllowed(PlimsollError):
    status, code, title = 403, "not-allowed", "Not allowed"


class NotFound(PlimsollError):
    status, code, title = 404, "not-found", "Not found"


class Conflict(PlimsollError):
    status, code, title = 409, "conflict", "Conflict"


class StateRefused(Conflict):
    status, code, title = 409, "state-refused", "Not possible in this state"


class TooSlow(PlimsollError):
    status, code, title = 408, "too-slow", "The body came too slowly"


class LengthRequired(PlimsollError):
    status, code, title = 411, "length-required", "The length of the body is missing"


class Busy(PlimsollError):
    status, code, title = 429, "busy", "Too many requests"
    retry_after = 30


class Unavailable(PlimsollError):
    status, code, title = 503, "unavailable", "Not available now"
