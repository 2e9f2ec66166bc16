"""What the claims make of the filed elasticities: how strongly each audit dimension moves each peril."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from actuarial.methods.edits import Edit, edits_part, proposed
from actuarial.methods.elasticity import FEWEST_DRAWS, Observed, Posterior, Prior, posterior, prior_sds
from actuarial.methods.parts import door, intervals, part, table
from actuarial.observed import claims_observed, earned_terms
from actuarial.registry import Choice, Json, StudyKind, asked_known, day_valued
from core.errors import InputRefused, StateRefused
from core.money import currency_code, round_half_up, to_decimal
from underwriting.plan_records import plan_current
from underwriting.rating import Plan
from underwriting.rating.arithmetic import ONE, divide, log, multiply
from underwriting.rating.plan import PERILS

MOST = 100_000  # rows that may be sent
LEARNT = 0.9  # a standard deviation below this share of the prior's counts as learnt from claims
CHOICES = (
    Choice("currency", "Currency", "text", "USD"),
    Choice("valued", "Valued on", "day", None, "Empty is today."),
    Choice("prior_sd", "Standard deviation of a filed elasticity", "number", "0.2", "An assumption."),
    Choice("level_sd", "Standard deviation of the level's logarithm", "number", "0.5", "0.5: a prior worth 4 claims."),
    Choice("seed", "Seed", "whole", 20260101),
    Choice("observed", "Observations of your own", "document", None,
           'Instead of the book: {"ERR": [{"claims": 0, "expected": "0.1", "x": {"ece": "0.3"}}]}.'),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["valued"] = day_valued(known["valued"], at)
    for name in ("prior_sd", "level_sd"):
        known[name] = str(to_decimal(str(known[name]), field=name))
        if not Decimal("0.001") <= Decimal(known[name]) <= 100:
            raise InputRefused(f"{known[name]} is too small or too large.", field=name, limit="0.001 to 100")
    known["seed"] = int(known["seed"])
    if known["observed"] is not None:
        known["observed"] = _observed_checked(known["observed"])
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """The plan's filed elasticities, and by peril each policy's claims, expectation and measured bounds."""
    plan = plan_current(on=at.date())
    filed = {peril: _fitted(plan, peril) for peril in PERILS}
    found = {"asked": dict(asked), "plan": {"id": plan.id, "hash": plan.hash}, "filed": filed}
    if asked["observed"] is not None:
        return {**found, "observed": {peril: asked["observed"].get(peril, []) for peril in PERILS}, "sent": True}
    valued = date.fromisoformat(asked["valued"])
    terms = earned_terms(currency=asked["currency"], since=date.min, valued=valued)
    if not terms:
        raise StateRefused(
            f"No policy in {asked['currency']} has begun by {valued}, so there is nothing to learn from.",
            field="currency",
            remedy="Choose another currency or day, or send observations.",
        )
    counted = claims_observed(currency=asked["currency"], since=date.min, valued=valued)
    claims = Counter((claim.policy, claim.peril) for claim in counted)
    observed: dict[str, list[Json]] = {peril: [] for peril in PERILS}
    for term, share in terms:
        for line in term.policy.quote.pricing.worksheet["figures"]["lines"]:
            peril = line["peril"]
            row = _policy(line, multiply(share, term.counted), filed[peril])
            observed[peril].append({"claims": claims[term.policy.number, peril], **row})
    return {**found, "observed": observed, "sent": False}


def compute(inputs: Mapping[str, Any]) -> Json:
    """By peril: filed, mode and interval of every elasticity that is judgement, and of the level."""
    rows: list[Json] = []
    for peril, filed in inputs["filed"].items():
        rows += _peril(peril, filed, inputs["observed"][peril], inputs["asked"])
    claims = sum(int(one["claims"]) for seen in inputs["observed"].values() for one in seen)
    learnt = [row for row in rows if row["learnt"] and row["dimension"] != "level"]
    edits = _edits(inputs["plan"], learnt)
    return {
        "lines": _lines(claims, learnt, rows),
        "assumptions": _assumptions(inputs),
        "figures": {"claims": claims, "rows": rows},
        "edits": edits,
        "parts": [*(_part(peril, rows, inputs["observed"][peril]) for peril in inputs["filed"]), edits_part(edits)],
    }


STUDY = StudyKind(
    kind="elasticities",
    title="Elasticities",
    question="How strongly does each thing an audit measures move claims?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


def _fitted(plan: Plan, peril: str) -> dict[str, str]:
    """The elasticities of a peril that are judgement: those other than 1, which is exact by thinning (DOMAIN 1.4)."""
    return {name: str(beta) for name, beta in plan.perils[peril].betas.items() if beta != ONE}


def _policy(line: Mapping[str, Any], share: Decimal, filed: Mapping[str, str]) -> Json:
    """Claims expected of a policy and peril in a `share` of its term without the fitted terms, and their ln(u / q0)."""
    fixed, x = ONE, {}
    for one in line["terms"]:
        if one["dimension"] in filed and one["state"] == "measured" and Decimal(one["value"]) > 0:
            x[one["dimension"]] = str(log(divide(Decimal(one["value"]), Decimal(one["reference"]))))
        else:
            fixed = multiply(fixed, Decimal(one["m"]))
    expected = divide(multiply(Decimal(line["expected_claims"]), share, fixed), Decimal(line["a"]))
    return {"expected": str(expected), "x": x}


def _peril(peril: str, filed: Mapping[str, str], observed: list[Json], asked: Mapping[str, Any]) -> list[Json]:
    names = list(filed)
    prior = Prior(
        np.array([float(filed[name]) for name in names]),
        np.full(len(names), float(asked["prior_sd"])),
        float(asked["level_sd"]),
    )
    seen = Observed(
        np.array([float(one["claims"]) for one in observed]),
        np.array([float(one["expected"]) for one in observed]),
        np.array([[float(one["x"].get(name, 0)) for name in names] for one in observed]).reshape(-1, len(names)),
    )
    found = posterior(seen, prior, seed=asked["seed"])
    before = [prior.level_sd, *prior_sds(prior, seed=asked["seed"])]
    terms = [("level", None), *filed.items()]
    return [_row(peril, name, stands, found, at, before[at]) for at, (name, stands) in enumerate(terms)]


def _row(peril: str, name: str, filed: str | None, found: Posterior, at: int, before: float) -> Json:
    """One term: its mode, which is the filed figure until a claim comes, its interval and how much doubt is left."""
    told = found.low is not None and found.high is not None
    return {
        "peril": peril,
        "dimension": name,
        "filed": filed,
        "mode": door(found.mode[at], 4),
        "low": door(found.low[at], 4) if found.low is not None else None,
        "high": door(found.high[at], 4) if found.high is not None else None,
        "sd_left": door(found.sd[at] / before, 4),
        "learnt": bool(told and found.sd[at] < LEARNT * before),
        "draws": int(found.draws),
    }


def _edits(plan: Mapping[str, str], learnt: list[Json]) -> Json:
    """The elasticities that claims tell, at their modes to two decimals."""
    return proposed(
        plan,
        [
            Edit(
                path=f"perils.lines.{row['peril']}.betas.{row['dimension']}",
                old=row["filed"],
                new=f"{round_half_up(Decimal(row['mode']), 2):f}",
                z=f"{round_half_up(1 - Decimal(row['sd_left']) ** 2, 4):f}",
                why=f"Claims put it between {row['low']} and {row['high']} (90 %).",
            )
            for row in learnt
        ],
    )


def _lines(claims: int, learnt: list[Json], rows: list[Json]) -> list[str]:
    fitted = sum(row["dimension"] != "level" for row in rows)
    if not learnt:
        first = (
            f"Not yet shown: {claims:,} claims say next to nothing about the {fitted} elasticities that are judgement."
        )
    else:
        named = ", ".join(f"{row['peril']} {row['dimension']} {row['filed']} -> {row['mode']}" for row in learnt)
        first = f"{claims:,} claims tell {len(learnt)} of {fitted} elasticities: {named}."
    return [first, "A filed elasticity is moved by a draft that an actuary writes, never by this study."]


def _assumptions(inputs: Mapping[str, Any]) -> list[str]:
    asked = inputs["asked"]
    told = [
        f"Before any claim an elasticity lies around what plan {inputs['plan']['id']} files, with a standard deviation "
        f"of {asked['prior_sd']}, and never below nought; the level's logarithm around 0 with {asked['level_sd']}.",
        "Elasticities of 1 (errors by thinning, the gap) and the drift's ratio are not fitted; they stand in what is "
        "expected. So does, at its clip, what was not measured.",
        "The bound that was priced stands for the model's true rate; that it is a bound lowers the level, not the "
        "slope, as far as all bounds are alike prudent.",
        "Clips of the plan are left out of the fitted terms.",
    ]
    if not inputs["sent"]:
        told.append(
            "Every reported claim counts, whatever became of it; losses below a deductible may not be reported."
        )
    return told


def _part(peril: str, rows: list[Json], observed: list[Json]) -> Json:
    own = [row for row in rows if row["peril"] == peril]
    fitted = [row for row in own if row["dimension"] != "level"]
    chart = intervals(
        "Elasticity with its 90 % interval",
        [
            (row["dimension"], float(row["mode"]), float(row["low"]), float(row["high"]))
            for row in fitted
            if row["low"] is not None
        ],
    )
    columns = [("Term", "text"), ("Filed", "number"), ("Likeliest", "number"), ("From", "number"), ("To", "number"),
               ("Doubt left", "share")]  # fmt: skip
    cells = [[row["dimension"], row["filed"], row["mode"], row["low"], row["high"], row["sd_left"]] for row in own]
    claims = sum(int(one["claims"]) for one in observed)
    expected = sum((Decimal(one["expected"]) for one in observed), Decimal(0))
    said = [
        f"{len(observed):,} policies, {claims:,} claims; {round_half_up(expected, 4)} expected without fitted terms.",
        "The level is the logarithm of claims over expected; doubt left is the standard deviation over that before.",
    ]
    if any(row["low"] is None for row in own):
        said.append(f"Fewer than {FEWEST_DRAWS} effective draws: no interval is told.")
    return part(f"peril-{peril.lower()}", f"Peril {peril}", *said, chart=chart if fitted else None,
                table=table(columns, cells))  # fmt: skip


def _observed_checked(sent: Any) -> Json:
    if not isinstance(sent, dict) or set(sent) - set(PERILS) or sum(map(len, sent.values())) > MOST:
        raise InputRefused(
            "observed is not as it should be.",
            field="observed",
            limit=f"rows by peril ({', '.join(PERILS)}), {MOST:,} in all",
        )
    return {peril: [_sent(row) for row in rows] for peril, rows in sent.items()}


def _sent(row: Any) -> Json:
    try:
        claims, expected, x = row["claims"], row["expected"], dict(row["x"])
    except (KeyError, TypeError, ValueError):
        raise InputRefused(
            "A row of observed is not as it should be.",
            field="observed",
            limit='{"claims": 0, "expected": "0.1", "x": {"ece": "0.3"}}',
        ) from None
    told = {str(name): str(to_decimal(str(value), field="observed")) for name, value in x.items()}
    if not isinstance(claims, int) or claims < 0 or to_decimal(str(expected), field="observed") < 0:
        raise InputRefused("A row holds a count or expectation below 0.", field="observed", limit="0 or more")
    return {"claims": claims, "expected": str(to_decimal(str(expected), field="observed")), "x": told}
