"""No worker serves audits on a machine whose cage does not hold."""

from audits.sandbox.launch import held
from audits.sandbox.selftest import selftest_check
from core.jobs.readiness import before_serving


@before_serving("audits")
def cage_check() -> None:
    """Attack the cage from inside. The worker's own process opens no file, so it needs no zygote afterwards."""
    try:
        selftest_check()
    finally:
        held.close()
