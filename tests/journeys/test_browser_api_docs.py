"""The API's own page: readable by anybody, under the same strict policy as every other page."""

import pytest

pytestmark = pytest.mark.browser


def test_the_api_is_read_in_a_browser_without_a_complaint(visit):
    reader = visit(None)
    reader.go("/api/v1/docs")
    reader.page.wait_for_selector(".opblock")
    assert reader.page.title() == "Plimsoll API"
    assert reader.page.locator(".opblock").count() > 60
