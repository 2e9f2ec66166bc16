"""python -m audits.sandbox.preflight: says whether this machine can open files and models. It never fails a setup."""

from audits.sandbox.attacks import ATTACKS
from audits.sandbox.launch import CageLost
from audits.sandbox.locks.machine import described, why_not
from audits.sandbox.selftest import attacked
from core.errors import Unavailable


def preflight() -> str:
    """One sentence; one real cage is tried."""
    why = why_not()
    try:
        if not why and not attacked(ATTACKS["read passwd"]).stopped:
            why = "a caged process could read /etc/passwd"
    except (Unavailable, CageLost) as error:
        why = str(error)
    if why:
        return f"Cage: not on this machine: {why}. Uploads and models will be refused with this reason."
    return f"Cage: this machine can open files and models in isolation ({described()})."


if __name__ == "__main__":
    print(preflight())
