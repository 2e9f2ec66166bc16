"""Reserves in words, tables and charts."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from actuarial.methods.mack import SIGMA_RULE, Ladder
from actuarial.methods.parts import curves, door, intervals, part, table
from actuarial.methods.reserving import Reserves
from actuarial.methods.triangle import Floats, Triangle

Json = dict[str, Any]
Z_75 = 0.6744897501960817  # of the normal law


def _money(value: float) -> str | None:
    return None if np.isnan(value) else door(value, 2)


def lines(found: Reserves, triangle: Triangle, unit: str) -> list[str]:
    """The finding, why that method, and how sure it is."""
    chosen = found.selected
    told = f"{unit}{chosen.total:,.0f} is still to come on {unit}{float(triangle.latest.sum()):,.0f} known so far"
    lines = [f"{told}, by {chosen.name}.", found.why]
    if found.ladder and chosen.name == "Chain ladder" and not np.isnan(found.ladder.total_error):
        error = found.ladder.total_error
        lines.append(
            f"Mack's standard error is {unit}{error:,.0f} ({error / max(chosen.total, 1e-9):.0%} of the reserve); half "
            f"the time the reserve lies within {unit}{Z_75 * error:,.0f} of it, if the law is normal."
        )
    return lines


def assumptions(found: Reserves, asked: Mapping[str, Any], sent: bool) -> list[str]:
    """What nobody has measured."""
    told = [
        "There is no tail: the last age is taken as the end.",
        f"Mack's model: {SIGMA_RULE}.",
    ]
    if found.pattern_from == "the assumed pattern":
        told.append(f"Shares known by age, assumed: {', '.join(map(str, asked['pattern']))}, then all.")
    if not sent:
        told.append("The a-priori is the pure premium of the price, earned by days: prudent bounds, not points.")
        told.append("Own handling (ULAE) is loaded in the price and not developed here.")
    return told


def figures(found: Reserves, triangle: Triangle) -> Json:
    """The figures for machines."""
    ladder = found.ladder
    return {
        "selected": found.selected.name,
        "known": door(float(triangle.latest.sum()), 2),
        "reserve": door(found.selected.total, 2),
        "methods": {method.name: door(method.total, 2) for method in found.methods},
        "cape_cod_ratio": None if found.elr is None else door(found.elr),
        "factors": [door(value) for value in ladder.development.factors] if ladder else None,
        "mack_error": _money(ladder.total_error) if ladder else None,
        "next_year_error": _money(ladder.total_next_year_error) if ladder else None,
        "origins": len(triangle.origins),
    }


def methods_part(found: Reserves, triangle: Triangle) -> Json:
    """What is still to come, by origin and method."""
    names = [method.name for method in found.methods]
    rows = [
        [origin, _money(triangle.latest[place]), *(_money(method.reserve[place]) for method in found.methods)]
        for place, origin in enumerate(triangle.origins)
    ]
    rows.append(["All", _money(float(triangle.latest.sum())), *(_money(method.total) for method in found.methods)])
    columns = [("Origin", "text"), ("Known", "money"), *((name, "money") for name in names)]
    return part("methods", "Still to come, by method", f"Selected: {found.selected.name}.", table=table(columns, rows))


def triangle_part(triangle: Triangle, ladder: Ladder | None) -> Json:
    """The triangle itself."""
    columns = [("Origin", "text"), *((f"{age} m", "number") for age in triangle.ages)]
    rows = [
        [origin, *(None if np.isnan(value) else door(value, 0) for value in triangle.values[place])]
        for place, origin in enumerate(triangle.origins)
    ]
    lines = [
        (
            origin,
            [(age, value) for age, value in zip(triangle.ages, triangle.values[place], strict=True) if value == value],
        )
        for place, origin in enumerate(triangle.origins)
    ][-8:]
    return part(
        "triangle",
        "The triangle, cumulative",
        "Rows are origin years, columns their age in months.",
        chart=curves("Cumulative amounts by age", lines, x_name="age, months", y_name="amount", y_unit="money"),
        table=table(columns, rows),
    )


def factors_part(found: Reserves, triangle: Triangle) -> Json:
    """Factors, their variances, and the share known at each age."""
    ladder, ages = found.ladder, triangle.ages
    rows = []
    for place, age in enumerate(ages):
        step = ladder.development if ladder and place + 1 < len(ages) else None
        rows.append(
            [
                f"{age} m",
                door(step.factors[place]) if step else None,
                _six(step.sigma2[place]) if step else None,
                int(step.pairs[place]) if step else None,
                door(1 / found.to_ultimate[place], 4),
            ]
        )
    columns = [("Age", "text"), ("Factor to next", "number"), ("Sigma squared", "number"), ("Pairs", "count"),
               ("Share known", "share")]  # fmt: skip
    return part("factors", "Development", f"From {found.pattern_from}.", table=table(columns, rows))


def _six(value: float) -> str | None:
    return None if np.isnan(value) else door(value)


def errors_part(found: Reserves, ladder: Ladder, triangle: Triangle) -> Json:
    """Standard errors by origin."""
    rows = [
        [origin, _money(ladder.reserve[place]), _money(ladder.error[place]), _money(ladder.next_year_error[place])]
        for place, origin in enumerate(triangle.origins)
    ]
    total = float(ladder.reserve.sum())
    rows.append(["All", _money(total), _money(ladder.total_error), _money(ladder.total_next_year_error)])
    drawn = [
        (origin, reserve, max(0.0, reserve - Z_75 * error), reserve + Z_75 * error)
        for origin, reserve, error in zip(triangle.origins, ladder.reserve, ladder.error, strict=True)
        if error == error
    ]
    columns = [("Origin", "text"), ("Chain ladder", "money"), ("Standard error (Mack)", "money"),
               ("Of next year's change", "money")]  # fmt: skip
    return part(
        "errors",
        "How sure the chain ladder is",
        "Standard errors by Mack; of next year's change by Merz and Wüthrich, where the triangle is plain.",
        chart=intervals("Chain-ladder reserve with its middle half", drawn, unit="money"),
        table=table(columns, rows),
    )


def expected_part(triangle: Triangle, premium: Floats, apriori: Floats) -> Json:
    """Premium and expected loss by origin."""
    rows = [[origin, _money(premium[place]), _money(apriori[place])] for place, origin in enumerate(triangle.origins)]
    columns = [("Origin", "text"), ("Earned premium", "money"), ("Expected loss", "money")]
    return part("apriori", "What the price expected", table=table(columns, rows))
