"""Long lists: every row is reached once, page by page, whatever is added meanwhile."""

import re
from html import unescape
from urllib.parse import parse_qs, unquote, urlencode

import pytest

from accounts.models import Organisation
from core.money import amount_text
from portal import paging
from tests.book import bound, quoted
from tests.claims.conftest import desk_of

OLDER = re.compile(r'href="(\?[^"]+)" rel="next"')
LINK = {
    "/models": r'<th scope="row" class="pl-name"><a href="/models/([^"]+)"',
    "/quotes": r'<a href="/quotes/([^"]+)"',
    "/audits": r'<a href="/audits/([^"]+)"',
    "/book": r'<a href="/policies/([^"]+)"',
    "/policies": r'<th scope="row" class="pl-num"><a href="/policies/([^"]+)"',
    "/claims": r'<a href="/claims/([0-9a-f-]{36})"',
    "/customers": r'<a href="/customers/([0-9a-f-]{36})"',
}


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(paging, "MOST", 2)


@pytest.fixture
def browser(portal, staff):
    return portal(staff("underwriter"))


@pytest.fixture
def long_lists(organisation, other_organisation, staff, now):
    """Five of everything, most of them made at one moment: only the id tells them apart."""
    desk = desk_of(other_organisation, staff, now, limit="1000000")
    for number in range(5):
        desk.claim(f"{number + 1}0000", claimant=f"Claimant {number}")
        Organisation.objects.create(name=f"Customer {number}", country="US", created_at=now)
        if number:
            bound(organisation, staff("underwriter"), now, name=f"Model {number}")
    return desk


def cursor_of(page: str) -> str | None:
    """Where the first list of a page goes on: its part of the query of the first link to older rows."""
    link = OLDER.search(page)
    after = parse_qs(unescape(link[1])[1:]).get("after") if link else None
    return f"?{urlencode({'after': after[0]})}" if after else None


def pages(browser, path: str) -> list[str]:
    """The list's pages from the newest on; more than ten are a circle."""
    found, query = [], ""
    for _ in range(10):
        found.append(browser.get(path + query).content.decode())
        following = cursor_of(found[-1])
        if following in (None, query):
            return found
        query = following
    raise AssertionError(f"{path} does not end")


@pytest.mark.parametrize("path", LINK)
def test_every_row_is_on_one_page(browser, long_lists, path):
    shown = [set(re.findall(LINK[path], page)) for page in pages(browser, path)]
    assert sum(len(rows) for rows in shown) == len(set().union(*shown)) == (7 if path == "/customers" else 5)
    assert all(len(rows) <= 2 for rows in shown)


def test_a_new_row_moves_nothing_to_another_page(browser, long_lists, organisation, now):
    query = OLDER.search(browser.get("/quotes").content.decode())[1]
    before = re.findall(LINK["/quotes"], browser.get(f"/quotes{query}").content.decode())
    quoted(organisation, now.replace(year=2027), name="Newest")
    assert re.findall(LINK["/quotes"], browser.get(f"/quotes{query}").content.decode()) == before


def test_the_title_counts_and_sums_all_pages(browser, long_lists, policy):
    first = browser.get("/book").content.decode()
    total = amount_text(sum(row.premium for row in type(policy).objects.all()))
    assert total in first
    assert "2 of 6 shown" in first
    assert "6 registered models" in browser.get("/models").content.decode()


def test_two_lists_of_a_page_turn_each_for_itself(browser, long_lists):
    page = browser.get("/claims").content.decode()
    query = OLDER.search(page)[1]
    turned = browser.get(f"/claims{query}").content.decode()
    assert "Newest" in turned
    assert "after=" in unquote(query)
    assert "incidents=" not in unquote(query)


@pytest.mark.parametrize("cursor", ["x", "~", "2026-10-01~x", "tomorrow~5b0c7f4e-0000-4000-8000-000000000000", "~5b0c"])
def test_a_made_up_cursor_is_refused(browser, db, cursor):
    answer = browser.get("/models", {"after": cursor})
    assert answer.status_code == 422
    assert "list&#x27;s top" in answer.content.decode() or "list's top" in answer.content.decode()


def test_a_short_list_has_no_pages(browser, policy):
    assert "pl-older" not in browser.get("/book").content.decode()
