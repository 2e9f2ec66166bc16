"""Rows that never were, made of the cells of rows that are, in the three ways in which explainers make them.

exchanged  every cell from a row of its own: the mixes of KernelSHAP and of interventional Shapley values
centred    half of the cells are their column's mean or commonest value: explainers whose "not known" is one such row
noise      the same with normal noise of its column's deviation added to every amount: LIME (Ribeiro et al. 2016)
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from audits.engine.frame import Column, Floats, Frame
from audits.interface import Input, Interface

Draw = Callable[["Inputs", np.random.Generator, int], Frame]


@dataclass(frozen=True)
class Block:
    """Inputs that are exchanged together: a part of the interface, or several where there are very many."""

    name: str
    columns: tuple[str, ...]


class Centre(NamedTuple):
    """Where a column's cells lie: their mean (of amounts alone), the commonest, and how many are different."""

    mean: float
    commonest: Any
    distinct: int


@dataclass(frozen=True)
class Inputs:
    """The model's input columns over all rows; amounts as numbers, `measures` names them."""

    whole: Frame
    blocks: tuple[Block, ...]
    measures: frozenset[str]

    def columns(self, places: Iterable[int]) -> list[str]:
        """The columns of the blocks at these places."""
        return [name for place in places for name in self.blocks[place].columns]

    @cached_property
    def centres(self) -> Mapping[str, Centre]:
        """By column, once for all draws; a column without a cell has none."""
        stated = {name: column.values[~column.null] for name, column in self.whole.columns.items()}
        return {name: _centre(values, name in self.measures) for name, values in stated.items() if len(values)}


def _centre(values: np.ndarray, amounts: bool) -> Centre:
    found, counts = np.unique(values, return_counts=True)
    return Centre(float(values.mean()) if amounts else math.nan, found[counts.argmax()], len(found))


def inputs_of(frame: Frame, interface: Interface, most: int, rng: np.random.Generator) -> Inputs:
    """The inputs of an interface in at most `most` blocks; more parts than that are grouped by a draw."""
    columns = {one.column: _as_number(frame.columns[one.column], one) for one in interface.inputs}
    parts = [
        Block(part.name, tuple(interface.inputs[place].column for place in part.places)) for part in interface.parts
    ]
    if len(parts) > most:
        order = rng.permutation(len(parts))
        parts = [_merged([parts[place] for place in order[start::most]]) for start in range(most)]
    measures = frozenset(one.column for one in interface.inputs if one.measures)
    return Inputs(Frame(columns), tuple(parts), measures)


def _as_number(column: Column, one: Input) -> Column:
    if not one.measures:
        return column
    numbers = column.numbers()
    absent = np.isnan(numbers)
    return Column(column.name, "float", np.where(absent, 0.0, numbers), absent)


def _merged(parts: list[Block]) -> Block:
    name = parts[0].name if len(parts) == 1 else f"{parts[0].name} and {len(parts) - 1} more"
    return Block(name, tuple(column for part in parts for column in part.columns))


def with_fresh(rows: Frame, fresh: Frame, columns: Iterable[str]) -> Frame:
    """`rows` with these columns from `fresh`."""
    return rows.with_columns(*(fresh.columns[name] for name in columns))


def exchanged(inputs: Inputs, rng: np.random.Generator, n: int) -> Frame:
    """Every cell from a row drawn for it alone."""
    whole = inputs.whole
    return Frame({name: column.take(rng.integers(0, whole.rows, n)) for name, column in whole.columns.items()})


def centred(inputs: Inputs, rng: np.random.Generator, n: int, few: int = 0) -> Frame:
    """As `exchanged`, with half of the cells at their column's centre. The centre of amounts is their mean, but their
    commonest value where they take at most `few`: a mean of these is none of them."""
    mixed = exchanged(inputs, rng, n)
    return Frame({name: _centred(column, inputs, rng.random(n) < 0.5, few) for name, column in mixed.columns.items()})


def _centred(column: Column, inputs: Inputs, where: np.ndarray, few: int) -> Column:
    centre = inputs.centres.get(column.name)
    if centre is None:
        return column
    amounts = column.name in inputs.measures and centre.distinct > few
    value = centre.mean if amounts else centre.commonest
    values = np.where(where, value, column.values).astype(column.values.dtype)
    return Column(column.name, column.kind, values, column.null & ~where, column.categories)


def noise(inputs: Inputs, rng: np.random.Generator, n: int) -> Frame:
    """As `exchanged`, with noise added to every amount; cells that are empty stay empty."""
    mixed = exchanged(inputs, rng, n)
    noisy = [_noisy(mixed.columns[name], inputs.whole.columns[name], rng) for name in sorted(inputs.measures)]
    return mixed.with_columns(*noisy)


def _noisy(column: Column, every: Column, rng: np.random.Generator) -> Column:
    present: Floats = every.values[~every.null]
    deviation = float(present.std()) if len(present) else 0.0
    values = column.values + deviation * rng.standard_normal(len(column.values))
    return Column(column.name, "float", values, column.null)


KINDS: Mapping[str, Draw] = {"exchanged": exchanged, "centred": centred, "noise": noise}


def kinds_for(inputs: Inputs) -> tuple[str, ...]:
    """The kinds that these inputs can have: without amounts there is no noise."""
    return tuple(name for name in KINDS if name != "noise" or inputs.measures)
