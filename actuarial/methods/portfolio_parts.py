"""The parts of a portfolio study beyond the year itself: policies, dependencies, reinsurance, what is left out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from actuarial.methods.allocation import in_cents
from actuarial.methods.parts import Json, door, linked, part, table
from actuarial.methods.portfolio import Portfolio
from actuarial.methods.simulate import mean_of, tvar_of, var_of
from actuarial.methods.treaties import Treaty

SAID = {
    "gross": "Gross",
    "quota_share": "After quota shares",
    "per_risk_xl": "After per-risk layers",
    "event_xl": "After event layers",
    "aggregate_xl": "After aggregate layers",
}


def money(value: float) -> str:
    return door(value, 2)


def percent(share: float) -> str:
    return f"{round(share * 100, 6):g} %"


def policies_part(inputs: Mapping[str, Any], found: Portfolio) -> Json:
    tvar, shares = Decimal(money(found.allocation.tvar)), found.allocation.policies
    means = np.bincount(found.book.policy, found.book.frequency * found.book.means(), found.book.policies)
    cents = in_cents(tvar, shares.tolist())
    order = sorted(range(len(cents)), key=lambda place: (-cents[place], place))
    rows = [_policy(inputs["policies"][place], float(means[place]), cents[place], tvar) for place in order]
    columns = [("Policy", "text"), ("Model", "text"), ("Limit", "money"), ("Expected a year", "money"),
               ("co-TVaR", "money"), ("Share of TVaR", "share"), ("Times expected", "number")]  # fmt: skip
    return part(
        "policies",
        "Who carries the worst years",
        f"co-TVaR is a policy's mean loss in the worst {percent(1 - found.allocation.level)} of the book's years. The "
        f"column sums to TVaR, {tvar:,.2f}, to the cent.",
        table=table(columns, rows),
    )


def _policy(policy: Mapping[str, Any], mean: float, share: Decimal, tvar: Decimal) -> list[Any]:
    of_all = door(float(share / tvar), 6) if tvar else None
    times = door(float(share) / mean, 2) if mean > 0 else None
    name = linked(policy["number"], f"/policies/{policy['id']}")
    return [name, policy["model"], policy["limit"], money(mean), f"{share:.2f}", of_all, times]


def keys_part(inputs: Mapping[str, Any], found: Portfolio) -> Json:
    shares = found.allocation.policies
    caused = [float(found.allocation.events[shock.key].sum()) for shock in found.shocks]
    tvar = Decimal(money(found.allocation.tvar))
    cents = in_cents(tvar, [float(found.allocation.alone.sum()), *caused])
    rows: list[list[Any]] = []
    for place, (shock, event) in enumerate(zip(found.shocks, found.exact.events, strict=True)):
        stated = inputs["shocks"][place]
        limits = sum(Decimal(inputs["policies"][member]["limit"]) for member in stated["members"])
        rows.append(
            [shock.key, len(stated["members"]), stated["theta"], stated["pi"], f"{limits:.2f}", money(event.mean),
             f"{cents[place + 1]:.2f}", money(float(shares[shock.members].sum()))]
        )  # fmt: skip
    rows.sort(key=lambda row: -Decimal(row[6]))
    rows.append(["Claims that arrive alone", found.book.policies, None, None, None, None, f"{cents[0]:.2f}", None])
    columns = [("Dependency", "text"), ("Policies", "count"), ("Events a year", "number"), ("Chance struck", "share"),
               ("Limits", "money"), ("Expected of one event", "money"), ("co-TVaR of its events", "money"),
               ("co-TVaR of its policies", "money")]  # fmt: skip
    return part(
        "keys",
        "What is shared",
        "The co-TVaR of events sums with the claims that arrive alone to TVaR. A policy with several dependencies "
        "counts under each in the last column, so that column has no sum.",
        table=table(columns, rows),
    )


def stages_part(found: Portfolio) -> Json:
    rows = [
        [SAID[stage.kind], money(stage.law.mean), money(stage.law.sd), money(stage.law.var(0.995)),
         money(stage.law.tvar(0.99)), money(stage.law.tvar(0.995))]
        for stage in found.stages
    ]  # fmt: skip
    net, net_tvar = mean_of(found.drawn.net), tvar_of(found.drawn.net, 0.99)
    rows.append(["Net, simulated", money(net.value), money(float(found.drawn.net.std(ddof=1))),
                 money(var_of(found.drawn.net, 0.995)[0]), money(net_tvar.value),
                 money(tvar_of(found.drawn.net, 0.995).value)])  # fmt: skip
    columns = [("Loss", "text"), ("Expected", "money"), ("Standard deviation", "money"), ("VaR 99.5 %", "money"),
               ("TVaR 99 %", "money"), ("TVaR 99.5 %", "money")]  # fmt: skip
    return part(
        "net",
        "Gross and net of reinsurance",
        "Treaties act in this order; layers of one stage stand on the same loss.",
        f"The simulated mean has a standard error of {net.error:,.0f}, its TVaR 99 % one of {net_tvar.error:,.0f}.",
        table=table(columns, rows),
    )


def treaties_part(found: Portfolio) -> Json:
    rows = []
    for one in found.cessions:
        treaty = one.treaty
        line = float(treaty.limit * treaty.share)
        rows.append(
            [treaty.name, treaty.kind.replace("_", " "), _covers(treaty), f"{treaty.share}", treaty.key or None,
             money(one.loss), door(one.loss / line, 6) if line else None, money(one.short)]
        )  # fmt: skip
    columns = [("Treaty", "text"), ("Kind", "text"), ("Covers", "text"), ("Share", "share"), ("Dependency", "text"),
               ("Expected ceded", "money"), ("Loss on line", "share"), ("Left out of net", "money")]  # fmt: skip
    return part(
        "treaties",
        "What each treaty takes",
        "The expected loss of an event layer counts every reinstatement. The net figures let it answer for the first "
        "events of a year alone; what that leaves out, on the safe side, is the last column.",
        table=table(columns, rows),
    )


def costs_part(found: Portfolio) -> Json:
    rows = [
        [one.treaty.name, None if one.premium is None else money(one.premium), money(one.reinstatement),
         money(one.commission), money(one.loss), None if one.cost is None else money(one.cost)]
        for one in found.cessions
    ]  # fmt: skip
    columns = [("Treaty", "text"), ("Premium", "money"), ("Reinstatement premium", "money"), ("Commission", "money"),
               ("Expected ceded", "money"), ("Net cost", "money")]  # fmt: skip
    return part(
        "costs",
        "What each treaty costs",
        "Net cost is premium and expected reinstatement premium less expected commission and recoveries; it is stated "
        "where a premium was. No market price is known here.",
        table=table(columns, rows),
    )


def _covers(treaty: Treaty) -> str:
    if treaty.kind == "quota_share":
        return "every claim"
    again = len(treaty.reinstatements)
    return f"{treaty.limit:,.0f} xs {treaty.attachment:,.0f}" + (f", {again} reinstated" if again else "")


def left_out_part(inputs: Mapping[str, Any], found: Portfolio) -> Json:
    level = found.allocation.level
    cut = mean_of(found.drawn.gross - found.drawn.capped)
    tail = tvar_of(found.drawn.gross, level).value - tvar_of(found.drawn.capped, level).value
    apart, alike = tvar_of(found.drawn.gross, 0.99), tvar_of(found.together.gross, 0.99)
    over = float(found.over.sum())
    rows = [
        ["Yearly limits take off, expected, at most", money(over)],
        ["Yearly limits take off, expected, simulated", money(cut.value)],
        [f"Yearly limits take off TVaR {percent(level)}, at most", money(over / (1 - level))],
        [f"Yearly limits take off TVaR {percent(level)}, simulated", money(tail)],
        ["TVaR 99 %, severities of one event independent, simulated", money(apart.value)],
        ["Its standard error", money(apart.error)],
        ["TVaR 99 %, severities of one event at one level, simulated", money(alike.value)],
        ["Its standard error", money(alike.error)],
    ]
    return part(
        "left-out",
        "What the exact figures leave out",
        "Each policy's limit and deductible for one claim are exact. Its limit for the year is left out, on the safe "
        "side.",
        "Severities within one event move together in truth, somewhere between independent and all at one level of "
        "their curves. Independent severities understate the tail.",
        f"Simulated with seed {inputs['asked']['seed']} (PCG64).",
        table=table([("What", "text"), (inputs["asked"]["currency"], "money")], rows),
    )
