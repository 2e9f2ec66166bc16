"""List pages ask the database the same number of questions however long the list is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.book import bound, quoted
from tests.claims.conftest import desk_of

# Session, user, memberships and staff roles are four; a customer's shell asks for its organisations' names too.
PINNED = {
    "/": 14,
    "/book": 6,
    "/models": 8,
    "/claims": 6,
    "/quotes": 5,
    "/audits": 5,
    "/customers": 5,
}
OWNERS = {"/models": 9, "/policies": 7, "/claims": 7, "/documents": 8, "/keys": 6, "/quotes": 6}


@pytest.fixture
def long_lists(organisation, other_organisation, staff, now):
    bound(organisation, staff("underwriter"), now)
    for number in range(3):
        quoted(organisation, now, name=f"Another {number}")
    return desk_of(other_organisation, staff, now, limit="1000000")


def asked(browser, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize(("path", "most"), PINNED.items())
def test_the_insurers_lists_do_not_grow_in_queries(portal, staff, long_lists, path, most):
    long_lists.claim("90000")
    first = asked(portal(staff("underwriter")), path)
    for amount in ("20000", "30000"):
        long_lists.claim(amount, claimant=f"Claimant {amount}")
    assert asked(portal(staff("underwriter")), path) == first
    assert first == most


@pytest.mark.parametrize(("path", "most"), OWNERS.items())
def test_the_customers_lists_do_not_grow_in_queries(portal, owner, long_lists, path, most):
    assert asked(portal(owner), path) == most
