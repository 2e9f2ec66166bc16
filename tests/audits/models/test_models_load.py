"""Formats by content, words for every code, and nothing left to be imported once a format is warm."""

import subprocess
import sys
from pathlib import Path

import pytest
from format_examples import numbers, refusal, seeds

from audits.sandbox.models import load as loading
from audits.sandbox.models.load import form_of_model, model_load, warm, why_refused
from audits.sandbox.models.shape import FORMATS, ModelCode, Rejected, RuntimeMissing
from audits.sandbox.models.words import WORDS, error_of_model
from core.errors import InputRefused, TooLarge, Unsupported

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_known_by_its_first_bytes(name):
    data = seeds()[name]
    assert form_of_model(data[: 64 * 1024]) == name
    assert model_load(data, numbers()).format == name


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"tree", b"{", b"[]", b"{}", b"PK", b"PK\x03\x04", b"\x08", b"\x08\x0a", b"\n" * 99, b"a,b\n1,2\n"],
)
def test_what_is_no_model_is_refused(data):
    assert form_of_model(data) == "refused"
    assert refusal(data).code is why_refused(data)


def test_every_code_has_words_that_say_what_to_do():
    assert set(WORDS) == set(ModelCode)
    for code in ModelCode:
        error = error_of_model(Rejected(code, detail="DETAIL", number=7))
        assert isinstance(error, InputRefused)
        assert "{" not in error.message + error.limit + error.remedy
        assert len(error.remedy) > 15
    assert isinstance(error_of_model(Rejected(ModelCode.PICKLE)), Unsupported)
    assert isinstance(error_of_model(Rejected(ModelCode.GIANT)), TooLarge)


def test_a_detail_is_short_and_printable():
    assert Rejected(ModelCode.TREE, detail="a\n\x1b[31m" + "b" * 500).detail == "a[31m" + "b" * 193


def test_a_missing_library_is_a_reason_and_no_crash(monkeypatch):
    def fail(name):
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(loading, "import_module", fail)
    with pytest.raises(RuntimeMissing, match="lightgbm cannot be imported: libgomp"):
        warm("lightgbm-text")


def test_detection_imports_no_runtime():
    code = (
        "import sys; from audits.sandbox.models.load import form_of_model; form_of_model(b'x');"
        "print({'onnx', 'onnxruntime', 'xgboost', 'lightgbm', 'sklearn', 'skops', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
