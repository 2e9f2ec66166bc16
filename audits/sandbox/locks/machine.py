"""Whether this machine can hold a cage at all, in plain words. The child's own locks decide; this saves it the way."""

import os
import sys

from audits.sandbox.locks.kernel import ARCHITECTURES, PR_GET_SECCOMP, machine, prctl
from audits.sandbox.locks.landlock import landlock_version


def why_not() -> str:
    """What is missing here, or ""."""
    if sys.platform != "linux":
        return f"a cage needs Linux, and this is {sys.platform}"
    if machine() not in ARCHITECTURES:
        return f"a cage needs one of {', '.join(ARCHITECTURES)}, and this processor is {machine()}"
    try:
        landlock_version()
    except OSError:
        return f"the kernel ({os.uname().release}) has no Landlock; Linux 5.13 or newer has it, where it is switched on"
    try:
        prctl(PR_GET_SECCOMP, 0)
    except OSError:
        return f"the kernel ({os.uname().release}) has no seccomp"
    return ""


def described() -> str:
    """Kernel, processor and Landlock version of a machine that can."""
    return f"Linux {os.uname().release}, {machine()}, Landlock {landlock_version()}, seccomp"
