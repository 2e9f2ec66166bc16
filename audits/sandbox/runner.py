"""The parent's side of a table: has a caged child read the file, and reads its answer with distrust.

No isolation, no parse: a child that cannot lock itself answers NOT_ISOLATED and the file stays unread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from audits.sandbox.launch import child_started
from audits.sandbox.limits import DEFAULT, Limits
from audits.sandbox.protocol import ProtocolError, Refusal, TableReader
from audits.sandbox.refusals import error_of, gave_up, unreadable


@contextmanager
def table_open(raw: BinaryIO, *, limits: Limits = DEFAULT) -> Iterator[TableReader]:
    """The table in the file `raw`, parsed in a child. Read `.header`, then all of `.batches()`, inside the block.

    Raises InputRefused (or TooLarge, Unsupported) for a file that cannot be used, Unavailable without isolation, and
    CageLost if the machinery itself died: that is worth another attempt.
    """
    with child_started(raw, limits, kind="table") as child:
        try:
            yield TableReader(child, limits)
        except Refusal as refusal:
            raise error_of(refusal, limits) from None
        except ProtocolError:
            child.end()
            spent = child.out_of_time or child.out_of_bounds
            raise (gave_up(limits) if spent else unreadable()) from None
