"""Experience: what the book's own claims teach its rates, and the draft that would follow."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from actuarial.ledger import Earning
from actuarial.methods import experience_told as told
from actuarial.methods.edits import edits_part, proposed
from actuarial.methods.experience import (
    Harm,
    Industries,
    Insured,
    harm_after,
    industries_after,
    insured_after,
    level_after,
)
from actuarial.observed import claims_observed, earned_terms, harmful, sheet_today
from actuarial.registry import Choice, Json, StudyKind, asked_known, day_valued
from core.errors import InputRefused, NotFound, StateRefused
from core.money import currency_code
from underwriting.plan_records import plan_current, plan_get
from underwriting.rating import Plan
from underwriting.rating.arithmetic import divide, multiply, total
from underwriting.rating.plan import PERILS

Perils = dict[str, list[str]]  # of the claims by policy

CHOICES = (
    Choice("currency", "Currency", "text", "USD"),
    Choice("valued", "Valued on", "day", None, "Claims reported up to then; empty is today."),
    Choice(
        "plan", "Plan to compare with", "text", None, "A published one, such as MRL-2026.02; empty is the one in force."
    ),
)


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["valued"] = day_valued(known["valued"], at)
    try:
        plan = plan_get(str(known["plan"])) if known["plan"] else plan_current(on=at.date())
    except NotFound as missing:
        raise InputRefused(
            missing.message, field="plan", limit=missing.limit, remedy="Name a published plan."
        ) from None
    return {**known, "plan": plan.id}


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Every policy rated again under the plan with what is earned of it, and every claim reported."""
    plan, valued = plan_get(asked["plan"]), date.fromisoformat(asked["valued"])
    terms = earned_terms(currency=asked["currency"], since=date.min, valued=valued)
    if not terms:
        raise StateRefused(
            f"No policy in {asked['currency']} has begun by {valued}, so nothing was expected.",
            field="currency",
            remedy="Choose another currency or day.",
        )
    claims = claims_observed(currency=asked["currency"], since=date.min, valued=valued)
    return {
        "asked": dict(asked),
        "plan": _plan(plan),
        "policies": [_policy(term, share, plan) for term, share in terms],
        "claims": [claim.to_dict() for claim in claims],
    }


def compute(inputs: Mapping[str, Any]) -> Json:
    """Level, industries, insureds, harmful decisions, and the edits a draft would have."""
    found = _found(inputs)
    edits = proposed({name: inputs["plan"][name] for name in ("id", "hash")}, told.edits(found))
    shown = (told.level_part, told.industries_part, told.insureds_part, told.harms_part)
    return {
        "lines": told.lines(found),
        "assumptions": told.assumptions(found, sum(row["as_bound"] for row in inputs["policies"])),
        "figures": told.figures(found),
        "edits": edits,
        "parts": [edits_part(edits), *(tell(found) for tell in shown)],
    }


STUDY = StudyKind(
    kind="experience",
    title="Experience",
    question="What do the claims so far teach the rates, and what would a draft plan change?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


# what is read


def _plan(plan: Plan) -> Json:
    basis = plan.industry_basis
    return {
        "id": plan.id,
        "hash": plan.hash,
        "a": str(plan.experience_a),
        "alpha": str(basis.alpha),
        "cap": str(basis.movement_cap),
        "f0": str(total(peril.f0 for peril in plan.perils.values())),
        "off_balance": str(plan.loading.off_balance),
        "industries": [{"code": row.code, "title": row.title, "i": str(row.i)} for row in plan.industries],
    }


def _policy(term: Earning, share: Decimal, plan: Plan) -> Json:
    policy = term.policy
    today = sheet_today(term, plan)
    sheet = today or policy.quote.pricing.worksheet
    risk, figures = sheet["risk"], sheet["figures"]
    harms = {peril: harmful(today, plan, peril) if today else None for peril in PERILS}
    return {
        "number": policy.number,
        "insured": policy.organisation.name,
        "insured_id": str(policy.organisation_id),
        "model_id": str(policy.model_id),
        "industry": plan.industry(risk["industry"]).code,
        "use_class": risk["use_class"],
        "as_bound": today is None,
        "mod": figures["experience_mod"],
        "prior_claims": risk["prior_claims"],
        "prior_expected": risk["expected_claims"],
        "expected": {row["peril"]: str(multiply(Decimal(row["expected_claims"]), share)) for row in figures["lines"]},
        "harmful": {
            peril: None if pair is None else {"decisions": str(multiply(pair[0], share)), "phi0": str(pair[1])}
            for peril, pair in harms.items()
        },
    }


# what follows


def _found(inputs: Mapping[str, Any]) -> told.Experience:
    plan, rows = inputs["plan"], inputs["policies"]
    perils: Perils = {row["number"]: [] for row in rows}
    for claim in inputs["claims"]:
        if claim["policy"] in perils:
            perils[claim["policy"]].append(claim["peril"])
    claims = _claims_of(rows, perils)
    expected = total(_expected(row) for row in rows)
    harms, unmeasured = _harms(plan, rows, perils)
    return told.Experience(
        plan=plan,
        claims=claims,
        expected=expected,
        level=level_after(
            claims,
            float(expected),
            old=Decimal(plan["off_balance"]),
            alpha=float(plan["alpha"]),
            cap=float(plan["cap"]),
        ),
        industries=_industries(plan, rows, perils),
        insureds=_insureds(plan, rows, perils),
        harms=harms,
        uncoded=_claims_of(rows, perils, ""),
        unmeasured=unmeasured,
    )


def _expected(row: Mapping[str, Any]) -> Decimal:
    return total(Decimal(value) for value in row["expected"].values())


def _claims_of(rows: Sequence[Mapping[str, Any]], perils: Perils, peril: str | None = None) -> int:
    """How many claims these policies have, of one peril if it is named."""
    return sum(peril in (None, one) for row in rows for one in perils[row["number"]])


def _industries(plan: Mapping[str, Any], rows: list[Any], perils: Perils) -> Industries:
    with_exposure = []
    for industry in plan["industries"]:
        own = [row for row in rows if row["industry"] == industry["code"]]
        if own:
            expected = float(total(_expected(row) for row in own))
            counted = _claims_of(own, perils)
            with_exposure.append((industry["code"], industry["title"], Decimal(industry["i"]), counted, expected))
    f0, alpha, cap = (float(plan[name]) for name in ("f0", "alpha", "cap"))
    return industries_after(with_exposure, f0=f0, alpha=alpha, cap=cap)


def _insureds(plan: Mapping[str, Any], rows: list[Any], perils: Perils) -> list[Insured]:
    """One line an insured: the history stated when each model was first bound, and all that was earned since."""
    found, by_insured = [], dict[str, list[Any]]()
    for row in rows:
        by_insured.setdefault(row["insured_id"], []).append(row)
    for own in by_insured.values():
        first = {row["model_id"]: row for row in reversed(own)}.values()
        before = sum(row["prior_claims"] for row in first), total(Decimal(row["prior_expected"]) for row in first)
        since = _claims_of(own, perils), total(divide(_expected(row), Decimal(row["mod"])) for row in own)
        found.append(insured_after(own[0]["insured"], a=Decimal(plan["a"]), before=before, since=since))
    return sorted(found, key=lambda one: (-abs(one.new - one.old), one.name))


def _harms(plan: Mapping[str, Any], rows: list[Any], perils: Perils) -> tuple[list[Harm], dict[str, int]]:
    """By peril and use class, over the policies whose rate of harm was measured; and how many were not, by peril."""
    found, unmeasured = [], {}
    for peril in PERILS:
        known = [row for row in rows if row["harmful"][peril]]
        if len(rows) > len(known):
            unmeasured[peril] = len(rows) - len(known)
        for use in sorted({row["use_class"] for row in known}):
            own = [row for row in known if row["use_class"] == use]
            decisions, priors = (
                np.array([float(row["harmful"][peril][name]) for row in own]) for name in ("decisions", "phi0")
            )
            if decisions.sum() > 0:
                counted = _claims_of(own, perils, peril)
                alpha = float(plan["alpha"])
                found.append(harm_after(peril, use, alpha=alpha, decisions=decisions, priors=priors, claims=counted))
    return found, unmeasured
