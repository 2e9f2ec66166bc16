"""`price(risk, evidence, plan) -> Worksheet`, and its replay from a stored worksheet."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.canonical import canonical_json
from core.errors import Conflict, InputRefused
from core.money import cents, instalments
from underwriting.rating.arithmetic import ONE, add, divide, multiply, subtract, total
from underwriting.rating.evidence import Evidence
from underwriting.rating.frequency import mod, schedule_factor, step
from underwriting.rating.honesty import statements
from underwriting.rating.loss import Basis, basis, relativities
from underwriting.rating.plan import PERILS, Plan
from underwriting.rating.referrals import Case, flags, prices
from underwriting.rating.relativity import Readings, Relativity, at_points, not_applicable, readings, relativity
from underwriting.rating.remedies import class_median, remedies, untested_lines, untested_total
from underwriting.rating.risk import Risk, refuse_unrateable
from underwriting.rating.score import comparison_score, grade, score
from underwriting.rating.worksheet import (
    SCHEMA,
    Figures,
    Money,
    Named,
    ParameterRisk,
    PerilLine,
    Standing,
    TaxCharge,
    Worksheet,
)


def price(risk: Risk, evidence: Evidence, plan: Plan) -> Worksheet:
    """The whole price of `risk` on `evidence` under `plan`, with its decision and reasons.

    Raises InputRefused for what the plan has no filed answer to (an unfiled limit, a schedule beyond its cap ...). What
    can be rated but not quoted by machine comes back as a worksheet that refers or declines, with or without figures.
    """
    refuse_unrateable(risk, plan)
    if evidence.confidence != plan.relativity.confidence:
        raise InputRefused(
            f"the bounds are at confidence {evidence.confidence}",
            field="evidence.confidence",
            limit=str(plan.relativity.confidence),
            remedy="audit at the plan's confidence",
        )
    unpriced = Case(risk, evidence, plan, None)
    return _worksheet(Case(risk, evidence, plan, _figures(risk, evidence, plan)) if prices(unpriced) else unpriced)


def replay(stored: Mapping[str, Any], plan: Plan) -> Worksheet:
    """The worksheet re-computed from its own stored inputs; Conflict if plan, taxes or any byte differ."""
    if stored.get("schema") != SCHEMA:
        raise InputRefused("this is not a worksheet", field="schema", limit=SCHEMA, remedy="send a stored worksheet")
    for kind, present in (("plan", Named(plan.id, plan.hash)), ("taxes", Named(plan.taxes.id, plan.taxes.hash))):
        if stored[kind] != {"id": present.id, "hash": present.hash}:
            raise Conflict(
                f"the worksheet was made under {kind} {stored[kind]['id']} with another hash",
                field=f"{kind}.hash",
                limit=present.hash,
                remedy=f"replay it with the {kind} it names",
            )
    again = price(Risk.from_dict(stored["risk"]), Evidence.from_dict(stored["evidence"]), plan)
    if canonical_json(again.to_dict()) != canonical_json(stored):
        raise Conflict("the replayed worksheet differs from the stored", field="worksheet", remedy="compare the two")
    return again


def _worksheet(case: Case) -> Worksheet:
    risk, evidence, plan = case.risk, case.evidence, case.plan
    declines, referrals = flags(case, "decline"), flags(case, "refer")
    gone = _removed(case)
    return Worksheet(
        plan=Named(plan.id, plan.hash),
        taxes=Named(plan.taxes.id, plan.taxes.hash),
        risk=risk,
        evidence=evidence,
        currency=plan.currency,
        decision="decline" if declines else "refer" if referrals else "quote",
        indication=evidence.evidence_class == "E4" or evidence.rows < plan.audit_rules.minimum_rows,
        figures=case.figures,
        referrals=referrals,
        declines=declines,
        subjectivities=flags(case, "subjectivity"),
        not_applicable=tuple(gone),
        evidence_text=plan.evidence_classes[evidence.evidence_class],
        joint_percentile=plan.joint_percentile,
        statements=statements(plan, evidence, case.figures, gone),
    )


def _removed(case: Case) -> dict[str, str]:
    """Each removed dimension with who removed it and why."""
    use = case.plan.use_class(case.risk.use_class)
    by_hand = {gone.dimension: f"{gone.reason} ({gone.by})" for gone in case.risk.removed}
    return {
        name: f"use class {use.code} has none" if name in use.not_applicable else by_hand[name]
        for name in sorted(not_applicable(case.risk, case.evidence, use))
    }


def _figures(risk: Risk, evidence: Evidence, plan: Plan) -> Figures:
    rated, bounds = basis(risk, plan), readings(risk, evidence, plan)
    audited = {peril: relativity(peril, bounds, plan) for peril in PERILS}
    pure = rated.pure_premium({peril: one.a for peril, one in audited.items()})
    return Figures(
        experience_mod=mod(risk, plan),
        step=step(risk, plan),
        schedule=schedule_factor(risk),
        off_balance=plan.loading.off_balance,
        lines=tuple(_line(peril, audited[peril], rated) for peril in PERILS),
        money=_money(pure, rated, risk),
        standing=_standing(pure, audited, rated),
        unclipped_pure_premium=rated.pure_premium({peril: one.unclipped for peril, one in audited.items()}),
        parameter_risk=_parameter_risk(pure, at_points(bounds, evidence), rated),
        untested=untested_lines(bounds, evidence, rated),
        untested_total=untested_total(bounds, rated),
        class_median=class_median(risk.use_class, rated),
        remedies=remedies(risk, evidence, bounds, rated),
    )


def _line(peril: str, audited: Relativity, rated: Basis) -> PerilLine:
    claims, layer = rated.frequencies[peril], rated.layers[peril]
    return PerilLine(
        peril=peril,
        title=rated.plan.perils[peril].title,
        exposure=claims.exposure,
        f0=claims.f0,
        industry=claims.industry,
        factors=claims.factors,
        k=claims.k,
        at_class=claims.at_class,
        terms=audited.terms,
        a=audited.a,
        a_unclipped=audited.unclipped,
        expected_claims=claims.claims(audited.a),
        lev=layer.lev,
        ilf=layer.ilf,
        ded=layer.ded,
        lf=layer.lf,
        pure_premium=rated.peril_premium(peril, audited.a),
        class_pure_premium=rated.peril_premium(peril, ONE),
    )


def _money(pure: Decimal, rated: Basis, risk: Risk) -> Money:
    loading, premium = rated.plan.loading, rated.premium(pure)
    ulae = cents(multiply(pure, loading.ulae))
    taxes = _taxes(premium, risk, rated.plan)
    return Money(
        aggregate_factor=rated.aggregate_factor,
        pure_premium=pure,
        ulae=ulae,
        fixed_expense=loading.fixed_expense,
        loaded=add(pure, ulae, loading.fixed_expense),
        variable_share=loading.variable_expense,
        profit_share=loading.profit_and_risk,
        gross=rated.gross(pure),
        minimum_premium=loading.minimum_premium,
        minimum_applied=rated.gross(pure) < premium,
        premium=premium,
        taxes=taxes,
        total=add(premium, total(charge.amount for charge in taxes)),
        instalments=instalments(premium, risk.instalments),
    )


def _taxes(premium: Decimal, risk: Risk, plan: Plan) -> tuple[TaxCharge, ...]:
    day = risk.inception or plan.effective_from
    return tuple(
        TaxCharge(line.name, line.rate, cents(multiply(premium, line.rate)))
        for line in plan.taxes.lines(risk.tax_jurisdiction, day)
    )


def _standing(pure: Decimal, audited: Mapping[str, Relativity], rated: Basis) -> Standing:
    at_class = rated.pure_premium(dict.fromkeys(PERILS, ONE))
    if at_class == 0:
        raise InputRefused(
            "the exposure is too small to rate: the class's pure premium rounds to nothing",
            field="risk.decisions",
            remedy="state the decisions of a whole policy year",
        )
    composite = divide(pure, at_class)
    return Standing(
        class_pure_premium=at_class,
        class_premium=rated.premium(at_class),
        composite=composite,
        score=score(composite, rated.plan),
        grade=grade(composite, rated.plan),
        comparison_score=comparison_score({peril: one.a for peril, one in audited.items()}, rated.plan),
    )


def _parameter_risk(pure: Decimal, points: Readings, rated: Basis) -> ParameterRisk:
    """PP(bounds) - PP(points), and the customer's line of it: that (1 + ULAE) / (1 - V - Q) (rule 15)."""
    at_point = relativities(points, rated.plan)
    load = subtract(pure, rated.pure_premium(at_point))
    customer = divide(multiply(load, add(ONE, rated.plan.loading.ulae)), rated.plan.net_share)
    return ParameterRisk(at_point, rated.pure_premium(at_point), load, cents(customer))
