"""Models that fail, through the real cage and the whole edition: typed, told, and the other checks go on."""

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import audits.caged
from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.frame import Frame
from audits.sandbox import cage
from audits.sandbox.cage import model_open
from audits.sandbox.limits import MODEL_LIMITS
from audits.sandbox.refusals import ModelFault
from audits.suites import suite_load
from tests.audits.caging import _STAND_IN, booted

EDITION = suite_load("PAS-2026.3")
QUICK = replace(EDITION, model=replace(EDITION.model, sampled_cells=30_000))
INPUTS = [{"column": name, "as": "number"} for name in "abc"]
INTERFACE = {"inputs": INPUTS, "output": {"column": "p", "means": "probability"}}
SPEC = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "harmful_error": "false_positive",
}
ROWS = 400
SOUND = "1 / (1 + np.exp(-batch.numbers.sum(axis=1, keepdims=True)))"


def arrays(rows=ROWS):
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(rows, 3))
    p = 1 / (1 + np.exp(-numbers.sum(axis=1)))
    return {**dict(zip("abc", numbers.T, strict=True)), "p": p, "y": (rng.random(rows) < p).astype(int)}


def audit(model):
    frame = frame_from_arrays(arrays())
    return run_suite(frame, spec_parse(SPEC), QUICK, seed=1, dataset_digest="", model=model)


def check(found, check_id):
    return next(item for item in found.checks if item.id == check_id)


@contextmanager
def opened(data: bytes, monkeypatch, *, reopens: int = audits.caged.REOPENS, **limits: int):
    """The bytes as a model in the cage, as an audit opens one."""

    @contextmanager
    def kept(_artifact):
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            yield file

    monkeypatch.setattr(audits.caged, "artifact_verified", kept)
    monkeypatch.setattr(audits.caged, "model_open", partial(model_open, limits=replace(MODEL_LIMITS, **limits)))
    file = SimpleNamespace(artifact=object(), interface=INTERFACE, digest="sha256:00", format="onnx")
    with audits.caged.caged(file, reopens=reopens) as model:
        yield model


def onnx_of(nodes, values) -> bytes:
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])
    shown = helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph(nodes, "m", [taken], [shown], values)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(made.SerializeToString())


def constant(name, array) -> TensorProto:
    return numpy_helper.from_array(np.asarray(array, np.float32), name)


def nan_file() -> bytes:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["s"]),
        helper.make_node("Sub", ["s", "s"], ["zero"]),
        helper.make_node("Div", ["zero", "zero"], ["p"]),
    ]
    return onnx_of(nodes, [constant("w", np.ones((3, 1)))])


def huge_file() -> bytes:
    """400 rows become two million numbers each: more than the memory a model may have."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["wide"]),
        helper.make_node("ReduceMax", ["wide"], ["p"], axes=[1], keepdims=1),
    ]
    return onnx_of(nodes, [constant("w", np.zeros((3, 2_000_000)))])


def slow_file() -> bytes:
    """Four hundred products of 1,000 by 1,000 a batch."""
    nodes = [helper.make_node("MatMul", ["x", "first"], ["h0"])]
    for step in range(400):
        nodes.append(helper.make_node("MatMul", [f"h{step}", "again"], [f"h{step + 1}"]))
    nodes.append(helper.make_node("MatMul", ["h400", "last"], ["p"]))
    values = [
        constant("first", np.ones((3, 1000))),
        constant("again", np.eye(1000)),
        constant("last", np.ones((1000, 1))),
    ]
    return onnx_of(nodes, values)


@pytest.mark.parametrize(
    ("file", "limits", "verdict"),
    [
        (nan_file, {}, "model_fault"),
        (huge_file, {}, "model_fault"),  # its runtime says itself that it cannot have the memory, and lives on
        (slow_file, {"cpu_seconds": 3}, "resource_limit"),
    ],
    ids=["NaN", "huge", "slow"],
)
def test_an_onnx_model_that_fails_leaves_what_was_recorded_measured(file, limits, verdict, monkeypatch):
    with opened(file(), monkeypatch, **limits) as model:
        found = audit(model)
    assert found.model["failed"]["verdict"] == verdict
    assert check(found, "model.answers").verdict == "fail"
    finding = next(item for item in found.findings if item.check == "model.answers")
    assert (finding.severity, finding.title.startswith("The model failed: ")) == ("high", True)
    assert found.dimensions["error"].state == "measured"
    assert found.dimensions["robustness"].state == "cannot_tell"


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """Model files of this module's later tests are Python that the locked child runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cage, "form_of_model", lambda head: "onnx")
        with contextmanager(booted)(tmp_path_factory, _STAND_IN):
            yield


def dying(when: str) -> bytes:
    return f"def answers(batch):\n  if {when}: os.abort()\n  return {SOUND}".encode()


def rows(count: int) -> Frame:
    return frame_from_arrays(arrays(count))


def test_a_model_whose_process_died_is_opened_anew_a_few_times(standing, monkeypatch):
    with opened(dying("batch.rows == 5"), monkeypatch, reopens=2) as model:
        for _ in range(2):
            with pytest.raises(ModelFault):
                model.answers(rows(5))
            assert len(model.answers(rows(3))) == 3
        with pytest.raises(ModelFault):
            model.answers(rows(5))
        with pytest.raises(ModelFault):
            model.answers(rows(3))


def test_without_leave_to_be_opened_anew_it_stays_dead(standing, monkeypatch):
    with opened(dying("batch.rows == 5"), monkeypatch, reopens=0) as model:
        with pytest.raises(ModelFault):
            model.answers(rows(5))
        with pytest.raises(ModelFault):
            model.answers(rows(3))


def test_a_model_that_dies_in_one_check_is_asked_again_by_the_others(standing, monkeypatch):
    """Three times every row in one batch: only the question whether it answers alike is put so."""
    with opened(dying(f"batch.rows == {3 * ROWS}"), monkeypatch) as model:
        found = audit(model)
    assert check(found, "model.answers").verdict == "pass"
    assert check(found, "model.deterministic").verdict == "cannot_tell"
    assert found.dimensions["robustness"].state == "measured"
    assert check(found, "robustness.adversarial").verdict == "measured"


def test_a_model_that_dies_at_everything_is_let_go(standing, monkeypatch):
    with opened(dying("True"), monkeypatch) as model:
        found = audit(model)
        assert model.reopens == audits.caged.REOPENS
    assert found.model["failed"]["verdict"] == "model_fault"
    assert found.dimensions["error"].state == "measured"
