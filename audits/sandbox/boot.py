"""What the zygote's interpreter runs: `python -I -B boot.py <socket> <parent's pid>`, its environment empty."""

import os
import sys
from pathlib import Path

# One thread everywhere, and the plain allocator: the address space is limited and answers must not depend on cores.
_QUIET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_IO_THREADS": "1",
}


def main(descriptor: int, parent: int) -> None:
    """Become the zygote. What it imports must see the settings above, so they come first."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.update(_QUIET)
    from audits.sandbox.zygote import Zygote

    Zygote(descriptor, parent).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
