"""Whether the model goes by the same inputs in every calendar period."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.attribution.explainer import Explainer, explainer_of, method_rows, sampled_model_rows
from audits.engine.attribution.explaining import Explained
from audits.engine.attribution.means import LEAST_ROWS, mean_around
from audits.engine.attribution.periods import MONTHS, Change, Flip, Period, changes, flips, periods_of
from audits.engine.attribution.summary import ranks, spearman
from audits.engine.frame import Floats
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import DriftPlan

ID, TITLE = "attribution.over_time", "Inputs that change places over time"
COLUMNS = (
    "period",
    "feature",
    "n",
    "mean absolute",
    "low",
    "high",
    "mean",
    "mean low",
    "mean high",
    "rank",
    "rank agreement",
)
CHANGES = ("feature", "first period", "last period", "before", "after", "change", "low", "high")
FLIPS = (
    "leads first",
    "leads later",
    "first period",
    "later period",
    "lead",
    "low",
    "high",
    "later lead",
    "later low",
    "later high",
)


@dataclass(frozen=True)
class Plan:
    """periods: latest ones told; rows: explained in each; inputs: leading ones that are compared; notable: change of an
    input's mean absolute contribution, as a share of all contributions, that is a finding; cells: without trees."""

    periods: int
    rows: int
    inputs: int
    notable: float
    cells: int


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Plan)
    return sampled_model_rows(subject, plan.cells, plan.rows * plan.periods)


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan, judge = subject.plan(Plan), subject.judge
    drift = judge.spec.drift
    if drift is None:
        raise AssertionError("only a registered timestamp lets this check run")
    explainer = explainer_of(subject, plan.cells)
    if len(explainer.names) < 2:
        return Part((judge.silent(ID, TITLE, "not_run", "A single input has no ranking."),))
    periods, background = _periods(explainer, drift, plan, rng)
    told = [period for period in periods if len(period.chosen) >= LEAST_ROWS]
    if len(told) < 2:
        reason = (
            f"{words.count(len(told), 'calendar period')} with {LEAST_ROWS} rows that can be explained; "
            "a comparison needs two."
        )
        return Part((judge.silent(ID, TITLE, "cannot_tell", reason),))
    every = np.concatenate([period.chosen for period in told])
    found = explainer.explain(every, background, rng, "explanations over time")
    ends = np.cumsum([len(period.chosen) for period in told])
    parts = np.split(found.contributions, ends[:-1])
    return _told(explainer, found, told, parts, subject, plan)


def _periods(
    explainer: Explainer, drift: DriftPlan, plan: Plan, rng: np.random.Generator
) -> tuple[tuple[Period, ...], Any]:
    """The periods with as many rows each as can be afforded in all of them, and the background."""
    rows, background = explainer.draw(plan.rows * plan.periods, rng)
    times = explainer.subject.frame.column(drift.timestamp, "drift.timestamp").times()
    months = MONTHS[drift.period]
    there = len(periods_of(times, months, plan.periods, 1, rng))
    each = plan.rows if explainer.trees is not None else min(plan.rows, len(rows) // max(1, there))
    return periods_of(times, months, plan.periods, each, rng), background


def _told(
    explainer: Explainer, found: Explained, told: list[Period], parts: list[Floats], subject: Subject, plan: Plan
) -> Part:
    judge, confidence = subject.judge, subject.judge.suite.confidence
    sizes = [np.abs(part) for part in parts]
    whole = np.abs(found.contributions).mean(axis=0)
    leading = tuple(int(i) for i in np.argsort(-whole, kind="stable")[: plan.inputs] if whole[i] > 0)
    flipped = flips(sizes, leading, confidence)
    changed = changes(sizes[0], sizes[-1], leading, confidence)
    names = explainer.names
    rows = [_rows(names, period, part, leading, whole, confidence) for period, part in zip(told, parts, strict=True)]
    tables = {
        "over time": Table(COLUMNS, tuple(row for each in rows for row in each)),
        "over time changes": Table(CHANGES, tuple(_change_row(names, each, told) for each in changed)),
        "over time flips": Table(FLIPS, tuple(_flip_row(names, each, told, sizes) for each in flipped)),
        "over time method": Table(("what", "value"), method_rows(explainer, found)),
    }
    check = _check(flipped, told, leading, explainer, subject)
    findings = judge.findings((check,)) + _findings(names, changed, told, float(whole.sum()), plan.notable)
    return Part((check,), tables, findings)


def _check(
    flipped: tuple[Flip, ...], told: list[Period], leading: tuple[int, ...], explainer: Explainer, subject: Subject
) -> Check:
    judge, n = subject.judge, sum(len(period.chosen) for period in told)
    pairs = len(leading) * (len(leading) - 1) // 2
    if not pairs:
        return judge.silent(ID, TITLE, "cannot_tell", "Fewer than two inputs move the answer.", n=n)
    sentence = (
        f"Of {words.count(pairs, 'pair')} of the {len(leading)} leading inputs none changes places beyond chance over "
        f"{words.count(len(told), 'period')}, {told[0].name} to {told[-1].name}."
    )
    if flipped:
        worst = flipped[0]
        sentence = (
            f"{words.count(len(flipped), 'pair')} of the {len(leading)} leading inputs change places beyond chance: "
            f"in {told[worst.before].name} the answers go by {explainer.names[worst.first]} more than by "
            f"{explainer.names[worst.second]}, in {told[worst.after].name} the other way round."
        )
    confidence = judge.suite.confidence
    method = f"paired intervals over rows, all pairs and periods at once (Bonferroni), {words.percent(confidence)}"
    return judge.check(
        ID, TITLE, float(len(flipped)), None, sentence, n, k=len(flipped), confidence=confidence, method=method
    )


def _rows(
    names: tuple[str, ...], period: Period, part: Floats, leading: tuple[int, ...], whole: Floats, confidence: float
) -> list[tuple[Any, ...]]:
    size = np.abs(part).mean(axis=0)
    rank, agreement, rows = ranks(size[None])[0], spearman(size, whole), []
    for place in leading:
        own, mean = mean_around(np.abs(part[:, place]), confidence), mean_around(part[:, place], confidence)
        figures = (float(size[place]), own and own.low, own and own.high)
        means = (float(part[:, place].mean()), mean and mean.low, mean and mean.high)
        rows.append((period.name, names[place], len(part), *figures, *means, int(rank[place]), agreement))
    return rows


def _change_row(names: tuple[str, ...], each: Change, told: list[Period]) -> tuple[Any, ...]:
    moved = (each.after - each.before, each.around.low, each.around.high)
    return (names[each.part], told[0].name, told[-1].name, each.before, each.after, *moved)


def _flip_row(names: tuple[str, ...], each: Flip, told: list[Period], sizes: list[Floats]) -> tuple[Any, ...]:
    """Leads are those of the first named over the second, so the later one is below zero."""
    mean = [float((sizes[at][:, each.first] - sizes[at][:, each.second]).mean()) for at in (each.before, each.after)]
    ends = [(lead.low, lead.high) for lead in (each.lead_before, each.lead_after)]
    named = (names[each.first], names[each.second], told[each.before].name, told[each.after].name)
    return (*named, mean[0], *ends[0], mean[1], *ends[1])


def _findings(
    names: tuple[str, ...], changed: tuple[Change, ...], told: list[Period], total: float, notable: float
) -> tuple[Finding, ...]:
    """Inputs whose weight moved beyond chance by a notable share of all contributions."""
    found = []
    for each in changed:
        least = min(abs(each.around.low), abs(each.around.high)) if each.around.low * each.around.high > 0 else 0.0
        if total > 0 and least >= notable * total:
            name, moved = names[each.part], f"from {each.before:.3g} to {each.after:.3g}"
            text = (
                f"From {told[0].name} to {told[-1].name} the mean absolute contribution of {name} went {moved} "
                f"(a change of {each.around.low:.3g} to {each.around.high:.3g}). "
                "Ask whether the data or the model changed."
            )
            found.append(
                Finding("low", "The model goes by an input differently than before", text, ID, names[each.part])
            )
    return tuple(found)


CHECK = Registered(
    name="explanations_over_time",
    section="attribution",
    asks=((ID, TITLE),),
    run=run,
    needs=(Need.MODEL, Need.TIME),
    plan=Plan,
    model_rows=model_rows,
)
