"""The self-test: what this laptop can do now, and the very step that mends what it cannot."""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from fieldtool.app.awake import can_stay_awake
from fieldtool.app.laptop import disk_level, laptop
from fieldtool.app.views import DoctorLine, Freshness
from fieldtool.core.errors import FieldtoolError
from fieldtool.update.preflight import MIN_BATTERY, MIN_DISK_MB, Level

if TYPE_CHECKING:
    from fieldtool.app.app import App

PROBE = "doctor"  # name of the secret that the keystore test writes and removes
MDNS = ("224.0.0.251", 5353)


def examine(app: "App") -> tuple[DoctorLine, ...]:
    """One line per finding, in the order in which a technician needs them."""
    checks: tuple[Callable[[App], DoctorLine], ...] = (
        _folder, _disk, _keystore, _audit, _root, _catalogue, _network, _central, _power, _sleep, _clock, _display,
    )  # fmt: skip
    return tuple(_without_needless_fix(check(app)) for check in checks)


def _without_needless_fix(line: DoctorLine) -> DoctorLine:
    return replace(line, fix="") if line.level is Level.OK else line


def _folder(app: "App") -> DoctorLine:
    return DoctorLine("Data folder", Level.OK, str(app.folder))


def _keystore(app: "App") -> DoctorLine:
    try:
        app.keystore.put(PROBE, "x")
        app.keystore.remove(PROBE)
    except FieldtoolError as error:
        return DoctorLine("Keystore", Level.STOP, error.what, error.remedy)
    if app.keystore.throw_away:
        return DoctorLine(
            "Keystore", Level.WARN, "THROW-AWAY keys of a training folder", "Never use them on a real site."
        )
    return DoctorLine("Keystore", Level.OK, "The system's keystore works")


def _disk(app: "App") -> DoctorLine:
    free = laptop(app.folder).free_disk
    fix = f"Free disk space: below {MIN_DISK_MB} MB no update begins."
    return DoctorLine("Disk", disk_level(free), f"{free // 1_000_000} MB free for records, journal and firmware", fix)


def _audit(app: "App") -> DoctorLine:
    found = app.watch.look()
    if found.alarm is not None:
        return DoctorLine("Audit log", Level.STOP, found.alarm.what, found.alarm.remedy)
    if found.unchecked is not None:
        what = f"Its end could not be checked: {found.unchecked.what}"
        return DoctorLine("Audit log", Level.WARN, what, found.unchecked.remedy)
    return DoctorLine("Audit log", Level.OK, f"{found.records} records, none missing or changed")


def _root(app: "App") -> DoctorLine:
    try:
        found = app.trust_roots()
    except FieldtoolError as error:
        return DoctorLine("Root of trust", Level.STOP, error.what, error.remedy)
    if not found:
        fix = "fieldtool trust add ROOT.json --fingerprint SHA256"
        return DoctorLine("Root of trust", Level.STOP, "None: no firmware can be trusted", fix)
    return DoctorLine(
        "Root of trust", Level.OK, f"{found[0].fingerprint[:16]}…, valid until {found[0].expires:%Y-%m-%d}"
    )


def _catalogue(app: "App") -> DoctorLine:
    state = app.catalogue.state()
    if state.problem is not None:
        return DoctorLine("Catalogue", Level.STOP, state.problem.what, state.problem.remedy)
    until = f", valid until {state.valid_until:%Y-%m-%d}" if state.valid_until else ""
    level = Level.OK if state.freshness is Freshness.FRESH else Level.WARN
    return DoctorLine(
        "Catalogue", level, f"{state.releases} releases, {state.freshness.value}{until}", "fieldtool sync"
    )


def _network(app: "App") -> DoctorLine:
    """Can an mDNS question leave this laptop? Only the route is looked up; nothing is sent."""
    if app.settings_store.get("network") == "loopback":
        return DoctorLine(
            "Network", Level.WARN, "Only this laptop itself (training)", "fieldtool settings set network all"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(MDNS)
        except OSError as error:
            fix = "Connect the charger's cable or Wi-Fi."
            return DoctorLine("Network", Level.STOP, f"No way to a charger: {error.strerror}", fix)
        return DoctorLine("Network", Level.OK, f"Multicast leaves from {probe.getsockname()[0]}")


def _central(app: "App") -> DoctorLine:
    url = app.settings_store.get("central.url")
    if not url:
        fix = "fieldtool settings set central.url URL"
        return DoctorLine("Central system", Level.INFO, "Not set: audit records stay on this laptop", fix)
    try:
        app.loop.push()
    except FieldtoolError as error:
        return DoctorLine("Central system", Level.WARN, error.what, error.remedy)
    return DoctorLine("Central system", Level.OK, f"{url} has all records")


def _power(app: "App") -> DoctorLine:
    state = app.status().laptop
    if state.on_mains:
        return DoctorLine("Power", Level.OK, "On mains")
    level = Level.OK if (state.battery or 0) >= MIN_BATTERY else Level.STOP
    return DoctorLine("Power", level, f"Battery at {state.battery} %", "Connect mains.")


def _sleep(app: "App") -> DoctorLine:
    match can_stay_awake():
        case True:
            return DoctorLine("Sleep", Level.OK, "Held off while a charger is updated")
        case False:
            fix = "Switch off sleep in the power settings, and leave the lid open."
            return DoctorLine("Sleep", Level.WARN, "The system does not let fieldtool hold it off", fix)
        case None:
            return DoctorLine("Sleep", Level.INFO, "Nothing here that could be asked to hold it off")


def _clock(app: "App") -> DoctorLine:
    status = app.status().laptop
    return DoctorLine(
        "Clock", status.clock, status.clock_note or "Nothing speaks against it", "Set the laptop's clock."
    )


def _display(app: "App") -> DoctorLine:
    there = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if there:
        return DoctorLine("Display", Level.OK, "There is one")
    return DoctorLine("Display", Level.INFO, "None: only the command line works", "Start a desktop session.")
