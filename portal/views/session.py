"""Logging in and out."""

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.access import EVERYONE, page

WRONG = "This address and password do not match. Check both and try again."


@page({"GET": EVERYONE, "POST": EVERYONE})
def login_page(request: HttpRequest) -> HttpResponse:
    """The way in. After too many wrong passwords accounts.lockout answers instead, for a while."""
    if request.method == "GET":
        return _door(request, request.GET.get("next", ""), status=200)
    given = request.POST.get("username", "").strip().lower()
    person = authenticate(request, username=given, password=request.POST.get("password", ""))
    if person is not None:
        login(request, person)
        return redirect(_inside(request, request.POST.get("next", "")))
    return _door(request, request.POST.get("next", ""), status=422, refused=WRONG, username=given)


@page({"POST": EVERYONE})
def logout_page(request: HttpRequest) -> HttpResponse:
    """The way out."""
    logout(request)
    return redirect("login")


def _door(request: HttpRequest, target: str, *, status: int, **shown: str) -> HttpResponse:
    return render(request, "session/login.html", {"next": target, **shown}, status=status)


def _inside(request: HttpRequest, target: str) -> str:
    """Only an address of this site is followed after logging in."""
    if target and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return "/"
