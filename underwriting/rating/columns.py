"""A whole book rated under one plan, column by column, equal to `pricing.price` to the cent on every row.

Two roundings of the price stand on products that floats cannot hold: A to four decimals, and a peril's premium to the
cent (rule 6). Both are computed in float64 with a relative error below `SLACK`; a row whose figure lies closer to a
rounding tie than that is rated by the engine itself. Everything else is exact: factors, steps, mods and layers are the
engine's own decimals, one for each distinct value, and from the perils' cents on the sums are integers. So are the
answers the plan has not: a row that holds something the plan refuses goes to the engine, which says why.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputRefused
from underwriting.rating.arithmetic import ONE, add, multiply
from underwriting.rating.evidence import Evidence
from underwriting.rating.experience import experience_mod
from underwriting.rating.frequency import factor_lines, schedule_factor, step
from underwriting.rating.plan import DIMENSIONS, PERILS, Plan, UseClass
from underwriting.rating.pricing import price
from underwriting.rating.relativity import LARGEST_GROWTH, growth
from underwriting.rating.risk import Risk, refuse_unrateable

Json = Mapping[str, Any]
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Of some forty operations, exp and log among them, each within a few units of the last place (2^-53): below 1e-13.
SLACK = 1e-12
NO_PRICE = -1
PLACES = 10**6  # filed shares are whole in these
LEAST_CENTS = 100  # a pure premium this small may round to nothing, which the engine refuses


@dataclass(frozen=True)
class Rated:
    """What each row costs, in cents; NO_PRICE where there is no price, and then `refused` may say why.

    gross       the premium before the minimum
    pure        (rows, perils) pure premium by peril, in the order of PERILS
    at_cap      whether a measured term or A lies at its upper clip, which refers (rule 5)
    by_engine   rows that the engine itself rated
    """

    premium: Whole
    gross: Whole
    pure: Whole
    at_cap: Mask
    refused: Mapping[int, str]
    by_engine: tuple[int, ...]


class Book:
    """Stored risks and evidence as columns: loaded once, rated under any plan."""

    def __init__(self, rows: Sequence[tuple[Json, Json]]) -> None:
        self.rows = rows
        risks, evidence = [risk for risk, _ in rows], [found for _, found in rows]
        self.use_class = _keyed(risks, lambda risk: risk["use_class"])
        self.industry = _keyed(risks, lambda risk: risk["industry"])
        self.factors = _keyed(
            risks, lambda risk: (tuple(risk["factors"].items()), _pair(risk["oversight"]), risk["audits_on_time"])
        )
        self.cover = _keyed(risks, lambda risk: (risk["limit"], risk["aggregate"], risk["deductible"]))
        self.experience = _keyed(risks, lambda risk: (risk["prior_claims"], risk["expected_claims"]))
        self.terms = _keyed(
            risks,
            lambda risk: (
                risk["claims_made_year"],
                json.dumps(risk["schedule"]) if risk["schedule"] else "",
                json.dumps(risk["removed"]) if risk["removed"] else "",
                risk["currency"],
            ),
        )
        self.confidence = _keyed(evidence, lambda found: found["confidence"])
        self.decisions = np.array([risk["decisions"] for risk in risks], dtype=np.float64)
        self.interval = np.array([float(found["interval"]) for found in evidence])
        self.dimensions = {name: _dimension(evidence, name) for name in DIMENSIONS}
        self.removed = {
            name: np.array([any(gone["dimension"] == name for gone in risk["removed"]) for risk in risks], dtype=bool)
            for name in DIMENSIONS
        }

    def __len__(self) -> int:
        return len(self.rows)

    def risk(self, row: int) -> Risk:
        """The risk of one row."""
        return Risk.from_dict(self.rows[row][0])


def rate(book: Book, plan: Plan) -> Rated:
    """Every row of `book` under `plan`. Rows that the plan refuses have no price and say why."""
    rating = _Rating(book, plan)
    gross, pure = rating.gross(), rating.pure
    premium = np.maximum(gross, _cents(plan.loading.minimum_premium))
    at_cap, refused = rating.at_cap, {}
    doubtful = np.flatnonzero(rating.doubtful)
    for row in doubtful.tolist():
        risk, evidence = book.rows[row]
        try:
            sheet = price(Risk.from_dict(risk), Evidence.from_dict(evidence), plan)
        except InputRefused as problem:
            refused[row] = problem.message
            premium[row], gross[row], pure[row], at_cap[row] = NO_PRICE, NO_PRICE, NO_PRICE, False
            continue
        if sheet.figures is None:
            refused[row] = "; ".join(flag.reason for flag in (*sheet.declines, *sheet.referrals))
            premium[row], gross[row], pure[row], at_cap[row] = NO_PRICE, NO_PRICE, NO_PRICE, False
            continue
        premium[row], gross[row] = _cents(sheet.figures.money.premium), _cents(sheet.figures.money.gross)
        pure[row] = [_cents(line.pure_premium) for line in sheet.figures.lines]
        at_cap[row] = any(
            line.a >= plan.relativity.a_high or any(term.at_cap for term in line.terms) for line in sheet.figures.lines
        )
    return Rated(premium, gross, pure, at_cap, refused, tuple(doubtful.tolist()))


@dataclass(frozen=True)
class _Keyed:
    """A column of few distinct values: `code` of each row, and one row that holds each value."""

    code: Whole
    example: tuple[int, ...]

    def spread(self, value: Callable[[int], float]) -> Floats:
        """`value` of each distinct value's example row, on every row."""
        return np.array([value(row) for row in self.example], dtype=np.float64)[self.code]


def _keyed(items: Sequence[Json], key: Callable[[Json], Any]) -> _Keyed:
    known: dict[Any, int] = {}
    example: list[int] = []
    code = np.empty(len(items), dtype=np.int64)
    for row, item in enumerate(items):
        found = known.setdefault(key(item), len(example))
        if found == len(example):
            example.append(row)
        code[row] = found
    return _Keyed(code, tuple(example))


@dataclass(frozen=True)
class _Dimension:
    measured: Mask
    u: Floats  # nought where nothing was measured


def _dimension(evidence: Sequence[Json], name: str) -> _Dimension:
    rows = [found["dimensions"][name] for found in evidence]
    measured = np.array([one["state"] == "measured" for one in rows], dtype=bool)
    return _Dimension(measured, np.array([float(one["u"]) if one["u"] is not None else 0.0 for one in rows]))


def _pair(oversight: Json | None) -> tuple[str, str] | None:
    return (oversight["coverage"], oversight["catch_lcb"]) if oversight else None


class _Rating:
    """One book under one plan; rows in `doubtful` are for the engine."""

    def __init__(self, book: Book, plan: Plan) -> None:
        self.book, self.plan = book, plan
        self.doubtful = self._refused()
        self.at_cap = np.zeros(len(book), dtype=bool)
        self.pure = np.zeros((len(book), len(PERILS)), dtype=np.int64)
        self.at_class = np.zeros(len(book))
        for place, peril in enumerate(PERILS):
            self.pure[:, place] = self._peril(peril)

    def _refused(self) -> Mask:
        """Rows with a value that the plan refuses in the row that stands for it: each check reads one key alone."""
        found = self.book.decisions >= 2.0**53
        for keyed in (
            self.book.use_class,
            self.book.industry,
            self.book.factors,
            self.book.cover,
            self.book.experience,
            self.book.terms,
        ):
            found |= keyed.spread(self._refuses).astype(bool)
        other = self.book.confidence.spread(
            lambda row: Decimal(self.book.rows[row][1]["confidence"]) != self.plan.relativity.confidence
        )
        found |= other.astype(bool) | ~self.book.dimensions["error"].measured | self._outcomes()
        return np.asarray(found, dtype=bool)

    def _refuses(self, row: int) -> bool:
        try:
            refuse_unrateable(self.book.risk(row), self.plan)
        except InputRefused:
            return True
        return False

    def _outcomes(self) -> Mask:
        """Rows of a use class or level that has no price."""
        by_class = self.book.use_class.spread(lambda row: self._use(row) is None)

        def declined(row: int) -> bool:
            levels = self.book.rows[row][0]["factors"]
            found = (factor.levels.get(levels[name]) for name, factor in self.plan.factors.items())
            return any(level is not None and level.outcome == "decline" for level in found)

        return np.asarray(by_class.astype(bool) | self.book.factors.spread(declined).astype(bool))

    def _use(self, row: int) -> UseClass | None:
        use = self.plan.use_classes.get(self.book.rows[row][0]["use_class"])
        return use if use is not None and use.outcome is None else None

    def _peril(self, peril: str) -> Whole:
        """PP_p in cents."""
        plan, book = self.plan, self.book
        filed = plan.perils[peril]
        at_class = book.decisions * float(filed.f0) / float(plan.exposure_unit)
        at_class *= book.industry.spread(lambda row: _of(lambda: plan.industry(book.rows[row][0]["industry"]).i))
        at_class *= book.factors.spread(lambda row: self._k(peril, row)) * self._common
        self.at_class += at_class
        lev, lf = float(filed.lev_basic), book.cover.spread(lambda row: self._lf(peril, row))
        return self._rounded(at_class * self._relativity(peril) * lev * lf * 100)

    def _k(self, peril: str, row: int) -> float:
        def k() -> Decimal:
            product = multiply(*(line.relativity for line in factor_lines(peril, self.book.risk(row), self.plan)))
            return product.quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP")

        return _of(k)

    def _lf(self, peril: str, row: int) -> float:
        filed, risk = self.plan.perils[peril], self.book.rows[row][0]
        return _of(lambda: filed.ilf[Decimal(risk["limit"])] - filed.ded[Decimal(risk["deductible"])])

    @cached_property
    def _common(self) -> Floats:
        """OB X step s."""
        plan, book = self.plan, self.book

        def mod(row: int) -> float:
            risk = book.rows[row][0]
            return float(experience_mod(risk["prior_claims"], Decimal(risk["expected_claims"]), plan.experience_a))

        def stepped(row: int) -> float:
            risk = book.risk(row)
            return float(multiply(step(risk, plan), schedule_factor(risk)))

        return float(plan.loading.off_balance) * book.experience.spread(mod) * book.terms.spread(stepped)

    def _relativity(self, peril: str) -> Floats:
        """A_p, to four decimals."""
        rules = self.plan.relativity
        product = np.ones(len(self.book))
        for name in DIMENSIONS:
            if not self.plan.perils[peril].uses(name):
                continue
            raw, applies, measured = self._term(peril, name)
            m = np.clip(raw, float(rules.m_low), float(rules.m_high))
            product *= np.where(applies, m, 1.0)
            self.at_cap |= self._reaches(raw, float(rules.m_high), applies & measured)
        self.at_cap |= self._reaches(product, float(rules.a_high), np.ones(len(self.book), dtype=bool))
        a = np.clip(product, float(rules.a_low), float(rules.a_high))
        return self._rounded(a * 10_000) / 10_000

    def _reaches(self, value: Floats, cap: float, where: Mask) -> Mask:
        """Where `value` is at `cap` or above; too close to tell is for the engine."""
        self.doubtful |= where & (np.abs(value - cap) <= SLACK * cap) & (value != cap)
        return where & (value >= cap)

    def _term(self, peril: str, name: str) -> tuple[Floats, Mask, Mask]:
        """The raw multiplicand of a dimension, where it applies, and where it was measured."""
        one = self.book.dimensions[name]
        gone = self.book.removed[name] & ~one.measured
        gone |= self.book.use_class.spread(lambda row: self._lacks(row, name)).astype(bool)
        if name == "drift":
            return self._drift(one), ~gone, one.measured
        reference = self.book.use_class.spread(lambda row: self._q0(row, name))
        ratio = np.where(one.measured, np.maximum(one.u, 0.0), 1.0) / reference
        beta = float(self.plan.perils[peril].betas[name])
        with np.errstate(divide="ignore"):
            return (np.ones_like(ratio) if beta == 0 else ratio**beta), ~gone, one.measured

    def _drift(self, one: _Dimension) -> Floats:
        rules = self.plan.relativity
        g = np.where(one.measured, np.maximum(one.u, 0.0), float(rules.unmeasured_g))
        x = np.minimum(g * self.book.interval, float(LARGEST_GROWTH))
        grown = np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))
        return np.asarray(grown / float(growth(rules.g0, rules.t0)))

    def _lacks(self, row: int, name: str) -> bool:
        use = self._use(row)
        return use is None or name in use.not_applicable

    def _q0(self, row: int, name: str) -> float:
        use = self._use(row)
        by_class = {"error": use.q0_error, "gap": use.q0_gap} if use else {}
        found = by_class[name] if name in by_class else self.plan.relativity.q0.get(name)
        return float(found) if found else 1.0  # does not apply, or is for the engine

    def _rounded(self, scaled: Floats) -> Whole:
        """Half up to whole numbers; what lies within the error of a tie is for the engine."""
        whole = np.floor(scaled + 0.5)
        self.doubtful |= np.abs(scaled - np.floor(scaled) - 0.5) <= SLACK * np.maximum(np.abs(scaled), 1.0)
        return whole.astype(np.int64)

    def gross(self) -> Whole:
        """G in cents: from the perils' cents on in integers, aggregate factor and loads."""
        factor, loading = self._aggregate(), self.plan.loading
        pure = _half_up(self.pure.sum(axis=1) * factor, PLACES)
        self.doubtful |= pure < LEAST_CENTS
        numerator = pure * self._scaled(add(ONE, loading.ulae)) + _cents(loading.fixed_expense) * PLACES
        return _half_up(numerator, self._scaled(self.plan.net_share))

    def _scaled(self, value: Decimal) -> int:
        """A filed share in millionths; one filed finer than that leaves every row to the engine."""
        scaled = value * PLACES
        if scaled != int(scaled):
            self.doubtful[:] = True
        return int(scaled)

    def _aggregate(self) -> Whole:
        """The aggregate-limit factor of each row, in millionths; too close to a boundary is for the engine."""
        cover = self.book.cover

        def ratio(row: int) -> float:
            risk = self.book.rows[row][0]
            return float(Decimal(risk["aggregate"]) / Decimal(risk["limit"]))

        ratios, found = cover.spread(ratio), np.zeros(len(self.book), dtype=np.int64)
        for row in sorted(self.plan.aggregate, key=lambda row: row.ratio_from, reverse=True):
            fits = (found == 0) & (ratios >= float(row.ratio_from) * (1 - SLACK))
            if row.expected_up_to is not None:
                edge = float(row.expected_up_to)
                self.doubtful |= fits & (np.abs(self.at_class - edge) <= SLACK * edge)
                fits &= self.at_class <= edge
            found[fits] = self._scaled(row.factor)
        self.doubtful |= found == 0
        return found


def _of(value: Callable[[], Decimal]) -> float:
    """`value` as a float; nought where the plan has no answer, for that row goes to the engine anyway."""
    try:
        return float(value())
    except (InputRefused, KeyError):
        return 0.0


def _half_up(numerator: Whole, denominator: int) -> Whole:
    return (2 * numerator + denominator) // (2 * denominator)


def _cents(amount: Decimal) -> int:
    return int(amount * 100)
