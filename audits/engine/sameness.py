"""Rows that are the same: 64-bit sums over canonical cells, so that a million rows take seconds.

A cell's hash depends on what the cell says, not on how its column is stored: 1, 1.0 and "1" agree, blanks and nulls are
one value. Two different rows get the same sum with probability 2^-64 (among 5,000,000 rows any two: 1 in a million).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from audits.engine.compiled.labels import Hashes, Places, absorb, first_places
from audits.engine.frame import Column, Floats, Frame, Mask, as_number, canonical_text

ABSENT = np.uint64(0x5A7D1E3F9B2C4860)  # what an empty cell says, whatever its column holds
TEXT = np.uint64(0x1B873593CC9E2D51)  # keeps texts apart from numbers with the same bits


def cell_hashes(column: Column, digits: int = 0) -> Hashes:
    """uint64[n]: what each cell says; numbers at `digits` significant digits, or as they are (0)."""
    if column.kind == "category":
        found = _text_hashes(column.categories or ("",), digits)[np.where(column.null, 0, column.values)]
    elif column.kind == "image":
        found = np.array([_bytes_hash(cell.tobytes()) for cell in column.values], dtype=np.uint64)
    else:
        found = _number_hashes(column.values, column.kind, digits)
    return np.where(column.absent, ABSENT, found)


def _number_hashes(values: NDArray[np.generic], kind: str, digits: int) -> Hashes:
    if kind == "time":
        return values.astype("datetime64[us]").astype(np.int64).view(np.uint64) ^ ~TEXT
    numbers = np.asarray(values, dtype=np.float64)
    return (rounded(numbers, digits) + 0.0).view(np.uint64)  # + 0.0 makes one zero of two


def _text_hashes(texts: tuple[str, ...], digits: int) -> Hashes:
    """What each text says: the number that it spells, else its words."""
    numbers = np.array([_spelt(text) for text in texts])
    words = np.array(
        [_word_hash(text) if math.isnan(number) else 0 for text, number in zip(texts, numbers, strict=True)]
    )
    return np.where(np.isnan(numbers), words.astype(np.uint64), _number_hashes(numbers, "float", digits))


def _spelt(text: str) -> float:
    """The number that canonical text would make of `text`, NaN where it makes none. Most texts are words, and a word is
    known by its first letter."""
    bare = text.strip()
    if not (bare[:1].isdecimal() or bare[:1] in "+-." or bare[:1] in "tTfF"):
        return math.nan
    number = as_number(canonical_text(bare)) if bare else None
    return math.nan if number is None else number


def _word_hash(text: str) -> int:
    return _bytes_hash(text.strip().encode()) ^ int(TEXT)


def _bytes_hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def rounded(numbers: Floats, digits: int) -> Floats:
    """Numbers at `digits` significant digits; 0 digits leave them alone."""
    if digits == 0:
        return numbers
    known = np.isfinite(numbers) & (numbers != 0)
    size = np.floor(np.log10(np.abs(np.where(known, numbers, 1.0)))) + 1
    scale = 10.0 ** (digits - size)
    return np.where(known, np.round(np.where(known, numbers, 0.0) * scale) / scale, numbers)


class Rows:
    """Hashes of a frame's rows over `names`; `without` gives those over all but one column."""

    def __init__(self, frame: Frame, names: Iterable[str], digits: int = 0) -> None:
        self.names = tuple(names)
        self.sums: Hashes = np.zeros(frame.rows, dtype=np.uint64)
        self._columns: Mapping[str, Column] = {name: frame.columns[name] for name in self.names}
        self._digits = digits
        for name in self.names:
            absorb(self.sums, cell_hashes(self._columns[name], digits), _salt(name))

    def without(self, name: str) -> Hashes:
        """The sums without the column `name`."""
        one: Hashes = np.zeros(len(self.sums), dtype=np.uint64)
        absorb(one, cell_hashes(self._columns[name], self._digits), _salt(name))
        return self.sums - one


def _salt(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))


def groups_of(sums: Hashes) -> tuple[Places, Places]:
    """Each row's group of equal sums as its first row, int64[n], and the rows of the group of each row, int64[n]."""
    first = first_places(sums, sums)
    return first, np.bincount(first, minlength=len(sums))[first]


def found_in(known: Hashes, asked: Hashes) -> Places:
    """The first row of `known` that is the same as each of `asked`, -1 where none is."""
    return first_places(known, asked)


def nearly_in(known: Frame, asked: Frame, names: tuple[str, ...], digits: int) -> tuple[Mask, Mask]:
    """Rows of `asked` that a row of `known` equals after rounding numbers to `digits` significant digits, and those it
    equals in all columns but one."""
    rounded_off = found_in(Rows(known, names, digits).sums, Rows(asked, names, digits).sums) >= 0
    ours, theirs = Rows(asked, names), Rows(known, names)
    but_one = np.zeros(asked.rows, dtype=bool)
    if len(names) > 2:  # with two columns, equal but for one is equal in one
        for name in names:
            but_one |= found_in(theirs.without(name), ours.without(name)) >= 0
    return rounded_off, but_one
