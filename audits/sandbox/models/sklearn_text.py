"""What scikit-learn's text vectorizers are told to do, looked at once before they meet a text.

They split a text by a regular expression and count by places that a dictionary names. A place beyond the counts would
be written where it should not be; an expression with more than one repetition can take hours over one text.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from audits.sandbox.models.shape import ModelCode, Rejected

MOST_WORDS = 2_000_000
MOST_HASHED = 1 << 22
LONGEST_GRAM = 20
LONGEST_PATTERN = 200
_CLASS = r"\[\^?(?:\\[wdWDsS.\-]|[^\[\]\\])+\]"
_ATOM = rf"(?:\\[wdSW]|{_CLASS}|[A-Za-z0-9_'#@-])"
_PATTERN = re.compile(rf"(?:\(\?u\))?(?:\\b)?{_ATOM}*(?:{_ATOM}[+*])?(?:\\b)?")


def words_check(model: Any) -> None:
    """A vectorizer that learnt its words (CountVectorizer, TfidfVectorizer), or will take given ones."""
    _splitting_check(model)
    for name in ("vocabulary_", "vocabulary"):
        words = getattr(model, name, None)
        if isinstance(words, Mapping):
            _places_check(words)
        elif words is not None:
            _need(_texts(words) and len(words) <= MOST_WORDS, "words that are no texts")


def hashed_check(model: Any) -> None:
    """A vectorizer that hashes words to places."""
    _splitting_check(model)
    _need(type(model.n_features) is int and 1 <= model.n_features <= MOST_HASHED, f"1 to {MOST_HASHED:,} places")


def _splitting_check(model: Any) -> None:
    _need(model.input == "content", "texts that stand in files")
    _need(model.tokenizer is None and model.preprocessor is None, "a function of its own that splits texts")
    _need(model.analyzer in ("word", "char", "char_wb"), "an analyzer of its own")
    _need(model.strip_accents in (None, "ascii", "unicode"), "strip_accents")
    _need(model.decode_error in ("strict", "ignore", "replace"), "decode_error")
    _need(model.dtype in (np.float64, np.float32, np.int64), "counts of another type")
    _need(model.stop_words in (None, "english") or _texts(model.stop_words), "stop words that are no texts")
    grams = model.ngram_range
    good = isinstance(grams, tuple | list) and len(grams) == 2 and all(type(size) is int for size in grams)
    _need(good and 1 <= grams[0] <= grams[1] <= LONGEST_GRAM, f"runs of 1 to {LONGEST_GRAM} words")
    _pattern_check(model.token_pattern)


def _pattern_check(pattern: Any) -> None:
    """At most one repetition, no group, no alternative: such an expression is done in one pass."""
    if pattern is None:
        return
    good = isinstance(pattern, str) and len(pattern) <= LONGEST_PATTERN and _PATTERN.fullmatch(pattern)
    if not good:
        raise Rejected(ModelCode.PATTERN, detail=str(pattern))


def _places_check(words: Mapping[Any, Any]) -> None:
    """Every place from 0 to the number of words less one, once."""
    _need(1 <= len(words) <= MOST_WORDS, f"1 to {MOST_WORDS:,} words")
    _need(_texts(words), "words that are no texts")
    _need(all(isinstance(place, int | np.integer) and type(place) is not bool for place in words.values()), "places")
    places = np.array([int(place) for place in words.values()], dtype=object)
    _need(sorted(places.tolist()) == list(range(len(words))), "places of words that are no places")


def _texts(words: Any) -> bool:
    return isinstance(words, list | tuple | set | frozenset | Mapping) and all(type(word) is str for word in words)


def _need(holds: Any, rule: str) -> None:
    if not holds:
        raise Rejected(ModelCode.TREE, detail=rule)
