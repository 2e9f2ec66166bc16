"""How columns and categories reach a model, and what its answers mean: registered with the version, before any data.

    {"inputs": [{"column": "age", "as": "number"},
                {"column": "housing", "as": "codes",   "categories": ["free", "own", "rent"]},
                {"column": "purpose", "as": "one_hot", "categories": ["car", "education"]},
                {"column": "job",     "as": "text"},
                {"column": "zip",     "as": "number", "nominal": true},
                {"column": "pixel_1", "as": "number", "part": "upper left"}],
     "output": {"column": "p_good", "means": "probability", "index": 1, "tolerance": "0.000001"}}

number   the cell as float64; `nominal` says that it is a code, which is never moved or rounded, only exchanged
codes    the category's place in the list, from 0, as a number
one_hot  one feature for each category, 1 or 0, named column=category
text     the text itself, for ONNX string inputs and scikit-learn pipelines
image    the only input of an ONNX model: raw pixels, height x width x channels bytes a cell, row by row, the channels
         of a pixel together. The model gets (pixel x scale - mean) / std, by channel, as float32 [n, channels, height,
         width] (layout NCHW) or [n, height, width, channels] (NHWC):
         {"column": "photo", "as": "image", "height": 48, "width": 192, "channels": 3, "layout": "NCHW",
          "scale": 0.00392156862745098, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}

A null cell, and a category that is not listed, reaches the model as `missing` (a number; NaN unless stated), in one_hot
as zeros, as text as the empty text, as image as one whose pixels are 0. Features stand in the order of the inputs.

probability, value  number `index` of the model's answer for a row (the last one unless stated)
class               the label of the largest of the answers, by `classes`; `confidence` names the column for its share

Inputs of one `part` are explained as one: pixels of a patch, bytes of a stretch. An input without one is its own part.

`column` is the column of the data set in which the same answers were recorded; in an audit of the model the caged
answers stand in it. `tolerance` is the largest difference that counts as the same, for rounding on the way.
"""

import math
import re
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from audits.images import IMAGE_KEYS, Image, image_parse
from audits.interface_nodes import Node, refused

How = Literal["number", "codes", "one_hot", "text", "image"]
Means = Literal["probability", "value", "class"]
HOWS = ("number", "codes", "one_hot", "text", "image")
MEANINGS = ("probability", "value", "class")
MOST_FEATURES = 20_000
MOST_CATEGORIES = 10_000
MOST_CLASSES = 1_000
DEFAULT_TOLERANCE = "0.00001"
LARGEST = sys.float_info.max  # a whole number in JSON may be longer than any float
# It stands in sentences and papers, so it is written plainly: no spaces, other digits or endless noughts.
_TOLERANCE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True)
class Input:
    """One source column and how it becomes features."""

    column: str
    how: How
    categories: tuple[str, ...] = ()
    missing: float = math.nan
    part: str | None = None
    nominal: bool = False
    image: Image | None = None

    @property
    def measures(self) -> bool:
        """Whether its cells are amounts: more and less of something, not codes or categories."""
        return self.how == "number" and not self.nominal

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the numeric features it becomes; none for text and images."""
        if self.how in ("text", "image"):
            return ()
        if self.how == "one_hot":
            return tuple(f"{self.column}={name}" for name in self.categories)
        return (self.column,)


@dataclass(frozen=True)
class Output:
    """What the model's answer [k numbers a row] means; `index` counts from 0, -1 is the last."""

    column: str
    means: Means
    index: int = -1
    classes: tuple[str, ...] = ()
    confidence: str | None = None
    tolerance: str = DEFAULT_TOLERANCE


@dataclass(frozen=True)
class Part:
    """Inputs that are explained as one: a name, and their places among the inputs."""

    name: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Interface:
    """Inputs in their order, and the output."""

    inputs: tuple[Input, ...]
    output: Output

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all numeric features, in the order in which the model gets them."""
        return tuple(name for one in self.inputs for name in one.features)

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns that reach the model as text, in order."""
        return tuple(one.column for one in self.inputs if one.how == "text")

    @property
    def image(self) -> Image | None:
        """The image that the model gets, which is then its only input."""
        return next((one.image for one in self.inputs if one.image), None)

    @property
    def cells(self) -> int:
        """How many numbers, texts and bytes of pixels the model gets for a row."""
        return len(self.features) + len(self.texts) + (self.image.bytes if self.image else 0)

    @property
    def sources(self) -> tuple[int, ...]:
        """For each numeric feature, the place of its input."""
        return tuple(place for place, one in enumerate(self.inputs) for _ in one.features)

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns, one an input."""
        return tuple(one.column for one in self.inputs)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What is explained, in the order in which each first appears: an input, or several that belong together."""
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.inputs):
            found.setdefault(one.part or one.column, []).append(place)
        return tuple(Part(name, tuple(places)) for name, places in found.items())

    @property
    def part_of(self) -> tuple[int, ...]:
        """For each input, the place of its part among `parts`."""
        places = {place: number for number, part in enumerate(self.parts) for place in part.places}
        return tuple(places[place] for place in range(len(self.inputs)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON that `interface_parse` reads back to an equal interface; NaN is written as null."""
        return {"inputs": [_input_dict(one) for one in self.inputs], "output": _output_dict(self.output)}


def interface_parse(value: Any, field: str = "interface") -> Interface:
    """The interface in a JSON object. Raises InputRefused with the path, the limit and a remedy for anything odd."""
    whole = Node(value, field, ("inputs", "output"), _INPUT_KEYS)
    inputs = tuple(_input(part) for part in whole.parts("inputs"))
    if len({one.column for one in inputs}) != len(inputs):
        raise refused(f"{field}.inputs", "names a column twice", "each column once", "Merge the two entries.")
    if {one.part for one in inputs} & {one.column for one in inputs}:
        raise refused(f"{field}.inputs", "name a part like a column", "other names", "Rename the part.")
    if len(inputs) > 1 and any(one.image for one in inputs):
        raise refused(f"{field}.inputs", "join an image with others", "one image alone", "Leave the others out.")
    found = Interface(inputs, _output(Node(whole.value.get("output"), f"{field}.output", _OUTPUT_KEYS)))
    if len(found.features) > MOST_FEATURES:
        raise refused(f"{field}.inputs", "make too many features", f"{MOST_FEATURES:,}", "Send fewer categories.")
    if found.output.column in found.columns:
        remedy = "The output's column is where the model's own answers were recorded."
        raise refused(f"{field}.output.column", "is an input too", "a column of its own", remedy)
    return found


_INPUT_KEYS = ("column", "as", "categories", "missing", "part", "nominal", *IMAGE_KEYS)
_OUTPUT_KEYS = ("column", "means", "index", "classes", "confidence", "tolerance")


def _input(part: Node) -> Input:
    how: How = part.choice("as", HOWS)
    categories: tuple[str, ...] = ()
    if how in ("codes", "one_hot"):
        categories = part.texts("categories", MOST_CATEGORIES)
    else:
        part.refuse_present("categories", f"does not go with {how}")
    if how in ("one_hot", "text", "image"):
        part.refuse_present("missing", f"does not go with {how}")
    together = None if part.value.get("part") is None else part.text("part")
    if how == "image":
        part.refuse_present("part", "does not go with image")
    image = image_parse(part) if how == "image" else None
    for key in () if image else IMAGE_KEYS:
        part.refuse_present(key, f"does not go with {how}")
    return Input(part.text("column"), how, categories, _missing(part), together, _nominal(part, how), image)


def _nominal(part: Node, how: How) -> bool:
    value = part.value.get("nominal", False)
    if not isinstance(value, bool) or (value and how != "number"):
        raise refused(part.where("nominal"), f"does not go with {how}", "true or false, for numbers", "Remove it.")
    return value


def _missing(part: Node) -> float:
    value = part.value.get("missing")
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise refused(part.where("missing"), "is no number", "a finite number, or left out for NaN", "Correct it.")
    return float(value)


def _output(part: Node) -> Output:
    means: Means = part.choice("means", MEANINGS)
    classes: tuple[str, ...] = ()
    confidence = None
    if means == "class":
        classes = part.texts("classes", MOST_CLASSES)
        part.refuse_present("index", "does not go with class")
        confidence = None if part.value.get("confidence") is None else part.text("confidence")
        if confidence == part.value.get("column"):
            raise refused(part.where("confidence"), "is the class's column", "a column of its own", "Name another.")
    else:
        part.refuse_present("classes", f"does not go with {means}")
        part.refuse_present("confidence", f"does not go with {means}")
    return Output(part.text("column"), means, _index(part), classes, confidence, _tolerance(part))


def _index(part: Node) -> int:
    value = part.value.get("index", -1)
    if isinstance(value, bool) or not isinstance(value, int) or not -1 <= value < MOST_CLASSES:
        raise refused(part.where("index"), "is no place", f"-1 (the last) or 0 to {MOST_CLASSES - 1}", "Correct it.")
    return value


def _tolerance(part: Node) -> str:
    value = str(part.value.get("tolerance", DEFAULT_TOLERANCE))
    if not _TOLERANCE.fullmatch(value) or Decimal(value) > 1:
        remedy = "Send half of the last digit that was recorded."
        raise refused(part.where("tolerance"), f"is {value[:80]!r}", "a decimal from 0 to 1, as text", remedy)
    return value


def _input_dict(one: Input) -> dict[str, Any]:
    written: dict[str, Any] = {"column": one.column, "as": one.how}
    if one.categories:
        written["categories"] = list(one.categories)
    if not math.isnan(one.missing):
        written["missing"] = one.missing
    if one.part is not None:
        written["part"] = one.part
    if one.nominal:
        written["nominal"] = True
    if one.image is not None:
        told = asdict(one.image)
        written |= {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}
    return written


def _output_dict(one: Output) -> dict[str, Any]:
    written: dict[str, Any] = {"column": one.column, "means": one.means, "tolerance": one.tolerance}
    if one.means == "class":
        written["classes"] = list(one.classes)
        if one.confidence is not None:
            written["confidence"] = one.confidence
    else:
        written["index"] = one.index
    return written
