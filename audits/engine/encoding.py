"""From the columns of a data set to what a model gets: one matrix of numbers, one array of texts a text input, or the
bytes of an image, which are scaled only where the model runs: four times fewer go to the cage.

Pure arithmetic over codes: a category is looked up once, however many rows hold it. What each way of encoding means
stands in audits/interface.py.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Codes, Column, Floats, Frame, canonical_text, number_text
from audits.images import Image
from audits.interface import Input, Interface
from core.errors import InputRefused


@dataclass(frozen=True)
class Encoded:
    """`numbers` float64[rows, f] in the order of the interface's features; `texts` str[rows], one a text input;
    `images` uint8[rows, bytes], where the model's only input is one."""

    numbers: Floats
    texts: tuple[NDArray[Any], ...] = ()
    images: NDArray[np.uint8] | None = None

    @property
    def rows(self) -> int:
        return len(self.numbers)


def encode(frame: Frame, interface: Interface) -> Encoded:
    """All rows as the model gets them. Raises InputRefused naming the column for one that is missing, or that holds
    times, words or infinity where the interface says number."""
    numbers = np.empty((frame.rows, len(interface.features)))
    texts, place = [], 0
    if interface.image is not None:
        return Encoded(numbers, (), _images(input_column(frame, interface.inputs[0]), interface.image))
    for one in interface.inputs:
        column = input_column(frame, one)
        if one.how == "text":
            texts.append(_texts(column))
            continue
        width = len(one.features)
        _fill(numbers[:, place : place + width], column, one)
        place += width
    return Encoded(numbers, tuple(texts))


def input_column(frame: Frame, one: Input) -> Column:
    """The column of an input, or InputRefused."""
    if one.column in frame.columns:
        return frame.columns[one.column]
    listed = ", ".join(sorted(frame.columns)[:12])
    raise InputRefused(
        f"The data set has no column {one.column!r}, which is an input of the model.",
        field=one.column,
        limit=f"one of {len(frame.columns)} columns: {listed}",
        remedy="Send the column, or correct the interface of the version.",
    )


def _images(column: Column, image: Image) -> NDArray[np.uint8]:
    """The pixels, 0 where null."""
    if column.kind != "image" or column.values.shape[1] != image.bytes:
        found = f"{column.values.shape[1]:,} bytes a cell" if column.kind == "image" else "no raw pixels"
        raise InputRefused(
            f"Column {column.name!r} holds {found}; the interface says {image.height} x {image.width} pixels of "
            f"{image.channels} bytes.",
            field=column.name,
            limit=f"{image.bytes:,} bytes a cell",
            remedy="Send Parquet with the raw pixels as fixed-size binary, or correct the interface of the version.",
        )
    pixels: NDArray[np.uint8] = column.values
    return np.where(column.null[:, None], np.uint8(0), pixels) if column.null.any() else pixels


def _fill(target: Floats, column: Column, one: Input) -> None:
    if one.how == "number":
        found = column.numbers()
        target[:, 0] = np.where(np.isnan(found), one.missing, found)
        return
    codes = category_codes(column, one.categories)
    if one.how == "codes":
        target[:, 0] = np.where(codes < 0, one.missing, codes)
        return
    target[:] = 0
    listed = np.flatnonzero(codes >= 0)
    target[listed, codes[listed]] = 1


def category_codes(column: Column, categories: tuple[str, ...]) -> Codes:
    """The place of each cell in `categories`, -1 where it is null or not listed. Cells compare as canonical text; of
    two listed categories that are the same then, the one written like the cell is meant, else the first."""
    exact = {name: code for code, name in enumerate(categories)}
    alike: dict[str, int] = {}
    for code, name in enumerate(categories):
        alike.setdefault(canonical_text(name), code)
    names, codes = _distinct(column)
    found = [exact.get(name, alike.get(canonical_text(name), -1)) for name in names]
    table = np.array([*found, -1], dtype=np.int32)
    return np.asarray(table[np.where(column.null, len(names), codes)])


def _texts(column: Column) -> NDArray[Any]:
    """The cells as text, empty where null; numbers as the shortest text that compares (1, 2.5)."""
    names, codes = _distinct(column)
    table = np.array([*names, ""], dtype=object)
    return np.asarray(table[np.where(column.null, len(names), codes)])


def _distinct(column: Column) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Every text that the column can hold, and the place of each cell among them (any place where it is null)."""
    if column.kind == "category":
        return column.categories, column.values.astype(np.int64)
    found, codes = np.unique(column.values, return_inverse=True)
    written = str if column.kind == "time" else _number_text
    return tuple(written(value) for value in found), codes


def _number_text(value: Any) -> str:
    return number_text(float(value)) if np.isfinite(value) else "nan"
