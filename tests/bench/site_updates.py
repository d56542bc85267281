"""A process of its own that updates a virtual site as the window would, and measures itself.

python -m tests.bench.site_updates {"folder": …, "serials": […], "at_once": …}
"""

import json
import re
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from fieldtool import settings
from fieldtool.app.app import App
from fieldtool.app.views import Presence
from fieldtool.core.clock import NEVER
from fieldtool.update.run import Ending

PULL = 0.05  # seconds between two looks of a window
DEADLINE = 400.0


def main() -> None:
    job = json.loads(sys.argv[1])
    folder = Path(job["folder"])
    # What would be if the setting allowed more than it does.
    at_once = replace(settings.SETTINGS["update.at_once"], default=str(job["at_once"]), fits=lambda value: True)
    settings.SETTINGS = {**settings.SETTINGS, at_once.name: at_once}
    app = App(folder)
    try:
        print(json.dumps(measured(app, job["serials"])))
    finally:
        app.close()


def measured(app: App, serials: list[str]) -> dict[str, Any]:
    endings: dict[str, Ending] = {}
    app.on_ended(lambda ending: endings.__setitem__(ending.serial, ending))
    app.site_import(app.folder / "lab" / "site.json")
    app.start_discovery()
    keys = wait_ready(app, set(serials))
    plan = app.plan(keys)
    assert len(plan.runs) == len(serials), [line.verdict.reason.what for line in plan.lines]
    threads, pulls = 0, []
    began, cpu = time.perf_counter(), time.process_time()
    app.start(plan)
    while len(endings) < len(serials):
        assert time.perf_counter() - began < DEADLINE, f"{len(endings)} of {len(serials)} have ended"
        app.clock.wait(NEVER, PULL)
        threads = max(threads, threading.active_count())
        before = time.thread_time()
        app.fleet()
        pulls.append(time.thread_time() - before)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    rows = [app.journal.records(ending.run) for ending in endings.values()]
    return {
        "wall": wall,
        "cpu": used,
        "rss": int(found[1]) / 1024 if found else 0.0,
        "threads": threads,
        "pulls": sum(pulls),
        "outcomes": sorted(ending.outcome.value for ending in endings.values()),
        "took": [(one[-1].at - one[0].at).total_seconds() for one in rows],
        "rows": sum(map(len, rows)),
    }


def wait_ready(app: App, serials: set[str]) -> list[str]:
    began = time.perf_counter()
    while True:
        rows = [row for row in app.fleet().rows if row.serial in serials and row.presence is Presence.READY]
        if len(rows) == len(serials):
            return [row.key for row in rows]
        assert time.perf_counter() - began < DEADLINE, f"{len(rows)} of {len(serials)} are identified"
        app.clock.wait(NEVER, 0.1)


if __name__ == "__main__":
    main()
