"""The inner loop of the slice search: rows counted by the packed codes of two sides and the error."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def tally(packed: NDArray[np.uint16], last: NDArray[np.uint8], width: int, counts: NDArray[np.uint32]) -> None:
    """Adds one to counts[packed * width + last] for every row; all three fit, which the caller sees to.

    Unsigned throughout: a place that cannot be negative needs no look at the array's other end.
    """
    step = np.uint64(width)
    for row in range(len(packed)):
        counts[np.uint64(packed[row]) * step + np.uint64(last[row])] += np.uint32(1)
