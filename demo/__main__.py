"""`make demo`: start an installation, take the book through the chain over the API, print what came of it."""

import argparse
import sys
import time

from demo.book import BOOK
from demo.chain import Story, bound, customer, insurer, measured, priced
from demo.client import Client, Refused
from demo.figures import Missed
from demo.server import Server


def main() -> int:
    """0: every published figure was met and the chain is whole. 1: it says which was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["0", "1"], default="1", help="1: leave the portal serving")
    serve = parser.parse_args().serve == "1"
    server, began = Server(), time.monotonic()
    server.start()
    try:
        _run(server)
        print(f"\nDone in {time.monotonic() - began:.0f} s.")
        if serve:
            print(f"The portal is at {server.base} (Ctrl-C ends it).", flush=True)
            return server.wait()
        return 0
    except (Refused, Missed) as stopped:
        print(f"\nThe demo stopped: {stopped}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        server.stop()


def _run(server: Server) -> None:
    staff = insurer(server.base, server.password)
    told: list[tuple[Client, Story]] = []
    for entry in BOOK:
        owner, story = customer(server.base, staff, entry)
        measured(owner, story)
        priced(staff, story)
        _tell(story)
        told.append((owner, story))
    return
    for owner, story in told:
        if story.pricing["outcome"] == "quote":
            bound(staff, owner, story)


def _tell(story: Story) -> None:
    print(f"\n{story.entry.insured['name']}: {story.entry.registration['name']} ({story.entry.registration['use_class']})")
    for line in story.lines:
        print(f"  {line}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
