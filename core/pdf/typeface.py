"""The embedded faces: registration, coverage, widths, and runs that fall back where a face lacks a letter."""

from functools import lru_cache
from pathlib import Path
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
FILES = {
    "regular": "IBMPlexSans-Regular.ttf",
    "bold": "IBMPlexSans-SemiBold.ttf",
    "italic": "IBMPlexSans-Italic.ttf",
    "mono": "IBMPlexMono-Regular.ttf",
    "fallback": "DejaVuSans.ttf",
}
_loading = Lock()
_loaded: dict[str, TTFont] = {}


def font(face: str) -> TTFont:
    """The registered font of a face: regular, bold, italic, mono or fallback."""
    if face not in _loaded:
        with _loading:
            if face not in _loaded:
                _loaded[face] = _register(face)
    return _loaded[face]


def _register(face: str) -> TTFont:
    loaded = TTFont(f"Plimsoll-{face}", str(FOLDER / FILES[face]))
    pdfmetrics.registerFont(loaded)
    return loaded


def covers(face: str, letter: str) -> bool:
    """Whether the face has a glyph for this one letter."""
    return ord(letter) in font(face).face.charToGlyph


def runs(text: str, face: str) -> list[tuple[str, str]]:
    """`text` cut into (face, piece): the face asked for, and the fallback face where it lacks a glyph."""
    if not text or text.isascii():
        return [(face, text)] if text else []
    return list(_mixed(text, face)) if len(text) <= 40 else _cut(text, face)


@lru_cache(maxsize=20_000)
def _mixed(text: str, face: str) -> tuple[tuple[str, str], ...]:
    return tuple(_cut(text, face))


def _cut(text: str, face: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for letter in text:
        used = face if covers(face, letter) else "fallback"
        if pieces and pieces[-1][0] == used:
            pieces[-1] = (used, pieces[-1][1] + letter)
        else:
            pieces.append((used, letter))
    return pieces


@lru_cache(maxsize=20_000)
def _units(text: str, face: str) -> float:
    return float(sum(font(used).stringWidth(piece, 1000) for used, piece in runs(text, face)))


def width(text: str, face: str, size: float) -> float:
    """Width of one line of text in points."""
    if len(text) <= 40:
        return _units(text, face) * size / 1000
    return float(sum(font(used).stringWidth(piece, size) for used, piece in runs(text, face)))


def fit(text: str, face: str, size: float, room: float) -> str:
    """`text`, cut with an ellipsis if it is wider than `room` points."""
    if width(text, face, size) <= room:
        return text
    kept = text[: max(1, int(room / size * 4))]
    while kept and width(kept + "…", face, size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"
