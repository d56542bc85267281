"""What a virtual charger is, apart from any wire: two slots, a bootloader, connectors, faults, a disk.

The bootloader behaves as RAUC's custom backend on a plain Debian 12 does (tests/peers), with boot attempts as
U-Boot counts them: an image that nobody marks good starts three times, then the other slot starts.
All of it survives a kill of the lab: state.json is replaced as a whole at each change.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event, RLock

from cryptography import x509

from fieldtool.core.clock import Clock
from fieldtool.lab.disk import Disk
from fieldtool.lab.faults import NO_FAULTS, Faults, faults_to_json, parse_faults, with_fault
from fieldtool.lab.raucb import Image, make_image

BOOT_ATTEMPTS = 3
SICK_CODE = "RelayStuckClosed"
_OTHER = {"A": "B", "B": "A"}
_NAMES = {"A": "rootfs.0", "B": "rootfs.1"}


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What was fixed when the charger was made, and what it left the factory with."""

    serial: str
    version: str = "1.4.2"
    vendor: str = "Lab"
    model: str = "CityPost 22"
    hardware: str = "B2"
    compatible: str = "lab-citypost-22"
    board_serial: str = ""
    security_epoch: int = 0
    connectors: tuple[str, ...] = ("1", "2")
    disk_bytes: int = 400_000_000
    slot_bytes: int = 300_000_000
    image_bytes: int = 200_000  # size of the image it left the factory with


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that a healthy charger takes."""

    shutdown: float = 0.3  # from the command to the dark
    boot: float = 5.0  # dark
    settle: float = 1.0  # from the first answer until the charging software runs
    install: float = 4.0


@dataclass(frozen=True, slots=True)
class Note:
    """What RAUC's status file says of a slot. After a cut in mid-install it still tells of the image before."""

    compatible: str
    version: str
    sha256: str
    size: int
    description: str = ""
    build: str = ""
    installed_at: str = ""
    installed_count: int = 0
    activated_at: str = ""
    activated_count: int = 0
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class Slot:
    bootname: str  # "A"
    image: Image | None = None  # what really lies in it; None: nothing that starts
    note: Note | None = None
    good: bool = True  # the bootloader's opinion
    attempts: int = BOOT_ATTEMPTS
    confirmed: bool = True

    @property
    def name(self) -> str:
        return _NAMES[self.bootname]

    @property
    def starts(self) -> bool:
        return self.image is not None and self.image.boots


@dataclass(frozen=True, slots=True)
class State:
    nameplate: Nameplate
    slots: tuple[Slot, Slot]
    primary: str = "A"
    current: str = "A"
    security_epoch: int = 0
    charging: tuple[str, ...] = ()  # connectors with a session
    faults: Faults = NO_FAULTS
    starts: int = 0
    cut_sessions: int = 0  # sessions that a restart or a cut ended: a good tool leaves this at 0
    port: int = 0

    def slot(self, bootname: str) -> Slot:
        return next(slot for slot in self.slots if slot.bootname == bootname)

    @property
    def booted(self) -> Slot:
        return self.slot(self.current)

    @property
    def target(self) -> Slot:
        return self.slot(_OTHER[self.current])

    def with_slot(self, slot: Slot) -> "State":
        first, second = (slot if old.bootname == slot.bootname else old for old in self.slots)
        return replace(self, slots=(first, second))


class Power:
    """One stretch between power on and power off. What runs in it ends when it goes."""

    def __init__(self) -> None:
        self.off = Event()


class PowerLost(Exception):
    """What wanted to go on has ended: its power went."""


class Device:
    """Thread-safe. `go_dark(seconds, delay)` is called when it restarts or loses power; the owner starts it again."""

    def __init__(
        self,
        folder: Path,
        nameplate: Nameplate,
        roots: list[x509.Certificate],
        go_dark: Callable[[float, float], None],
        clock: Clock,
        timing: Timing = Timing(),  # noqa: B008  # frozen
        faults: Faults = NO_FAULTS,
    ) -> None:
        """Comes back from `folder` as it was, or new from the factory when there is nothing yet."""
        self.roots, self.timing, self.clock = roots, timing, clock
        self._go_dark = go_dark
        self._folder = folder
        self._lock = RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self._state = _load(folder / "state.json") or _from_factory(nameplate, faults)
        self.disk = Disk(folder / "disk", nameplate.disk_bytes, self.facts)
        self.disk.limit = self._state.faults.disk_free
        self.power = Power()
        self.power.off.set()
        self._settled_at = 0.0

    # -- state

    @property
    def state(self) -> State:
        return self._state

    @property
    def faults(self) -> Faults:
        return self._state.faults

    def change(self, change: Callable[[State], State], power: Power | None = None) -> State:
        """Replace the state, on disk first. PowerLost when `power`, in which the caller runs, is gone."""
        with self._lock:
            if power is not None and power.off.is_set():
                raise PowerLost
            state = change(self._state)
            _save(self._folder / "state.json", state)
            self._state = state
            return state

    def set_fault(self, name: str, value: object = True) -> None:
        """UsageError when there is no such fault, or the value makes no sense."""
        self.change(lambda state: replace(state, faults=with_fault(state.faults, name, value)))
        self.disk.limit = self.faults.disk_free

    def take(self, name: str) -> None:
        """A fault that strikes once has struck."""
        self.set_fault(name, getattr(NO_FAULTS, name))

    # -- power

    @property
    def on(self) -> bool:
        return not self.power.off.is_set()

    def start(self) -> Power | None:
        """Power comes: the bootloader picks a slot. None when neither starts; the device stays dark then."""
        with self._lock:
            state = self.change(_boot)
            if not state.booted.starts:
                return None
            self._settled_at = self.clock.monotonic() + self.timing.settle
            self.power = Power()
            return self.power

    def restart(self) -> None:
        """In good order: the answer to the command still leaves, then it is dark for the boot time."""
        self._go_dark(self.timing.boot, self.timing.shutdown)

    def cut_power(self, seconds: float | None = None) -> None:
        """At once. Nothing that runs does one more thing."""
        self.lose_power()
        dark = self.faults.dark_seconds or self.timing.boot
        self._go_dark(dark if seconds is None else seconds, 0.0)

    def lose_power(self) -> None:
        with self._lock:
            self.power.off.set()
        cut = len(self._state.charging)
        if cut:
            self.change(lambda state: replace(state, charging=(), cut_sessions=state.cut_sessions + cut))

    # -- bootloader, as RAUC's backend asks it

    def set_primary(self, bootname: str) -> None:
        self.change(lambda state: activated(state, bootname))

    def mark(self, bootname: str, good: bool) -> None:
        self.change(lambda state: marked(state, bootname, good))

    # -- what the running system tells

    def facts(self) -> Mapping[str, str]:
        state, plate = self._state, self._state.nameplate
        image = state.booted.image
        told = {
            "serial": state.faults.other_serial or plate.serial,
            "board-serial": plate.board_serial or f"PCB-{plate.serial}",
            "vendor": plate.vendor,
            "model": plate.model,
            "hardware": plate.hardware,
            "version": image.version if image else "",
            "security-epoch": str(state.security_epoch),
        }
        return {f"/etc/charger/{name}": f"{value}\n" for name, value in told.items()}

    @property
    def settled(self) -> bool:
        """The charging software runs: not right after the start."""
        return self.clock.monotonic() >= self._settled_at

    @property
    def sick(self) -> str:
        image = self._state.booted.image
        return image.sick if image else ""

    def connectors(self) -> dict[str, str]:
        """Connector -> status in OCPP's words, lower case."""
        state = self._state
        out = {
            name: "occupied" if name in state.charging else "available" if self.settled else "unavailable"
            for name in state.nameplate.connectors
        }
        if self.sick == "connector":
            out[state.nameplate.connectors[0]] = "unavailable"
        return out

    def alarms(self) -> list[str]:
        return [code for code in (self.faults.alarm, SICK_CODE if self.sick == "fault" else "") if code]

    def software_runs(self) -> bool:
        return self.settled and self.sick != "check"

    def start_session(self, connector: str = "") -> None:
        name = connector or self._state.nameplate.connectors[0]
        self.change(lambda state: replace(state, charging=tuple(sorted({*state.charging, name}))))

    def end_session(self, connector: str = "") -> None:
        """The session on `connector`, or all."""
        self.change(
            lambda state: replace(state, charging=tuple(one for one in state.charging if connector not in ("", one)))
        )

    def run_version(self, version: str) -> None:
        """Somebody else changed what runs: another version with another content."""
        self.change(lambda state: state.with_slot(_with_factory_image(state.booted, state.nameplate, version)))


# ---- rules of the bootloader: State in, State out -------------------------------------------------------------------


def _boot(state: State) -> State:
    """Up to three tries of the primary slot, then the other one, as a bootloader with attempt counters does."""
    faults = state.faults
    if faults.other_serial_later:
        faults = replace(faults, other_serial=faults.other_serial_later, other_serial_later="")
    state = replace(state, starts=state.starts + 1, charging=(), faults=faults)
    for bootname in (state.primary, _OTHER[state.primary]):
        slot = state.slot(bootname)
        if slot.good and slot.starts and (slot.confirmed or slot.attempts > 0):
            if not slot.confirmed:
                state = state.with_slot(replace(slot, attempts=slot.attempts - 1))
            return replace(state, primary=bootname, current=bootname)
        state = state.with_slot(replace(slot, good=False, attempts=0))
    # Nothing is thought good: U-Boot's usual script resets its counters then and takes what starts at all.
    last = next((slot.bootname for slot in state.slots if slot.starts), state.primary)
    return replace(state, primary=last, current=last)


def activated(state: State, bootname: str) -> State:
    slot = replace(state.slot(bootname), good=True, attempts=BOOT_ATTEMPTS)
    return replace(state.with_slot(slot), primary=bootname)


def marked(state: State, bootname: str, good: bool) -> State:
    slot = state.slot(bootname)
    if good:
        state = state.with_slot(replace(slot, good=True, confirmed=True, attempts=BOOT_ATTEMPTS))
        image = slot.image
        if image is not None and bootname == state.current:  # a fuse burns when a newer epoch is confirmed
            state = replace(state, security_epoch=max(state.security_epoch, image.security_epoch))
        return state
    state = state.with_slot(replace(slot, good=False))
    return replace(state, primary=_OTHER[bootname]) if state.primary == bootname else state


# ---- from the factory, and kept ------------------------------------------------------------------------------------


@cache
def factory_image(version: str, security_epoch: int, size: int) -> Image:
    """What a charger holds that left the factory with `version`: the image that a bundle of it carries, too."""
    image = Image(version, security_epoch=security_epoch)
    return replace(image, sha256=hashlib.sha256(make_image(image, size)).hexdigest(), size=size)


def _with_factory_image(slot: Slot, nameplate: Nameplate, version: str) -> Slot:
    image = factory_image(version, nameplate.security_epoch, nameplate.image_bytes)
    note = Note(
        nameplate.compatible, version, image.sha256, image.size,
        installed_at="2025-02-03T08:15:00Z", installed_count=1,
        activated_at="2025-02-03T08:15:00Z", activated_count=1,
    )  # fmt: skip
    return replace(slot, image=image, note=note)


def _from_factory(nameplate: Nameplate, faults: Faults) -> State:
    first = _with_factory_image(Slot("A"), nameplate, nameplate.version)
    return State(nameplate, (first, Slot("B")), security_epoch=nameplate.security_epoch, faults=faults)


def _save(path: Path, state: State) -> None:
    kept = asdict(state)
    kept["faults"] = faults_to_json(state.faults)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(kept, indent=1))
    part.replace(path)


def _load(path: Path) -> State | None:
    if not path.exists():
        return None
    kept = json.loads(path.read_text())
    plate = kept.pop("nameplate")
    plate["connectors"] = tuple(plate["connectors"])
    slots = [
        Slot(
            **{
                **slot,
                "image": Image(**slot["image"]) if slot["image"] else None,
                "note": Note(**slot["note"]) if slot["note"] else None,
            }
        )
        for slot in kept.pop("slots")
    ]
    kept["charging"] = tuple(kept["charging"])
    kept["faults"] = parse_faults(kept["faults"])
    return State(nameplate=Nameplate(**plate), slots=(slots[0], slots[1]), **kept)
