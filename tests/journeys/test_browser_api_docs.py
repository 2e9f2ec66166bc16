"""The API's own page: readable by anybody, under the same strict policy as every other page."""

import pytest

pytestmark = pytest.mark.browser


def test_the_api_is_read_in_a_browser_without_a_complaint(visit):
    reader = visit(None)
    reader.go("/api/v1/docs")
    reader.page.wait_for_selector(".opblock")
    assert reader.page.title() == "Plimsoll API"
    # Of a hundred operations and more the page draws those in view: read them while scrolling through.
    seen: set[str] = set()
    for _ in range(100):
        seen |= set(reader.page.locator(".opblock-summary-path").all_inner_texts())
        reader.page.mouse.wheel(0, 500)
        reader.page.wait_for_timeout(50)
    assert len(seen) > 60
