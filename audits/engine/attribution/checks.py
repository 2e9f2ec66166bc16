"""What is asked of an explanation: that it adds up, that it ranks alike when made again, and what it may name."""

import math
from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.attribution.explaining import CLOSE, Explained
from audits.engine.attribution.summary import Drivers, drivers
from audits.engine.attribution.tables import Told
from audits.engine.bounds import Interval
from audits.engine.result import Check, Finding
from audits.engine.verdicts import Judge

ADDITIVE, AGREE, STABLE, NAMED = (
    "attribution.additivity",
    "attribution.trees_agree",
    "attribution.rank_stability",
    "attribution.drivers",
)
NO_DISTANCE = 1e300  # stands for "not comparable": infinity has no JSON form
TITLES = {
    ADDITIVE: "Contributions that do not add up",
    AGREE: "Distance of the trees from the answers",
    STABLE: "Agreement of rankings",
    NAMED: "Inputs that drive the answers",
}


@dataclass(frozen=True)
class Repeat:
    """The ranking made again; `counts` is False for another method, which may rank otherwise with reason."""

    name: str
    rows: int
    spearman: float | None
    counts: bool = True


def agreement(gap: float, rows: int, judge: Judge) -> Check:
    """Whether the trees that came out of the cage give the caged answers."""
    sentence = f"The trees read from the file give the caged answers to within {gap:.2g} on {rows:,} rows."
    if not gap <= CLOSE:
        far = f"by up to {gap:.2g}" if math.isfinite(gap) else "in their shape"
        sentence = f"The trees read from the file differ from the caged answers {far}: they are not used."
    value = gap if math.isfinite(gap) else NO_DISTANCE
    return judge.check(AGREE, TITLES[AGREE], value, None, sentence, rows, method="largest difference of answers")


def additivity(found: Explained, judge: Judge) -> Check:
    """The largest distance between what is explained and the sum of its parts."""
    n = len(found.rows)
    sentence = f"On {n:,} rows contributions and base add up to what is explained, to within {found.gap:.2g}."
    return judge.check(ADDITIVE, TITLES[ADDITIVE], found.gap, None, sentence, n, method=found.algorithm)


def stability(repeats: list[Repeat], told: Told, judge: Judge, least: int) -> Check:
    """The middle of the repeats with their range: there are too few of them for a quantile. Repeats of fewer than
    `least` rows tell nothing."""
    if len(told.names) < 2:
        return judge.silent(STABLE, TITLES[STABLE], "not_run", "A single input has no ranking.")
    fewest = min((repeat.rows for repeat in repeats if repeat.counts), default=0)
    if fewest < least:
        return judge.silent(STABLE, TITLES[STABLE], "cannot_tell", _too_few(fewest, least), n=len(told.found.rows))
    seen = [repeat.spearman for repeat in repeats if repeat.counts and repeat.spearman is not None]
    if not seen:
        return judge.silent(STABLE, TITLES[STABLE], "cannot_tell", "No input moves the answer more than another.")
    middle, around = float(np.median(seen)), Interval(min(seen), max(seen))
    sentence = (
        f"Made again {words.count(len(seen), 'time')} from rows drawn anew, the ranking of inputs agrees with the "
        f"whole at {middle:.2f} ({around.low:.2f} to {around.high:.2f}, rank correlation)."
    )
    method = f"Spearman, range over {words.count(len(seen), 'repeat')}"
    return judge.check(STABLE, TITLES[STABLE], middle, around, sentence, len(told.found.rows), method=method)


def _too_few(rows: int, least: int) -> str:
    return f"The budget explains {words.count(rows, 'row')} a time; with fewer than {least} no ranking can be told."


def named(told: Told, judge: Judge, most: int, least: int) -> Check:
    """Names inputs only as far as no other takes their places in the resamples, and of fewer than `least` rows none."""
    n = len(told.found.rows)
    if n < least:
        return judge.silent(NAMED, TITLES[NAMED], "cannot_tell", _too_few(n, least), n=n)
    found = drivers(told.importance, most, n)
    method = f"rank intervals of {judge.suite.bootstraps:,} resamples of rows, {words.percent(judge.suite.confidence)}"
    if not found.named:
        return _nobody(found, told, judge, method)
    share = float(told.importance.share[list(found.named)].sum())
    drawn = told.importance.drawn[told.importance.drawn.sum(axis=1) > 0]
    shares = drawn[:, list(found.named)].sum(axis=1) / drawn.sum(axis=1)
    tail = (1 - judge.suite.confidence) / 2
    low, high = (float(value) for value in np.quantile(shares, [tail, 1 - tail]))
    names = [told.names[i] for i in found.named]
    order = ", in this order" if found.ordered and len(names) > 1 else ""
    sentence = (
        f"The answers go by {_listed(names)} most{order}: {words.percent(share)} ({words.percent(low)} to "
        f"{words.percent(high)}) of all contributions. That is how the model uses its inputs, not what causes the "
        "outcome."
    )
    around = Interval(min(low, share), max(high, share))
    return judge.check(
        NAMED, TITLES[NAMED], share, around, sentence, n, k=len(names), confidence=judge.suite.confidence, method=method
    )


def _nobody(found: Drivers, told: Told, judge: Judge, method: str) -> Check:
    first, second = (told.names[i] for i in [*told.importance.order, told.importance.order[0]][:2])
    reason = f"The rows explained cannot tell which input comes first, {first} or {second}."
    if told.importance.mean.max() <= 0:
        reason = "No input moves the answer in the rows explained."
    elif found.rows is not None:
        reason += f" About {found.rows:,} rows would."
    n = len(told.found.rows)
    return judge.silent(NAMED, TITLES[NAMED], "cannot_tell", reason, n=n, method=method, rows_needed=found.rows)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def method_findings(repeats: list[Repeat], judge: Judge) -> tuple[Finding, ...]:
    """Says so when the ranking by the file's covers is not the one by the rows that were sent: covers are a claim."""
    limit = judge.limit(STABLE)
    far = [each for each in repeats if not each.counts and each.spearman is not None]
    far = [each for each in far if limit is not None and not limit.holds(float(each.spearman or 0))]
    return tuple(
        Finding(
            "medium",
            "The ranking of inputs rests on the covers that the file states",
            f"Weighed by rows of the data set instead, it agrees at {each.spearman:.2f} only (rank correlation).",
            STABLE,
            each.name,
        )
        for each in far
    )


def attribute_findings(told: Told, judge: Judge) -> tuple[Finding, ...]:
    """Says so when the model is given a registered attribute itself, and how much it goes by it."""
    found = []
    for item in judge.spec.attributes:
        if item.column in told.interface.columns:
            place = told.interface.part_of[told.interface.columns.index(item.column)]
            ranked = told.importance
            text = (
                f"{item.column} is an input of the model: {words.percent(float(ranked.share[place]), 1)} of all "
                f"contributions, rank {ranked.rank[place]} of {len(told.names)} ({ranked.rank_low[place]} to "
                f"{ranked.rank_high[place]})."
            )
            title = f"A registered attribute is an input of the model: {item.name}"
            found.append(Finding("medium", title, text, NAMED, item.name))
    return tuple(found)
