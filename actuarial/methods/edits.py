"""What a study would change in a plan: figures by path, each with its reason. A person makes the draft of it.

A path is written as the comparison of plans writes it (underwriting/rating/diff.py): industries.rows[52].i is the row
whose code is 52.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actuarial.methods.parts import Json, part, table
from core.errors import InputRefused, StateRefused
from underwriting.rating.diff import NAMES, figure_of

STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Edit:
    """One figure: where, what stands there, what would, the credibility of what moved it, and why."""

    path: str
    old: str
    new: str
    z: str
    why: str


def proposed(plan: Mapping[str, str], edits: Sequence[Edit]) -> Json:
    """The result's "edits": against the plan {"id", "hash"}, only those that change something."""
    rows = [dict(vars(edit)) for edit in edits if figure_of(edit.old) != figure_of(edit.new)]
    return {"plan": dict(plan), "rows": rows}


def edits_part(edits: Json) -> Json:
    """The proposal as the page and the paper show it."""
    name, rows = edits["plan"]["id"], edits["rows"]
    if not rows:
        return part("edits", "What a draft would change", f"Nothing of {name}.")
    said = f"Against {name}. An actuary may start a draft with these figures; a bound price never moves."
    columns = [("Where", "text"), ("Now", "text"), ("Proposed", "text"), ("Credibility Z", "number"), ("Why", "text")]
    told = [[row["path"], row["old"], row["new"], row["z"], row["why"]] for row in rows]
    return part("edits", "What a draft would change", said, table=table(columns, told))


def edits_applied(document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Json:
    """A copy of a plan document with every edit in it.

    Raises InputRefused for a path that is not there, StateRefused where another figure stands than the study read.
    """
    made: Json = copy.deepcopy(dict(document))
    for row in rows:
        holder, key = _place(made, row["path"])
        if figure_of(holder[key]) != figure_of(row["old"]):
            raise StateRefused(
                f"{row['path']} is {holder[key]} and the study read {row['old']}.",
                field=row["path"],
                remedy="Make the study again on the plan as it stands.",
            )
        holder[key] = row["new"]
    return made


def _place(document: Any, path: str) -> tuple[Any, Any]:
    """The object or list that holds the path's figure, and the key of it there."""
    steps = [word or f"[{name}]" for word, name in STEP.findall(path)]
    holder = document
    for place, step in enumerate(steps):
        key = _key(holder, step, path)
        if place == len(steps) - 1:
            return holder, key
        holder = holder[key]
    raise InputRefused("A path is empty.", field="path", remedy="Name a figure of the plan.")


def _key(holder: Any, step: str, path: str) -> Any:
    if isinstance(holder, Mapping) and step in holder:
        return step
    if isinstance(holder, list) and step.startswith("["):
        for place, row in enumerate(holder):
            if step[1:-1] in [row.get(name) for name in NAMES if isinstance(row, Mapping)]:
                return place
    raise InputRefused(f"{path} is nothing of the plan.", field="path", limit=step, remedy="Name a figure of the plan.")
