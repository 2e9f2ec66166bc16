"""Every route of the installation, as the resolver knows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One address with its declared access table."""

    path: str
    name: str
    view: Any

    @property
    def access(self) -> dict[str, Any] | None:
        """The declared table: on the DRF view class, on a class-based page, or on the decorated function."""
        holder = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None) or self.view
        return getattr(holder, "access", None) or getattr(self.view, "access", None)

    @property
    def methods(self) -> set[str]:
        """The methods the view answers; a function answers those it declares."""
        holder = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        if holder is None:
            return set(self.access or {})
        return {method for method in METHODS if hasattr(holder, method.lower())}

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    @property
    def has_key(self) -> bool:
        return "<uuid:" in self.path

    def url(self, key: str, **other: str) -> str:
        """The address with `key` for its first UUID and stand-ins for everything else."""
        stand_ins = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": key}

        def fill(found: re.Match[str]) -> str:
            return other.get(found[2], stand_ins[found[1] or "str"])

        return "/" + re.sub(r"<(?:(\w+):)?(\w+)>", fill, self.path)


def routes() -> list[Route]:
    """All routes, deepest resolver first."""
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif isinstance(entry, URLPattern):
            yield Route(path, entry.name or path, entry.callback)
