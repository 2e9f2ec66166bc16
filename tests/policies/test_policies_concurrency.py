"""Binding and numbering that race."""

import pytest

from core.errors import Conflict, StateRefused
from policies.models import Policy, Quote
from policies.services import Acceptance, policy_bind, quote_offer
from tests.book import PRICER, authorised, priced, pricing_made, quoted
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = Acceptance(reason="Rows were sampled.", order_text="Bind.")


@pytest.fixture
def binding(staff, now):
    actor = authorised(staff("underwriter"), "bind", "2000000")
    return lambda quote: lambda: policy_bind(quote=quote, inception=now.date(), acceptance=ORDER, actor=actor, at=now)


def test_one_quote_bound_eight_times_at_once_is_one_policy(organisation, binding, now):
    quote = quoted(organisation, now)
    refusals = race([binding(quote)] * 8)
    assert (Policy.objects.count(), [type(error) for error in refusals]) == (1, [StateRefused] * 7)


def test_four_quotes_of_one_model_bound_at_once_are_one_policy(organisation, binding, now):
    order = priced(organisation, now).order
    limits = ("1000000", "2000000", "1000000", "2000000")
    quotes = [
        quote_offer(pricing=pricing_made(order, now, limit=limit, deductible=own), actor=PRICER, at=now)
        for limit, own in zip(limits, ("10000", "10000", "25000", "25000"), strict=True)
    ]
    refusals = race([binding(quote) for quote in quotes])
    assert (Policy.objects.count(), [type(error) for error in refusals]) == (1, [Conflict] * 3)


def test_offers_made_at_once_get_different_numbers_without_a_gap(organisation, now):
    pricings = [priced(organisation, now, name=f"Model {place}") for place in range(6)]
    assert race([lambda row=row: quote_offer(pricing=row, actor=PRICER, at=now) for row in pricings]) == []
    assert sorted(Quote.objects.values_list("number", flat=True)) == [f"Q-2026-00000{n}" for n in range(1, 7)]
