"""Read a JSON object strictly: every key known, every figure exact, every refusal with the path to it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.errors import InputRefused
from core.money import to_decimal


class Strict:
    """A JSON object whose keys are taken one by one; `done()` refuses what nobody asked for."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise InputRefused(f"{path} is not an object", field=path, remedy="send a JSON object")
        self.path = path
        self._left = dict(value)

    def where(self, key: str) -> str:
        return f"{self.path}.{key}"

    def take(self, key: str) -> Any:
        if key not in self._left:
            raise InputRefused(f"{self.where(key)} is missing", field=self.where(key), remedy="add it")
        return self._left.pop(key)

    def optional(self, key: str, default: Any = None) -> Any:
        return self._left.pop(key, default)

    def text(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str) or not value.strip():
            raise InputRefused(f"{self.where(key)} is not text", field=self.where(key), remedy="send non-empty text")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        value = self.take(key) if default is None else self.optional(key, default)
        if not isinstance(value, bool):
            raise InputRefused(f"{self.where(key)} is not true or false", field=self.where(key), remedy="send a bool")
        return value

    def whole(self, key: str, *, low: int = 0, high: int = 10**12) -> int:
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InputRefused(
                f"{self.where(key)} is not a whole number from {low} to {high}",
                field=self.where(key),
                limit=f"{low} to {high}",
                remedy="send a whole number in that range",
            )
        return value

    def number(self, key: str, *, low: str | None = None, high: str | None = None) -> Decimal:
        """An exact number within [low, high]; text or integer, never a float."""
        value = to_decimal(self.take(key), field=self.where(key))
        if (low is not None and value < Decimal(low)) or (high is not None and value > Decimal(high)):
            raise InputRefused(
                f"{self.where(key)} is {value}, outside its range",
                field=self.where(key),
                limit=f"{low if low is not None else '-'} to {high if high is not None else '-'}",
                remedy="send a number within the range",
            )
        return value

    def maybe_number(self, key: str) -> Decimal | None:
        value = self.optional(key)
        return None if value is None else to_decimal(value, field=self.where(key))

    def maybe_day(self, key: str) -> date | None:
        value = self.optional(key)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise InputRefused(
                f"{self.where(key)} is not a date", field=self.where(key), remedy="write it as 2026-01-01"
            ) from None

    def node(self, key: str) -> "Strict":
        return Strict(self.take(key), self.where(key))

    def nodes(self, key: str) -> list["Strict"]:
        """The objects of a list, in order."""
        value = self.take(key)
        if not isinstance(value, list | tuple):
            raise InputRefused(f"{self.where(key)} is not a list", field=self.where(key), remedy="send a list")
        return [Strict(item, f"{self.where(key)}[{place}]") for place, item in enumerate(value)]

    def nodes_or_none(self, key: str) -> list["Strict"]:
        """The objects of a list that may be absent."""
        return self.nodes(key) if self.has(key) else []

    def text_or(self, key: str, default: str) -> str:
        return self.text(key) if self.has(key) else default

    def whole_or(self, key: str, default: int, *, low: int = 0, high: int = 10**12) -> int:
        return self.whole(key, low=low, high=high) if self.has(key) else default

    def number_or(self, key: str, default: str, *, low: str | None = None, high: str | None = None) -> Decimal:
        return self.number(key, low=low, high=high) if self.has(key) else Decimal(default)

    def has(self, key: str) -> bool:
        return key in self._left

    def names(self) -> list[str]:
        return sorted(self._left)

    def done(self) -> None:
        if self._left:
            names = ", ".join(self.names())
            raise InputRefused(
                f"{self.path} has unknown keys: {names}", field=self.path, remedy="remove them or correct their names"
            )
