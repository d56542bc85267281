"""What a virtual charger is, apart from any wire: slots, a bootloader, connectors, faults, a disk, a power switch.

The bootloader behaves as RAUC's custom backend on a plain Debian 12 does (tests/peers), with boot attempts as
U-Boot counts them; `state` has its rules, and those of the other kinds of chargers.
All of it survives a kill of the lab: state.json is replaced as a whole at each change.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event, RLock

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fieldtool.core.clock import Clock
from fieldtool.lab.disk import Disk
from fieldtool.lab.faults import NO_FAULTS, Faults, with_fault
from fieldtool.lab.raucb import Image
from fieldtool.lab.software import FAULT_CODE, ChargingSoftware, first_start
from fieldtool.lab.state import (
    Nameplate,
    State,
    Timing,
    activated,
    boot,
    from_factory,
    load,
    marked,
    reflashed,
    save,
    with_factory_image,
)

SICK_CODE = FAULT_CODE
MODEM_HARDWARE = "M1"
CERTIFICATE = "/etc/swupdate/certificate.pem"  # whom SWUpdate trusts


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
        self._trusted = b"".join(root.public_bytes(Encoding.PEM) for root in roots).decode()
        self._go_dark = go_dark
        self._folder = folder
        self._lock = RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self._state = load(folder / "state.json") or from_factory(nameplate, faults)
        self.disk = Disk(folder / "disk", nameplate.disk_bytes, self.facts)
        self.disk.limit = self._state.faults.disk_free
        self.power = Power()
        self.power.off.set()
        self._settled_at = 0.0
        self.software = ChargingSoftware(self)

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
            save(self._folder / "state.json", state)
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
        """Power comes: the bootloader picks a slot. None when nothing starts; the device stays dark then."""
        with self._lock:
            state = self.change(boot)
            if not state.booted.starts and not state.rescue:
                return None
            self.change(lambda state: replace(state, software=first_start(state.software, state.runs)))
            self.software = ChargingSoftware(self)
            self._settled_at = self.clock.monotonic() + self.timing.settle
            self.power = Power()
            return self.power

    def restart(self, asked: bool = True) -> None:
        """In good order: the answer to the command still leaves, then it is dark for the boot time."""
        if asked and self.faults.restart_ignored > 0:
            self.set_fault("restart_ignored", self.faults.restart_ignored - 1)
            return
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
        """The files that the system shows, path -> text."""
        told = {**_told(self._state), **_told_of_modem(self._state)}
        files = {f"/etc/charger/{name}": f"{value}\n" for name, value in told.items()}
        return {**files, CERTIFICATE: self._trusted}

    @property
    def settled(self) -> bool:
        """The charging software runs: not right after the start."""
        return self.clock.monotonic() >= self._settled_at

    @property
    def sick(self) -> str:
        image = self._state.runs
        return image.sick if image else ""

    def connectors(self) -> dict[str, str]:
        return self.software.connectors()

    def alarms(self) -> list[str]:
        return self.software.alarms()

    def software_runs(self) -> bool:
        return self.settled and self.sick != "check" and not self._state.rescue

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
        self.change(lambda state: state.with_slot(with_factory_image(state.booted, state.nameplate, version)))

    def reflash(self, version: str = "") -> None:
        """What somebody with a serial cable does: factory firmware again, of `version` or of its nameplate."""
        self.change(lambda state: reflashed(state, version))

    def afflicted(self, image: Image) -> Image:
        """An image that is installed now, with what the faults do to it."""
        faults = self.faults
        return replace(image, boots=image.boots and not faults.no_boot, sick=faults.bad_health or image.sick)


def _told(state: State) -> Mapping[str, str]:
    """What the running system says of itself; the rescue system knows no version of the firmware."""
    plate, runs, staged = state.nameplate, state.runs, state.staged
    half = state.writing == "main" and plate.in_place
    return {
        "serial": state.faults.other_serial or plate.serial,
        "board-serial": plate.board_serial or f"PCB-{plate.serial}",
        "vendor": plate.vendor,
        "model": plate.model,
        "hardware": plate.hardware,
        "security-epoch": str(state.security_epoch),
        "slot": "" if plate.in_place else state.booted.name,
        "staged-version": staged.version if staged and not half else "",
        "staged-hash": staged.sha256 if staged and not half else "",
        "damaged": "an installation broke off" if half else "",
        "rescue": "rescue system" if state.rescue else "",
    } | ({"version": runs.version, "payload-hash": runs.sha256} if runs is not None else {})


def _told_of_modem(state: State) -> Mapping[str, str]:
    modem = state.modem
    if modem is None:
        return {}
    half = modem.image is None or state.writing == "modem"
    staged = modem.image if modem.image != modem.runs and not half else None
    told = {
        "staged-version": staged.version if staged else "",
        "staged-hash": staged.sha256 if staged else "",
        "damaged": "an installation broke off" if half else "",
        "rescue": "" if modem.runs else "the modem's bootloader",
        "hardware": MODEM_HARDWARE,
    } | ({"version": modem.runs.version, "payload-hash": modem.runs.sha256} if modem.runs else {})
    return {f"modem-{name}": value for name, value in told.items()}
