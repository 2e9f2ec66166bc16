"""What changed from one plan document to another: every path added, removed or changed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any, Literal

# Rows of a list are told apart by what names them, so that a row put in between does not change all that follow.
NAMES = ("code", "grade")
PLACES = Decimal("0.000001")
DIGITS = 60
LARGEST_POWER = 20  # of figures from 10^21 up or below 10^-20 no relative change is stated


@dataclass(frozen=True)
class Change:
    """One difference: `old` is None where the path was added, `new` where it was removed.

    `relative` is (new - old) / |old| to six decimals, half up; None where either is not a figure or is out of all
    proportion, or old is 0.
    """

    path: str
    kind: Literal["added", "removed", "changed"]
    old: Any
    new: Any
    relative: Decimal | None = None


def plan_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes from `old` to `new`, in order of path; figures are equal when their values are ("1.0" and "1")."""
    before, after = dict(leaves(old, "")), dict(leaves(new, ""))
    paths = sorted(before.keys() | after.keys())
    return tuple(change for path in paths if (change := _change(path, before, after)) is not None)


def _change(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change | None:
    if path not in before:
        return Change(path, "added", None, after[path])
    if path not in after:
        return Change(path, "removed", before[path], None)
    old, new = before[path], after[path]
    if _same(old, new):
        return None
    return Change(path, "changed", old, new, _relative(figure_of(old), figure_of(new)))


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value of a document that holds no other, with the path to it."""
    pairs = list(_children(value, path))
    if not pairs:
        yield path, value
    for where, item in pairs:
        yield from leaves(item, where)


def _children(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"{path}.{key}" if path else str(key), item) for key, item in value.items())
    elif isinstance(value, list):
        key = _naming(value)
        yield from ((f"{path}[{item[key] if key else place}]", item) for place, item in enumerate(value))


def _naming(rows: list[Any]) -> str | None:
    """The key that names every row of `rows` once, if there is one."""
    for key in NAMES:
        names = [row.get(key) for row in rows if isinstance(row, Mapping)]
        texts = {name for name in names if isinstance(name, str)}
        if len(texts) == len(rows):
            return key
    return None


def _same(old: Any, new: Any) -> bool:
    first, second = figure_of(old), figure_of(new)
    if first is not None and second is not None:
        return first == second
    return type(old) is type(new) and bool(old == new)


def figure_of(value: Any) -> Decimal | None:
    """The finite figure that a whole number or text writes, or None."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        figure = Decimal(value)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def _relative(old: Decimal | None, new: Decimal | None) -> Decimal | None:
    if old is None or new is None or not old or any(abs(figure.adjusted()) > LARGEST_POWER for figure in (old, new)):
        return None
    with localcontext(prec=DIGITS):
        return ((new - old) / abs(old)).quantize(PLACES, ROUND_HALF_UP)
