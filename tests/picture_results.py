"""What an audit result gains when the model is one of pictures: the tables of saliency, small and whole."""

from copy import deepcopy
from typing import Any

HEIGHT, WIDTH, EDGE = 10, 24, 4
ROWS, COLUMNS = 3, 6


def _table(columns: str, rows: list[list[Any]]) -> dict[str, Any]:
    return {"columns": columns.split(" | "), "rows": rows}


def _places() -> list[tuple[int, int]]:
    return [(row, column) for row in range(1, ROWS + 1) for column in range(1, COLUMNS + 1)]


def value(row: int, column: int) -> float:
    """Largest in the first line's third patch, against the answer in the last line's first."""
    return {(1, 3): 2.5, (3, 1): -2.25}.get((row, column), 0.01 * (row - column))


SALIENCY: dict[str, Any] = {
    "method": _table(
        "what | value",
        [
            ["explained", "the model's support for its own answer, in log-odds"],
            ["pictures", 24],
            ["picture height", HEIGHT],
            ["picture width", WIDTH],
            ["patch edge in pixels", EDGE],
            ["patch rows", ROWS],
            ["patch columns", COLUMNS],
            ["filler", "mean picture"],
            ["seed", 20261001],
        ],
    ),
    "mean map": _table(
        "row | column | mean absolute | mean", [[*place, abs(value(*place)), value(*place)] for place in _places()]
    ),
    "deletion": _table("share covered | by the map | at random", [[0.0, 6.0, 6.0], [0.5, 1.0, 4.0]]),
    "agreement": _table(
        "compared with | pictures | median rank correlation | low | high",
        [["filler: mean colour", 24, 0.8, 0.7, 0.9], ["weights at random, seed 5: sizes", 24, 0.3, 0.2, 0.4]],
    ),
    "examples": _table("example | row | support | base | units", [[1, 417, 6.5, 0.25, "log-odds"]]),
    "pixels 1": _table("line | greys", [[line + 1, bytes([200 - 20 * (line % 3)] * 12).hex()] for line in range(5)]),
    "map 1": _table("row | column | fall when covered", [[*place, value(*place)] for place in _places()]),
    "parts 1": _table("top | left | bottom | right | contribution", [[0, 0, 10, 12, 4.0], [0, 12, 10, 24, 2.25]]),
}


def _check(name: str, title: str, verdict: str, value: float, **more: Any) -> dict[str, Any]:
    rest = {"subject": None, "low": None, "high": None, "n": 24, "k": None, "limit": None, "method": ""}
    base = {"id": f"saliency.{name}", "family": "saliency", "title": title, "verdict": verdict, "value": value}
    said = {"sentence": f"{title}: {value}.", "confidence": None, "rows_needed": None, "reason": None}
    return {**rest, **base, **said, **more}


CHECKS = [
    _check("additivity", "Contributions that do not add up", "pass", 2e-15),
    _check("randomised_weights", "Agreement with random weights", "pass", 0.37, low=0.33, high=0.43),
    _check("faithful", "Pictures whose map foretells", "pass", 0.92, low=0.76, high=0.98, k=22),
    _check("fillers", "Agreement with another filler", "cannot_tell", 0.39, subject="black picture"),
]
IMAGE = {
    "column": "photo",
    "as": "image",
    "height": HEIGHT,
    "width": WIDTH,
    "channels": 1,
    "layout": "NCHW",
    "scale": 1.0,
    "mean": [0.0],
    "std": [1.0],
}


def with_pictures(result: dict[str, Any]) -> dict[str, Any]:
    """A result of a run model as it would be of a model of pictures."""
    made = {**deepcopy(result), "checks": [*deepcopy(result["checks"]), *deepcopy(CHECKS)]}
    made["sections"] = {**made["sections"], "saliency": deepcopy(SALIENCY)}
    made["model"] = {**made["model"], "interface": {**made["model"]["interface"], "inputs": [deepcopy(IMAGE)]}}
    return made
