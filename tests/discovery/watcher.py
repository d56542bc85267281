"""A program: browses all network cards; prints the list as a line of JSON when it changes, until its input ends."""

import json
import sys
import threading
import time

from fieldtool.core.clock import SystemClock
from fieldtool.discovery.mdns import Browser
from fieldtool.discovery.profiles import Profiles
from fieldtool.discovery.roster import Roster


def main() -> None:
    began = time.monotonic()
    changed = threading.Event()
    browser = Browser(SystemClock())
    roster = Roster(SystemClock(), {}, Profiles({}, {}), None, lambda serial: None, [browser], changed.set)
    roster.start()

    def tell() -> None:
        while changed.wait() and not closing.is_set():
            changed.clear()
            entries = [
                {
                    "name": entry.name,
                    "presence": entry.presence.value,
                    "links": [str(link) for link in entry.links],
                    "hints": dict(entry.hints),
                }
                for entry in roster.entries()
            ]
            problem = roster.problem.text.name if roster.problem is not None else ""
            line = {"after": round(time.monotonic() - began, 3), "entries": entries, "problem": problem}
            print(json.dumps(line), flush=True)

    closing = threading.Event()
    teller = threading.Thread(target=tell)
    teller.start()
    sys.stdin.read()
    closing.set()
    changed.set()
    teller.join()
    roster.close()


if __name__ == "__main__":
    main()
