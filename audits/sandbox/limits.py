"""What one parse may cost and what a table may hold. The parent checks the table's limits again on what comes back."""

import resource
from dataclasses import dataclass

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
    pixels_cell: int = MIB  # one image as raw pixels
    pixels: int = 256 * MIB  # all images of all columns: an audit holds them in memory
    line: int = MIB
    unpacked: int = 4 * GIB
    ratio: int = 100
    # Below this size no ratio is judged: a short file of one repeated line packs better than 100:1 and harms nobody.
    ratio_from: int = 16 * MIB
    artifact: int = 256 * MIB  # a model file
    interface: int = 16 * MIB  # its interface, written as JSON
    answer_seconds: int = 120  # for one batch of a model's answers, or for loading it


DEFAULT = Limits()
# A model lives as long as the audit that asks it, so it may compute longer than one file takes to read.
MODEL_LIMITS = Limits(cpu_seconds=1800, wall_seconds=2700)


def batch_rows(columns: int, pixels: int = 0) -> int:
    """Rows in a batch of a table of `columns` columns, whose images take `pixels` bytes a row: eight are a cell."""
    return max(1, min(BATCH_ROWS, BATCH_CELLS // max(1, columns + pixels // 8)))


def limits_apply(limits: Limits, *, mapped: int = 0, tasks: int = 4096) -> None:
    """Bind the calling process for the rest of its life. Raises OSError, ValueError or OverflowError if it cannot.

    `mapped` is the address space it came with, `tasks` how many threads and processes its user may have.
    """
    for kind, value in (
        (resource.RLIMIT_AS, mapped + limits.address_space),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_NPROC, tasks),
        (resource.RLIMIT_CORE, 0),
    ):
        _bind(kind, value, value)
    # A second apart, so that the signal says that it was time: at the hard limit the kernel kills without a word.
    _bind(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)


def _bind(kind: int, soft: int, hard: int) -> None:
    """The limit, or the tighter one that is in force already."""
    _, present = resource.getrlimit(kind)
    if present != resource.RLIM_INFINITY:
        soft, hard = min(soft, present), min(hard, present)
    resource.setrlimit(kind, (soft, hard))
    if resource.getrlimit(kind) != (soft, hard):
        raise OSError("a resource limit did not hold")
