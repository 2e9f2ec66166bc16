"""Text for paper: made safe to show, cut to a limit, and broken into lines of styled runs.

There is no markup: a span carries its style beside its text, so `<img src=...>` in a name is only letters and signs.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.canonical import plain
from core.errors import InputRefused
from core.pdf import typeface

LONG = 2_000  # letters of a customer's paragraph that are shown
SHORT = 300  # letters of a customer's name or table cell that are shown
SLACK = 0.01  # points; a sum of widths is not the width of the sum to the last bit
BLANKS = re.compile(r"([ \t\n]+)")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style; `link` is the key of a place in the document."""

    text: str
    face: str = "regular"
    colour: str = "ink"
    link: str | None = None


Piece = str | Span


@dataclass(slots=True)
class TextLine:
    """One broken line: styled runs with their x offsets in points."""

    runs: list[tuple[float, Span]] = field(default_factory=list)
    width: float = 0.0

    def add(self, piece: Span, wide: float) -> None:
        """Append a run and move the pen."""
        last = self.runs[-1][1] if self.runs else None
        if last and (last.face, last.colour, last.link) == (piece.face, piece.colour, piece.link):
            self.runs[-1] = (
                self.runs[-1][0],
                Span(last.text + piece.text, last.face, last.colour, last.link),
            )
        else:
            self.runs.append((self.width, piece))
        self.width += wide


def shown(value: object, limit: int = LONG) -> str:
    """Any value as text safe to show: one line, nothing invisible or unprintable, at most `limit` letters.

    Letters that steer direction or cannot be printed appear as their code point, so that nothing hides.
    """
    text = "" if value is None else str(value)
    words = " ".join(text[: limit * 4].split())
    kept = words[:limit]
    cut = len(text) > limit * 4 or len(words) > limit
    kept = kept if kept.isascii() and kept.isprintable() else "".join(map(_letter, kept))
    return f"{kept}… [cut here; {len(text):,} letters in all]" if cut else kept


def _letter(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return f"‹U+{ord(letter):04X}›"
    if typeface.covers("regular", letter) or typeface.covers("fallback", letter):
        return letter
    return f"‹U+{ord(letter):04X}›"


def printable(data: Mapping[str, Any]) -> dict[str, Any]:
    """A paper's input as plain JSON whose text can be encoded; InputRefused when it holds what JSON cannot."""
    try:
        found: dict[str, Any] = plain(scrubbed(data))
    except (TypeError, ValueError) as problem:
        raise InputRefused(
            f"the paper's input is not plain data: {problem}", field="input", limit="JSON", remedy="send plain JSON"
        ) from None
    return found


def scrubbed(value: Any) -> Any:
    """A copy of a JSON value whose strings can be encoded: lone surrogates become the replacement sign."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {scrubbed(str(key)): scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrubbed(item) for item in value]
    return value


def spans(pieces: Iterable[Piece], colour: str = "ink", face: str = "regular") -> list[Span]:
    """Strings become spans of the given style; spans pass."""
    return [piece if isinstance(piece, Span) else Span(piece, face, colour) for piece in pieces]


def break_lines(pieces: Sequence[Span], size: float, room: float, most: int = 400) -> list[TextLine]:
    """Greedy lines no wider than `room` points, at most `most`; a word too long is cut where the line ends."""
    short = _in_one_line(pieces, size, room)
    if short:
        return [short]
    lines = [TextLine()]
    # No face has letters narrower than a fifth of its size on average: more letters than this cannot fit anyway.
    for word in words_of(_first(pieces, int((most + 1) * (room / size * 5 + 1)))):
        if len(lines) > most:
            break
        _place(word, lines, size, room)
    if len(lines) > most:
        lines = lines[:most]
        lines[-1].add(Span("…"), typeface.width("…", "regular", size))
    return lines


def _in_one_line(pieces: Sequence[Span], size: float, room: float) -> TextLine | None:
    """Most cells of a table are a few letters that fit: they need no breaking."""
    if len(pieces) != 1 or not 0 < len(pieces[0].text) <= 40 or " ".join(pieces[0].text.split()) != pieces[0].text:
        return None
    wide = typeface.width(pieces[0].text, pieces[0].face, size)
    return TextLine([(0.0, pieces[0])], wide) if wide <= room else None


def _first(pieces: Sequence[Span], letters: int) -> list[Span]:
    """The spans cut after this many letters in all."""
    kept = []
    for piece in pieces:
        kept.append(piece if len(piece.text) <= letters else replace(piece, text=piece.text[: max(0, letters)]))
        letters -= len(piece.text)
    return kept


def words_of(pieces: Sequence[Span]) -> Iterable[list[Span]]:
    """Words as lists of fragments, so that a full stop after a link stays with it. A blank is its own word."""
    word: list[Span] = []
    for piece in pieces:
        for part in BLANKS.split(piece.text):
            if part and part[0] in " \t\n":
                if word:
                    yield word
                yield [Span("\n" if "\n" in part else " ", piece.face, piece.colour, piece.link)]
                word = []
            elif part:
                word.append(Span(part, piece.face, piece.colour, piece.link))
    if word:
        yield word


def _place(word: list[Span], lines: list[TextLine], size: float, room: float) -> None:
    line = lines[-1]
    if word[0].text == "\n":
        lines.append(TextLine())
        return
    widths = [typeface.width(part.text, part.face, size) for part in word]
    if word[0].text == " ":
        if line.runs:
            line.add(word[0], widths[0])
        return
    if line.width + sum(widths) > room + SLACK and line.runs:
        line = TextLine()
        lines.append(line)
    if line.width + sum(widths) <= room + SLACK:
        for part, wide in zip(word, widths, strict=True):
            line.add(part, wide)
        return
    for part in word:
        _place_part(part, lines, size, room)


def _place_part(part: Span, lines: list[TextLine], size: float, room: float) -> None:
    rest = part.text
    while rest:
        line = lines[-1]
        left = room - line.width
        taken = _head(rest, part.face, size, left)
        if not taken and line.runs:
            lines.append(TextLine())
            continue
        taken = taken or rest[0]
        line.add(Span(taken, part.face, part.colour, part.link), typeface.width(taken, part.face, size))
        rest = rest[len(taken) :]


def _fits(text: str, face: str, size: float, room: float) -> bool:
    return typeface.width(text, face, size) <= room + SLACK


def _head(text: str, face: str, size: float, room: float) -> str:
    """The longest beginning of `text` that fits into `room`, by halving."""
    low, high = 0, min(len(text), int(max(0.0, room) / size * 8) + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(text[:middle], face, size, room):
            low = middle
        else:
            high = middle - 1
    return text[:low]
