"""Coverage part B, the parametric performance guarantee: price, trigger and payment (DOMAIN 2.10; 1.0, rule 18).

    p | audit ~ Beta(a, b), a + b = n + 1, mean (k + 1/2) / (n + 1) times the drift D;  K | p ~ Binomial(m, p)
    pays if K > floor(tau m):  min(cap, tick (K / m - tau) / step)
    G = (E[pay] (1 + LAE) + rho sd + F) / (1 - V - Q)

The posterior predictive is the price: an upper bound on top would count the doubt twice. Drift moves the mean and keeps
a + b, for it says where the rate will be, not how well it is known. Trigger and payment are integers and decimals;
floats are in the probabilities alone and end at six decimals of money.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom, binom

from core.canonical import canonical_json, digest, plain
from core.errors import InputRefused
from core.money import cents, round_half_up
from underwriting.rating.arithmetic import ONE, ZERO, add, divide, multiply, subtract

FILE = Path(__file__).resolve().parent.parent / "plans" / "PPG-2026.01.json"
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Filed:
    """What the insurer files for every guarantee, with the hash of its document."""

    id: str
    hash: str
    lae: Decimal
    risk_load: Decimal  # rho, of the standard deviation
    fixed_expense: Decimal
    variable_expense: Decimal
    profit_and_risk: Decimal
    minimum_audit_rows: int  # n of the audit it is priced on
    minimum_rows: int  # m of the settlement
    most_trigger_at_claimed: Decimal
    step: Decimal  # of the rate that one tick pays for


@dataclass(frozen=True)
class Terms:
    """The contract's figures: the harmful-error rate on m verified rows against a threshold."""

    threshold: Decimal  # tau
    rows: int  # m
    tick: Decimal  # paid for each filed step above the threshold
    cap: Decimal


@dataclass(frozen=True)
class Audited:
    """What it is priced on: k harmful errors on n rows, and the mean error over the window against now (D >= 1).

    Of weighted, clustered or copied rows k and n are what they are worth, as liability is priced (rule 11).
    """

    k: Decimal
    n: Decimal
    drift: Decimal


@dataclass(frozen=True)
class Sheet:
    """The price, step by step. Chances at six decimals; money to the cent but `expected` and `sd`, at six decimals."""

    at_claimed: Decimal  # chance of a trigger if the true rate is the audited one
    chance: Decimal  # of a trigger, by the posterior predictive
    expected: Decimal
    sd: Decimal
    settlement: Decimal  # E (1 + LAE) - E
    risk: Decimal  # rho sd
    fixed: Decimal
    loaded: Decimal
    premium: Decimal
    trigger_above: int  # errors: more than so many pay
    cap_from: int | None  # errors from which the cap is paid; None: never


def filed() -> Filed:
    """The filed figures of the shipped document."""
    data = json.loads(FILE.read_bytes())
    return _filed(data, digest(canonical_json(data)))


def filed_in(stored: Mapping[str, Any]) -> Filed:
    """The filed figures a worksheet was made with."""
    return _filed(stored["plan"], stored["plan"]["hash"])


def _filed(data: Mapping[str, Any], known_as: str) -> Filed:
    return Filed(
        id=data["id"],
        hash=known_as,
        lae=Decimal(data["lae"]),
        risk_load=Decimal(data["risk_load"]),
        fixed_expense=Decimal(data["fixed_expense"]),
        variable_expense=Decimal(data["variable_expense"]),
        profit_and_risk=Decimal(data["profit_and_risk"]),
        minimum_audit_rows=int(data["minimum_audit_rows"]),
        minimum_rows=int(data["minimum_rows"]),
        most_trigger_at_claimed=Decimal(data["most_trigger_at_claimed"]),
        step=Decimal(data["step"]),
    )


def guarantee_price(audited: Audited, terms: Terms, plan: Filed, *, accompanies: bool) -> Sheet:
    """The price of a guarantee; `accompanies` a liability policy of the same model: the fixed expense is charged there.

    Raises InputRefused for terms the plan does not write, by name.
    """
    _refuse_terms(terms, plan)
    at_claimed = _refuse_audit(audited, terms, plan)
    errors = np.arange(terms.rows + 1)
    chances = betabinom(terms.rows, *_posterior(audited)).pmf(errors)
    first = trigger_above(terms) + 1
    pays = _pays(errors, first, terms, plan)
    mean = float(chances @ pays)
    spread = float(np.sqrt(max(0.0, chances @ pays**2 - mean**2)))
    expected, sd = _door(mean), _door(spread)
    fixed = ZERO if accompanies else plan.fixed_expense
    loss, risk = multiply(expected, add(ONE, plan.lae)), multiply(sd, plan.risk_load)
    loaded = add(loss, risk, fixed)
    net = subtract(subtract(ONE, plan.variable_expense), plan.profit_and_risk)
    capped = np.flatnonzero(pays >= float(terms.cap))
    return Sheet(
        at_claimed=at_claimed,
        chance=_door(float(chances[first:].sum())),
        expected=expected,
        sd=sd,
        settlement=cents(subtract(loss, expected)),
        risk=cents(risk),
        fixed=cents(fixed),
        loaded=cents(loaded),
        premium=cents(divide(loaded, net)),
        trigger_above=first - 1,
        cap_from=int(capped[0]) if len(capped) else None,
    )


def trigger_above(terms: Terms) -> int:
    """floor(tau m): more errors than that trigger (rule 18)."""
    return int((terms.threshold * terms.rows).to_integral_value(rounding=ROUND_FLOOR))


def payable(errors: int, terms: Terms, plan: Filed) -> Decimal:
    """What `errors` of m rows pay, to the cent: nothing at or below the threshold."""
    if errors <= trigger_above(terms):
        return cents(ZERO)
    above = subtract(divide(Decimal(errors), Decimal(terms.rows)), terms.threshold)
    return cents(min(terms.cap, divide(multiply(terms.tick, above), plan.step)))


def _pays(errors: NDArray[np.int64], first: int, terms: Terms, plan: Filed) -> NDArray[np.float64]:
    """`payable` of every count at once, in floats to the cent; a tie may fall either way, a cent times its chance."""
    above = errors / terms.rows - float(terms.threshold)
    linear = np.floor(float(terms.tick) * above / float(plan.step) * 100 + 0.5) / 100
    return np.where(errors >= first, np.minimum(linear, float(terms.cap)), 0.0)


def worksheet(audited: Audited, terms: Terms, plan: Filed, *, accompanies: bool) -> dict[str, Any]:
    """Inputs and figures as plain JSON; the same inputs give the same bytes."""
    sheet = guarantee_price(audited, terms, plan, accompanies=accompanies)
    found: dict[str, Any] = plain(
        {
            "schema": "plimsoll.guarantee-worksheet/1",
            "plan": asdict(plan),
            "audited": asdict(audited),
            "terms": asdict(terms),
            "accompanies": accompanies,
            "figures": asdict(sheet),
        }
    )
    return found


def replay(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The worksheet computed again from its own inputs."""
    audited, terms = stored["audited"], stored["terms"]
    return worksheet(
        Audited(*(Decimal(audited[name]) for name in ("k", "n", "drift"))),
        Terms(Decimal(terms["threshold"]), terms["rows"], Decimal(terms["tick"]), Decimal(terms["cap"])),
        filed_in(stored),
        accompanies=stored["accompanies"],
    )


def _posterior(audited: Audited) -> tuple[float, float]:
    weight = float(audited.n) + 1.0
    mean = min((float(audited.k) + 0.5) / weight * float(audited.drift), 1 - 0.5 / weight)
    return mean * weight, (1 - mean) * weight


def _refuse_terms(terms: Terms, plan: Filed) -> None:
    if not ZERO < terms.threshold < ONE:
        _refuse(f"a threshold of {terms.threshold} is no rate", "threshold", "between 0 and 1", "state a rate")
    if not plan.minimum_rows <= terms.rows <= MOST_ROWS:
        _refuse(
            f"{terms.rows} rows cannot settle it", "rows", f"{plan.minimum_rows} to {MOST_ROWS:,}", "agree on others"
        )
    for name in ("tick", "cap"):
        amount = getattr(terms, name)
        if amount <= ZERO or amount != cents(amount):
            _refuse(f"a {name} of {amount} is no sum", name, "above 0, to the cent", "state a sum")


def _refuse_audit(audited: Audited, terms: Terms, plan: Filed) -> Decimal:
    if audited.n < plan.minimum_audit_rows:
        _refuse(
            f"the audit's rows with a label are worth {audited.n}",
            "audit",
            f"at least {plan.minimum_audit_rows}",
            "audit the model on more rows",
        )
    if not 0 <= audited.k <= audited.n or audited.drift < ONE:
        raise ValueError(f"{audited} is no audited rate")
    if multiply(terms.threshold, audited.n) <= audited.k:
        _refuse(
            f"the audited rate is {audited.k} of {audited.n}, not below the threshold",
            "threshold",
            f"above {divide(audited.k, audited.n):.6f}",
            "raise the threshold",
        )
    claimed = float(divide(audited.k, audited.n))
    chance = _door(float(binom(terms.rows, claimed).sf(trigger_above(terms))))
    if chance > plan.most_trigger_at_claimed:
        _refuse(
            f"at the audited rate of {claimed:.4f} it would pay with chance {chance}",
            "threshold",
            f"at most {plan.most_trigger_at_claimed}",
            "raise the threshold, or agree on more rows",
        )
    return chance


def _refuse(message: str, field: str, limit: str, remedy: str) -> None:
    raise InputRefused(message, field=field, limit=limit, remedy=remedy)


def _door(value: float) -> Decimal:
    """Where floats end: six decimals, half up."""
    return round_half_up(Decimal(repr(value)), 6)
