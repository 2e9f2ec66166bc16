"""Runs the attacks in cages of this very process and judges each: stopped as it must be, or not."""

import io
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from tempfile import TemporaryFile

from audits.sandbox.attacks import ATTACKS, CUT_OFF, MAGIC, OUT_OF_TIME, REFUSED, Attack
from audits.sandbox.launch import Child, child_started
from audits.sandbox.limits import Limits
from audits.sandbox.locks.lock import Lock
from audits.sandbox.protocol import REFUSED as NOT_LOCKED
from audits.sandbox.protocol import ProtocolError, Reader
from core.errors import Unavailable

LIMITS = Limits(cpu_seconds=1, wall_seconds=30)
_SHORT = replace(LIMITS, wall_seconds=1)  # for the attack that only this can stop
_AT_ONCE = 4
_ANSWER = 4096


@dataclass(frozen=True)
class Outcome:
    """What became of an attack: the refusal it met, or what it got."""

    attack: str
    met: str
    stopped: bool


def selftest() -> list[Outcome]:
    """Every attack once, a few at a time. Raises Unavailable if a lock does not hold here at all."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="selftest") as pool:
        return list(pool.map(attacked, sorted(ATTACKS.values(), key=_is_quick)))


def _is_quick(attack: Attack) -> bool:
    """The slow ones go first, so that the others pass the time."""
    return not {"SIGXCPU", "SIGKILL", OUT_OF_TIME} & set(attack.stopped_by)


def selftest_check() -> None:
    """Raise Unavailable, with the reason in plain words, unless every attack is stopped."""
    through = [outcome for outcome in selftest() if not outcome.stopped]
    if through:
        told = "; ".join(f"{outcome.attack}: {outcome.met}" for outcome in through)
        raise Unavailable(
            f"The cage does not hold on this machine. {told}.",
            remedy="Run manage.py sandbox_selftest to see all of it. Until it holds, no file and no model is opened.",
        )


def attacked(attack: Attack) -> Outcome:
    """One attack in a cage of its own."""
    with TemporaryFile() as file:
        file.write(b"x" * 8192)
        file.flush()
        limits = _SHORT if OUT_OF_TIME in attack.stopped_by else LIMITS
        with child_started(file, limits, kind="attack", name=attack.name) as child:
            met, through = _met(child)
    return Outcome(attack.name, met, not through and met in attack.stopped_by)


def _met(child: Child) -> tuple[str, bool]:
    """The attack's own word if it has one; else how its process ended. And whether it says that it got through."""
    answer = _answer(child)
    if len(answer) > _ANSWER:
        return CUT_OFF, False
    if child.late:
        return OUT_OF_TIME, False
    if answer.removeprefix(MAGIC):
        return _told(answer)
    how = child.end()
    return (signal.Signals(child.ended_by).name if child.ended_by else f"exit {how}"), False


def _answer(child: Child) -> bytes:
    parts = [b""]
    while (part := child.read(_ANSWER)) and sum(map(len, parts)) <= _ANSWER:
        parts.append(part)
    return b"".join(parts)


def _told(answer: bytes) -> tuple[str, bool]:
    reader = Reader(io.BytesIO(answer), LIMITS)
    try:
        reader.take(len(MAGIC))
        frame = reader.take(1)
        if frame == NOT_LOCKED:
            which = Lock(reader.refused()[1]).name.replace("_", " ").lower()
            raise Unavailable(f"This machine does not hold resource limits, Landlock and seccomp, all three ({which}).")
        return reader.printable(), frame != REFUSED
    except ProtocolError as error:
        return f"nonsense ({error})", True
