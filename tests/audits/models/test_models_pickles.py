"""Whatever the wrapping, no pickle is loaded: each would leave a mark on the disk if it were."""

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import os
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
from format_examples import boosted_bytes, light_bytes, linear, load, onnx_bytes, refusal, sklearn_bytes
from hostile_skops import estimator, npy, packed, state

from audits.sandbox.models.load import form_of_model, why_refused
from audits.sandbox.models.shape import ModelCode
from audits.sandbox.models.words import WORDS

C = ModelCode


class Marker:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.system, (f"touch {self.path}",))


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in members:
            target.writestr(name, data)
    return buffer.getvalue()


def tarred(data: bytes, mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as target:
        member = tarfile.TarInfo("model.pkl")
        member.size = len(data)
        target.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def dumped(marker: Marker, **how) -> bytes:
    buffer = io.BytesIO()
    joblib.dump({"model": marker, "weights": np.arange(50.0)}, buffer, **how)
    return buffer.getvalue()


def objects(marker: Marker) -> bytes:
    return npy(np.array([marker], dtype=object), allow_pickle=True)


def arrays(marker: Marker) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, model=np.array([marker], dtype=object))
    return buffer.getvalue()


def stored(data: bytes) -> bytes:
    """A skops file with `data` for its one array."""
    return packed(estimator(coef_=state("NdArrayNode", "numpy.ndarray", type="numpy", file="7.npy")), ("7.npy", data))


def within(data: bytes, fitted: bytes) -> bytes:
    """A good skops file with one more member."""
    buffer = io.BytesIO(fitted)
    with zipfile.ZipFile(buffer, "a") as target:
        target.writestr("model.pkl", data)
    return buffer.getvalue()


P = pickle.dumps
FILES: dict[str, Callable[[Marker], bytes]] = {
    **{f"protocol {number}": lambda marker, number=number: P(marker, number) for number in range(6)},
    **{f"a list, protocol {number}": lambda marker, number=number: P([1, marker], number) for number in (0, 2, 4)},
    "joblib": dumped,
    **{
        f"joblib in {how}": lambda marker, how=how: dumped(marker, compress=(how, 3))
        for how in ("zlib", "gzip", "bz2", "lzma", "xz")
    },
    "gzip": lambda marker: gzip.compress(P(marker)),
    "gzip twice": lambda marker: gzip.compress(gzip.compress(P(marker))),
    "bzip2": lambda marker: bz2.compress(P(marker)),
    "xz": lambda marker: lzma.compress(P(marker)),
    "lzma": lambda marker: lzma.compress(P(marker), lzma.FORMAT_ALONE),
    **{f"zlib level {level}": lambda marker, level=level: zlib.compress(P(marker), level) for level in (0, 1, 6, 9)},
    "a zip": lambda marker: zipped(("model.pkl", P(marker))),
    "a zip in a zip": lambda marker: zipped(("a.zip", zipped(("model.pkl", P(marker))))),
    "a torch file": lambda marker: zipped(("archive/data.pkl", P(marker)), ("archive/version", b"3\n")),
    "an old torch file": lambda marker: P(0x1950A86A20F9469CFC6C, 2) + P(1001, 2) + P(marker, 2),
    "a keras file": lambda marker: zipped(("metadata.json", b"{}"), ("config.json", b"{}"), ("x.pkl", P(marker))),
    "an HDF5 file": lambda marker: b"\x89HDF\r\n\x1a\n" + P(marker),
    "a tar": lambda marker: tarred(P(marker)),
    "a tar.gz": lambda marker: tarred(P(marker), "w:gz"),
    "an array of objects": objects,
    "arrays of objects": arrays,
    "a skops file with a bare pickle": lambda marker: stored(P(marker)),
    "a skops file with an array of objects": lambda marker: stored(objects(marker)),
    "a skops file with arrays of objects": lambda marker: stored(arrays(marker)),
    "a skops file with a pickle beside": lambda marker: within(P(marker), sklearn_bytes(linear())),
    "a schema that is a pickle": lambda marker: packed(P(marker)),
    "a tail behind a skops file": lambda marker: sklearn_bytes(linear()) + P(marker),
    "a pickle before a skops file": lambda marker: P(marker) + sklearn_bytes(linear()),
    "junk before it": lambda marker: b"\0" * 64 + P(marker),
    "spaces before it": lambda marker: b" \n\t" + P(marker, 0),
    "a byte order mark before it": lambda marker: b"\xef\xbb\xbf" + P(marker, 0),
    "a picture before it": lambda marker: b"\x89PNG\r\n\x1a\n" + P(marker),
    "text before it": lambda marker: b"# a model\n" + P(marker, 0),
    "a name of LightGBM before it": lambda marker: b"tree\n" + P(marker, 0),
    "a tail behind XGBoost's JSON": lambda marker: boosted_bytes(rounds=2) + P(marker),
    "a tail behind XGBoost's UBJSON": lambda marker: boosted_bytes("ubj", rounds=2) + P(marker),
    "a head of UBJSON": lambda marker: b"{L" + bytes(7) + b"\x07learner" + P(marker),
    "a head of ONNX": lambda marker: b"\x08\x0a\x3a" + P(marker),
    "a tail behind ONNX": lambda marker: onnx_bytes(linear()) + P(marker),
    "a text in JSON": lambda marker: json.dumps({"learner": base64.b64encode(P(marker)).decode()}).encode(),
    "base64": lambda marker: base64.b64encode(P(marker)),
    "marshal": lambda marker: marshal.dumps(compile(f"open({str(marker.path)!r}, 'w')", "x", "exec")),
    "a module": lambda marker: f"import os\nos.system('touch {marker.path}')\n".encode(),
}


@pytest.fixture
def marker(tmp_path):
    made = Marker(tmp_path / "was-loaded")
    yield made
    assert not made.path.exists()


def test_the_marker_marks(tmp_path):
    made = Marker(tmp_path / "was-loaded")
    pickle.loads(P(made))
    assert made.path.exists()


@pytest.mark.parametrize("name", FILES)
def test_a_pickle_is_refused_and_leaves_no_mark(name, marker):
    data = FILES[name](marker)
    found = refusal(data)
    _, message, limit, remedy = WORDS[found.code]
    assert message
    assert limit
    assert remedy


def test_what_follows_the_trees_of_a_text_is_read_by_nobody(marker):
    assert load(light_bytes(rounds=2) + P(marker, 0)).outputs == 2


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("protocol 0", C.PICKLE),
        ("protocol 5", C.PICKLE),
        ("joblib", C.PICKLE),
        ("joblib in zlib", C.COMPRESSED),
        ("joblib in gzip", C.COMPRESSED),
        ("joblib in bz2", C.COMPRESSED),
        ("joblib in lzma", C.COMPRESSED),
        ("joblib in xz", C.COMPRESSED),
        ("a zip", C.ARCHIVE),
        ("a torch file", C.TORCH),
        ("a keras file", C.KERAS),
        ("an HDF5 file", C.KERAS),
        ("a tar", C.ARCHIVE),
        ("an array of objects", C.FORMAT),
        ("junk before it", C.FORMAT),
    ],
)
def test_the_upload_says_what_it_is_from_its_first_bytes(name, code, marker):
    head = FILES[name](marker)[: 64 * 1024]
    assert form_of_model(head) == "refused"
    assert why_refused(head) is code
    assert "predictions" in WORDS[code][3]
