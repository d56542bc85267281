"""RAUC 1.8 as it behaves on a charger: its texts, its order, its quirks (measured; tests/peers compares).

Order of an installation: check signature, check manifest, mark the target slot bad, copy, write the status file,
make the slot the primary one, write the status file again.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from pathlib import Path
from threading import Condition, Thread

from fieldtool.lab.device import Device, Power, PowerLost
from fieldtool.lab.hazards import Hazards, Killed
from fieldtool.lab.raucb import BundleFile, Manifest, Refused
from fieldtool.lab.state import Note, Slot, State, activated, marked

_Report = Callable[[int, str, int], None]
BUSY = "already processing a different method"
_COPY, _STEP = 0.64, 0.02  # shares of the installation time: the copy, and each of the 18 lines around it


class Busy(Exception):
    """An installation goes on already."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What D-Bus tells of de.pengutronix.rauc.Installer."""

    operation: str = "idle"
    last_error: str = ""
    percent: int = 0
    message: str = ""
    depth: int = 0


class Job:
    """One `rauc install`: what it prints, while it goes on and afterwards."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._status: int | None = None
        self._news = Condition()

    def say(self, line: str) -> None:
        with self._news:
            self._lines.append(line)
            self._news.notify_all()

    def end(self, status: int) -> None:
        with self._news:
            self._status = status
            self._news.notify_all()

    def lines(self) -> Iterator[str]:
        """Every line from the first on; ends with the installation."""
        at = 0
        while True:
            with self._news:
                self._news.wait_for(lambda: len(self._lines) > at or self._status is not None)  # noqa: B023
                fresh = self._lines[at:]
            if not fresh:
                return
            at += len(fresh)
            yield from fresh

    @property
    def status(self) -> int | None:
        """0 installed, 1 refused or failed, 2 the service went away, None while it goes on."""
        return self._status


class Rauc:
    """The service of one start of the device."""

    def __init__(self, device: Device, power: Power) -> None:
        self._device, self._hazards = device, Hazards(device, power)
        self._properties = Properties()
        self._lock = Condition()
        self._working = False
        self._refused_one = False

    @property
    def properties(self) -> Properties:
        out = self._properties
        if self._device.faults.rauc_busy:
            out = replace(out, operation="installing", percent=90, message="Copying image to rootfs.1", depth=3)
        # Measured: a second installation that is refused sets the property to idle while the first one goes on.
        return replace(out, operation="idle") if self._refused_one and self.busy else out

    @property
    def busy(self) -> bool:
        return self._working or self._device.faults.rauc_busy

    def install(self, path: Path, shown: str) -> Job:
        """Begin to install the file; it goes on whoever looks. Busy when another one does."""
        with self._lock:
            if self.busy:
                self._refused_one = True
                raise Busy
            self._working, self._refused_one = True, False
        self._properties = Properties("installing")
        job = Job()
        Thread(target=self._work, args=(path, shown, job), name=f"rauc {shown}", daemon=True).start()
        return job

    def activate(self, bootname: str) -> None:
        """Make a slot the one that starts next, and note it in the status file."""
        self._hazards.change(lambda state: activated(state, bootname))
        self._hazards.change(lambda state: _noted_active(state, bootname, self._now()))

    def wait_idle(self) -> None:
        """Return when no installation goes on. For tests."""
        with self._lock:
            self._lock.wait_for(lambda: not self._working)

    # -- an installation

    def _work(self, path: Path, shown: str, job: Job) -> None:
        job.say("installing")
        failed = ""
        try:
            self._install(path, job)
        except (PowerLost, Killed):
            self._idle(Properties())  # D-Bus starts the service anew at the next call
            job.end(2)
            return
        except (Refused, OSError) as error:
            failed = str(error)
        self._report(job, 100, "Installing failed." if failed else "Installing done.", 1)
        if failed:
            job.say(f"LastError: {failed}")
            job.say("idle")
        self._idle(replace(self._properties, operation="idle", last_error=failed))
        job.end(1 if failed else 0)

    def _idle(self, properties: Properties) -> None:
        with self._lock:
            self._properties = replace(properties, operation="idle")
            self._working = False
            self._lock.notify_all()

    def _install(self, path: Path, job: Job) -> None:
        report = partial(self._report, job)
        report(0, "Installing", 1)
        report(0, "Determining slot states", 2)
        self._hazards.at("begin")
        report(20, "Determining slot states done.", 2)
        with BundleFile(path) as bundle:
            manifest = self._check(bundle, report)
            report(80, "Updating slots", 2)
            self._update(bundle, manifest, report)
        report(99, "Updating slots done.", 2)
        self._hazards.at("done")

    def _check(self, bundle: BundleFile, report: _Report) -> Manifest:
        report(20, "Checking bundle", 2)
        try:
            bundle.signature_place()
            report(20, "Verifying signature", 3)
            self._hazards.at("signature")
            try:
                bundle.verify(self._device.roots)
            except Refused:
                report(40, "Verifying signature failed.", 3)
                raise
        except Refused:
            report(40, "Checking bundle failed.", 2)
            raise
        report(40, "Verifying signature done.", 3)
        report(40, "Checking bundle done.", 2)
        report(40, "Checking manifest contents", 2)
        manifest = bundle.manifest()
        self._hazards.at("manifest")
        report(60, "Checking manifest contents done.", 2)
        report(60, "Determining target install group", 2)
        report(80, "Determining target install group done.", 2)
        expected = self._device.state.nameplate.compatible
        if manifest.compatible != expected:
            raise Refused(
                f"Installation error: Compatible mismatch: Expected '{expected}' but bundle manifest has "
                f"'{manifest.compatible}'"
            )
        return manifest

    def _update(self, bundle: BundleFile, manifest: Manifest, report: _Report) -> None:
        device = self._device
        target = device.state.target.bootname
        name = device.state.target.name
        report(80, f"Checking slot {name}", 3)
        self._hazards.change(lambda state: marked(state, target, False))
        self._hazards.at("marked_bad")
        report(90, f"Checking slot {name} done.", 3)
        report(90, f"Copying image to {name}", 3)
        self._copy(bundle, manifest, target, report)
        self._hazards.at("copied")
        report(99, f"Copying image to {name} done.", 3)
        self._hazards.change(lambda state: _noted(state, target, manifest, self._now()))
        self._hazards.at("recorded")
        self.activate(target)
        self._hazards.at("activated")

    def _copy(self, bundle: BundleFile, manifest: Manifest, target: str, report: _Report) -> None:
        device = self._device
        image = bundle.image(manifest)
        # From the first byte on the slot holds nothing that starts.
        self._hazards.change(lambda state: state.with_slot(replace(state.slot(target), image=None, confirmed=False)))
        self._hazards.pause(device.timing.install * _COPY / 2)
        self._hazards.at("copying")
        self._hazards.pause(device.timing.install * _COPY / 2)
        if manifest.size > device.state.nameplate.slot_bytes:
            name = device.state.slot(target).name
            report(99, f"Copying image to {name} failed.", 3)
            report(99, "Updating slots failed.", 2)
            self._hazards.change(lambda state: _failed(state, target))
            raise Refused(
                f"Installation error: Failed updating slot {name}: Failed splicing data: Error writing to file "
                "descriptor: No space left on device"
            )
        self._hazards.change(lambda state: state.with_slot(replace(state.slot(target), image=device.afflicted(image))))

    def _report(self, job: Job, percent: int, message: str, depth: int) -> None:
        self._properties = replace(self._properties, percent=percent, message=message, depth=depth)
        job.say(f"{percent:3d}% {message}")
        self._hazards.pause(self._device.timing.install * _STEP)

    def _now(self) -> str:
        return self._device.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _noted(state: State, target: str, manifest: Manifest, now: str) -> State:
    slot = state.slot(target)
    note = Note(
        manifest.compatible, manifest.version, manifest.sha256, manifest.size, manifest.description, manifest.build,
        installed_at=now, installed_count=slot.note.installed_count + 1 if slot.note else 1,
        activated_at=slot.note.activated_at if slot.note else "",
        activated_count=slot.note.activated_count if slot.note else 0,
    )  # fmt: skip
    return state.with_slot(replace(slot, note=note))


def _noted_active(state: State, target: str, now: str) -> State:
    slot = state.slot(target)
    if slot.note is None:
        return state
    note = replace(slot.note, activated_at=now, activated_count=slot.note.activated_count + 1)
    return state.with_slot(replace(slot, note=note))


def _failed(state: State, target: str) -> State:
    slot = state.slot(target)
    return state.with_slot(replace(slot, note=replace(slot.note, status="update") if slot.note else None))


# ---- what it prints -------------------------------------------------------------------------------------------------


def status_json(state: State, detailed: bool) -> str:
    """`rauc status --output-format=json`. The order of slots is not stable in the real one either."""
    told = {
        "compatible": state.nameplate.compatible,
        "variant": "",
        "booted": state.current,
        "boot_primary": state.slot(state.primary).name,
        "slots": [{slot.name: _slot_json(state, slot, detailed)} for slot in _unsorted(state)],
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


def _unsorted(state: State) -> tuple[Slot, ...]:
    return state.slots if state.starts % 2 else state.slots[::-1]


def _slot_json(state: State, slot: Slot, detailed: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "class": "rootfs",
        "device": f"/dev/mmcblk0p{1 if slot.bootname == 'A' else 2}",
        "type": "raw",
        "bootname": slot.bootname,
        "state": "booted" if slot.bootname == state.current else "inactive",
        "parent": None,
        "mountpoint": None,
        "boot_status": "good" if slot.good else "bad",
    }
    return told | {"slot_status": _note_json(slot.note)} if detailed else told


def _note_json(note: Note | None) -> dict[str, object]:
    if note is None:
        return {"bundle": {"compatible": None}}
    bundle = {"compatible": note.compatible, "version": note.version}
    bundle |= {key: value for key, value in (("description", note.description), ("build", note.build)) if value}
    told: dict[str, object] = {"bundle": bundle, "checksum": {"sha256": note.sha256, "size": note.size}}
    if note.installed_count:
        told["installed"] = {"timestamp": note.installed_at, "count": note.installed_count}
    if note.activated_count:
        told["activated"] = {"timestamp": note.activated_at, "count": note.activated_count}
    return told | {"status": note.status}


def status_text(state: State) -> str:
    """`rauc status` for people, without its colours."""
    plate, primary = state.nameplate, state.slot(state.primary)
    lines = [
        "=== System Info ===", f"Compatible:  {plate.compatible}", "Variant:     ",
        f"Booted from: {state.booted.name} ({state.current})", "",
        "=== Bootloader ===", f"Activated: {primary.name} ({primary.bootname})", "", "=== Slot States ===",
    ]  # fmt: skip
    for slot in _unsorted(state):
        told = _slot_json(state, slot, False)
        sign = "⏺" if slot.bootname == state.primary else "○"
        lines.append(f"{sign} [{slot.name}] ({told['device']}, raw, {told['state']})")
        lines += [f"\tbootname: {slot.bootname}", f"\tboot status: {told['boot_status']}", ""]
    return "\n".join(lines) + "\n\n"


def properties_text(state: State, properties: Properties, sent: float) -> str:
    """The reply of GetAll as `dbus-send --print-reply` prints it. `sent`: seconds since 1970."""
    progress = (
        f"            struct {{\n               int32 {properties.percent}\n"
        f'               string "{properties.message}"\n               int32 {properties.depth}\n            }}'
    )
    entries = [
        ("Operation", f'            string "{properties.operation}"'),
        ("LastError", f'            string "{properties.last_error}"'),
        ("Progress", progress),
        ("Compatible", f'            string "{state.nameplate.compatible}"'),
        ("Variant", '            string ""'),
        ("BootSlot", f'            string "{state.current}"'),
    ]
    told = "".join(
        f'      dict entry(\n         string "{name}"\n         variant {value}\n      )\n' for name, value in entries
    )
    head = f"method return time={sent:.6f} sender=:1.1 -> destination=:1.3 serial=4 reply_serial=2"
    return f"{head}\n   array [\n{told}   ]\n"
