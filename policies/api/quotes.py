"""Quotes over the API."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ALL_MEMBERS, ALL_STAFF, OWNER, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import narrowed, valid
from core.api.schema import page_schema, problems
from core.api.views import ApiView
from policies.api.shapes import BindIn, PolicyOut, QuoteIn, QuoteOut, ReasonIn
from policies.models import Quote
from policies.selectors import quotes_visible
from policies.services.binding import policy_bind
from policies.services.guards import Acceptance, Subjectivity
from policies.services.quotes import quote_accept, quote_decline, quote_offer
from underwriting.models import Pricing

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
WRITE = Access(staff=frozenset({UNDERWRITER}))
ANSWER = Access(members=frozenset({OWNER}))
LIST = [OpenApiParameter("state", str, enum=Quote.State.values), OpenApiParameter("model", UUID)]


class QuotesView(ApiView):
    """Offers: one price each, for thirty days."""

    access = {"GET": READ, "POST": WRITE}
    filters = ("state", "model")

    @extend_schema(parameters=LIST, responses={200: page_schema(QuoteOut), **problems(422)})
    def get(self, request: Request) -> Response:
        rows = narrowed(quotes_visible(request.principal), request, states=Quote.State.values, keys=("model",))
        return Response(page_of(rows, request, QuoteOut))

    @extend_schema(request=QuoteIn, responses={201: QuoteOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = valid(QuoteIn, request)["pricing"]
        pricing = object_get(Pricing, principal=request.principal, pk=asked, access=WRITE)
        quote = quote_offer(pricing=pricing, actor=request.principal.actor, at=timezone.now())
        return Response(QuoteOut(quote).data, status=201)


class QuoteView(ApiView):
    """One quote."""

    access = {"GET": READ}

    @extend_schema(responses={200: QuoteOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(QuoteOut(_quote(request, pk, READ)).data)


class AcceptView(ApiView):
    """The customer's owner accepts; an underwriter then binds."""

    access = {"POST": ANSWER}

    @extend_schema(request=None, responses={200: QuoteOut, **problems(404, 409)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        quote = quote_accept(quote=_quote(request, pk, ANSWER), actor=request.principal.actor, at=timezone.now())
        return Response(QuoteOut(quote).data)


class DeclineView(ApiView):
    """The customer's owner says no."""

    access = {"POST": ANSWER}

    @extend_schema(request=ReasonIn, responses={200: QuoteOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        quote, why = _quote(request, pk, ANSWER), valid(ReasonIn, request)["why"]
        quote = quote_decline(quote=quote, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(QuoteOut(quote).data)


class BindView(ApiView):
    """An underwriter with authority makes the quote a policy; its papers follow by a job."""

    access = {"POST": WRITE}

    @extend_schema(request=BindIn, responses={201: PolicyOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        quote, asked = _quote(request, pk, WRITE), valid(BindIn, request)
        promised = asked["subjectivity"]
        acceptance = Acceptance(
            reason=asked["acceptance_reason"],
            subjectivity=Subjectivity(**promised) if promised else None,
            order_text=asked["order_text"],
        )
        policy = policy_bind(
            quote=quote,
            inception=asked["inception"],
            acceptance=acceptance,
            actor=request.principal.actor,
            at=timezone.now(),
        )
        return Response(PolicyOut(policy).data, status=201)


def _quote(request: Request, pk: UUID, access: Access) -> Quote:
    return object_get(quotes_visible(request.principal), principal=request.principal, pk=pk, access=access)
