"""What one parse may cost and what a table may hold. The parent checks the table's limits again on what comes back."""

import json
import resource
from collections.abc import Mapping
from dataclasses import asdict, dataclass

MIB = 1024**2
GIB = 1024**3
# A batch is this many cells, and a row group of the canonical file: the parent never holds more than one.
BATCH_CELLS = 2_000_000
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Limits:
    """Bytes unless the name says otherwise."""

    address_space: int = 2 * GIB
    cpu_seconds: int = 300
    wall_seconds: int = 600
    descriptors: int = 64
    columns: int = 4_096  # a model that reads two kilobytes of a file has as many inputs
    rows: int = 5_000_000
    cells: int = 200_000_000
    name_chars: int = 200
    text_chars: int = 1_000
    distinct_texts: int = 1_000_000  # of one column: a text id for each row of a large file is ordinary
    text_bytes: int = 128 * MIB  # all distinct texts of all columns, with four bytes of length each
    line: int = MIB
    unpacked: int = 4 * GIB
    ratio: int = 100
    # Below this size no ratio is judged: a short file of one repeated line packs better than 100:1 and harms nobody.
    ratio_from: int = 16 * MIB

    def to_json(self) -> str:
        """The form in which the parent hands the limits to the child."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Limits":
        """The limits written by `to_json`."""
        known: Mapping[str, int] = json.loads(text)
        return cls(**known)


DEFAULT = Limits()


def batch_rows(columns: int) -> int:
    """Rows in a batch of a table of `columns` columns."""
    return max(1, min(BATCH_ROWS, BATCH_CELLS // max(1, columns)))


def limits_apply(limits: Limits) -> None:
    """Bind the calling process for the rest of its life. Raises OSError, ValueError or OverflowError if it cannot."""
    for kind, value in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_CORE, 0),
    ):
        _bind(kind, value, value)
    # A second apart, so that the signal says that it was time: at the hard limit the kernel kills without a word.
    _bind(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)


def _bind(kind: int, soft: int, hard: int) -> None:
    resource.setrlimit(kind, (soft, hard))
    if resource.getrlimit(kind) != (soft, hard):
        raise OSError("a resource limit did not hold")
