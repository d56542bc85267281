"""The self-test: what this laptop can do now, and the very step that mends what it cannot."""

import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from fieldtool.app.awake import can_stay_awake
from fieldtool.app.laptop import disk_level, laptop
from fieldtool.app.views import DoctorLine, Freshness
from fieldtool.core.errors import FieldtoolError, Param, Trouble
from fieldtool.core.texts import Text
from fieldtool.update.preflight import MIN_BATTERY, MIN_DISK_MB, Level

if TYPE_CHECKING:
    from fieldtool.app.app import App

PROBE = "doctor"  # name of the secret that the keystore test writes and removes
MDNS = ("224.0.0.251", 5353)
# Names of the lines; the window translates them.
FOLDER, DISK, KEYSTORE, AUDIT = "Data folder", "Disk", "Keystore", "Audit log"
ROOT, CATALOGUE, NETWORK, CENTRAL = "Root of trust", "Catalogue", "Network", "Central system"
POWER, SLEEP, CLOCK, DISPLAY = "Power", "Sleep", "Clock", "Display"


def examine(app: "App") -> tuple[DoctorLine, ...]:
    """One line per finding, in the order in which a technician needs them."""
    checks: tuple[Callable[[App], DoctorLine], ...] = (
        _folder, _disk, _keystore, _audit, _root, _catalogue, _network, _central, _power, _sleep, _clock, _display,
    )  # fmt: skip
    return tuple(check(app) for check in checks)


def _line(name: str, level: Level, text: Text, command: str = "", **params: Param) -> DoctorLine:
    """`command`: mends it, instead of the text's own words."""
    return _told(name, level, Trouble(text, tuple(sorted(params.items()))), command)


def _told(name: str, level: Level, trouble: Trouble, command: str = "") -> DoctorLine:
    fix = "" if level is Level.OK else command or trouble.remedy
    return DoctorLine(name, level, trouble.what, fix, trouble)


def _folder(app: "App") -> DoctorLine:
    return _line(FOLDER, Level.OK, Text.DOCTOR_FOLDER, folder=str(app.folder))


def _keystore(app: "App") -> DoctorLine:
    try:
        app.keystore.put(PROBE, "x")
        app.keystore.remove(PROBE)
    except FieldtoolError as error:
        return _told(KEYSTORE, Level.STOP, error.trouble())
    if app.keystore.throw_away:
        return _line(KEYSTORE, Level.WARN, Text.DOCTOR_THROW_AWAY)
    return _line(KEYSTORE, Level.OK, Text.DOCTOR_KEYSTORE)


def _disk(app: "App") -> DoctorLine:
    free = laptop(app.folder).free_disk
    return _line(DISK, disk_level(free), Text.DOCTOR_DISK, free=free // 1_000_000, needed=MIN_DISK_MB)


def _audit(app: "App") -> DoctorLine:
    found = app.watch.look()
    if found.alarm is not None:
        return _told(AUDIT, Level.STOP, found.alarm)
    if found.unchecked is not None:
        return _told(AUDIT, Level.WARN, found.unchecked)
    return _line(AUDIT, Level.OK, Text.DOCTOR_AUDIT, records=found.records)


def _root(app: "App") -> DoctorLine:
    try:
        found = app.trust_roots()
    except FieldtoolError as error:
        return _told(ROOT, Level.STOP, error.trouble())
    if not found:
        return _line(ROOT, Level.STOP, Text.DOCTOR_NO_ROOT, "fieldtool trust add ROOT.json --fingerprint SHA256")
    until = f"{found[0].expires:%Y-%m-%d}"
    return _line(ROOT, Level.OK, Text.DOCTOR_ROOT, fingerprint=found[0].fingerprint[:16], until=until)


def _catalogue(app: "App") -> DoctorLine:
    state = app.catalogue.state()
    if state.problem is not None:
        return _told(CATALOGUE, Level.STOP, state.problem)
    until = f"{state.valid_until:%Y-%m-%d}" if state.valid_until else "?"
    fresh = state.freshness is Freshness.FRESH
    text, level = (Text.DOCTOR_CATALOGUE, Level.OK) if fresh else (Text.DOCTOR_CATALOGUE_OLD, Level.WARN)
    return _line(CATALOGUE, level, text, "fieldtool sync", releases=state.releases, until=until)


def _network(app: "App") -> DoctorLine:
    """Can an mDNS question leave this laptop? Only the route is looked up; nothing is sent."""
    if app.settings_store.get("network") == "loopback":
        return _line(NETWORK, Level.WARN, Text.DOCTOR_LOOPBACK, "fieldtool settings set network all")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(MDNS)
        except OSError as error:
            return _line(NETWORK, Level.STOP, Text.DOCTOR_NO_NETWORK, detail=error.strerror or str(error))
        return _line(NETWORK, Level.OK, Text.DOCTOR_NETWORK, address=probe.getsockname()[0])


def _central(app: "App") -> DoctorLine:
    url = app.settings_store.get("central.url")
    if not url:
        return _line(CENTRAL, Level.INFO, Text.DOCTOR_NO_CENTRAL, "fieldtool settings set central.url URL")
    try:
        app.loop.push()
    except FieldtoolError as error:
        return _told(CENTRAL, Level.WARN, error.trouble())
    return _line(CENTRAL, Level.OK, Text.DOCTOR_CENTRAL, url=url)


def _power(app: "App") -> DoctorLine:
    state = app.status().laptop
    if state.on_mains:
        return _line(POWER, Level.OK, Text.DOCTOR_MAINS)
    level = Level.OK if (state.battery or 0) >= MIN_BATTERY else Level.STOP
    return _line(POWER, level, Text.DOCTOR_BATTERY, percent=state.battery or 0)


def _sleep(app: "App") -> DoctorLine:
    match can_stay_awake():
        case True:
            return _line(SLEEP, Level.OK, Text.DOCTOR_AWAKE)
        case False:
            return _line(SLEEP, Level.WARN, Text.DOCTOR_SLEEPS)
        case None:
            return _line(SLEEP, Level.INFO, Text.DOCTOR_SLEEP_UNKNOWN)


def _clock(app: "App") -> DoctorLine:
    status = app.status().laptop
    if status.clock is Level.OK:
        return _line(CLOCK, Level.OK, Text.DOCTOR_CLOCK)
    return _line(CLOCK, status.clock, Text.DOCTOR_CLOCK_BAD, note=status.clock_note)


def _display(app: "App") -> DoctorLine:
    there = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if there:
        return _line(DISPLAY, Level.OK, Text.DOCTOR_DISPLAY)
    return _line(DISPLAY, Level.INFO, Text.DOCTOR_NO_DISPLAY)
