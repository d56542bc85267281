"""Fakes that behave: a charger with two slots, a clock that never waits, a journal in memory, faults at every point."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from fieldtool.core.driver import Can, Credentials, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import (
    Component,
    ConnectorStatus,
    FirmwareImage,
    Health,
    Identity,
    Link,
    Observed,
    Release,
    Slot,
    Snapshot,
)
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.update.engine import Engine
from fieldtool.update.job import Limits, Place, Stop
from fieldtool.update.journal import Head
from fieldtool.update.live import Board
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Ending, Record

LINK = Link("ssh", "127.0.0.1:22")
COMPONENT = Component("main", "R4", "fake", LINK)
PROFILE = Profile(
    id="fake", driver="fake", vendor="Lab", models=("CityPost 22",), restart_seconds=60.0, settle_seconds=10.0
)
RELEASE = Release(
    target="lab/main-2.0.raucb",
    length=300,
    sha256="22" * 32,
    vendor="Lab",
    models=("CityPost 22",),
    hardware=("R4",),
    component="main",
    version="2.0",
    format="raucb",
    payload_hash="b" * 64,
    version_format="dotted",
)
IMAGE = FirmwareImage(Path("main-2.0.raucb"), RELEASE)
OLD_HASH, NEW_HASH = "a" * 64, RELEASE.payload_hash
HEAD = Head("run-1", "S1", "Bay 01", "main", RELEASE, "1.0", "demo")
LIMITS = Limits(patience=120.0, poll=2.0, tries=4, soak=4.0)


class LaptopDied(BaseException):
    """The laptop lost power, or the program was killed."""


class FakeClock:
    """Time passes only by waiting."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits = 0

    def now(self) -> datetime:
        return datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, stop: Event, seconds: float) -> bool:
        self.waits += 1
        self.seconds += seconds
        return stop.is_set()


class Faults:
    """Counts every point where the world may break; breaks at the one asked for."""

    def __init__(self, at: int | None = None, strike: Callable[[], None] | None = None) -> None:
        self.count, self.at, self._strike = 0, at, strike

    def point(self) -> None:
        self.count += 1
        if self.count == self.at and self._strike is not None:
            self._strike()


class FakeDevice:
    """A charger on A/B slots with a trial boot, that can lose power at any moment."""

    def __init__(self, clock: FakeClock, serial: str = "S1") -> None:
        self.clock = clock
        self.serial = serial
        self.slots: dict[str, tuple[str, str] | None] = {"a": ("1.0", OLD_HASH), "b": None}
        self.booted, self.primary = "a", "a"
        self.trial = False  # what runs is not confirmed yet
        self.upload = 0  # bytes that arrived
        self.upload_ok = True
        self.chunks = 3  # in which an upload arrives
        self.line_breaks = False  # after every chunk
        self.half_written = False
        self.image_boots = True
        self.health_lost = False  # the line breaks whenever the new firmware is asked for its health
        self.sick = False  # the new firmware does not work properly
        self.faults_now: tuple[str, ...] = ()
        self.in_use = ""
        self.in_use_until: float | None = None
        self.installing_until = 0.0  # somebody else installs something
        self.bootloader = False
        self.silent_until = 0.0
        self.down_for = 6.0  # seconds of a restart
        self.muddled_for = 0.0  # seconds around a restart in which it answers, but cannot say how it is
        self.muddled_until = 0.0
        self.restarts = 0
        self.acts: list[str] = Acts()
        self.answers_as: str | None = None  # another charger took the address

    @property
    def other(self) -> str:
        return "b" if self.booted == "a" else "a"

    def firmware(self, slot: str) -> tuple[str | None, str | None]:
        return self.slots[slot] or (None, None)

    def restart(self) -> None:
        """Power on: the bootloader chooses."""
        self.restarts += 1
        if self.trial and self.booted == self.primary:  # on trial and not confirmed: falls back
            self.primary = self.other
            self.trial = False
        elif self.primary != self.booted:
            self.trial = True
        if not self.image_boots and self.slots[self.primary] == (RELEASE.version, NEW_HASH):
            self.primary = self.booted
            self.trial = False
        self.booted = self.primary
        self.half_written = False
        self.silent_until = self.clock.seconds + self.down_for
        self.muddled_until = self.silent_until + self.muddled_for

    def lose_power(self) -> None:
        if self.half_written:
            self.slots[self.other] = None
            self.primary = self.booted
        self.restart()

    def busy(self) -> str:
        if self.in_use_until is not None and self.clock.seconds >= self.in_use_until:
            self.in_use = ""
        return self.in_use


class Acts(list[str]):
    """What was done to a device, in order. Hooks run when an act is noted, before or after it."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks: list[tuple[str, Callable[[], None], bool]] = []

    def append(self, act: str) -> None:
        self._call(act, after=False)
        super().append(act)
        self._call(act, after=True)

    def _call(self, act: str, after: bool) -> None:
        for wanted, hook, late in self.hooks:
            if wanted == act and late is after:
                hook()


class FakeSession:
    def __init__(self, device: FakeDevice, faults: Faults, can: Can, refuse_install: bool) -> None:
        self._d, self._f, self.can, self._refuse = device, faults, can, refuse_install

    def _point(self) -> None:
        self._f.point()
        if self._d.clock.seconds < self._d.silent_until:
            raise LinkError(Text.LINK_LOST, address=LINK.address, detail="it restarts")

    def identify(self) -> Identity:
        self._point()
        version, payload = self._d.firmware(self._d.booted)
        return Identity(
            "Lab", "CityPost 22", "R4", self._d.serial, {"main": version or ""}, "", {"main": payload or ""}
        )

    def observe(self) -> Observed:
        self._point()
        d = self._d
        if d.clock.seconds < d.muddled_until:
            raise DeviceError(Text.FACT_FAILED, fact="update service", status=1, detail="no bus")
        running, running_hash = d.firmware(d.booted)
        staged, staged_hash = d.firmware(d.other) if d.primary != d.booted else (None, None)
        if d.bootloader:
            running = running_hash = None
        installing = d.clock.seconds < d.installing_until
        return Observed(
            serial=d.answers_as or d.serial,
            running=running,
            running_hash=None if installing else running_hash,
            running_slot="" if installing else d.booted,
            staged=staged,
            staged_hash=staged_hash,
            slots=tuple(
                Slot(name, *d.firmware(name), "good", name == d.booted, name == d.primary) for name in sorted(d.slots)
            ),
            installing=installing,
            in_use=d.busy(),
        )

    def health(self) -> Health:
        self._point()
        if self._d.health_lost and self._d.firmware(self._d.booted)[0] == RELEASE.version:
            raise LinkError(Text.LINK_LOST, address=LINK.address, detail="noise")
        until = self._d.muddled_until
        if until and self._d.clock.seconds < until + self._d.muddled_for / 2:
            raise DeviceError(Text.FACT_FAILED, fact="connectors", status=1, detail="not yet")
        sick = self._d.sick and self._d.firmware(self._d.booted)[0] == RELEASE.version
        faults = (*self._d.faults_now, *(("RFID_SILENT",) if sick else ()))
        return Health(not faults, {"1": ConnectorStatus.AVAILABLE}, faults)

    def snapshot(self) -> Snapshot:
        return Snapshot(self.identify(), self.observe(), self.health())

    def transfer(self, image: FirmwareImage) -> Steps:
        self._d.acts.append("transfer")
        while self._d.upload < image.length:
            self._point()
            self._d.upload += image.length // self._d.chunks
            yield Progress(self._d.upload, image.length)
            if self._d.line_breaks and self._d.upload < image.length:
                raise LinkError(Text.LINK_LOST, address=LINK.address, detail="noise")

    def verify(self, image: FirmwareImage) -> Steps:
        self._point()
        yield Progress(0, 0)
        if not self._d.upload_ok:
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def install(self, image: FirmwareImage) -> Steps:
        self._point()
        self._d.acts.append("install")
        if self._refuse:
            raise DeviceError(Text.INSTALL_FAILED, detail="no")
        if self._d.upload < image.length:
            raise DeviceError(Text.INSTALL_FAILED, detail="the file is gone")
        self._d.half_written = True
        yield Progress(1, 2)
        self._point()
        self._d.half_written = False
        self._d.slots[self._d.other] = (image.version, image.payload_hash)
        self._d.primary = self._d.other
        self._point()
        yield Progress(2, 2)

    def restart(self) -> None:
        self._point()
        self._d.acts.append("restart")
        self._d.restart()
        self._f.point()

    def confirm(self) -> None:
        self._point()
        self._d.acts.append("confirm")
        self._d.trial = False
        self._point()

    def roll_back(self) -> Steps:
        self._point()
        self._d.acts.append("roll_back")
        d = self._d
        new_runs = d.firmware(d.booted) == (RELEASE.version, NEW_HASH)
        d.primary = d.other if new_runs else d.booted
        d.trial = False
        self._point()
        yield Progress(1, 1)

    def tidy(self, image: FirmwareImage) -> None:
        self._point()
        self._d.upload = 0


AB_TRIAL = Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK | Can.RESUME


class FakeDriver:
    name, schemes = "fake", frozenset({"ssh"})

    def __init__(
        self, device: FakeDevice, faults: Faults | None = None, can: Can = AB_TRIAL, refuse_install: bool = False
    ) -> None:
        self.device, self.faults, self.can, self.refuse_install = device, faults or Faults(), can, refuse_install
        self.open_sessions = 0

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator[FakeSession]:
        self.faults.point()
        if self.device.clock.seconds < self.device.silent_until:
            raise LinkError(Text.LINK_UNREACHABLE, address=component.link.address, detail="no route")
        self.open_sessions += 1
        try:
            yield FakeSession(self.device, self.faults, self.can, self.refuse_install)
        finally:
            self.open_sessions -= 1


class NoSecrets:
    serial = "S1"

    def password(self, link: Link) -> str | None:
        return None

    def private_key(self, link: Link) -> str | None:
        return None

    def pin(self, link: Link) -> str | None:
        return None


class MemoryRows:
    """A journal in memory, with a fault before and after every row."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.rows: list[Record] = []
        self.faults = faults or Faults()

    def begin(self, head: Head, first: Record) -> None:
        self.append(head, first)

    def append(self, head: Head, record: Record) -> None:
        self.faults.point()
        self.rows.append(record)
        self.faults.point()

    def records(self, run: str) -> tuple[Record, ...]:
        return tuple(self.rows)

    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.rows]


class Bench:
    """One charger, one engine, one journal: what most engine tests begin with."""

    def __init__(self, limits: Limits = LIMITS, can: Can = AB_TRIAL, refuse_install: bool = False) -> None:
        self.clock = FakeClock()
        self.device = FakeDevice(self.clock)
        self.faults = Faults()
        self.rows = MemoryRows(self.faults)
        self.board = Board(self.clock)
        self.stop = Stop()
        self.limits = limits
        self.driver = FakeDriver(self.device, self.faults, can, refuse_install)
        self.image: Callable[[], FirmwareImage] = lambda: IMAGE
        self.laptop = Laptop(90, True, 10**11)

    def engine(self) -> Engine:
        return Engine(
            {"fake": self.driver},
            lambda serial: Place(COMPONENT, PROFILE),
            lambda serial: NoSecrets(),
            self.rows,
            self.board,
            self.clock,
            lambda: self.laptop,
            self.limits,
        )

    def run(self, head: Head = HEAD) -> Ending:
        return self.engine().run(head, self.image, self.stop)

    def resume(self, head: Head = HEAD) -> Ending:
        return self.engine().resume(head, self.image, self.stop)

    def strike_at(self, point: int, strike: Callable[[], None]) -> None:
        self.faults = self.rows.faults = self.driver.faults = Faults(point, strike)

    def when(self, act: str, do: Callable[[], None], after: bool = False) -> None:
        """Let something happen in the world when the engine does this to the device."""
        acts = self.device.acts
        assert isinstance(acts, Acts)
        acts.hooks.append((act, do, after))

    def calm(self) -> None:
        """No more faults."""
        self.faults = self.rows.faults = self.driver.faults = Faults()


def release(version: str, payload: str) -> Release:
    return replace(RELEASE, version=version, payload_hash=payload)
