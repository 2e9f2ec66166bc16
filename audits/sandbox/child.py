"""One caged child: drops every descriptor but its own, locks itself, serves one job and leaves by os._exit.

It leaves so because a parser's own way out may hang or crash. Whatever the job, its answers begin with the magic of
its kind; a child that cannot lock itself answers NOT_ISOLATED and reads nothing.
"""

import fcntl
import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from audits.sandbox import attacks, model_job, table_job
from audits.sandbox.limits import Limits
from audits.sandbox.locks.kernel import close_from
from audits.sandbox.locks.lock import NotIsolated, lock
from audits.sandbox.models.shape import Rejected
from audits.sandbox.protocol import Code, Refusal, refusal_bytes, refused_bytes

Job = dict[str, Any]
_KINDS = {"table": table_job, "model": model_job, "attack": attacks}
_FIRST = 3  # after the three standard ones, which are /dev/null
_ASIDE = 16  # or above: out of the way of the places they go to


def child_run(job: Job, descriptors: Sequence[int], zygote: int, *, lock_on: Callable[..., None] = lock) -> NoReturn:
    """Serve `job` with its file, requests and answers in `descriptors`, forked a moment ago from process `zygote`."""
    status = 1
    try:
        _serve(job, _only(descriptors), zygote, lock_on)
        status = 0
    finally:
        os._exit(status)


def _only(descriptors: Sequence[int]) -> list[int]:
    """The same descriptors from 3 on, and no other but the standard ones."""
    aside = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, _ASIDE) for descriptor in descriptors]
    kept = [os.dup2(descriptor, _FIRST + place) for place, descriptor in enumerate(aside)]
    close_from(_FIRST + len(kept))
    return kept


def _serve(job: Job, descriptors: Sequence[int], zygote: int, lock_on: Callable[..., None]) -> None:
    file, requests, answers = descriptors
    kind = _KINDS[job["kind"]]
    limits = Limits(**job["limits"])
    with os.fdopen(file, "rb") as raw, os.fdopen(requests, "rb") as asked, os.fdopen(answers, "wb") as out:
        out.write(kind.MAGIC)
        try:
            lock_on(limits, parent=zygote)
            kind.serve(job, raw, asked, out, limits)
        except NotIsolated as error:
            out.write(refused_bytes(Code.NOT_ISOLATED, error.lock, ""))
        except Refusal as refusal:
            out.write(refusal_bytes(refusal))
        except Rejected as rejected:
            out.write(refused_bytes(rejected.code, rejected.number, rejected.detail))
        except MemoryError:
            out.write(refused_bytes(Code.MEMORY, 0, ""))
