"""Reserves of a triangle by several methods beside each other: chain ladder, Bornhuetter-Ferguson, Cape Cod.

Bornhuetter and Ferguson (1972), "The Actuary and IBNR", PCAS 59: reserve = a-priori ultimate x (1 - 1/CDF), which
trusts the a-priori where the triangle is young. Stanard-Buehlmann ("Cape Cod"): the a-priori loss ratio is what the
triangle itself has shown, ELR = sum C / sum (P / CDF).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actuarial.methods.mack import Ladder, chain_ladder
from actuarial.methods.triangle import Floats, Triangle
from core.errors import InputRefused

YOUNG = 3  # diagonals; up to these the a-priori alone is believed (DOMAIN 3.4)


@dataclass(frozen=True)
class Method:
    """Ultimate and reserve by origin of one method."""

    name: str
    ultimate: Floats
    reserve: Floats

    @property
    def total(self) -> float:
        return float(self.reserve.sum())


@dataclass(frozen=True)
class Reserves:
    """Every method that could be used, which of them is selected and why; `ladder` None where no factor is known."""

    to_ultimate: Floats  # by age
    pattern_from: str  # "the triangle" or "the assumed pattern"
    ladder: Ladder | None
    methods: tuple[Method, ...]
    selected: Method
    why: str
    elr: float | None  # of Cape Cod


def reserves(triangle: Triangle, *, apriori: Floats, premium: Floats, pattern: Sequence[float]) -> Reserves:
    """All methods on one triangle.

    apriori  expected ultimate loss by origin, same units as the triangle
    premium  by origin, for Cape Cod; all nought leaves Cape Cod out
    pattern  assumed share known at each age, rising to 1: stands in where the triangle gives no factors
    Selected: Bornhuetter-Ferguson on the a-priori of the price while the triangle has up to three diagonals or gives
    no factors (DOMAIN 3.4), the chain ladder after.
    """
    ladder = chain_ladder(triangle)
    told = ladder is not None and bool((ladder.development.to_ultimate > 0).all())
    cdf = ladder.development.to_ultimate if ladder and told else 1 / pattern_checked(pattern, len(triangle.ages))
    at = cdf[triangle.known - 1]
    found = [_bornhuetter_ferguson(triangle, apriori, at)] if apriori.any() else []
    if ladder and told:
        found.append(Method("Chain ladder", ladder.ultimate, ladder.reserve))
    elr = cape_cod_ratio(triangle, premium, at)
    if elr is not None:
        ultimate = triangle.latest + elr * premium * (1 - 1 / at)
        found.append(Method("Cape Cod", ultimate, ultimate - triangle.latest))
    young = len(triangle.origins) <= YOUNG and bool(apriori.any())
    selected = _selected(found, "Chain ladder" if told and not young else "Bornhuetter-Ferguson")
    return Reserves(
        cdf,
        "the triangle" if ladder and told else "the assumed pattern",
        ladder if told else None,
        tuple(found),
        selected,
        _why(young, told),
        elr,
    )


def _selected(found: Sequence[Method], name: str) -> Method:
    for method in found:
        if method.name == name:
            return method
    raise InputRefused(
        "The triangle does not tell every development factor, and no expected loss was given to stand in.",
        field="triangle.apriori",
        limit="an expected loss by origin",
        remedy="Send one, or a triangle whose every age has a volume above nought.",
    )


def _bornhuetter_ferguson(triangle: Triangle, apriori: Floats, at: Floats) -> Method:
    reserve = apriori * (1 - 1 / at)
    return Method("Bornhuetter-Ferguson", triangle.latest + reserve, reserve)


def cape_cod_ratio(triangle: Triangle, premium: Floats, at: Floats) -> float | None:
    """ELR = sum C / sum (P / CDF); None without premium."""
    used = float((premium / at).sum())
    return float(triangle.latest.sum()) / used if used > 0 else None


def pattern_checked(pattern: Sequence[float], ages: int) -> Floats:
    """The assumed shares at the first `ages` ages, the last one 1 for every later age; raises InputRefused."""
    shares = np.array([float(share) for share in pattern])
    if not len(shares) or not (np.diff(shares) >= 0).all() or shares[0] <= 0 or abs(shares[-1] - 1) > 1e-9:
        raise InputRefused(
            "the assumed pattern does not rise from above 0 to 1",
            field="pattern",
            limit="shares known at 12, 24, ... months, the last 1",
            remedy='Send shares such as ["0.43", "0.84", "0.95", "1"].',
        )
    return np.append(shares, np.ones(max(0, ages - len(shares))))[:ages]


def _why(young: bool, told: bool) -> str:
    if young:
        return (
            f"The triangle has at most {YOUNG} diagonals, too few to be believed: the price's own expected loss is the "
            "a-priori (Bornhuetter-Ferguson)."
        )
    if not told:
        return (
            "The triangle does not tell every development factor, so none is made up: the price's own expected loss "
            "and the assumed pattern stand in (Bornhuetter-Ferguson)."
        )
    return "The triangle tells every development factor: the chain ladder, with Mack's standard error."
