"""A model in the cage: its answers come back whole, and whatever else it does ends in a verdict."""

import time

import numpy as np
import pytest

from audits.sandbox.models.shape import Batch
from audits.sandbox.refusals import ModelFault, ModelRejected, ResourceLimit
from core.errors import InputRefused
from tests.audits.caging import MIXED, TEXTS

SUM = "def answers(batch): return batch.numbers.sum(axis=1, keepdims=True)"
STUMP = """
from audits.trees import Trees
def ints(*values): return np.array(values, np.int32)
def floats(*values): return np.array(values, np.float64)
trees = Trees(
    roots=ints(0), left=ints(1, -1, -1), right=ints(2, -1, -1), feature=ints(0, -1, -1), threshold=floats(0.5, 0, 0),
    missing_left=np.array([True, False, False]), value=floats(0, -1, 1).reshape(3, 1), cover=floats(10, 4, 6),
    base=floats(0.25), features=2, compare="lt", single=True, link="logistic",
)
def answers(batch): return np.zeros((batch.rows, 1))
"""


def rows(count: int) -> Batch:
    return Batch(np.arange(2.0 * count).reshape(count, 2))


def test_every_row_is_answered_in_its_order(caged):
    batch = rows(150_000)
    with caged(SUM) as model:
        assert np.array_equal(model.answers(batch)[:, 0], batch.numbers.sum(axis=1))
        assert (model.facts.format, model.facts.runtime, model.facts.outputs) == ("onnx", "stand-in 1", 1)


def test_no_rows_are_no_answers(caged):
    with caged(SUM) as model:
        assert model.answers(rows(0)).shape == (0, 1)


def test_a_missing_number_arrives_as_nan(caged):
    with caged("def answers(batch): return np.isnan(batch.numbers).sum(axis=1, keepdims=True)") as model:
        assert model.answers(Batch(np.array([[np.nan, 1.0], [np.nan, np.nan]]))).tolist() == [[1.0], [2.0]]


def test_texts_arrive_as_they_were_sent(caged):
    jobs, towns = np.array(["baker", "", "baker"], object), np.array(["Zürich", "x", "東京"])
    code = "def answers(batch): return np.array([[len(j) * 100 + len(t)] for j, t in zip(*batch.texts)], float)"
    with caged(code, MIXED) as model:
        assert model.answers(Batch(np.zeros((3, 1)), (jobs, towns))).ravel().tolist() == [506, 1, 502]


def test_a_model_of_texts_alone_gets_no_numbers(caged):
    code = "def answers(batch): return np.array([[len(t) + batch.numbers.shape[1]] for t in batch.texts[0]], float)"
    with caged(code, TEXTS) as model:
        assert model.answers(Batch(np.empty((2, 0)), (np.array(["a", "bcd"], object),))).ravel().tolist() == [1, 3]


def test_trees_come_out_as_arrays(caged):
    with caged(STUMP) as model:
        assert model.facts.trees
        assert model.trees.value.tolist() == [[0], [-1], [1]]
        assert (model.trees.compare, model.trees.single, model.trees.link) == ("lt", True, "logistic")


@pytest.mark.parametrize(
    "change", ["left=ints(0, -1, -1)", "feature=ints(7, -1, -1)", "features=3", "base=floats(np.inf)"]
)
def test_trees_that_are_none_are_a_fault(change, caged):
    lines = STUMP.replace(
        "def answers", f"from dataclasses import replace\ntrees = replace(trees, {change})\ndef answers"
    )
    with pytest.raises(ModelFault), caged(lines):
        pass


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def answers(batch): raise ValueError('no such category')", r"ValueError: no such category"),
        ("def answers(batch): return np.zeros((batch.rows + 1, 1))", "another shape"),
        ("def answers(batch): return np.full((batch.rows, 1), np.nan)", "infinite or none"),
    ],
)
def test_a_model_that_gives_no_answer_is_a_fault_and_may_be_asked_again(code, words, caged):
    with caged(
        code.replace(
            "def answers(batch):",
            f"{SUM}\nsound = answers\ndef answers(batch):\n  if batch.rows == 2: return sound(batch)\n ",
        )
    ) as model:
        with pytest.raises(ModelFault, match=words) as caught:
            model.answers(rows(3))
        assert caught.value.verdict == "model_fault"
        assert len(model.answers(rows(2))) == 2


@pytest.mark.parametrize(
    "crime",
    [
        "os.abort()",
        "import ctypes; ctypes.string_at(0)",
        "os._exit(0)",
        "import socket; socket.socket()",
        "os.close(5)",
        "os.write(5, b'x' * 100)",
        "os.write(5, b'PLMA' + bytes(12))",
        "os.write(5, b'PLMF' + bytes(20))",
    ],
)
def test_a_model_that_dies_or_talks_nonsense_is_a_fault_for_good(crime, caged):
    with caged(f"def answers(batch):\n  {crime}\n  return np.zeros((batch.rows, 1))") as model:
        for _ in range(2):
            with pytest.raises(ModelFault, match="made its runtime fail"):
                model.answers(rows(3))


def test_a_model_that_speaks_before_it_is_asked_is_a_fault(caged):
    with caged(SUM + "\nimport threading\nthreading.Timer(0.3, os.write, (5, b'PLMA')).start()") as model:
        time.sleep(0.6)
        with pytest.raises(ModelFault):
            model.answers(rows(3))


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("def answers(batch):\n  while True: pass", {"cpu_seconds": 1}),
        ("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", {"cpu_seconds": 1}),
        ("import time\ndef answers(batch): time.sleep(60)", {"answer_seconds": 1}),
        ("import time\ntime.sleep(60)", {"answer_seconds": 1}),
        ("import time\ndef answers(batch):\n  os.write(5, b'P')\n  time.sleep(60)", {"answer_seconds": 1}),
        ("def answers(batch): return np.ones(2**29)", {}),
        ("held = np.ones(2**29)", {}),
    ],
)
def test_time_and_memory_are_bounded(code, limits, caged):
    started = time.monotonic()
    with pytest.raises(ResourceLimit) as caught, caged(code, **limits) as model:
        model.answers(rows(3))
    assert caught.value.verdict == "resource_limit"
    assert time.monotonic() - started < 8


def test_a_model_drips_its_answer_no_longer_than_its_time(caged):
    drip = "import time\ndef answers(batch):\n  while True:\n    os.write(5, b'P'); time.sleep(0.2)"
    with pytest.raises(InputRefused), caged(drip, answer_seconds=1) as model:
        model.answers(rows(3))


def test_a_child_that_reads_nothing_and_writes_without_end_holds_nobody(caged):
    flood = "while True: os.write(5, b'x' * 65536)"
    started = time.monotonic()
    with pytest.raises(ModelFault), caged(flood):
        pass
    assert time.monotonic() - started < 8


def test_a_rejected_file_is_told_in_words(caged):
    code = "from audits.sandbox.models.shape import ModelCode, Rejected\nraise Rejected(ModelCode.FORMAT)"
    with pytest.raises(ModelRejected) as caught, caged(code):
        pass
    assert (caught.value.verdict, caught.value.field) == ("rejected", "file")


def test_a_file_over_the_cap_is_not_opened(caged):
    with pytest.raises(ModelRejected, match="too large"), caged("#" * 100, artifact=50):
        pass
