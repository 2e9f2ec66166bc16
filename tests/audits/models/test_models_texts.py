"""Text models that split words themselves, as skops files: what they answer and what they may ask for."""

import tempfile

import numpy as np
import pytest
from format_examples import load, refused, sklearn_bytes
from hostile_skops import found_in, number_changed, spoilt
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline, make_union
from text_examples import INTERFACE, paragraphs

from audits.interface import interface_parse
from audits.sandbox.cage import model_open
from audits.sandbox.models.shape import Batch, ModelCode
from audits.sandbox.refusals import ModelRejected

TEXTS, KINDS = paragraphs()
PIPELINES = {
    "tf-idf": lambda: make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression()),
    "counts, two stop lists": lambda: make_pipeline(CountVectorizer(stop_words=["the", "of"]), MultinomialNB()),
    "English stop words": lambda: make_pipeline(CountVectorizer(stop_words="english", binary=True), ComplementNB()),
    "letters": lambda: make_pipeline(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)), LogisticRegression()),
    "pairs of words": lambda: make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), SGDClassifier("log_loss")),
    "hashed": lambda: make_pipeline(HashingVectorizer(n_features=2**12), LogisticRegression()),
    "counts and idf": lambda: make_pipeline(
        CountVectorizer(strip_accents="unicode"), TfidfTransformer(), MultinomialNB()
    ),
    "given words": lambda: make_pipeline(CountVectorizer(vocabulary=["model", "test", "field"]), LogisticRegression()),
    "forest": lambda: make_pipeline(TfidfVectorizer(max_features=200), RandomForestClassifier(5, random_state=0)),
    "components": lambda: make_pipeline(TfidfVectorizer(), TruncatedSVD(10, random_state=0), LogisticRegression()),
}


def fitted(name="tf-idf"):
    return PIPELINES[name]().fit(TEXTS, KINDS)


def batch(texts):
    return Batch(np.empty((len(texts), 0)), (np.array(texts, dtype=object),))


def caged(data, texts, interface=INTERFACE):
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with model_open(file, interface=interface) as model:
            return model.answers(batch(texts))


def test_the_corpus_is_real_and_can_be_told_apart():
    assert min(KINDS.count(0), KINDS.count(1)) >= 200
    half = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS[::2], KINDS[::2])
    assert half.score(TEXTS[1::2], KINDS[1::2]) > 0.8


@pytest.mark.parametrize("name", PIPELINES)
def test_an_answer_is_bit_for_bit_the_librarys_own(name):
    model = fitted(name)
    assert np.array_equal(load(sklearn_bytes(model), INTERFACE).answers(batch(TEXTS)), model.predict_proba(TEXTS))


@pytest.mark.parametrize("name", ["tf-idf", "letters", "hashed", "forest"])
def test_in_the_cage_as_outside(name):
    model = fitted(name)
    odd = [*TEXTS[:50], "", "ünïcödé \u0000 \u202e", "word " * 200_000]
    assert np.allclose(caged(sklearn_bytes(model), odd), model.predict_proba(odd), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(\w+\s?)*$",
        r"\w+\w+\w+\w+",
        r"(?:x|y)+",
        r"a{1,999}",
        r"(?=\w)\w",
        r"\w*\s*\w*",
        "[" * 50,
        "a" * 1_000,
        7,
    ],
)
def test_a_pattern_that_may_take_hours_is_refused(pattern):
    data = spoilt(fitted(), number_changed("token_pattern", pattern))
    assert refused(data, ModelCode.PATTERN, INTERFACE)


@pytest.mark.parametrize("pattern", [r"(?u)\b\w\w+\b", r"\w+", r"[a-z]+", r"\S+", r"[^\s,]+", r"[A-Za-z0-9_]+"])
def test_plain_patterns_are_taken(pattern):
    model = make_pipeline(TfidfVectorizer(token_pattern=pattern), LogisticRegression()).fit(TEXTS, KINDS)
    assert load(sklearn_bytes(model), INTERFACE).outputs == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input", "filename"),
        ("analyzer", "own"),
        ("tokenizer", "split"),
        ("stop_words", "german"),
        ("strip_accents", "all"),
        ("decode_error", "raise"),
    ],
)
def test_what_a_vectorizer_may_not_be_told_is_refused(key, value):
    assert refused(spoilt(fitted(), number_changed(key, value)), ModelCode.TREE, INTERFACE)


@pytest.mark.parametrize("place", [-1, 10**9, 0.5, True, 3])
def test_places_of_words_that_are_no_places_are_refused(place):
    """Compiled code adds up counts at these places without looking."""

    def spoil(schema, _members):
        words = found_in(schema, "vocabulary_")[0]["content"]
        first = next(iter(words))
        words[first] = {
            "__class__": "str", "__module__": "builtins", "__loader__": "JsonNode",
            "content": str(place).lower(), "is_json": True,
        }  # fmt: skip

    assert refused(spoilt(fitted(), spoil), ModelCode.TREE, INTERFACE)


@pytest.mark.parametrize("grams", [(1, 10**6), (0, 1), (2, 1)])
def test_runs_of_words_without_end_are_refused(grams):
    def spoil(schema, _members):
        for part, size in zip(found_in(schema, "ngram_range")[0]["content"], grams, strict=True):
            part["content"] = str(size)

    assert refused(spoilt(fitted(), spoil), ModelCode.TREE, INTERFACE)


def test_a_hash_of_too_many_places_is_refused():
    data = spoilt(fitted("hashed"), number_changed("n_features", 2**31))
    assert refused(data, ModelCode.TREE, INTERFACE)


def test_a_function_that_splits_is_refused():
    own = make_pipeline(TfidfVectorizer(tokenizer=str.split, token_pattern=None), LogisticRegression())
    assert refused(sklearn_bytes(own.fit(TEXTS, KINDS)), ModelCode.TYPE, INTERFACE)


def test_a_text_model_takes_one_text_and_nothing_else():
    inputs = [{"column": "words", "as": "text"}, {"column": "age", "as": "number"}]
    both = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "probability"}})
    assert refused(sklearn_bytes(fitted()), ModelCode.INPUT, both)


def test_two_vectorizers_side_by_side_are_asked_by_texts_too():
    union = make_pipeline(
        make_union(TfidfVectorizer(), CountVectorizer(analyzer="char")), LogisticRegression(max_iter=300)
    )
    model = union.fit(TEXTS, KINDS)
    assert np.array_equal(load(sklearn_bytes(model), INTERFACE).answers(batch(TEXTS)), model.predict_proba(TEXTS))


def test_a_hostile_pattern_is_rejected_in_the_cage():
    data = spoilt(fitted(), number_changed("token_pattern", r"(a+)+$"))
    with pytest.raises(ModelRejected) as told:
        caged(data, ["a" * 40 + "!"])
    assert "could take hours" in told.value.message
