"""JSON that a stranger wrote."""

import json
from typing import Any

from audits.sandbox.models.shape import ModelCode, Rejected

MOST_BYTES = 192 * 1024**2
_DEEPEST = 1_000  # Python's own bound on nesting


def json_read(data: bytes) -> Any:
    """The document in JSON text. Raises Rejected for a key given twice, too deep, too large, or no JSON at all."""
    if len(data) > MOST_BYTES:
        raise Rejected(ModelCode.SIZE, number=MOST_BYTES)
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except RecursionError:
        raise Rejected(ModelCode.DEPTH, number=_DEEPEST) from None
    except ValueError as error:
        raise Rejected(ModelCode.BROKEN, detail=f"JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise Rejected(ModelCode.DUPLICATE, detail=next(key for key in keys if keys.count(key) > 1))
    return found
