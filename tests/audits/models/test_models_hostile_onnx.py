"""No ONNX file that means harm is loaded; each is refused with the reason."""

import pytest
from format_examples import asked, load, refused, rows
from hostile_onnx import ensemble, graph_of, hostile, model_of, node

FILES = hostile()


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_with_its_reason(name):
    data, code = FILES[name]
    assert refused(data, code)


def test_what_they_are_made_of_is_harmless():
    assert asked(load(ensemble().SerializeToString()), rows(3, gaps=False)).shape == (3, 1)
    assert asked(load(model_of(graph_of([node("Relu")])).SerializeToString()), rows(3, gaps=False)).shape == (3, 4)


def test_what_a_model_does_not_need_never_reaches_the_runtime():
    noisy = ensemble()
    noisy.doc_string = noisy.graph.doc_string = "x" * 1_000
    noisy.metadata_props.add(key="ort_config", value='{"session_options": {"enable_profiling": 1}}')
    noisy.training_info.add()
    data = noisy.SerializeToString() + b"\xfa\x7f\x03abc"  # an unknown field
    assert asked(load(data), rows(2, gaps=False)).shape == (2, 1)
