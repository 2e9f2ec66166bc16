"""The changes that an adversarial search may make to a row, as one number an input, and back to rows of a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats, Frame
from audits.engine.spec import ValidRange
from audits.interface import Interface


@dataclass(frozen=True)
class Feature:
    """One input that may be changed. A number moves by at most `bound` within low and high; whole numbers stay whole.
    A category (values > 0) becomes another of its `values` codes; `spread` is the unit in which a move is told."""

    column: str
    bound: float = 0.0
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    spread: float = 1.0
    values: int = 0

    def placed(self, number: float) -> float:
        """The nearest number that the input may take."""
        kept = min(max(number, self.low), self.high)
        return float(np.rint(kept)) if self.whole else kept


@dataclass(frozen=True)
class Space:
    """The frame's inputs and which of them may be changed; `left_out` says why the others may not."""

    frame: Frame
    features: tuple[Feature, ...]
    left_out: tuple[tuple[str, str], ...]

    def vectors(self, rows: NDArray[np.int64]) -> Floats:
        """Float64[rows, features]: numbers, and codes of categories; NaN where the row states nothing."""
        found = []
        for each in self.features:
            column = self.frame.columns[each.column]
            if each.values:
                found.append(np.where(column.groups.codes < 0, np.nan, column.groups.codes)[rows])
            else:
                found.append(column.numbers()[rows])
        return np.column_stack(found)

    def rows(self, origins: NDArray[np.int64], vectors: Floats) -> Frame:
        """The rows `origins` with the features as in `vectors`; what is NaN there stays as it is."""
        frame = self.frame.take(origins)
        return frame.with_columns(*(self._column(place, origins, vectors) for place in range(len(self.features))))

    def _column(self, place: int, origins: NDArray[np.int64], vectors: Floats) -> Column:
        each, wanted = self.features[place], vectors[:, place]
        column, stated = self.frame.columns[each.column], ~np.isnan(wanted)
        if not each.values:
            return Column(column.name, "float", np.where(stated, wanted, 0.0), ~stated)
        codes = column.groups.codes
        found, first = np.unique(codes, return_index=True)
        holding = first[found >= 0]  # the first row that holds each value
        return column.take(np.where(stated, holding[np.where(stated, wanted, 0).astype(np.int64)], origins))


def space_of(
    frame: Frame, interface: Interface, excluded: Sequence[str], ranges: Sequence[ValidRange], bound: float
) -> Space:
    """What may be changed: numbers by `bound` inter-quartile ranges, categories; no text, no excluded column."""
    features, left_out = [], []
    registered = {item.column: item for item in ranges}
    for one in interface.inputs:
        if one.column in excluded:
            left_out.append((one.column, "a registered attribute"))
        elif one.how == "text":
            left_out.append((one.column, "a text"))
        else:
            column = frame.columns[one.column]
            found = _number(column, registered.get(one.column), bound) if one.measures else _category(column)
            if found is None:
                left_out.append((one.column, "the same in every row"))
            else:
                features.append(found)
    return Space(frame.only(interface.columns), tuple(features), tuple(left_out))


def _category(column: Column) -> Feature | None:
    values = len(column.groups.names)
    return Feature(column.name, values=values) if values > 1 else None


def _number(column: Column, valid: ValidRange | None, bound: float) -> Feature | None:
    numbers = column.numbers()
    present = numbers[~np.isnan(numbers)]
    if not len(present) or present.min() == present.max():
        return None
    low, high = np.quantile(present, [0.25, 0.75])
    spread, whole = float(high - low) or float(present.std()), bool((present == np.rint(present)).all())
    least, most = float(present.min()), float(present.max())
    if valid is not None:
        least = least if valid.low is None else float(valid.low)
        most = most if valid.high is None else float(valid.high)
    # A step of a whole number is one, however small its range is.
    return Feature(column.name, max(bound * spread, 1.0 if whole else 0.0), least, most, whole, spread)
