"""Real texts for text models: what two installed libraries say of themselves, paragraph by paragraph."""

import inspect
import pkgutil
import warnings
from functools import cache
from importlib import import_module

from audits.interface import interface_parse

INTERFACE = interface_parse(
    {"inputs": [{"column": "words", "as": "text"}], "output": {"column": "p", "means": "probability"}}
)


@cache
def paragraphs(each: int = 300) -> tuple[list[str], list[int]]:
    """Docstring paragraphs of django.db.models (0) and of scipy.stats (1), in a fixed order."""
    texts: list[str] = []
    kinds: list[int] = []
    for kind, package in enumerate(("django.db.models", "scipy.stats")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that the libraries are about to drop
            found = sorted({text for text in _of(package) if 60 <= len(text) <= 1_000})[:each]
        texts += found
        kinds += [kind] * len(found)
    return texts, kinds


def _of(package: str) -> list[str]:
    """The paragraphs of everything a package and its direct modules document."""
    root = import_module(package)
    names = [
        f"{package}.{item.name}" for item in pkgutil.iter_modules(root.__path__) if not item.name.startswith("test")
    ]
    found = []
    for name in [package, *sorted(names)]:
        for _, thing in inspect.getmembers(import_module(name)):
            if (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__.startswith(package):
                for part in (thing, *(vars(thing).values() if inspect.isclass(thing) else ())):
                    doc = getattr(part, "__doc__", None)
                    if isinstance(doc, str):
                        found += [" ".join(text.split()) for text in inspect.cleandoc(doc).split("\n\n")]
    return found
