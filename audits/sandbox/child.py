"""The child: limits itself, parses the file on its standard input and answers on its standard output.

Started as `python -I -B child.py <limits>` with an empty environment. It binds itself before it imports a parser, and
leaves by os._exit, because a parser's own exit code may hang or crash.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

# One thread everywhere, and the plain allocator: the address space is limited and answers must not depend on cores.
_QUIET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_IO_THREADS": "1",
}
_PR_SET_PDEATHSIG = 1


def main(limits_text: str) -> None:
    """Answer one file, whatever is in it."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.update(_QUIET)
    from audits.sandbox import limits, protocol

    _die_with_parent()
    bounds = limits.Limits.from_json(limits_text)
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(protocol.MAGIC)
        try:
            try:
                limits.limits_apply(bounds)
            except (OSError, ValueError, OverflowError):
                raise protocol.Refusal(protocol.Code.NOT_ISOLATED) from None
            _answer(out, bounds)
        except protocol.Refusal as refusal:
            out.write(protocol.refusal_bytes(refusal))
        except MemoryError:
            out.write(protocol.refusal_bytes(protocol.Refusal(protocol.Code.MEMORY)))


def _die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent is gone; where it cannot, processor time ends it."""
    import ctypes
    import signal

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answer(out: BinaryIO, bounds: Any) -> None:
    from audits.sandbox import protocol
    from audits.sandbox.formats.source import cells_of, header_of
    from audits.sandbox.formats.table import source_of

    with os.fdopen(0, "rb", closefd=False) as raw:
        source = source_of(raw, bounds)
        header = header_of(source, bounds)
        out.write(protocol.header_bytes(header))
        for cells in cells_of(source, header):
            out.write(protocol.batch_bytes(header.columns, cells))
        out.write(protocol.END)


if __name__ == "__main__":
    status = 1
    try:
        main(sys.argv[1])
        status = 0
    finally:
        os._exit(status)
