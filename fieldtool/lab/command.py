"""The verb `fieldtool lab`: make a training folder, run its site, break things in it."""

import json
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from threading import Event

from fieldtool.core.clock import SystemClock
from fieldtool.core.resources import resource
from fieldtool.lab.control import ask
from fieldtool.lab.faults import ACTIONS, Faults
from fieldtool.lab.site import LAB, LabSite, MakeCatalogue, new_lab
from fieldtool.lab.ssh_charger import new_ssh_key

Say = Callable[[object], None]
Direct = Callable[[Path], Mapping[str, object]]
"""Make a director for a training folder, and let it direct the laptop; what there is to tell about it."""
_LOOK = 0.5  # seconds; Windows delivers Ctrl-C only between waits


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `fieldtool lab`."""
    verbs = parser.add_subparsers(dest="lab_verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", help="make a training folder: throw-away keys, a catalogue, a virtual site")
    new.add_argument("folder", type=Path, metavar="FOLDER")
    new.add_argument("--site", type=Path, metavar="FILE", help="site description (default: the demo site)")
    new.add_argument("--stand-alone", action="store_true", help="no director: whatever the vendor signed may be used")
    start = verbs.add_parser("start", help="run the virtual chargers of a training folder until Ctrl-C")
    start.add_argument("folder", type=Path, metavar="FOLDER")
    start.add_argument("--seconds", type=float, metavar="N", help="stop by itself after N seconds")
    start.add_argument("--silent", action="store_true", help="do not announce the chargers by mDNS")
    fault = verbs.add_parser("fault", help="break something in a running lab", epilog=_known_faults())
    fault.add_argument("serial", metavar="SERIAL")
    fault.add_argument("name", metavar="NAME", help='a fault, an action, or "state"')
    fault.add_argument("value", metavar="VALUE", nargs="?", default="")
    fault.add_argument("--folder", type=Path, default=Path(), help="training folder (default: the current one)")


def _known_faults() -> str:
    return f"faults: {', '.join(field.name for field in fields(Faults))}; actions: {', '.join(ACTIONS)}"


def run(args: Namespace, make_catalogue: MakeCatalogue, say: Say | None = None, *, direct: Direct | None = None) -> int:
    """Do what `add_arguments` parsed. `say` prints one JSON-able value; by default as a line on standard output.

    `direct`: None makes every training folder stand alone.
    """
    tell = say or _say
    if args.lab_verb == "new":
        site_file = new_lab(args.folder, args.site or resource("lab", "demo-site.toml"), make_catalogue, new_ssh_key)
        directed = {} if args.stand_alone or direct is None else direct(args.folder)
        tell({"folder": str(args.folder), "site_file": str(site_file), **directed})
    elif args.lab_verb == "start":
        _start(args.folder, args.seconds, not args.silent, tell)
    else:
        request = {"serial": args.serial, "name": args.name, "value": args.value}
        tell(ask(args.folder / LAB, request))
    return 0


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _start(folder: Path, seconds: float | None, announce: bool, tell: Say) -> None:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    clock = SystemClock()
    end = None if seconds is None else clock.monotonic() + seconds
    with LabSite(folder, clock) as site:
        site.start(announce)
        tell({"ready": True, "site_file": str(site.site_file), "control": site.control_port, "chargers": site.told()})
        while end is None or clock.monotonic() < end:
            left = _LOOK if end is None else max(0.0, min(_LOOK, end - clock.monotonic()))
            if clock.wait(stop, left):
                return
