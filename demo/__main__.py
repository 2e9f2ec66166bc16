"""`make demo`: start an installation, take the book through the chain over the API, print what came of it."""

import argparse
import signal
import sys
import time

from demo.book import BOOK, Entry
from demo.chain import (
    Insurer,
    Story,
    bound,
    claimed,
    customer,
    handed_over,
    insurer,
    measured,
    on_demand,
    papers,
    priced,
    reported,
    rung,
    tried,
)
from demo.client import Client, Refused
from demo.figures import Missed
from demo.server import FOLDER, ROOT, Server

PAPERS = FOLDER / "papers"


def main() -> int:
    """0: every published figure was met and the chain is whole. 1: it says which was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["0", "1"], default="1", help="1: leave the portal serving")
    serve = parser.parse_args().serve == "1"
    # Ended from outside, the demo takes its server along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
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
    for place, entry in enumerate(BOOK, start=1):
        print(f"Model {place} of {len(BOOK)}: {entry.registration['name']}, {_work(entry)}.", flush=True)
        owner, story = customer(server.base, staff, entry)
        measured(owner, story)
        priced(staff, story)
        if entry.handed:
            handed_over(staff, owner, story)
        if story.pricing["outcome"] == "quote":
            _insured(staff, owner, story)
        told.append((owner, story))
    print("The quarterly reports.", flush=True)
    rung(staff)
    for owner, story in told:
        if story.insured:
            reported(owner, story, PAPERS)
        else:
            on_demand(owner, story, PAPERS)
        _tell(story)
    _sums(staff, [story for _, story in told])


def _work(entry: Entry) -> str:
    """What is done with one model of the book, in words, for whoever waits."""
    if not entry.handed:
        return "audited on its recorded predictions and priced"
    forms = "one form" if len(entry.handed) == 1 else f"{len(entry.handed)} forms"
    return f"audited on its recorded predictions, handed over in {forms}, audited in the cage, priced"


def _insured(staff: Insurer, owner: Client, story: Story) -> None:
    policy = bound(staff, owner, story)
    papers(owner, story, policy, PAPERS)
    if story.entry.key == "german":
        tried(owner, story)
        claimed(staff, owner, story, policy)


def _tell(story: Story) -> None:
    print(
        f"\n{story.entry.insured['name']}: {story.entry.registration['name']} ({story.entry.registration['use_class']})"
    )
    for line in (*story.lines, *(f"paper: {path.relative_to(ROOT)}" for path in story.papers)):
        print(f"  {line}")
    sys.stdout.flush()


def _sums(staff: Insurer, stories: list[Story]) -> None:
    """Log-ins, so that whoever reads this can look; and the condition that the chain is whole."""
    if not any("closed" in line for story in stories for line in story.lines):
        raise Refused("no model could be taken through the whole chain under the plan as written")
    print("\nLog-ins (made for this demo, kept nowhere else):")
    for role, (email, password) in staff.passwords.items():
        print(f"  {email:28} {password}  {role}")
    for email, password in (story.login for story in stories):
        print(f"  {email:28} {password}  its owner")


if __name__ == "__main__":
    sys.exit(main())
