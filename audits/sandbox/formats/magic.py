"""What a file is, by its first bytes; never by its name. Executes and unpacks nothing beyond a few bytes."""

import pickletools
import re
import zlib
from typing import Literal

Form = Literal["csv", "parquet", "gzip", "text-encoding", "refused"]

HEAD = 64 * 1024
_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
_REFUSED = (
    b"PK\x03\x04",  # zip: xlsx, npz, torch, skops
    b"PK\x05\x06",
    b"PARE",  # encrypted Parquet
    b"BZh",
    b"\xfd7zXZ\x00",
    b"]\x00\x00",  # lzma
    b"\x04\x22\x4d\x18",  # lz4
    b"\x28\xb5\x2f\xfd",  # zstd
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x89HDF",
    b"\x93NUMPY",
    b"ARROW1",
    b"FEA1",
    b"Obj\x01",  # Avro
    b"SQLite format 3\x00",
    b"\xd0\xcf\x11\xe0",  # old Office
    b"%PDF-1",
    b"\x7fELF",
)
_PICKLE_OPS = 200
# Opcodes whose argument is a whole line of any text. Lines of a table that begin with P or V read as one, so a run of
# them is no sign of a pickle; and what would be imported has a name that Python can import.
_LINES = ("PERSID", "UNICODE")
_IMPORTS = ("GLOBAL", "INST")
_IMPORTABLE = re.compile(r"[^\W\d][\w.]* [^\W\d][\w.]*")


def form_of(head: bytes) -> Form:
    """The form of a file that begins with `head` (up to HEAD bytes)."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(_ENCODINGS):
        return "text-encoding"
    if head.startswith(_REFUSED) or head[257:262] == b"ustar" or _is_zlib(head) or is_pickle(head):
        return "refused"
    return "csv"


def _is_zlib(head: bytes) -> bool:
    if len(head) < 8 or head[0] != 0x78 or int.from_bytes(head[:2], "big") % 31:
        return False
    try:
        return bool(zlib.decompressobj().decompress(head, 64))
    except zlib.error:
        return False


def is_pickle(head: bytes) -> bool:
    """Binary pickles by their first two bytes; old text pickles because their opcodes read through."""
    if len(head) >= 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return True
    count, signs, end = 0, 0, 0
    try:
        for code, argument, position in pickletools.genops(head):
            count, end = count + 1, position or 0
            if code.name in _IMPORTS and not _IMPORTABLE.fullmatch(str(argument)):
                return False
            signs += code.name not in _LINES
            if signs >= _PICKLE_OPS:
                return True
    except (ValueError, OverflowError, KeyError, IndexError, MemoryError):
        return False
    return count > 1 and not head[end + 1 :].strip()
