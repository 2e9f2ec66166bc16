"""Further declared families of changed inputs: what goes wrong before a model is asked, one seeded draw a row a family.

They are reported beside the priced families and never priced (docs/decisions/0016): after most of them another decision
may be the right one, and the limit was filed for the four. Nothing here is searched for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats, Mask
from audits.engine.perturbing import Family, Inputs, Perturbed
from audits.engine.spec import AuditSpec, ValidRange
from audits.engine.text_slips import SLIPS, Slip

UNLISTED = "a value that is not listed"


@dataclass(frozen=True)
class SlipPlan:
    """rows: changed in each family; beyond: how far out of range, as a share of it; jump: how far an answer moves, as a
    share of the range of the middle nine tenths of all answers, to be called a jump; letters_per_slip: in texts."""

    rows: int
    beyond: float
    jump: float
    letters_per_slip: int


def slip_families(spec: AuditSpec, plan: SlipPlan) -> tuple[Family, ...]:
    """All families in their order; each says itself whether it applies."""
    beyond = f"beyond its registered range, else the one seen, by {plan.beyond:g} of that range"
    tabular = (
        Family("unit slip", "one number in another registered unit", lambda i, rng: _unit_slip(i, spec, rng)),
        Family("category misspelt", "one category with two letters swapped", lambda i, rng: _misspelt(i, plan, rng)),
        Family("category unlisted", f"one category replaced by '{UNLISTED}'", _unlisted),
        Family("out of range", f"one number {beyond}", lambda i, rng: _out_of_range(i, spec, plan, rng)),
        Family("stuck input", "one input at its most frequent value, as from a feed that stands still", _stuck),
    )
    return tabular + tuple(_text_family(name, what, slip, plan) for name, what, slip in SLIPS)


def _text_family(name: str, what: str, slip: Slip, plan: SlipPlan) -> Family:
    return Family(name, what, lambda inputs, rng: _text_slip(inputs, slip, plan, rng))


def family_count() -> int:
    """How many families there are at most."""
    return 5 + len(SLIPS)


def _changed(inputs: Inputs, names: list[str], rng: np.random.Generator, change: "Change") -> Perturbed:
    """Every row draws one of the columns in which it states something, and that cell is changed."""
    frame = inputs.whole.take(inputs.rows)
    chosen = _one_of([~frame.columns[name].absent for name in names], rng)
    touched = {name: chosen == place for place, name in enumerate(names)}
    return Perturbed(frame.with_columns(*(change(frame.columns[name], touched[name]) for name in names)), touched)


Change = Callable[[Column, Mask], Column]


def _one_of(stated: list[Mask], rng: np.random.Generator) -> NDArray[np.int64]:
    keys = rng.random((len(stated[0]), len(stated)))
    keys[~np.column_stack(stated)] = -1
    return np.asarray(np.where(keys.max(axis=1) < 0, -1, keys.argmax(axis=1)))


def _number(column: Column, values: Floats, where: Mask) -> Column:
    """The column with other numbers at `where`."""
    before = column.numbers()
    after = np.where(where, values, np.where(np.isnan(before), 0.0, before))
    return Column(column.name, "float", after, column.absent)


def _unit_slip(inputs: Inputs, spec: AuditSpec, rng: np.random.Generator) -> Perturbed | str:
    factors = {item.column: float(item.factor) for item in spec.units if item.column in inputs.numeric}
    if not factors:
        return "no unit of a numeric input was registered"

    def change(column: Column, where: Mask) -> Column:
        return _number(column, column.numbers() * factors[column.name], where)

    return _changed(inputs, sorted(factors), rng, change)


def _out_of_range(inputs: Inputs, spec: AuditSpec, plan: SlipPlan, rng: np.random.Generator) -> Perturbed | str:
    registered = {item.column: item for item in spec.ranges}
    ranges = {name: _range(inputs.whole.columns[name].numbers(), registered.get(name)) for name in inputs.numeric}
    known = {name: ends for name, ends in ranges.items() if ends is not None}
    if not known:
        return "no input is a number that varies"

    def change(column: Column, where: Mask) -> Column:
        low, high = known[column.name]
        far = max(plan.beyond * (high - low), 1.0 if _whole(column.numbers()) else 0.0)
        up = rng.random(len(where)) < 0.5
        return _number(column, np.where(up, high + far, low - far), where)

    return _changed(inputs, sorted(known), rng, change)


def _range(numbers: Floats, registered: ValidRange | None) -> tuple[float, float] | None:
    """The registered ends, and the seen one where a side is open; None for a column that does not vary."""
    present = numbers[~np.isnan(numbers)]
    if not len(present) or present.min() == present.max():
        return None
    low, high = float(present.min()), float(present.max())
    if registered is not None:
        low = float(registered.low) if registered.low is not None else min(low, float(str(registered.high)))
        high = float(registered.high) if registered.high is not None else max(high, low)
    return low, high


def _whole(numbers: Floats) -> bool:
    present = numbers[~np.isnan(numbers)]
    return bool((present == np.rint(present)).all())


def _listed(inputs: Inputs) -> list[str]:
    return [one.column for one in inputs.interface.inputs if one.how in ("codes", "one_hot")]


def _misspelt(inputs: Inputs, plan: SlipPlan, rng: np.random.Generator) -> Perturbed | str:
    if not _listed(inputs):
        return "no input is a listed category"
    slip = SLIPS[0][2]
    return _changed(inputs, _listed(inputs), rng, lambda column, where: _rewritten(column, where, slip, plan, rng))


def _unlisted(inputs: Inputs, rng: np.random.Generator) -> Perturbed | str:
    if not _listed(inputs):
        return "no input is a listed category"
    return _changed(inputs, _listed(inputs), rng, lambda column, where: _texts(column, where, lambda _text: UNLISTED))


def _text_slip(inputs: Inputs, slip: Slip, plan: SlipPlan, rng: np.random.Generator) -> Perturbed | str:
    names = list(inputs.interface.texts)
    if not names:
        return "no input is a text"
    return _changed(inputs, names, rng, lambda column, where: _rewritten(column, where, slip, plan, rng))


def _rewritten(column: Column, where: Mask, slip: Slip, plan: SlipPlan, rng: np.random.Generator) -> Column:
    return _texts(column, where, lambda text: slip(text, plan.letters_per_slip, rng))


def _texts(column: Column, where: Mask, write: Callable[[str], str]) -> Column:
    """The column as text, written anew at `where`, row by row in their order."""
    groups = column.groups
    cells = [groups.names[code] if code >= 0 else "" for code in groups.codes]
    for row in np.flatnonzero(where):
        cells[row] = write(cells[row])
    names, codes = np.unique(np.array(cells, dtype=object).astype(str), return_inverse=True)
    return Column(column.name, "category", codes.astype(np.int32), column.absent, tuple(str(name) for name in names))


def _stuck(inputs: Inputs, rng: np.random.Generator) -> Perturbed | str:
    """Text inputs too: a form that is sent with the same words."""
    names = [name for name in inputs.interface.columns if len(inputs.whole.columns[name].groups.names) > 1]
    if not names:
        return "no input varies"
    first = {name: _commonest(inputs.whole.columns[name]) for name in names}
    frame = inputs.whole.take(inputs.rows)
    chosen = _one_of([~frame.columns[name].absent for name in names], rng)
    touched = {name: chosen == place for place, name in enumerate(names)}
    columns = [inputs.whole.columns[name].take(np.where(touched[name], first[name], inputs.rows)) for name in names]
    return Perturbed(frame.with_columns(*columns), touched)


def _commonest(column: Column) -> int:
    """The first row that holds the most frequent value; of values as frequent, the first by name."""
    codes = column.groups.codes
    most = int(np.bincount(codes[codes >= 0]).argmax())
    return int(np.flatnonzero(codes == most)[0])
