"""The API as one small class: log in, ask, post, upload, wait. Every refusal stops the demo with its own words."""

import time
from collections.abc import Callable
from typing import Any

import httpx

PATIENCE_SECONDS = 900.0  # a busy machine takes several times what a quiet one does


class Refused(RuntimeError):
    """The API refused; the message is the problem document's."""


class Client:
    """One person's (or program's) way into the API."""

    def __init__(self, base: str, key: str | None = None) -> None:
        headers = {"Authorization": f"Api-Key {key}"} if key else {}
        self._http = httpx.Client(base_url=f"{base}/api/v1", headers=headers, timeout=60)
        self._base = base

    def log_in(self, email: str, password: str) -> "Client":
        """A client that acts as this person."""
        token = self.post("/tokens", {"email": email, "password": password})
        return Client(self._base, token["key"])

    def get(self, path: str, **query: str) -> Any:
        return _body(self._http.get(path, params=query))

    def post(self, path: str, body: dict[str, Any], *, once: str = "") -> Any:
        """POST; `once` is the Idempotency-Key, so that a repeat has no second effect."""
        return _body(self._http.post(path, json=body, headers={"Idempotency-Key": once} if once else {}))

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return _body(self._http.put(path, json=body))

    def upload(self, data: bytes, *, media: str = "text/csv", gzipped: bool = False, **query: str) -> Any:
        """Send a data set and wait until it has been read."""
        headers = {"Content-Type": media, **({"Content-Encoding": "gzip"} if gzipped else {})}
        sent = _body(self._http.post("/datasets", params=query, content=data, headers=headers))
        return self.wait(f"/datasets/{sent['id']}", until={"ready"}, never={"refused"})

    def hand_over(self, version: str, data: bytes) -> Any:
        """Send a version's file and wait until it was examined in the cage."""
        headers = {"Content-Type": "application/octet-stream"}
        _body(self._http.post(f"/versions/{version}/artifact", content=data, headers=headers))
        return self.wait(f"/versions/{version}/artifact", until={"ready"}, never={"refused"})

    def wait(self, path: str, *, until: set[str], never: frozenset[str] | set[str] = frozenset()) -> Any:
        """Ask `path` until its state is in `until`; a state in `never`, or no end in sight, stops the demo."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            seen = self.get(path)
            if seen["state"] in until:
                return seen
            if seen["state"] in never:
                raise Refused(f"{path} is {seen['state']}: {seen.get('reason') or seen}")
            time.sleep(0.25)
        raise Refused(f"{path} did not reach {sorted(until)} within {PATIENCE_SECONDS:.0f} s")

    def wait_for(self, path: str, enough: Callable[[Any], bool]) -> Any:
        """Ask `path` until `enough` says so of the answer."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            seen = self.get(path)
            if enough(seen):
                return seen
            time.sleep(0.25)
        raise Refused(f"{path} did not come to what was waited for within {PATIENCE_SECONDS:.0f} s: {seen}")

    def file(self, path: str) -> bytes:
        """The bytes of a document."""
        answer = self._http.get(path)
        if answer.is_error:
            _body(answer)
        return answer.content


def _body(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise Refused(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None
