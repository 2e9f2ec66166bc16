"""The declared small changes of a picture, one seeded draw a row a family (DOMAIN 1.0 rule 8)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column
from audits.engine.perturbing import Family, Inputs, Perturbed

Pixels = NDArray[np.uint8]
AT_ONCE = 4 * 1024**2  # pixels that are changed together, as numbers of eight bytes


@dataclass(frozen=True)
class Plan:
    """How far a picture is changed; brightness counts from 0 to 255.

    pixel_noise  standard deviation of the noise of each pixel and channel
    brightness   by how much the whole picture becomes lighter or darker
    covered      edge of the square that is covered, as a share of the picture's shorter side
    """

    pixel_noise: float
    brightness: float
    covered: float


Change = Callable[[Pixels, np.random.Generator], Pixels]


def image_families(plan: Plan) -> tuple[Family, ...]:
    """The families of a model of pictures, in their order. All leave a picture that is not there as it is."""
    return (
        _family(
            "pixel noise",
            f"normal noise of {plan.pixel_noise:g} of 255 in every pixel",
            lambda pictures, rng: _noisy(pictures, plan.pixel_noise, rng),
        ),
        _family(
            "brightness",
            f"the whole picture lighter or darker by {plan.brightness:g} of 255",
            lambda pictures, rng: _lit(pictures, plan.brightness, rng),
        ),
        _family(
            "covered patch",
            f"a grey square of {plan.covered:g} of the shorter side somewhere in the picture",
            lambda pictures, rng: _covered(pictures, plan.covered, rng),
        ),
    )


def _family(name: str, what: str, change: Change) -> Family:
    return Family(name, what, lambda inputs, rng: _changed(inputs, change, rng))


def _changed(inputs: Inputs, change: Change, rng: np.random.Generator) -> Perturbed | str:
    image, name = inputs.interface.image, inputs.interface.columns[0]
    if image is None:
        return "no input is a picture"
    before = inputs.whole.columns[name].take(inputs.rows)
    cells = before.values.copy()
    for piece in _pieces(len(cells), image.bytes):
        cells[piece] = change(cells[piece].reshape(-1, *image.shape), rng).reshape(-1, image.bytes)
    after = Column(name, "image", cells, before.null)
    touched = (before.values != cells).any(axis=1) & ~before.null
    return Perturbed(inputs.whole.take(inputs.rows).with_columns(after), {name: touched})


def _pieces(rows: int, width: int) -> Iterator[slice]:
    size = max(1, AT_ONCE // width)
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def _noisy(pictures: Pixels, size: float, rng: np.random.Generator) -> Pixels:
    return _whole(pictures + size * rng.standard_normal(pictures.shape))


def _lit(pictures: Pixels, size: float, rng: np.random.Generator) -> Pixels:
    way = np.where(rng.random(len(pictures)) < 0.5, -size, size)
    return _whole(pictures.astype(np.float64) + way[:, None, None, None])


def _covered(pictures: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """A square of the middle grey at a place drawn evenly among those that lie inside."""
    _, height, width, _ = pictures.shape
    edge = max(1, round(share * min(height, width)))
    top = rng.integers(0, height - edge + 1, size=len(pictures))
    left = rng.integers(0, width - edge + 1, size=len(pictures))
    down, across = np.arange(height)[None, :], np.arange(width)[None, :]
    inside_down = (down >= top[:, None]) & (down < top[:, None] + edge)
    inside_across = (across >= left[:, None]) & (across < left[:, None] + edge)
    hidden = inside_down[:, :, None] & inside_across[:, None, :]
    return np.where(hidden[..., None], np.uint8(128), pictures)


def _whole(values: NDArray[np.float64]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
