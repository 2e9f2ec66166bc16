"""An image input of a model: what its raw pixels are, and how they are scaled."""

from dataclasses import dataclass
from typing import Literal

from audits.interface_nodes import SMALLEST_SCALE, Node, refused

Layout = Literal["NCHW", "NHWC"]
LAYOUTS = ("NCHW", "NHWC")
MOST_PIXELS = 1024**2  # bytes of an image
LONGEST_SIDE = 4_096
MOST_CHANNELS = 4
IMAGE_KEYS = ("height", "width", "channels", "layout", "scale", "mean", "std")


@dataclass(frozen=True)
class Image:
    """What raw pixels are and how they reach the model; `mean` and `std` have one number a channel."""

    height: int
    width: int
    channels: int
    layout: Layout
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def bytes(self) -> int:
        """Bytes of a cell."""
        return self.height * self.width * self.channels

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels: how a cell's bytes lie."""
        return self.height, self.width, self.channels


def image_parse(part: Node) -> Image:
    height, width = part.whole("height", LONGEST_SIDE), part.whole("width", LONGEST_SIDE)
    channels = part.whole("channels", MOST_CHANNELS)
    if height * width * channels > MOST_PIXELS:
        raise refused(part.where("height"), "makes too large an image", f"{MOST_PIXELS:,} bytes", "Send smaller ones.")
    layout: Layout = part.choice("layout", LAYOUTS)
    scale, std = part.number("scale", part.value.get("scale")), part.numbers("std", channels)
    for key, values in (("scale", (scale,)), ("std", std)):
        if min(values) < SMALLEST_SCALE:
            raise refused(part.where(key), "is too small", f"at least {SMALLEST_SCALE:g}", "Correct it.")
    return Image(height, width, channels, layout, scale, part.numbers("mean", channels), std)
