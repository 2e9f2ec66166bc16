"""The parent's reader of a caged model's bytes: facts, answers or a typed error, whatever arrives."""

import io
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.sandbox.limits import MODEL_LIMITS
from audits.sandbox.model_protocol import (
    MAGIC,
    MOST_VALUES,
    Facts,
    Fault,
    FaultCode,
    ModelReader,
    ModelRefusal,
    answer_bytes,
    ask_parts,
    ask_read,
    facts_bytes,
    fault_bytes,
    rows_at_once,
)
from audits.sandbox.models.shape import Batch
from audits.sandbox.protocol import ProtocolError, refused_bytes
from audits.trees import Trees

TYPED = (ProtocolError, ModelRefusal, Fault)
ANSWERS = np.array([[0.25, 0.75], [1.0, 0.0]])


def _trees(outputs: int = 1) -> Trees:
    return Trees(
        roots=np.array([0], "<i4"),
        left=np.array([1, -1, -1], "<i4"),
        right=np.array([2, -1, -1], "<i4"),
        feature=np.array([1, -1, -1], "<i4"),
        threshold=np.array([0.5, 0, 0]),
        missing_left=np.array([True, False, False]),
        value=np.arange(3.0 * outputs).reshape(3, outputs),
        cover=np.array([10.0, 4, 6]),
        base=np.zeros(outputs),
        features=2,
        compare="le",
        single=False,
        link="softmax",
    )


def _stream() -> bytes:
    facts = Facts("runtime 1.0", 2, _trees(2))
    return MAGIC + facts_bytes(facts) + answer_bytes(1, ANSWERS) + fault_bytes(2, Fault(FaultCode.RAISED, "why"))


class Counting(io.BytesIO):
    """Remembers the largest single read that was asked for."""

    largest = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        return super().read(size)


def _outcome(data: bytes) -> str:
    """Facts, answer 1 and answer 2 are read; which error ends it. Any error but the typed ones fails the test."""
    stream = Counting(data)
    try:
        reader = ModelReader(stream, MODEL_LIMITS, 2)
        for number in (1, 2):
            answers = reader.answer(number, 2)
            assert answers.shape == (2, reader.facts.outputs)
            assert np.isfinite(answers).all()
    except TYPED as error:
        return type(error).__name__
    finally:
        assert stream.largest <= 2**20
    return "answers"


def test_what_was_written_is_read():
    reader = ModelReader(io.BytesIO(_stream()), MODEL_LIMITS, 2)
    assert (reader.facts.runtime, reader.facts.outputs) == ("runtime 1.0", 2)
    for name, written in vars(_trees(2)).items():
        assert np.array_equal(getattr(reader.facts.trees, name), written)
    assert np.array_equal(reader.answer(1, 2), ANSWERS)
    with pytest.raises(Fault) as caught:
        reader.answer(2, 2)
    assert (caught.value.code, caught.value.detail) == (FaultCode.RAISED, "why")


def test_what_was_asked_is_read():
    texts = (np.array(["b", "a", "b"], object), np.array(["", "ä", ""], object))
    batch = Batch(np.array([[1.0], [np.nan], [3.0]]), texts)
    number, read = ask_read(io.BytesIO(b"".join(ask_parts(7, batch))), 1, 2)
    assert number == 7
    assert np.array_equal(read.numbers, batch.numbers, equal_nan=True)
    assert [column.tolist() for column in read.texts] == [["b", "a", "b"], ["", "ä", ""]]
    assert ask_read(io.BytesIO(), 1, 2) is None


@pytest.mark.parametrize("numbers", [np.array([[np.nan, 1], [0, 0]]), np.array([[0, np.inf], [0, 0]])])
def test_a_number_that_is_not_finite_is_a_fault(numbers):
    data = MAGIC + facts_bytes(Facts("r", 2, None)) + answer_bytes(1, numbers)
    assert _outcome(data) == "Fault"


@pytest.mark.parametrize(
    "answer",
    [answer_bytes(2, ANSWERS), answer_bytes(1, ANSWERS[:1]), answer_bytes(1, ANSWERS[:, :1]), b"PLMX" + bytes(50), b""],
)
def test_another_id_rows_outputs_or_magic_is_a_protocol_error(answer):
    assert _outcome(MAGIC + facts_bytes(Facts("r", 2, None)) + answer) == "ProtocolError"


@pytest.mark.parametrize("outputs", [0, 1001, 2**32 - 1])
def test_impossible_facts_are_a_protocol_error(outputs):
    assert _outcome(MAGIC + b"F\x01\x00r" + struct.pack("<IB", outputs, 0)) == "ProtocolError"


@pytest.mark.parametrize(
    "sizes", [(0, 3, 1, 2), (20_001, 3, 1, 2), (1, 2_000_001, 1, 2), (1, 2_000_000, 1000, 2), (1, 3, 1, 3)]
)
def test_trees_over_the_limits_are_refused_before_they_are_read(sizes):
    data = MAGIC + b"F\x01\x00r" + struct.pack("<IB", 1, 1) + struct.pack("<IIIIBBB", *sizes, 0, 0, 0)
    stream = Counting(data + bytes(100))
    with pytest.raises(ProtocolError, match="over the limits"):
        ModelReader(stream, MODEL_LIMITS, 2)


def test_trees_too_large_to_send_stay_in_the_cage():
    trees = _trees()
    wide = np.broadcast_to(trees.value, (3, MOST_VALUES // 2))
    object.__setattr__(trees, "value", wide)
    assert facts_bytes(Facts("r", 1, trees))[-1] == 0


def test_a_refusal_is_read_with_its_detail_and_number():
    with pytest.raises(ModelRefusal) as caught:
        ModelReader(io.BytesIO(MAGIC + refused_bytes(120, 7, "Loop\x1b")), MODEL_LIMITS, 2)
    assert (caught.value.code, caught.value.number, caught.value.detail) == (120, 7, "Loop")


@settings(max_examples=500)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", MAGIC, MAGIC + b"F", MAGIC + b"E", MAGIC + facts_bytes(Facts("r", 2, None))]),
)
def test_random_bytes_end_in_a_typed_outcome(data, head):
    assert _outcome(head + data) in {"ProtocolError", "ModelRefusal", "Fault", "answers"}


def test_twenty_thousand_damaged_streams_end_in_a_typed_outcome():
    chance, whole = random.Random(5), _stream()
    outcomes = [_outcome(_damaged(chance, whole)) for _ in range(20_000)]
    assert set(outcomes) <= {"ProtocolError", "ModelRefusal", "Fault", "answers"}
    assert outcomes.count("ProtocolError") > 5_000


def _damaged(chance: random.Random, whole: bytes) -> bytes:
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 255, chance.randrange(256)))
    return bytes(data[: chance.choice((len(data), chance.randrange(len(data))))])


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (30, 2), (20_000, 1), (0, 1000), (5_000_000, 1)])
def test_a_batch_is_bounded(inputs, outputs):
    rows = rows_at_once(inputs, outputs)
    assert rows == 1 or rows * max(inputs, outputs) <= 2_000_000
    assert 1 <= rows <= 65_536
