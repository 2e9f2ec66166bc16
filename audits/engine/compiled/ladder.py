"""The loop that counts numbers by rung (audits/engine/counting/ladder.py): an open-addressed table from key to row."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)


@njit(cache=True, nogil=True)
def counted(
    keys: NDArray[np.int64],
    cells: NDArray[np.int32],
    first: int,
    shift: int,
    table: NDArray[np.int32],
    rungs: NDArray[np.int64],
    size: int,
    counts: NDArray[np.int64],
    most: int,
) -> tuple[int, int]:
    """Count rows from `first` on in counts[place of key >> shift, cell]; (row where it stopped, rungs in use).

    `table` is a power of two long, -1 where free. A row whose rung would be one more than `most` stops the count.
    """
    mask, down = np.uint64(len(table) - 1), np.uint64(64)
    bits = len(table)
    while bits > 1:
        bits >>= 1
        down -= np.uint64(1)
    for row in range(first, len(keys)):
        rung = keys[row] >> shift
        at = ((np.uint64(rung) * SPREAD) >> down) & mask
        while table[at] >= 0 and rungs[table[at]] != rung:
            at = (at + np.uint64(1)) & mask
        place = table[at]
        if place < 0:
            if size >= most:
                return row, size
            place = np.int32(size)
            table[at], rungs[size] = place, rung
            size += 1
        counts[place, cells[row]] += 1
    return len(keys), size
