"""Slips of a person's hand in a text: letters swapped, dropped, doubled, cased, spaced, or replaced by look-alikes.

Each takes a text and a generator and gives the text after a slip in about one of `letters_per_slip` letters, one at the
least; a text with no place for the slip comes back as it was.
"""

from collections.abc import Callable

import numpy as np

Slip = Callable[[str, int, np.random.Generator], str]

# Letters of the Latin alphabet and Cyrillic or Greek ones that print the same (Unicode TR 39, confusables).
LOOK_ALIKES = {
    "a": "\u0430", "c": "\u0441", "e": "\u0435", "i": "\u0456", "o": "\u043e", "p": "\u0440", "s": "\u0455",
    "x": "\u0445", "y": "\u0443", "A": "\u0391", "B": "\u0392", "E": "\u0395", "H": "\u0397", "I": "\u0399",
    "K": "\u039a", "M": "\u039c", "N": "\u039d", "O": "\u039f", "P": "\u03a1", "T": "\u03a4", "X": "\u03a7",
}  # fmt: skip


def swapped(text: str, every: int, rng: np.random.Generator) -> str:
    """Two neighbouring letters that differ change places."""
    letters = list(text)
    places = [place for place in range(len(letters) - 1) if letters[place] != letters[place + 1]]
    for place in _some(places, len(letters), every, rng):
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


def dropped(text: str, every: int, rng: np.random.Generator) -> str:
    """A letter is left out; of a text of one letter none is, for then it would be another slip: an empty input."""
    letters = list(text)
    places = list(range(len(letters))) if len(letters) > 1 else []
    for place in sorted(_some(places, len(letters), every, rng), reverse=True):
        if len(letters) > 1:
            del letters[place]
    return "".join(letters)


def doubled(text: str, every: int, rng: np.random.Generator) -> str:
    """A letter comes twice."""
    letters = list(text)
    for place in _some([place for place, one in enumerate(letters) if one.isalnum()], len(letters), every, rng):
        letters[place] *= 2
    return "".join(letters)


def recased(text: str, _every: int, rng: np.random.Generator) -> str:
    """All of it in capitals, in small letters, or with the two exchanged: one that differs."""
    other = [one for one in (text.upper(), text.lower(), text.swapcase()) if one != text]
    return other[int(rng.integers(len(other)))] if other else text


def respaced(text: str, every: int, rng: np.random.Generator) -> str:
    """A blank too many within it, and one behind it."""
    letters = list(text)
    for place in _some(list(range(len(letters))), len(letters), every, rng):
        letters[place] += " "
    return "".join(letters) + " "


def look_alike(text: str, every: int, rng: np.random.Generator) -> str:
    """A letter is replaced by one of another alphabet that prints the same."""
    letters = list(text)
    places = [place for place, one in enumerate(letters) if one in LOOK_ALIKES]
    for place in _some(places, len(letters), every, rng):
        letters[place] = LOOK_ALIKES[letters[place]]
    return "".join(letters)


def _some(places: list[int], length: int, every: int, rng: np.random.Generator) -> list[int]:
    """At least one of the places, about one of `every` letters; none if there is none."""
    if not places:
        return []
    count = min(len(places), max(1, length // every))
    return [places[index] for index in sorted(rng.choice(len(places), size=count, replace=False).tolist())]


SLIPS: tuple[tuple[str, str, Slip], ...] = (
    ("letters swapped", "two neighbouring letters of one text swapped", swapped),
    ("letters dropped", "letters of one text left out", dropped),
    ("letters doubled", "letters of one text typed twice", doubled),
    ("casing", "one text in other case", recased),
    ("whitespace", "blanks too many in one text", respaced),
    ("look-alike letters", "letters of one text replaced by look-alikes of another alphabet", look_alike),
)
