"""Groups counted within strata of people who are alike in the registered legitimate factors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.bias.cells import masks_of
from audits.engine.bias.intervals import difference, sides
from audits.engine.bias.rates import BY_KEY, Measure
from audits.engine.bias.strata import Strata, Test, enough, homogeneity, null_test, odds_ratio, risk_difference
from audits.engine.bounds import Interval
from audits.engine.frame import Groups, Mask
from audits.engine.groups import limited_groups
from audits.engine.registry import Subject
from audits.engine.verdicts import Judge
from core.errors import InputRefused

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Among:
    """The rows that count, by stratum of the crossed factors; -1 where a factor is not stated."""

    factors: str
    strata: Ints
    names: tuple[str, ...]
    measure: Measure
    hit: Mask
    base: Mask
    sign: int

    @property
    def stated(self) -> Mask:
        return self.base & (self.strata >= 0)


@dataclass(frozen=True)
class Found:
    """One group against the others: crude, and pooled over the strata where both have rows."""

    attribute: str
    group: str
    tables: Strata
    compared: int
    crude: tuple[float, Interval]
    pooled: tuple[float, Interval] | None
    odds: tuple[float, Interval] | None
    null: Test | None
    same: Test | None
    enough: bool

    @property
    def n(self) -> int:
        return int(self.tables.n.sum() + self.tables.other_n.sum())


def among_alike(subject: Subject, most_strata: int) -> Among:
    """Rows by stratum, for the metric that prices the gap, else the selection rate; else harmful errors."""
    spec, judge = subject.judge.spec, subject.judge
    key = spec.gap_metric if spec.gap_metric != "none" else "selection_rate"
    chosen = BY_KEY[key if spec.decides else "harmful_error"]
    masks = masks_of(subject.cases, spec)
    hit, base = (np.logical_or.reduce([masks[name] for name in names]) for names in (chosen.k, chosen.n))
    strata: Ints = np.zeros(subject.frame.rows, dtype=np.int64)
    names: tuple[str, ...] = ("",)
    for factor in spec.legitimate:
        groups = limited_groups(subject.frame, factor.column, "legitimate", judge)
        strata, names = _crossed(strata, names, groups)
        _refuse_many(len(names), most_strata)
    sign = -1 if chosen.key == "selection_rate" else 1
    return Among(", ".join(item.name for item in spec.legitimate), strata, names, chosen, hit & base, base, sign)


def _refuse_many(strata: int, most: int) -> None:
    if strata > most:
        raise InputRefused(
            f"The legitimate factors make {strata:,} combinations of values, too many to find people alike in them.",
            field="legitimate",
            limit=f"{most:,} combinations",
            remedy="Send the factors in bands, or register fewer.",
        )


def _crossed(strata: Ints, names: tuple[str, ...], groups: Groups) -> tuple[Ints, tuple[str, ...]]:
    width = max(1, len(groups.names))
    key = np.where((strata < 0) | (groups.codes < 0), -1, strata * width + groups.codes)
    seen, place = np.unique(key, return_inverse=True)
    offset = int(len(seen) > 0 and seen[0] < 0)
    kept = [(names[code // width], groups.names[code % width]) for code in seen[offset:]]
    return place.astype(np.int64) - offset, tuple(f"{first}, {second}" if first else second for first, second in kept)


def compare(attribute: str, groups: Groups, among: Among, judge: Judge) -> list[Found]:
    """Every group that has rows against all other rows that state the attribute and every factor."""
    count, width = len(groups.names), len(among.names)
    rows = among.stated & (groups.codes >= 0)
    place = groups.codes[rows].astype(np.int64) * width + among.strata[rows]
    n = np.bincount(place, minlength=count * width).reshape(count, width)
    k = np.bincount(place[among.hit[rows]], minlength=count * width).reshape(count, width)
    named = [i for i in range(count) if 0 < n[i].sum() < n.sum()]
    return [
        _one(attribute, groups.names[i], Strata(k[i], n[i], k.sum(0) - k[i], n.sum(0) - n[i]), judge) for i in named
    ]


def _one(attribute: str, group: str, tables: Strata, judge: Judge) -> Found:
    confidence = judge.suite.confidence
    both = tables.only(tables.comparable)
    totals = [np.array([int(each.sum())]) for each in (tables.k, tables.n, tables.other_k, tables.other_n)]
    crude = difference(sides(totals[0], totals[1], confidence), sides(totals[2], totals[3], confidence))
    return Found(
        attribute,
        group,
        tables,
        len(both.n),
        (float(crude.value[0]), Interval(float(crude.low[0]), float(crude.high[0]))),
        risk_difference(both, confidence) if len(both.n) else None,
        odds_ratio(both, confidence) if len(both.n) else None,
        null_test(both) if len(both.n) else None,
        homogeneity(both) if len(both.n) else None,
        bool(len(both.n)) and enough(both),
    )
