"""The columns an audit reads: five kinds, each with a null mask, and one way to compare cells as text.

A cell that is null was not sent. A float cell that is NaN was sent and is wrong; the two are never mixed up. A cell of
kind image is raw pixels; nothing but an image input reads it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InputRefused

Kind = Literal["float", "int", "time", "category", "image"]
Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]

_TRUTH = {"true": "1", "false": "0"}
CLOSE = 65_536  # between the least and the largest of whole numbers that are told apart by counting
_NO_TIME = np.datetime64("NaT", "us")


def canonical_text(value: object) -> str:
    """`value` as text that compares: "1", 1, 1.0 and true agree; other text is stripped and kept as it is."""
    text = str(value).strip()
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    number = as_number(text)
    return text if number is None else number_text(number)


def as_number(text: str) -> float | None:
    """The finite number that `text` spells, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def number_text(number: float) -> str:
    """A number as text: whole numbers without a point, others at 12 significant digits."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.12g}"


@dataclass(frozen=True)
class Groups:
    """Rows by value: `codes` index `names` (sorted); -1 is "not stated" (null or blank)."""

    codes: Codes
    names: tuple[str, ...]

    def counts(self, where: Mask) -> list[int]:
        """Rows of each name among `where`; the last figure counts "not stated"."""
        found = np.bincount(self.codes[where] + 1, minlength=len(self.names) + 1)
        return [int(count) for count in found[1:]] + [int(found[0])]


@dataclass(frozen=True)
class Column:
    """One column; `values` has one entry a row whatever `null` says (float64, int64, datetime64[us], int32 codes, or
    for images uint8[rows, bytes])."""

    name: str
    kind: Kind
    values: NDArray[Any]
    null: Mask
    categories: tuple[str, ...] = ()

    def take(self, index: NDArray[np.int64]) -> "Column":
        """The cells at these rows, in this order."""
        return Column(self.name, self.kind, self.values[index], self.null[index], self.categories)

    @cached_property
    def absent(self) -> Mask:
        """Rows that state nothing: null cells and blank text."""
        blank = np.array([not text.strip() for text in self.categories] or [False])
        return self.null if self.kind != "category" else self.null | blank[self._safe_codes]

    def numbers(self) -> Floats:
        """The cells as float64, NaN where absent; raises InputRefused when a cell is not a finite number."""
        numbers, wrong = self._numbers(), self.odd_numbers()
        if wrong.any():
            raise InputRefused(
                f"Column {self.name!r} holds {int(wrong.sum())} cells that are not finite numbers.",
                field=self.name,
                limit="finite numbers",
                remedy="Leave a missing cell empty; NaN and infinity are not values.",
            )
        return np.where(self.absent, np.nan, numbers)

    def odd_numbers(self) -> Mask:
        """Cells that hold something and no finite number; raises InputRefused for a column of times."""
        return ~np.isfinite(self._numbers()) & ~self.absent

    def _numbers(self) -> Floats:
        self._refuse_pixels()
        if self.kind == "time":
            raise InputRefused(
                f"Column {self.name!r} holds times where numbers are needed.",
                field=self.name,
                limit="a numeric column",
                remedy="Name a numeric column in the audit specification.",
            )
        if self.kind != "category":
            return np.asarray(self.values, dtype=np.float64)
        table = np.array([_finite_or_nan(text) for text in self.categories] or [np.nan])
        return np.asarray(table[self._safe_codes], dtype=np.float64)

    def times(self) -> NDArray[np.datetime64]:
        """The cells as datetime64[us] in UTC, NaT where absent; text in ISO 8601 is understood."""
        if self.kind == "time":
            times = self.values
        elif self.kind == "category":
            table = [_time(text, self.name) for text in self.categories] or [_NO_TIME]
            times = np.array(table, dtype="datetime64[us]")[self._safe_codes]
        else:
            raise _not_times(self.name)
        return np.where(self.absent, _NO_TIME, times)

    def matches(self, value: str) -> Mask:
        """Rows whose cell equals `value` as canonical text; null rows do not."""
        wanted = canonical_text(value)
        hits = np.array([canonical_text(name) == wanted for name in self.groups.names] + [False])
        return np.asarray(hits[self.groups.codes])

    @cached_property
    def groups(self) -> Groups:
        """The rows by value. Blank text counts as not stated; names are sorted, whatever order they came in."""
        self._refuse_pixels()
        if self.kind == "category":
            return self._category_groups()
        _refuse_nan(self)
        found, codes = _distinct(self.values[~self.null])
        every = np.full(len(self.values), -1, dtype=np.int32)
        every[~self.null] = codes
        texts = [str(value) if self.kind == "time" else number_text(float(value)) for value in found]
        return _sorted_groups(every, texts)

    def _category_groups(self) -> Groups:
        used = np.bincount(self._safe_codes[~self.absent], minlength=len(self.categories)) > 0
        kept = [code for code in range(len(self.categories)) if used[code]]
        dense = np.full(max(len(self.categories), 1), -1, dtype=np.int32)
        dense[kept] = np.arange(len(kept), dtype=np.int32)
        codes = np.where(self.absent, -1, dense[self._safe_codes]).astype(np.int32)
        return _sorted_groups(codes, [self.categories[code] for code in kept])

    def _refuse_pixels(self) -> None:
        if self.kind == "image":
            raise InputRefused(
                f"Column {self.name!r} holds raw pixels where values are needed.",
                field=self.name,
                limit="a column of numbers, texts or times",
                remedy="Name another column; pixels are read as an image input of a model only.",
            )

    @cached_property
    def _safe_codes(self) -> NDArray[np.int64]:
        return np.where(self.null, 0, self.values).astype(np.int64)


@dataclass(frozen=True)
class Frame:
    """Named columns of equal length."""

    columns: Mapping[str, Column]

    def __post_init__(self) -> None:
        lengths = {len(column.values) for column in self.columns.values()}
        if len(lengths) > 1:
            raise InputRefused("The columns differ in length.", limit="equal lengths", remedy="Send one cell a row.")

    @property
    def rows(self) -> int:
        return next((len(column.values) for column in self.columns.values()), 0)

    def take(self, index: NDArray[np.int64]) -> "Frame":
        """The rows at these places, in this order; a place may come twice."""
        return Frame({name: column.take(index) for name, column in self.columns.items()})

    def only(self, names: Iterable[str]) -> "Frame":
        """The columns of `names` that there are."""
        return Frame({name: self.columns[name] for name in names if name in self.columns})

    def with_columns(self, *columns: Column) -> "Frame":
        """The frame with these columns in place of those of their names, or beside the others."""
        return Frame({**self.columns, **{column.name: column for column in columns}})

    def column(self, name: str, field: str) -> Column:
        """The column, or InputRefused naming the specification's `field` that asked for it."""
        if name not in self.columns:
            raise InputRefused(
                f"The audit specification's {field} names column {name!r}, which the data set does not have.",
                field=field,
                limit=f"one of {len(self.columns)} columns: {_some(self.columns)}",
                remedy="Send the column, or correct the specification.",
            )
        return self.columns[name]


def frames_stacked(frames: Sequence[Frame]) -> Frame:
    """The rows of all frames, one below the other, in the columns that all of them have in the same kind."""
    first = frames[0]
    shared = [
        name
        for name, column in first.columns.items()
        if all(name in frame.columns and frame.columns[name].kind == column.kind for frame in frames)
    ]
    return Frame({name: _stacked([frame.columns[name] for frame in frames]) for name in shared})


def _stacked(columns: Sequence[Column]) -> Column:
    first, null = columns[0], np.concatenate([column.null for column in columns])
    if first.kind != "category":
        return Column(first.name, first.kind, np.concatenate([column.values for column in columns]), null)
    names = tuple(sorted({text for column in columns for text in column.categories}))
    place = {text: code for code, text in enumerate(names)}
    tables = [np.array([place[text] for text in column.categories] or [0], dtype=np.int32) for column in columns]
    codes = [
        np.where(column.null, 0, table[np.where(column.null, 0, column.values)])
        for column, table in zip(columns, tables, strict=True)
    ]
    return Column(first.name, "category", np.concatenate(codes).astype(np.int32), null, names)


def frame_from_arrays(arrays: Mapping[str, Sequence[Any] | NDArray[Any]]) -> Frame:
    """A Frame of plain arrays or lists; None is null, text becomes categories. For tests and small callers."""
    return Frame({name: column_from(name, values) for name, values in arrays.items()})


def column_from(name: str, values: Sequence[Any] | NDArray[Any]) -> Column:
    """A Column of an array or list: numbers, booleans (as 0 and 1), datetime64 or text; None is null. An array
    uint8[rows, bytes] is one of images."""
    array = np.asarray(values)
    if array.ndim == 2 and array.dtype == np.uint8:
        return Column(name, "image", array, np.zeros(len(array), bool))
    if array.dtype.kind in "biufM":
        return _typed_column(name, array, np.isnat(array) if array.dtype.kind == "M" else np.zeros(len(array), bool))
    null = np.array([value is None for value in values], dtype=bool)
    present = [value for value in values if value is not None]
    if present and not any(isinstance(value, str) for value in present):
        filled = np.asarray([present[0] if value is None else value for value in values])
        return _typed_column(name, filled, null)
    categories = tuple(sorted({str(value) for value in present}))
    index = {text: code for code, text in enumerate(categories)}
    codes = np.array([0 if value is None else index[str(value)] for value in values], dtype=np.int32)
    return Column(name, "category", codes, null, categories)


def _typed_column(name: str, array: NDArray[Any], null: Mask) -> Column:
    if array.dtype.kind == "M":
        return Column(name, "time", array.astype("datetime64[us]"), null)
    if array.dtype.kind == "f":
        return Column(name, "float", array.astype(np.float64), null)
    return Column(name, "int", array.astype(np.int64), null)


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The distinct values ascending, and which of them each row has; whole numbers that lie close without a sort."""
    if values.dtype.kind != "i" or len(values) == 0 or int(values.max()) - int(values.min()) >= CLOSE:
        found, codes = np.unique(values, return_inverse=True)
        return found, codes
    low = values.min()
    seen = np.bincount(values - low) > 0
    return np.flatnonzero(seen) + low, (np.cumsum(seen) - 1)[values - low]


def _sorted_groups(codes: Codes, texts: list[str]) -> Groups:
    names = sorted(set(texts))
    position = {name: place for place, name in enumerate(names)}
    table = np.array([position[text] for text in texts] + [-1], dtype=np.int32)
    return Groups(table[codes], tuple(names))


def _refuse_nan(column: Column) -> None:
    if column.kind == "float":
        column.numbers()


def _finite_or_nan(text: str) -> float:
    number = as_number(canonical_text(text))
    return math.nan if number is None else number


def _time(text: str, name: str) -> np.datetime64:
    if not text.strip():
        return _NO_TIME
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _not_times(name) from None
    plain = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return np.datetime64(plain, "us")


def _not_times(name: str) -> InputRefused:
    return InputRefused(
        f"Column {name!r} does not hold times.",
        field=name,
        limit="timestamps or ISO 8601 text",
        remedy="Send dates such as 2026-03-31 or 2026-03-31T12:00:00Z.",
    )


def _some(names: Mapping[str, Column], most: int = 12) -> str:
    listed = sorted(names)
    return ", ".join(listed[:most]) + (" ..." if len(listed) > most else "")
