"""Every change with the premium it would give, ranked by what it saves. Each is a whole price of its own."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.canonical import plain
from core.errors import InputRefused
from underwriting.rating.arithmetic import subtract
from underwriting.rating.changes.acts import Act, Apply, acts, together
from underwriting.rating.changes.doubt import Doubt, doubts
from underwriting.rating.evidence import Evidence
from underwriting.rating.plan import Plan
from underwriting.rating.pricing import price
from underwriting.rating.relativity import readings
from underwriting.rating.risk import Risk

BY_THE_INSURED = ("measure", "improve", "rows", "oversight", "use")
TERMS = ("exposure", "term")
COMBINED = 3  # so many of the best are priced together


@dataclass(frozen=True)
class Change:
    """One change: the premium then, what it saves a year (negative: costs), the range where one is known."""

    kind: str
    touches: str
    what: str
    premium: Decimal
    saves: Decimal
    least: Decimal | None  # saved at the worse end of the range
    most: Decimal | None  # at the better end
    law: str
    outcome: str  # of the changed price: quote, refer or decline


@dataclass(frozen=True)
class Changes:
    """What the insured can do, and what other terms cost; each list by what it saves. Amounts in `currency`."""

    premium: Decimal
    currency: str
    outcome: str
    measures: tuple[Change, ...]
    terms: tuple[Change, ...]
    combined: Change | None
    doubts: tuple[Doubt, ...]  # the parameter-risk load by dimension

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        lists = {name: [plain(vars(one)) for one in getattr(self, name)] for name in ("measures", "terms", "doubts")}
        return {
            "premium": str(self.premium),
            "currency": self.currency,
            "outcome": self.outcome,
            **lists,
            "combined": plain(vars(self.combined)) if self.combined else None,
        }


def changes(risk: Risk, evidence: Evidence, plan: Plan) -> Changes:
    """What would change this price. Raises InputRefused if the case has no price to change."""
    now = price(risk, evidence, plan)
    if now.premium is None:
        raise InputRefused("There is no price that could change.", field="pricing", remedy="See the reasons it gives.")
    rater = _Rater(risk, evidence, plan, now.premium)
    every = [(act, rater.change(act)) for act in acts(risk, evidence, readings(risk, evidence, plan), plan)]
    moved = [(act, change) for act, change in every if change is not None and change.saves]
    useful = [(act, change) for act, change in moved if act.kind in BY_THE_INSURED and change.saves > 0]
    useful.sort(key=lambda pair: (-pair[1].saves, pair[1].what))
    terms = sorted((change for act, change in moved if act.kind in TERMS), key=lambda one: (-one.saves, one.what))
    return Changes(
        now.premium,
        now.currency,
        now.decision,
        tuple(change for _, change in useful),
        tuple(terms),
        rater.combined([act for act, _ in useful]),
        doubts(risk, evidence, plan),
    )


@dataclass(frozen=True)
class _Rater:
    risk: Risk
    evidence: Evidence
    plan: Plan
    now: Decimal

    def rate(self, apply: Apply) -> tuple[Decimal, str] | None:
        """Premium and decision of the changed case; None where the plan has no answer to it."""
        try:
            sheet = price(*apply(self.risk, self.evidence), self.plan)
        except InputRefused:
            return None
        return None if sheet.premium is None else (sheet.premium, sheet.decision)

    def change(self, act: Act) -> Change | None:
        rated = self.rate(act.apply)
        if rated is None:
            return None
        ends = [self.rate(end) for end in act.ends or ()]
        saved = sorted(subtract(self.now, end[0]) for end in ends if end is not None)
        low, high = (saved[0], saved[-1]) if len(saved) == 2 else (None, None)
        saves = subtract(self.now, rated[0])
        return Change(act.kind, act.touches, act.what, rated[0], saves, low, high, act.law, rated[1])

    def combined(self, ranked: list[Act]) -> Change | None:
        """The best few that move different figures, done together: they multiply, so their savings do not add."""
        chosen: list[Act] = []
        for act in ranked:
            if act.touches not in {one.touches for one in chosen} and len(chosen) < COMBINED:
                chosen.append(act)
        if len(chosen) < 2:
            return None
        rated = self.rate(together(chosen))
        if rated is None:
            return None
        said = "; ".join(act.what for act in chosen)
        return Change("together", "", said, rated[0], subtract(self.now, rated[0]), None, None, "", rated[1])
