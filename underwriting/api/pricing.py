"""Prices, replays, referrals, what-if ratings and the published plans over the API."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ACTUARY, ADMINISTRATOR, AUDITOR, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import PAGE, page_schema, problems
from core.api.views import ApiView
from core.canonical import plain
from core.errors import StateRefused
from underwriting.api import inputs, outputs
from underwriting.api.rating_inputs import RatingIn
from underwriting.api.registry import READ, version_of
from underwriting.models import Pricing, Referral
from underwriting.plan_records import plan_current, plan_record
from underwriting.rating import Plan, Risk
from underwriting.rating.diff import plan_diff
from underwriting.rating.plan import UseClass
from underwriting.selectors import (
    order_priceable,
    plans_published,
    pricings_listed,
    pricings_visible,
    referrals_visible,
)
from underwriting.services.pricing import price_changes, price_make, price_replay, price_what_if, rate
from underwriting.services.referrals import referral_decide
from underwriting.specification import class_facts

PRICE = Access(staff=frozenset({UNDERWRITER, ACTUARY}))
REFERRALS = Access(staff=frozenset({UNDERWRITER, ACTUARY, AUDITOR, ADMINISTRATOR}))
DECIDE = Access(staff=frozenset({UNDERWRITER}))


class VersionPricingsView(ApiView):
    """Prices of one version; POST prices its newest completed audit."""

    access = {"GET": READ, "POST": PRICE}

    @extend_schema(parameters=PAGE, responses={200: page_schema(outputs.PricingOut), **problems(404, 422)})
    def get(self, request: Request, pk: UUID) -> Response:
        version = version_of(request, pk, READ)
        rows = pricings_listed(request.principal).filter(order__version=version)
        return Response(page_of(rows, request, outputs.PricingOut))

    @extend_schema(request=inputs.TermsIn, responses={201: outputs.PricingWholeOut, **problems(404, 409, 422, 503)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        version = version_of(request, pk, PRICE)
        terms = plain(valid(inputs.TermsIn, request))
        order = order_priceable(version)
        if order is None:
            raise StateRefused(
                "This version has no completed audit.",
                field="version",
                limit="a completed audit",
                remedy="Order one with POST /versions/{id}/audits and wait until it is completed.",
            )
        plan = terms.pop("plan", None)
        pricing = price_make(order=order, terms=terms, plan_name=plan, actor=request.principal.actor, at=timezone.now())
        return Response(outputs.PricingWholeOut(pricing).data, status=201)


class PricingsView(ApiView):
    """All prices the caller may see."""

    access = {"GET": READ}

    @extend_schema(
        operation_id="pricings_list",
        parameters=PAGE,
        responses={200: page_schema(outputs.PricingOut), **problems(422)},
    )
    def get(self, request: Request) -> Response:
        return Response(page_of(pricings_listed(request.principal), request, outputs.PricingOut))


class PricingView(ApiView):
    """One price with every input and the whole worksheet."""

    access = {"GET": READ}

    @extend_schema(responses={200: outputs.PricingWholeOut, **problems(404, 503)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(outputs.PricingWholeOut(_pricing(request, pk)).data)


class ReplayView(ApiView):
    """Compute a stored price again and compare the bytes."""

    access = {"POST": READ}

    @extend_schema(request=None, responses={200: outputs.ReplayOut, **problems(404, 409, 503)})
    def post(self, request: Request, pk: UUID) -> Response:
        pricing = _pricing(request, pk)
        digest = price_replay(pricing=pricing)
        return Response(
            {
                "same": digest == pricing.worksheet_digest,
                "digest": digest,
                "plan_name": pricing.plan_name,
                "plan_hash": pricing.plan_hash,
            }
        )


class PricingChangesView(ApiView):
    """What would change this price: every change rated again by the engine, what saves most first."""

    access = {"GET": READ}

    @extend_schema(responses={200: outputs.ChangesOut, **problems(404, 422, 503)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(price_changes(pricing=_pricing(request, pk)).to_dict())


class WhatIfView(ApiView):
    """This price under other terms or other measured bounds: nothing is stored."""

    access = {"POST": READ}

    @extend_schema(request=inputs.WhatIfIn, responses={200: outputs.WhatIfOut, **problems(404, 409, 422, 503)})
    def post(self, request: Request, pk: UUID) -> Response:
        asked = plain(valid(inputs.WhatIfIn, request))
        pricing = _pricing(request, pk)
        sheet = price_what_if(pricing=pricing, asked=asked)
        saves = None if sheet.premium is None or pricing.premium is None else pricing.premium - sheet.premium
        told = {
            "premium": pricing.premium,
            "then": sheet.premium,
            "saves": saves,
            "currency": sheet.currency,
            "outcome": sheet.decision,
            "reasons": [flag.reason for flag in (*sheet.declines, *sheet.referrals)],
        }
        return Response(plain(told))


class ReferralsView(ApiView):
    """Referrals, newest first."""

    access = {"GET": REFERRALS}

    @extend_schema(parameters=PAGE, responses={200: page_schema(outputs.ReferralOut), **problems(422)})
    def get(self, request: Request) -> Response:
        return Response(page_of(referrals_visible(request.principal), request, outputs.ReferralOut))


class ReferralDecisionView(ApiView):
    """An underwriter's answer to one referral."""

    access = {"POST": DECIDE}

    @extend_schema(request=inputs.ReferralDecisionIn, responses={200: outputs.ReferralOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        referral: Referral = object_get(
            referrals_visible(request.principal), principal=request.principal, pk=pk, access=DECIDE
        )
        decided = referral_decide(
            referral=referral,
            **valid(inputs.ReferralDecisionIn, request),
            actor=request.principal.actor,
            at=timezone.now(),
        )
        return Response(outputs.ReferralOut(decided).data)


class RatingsView(ApiView):
    """What a risk would cost under a plan, for underwriters and actuaries: nothing is stored."""

    access = {"POST": PRICE}

    @extend_schema(
        request=RatingIn,
        responses={
            200: inline_serializer("Worksheet", {"worksheet": serializers.JSONField(help_text="The whole worksheet.")}),
            **problems(404, 422),
        },
    )
    def post(self, request: Request) -> Response:
        body = valid(RatingIn, request)
        worksheet = rate(
            risk=Risk.from_dict(plain(body["risk"])),
            evidence=body["evidence"],
            plan_name=body.get("plan"),
            at=timezone.now(),
        )
        return Response({"worksheet": worksheet.to_dict()})


class PlansView(ApiView):
    """Published rating plans."""

    access = {"GET": READ}

    @extend_schema(operation_id="plans_list", responses={200: page_schema(outputs.PlanOut), **problems()})
    def get(self, request: Request) -> Response:
        return Response({"items": outputs.PlanOut(plans_published(), many=True).data, "next": None})


class PlanView(ApiView):
    """One published plan, whole."""

    access = {"GET": READ}

    @extend_schema(responses={200: outputs.PlanWholeOut, **problems(404)})
    def get(self, request: Request, name: str) -> Response:
        return Response(outputs.PlanWholeOut(plan_record(name)).data)


class PlanDiffView(ApiView):
    """What changed from one published plan to another, path by path."""

    access = {"GET": READ}

    @extend_schema(responses={200: page_schema(outputs.PlanChangeOut), **problems(404, 503)})
    def get(self, request: Request, name: str, other: str) -> Response:
        changes = plan_diff(plan_record(name).json, plan_record(other).json)
        return Response({"items": [plain(asdict(change)) for change in changes], "next": None})


class IndustriesView(ApiView):
    """The industry table of the plan in force: an illustrative prior with its credibility."""

    access = {"GET": READ}

    @extend_schema(responses={200: page_schema(outputs.IndustryOut), **problems()})
    def get(self, request: Request) -> Response:
        return Response({"items": [plain(asdict(row)) for row in _plan().industries], "next": None})


class UseClassesView(ApiView):
    """What each use class of the plan in force decides about measurement and price."""

    access = {"GET": READ}

    @extend_schema(responses={200: page_schema(outputs.UseClassOut), **problems()})
    def get(self, request: Request) -> Response:
        return Response({"items": _use_classes(_plan()), "next": None})


def _plan() -> Plan:
    return plan_current(on=timezone.now().date())


def _use_classes(plan: Plan) -> list[dict[str, Any]]:
    return [_use_class(filed) for filed in plan.use_classes.values()]


def _use_class(filed: UseClass) -> dict[str, Any]:
    """The plan's figures and the class's facts, as UseClassOut names them."""
    facts = class_facts()[filed.code]
    known = {**asdict(facts), "not_applicable": sorted(filed.not_applicable)}
    names = [str(name) for name in outputs.UseClassOut().fields]
    body: dict[str, Any] = plain({name: known[name] if name in known else getattr(filed, name) for name in names})
    return body


def _pricing(request: Request, pk: UUID) -> Pricing:
    found: Pricing = object_get(pricings_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    return found
