"""Labels that the model's own probabilities dispute, as a finding (confident learning, audits/engine/confident.py).

Where outcomes are a matter of chance, many right labels are improbable ones and are disputed too. So labels are drawn
from the stated probabilities and put to the same rule: what it disputes of those is no sign of wrong labels, and only
what goes beyond is a finding.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from audits.engine import words
from audits.engine.cases import Classes
from audits.engine.confident import Disputed, binary_table, disputed
from audits.engine.frame import Codes, Floats, canonical_text
from audits.engine.groups import RARE
from audits.engine.registry import Subject
from audits.engine.relabelling import id_texts
from audits.engine.result import Check, Finding, Part, Table

Pair = tuple[str, str, int, float, int]  # label, other class, rows by the joint, their share, rows disputed
ASK = ("labels.suspected", "Labels that the model disputes")
CAVEAT = (
    "It depends on the model and holds only for probabilities of rows it was not trained on; it shows where to look "
    "again, and is no measure of wrong labels."
)


@dataclass(frozen=True)
class SuspectsPlan:
    """told: share of disputed labels, beyond what the probabilities themselves give, from which a finding is made.
    draws: sets of labels drawn from the probabilities.  listed: most rows named one by one.  least_rows: labelled rows
    with probabilities below which nothing is told."""

    told: float
    draws: int
    listed: int
    least_rows: int


class Readable(NamedTuple):
    """Rows that can be judged: their places int64[n], labels int[n], probabilities float[n, classes], class names."""

    places: Any
    labels: Codes
    probabilities: Floats
    names: tuple[str, ...]


def measure(subject: Subject, plan: SuspectsPlan, rng: np.random.Generator) -> Part:
    """Disputed labels: how many, of which pair of classes, and the first of them where single rows may be shown."""
    found = _readable(subject)
    if isinstance(found, str):
        return Part((subject.judge.silent(*ASK, "not_run", found),))
    n, kinds = len(found.labels), len(np.unique(found.labels))
    if n < plan.least_rows or kinds < 2:
        reason = f"{words.count(n, 'labelled row')} of {words.count(kinds, 'class', 'classes')} carry probabilities."
        return Part((subject.judge.silent(*ASK, "cannot_tell", reason, n=n, rows_needed=plan.least_rows),))
    result = disputed(found.labels, found.probabilities, ties="first")
    by_chance = _by_chance(subject, found.probabilities, plan.draws, rng)
    check = _check(subject, result, n, by_chance[0])
    tables = {"suspected": _pairs(found, result, subject.judge.least_told)}
    if subject.show_rows:
        tables["suspects"] = _listed(subject, found, result, plan.listed)
    return Part((check,), tables, _findings(check, by_chance, plan))


def _readable(subject: Subject) -> Readable | str:
    """The rows with label and probabilities, or why there are none."""
    cases, spec = subject.cases, subject.judge.spec
    if cases.forecast is not None:
        return "Forecasts of numbers have no classes to dispute."
    if cases.classes is not None:
        return _of_many(subject, cases.classes)
    if cases.probability is None:
        return "No probability was registered, so labels were not compared with one."
    usable = np.flatnonzero(cases.audited & np.isfinite(cases.probability))
    names = (f"not {canonical_text(spec.positive_label)}", canonical_text(spec.positive_label))
    return Readable(usable, cases.event[usable].astype(np.int32), binary_table(cases.probability[usable]), names)


def _of_many(subject: Subject, classes: Classes) -> Readable | str:
    spec = subject.judge.spec
    if not spec.probabilities:
        return "No probabilities of the classes were registered, so labels were not compared with them."
    columns = [subject.frame.column(item.column, "probabilities").numbers() for item in spec.probabilities]
    table = np.column_stack(columns)
    names = tuple(canonical_text(item.name) for item in spec.probabilities)
    place = np.array([names.index(name) if name in names else -1 for name in classes.names] + [-1])
    labels = place[classes.truth]
    usable = np.flatnonzero(subject.cases.audited & (labels >= 0) & np.isfinite(table).all(axis=1))
    return Readable(usable, labels[usable].astype(np.int32), table[usable], names)


def _by_chance(subject: Subject, probabilities: Floats, draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """The mean and the largest share disputed of labels that are drawn from the probabilities."""
    steps = np.cumsum(probabilities, axis=1)
    steps /= np.where(steps[:, -1:] > 0, steps[:, -1:], 1.0)
    shares = []
    for draw in range(draws):
        subject.say(f"labels: drawn set {draw + 1} of {draws}")
        labels = (rng.random(len(steps))[:, None] > steps[:, :-1]).sum(axis=1)
        shares.append(float(disputed(labels, probabilities, ties="first").mask.mean()))
    return float(np.mean(shares)), max(shares)


def _check(subject: Subject, result: Disputed, n: int, by_chance: float) -> Check:
    k = int(result.mask.sum())
    made = subject.judge.rate(*ASK, k, n, "labels", "are disputed by the model's own probabilities")
    tied = f" {words.count(result.tied, 'row')} tie at a cut; the first in the data were taken." if result.tied else ""
    sentence = (
        f"{made.sentence} The calibrated joint puts {words.percent(result.estimated / n, 1)} of labels on another "
        f"class.{tied} Were every label drawn with the stated probabilities, {words.percent(by_chance, 1)} would be "
        f"disputed just the same. {CAVEAT}"
    )
    method = f"confident learning (Northcutt et al. 2021); {made.method} of the rows disputed, the model as it is"
    return replace(made, sentence=sentence, method=method)


def _pairs(found: Readable, result: Disputed, least: int) -> Table:
    """By label and the class that is more probable: estimated rows, and disputed ones whose guess it is."""
    n, size = len(found.labels), len(found.names)
    best = np.argmax(found.probabilities, axis=1)
    flat = found.labels[result.mask].astype(np.int64) * size + best[result.mask]
    hit = np.bincount(flat, minlength=size * size).reshape(size, size)
    rows: list[Pair] = []
    for label, other in np.argwhere((result.joint > 0) | (hit > 0)):
        if label != other:
            estimated = int(result.joint[label, other])
            rows.append((found.names[label], found.names[other], estimated, estimated / n, int(hit[label, other])))
    rows = _told(rows, least)
    columns = ("label", "more probable class", "rows by the joint", "share", "rows disputed")
    return Table(columns, tuple(sorted(rows, key=lambda row: (-row[2], -row[4], row[0], row[1]))))


def _told(rows: list[Pair], least: int) -> list[Pair]:
    """The pairs of at least `least` rows by both counts, the others as one."""
    small = [row for row in rows if 0 < min(row[2], row[4]) < least or max(row[2], row[4]) < least]
    if not small:
        return rows
    whole = (RARE, RARE, sum(row[2] for row in small), sum(row[3] for row in small), sum(row[4] for row in small))
    return [row for row in rows if row not in small] + [whole]


def _listed(subject: Subject, found: Readable, result: Disputed, most: int) -> Table:
    """The disputed rows whose label is least probable next to the most probable class."""
    places = np.flatnonzero(result.mask)
    own = found.probabilities[places, found.labels[places]]
    best = found.probabilities[places].max(axis=1)
    first = places[np.lexsort((found.places[places], -(best - own)))][:most]
    names = _names(subject, found.places[first])
    rows = tuple(
        (
            name,
            found.names[found.labels[row]],
            found.names[int(np.argmax(found.probabilities[row]))],
            float(found.probabilities[row, found.labels[row]]),
            float(found.probabilities[row].max()),
        )
        for name, row in zip(names, first, strict=True)
    )
    return Table(("row", "label", "more probable class", "probability of the label", "probability of the class"), rows)


def _names(subject: Subject, places: Any) -> list[str]:
    """The registered ids of the rows, or their places in the data set, from 1."""
    column = subject.judge.spec.row_id
    if column is None:
        return [f"row {int(place) + 1}" for place in places]
    return id_texts(subject.frame.column(column, "row_id").take(places))


def _findings(check: Check, by_chance: tuple[float, float], plan: SuspectsPlan) -> tuple[Finding, ...]:
    if check.low is None or check.low - by_chance[1] <= plan.told:
        return ()
    text = (
        f"{check.sentence} Either labels err, or the stated probabilities are not kept. Have a second reader label a "
        "random sample, blind."
    )
    return (Finding("low", "More labels are disputed by the model than chance explains", text, check.id),)
