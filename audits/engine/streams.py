"""Seeded randomness: one stream a purpose, so that a new family never shifts another one's draws."""

import zlib

import numpy as np
from numpy.typing import NDArray


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The generator of this purpose in an audit with this seed."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def sample(rng: np.random.Generator, rows: int, most: int) -> NDArray[np.int64]:
    """At most `most` of the places 0 to rows - 1, drawn without replacement, ascending."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(rng.choice(rows, size=most, replace=False)).astype(np.int64)
