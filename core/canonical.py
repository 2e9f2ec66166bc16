"""One way to write a JSON value as bytes, so that equal values have equal digests on any machine.

Keys sorted, no spaces, UTF-8, floats at 12 significant digits, Decimal as string. Pure: no Django, no clock, no I/O.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

SIGNIFICANT_DIGITS = 12


def plain(value: Any) -> Any:
    """The JSON-ready form of `value`; raises ValueError on NaN or infinity and TypeError on unknown types."""
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def canonical_json(value: Any) -> bytes:
    """`value` as canonical UTF-8 JSON bytes."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def settled(value: Any) -> Any:
    """`value` with the keys of every object sorted: PostgreSQL's jsonb keeps no order, and what is computed from JSON
    again must meet the keys in the order in which it met them first."""
    return json.loads(canonical_json(value))


def digest(data: bytes) -> str:
    """`sha256:<64 hex digits>` of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _float(value: float) -> float | int:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no canonical JSON form")
    # A whole float is written as an integer, so that 3.0 read back as 3 keeps its digest; a huge one too, because
    # PostgreSQL gives 1e300 back as a one with three hundred noughts.
    text = f"{value:.{SIGNIFICANT_DIGITS}g}"
    rounded = float(text)
    return int(Decimal(text)) if rounded.is_integer() else rounded


def _scalar(value: Any) -> Any:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
