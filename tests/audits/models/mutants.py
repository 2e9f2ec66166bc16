"""Damaged copies of good model files, and a runner that counts what they do: mutants.py FORMAT COUNT SEED on|off.

Each mutant is loaded and asked in a fork. "on" goes through our checks, "off" hands the bytes to the library as they
are. A death counts once and the next fork goes on behind it.
"""

import collections
import io
import json
import os
import random
import re
import resource
import signal
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import lightgbm
import numpy as np
import onnxruntime
import skops.io
import xgboost
from format_examples import NAMES, numbers, rows, seeds
from hostile_skops import packed

from audits.sandbox.models.load import model_load, warm
from audits.sandbox.models.shape import FORMATS, Batch, Rejected

ODD = [0, 1, -1, 2, 7, 127, 255, 256, 65_535, 10**6, 2**31 - 1, -(2**31), 2**32, 2**40, 2**63 - 1]
WORDS_ODD = ["nan", "inf", "-inf", "1e308", "1e-320", "", "-", "0x10", "9" * 40, "true", "null", '"1"', "[1]"]
SECONDS = 5
MEMORY = 3 * 1024**3
IN_A_FORK = 50


def mutants(form: str, count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged copies of a good file of that format; the same for the same seed."""
    draw = random.Random(f"{form} {seed}")
    good = seeds()[form]
    for _ in range(count):
        yield _mutant(form, good, draw)


def _mutant(form: str, good: bytes, draw: random.Random) -> bytes:
    if form == "skops" and draw.random() < 0.9:
        return _repacked(good, draw)
    if form in ("xgboost-json", "lightgbm-text") and draw.random() < 0.6:
        return _numbers(good, draw)
    return _bytes(good, draw)


def _bytes(data: bytes, draw: random.Random) -> bytes:
    """One to four changes of bytes, wherever."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        place, size = draw.randrange(len(changed)), draw.choice((1, 1, 2, 4, 8, 64, 512))
        kind = draw.choice(("flip", "flip", "flip", "number", "number", "delete", "double", "cut", "noise"))
        if kind == "flip":
            changed[place] ^= 1 << draw.randrange(8)
        elif kind == "number":
            width, order = draw.choice((1, 2, 4, 8)), draw.choice(("big", "little"))
            changed[place : place + width] = (draw.choice(ODD) % 256**width).to_bytes(width, order)
        elif kind == "delete":
            del changed[place : place + size]
        elif kind == "double":
            changed[place:place] = changed[place : place + size]
        elif kind == "noise":
            changed[place : place + size] = draw.randbytes(size)
        elif draw.random() < 0.3:
            del changed[place:]
        if not changed:
            return b"\0"
    return bytes(changed)


def _numbers(data: bytes, draw: random.Random) -> bytes:
    """One to three numbers in the text replaced by odd ones."""
    spans = [found.span() for found in re.finditer(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?", data)]
    for start, end in sorted(draw.sample(spans, draw.randint(1, 3)), reverse=True):
        word = draw.choice([*map(str, ODD), *WORDS_ODD])
        data = data[:start] + word.encode() + data[end:]
    return data


def _repacked(data: bytes, draw: random.Random) -> bytes:
    """A skops file with a member changed and its sums right again."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    name = "schema.json" if draw.random() < 0.5 else draw.choice(sorted(members))
    change: Callable[[bytes, random.Random], bytes] = _numbers if name.endswith("json") else _inside
    members[name] = change(members[name], draw)
    return packed(members.pop("schema.json"), *members.items())


def _inside(data: bytes, draw: random.Random) -> bytes:
    """An array with its header whole and its values changed, or changed anywhere."""
    start = 10 + int.from_bytes(data[8:10], "little")
    if len(data) <= start or draw.random() < 0.3:
        return _bytes(data, draw)
    changed = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        width = draw.choice((1, 4, 8))
        place = start + draw.randrange(max(1, (len(data) - start) // width)) * width
        changed[place : place + width] = (draw.choice(ODD) % 256**width).to_bytes(width, "little")
    return bytes(changed[: len(data)])


def guarded(form: str, data: bytes) -> np.ndarray:
    return model_load(data, numbers()).answers(Batch(rows(30, gaps=False)))


def unguarded(form: str, data: bytes) -> np.ndarray:
    matrix = rows(30, gaps=False)
    if form == "onnx":
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: matrix.astype(np.float32)})[0]
    if form == "lightgbm-text":
        return lightgbm.Booster(model_str=data.decode("utf-8", "surrogateescape")).predict(matrix)
    if form == "skops":
        loaded = skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))
        return loaded.predict_proba(matrix)
    return xgboost.Booster(model_file=bytearray(data)).inplace_predict(matrix)


def outcome(ask: Callable[[str, bytes], np.ndarray], form: str, data: bytes) -> str:
    try:
        ask(form, data)
    except Rejected:
        return "rejected"
    except MemoryError:
        return "memory"
    except Exception:
        return "raised"
    return "answered"


def counted(form: str, count: int, seed: int, guard: str) -> dict[str, int]:
    """What `count` mutants do: rejected, raised, answered, memory, died (by signal), late."""
    ask = guarded if guard == "on" else unguarded
    files, results = list(mutants(form, count, seed)), []
    while len(results) < count:
        results += _forked(ask, form, files[len(results) : len(results) + IN_A_FORK])
    return dict(collections.Counter(results))


def _forked(ask: Any, form: str, files: list[bytes]) -> list[str]:
    """Outcomes of these files, up to and with the first that ends the fork."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        _child(ask, form, files, write)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        found = told.read().decode().split()
    _, status = os.waitpid(child, 0)
    if len(found) < len(files):
        late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU)
        found.append("late" if late else "died")
    return found


def _child(ask: Any, form: str, files: list[bytes], write: int) -> None:
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        warnings.simplefilter("ignore")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for data in files:
            signal.alarm(SECONDS)
            os.write(write, (outcome(ask, form, data) + "\n").encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    form, count, seed, guard = sys.argv[1:]
    assert form in FORMATS
    assert len(NAMES) == 4
    warm(form)
    print(json.dumps(counted(form, int(count), int(seed), guard)))
