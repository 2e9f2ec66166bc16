"""The declared small changes of a row's inputs, one seeded draw a row a family (DOMAIN 1.0 rule 8).

Each family gives the changed rows and which cells it touched; a column that holds whole numbers only stays whole, since
no case of 1.07 children ever arrives.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats, Frame, Mask
from audits.engine.suite import ModelPlan
from audits.interface import Interface


@dataclass(frozen=True)
class Perturbed:
    """Changed rows, and the cells that were changed: bool[rows] by input column."""

    frame: Frame
    touched: Mapping[str, Mask]


@dataclass(frozen=True)
class Family:
    """One kind of change. `draw` gives the changed rows, or why the family does not apply to these inputs."""

    name: str
    what: str
    draw: Callable[["Inputs", np.random.Generator], Perturbed | str]


@dataclass(frozen=True)
class Inputs:
    """The input columns of all rows, and the places of the rows that are perturbed."""

    whole: Frame
    rows: NDArray[np.int64]
    interface: Interface

    @property
    def numeric(self) -> tuple[str, ...]:
        return tuple(one.column for one in self.interface.inputs if one.measures)

    @property
    def categorical(self) -> tuple[str, ...]:
        return tuple(one.column for one in self.interface.inputs if not one.measures)


def families(plan: ModelPlan) -> tuple[Family, ...]:
    """The families of a suite in their order; the one that empties cells stands last, as models fail at it most."""
    share, digits = plan.noise_share, plan.significant_digits
    return (
        Family(
            "noise",
            f"every numeric input moved by normal noise of {share:g} of its inter-quartile range",
            lambda inputs, rng: _each_number(inputs, lambda column: _noisy(column, inputs, share, rng)),
        ),
        Family(
            "rounding",
            f"every numeric input rounded to {digits} significant digits",
            lambda inputs, _rng: _each_number(inputs, lambda column: _rounded(column, inputs, digits)),
        ),
        Family("category slip", "one categorical input replaced by another value of the data set", _slipped),
        Family("missing", "one input emptied", _emptied),
    )


def _each_number(inputs: Inputs, change: Callable[[Column], Floats]) -> Perturbed | str:
    if not inputs.numeric:
        return "no input is a number"
    changed, touched = [], {}
    for name in inputs.numeric:
        column = inputs.whole.columns[name]
        before, after = column.numbers()[inputs.rows], change(column)
        absent = np.isnan(before)
        touched[name] = ~absent & (before != after)
        changed.append(Column(name, "float", np.where(absent, 0.0, after), absent))
    return Perturbed(inputs.whole.take(inputs.rows).with_columns(*changed), touched)


def _noisy(column: Column, inputs: Inputs, share: float, rng: np.random.Generator) -> Floats:
    every = column.numbers()
    present = every[~np.isnan(every)]
    drawn = rng.standard_normal(len(inputs.rows))
    moved = every[inputs.rows] + share * _spread(present) * drawn
    return np.rint(moved) if (present == np.rint(present)).all() else moved


def _spread(present: Floats) -> float:
    """Inter-quartile range, or the standard deviation where half of the cells are equal."""
    if not len(present):
        return 0.0
    low, high = np.quantile(present, [0.25, 0.75])
    return float(high - low) or float(present.std())


def _rounded(column: Column, inputs: Inputs, digits: int) -> Floats:
    values = column.numbers()[inputs.rows]
    size = np.where((values == 0) | np.isnan(values), 1.0, np.abs(values))
    places = digits - 1 - np.floor(np.log10(size))
    # A power of ten that is whole is exact; dividing by it rounds better than multiplying by its inverse.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.asarray(np.rint(values * up / down) / up * down)


def _slipped(inputs: Inputs, rng: np.random.Generator) -> Perturbed | str:
    """Every row draws one of its stated categorical inputs, then one of that column's other values."""
    several = [name for name in inputs.categorical if len(inputs.whole.columns[name].groups.names) > 1]
    if not several:
        return "no input is a category with two values in the data set"
    frame = inputs.whole.take(inputs.rows)
    chosen = _one_of(frame, several, rng)
    touched = {name: chosen == place for place, name in enumerate(several)}
    return Perturbed(frame.with_columns(*(_other(inputs, name, touched[name], rng) for name in several)), touched)


def _other(inputs: Inputs, name: str, where: Mask, rng: np.random.Generator) -> Column:
    """The column with another value at `where`: it is copied from the first row that holds it."""
    column = inputs.whole.columns[name]
    codes, count = column.groups.codes, len(column.groups.names)
    first = _first_rows(codes)
    drawn = rng.integers(0, count - 1, size=len(where))
    drawn += drawn >= codes[inputs.rows]
    return column.take(np.where(where, first[drawn], inputs.rows))


def _first_rows(codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """The first row that holds each code, by code; -1 is none."""
    found, places = np.unique(codes, return_index=True)
    return np.asarray(places[found >= 0])


def _emptied(inputs: Inputs, rng: np.random.Generator) -> Perturbed | str:
    """Every row loses one of its stated inputs."""
    frame, names = inputs.whole.take(inputs.rows), list(inputs.interface.columns)
    chosen = _one_of(frame, names, rng)
    touched = {name: chosen == place for place, name in enumerate(names)}
    return Perturbed(frame.with_columns(*(_nulled(frame.columns[name], touched[name]) for name in names)), touched)


def _nulled(column: Column, where: Mask) -> Column:
    return Column(column.name, column.kind, column.values, column.null | where, column.categories)


def _one_of(frame: Frame, names: list[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """For each row the place in `names` of one column that states something, evenly drawn; -1 where none does."""
    keys = rng.random((frame.rows, len(names)))
    keys[np.column_stack([frame.columns[name].absent for name in names])] = -1
    chosen = keys.argmax(axis=1)
    return np.asarray(np.where(keys.max(axis=1) < 0, -1, chosen))
