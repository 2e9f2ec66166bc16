"""Words of a text: against all orders by brute force, closed forms, a real vectoriser as ONNX, and once in the cage."""

import itertools
import tempfile

import numpy as np
import onnxruntime
import pytest
import skops.io
from explain_examples import checks_of, explained, table
from model_examples import model_of
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from audits.engine.attribution.masking import Masking, spans_of
from audits.engine.encoding import encode
from audits.interface import interface_parse
from audits.sandbox.cage import model_open
from audits.sandbox.models.shape import Batch
from tests.audits.models.text_examples import INTERFACE as REAL
from tests.audits.models.text_examples import paragraphs

ID = "attribution.text"
INTERFACE = {
    "inputs": [{"column": "age", "as": "number"}, {"column": "note", "as": "text"}],
    "output": {"column": "p", "means": "value"},
}
SPEC = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "0.5", "direction": "either"}
WORDS = ["good", "bad", "late", "paid", "the", "and", "house", "car", "loan", "debt"]


def notes(rows=60, longest=5, seed=1):
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(0, longest + 1))) for _ in range(rows)]
    return {"age": rng.integers(20, 60, rows), "note": texts, "y": rng.normal(size=rows)}


def worth(text):
    """Words add, repeat with less weight, and two of them count together."""
    found = text.split()
    return 2.0 * ("bad" in found) - found.count("good") ** 0.5 + 1.5 * ("late" in found and "paid" in found)


def told(rows):
    return np.array([[worth(text)] for text in rows.texts[0]]) + rows.numbers[:, :1] / 100


def by_all_orders(words):
    phi = np.zeros(len(words))
    orders = list(itertools.permutations(range(len(words))))
    for order in orders:
        for place, word in enumerate(order):
            before, after = set(order[:place]), set(order[: place + 1])
            texts = [" ".join(words[i] for i in sorted(kept)) for kept in (before, after)]
            phi[word] += (worth(texts[1]) - worth(texts[0])) / len(orders)
    return phi


def contributions(found):
    """By row (from 1): the words and their contributions as the examples show them."""
    rows = {}
    for line in table(found, "text examples"):
        rows.setdefault(line["row"], []).append((line["word"], line["contribution"]))
    return rows


def test_few_words_are_exact_by_all_orders():
    arrays = notes()
    found = explained("text_masking", arrays, model_of(told, INTERFACE), SPEC)
    shown = contributions(found)
    assert shown
    for row, lines in shown.items():
        words = arrays["note"][row - 1].split()
        want = sorted(zip(words, by_all_orders(words), strict=True))
        assert sorted(word for word, _ in lines) == [word for word, _ in want]
        assert sorted(part for _, part in lines) == pytest.approx(sorted(part for _, part in want), abs=1e-9)
    method = {row["what"]: row["value"] for row in table(found, "text method")}
    assert method["largest standard error"] is None
    assert method["additivity largest error"] < 1e-9
    assert method["of them exactly"] == sum(bool(text) for text in arrays["note"])


def test_fitted_words_lie_within_their_error_of_the_exact_values():
    arrays = notes(40, 6)
    exact = explained("text_masking", arrays, model_of(told, INTERFACE), SPEC)
    sampled = explained("text_masking", arrays, model_of(told, INTERFACE), SPEC, figures={"exact": 0, "pairs": 40})
    error = {row["what"]: row["value"] for row in table(sampled, "text method")}["largest standard error"]
    assert 0 < error < 0.1
    one, two = (
        sorted((row, *line) for row, lines in contributions(each).items() for line in lines)
        for each in (exact, sampled)
    )
    assert [line[:2] for line in one] == [line[:2] for line in two]
    assert np.abs(np.array([a[2] - b[2] for a, b in zip(one, two, strict=True)])).max() < 4 * error


def test_decisions_that_hang_on_one_word_are_counted():
    arrays = notes(200)
    found = explained("text_masking", arrays, model_of(told, INTERFACE), SPEC)
    hanging = 0
    for text in arrays["note"]:
        words = text.split()
        without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
        hanging += any(abs(worth(text) - worth(each)) > 0.5 for each in without)
    check = checks_of(found, ID)[0]
    assert (check.k, check.n) == (hanging, sum(bool(text) for text in arrays["note"]))
    assert check.low <= check.value <= check.high


def test_words_are_told_only_of_rows_enough():
    arrays = notes(200)
    arrays["note"][0] = "Smith Smith good"
    found = explained("text_masking", arrays, model_of(told, INTERFACE), SPEC)
    rows = {row["word"]: row for row in table(found, "text words")}
    assert "smith" not in rows
    assert set(rows) == set(WORDS)
    assert rows["bad"]["raises"] == rows["bad"]["rows"]
    assert rows["bad"]["share low"] > 0.9
    assert rows["house"]["mean absolute"] == 0
    assert all(row["low"] is None for row in rows.values() if row["rows"] < 100)
    hidden = explained(
        "text_masking", arrays, model_of(told, INTERFACE), SPEC, show_rows=False, figures={"word_rows": 1}
    )
    assert "text examples" not in hidden.sections["attribution"]
    assert min(row["rows"] for row in table(hidden, "text words")) >= 10


def test_long_texts_are_cut_into_even_spans():
    assert spans_of("  a b\n c ", 5) == ("a", "b", "c")
    assert spans_of("a b c d e f g", 3) == ("a b", "c d", "e f g")
    assert spans_of("", 3) == ()
    arrays = {**notes(10), "note": [" ".join(WORDS * 20)] * 10}
    model = model_of(told, INTERFACE)
    found = explained("text_masking", arrays, model, SPEC)
    assert checks_of(found, ID)[0].n == 10
    masking = Masking(40, 7, 64)
    assert model.asked.count(masking.answers(40)) == 10
    assert masking.dearest == masking.answers(40)


def test_a_text_that_moves_nothing_is_told():
    found = explained("text_masking", notes(), model_of(lambda rows: rows.numbers * 1.0, INTERFACE), SPEC)
    assert [item.title for item in found.findings if item.check == ID] == ["A text input moves no answer: note"]
    empty = {**notes(), "note": [None] * 60}
    found = explained("text_masking", empty, model_of(told, INTERFACE), SPEC)
    assert checks_of(found, ID)[0].verdict == "cannot_tell"


def test_a_model_without_text_is_not_run():
    interface = {**INTERFACE, "inputs": INTERFACE["inputs"][:1]}
    found = explained("text_masking", notes(), model_of(lambda rows: rows.numbers * 1.0, interface), SPEC)
    assert checks_of(found, ID)[0].verdict == "not_run"


def test_words_of_a_real_vectoriser_are_its_weights():
    """Of log-odds that are a sum over words the contribution of a word is its own term; tf-idf without scaling."""
    arrays = notes(300)
    target = np.array(["bad" in text for text in arrays["note"]]) ^ (np.arange(300) % 11 == 0)
    vectors = TfidfVectorizer(token_pattern=r"[a-z]+", norm=None, lowercase=False)
    fitted = make_pipeline(vectors, LogisticRegression()).fit(arrays["note"], target)
    graph = to_onnx(
        fitted, initial_types=[("note", StringTensorType([None, 1]))],
        options={"zipmap": False},
    )  # fmt: skip
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])

    def function(rows):
        no, yes = session.run(None, {"note": rows.texts[0].reshape(-1, 1)})[1].astype(float).T
        return np.log(yes / no)[:, None]

    found = explained("text_masking", arrays, model_of(function, INTERFACE), SPEC)
    weights = fitted[-1].coef_[0] * vectors.idf_
    shown = table(found, "text examples")
    assert shown
    for line in shown:
        assert line["contribution"] == pytest.approx(weights[vectors.vocabulary_[line["word"]]], abs=1e-3)


def test_texts_are_masked_through_the_real_cage():
    """As ONNX, whose operators in the cage have no tokeniser: the model knows its texts whole."""
    texts = [" ".join(chosen) for size in range(4) for chosen in itertools.combinations(["bad", "late", "debt"], size)]
    rng = np.random.default_rng(2)
    drawn = rng.choice(texts, 400)
    target = np.array(["bad" in text for text in drawn]) ^ (rng.random(400) < 0.1)
    fitted = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()).fit(drawn[:, None], target)
    graph = to_onnx(fitted, initial_types=[("note", StringTensorType([None, 1]))], options={"zipmap": False})
    interface = {"inputs": [{"column": "note", "as": "text"}], "output": {"column": "p", "means": "probability"}}
    arrays = {"note": drawn[:60].tolist(), "y": target[:60].astype(int)}
    spec = {
        "task": "binary", "label": "y", "positive_label": "1", "probability": "p", "harmful_error": "either",
        "decision": {"column": "p", "op": ">=", "value": "0.5"},
    }  # fmt: skip
    with tempfile.TemporaryFile() as file:
        file.write(graph.SerializeToString())
        file.flush()
        with model_open(file, interface=interface_parse(interface)) as opened:
            model = model_of(lambda rows: opened.answers(Batch(rows.numbers, rows.texts)), interface)
            model.again = lambda frame: model.function(encode(frame, model.interface))
            found = explained("text_masking", arrays, model, spec)

    def chance(text):
        return fitted.predict_proba(np.array([[text]]))[0, 1]

    check = checks_of(found, ID)[0]
    assert check.n == sum(bool(text) for text in arrays["note"])
    assert check.k > 0
    for row, lines in contributions(found).items():
        text = arrays["note"][row - 1]
        assert sum(part for _, part in lines) == pytest.approx(chance(text) - chance(""), abs=1e-5)


def test_words_of_a_caged_model_that_splits_them_have_the_signs_of_their_weights():
    """A tf-idf pipeline of real texts, handed over as a skops file: log-odds add up over words, so signs must agree."""
    texts, kinds = paragraphs()
    fitted = make_pipeline(TfidfVectorizer(norm=None), LogisticRegression()).fit(texts, kinds)
    rows = np.random.default_rng(1).permutation(len(texts))[:80]
    arrays = {"words": [texts[row] for row in rows], "y": [kinds[row] for row in rows]}
    spec = {
        "task": "binary", "label": "y", "positive_label": "1", "probability": "p", "harmful_error": "either",
        "decision": {"column": "p", "op": ">=", "value": "0.5"},
    }  # fmt: skip
    with tempfile.TemporaryFile() as file:
        skops.io.dump(fitted, file)
        file.flush()
        with model_open(file, interface=REAL) as opened:
            model = model_of(lambda rows: opened.answers(Batch(rows.numbers, rows.texts)), REAL.to_dict())
            model.again = lambda frame: model.function(encode(frame, model.interface))
            found = explained("text_masking", arrays, model, spec)
    assert checks_of(found, ID)[0].n == 80
    words, weights = fitted[0].vocabulary_, fitted[-1].coef_[0]
    told = [
        (line["contribution"], weights[words[line["word"].lower()]])
        for line in table(found, "text examples")
        if line["word"].lower() in words and abs(line["contribution"]) > 0.02
    ]
    assert len(told) >= 20
    assert np.mean([contribution * weight > 0 for contribution, weight in told]) > 0.97
