"""Attacks, to come."""

from typing import Any, BinaryIO

from audits.sandbox.limits import Limits

MAGIC = b"PLIMATK1"


def serve(job: dict[str, Any], raw: BinaryIO, _requests: BinaryIO, out: BinaryIO, limits: Limits) -> None:
    """Try one attack."""
    import time

    time.sleep(60)
