"""Which type a CSV column has: the narrowest of int64, float64, truth, timestamp that every cell fits, else text.

Rules (the upload route's description repeats them): leading zeros, plus signs and whole numbers over 18 digits make a
column text, because a number would lose them. An empty cell is null. In a column whose other cells are numbers, times
or truth values, NaN, NA, N/A, null and none are null too; in a text column they are text.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audits.sandbox.protocol import Code, Kind, Refusal

Array = Any

_NULLS = pa.array(["nan", "na", "n/a", "null", "none"])
_INFINITE = r"^[+-]?(?i:inf|infinity)$"
_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_PATTERNS = {
    "int": r"^-?(0|[1-9]\d{0,17})$",
    "float": r"^-?((0|[1-9]\d{0,17})(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$",
    "truth": r"^(?i:true|false)$",
    "time": rf"^{_DAY}({_CLOCK})?$",
    "zoned": rf"^{_DAY}{_CLOCK}(Z|[+-]\d{{2}}:?\d{{2}})$",
}
_MICRO = pa.timestamp("us")
_MICRO_UTC = pa.timestamp("us", tz="UTC")


class Guess:
    """What is still possible for one column, narrowed batch by batch."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._possible = set(_PATTERNS)
        self._infinite = False
        self._seen = False

    def narrow(self, array: Array) -> None:
        """Look at one batch of cells (strings; null = empty)."""
        if not self._possible:
            return
        found = _without_nulls(pc.unique(array).drop_null())
        infinite = pc.match_substring_regex(found, _INFINITE)
        self._infinite = self._infinite or bool(pc.any(infinite).as_py())
        found = found.filter(pc.invert(infinite))
        self._seen = self._seen or len(found) > 0
        self._possible = {kind for kind in self._possible if _all_fit(found, kind)}

    def settle(self) -> "Reading":
        """The column's type once every batch was seen. Raises Refusal for infinity among numbers."""
        possible = self._possible if self._seen or self._infinite else {"float"}
        if self._infinite:
            possible = possible & {"int", "float"}
        for kind in ("int", "float", "truth", "time", "zoned"):
            if kind in possible:
                if self._infinite:
                    raise Refusal(Code.INFINITE, column=self.name)
                return Reading(kind)
        return Reading("text")


class Reading:
    """How the cells of a settled column become values."""

    _KINDS = {"int": Kind.INT64, "float": Kind.FLOAT64, "time": Kind.TIMESTAMP, "zoned": Kind.TIMESTAMP}

    def __init__(self, how: str) -> None:
        self.how = how
        self.kind = self._KINDS.get(how, Kind.DICTIONARY)

    def values(self, array: Array) -> Array:
        """One batch of strings as int64, float64, timestamp[us] or, for truth and text, strings."""
        if self.how == "text":
            return array
        array = _nulls_out(array)
        if self.how == "truth":
            return pc.utf8_lower(array)
        if self.how == "zoned":
            return array.cast(_MICRO_UTC).cast(_MICRO)
        target = {"int": pa.int64(), "float": pa.float64(), "time": _MICRO}[self.how]
        return array.cast(target)


def _all_fit(found: Array, kind: str) -> bool:
    if not len(found):
        return True
    if not pc.all(pc.match_substring_regex(found, _PATTERNS[kind])).as_py():
        return False
    return kind not in ("time", "zoned") or _are_dates(found, _MICRO if kind == "time" else _MICRO_UTC)


def _are_dates(found: Array, target: Any) -> bool:
    """The 30th of February matches the pattern and is no date."""
    try:
        found.cast(target)
    except pa.ArrowInvalid:
        return False
    return True


def _without_nulls(found: Array) -> Array:
    return found.filter(pc.invert(pc.is_in(pc.utf8_lower(found), value_set=_NULLS)))


def _nulls_out(array: Array) -> Array:
    return pc.if_else(pc.is_in(pc.utf8_lower(array), value_set=_NULLS), pa.scalar(None, pa.string()), array)
