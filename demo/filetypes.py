"""A real ONNX model of somebody else's making: Magika's file-type classifier, on real files of this machine.

The files are those of this project and of the installed packages, a few of each kind, in the order of their paths'
digests. What counts as true is the file's ending. The features are the model's own: up to 1,024 bytes from each end of
the file without surrounding white space, 256 where there are none.
"""

import csv
import hashlib
import io
import json
import sysconfig
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parent / "data" / "magika"
ROOT = Path(__file__).resolve().parent.parent
END, BLOCK, NONE, STRETCH = 1024, 4096, 256, 128
COLUMNS = tuple(f"byte_{place:04}" for place in range(2 * END))
OF_A_KIND = 8
KINDS = {
    ".py": "python",
    ".pyc": "pythonbytecode",
    ".c": "c",
    ".css": "css",
    ".csv": "csv",
    ".gz": "gzip",
    ".html": "html",
    ".jpg": "jpeg",
    ".js": "javascript",
    ".json": "json",
    ".md": "markdown",
    ".png": "png",
    ".rst": "rst",
    ".so": "elf",
    ".svg": "svg",
    ".toml": "toml",
    ".ttf": "ttf",
    ".woff2": "woff2",
    ".xml": "xml",
}


def labels() -> list[str]:
    """The model's 214 kinds of file, in the order of its answers."""
    found: list[str] = json.loads((FOLDER / "labels.json").read_text())
    return found


def _stretch(at: int) -> str:
    """The stretch of the file that the byte at this place of the features belongs to."""
    end, place = divmod(at, END)
    first = place // STRETCH * STRETCH
    if end == 0:
        return f"bytes {first + 1} to {first + STRETCH} of the head"
    return f"bytes {END - first} to {END - first - STRETCH + 1} before the end"


def artifact() -> bytes:
    """The model as its package ships it."""
    return (FOLDER / "model.onnx").read_bytes()


def interface() -> dict[str, object]:
    """2,048 bytes in, explained by stretches of 128; the largest of 214 shares out."""
    return {
        "inputs": [
            {"column": name, "as": "number", "nominal": True, "part": _stretch(at)} for at, name in enumerate(COLUMNS)
        ],
        "output": {"column": "said", "means": "class", "classes": labels(), "confidence": "share"},
    }


@cache
def file_types() -> bytes:
    """CSV: the bytes as numbers, what the ending says, what the model says when it is run here, and how surely."""
    chosen = _files()
    rows = np.array([features(path.read_bytes()) for path, _ in chosen], np.int32)
    shares, names = _answers(rows), labels()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "kind", "said", "share", *COLUMNS])
    for (path, kind), share, row in zip(chosen, shares, rows.tolist(), strict=True):
        best = int(share.argmax())
        writer.writerow([path.name[-60:], kind, names[best], f"{share[best]:.6f}", *row])
    return out.getvalue().encode()


def features(data: bytes) -> list[int]:
    """The first and the last 1,024 bytes as the model wants them: padded behind the head, before the tail."""
    head = list(data[:BLOCK].lstrip()[:END])
    tail = list(data[-BLOCK:].rstrip()[-END:])
    return head + [NONE] * (END - len(head)) + [NONE] * (END - len(tail)) + tail


def _answers(rows: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """The shares when the model runs outside any cage, as in its own package: what the caged answers must equal."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(artifact(), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"bytes": rows[i : i + 64]})[0] for i in range(0, len(rows), 64)])


def _files() -> list[tuple[Path, str]]:
    """At most OF_A_KIND files a kind, by the digest of the path within its folder."""
    found: dict[str, list[tuple[str, Path]]] = {kind: [] for kind in KINDS.values()}
    for root in (ROOT, Path(sysconfig.get_paths()["purelib"])):
        for path in root.rglob("*"):
            inside = path.relative_to(root)
            if path.suffix in KINDS and not inside.parts[0].startswith((".", "var")) and path.is_file():
                found[KINDS[path.suffix]].append((hashlib.sha256(str(inside).encode()).hexdigest(), path))
    chosen = [(path, kind) for kind, paths in found.items() for _, path in sorted(paths)[:OF_A_KIND]]
    return [(path, kind) for path, kind in chosen if path.stat().st_size >= 8]
