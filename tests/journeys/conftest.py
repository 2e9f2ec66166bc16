"""Chromium at the portal's door. Without it the browser tests are skipped aloud; in CI its absence is a failure."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.models import User

PASSWORD = "load line 1876"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Visitor:
    """One person at one browser window; `complaints` is what its console said, policy violations included."""

    page: Any
    home: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.home + path, wait_until="domcontentloaded")
        assert answer.ok, f"{path}: {answer.status}"

    def log_in(self, user: User) -> None:
        user.set_password(PASSWORD)
        user.save()
        self.go("/login")
        self.page.fill("#id_username", user.email)
        self.page.fill("#id_password", PASSWORD)
        self.press("Log in")

    def press(self, words: str) -> None:
        """Click the button or link of these words and wait for the page after it."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.locator(f"main button:has-text('{words}'), main a.btn:has-text('{words}')").first.click()

    def send(self, action: str) -> None:
        """Send the form whose address ends so."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.locator(f"form[action$='{action}'] button[type=submit]").first.click()

    def fill(self, action: str, **values: str) -> None:
        """Fill the form whose address ends so; its folded part is opened first."""
        form = self.page.locator(f"form[action$='{action}']")
        form.evaluate("form => { const fold = form.closest('details'); if (fold) fold.open = true; }")
        for name, value in values.items():
            spot = form.locator(f"[name={name}]")
            if spot.evaluate("spot => spot.tagName") == "SELECT":
                spot.select_option(value)
            else:
                spot.fill(value)

    def title(self) -> str:
        return " ".join(self.page.locator("h1").first.inner_text().split())

    def reads(self, words: str) -> bool:
        return words in " ".join(self.page.locator("main").inner_text().split())

    def fits_a_phone(self) -> bool:
        """Whether this page, at a phone's width, has nothing beyond its right edge."""
        self.page.set_viewport_size(PHONE)
        self.page.wait_for_timeout(250)
        beyond = self.page.evaluate(TOO_WIDE)
        self.page.set_viewport_size(DESK)
        return bool(beyond <= 0)


def chromium_path() -> str:
    """Where Chromium is; without it the test is skipped with the reason, in CI it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        missing = "Chromium is not installed, so no browser journey was made."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@pytest.fixture
def visit(transactional_db, live_server, monkeypatch, settings) -> Iterator[Callable[[User | None], Visitor]]:
    """visit(user) is that person, logged in. At the end nobody's console may have complained."""
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    # Playwright keeps an event loop in this thread while it runs; the ORM is used between its calls, never inside.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        with _windows(browser, live_server.url) as windows:
            yield windows
        browser.close()


@contextmanager
def _windows(chromium: Any, home: str) -> Iterator[Callable[[User | None], Visitor]]:
    opened: list[tuple[Any, Visitor]] = []

    def open_one(user: User | None = None) -> Visitor:
        context = chromium.new_context(viewport=DESK)
        visitor = Visitor(context.new_page(), home)
        visitor.page.on("console", lambda message: _note(visitor, message))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        opened.append((context, visitor))
        if user is not None:
            visitor.log_in(user)
        return visitor

    yield open_one
    said = [line for _, visitor in opened for line in visitor.complaints]
    for context, _ in opened:
        context.close()
    assert said == []


def _note(visitor: Visitor, message: Any) -> None:
    if message.type in ("error", "warning"):
        visitor.complaints.append(message.text)
