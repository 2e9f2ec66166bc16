"""The JSON of an interface, object by object: every value taken with its path, its limit and a remedy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputRefused

MOST_INPUTS = 4_000
LONGEST = 200
LARGEST_SCALE, SMALLEST_SCALE = 1e6, 1e-6


@dataclass(frozen=True)
class Node:
    """One JSON object with its path and the keys it may have."""

    value: Any
    path: str
    keys: tuple[str, ...]
    inner: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.value, Mapping):
            raise refused(self.path, "is missing or no object", "a JSON object", "Send one.")
        for key in self.value:
            if key not in self.keys:
                raise refused(f"{self.path}.{str(key)[:80]}", "is not a known key", ", ".join(self.keys), "Remove it.")

    def parts(self, key: str) -> Iterator["Node"]:
        items = self.value.get(key)
        if not isinstance(items, list | tuple) or not 1 <= len(items) <= MOST_INPUTS:
            raise refused(f"{self.path}.{key}", "is no list", f"1 to {MOST_INPUTS:,} entries", "Send a JSON array.")
        for place, item in enumerate(items):
            yield Node(item, f"{self.path}.{key}[{place}]", self.inner)

    def where(self, key: str) -> str:
        return f"{self.path}.{key}"

    def text(self, key: str) -> str:
        value = self.value.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not value.isprintable():
            raise refused(self.where(key), "is no text", f"1 to {LONGEST} printable characters", "Send it.")
        return value

    def choice(self, key: str, options: tuple[str, ...]) -> Any:
        value = self.value.get(key)
        if value not in options:
            raise refused(
                self.where(key), f"is {str(value)[:80]!r}", "one of " + ", ".join(options), "Choose one of these."
            )
        return value

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        items = self.value.get(key)
        good = isinstance(items, list | tuple) and 1 <= len(items) <= most
        if not good or any(not isinstance(item, str) or len(item) > LONGEST or "\0" in item for item in items):
            raise refused(self.where(key), "is no list of texts", f"1 to {most:,} texts", "Send a JSON array of texts.")
        if len(set(items)) != len(items):
            raise refused(self.where(key), "names a text twice", "each text once", "Remove one of them.")
        return tuple(items)

    def whole(self, key: str, most: int) -> int:
        value = self.value.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise refused(self.where(key), "is no size", f"a whole number from 1 to {most:,}", "Correct it.")
        return value

    def number(self, key: str, value: Any) -> float:
        # A number that is 0 in 32 bits scales everything to nothing; one that is too large, to infinity.
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_SCALE:
            raise refused(self.where(key), "is no number", f"numbers up to {LARGEST_SCALE:g}", "Correct it.")
        return float(value)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        items = self.value.get(key)
        if not isinstance(items, list | tuple) or len(items) != count:
            raise refused(self.where(key), "is no list with a number a channel", f"{count} numbers", "Correct it.")
        return tuple(self.number(key, item) for item in items)

    def refuse_present(self, key: str, why: str) -> None:
        if self.value.get(key) is not None:
            raise refused(self.where(key), why, "absent", "Remove it.")


def refused(where: str, what: str, limit: str, remedy: str) -> InputRefused:
    return InputRefused(f"{where} {what}.", field=where, limit=limit, remedy=remedy)
