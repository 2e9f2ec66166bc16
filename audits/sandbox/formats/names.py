"""Column names: present, printable, short and different."""

from collections.abc import Sequence

from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal


def names_check(names: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """The names without surrounding blanks, or a Refusal that says which is wrong."""
    if len(names) > limits.columns:
        raise Refusal(Code.COLUMNS, number=len(names))
    clean = tuple(name.strip() for name in names)
    seen: set[str] = set()
    for place, name in enumerate(clean, 1):
        _name_check(name, place, limits)
        if name in seen:
            raise Refusal(Code.NAME_TWICE, column=name)
        seen.add(name)
    return clean


def _name_check(name: str, place: int, limits: Limits) -> None:
    if not name:
        raise Refusal(Code.NAME_EMPTY, number=place)
    if len(name) > limits.name_chars or not name.isprintable():
        raise Refusal(Code.NAME_BAD, number=place)
