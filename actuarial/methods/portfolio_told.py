"""A book's year as a study tells it. Floats end here, at cents or at the places stated."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from actuarial.methods.allocation import combined, occurrence_exceeding, return_loss
from actuarial.methods.curves import Floats
from actuarial.methods.parts import Json, curves, door, part, table
from actuarial.methods.portfolio import LEVELS, Portfolio
from actuarial.methods.portfolio_parts import (
    costs_part,
    keys_part,
    left_out_part,
    money,
    percent,
    policies_part,
    stages_part,
    treaties_part,
)
from actuarial.methods.simulate import mean_of, tvar_of, var_of

RETURNS = (2, 5, 10, 20, 50, 100, 200, 250, 500, 1000)
AGREED = 4.0  # standard errors between simulation and transform: by chance once in 16,000 comparisons
MOST_POINTS = 80


def told(inputs: Mapping[str, Any], found: Portfolio) -> Json:
    """Sentences, assumptions, figures and parts of a portfolio study."""
    parts = [_year(found), _curves(found), policies_part(inputs, found), keys_part(inputs, found)]
    if found.programme:
        parts += [stages_part(found), treaties_part(found), costs_part(found)]
    parts.append(left_out_part(inputs, found))
    return {
        "lines": _lines(inputs, found),
        "assumptions": _assumptions(inputs, found),
        "figures": _figures(found),
        "parts": parts,
    }


def _lines(inputs: Mapping[str, Any], found: Portfolio) -> list[str]:
    law, currency = found.exact.law, inputs["asked"]["currency"]
    level = found.allocation.level
    rare = f"Once in 200 years the book loses more than {currency} {law.var(0.995):,.0f}"
    events = sum(amounts.sum() for amounts in found.allocation.events.values())
    share = events / found.allocation.tvar if found.allocation.tvar > 0 else 0.0
    lines = [
        f"{rare}; it expects {law.mean:,.0f} a year.",
        f"The worst {percent(1 - level)} of years average {currency} {found.allocation.tvar:,.0f}, of which events at "
        f"shared dependencies make {percent(round(share, 2))}.",
        _agreement(found),
    ]
    if found.programme:
        net = found.stages[-1].law
        lines.append(
            f"After reinsurance the book expects {currency} {net.mean:,.0f}, and loses more than "
            f"{net.var(0.995):,.0f} once in 200 years."
        )
    return lines


def _agreement(found: Portfolio) -> str:
    apart = max(_apart(found).values())
    verdict = "agree" if apart <= AGREED else "DISAGREE"
    return (
        f"Transform and simulation {verdict}: over {len(found.drawn.gross):,} simulated years mean and TVaR lie "
        f"at most {apart:.1f} standard errors apart (limit {AGREED:.0f})."
    )


def _apart(found: Portfolio) -> dict[str, float]:
    """Standard errors between simulated and exact figures."""
    pairs = {"mean": (mean_of(found.drawn.gross), found.exact.law.mean)}
    for level in LEVELS:
        pairs[f"tvar {level}"] = (tvar_of(found.drawn.gross, level), found.exact.law.tvar(level))
    return {name: abs(drawn.value - exact) / max(drawn.error, 1e-9) for name, (drawn, exact) in pairs.items()}


def _assumptions(inputs: Mapping[str, Any], found: Portfolio) -> list[str]:
    told = [
        "Frequencies are those of each policy's latest price, at its audit's prudent bounds, for a whole year; "
        f"severity curves are the plan's ({', '.join(inputs['plans'])}), illustrative priors.",
        "Claims that arrive alone are independent from policy to policy and Poisson within one.",
        "Rates and chances of shared events are assumptions of this study, by kind of dependency; no event has been "
        "observed that would set them.",
        "Severities within one event are taken as independent, which understates the tail; the last part shows the "
        "other extreme.",
    ]
    if found.lowered:
        numbers = ", ".join(str(inputs["policies"][place]["number"]) for place in found.lowered[:20])
        told.append(
            f"Events alone would bring {len(found.lowered)} policies more claims than their price expects; their "
            f"chance of being struck is lowered to what they expect: {numbers}."
        )
    return told


def _figures(found: Portfolio) -> Json:
    law, net = found.exact.law, found.stages[-1].law
    figures = {"mean": money(law.mean), "sd": money(law.sd), "net_mean": money(net.mean)}
    for level in LEVELS:
        name = f"{level * 100:g}".replace(".", "_")
        figures |= {f"var_{name}": money(law.var(level)), f"tvar_{name}": money(law.tvar(level))}
        figures |= {f"net_var_{name}": money(net.var(level)), f"net_tvar_{name}": money(net.tvar(level))}
        figures[f"tvar_{name}_error"] = money(abs(found.coarse.tvar(level) - law.tvar(level)))
    return figures


def _year(found: Portfolio) -> Json:
    law, drawn = found.exact.law, found.drawn.gross
    mean = mean_of(drawn)
    half = 2.576
    rows: list[list[Any]] = [
        ["Expected", money(law.mean), money(abs(law.mean - found.coarse.mean)), money(mean.value),
         money(mean.value - half * mean.error), money(mean.value + half * mean.error), money(found.alone.mean)],
        ["Standard deviation", money(law.sd), money(abs(law.sd - found.coarse.sd)), money(float(drawn.std(ddof=1))),
         None, None, money(found.alone.sd)],
    ]  # fmt: skip
    for level in LEVELS:
        value, low, high = var_of(drawn, level)
        rows.append(
            [f"VaR {percent(level)}", money(law.var(level)), money(law.step), money(value), money(low), money(high),
             money(found.alone.var(level))]
        )  # fmt: skip
        tvar = tvar_of(drawn, level)
        rows.append(
            [f"TVaR {percent(level)}", money(law.tvar(level)), money(abs(law.tvar(level) - found.coarse.tvar(level))),
             money(tvar.value), money(tvar.value - half * tvar.error), money(tvar.value + half * tvar.error),
             money(found.alone.tvar(level))]
        )  # fmt: skip
    columns = [("Of the year's loss", "text"), ("On the lattice", "money"), ("Error", "money"), ("Simulated", "money"),
               ("99 % from", "money"), ("to", "money"), ("If nothing were shared", "money")]  # fmt: skip
    return part(
        "year",
        "The year's loss",
        f"The lattice has steps of {law.step:,.0f}. It keeps the mean and never understates TVaR; the error "
        "stated is the change from twice the step, about three times what is left. VaR is a lattice point.",
        table=table(columns, rows),
    )


def _curves(found: Portfolio) -> Json:
    law, step = found.exact.law, found.exact.law.step
    largest = occurrence_exceeding(combined(found.exact.rates))
    rows = [
        [years, door(1 / years, 6), money(return_loss(largest, step, years)),
         money(return_loss(law.exceeding, step, years))]
        for years in RETURNS
    ]  # fmt: skip
    chart = curves(
        "Chance in a year that the loss exceeds an amount",
        [("AEP", _points(law.exceeding, step)), ("OEP", _points(largest, step))],
        x_name="Loss",
        y_name="Chance a year",
        x_unit="money",
        y_unit="percent",
        log_y=True,
    )
    columns = [("Once in years", "count"), ("Chance a year", "share"), ("Largest occurrence", "money"),
               ("Whole year", "money")]  # fmt: skip
    return part(
        "curves",
        "Occurrence and aggregate exceedance",
        "AEP: the year's loss. OEP: its largest occurrence, one claim alone or all claims of one event.",
        chart=chart,
        table=table(columns, rows),
    )


def _points(exceeding: Floats, step: float) -> list[tuple[float, float]]:
    """The curve down to once in 10,000 years, evenly along its amounts."""
    last = int(np.argmax(exceeding <= 1e-4))
    places = np.unique(np.linspace(0, max(last, 1), MOST_POINTS).astype(int))
    return [(float(step * place), float(door(exceeding[place], 8))) for place in places if exceeding[place] > 0]
