"""Has the harmful error risen above what the reference rows allow? An alarm that may be looked at after every block.

DOMAIN 2.7: labelled outcome error is what drift is judged by. Labels count in the block in which they arrive.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.bounds import cp_interval, cp_upper
from audits.engine.drift import parts_of
from audits.engine.eprocess import Bets, State, fixed_sample, follow
from audits.engine.frame import Mask
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import DriftPlan
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK_ID, TITLE = "drift.alarm", "Alarm on harmful errors"
COLUMNS = ("year", "block", "from", "n", "k", "harmful error", "low", "high", "e-value", "alarm")
MOST_BLOCKS = 20_000
MOST_E = 1e300
RISE, POWER = 1.5, 0.8  # the rise of which the sentence tells how many labels would show it
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """alpha a policy year; days of a block and of a year; the three rates bet on as multiples of the baseline's odds,
    the shares on the lowest and the highest, and the share of each bet laid at once."""

    alpha: float
    block_days: int
    year_days: int
    low_bet: float
    middle_bet: float
    high_bet: float
    low_share: float
    high_share: float
    at_once: float

    def bets(self, null: float) -> Bets:
        """The bets against this null."""
        shares = (self.low_share, 1 - self.low_share - self.high_share, self.high_share)
        return Bets(null, (self.low_bet, self.middle_bet, self.high_bet), shares, self.at_once, self.blocks)

    @property
    def blocks(self) -> int:
        """Blocks of a year."""
        return self.year_days // self.block_days


@dataclass(frozen=True)
class Block:
    """Labels that arrived in one block of one year, and the e-process after it."""

    year: int
    number: int
    start: np.datetime64
    k: int
    n: int
    state: State
    e: float


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """The e-process of harmful errors among the later labels, by year and block, against the reference's bound."""
    plan, judge, drift, cases = subject.plan(Plan), subject.judge, subject.judge.spec.drift, subject.cases
    assert drift is not None  # noqa: S101 - the check needs Need.TIME
    times = subject.frame.column(drift.timestamp, "drift.timestamp").times()
    parts = parts_of(subject.frame, times, drift)
    arrived = times if drift.labelled_at is None else subject.frame.column(drift.labelled_at, "drift").times()
    known = parts.reference & cases.audited
    k, n = int((cases.harm & known).sum()), int(known.sum())
    null = cp_upper(k, n, judge.suite.gamma) if n else 1.0
    counted = parts.later & cases.audited & ~np.isnat(arrived)
    if null >= 1 or not counted.any():
        reason = (
            "No harmless labelled decision in the reference rows." if null >= 1 else "No dated label in later rows."
        )
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", reason, n=int(counted.sum())),))
    blocks = list(_blocks(arrived[counted], cases.harm[counted], plan, null, judge))
    checks = (_check(blocks, null, plan, judge),)
    tables = {"alarm": _table(blocks, judge), "baseline": _baseline(k, n, null, plan, judge)}
    odd = _before_decision(parts.later & cases.audited, times, arrived, drift)
    before = known & ~np.isnat(arrived)
    clustered = (
        _clustered(list(_blocks(arrived[before], cases.harm[before], plan, null, judge))) if before.any() else ()
    )
    return Part(checks, tables, (*_rung(blocks, null, plan, judge), *clustered, *odd))


def _blocks(arrived: NDArray[np.datetime64], harm: Mask, plan: Plan, null: float, judge: Judge) -> Iterator[Block]:
    """Every block with labels, year by year; each year's bet starts anew."""
    if len(arrived) == 0:
        return
    day = arrived.astype("datetime64[D]").astype(np.int64)
    first = int(day.min())
    place = (day - first) // plan.block_days
    count = int(place.max()) + 1
    if count > MOST_BLOCKS:
        raise InputRefused(
            f"The labels arrive over {count:,} blocks of {plan.block_days} days.",
            field="drift.labelled_at" if judge.spec.drift and judge.spec.drift.labelled_at else "drift.timestamp",
            limit=f"{MOST_BLOCKS:,} blocks",
            remedy="Correct the times that lie far from the others.",
        )
    n = np.bincount(place, minlength=count)
    k, n = _held(np.bincount(place[harm], minlength=count), n, judge.least_told)
    bets = plan.bets(null)
    for start in range(0, count, plan.blocks):
        year = slice(start, start + plan.blocks)
        states = follow(bets, plan.alpha, zip(k[year].tolist(), n[year].tolist(), strict=True))
        for number, state in enumerate(states):
            at = start + number
            if n[at] > 0:
                since = np.datetime64(first + at * plan.block_days, "D")
                e = min(math.exp(min(state.log_value(bets), 700.0)), MOST_E)
                yield Block(start // plan.blocks + 1, number + 1, since, int(k[at]), int(n[at]), state, e)


def _held(k: Whole, n: Whole, least: int) -> tuple[Whole, Whole]:
    """The same counts with labels held back to a later block until it has `least`, where single rows are not shown.
    Only the number of labels decides that, so the bet stays fair."""
    if least <= 1:
        return k, n
    errors, rows = np.zeros_like(k), np.zeros_like(n)
    waiting_k = waiting_n = 0
    for place in range(len(n)):
        waiting_k, waiting_n = waiting_k + int(k[place]), waiting_n + int(n[place])
        if waiting_n >= least:
            errors[place], rows[place] = waiting_k, waiting_n
            waiting_k = waiting_n = 0
    return errors, rows


def _check(blocks: list[Block], null: float, plan: Plan, judge: Judge) -> Check:
    if not blocks:
        return judge.silent(CHECK_ID, TITLE, "cannot_tell", f"Fewer than {judge.least_told} later labels.")
    rung = [block for block in blocks if block.state.rang is not None]
    most = max(blocks, key=lambda block: block.e)
    n, k = sum(block.n for block in blocks), sum(block.k for block in blocks)
    told = f"After each of {words.count(len(blocks), 'block')} with {words.count(n, 'label')} it was asked whether "
    told += f"harmful errors are above {words.points(null)} in 100, the upper bound of the reference rows. "
    if rung:
        first = rung[0]
        since = next(one for one in blocks if (one.year, one.number) == (first.year, first.state.rang))
        told += f"The alarm rang in the block from {since.start} and stays for the year; {_meaning(plan)}"
    else:
        told += f"No alarm; the e-value came to {most.e:.3g} at most and rings at {1 / plan.alpha:.0f}. {_slow(null)}"
    made = judge.check(CHECK_ID, TITLE, most.e, None, told, n, k=k, method="e-process, Ville 1939")
    return replace(made, verdict="fail" if rung else "measured", limit={"op": "<", "value": 1 / plan.alpha})


def _meaning(plan: Plan) -> str:
    return f"a model no worse than that bound would ring in at most {words.percent(plan.alpha)} of years (Ville 1939)."


def _slow(null: float) -> str:
    """How many labels would show a rise; nothing where they are too many to count quickly."""
    if not 0.002 <= null < 0.6:
        return "No alarm is no proof that nothing rose."
    n = fixed_sample(null, RISE * null, 0.05, POWER)
    return f"A single test would need {n:,} labels to see a rise to {RISE:g} times the bound with power {POWER:.0%}."


def _rung(blocks: list[Block], null: float, plan: Plan, judge: Judge) -> Iterator[Finding]:
    """One finding a year in which the alarm rang."""
    for year in sorted({block.year for block in blocks if block.state.rang is not None}):
        inside = [block for block in blocks if block.year == year]
        block = next(one for one in inside if one.state.rang == one.number)
        text = (
            f"In the block from {block.start} the e-value reached {block.e:.3g}; it rings at {1 / plan.alpha:.0f}. In "
            f"that block {block.k:,} of {words.count(block.n, 'label')} were harmful errors, in the year until then "
            f"{block.state.k:,} of {block.state.n:,}; the reference rows allow {words.points(null)} in 100. Null: each "
            f"label is a harmful error with at most that probability, whatever came before; {_meaning(plan)} The bound "
            f"itself holds with confidence {words.percent(judge.suite.gamma)}. Assumption: labels do not arrive sooner "
            "because they are bad."
        )
        yield Finding(
            "high", "Alarm: harmful errors are above the baseline", text, CHECK_ID, f"year from {inside[0].start}"
        )


def _clustered(blocks: list[Block]) -> tuple[Finding, ...]:
    """Says so when the reference rows would ring the alarm against their own bound."""
    rung = next((block for block in blocks if block.state.rang == block.number), None)
    if rung is None:
        return ()
    text = (
        f"The reference rows would ring the same alarm against their own bound, in the block from {rung.start}: their "
        "harmful errors come in clusters. An alarm among the later rows may then be a cluster and not a lasting rise."
    )
    return (Finding("low", "Harmful errors of the reference rows come in clusters", text, CHECK_ID),)


def _before_decision(
    later: Mask, times: NDArray[np.datetime64], arrived: NDArray[np.datetime64], drift: DriftPlan
) -> tuple[Finding, ...]:
    """Labels that cannot be: known before the decision, or never known to arrive."""
    if drift.labelled_at is None:
        return ()
    early, never = int((later & (arrived < times)).sum()), int((later & np.isnat(arrived)).sum())
    found = []
    if early:
        text = f"{words.count(early, 'label')} arrived before the decision; they count when {drift.labelled_at!r} says."
        found.append(Finding("low", "Labels are older than their decisions", text, CHECK_ID))
    if never:
        text = f"{words.count(never, 'label')} of later rows have no time in {drift.labelled_at!r} and do not count."
        found.append(Finding("low", "Labels without the time they arrived", text, CHECK_ID))
    return tuple(found)


def _table(blocks: list[Block], judge: Judge) -> Table:
    rows = []
    for block in blocks:
        around = cp_interval(block.k, block.n, judge.suite.confidence)
        rang = "rang" if block.state.rang == block.number else "since" if block.state.rang is not None else ""
        rows.append(
            (
                *(block.year, block.number, str(block.start), block.n, block.k, block.k / block.n),
                *(around.low, around.high, block.e, rang),
            )
        )
    return Table(COLUMNS, tuple(rows))


def _baseline(k: int, n: int, null: float, plan: Plan, judge: Judge) -> Table:
    bets = plan.bets(null)
    rows: list[tuple[object, ...]] = [
        ("reference rows", n),
        ("harmful errors among them", k),
        (f"upper bound, Clopper-Pearson one-sided {words.percent(judge.suite.gamma)}", null),
        ("false alarms a policy year at most", plan.alpha),
        ("rings at an e-value of", 1 / plan.alpha),
        ("days of a block", plan.block_days),
        *(
            (f"share of the stake on rate {rate:.4g}", share)
            for rate, share in zip(bets.rates, bets.shares, strict=True)
        ),
    ]
    return Table(("what", "value"), tuple(rows))


CHECK = Registered(
    name="alarm",
    section="drift",
    asks=((CHECK_ID, TITLE),),
    run=run,
    needs=(Need.TIME,),
    plan=Plan,
)
