"""A real vision model of somebody else's making: PP-OCR's text-direction classifier, on lines of text rendered here.

The pictures are synthetic: words set in the faces that this project ships, upright or turned by half a turn, on paper
of uneven brightness, tilted a little, with noise of a camera. What counts as true is how they were drawn. Pixels are
raw: 48 x 192 of three bytes, in the order that the model's own package feeds it.
"""

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parent / "data" / "ppocr_direction"
FONTS = Path(__file__).resolve().parent.parent / "core" / "pdf" / "fonts"
FACES = ("DejaVuSans.ttf", "IBMPlexMono-Regular.ttf", "IBMPlexSans-Regular.ttf", "IBMPlexSans-SemiBold.ttf")
HEIGHT, WIDTH, CHANNELS = 48, 192, 3
LINES, SEED = 400, 20261001
CLASSES = ("0", "180")
_VOCABULARY = """
account address amount approved audit balance benefit branch building calendar carrier certificate change city claim
clause coverage credit customer damage date decision deductible delivery department document engine estate evidence
excess expiry factor figure freight harbour household income injury insured interest invoice island journal ladder
ledger letter liability limit loading machine marine market measure mortgage notice number office order owner payment
peril period policy premium property quarter quotation rating receipt region renewal report reserve salvage schedule
section security settlement shipment signature statement street surplus survey tariff tonnage transfer vessel voyage
warehouse weather window witness
"""
WORDS = _VOCABULARY.split()


def artifact() -> bytes:
    """The model as its package ships it."""
    return (FOLDER / "model.onnx").read_bytes()


def interface() -> dict[str, object]:
    """One picture in; the larger of two shares out. Scaling as the package does it: to -1 .. 1."""
    half = [0.5] * CHANNELS
    sizes = {"height": HEIGHT, "width": WIDTH, "channels": CHANNELS, "layout": "NCHW"}
    return {
        "inputs": [{"column": "line", "as": "image", **sizes, "scale": 1 / 255, "mean": half, "std": half}],
        "output": {"column": "said", "means": "class", "classes": list(CLASSES), "confidence": "share"},
    }


@cache
def pictures(lines: int = LINES, seed: int = SEED) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Uint8[lines, 48 * 192 * 3] and which of them are upside down."""
    rng = np.random.default_rng(seed)
    turned = rng.permutation(np.arange(lines) % 2 == 0)
    return np.stack([_line(rng, bool(down)).reshape(-1) for down in turned]), turned


def table(lines: int = LINES, seed: int = SEED) -> bytes:
    """Parquet: number, face-up or not, what the model says when it is run here, how surely, and the pixels."""
    pixels, turned = pictures(lines, seed)
    shares = answers(pixels)
    size = pixels.shape[1]
    cells = pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), len(pixels), [None, pa.py_buffer(pixels.tobytes())])
    columns = {
        "number": pa.array(np.arange(lines)),
        "turned": pa.array([CLASSES[int(down)] for down in turned]),
        "said": pa.array([CLASSES[int(best)] for best in shares.argmax(axis=1)]),
        "share": pa.array(shares.max(axis=1).astype(np.float64)),
        "line": cells,
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def answers(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The shares when the model runs outside any cage: what the caged answers must equal within rounding."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(artifact(), options, providers=["CPUExecutionProvider"])
    scaled = (pixels.reshape(-1, HEIGHT, WIDTH, CHANNELS).astype(np.float32) / 255 - 0.5) / 0.5
    rows = np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
    return np.concatenate([session.run(None, {"x": rows[at : at + 16]})[0] for at in range(0, len(rows), 16)])


def digest() -> str:
    """SHA-256 of the model file; its README states the same."""
    return hashlib.sha256(artifact()).hexdigest()


def _line(rng: np.random.Generator, turned: bool) -> npt.NDArray[np.uint8]:
    """Uint8[48, 192, 3]: a word or two, as large as fits, with the faults of a photograph."""
    words = " ".join(rng.choice(WORDS, size=int(rng.integers(1, 3))))
    words = rng.choice([words, words.upper(), words.title()])
    face = str(FONTS / FACES[int(rng.integers(len(FACES)))])
    paper, ink = rng.integers(190, 256), rng.integers(0, 80)
    picture = Image.new("L", (WIDTH, HEIGHT), int(paper))
    font = _fitting(str(words), face, int(rng.integers(22, 34)))
    pen: Any = ImageDraw.Draw(picture)
    left, top, right, bottom = pen.textbbox((0, 0), str(words), font=font)
    across = int(rng.integers(2, max(3, WIDTH - int(right - left) - 2)))
    pen.text((across - left, (HEIGHT - (bottom - top)) / 2 - top), str(words), fill=int(ink), font=font)
    picture = picture.rotate(
        float(rng.normal(0, 1.5)) + 180.0 * turned, Image.Resampling.BILINEAR, fillcolor=int(paper)
    )
    shade = np.linspace(0, rng.normal(0, 20), WIDTH)[None, :, None]
    tint = rng.normal(0, 4, CHANNELS)
    noise = rng.normal(0, rng.uniform(2, 14), (HEIGHT, WIDTH, CHANNELS))
    shown = np.asarray(picture, np.float64)[:, :, None] + shade + tint + noise
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def _fitting(words: str, face: str, size: int) -> ImageFont.FreeTypeFont:
    """The face at `size`, or smaller until the words fit."""
    font = ImageFont.truetype(face, size)
    while font.getlength(words) > WIDTH - 8:
        size -= 1
        font = ImageFont.truetype(face, size)
    return font
