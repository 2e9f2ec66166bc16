"""The blind re-labelling sample: which rows a second reader labels, and what his answers say (DOMAIN 1.0 rule 12, 2.3).

The rows are drawn by us. Every labelled row has a place in a queue that the seed alone decides; the first `size` rows
of it are a simple random sample, and a larger sample holds every smaller one. So the draw can be made again from the
seed and the ids, whoever kept it, and rows that were chosen otherwise show. Draw it after the labels were handed over:
who knows the rows before can put these labels right and no others.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.bounds import cp_interval, cp_upper, six
from audits.engine.cases import Cases
from audits.engine.frame import Column, Frame, as_number, canonical_text, number_text
from audits.engine.joining import row_texts
from audits.engine.posterior import HALF, Belief
from audits.engine.registry import Subject
from audits.engine.result import Dimension, Part, Table
from audits.engine.spec import AuditSpec
from core.errors import InputRefused

Places = NDArray[np.int64]
ASK = ("labels.disagreement", "Labels that a second reader disputes")
MOST_SIZE = 1_000_000


@dataclass(frozen=True)
class RelabellingPlan:
    """rows: size of the sample that is asked for (all labelled rows where there are fewer)."""

    rows: int


def draw_relabelling(row_ids: Sequence[str] | int, seed: int, size: int) -> Places:
    """The places, int64[min(size, n)], of the rows to be labelled again, in the order of the queue.

    row_ids are the ids of the labelled rows (id_texts), each once, or how many rows there are. The same ids and seed
    give the same rows, whatever order the ids come in; a larger size only adds rows. Raises InputRefused for a size
    below 1 and for ids that are empty or come twice.
    """
    ids = [str(place) for place in range(row_ids)] if isinstance(row_ids, int) else list(row_ids)
    if size < 1:
        raise InputRefused(f"A sample of {size} rows.", field="size", limit="at least 1", remedy="Ask for more rows.")
    if len(set(ids)) != len(ids) or "" in ids:
        raise InputRefused(
            "Some ids of rows are empty or come twice.", field="row_id", limit="one id a row", remedy="Name every row."
        )
    key = str(seed).encode()
    turns = [hashlib.blake2b(name.encode(), key=key[:64], digest_size=16).digest() for name in ids]
    return np.array(sorted(range(len(ids)), key=lambda place: (turns[place], ids[place]))[:size], dtype=np.int64)


def relabelling_size(bound: float, expected: float, gamma: float) -> int:
    """The fewest rows at which the exact upper bound at `gamma` is at most `bound` when the share `expected` of them,
    rounded up, is disputed. Raises InputRefused where a million rows would not do."""
    few, many = 0, 1
    while cp_upper(_disputed(expected, many), many, gamma) > bound:
        few, many = many, many * 2
        if many > MOST_SIZE:
            raise InputRefused(
                f"No sample shows {words.percent(bound, 1)} where {words.percent(expected, 1)} is expected.",
                field="bound",
                limit="a bound above the expected share",
                remedy="Ask for a wider bound.",
            )
    while many - few > 1:
        middle = (few + many) // 2
        holds = cp_upper(_disputed(expected, middle), middle, gamma) <= bound
        few, many = (few, middle) if holds else (middle, many)
    return many


def _disputed(expected: float, rows: int) -> int:
    return int(np.ceil(expected * rows - 1e-9))


def id_texts(column: Column) -> list[str]:
    """Each row's id as text, digit for digit ("" where there is none): keys of 18 digits must not be rounded."""
    found = row_texts(column)
    return ["" if absent else str(text) for text, absent in zip(found, column.absent, strict=True)]


def _labels(column: Column) -> list[str]:
    """Each row's label as canonical text, "" where there is none."""
    if column.kind == "category":
        table = [canonical_text(text) for text in column.categories] or [""]
        found = [table[code] for code in np.where(column.null, 0, column.values)]
    elif column.kind == "time":
        found = [str(value) for value in column.values]
    else:
        found = [number_text(float(value)) for value in column.values]
    return ["" if absent else text for text, absent in zip(found, column.absent, strict=True)]


def measure(subject: Subject, plan: RelabellingPlan) -> Part:
    """The label dimension from the second reader's labels, if they stand on the rows that were drawn."""
    judge, cases = subject.judge, subject.cases
    places = np.flatnonzero(cases.audited)
    ids = [text for text, labelled in zip(_ids(subject.frame, judge.spec), cases.audited, strict=True) if labelled]
    again = _second_labels(subject.beside["relabelled"], judge.spec)
    drawn = draw_relabelling(ids, judge.seed, max(plan.rows, len(again)))
    strangers = set(again) - {ids[place] for place in drawn}
    if strangers:
        reason = (
            f"{len(strangers):,} of {len(again):,} re-labelled rows are not among the {len(drawn):,} drawn with seed "
            f"{judge.seed}, so they are no random sample."
        )
        return Part((judge.silent(*ASK, "cannot_tell", reason, n=len(again)),), dimensions={"label": _open(reason)})
    unread = sum(again.get(ids[place]) is None for place in drawn)
    if unread == len(drawn):
        reason = "None of the drawn rows carries a second label."
        return Part((judge.silent(*ASK, "cannot_tell", reason, n=0),), dimensions={"label": _open(reason)})
    subject.say("labels: second labels")
    first = _labels(subject.frame.columns[judge.spec.label].take(places[drawn]))
    k = sum(
        second is None or _differ(one, second, judge.spec)
        for one, second in zip(first, (again.get(ids[place]) for place in drawn), strict=True)
    )
    return _part(subject, k, len(drawn), unread)


def _open(reason: str) -> Dimension:
    return Dimension("cannot_tell", reason)


def _ids(frame: Frame, spec: AuditSpec) -> list[str]:
    return id_texts(frame.column(str(spec.row_id), "row_id"))


def _second_labels(frame: Frame, spec: AuditSpec) -> Mapping[str, str | None]:
    """The second reader's label by id; None where he gave none."""
    ids, labels = _ids(frame, spec), _labels(frame.column(spec.label, "label"))
    if len(set(ids)) != len(ids) or "" in ids:
        raise InputRefused(
            "The re-labelled rows name a row twice or not at all.",
            field=str(spec.row_id),
            limit="one id a row",
            remedy="Send each drawn row once, its label empty where nobody could tell.",
        )
    return {name: label or None for name, label in zip(ids, labels, strict=True)}


def _differ(first: str, second: str, spec: AuditSpec) -> bool:
    """Whether two readings differ: other text, or numbers further apart than the registered tolerance."""
    if spec.task != "regression":
        return first != second
    one, other = as_number(first), as_number(second)
    return one is None or other is None or abs(one - other) > float(str(spec.tolerance))


def _part(subject: Subject, k: int, n: int, unread: int) -> Part:
    judge, cases = subject.judge, subject.cases
    check = judge.rate(*ASK, k, n, "labels drawn at random", "are disputed by a second reader")
    gamma = judge.suite.gamma
    figures = {"k": k, "n": n, "point": six(k / n), "u": six(cp_upper(k, n, gamma)), "gamma": f"{gamma:.2f}"}
    table = Table(("what", "value", "low", "high"), _rows(cases, k, n, unread, gamma, judge.suite.confidence))
    return Part(
        (check,), {"relabelled": table}, judge.findings((check,)), {"label": Dimension("measured", None, figures)}
    )


def _rows(cases: Cases, k: int, n: int, unread: int, gamma: float, confidence: float) -> tuple[tuple[Any, ...], ...]:
    """The sum bound of DOMAIN 2.3, and the point that symmetric noise would leave."""
    belief = Belief(k + HALF, n - k + HALF)
    believed = belief.interval(confidence)
    eta, around = k / n, cp_interval(k, n, confidence)
    error, label = cp_upper(cases.k, cases.n, gamma), cp_upper(k, n, gamma)
    wrong = int((cases.wrong & cases.audited).sum()) / cases.n
    symmetric = max(0.0, (wrong - eta) / (1 - 2 * eta)) if eta < 0.5 else None
    return (
        ("rows drawn", n, None, None),
        ("drawn and not labelled again, counted as disputed", unread, None, None),
        ("labels disputed", eta, around.low, around.high),
        ("the same as a belief, Jeffreys' prior", belief.mean, believed.low, believed.high),
        (f"upper bound of disputed labels at {gamma:.2f}", label, None, None),
        (f"upper bound of harmful errors against the labels at {gamma:.2f}", error, None, None),
        (
            f"sum of both: upper bound of harmful errors against the truth, at least at {max(0.0, 2 * gamma - 1):.2f}",
            min(1.0, error + label),
            None,
            None,
        ),
        ("error rate against the truth if labels err alike on both sides", symmetric, None, None),
    )
