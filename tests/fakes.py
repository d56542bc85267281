"""Fakes that behave: a charger with two slots, a clock that never waits, a journal in memory, faults at every point."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import MappingProxyType

from fieldtool.core.driver import Can, Credentials, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError, StorageError
from fieldtool.core.model import (
    Component,
    Configuration,
    ConnectorStatus,
    FirmwareImage,
    Health,
    Identity,
    Link,
    Observed,
    Release,
    SiteRules,
    Slot,
    Snapshot,
)
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.texts import Text
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Images, Limits, Place
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.rights import Rights
from fieldtool.update.run import TERMINAL, Ending, Head, Leg, Outcome, Record

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
OLD_RELEASE = replace(RELEASE, target="lab/main-1.0.raucb", sha256="11" * 32, version="1.0", payload_hash="a" * 64)
LEG = Leg("main", RELEASE, "1.0", OLD_RELEASE)
HEAD = Head("run-1", "S1", "Bay 01", (LEG,), "demo")
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


AB_TRIAL = Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK | Can.RESUME
SERVICE = Can.CONFIG | Can.OUT_OF_SERVICE
KINDS: dict[str, Can] = {
    "ab-trial": AB_TRIAL | SERVICE,
    "ab": Can.KEEP_OLD | Can.ROLL_BACK | Can.RESUME | SERVICE,
    "in-place": Can.RESUME | SERVICE,
    "in-place-rescue": Can.RESUME | Can.BOOTLOADER | SERVICE,
    "self-installing": Can.SELF_INSTALL | SERVICE,
}
Firmware = tuple[str, str]  # version, payload hash


class FakeDevice:
    """A charger of any kind, that can lose power at any moment.

    A/B: two slots. In place: slot "a" only; what runs stays in memory until a restart, a half-written slot does not
    start. Self-installing: as A/B inside, but nobody can tell it to go back.
    """

    def __init__(self, clock: FakeClock, serial: str = "S1", kind: str = "ab-trial") -> None:
        self.clock = clock
        self.serial = serial
        self.kind = kind
        self.in_place = kind.startswith("in-place")
        self.counts_tries = kind == "ab-trial"
        self.tells_slots = True
        self.slots: dict[str, Firmware | None] = {"a": ("1.0", OLD_HASH), "b": None}
        self.memory: Firmware | None = ("1.0", OLD_HASH)
        self.booted, self.primary = "a", "a"
        self.confirmed = {"a"}  # slots
        self.bad: set[str] = set()  # slots that the bootloader does not start
        self.files: dict[str, int] = {}  # sha256 -> bytes that arrived
        self.upload_ok = True
        self.chunks = 3  # in which an upload arrives
        self.line_breaks = False  # after every chunk
        self.writing: Firmware | None = None  # an installation is half done
        self.image_boots = True
        self.install_breaks = False  # with an error, when half of it is written
        self.health_lost = False  # the line breaks whenever the new firmware is asked for its health
        self.sick = False  # the new firmware does not work properly
        self.faults_now: tuple[str, ...] = ()
        self.in_use = ""
        self.in_use_until: float | None = None
        self.installing_until = 0.0  # somebody else installs something
        self.bootloader = False
        self.dead = False  # nothing starts, nothing answers
        self.silent_until = 0.0
        self.down_for = 6.0  # seconds of a restart
        self.muddled_for = 0.0  # seconds around a restart in which it answers, but cannot say how it is
        self.muddled_until = 0.0
        self.health_muddled_until = 0.0  # it cannot tell its health before
        self.restarts = 0
        self.settings = {"name": "Bay 01", "limit": "32"}
        self.layout = "fake-1"  # of its settings
        self.loses_settings = False  # at an update
        self.forgets_settings = False  # that were written
        self.serving = True
        self.deaf_to_service = False
        self.acts: list[str] = Acts()
        self.answers_as: str | None = None  # another charger took the address

    @property
    def trial(self) -> bool:
        """What runs falls back at the next restart, unless it is confirmed before."""
        return self.counts_tries and self.booted not in self.confirmed

    @property
    def other(self) -> str:
        return "b" if self.booted == "a" else "a"

    @property
    def target(self) -> str:
        """The slot that an installation writes."""
        return "a" if self.in_place else self.other

    @property
    def upload(self) -> int:
        return sum(self.files.values())

    @property
    def runs(self) -> Firmware | None:
        """What runs now. None: nothing, or its bootloader."""
        if self.bootloader or self.dead:
            return None
        return self.memory if self.in_place else self.slots[self.booted]

    @property
    def damaged(self) -> bool:
        return self.in_place and self.slots["a"] is None and not self.bootloader

    def firmware(self, slot: str) -> tuple[str | None, str | None]:
        return self.slots[slot] or (None, None)

    def restart(self) -> None:
        """Power on: the bootloader chooses."""
        self.restarts += 1
        if self.in_place:
            self._start_in_place()
        else:
            self._start_slot()
        self.silent_until = self.clock.seconds + self.down_for
        self.muddled_until = self.silent_until + self.muddled_for

    def _start_in_place(self) -> None:
        whole = self.slots["a"]
        starts = whole is not None and (self.image_boots or whole[0] != RELEASE.version)
        self.writing = None
        self.memory = whole if starts else None
        self.bootloader = not starts and self.kind == "in-place-rescue"
        self.dead = not starts and not self.bootloader

    def _start_slot(self) -> None:
        if self.trial and self.booted == self.primary:  # on trial and not confirmed: falls back
            self.bad.add(self.booted)
            self.primary = self.other
        if not self.image_boots and self.slots[self.primary] == (RELEASE.version, NEW_HASH):
            if self.kind == "ab":  # what is primary starts, or nothing does
                self.dead = True
            self.bad.add(self.primary)
            self.primary = self.booted
        self.booted = self.primary
        self.writing = None
        if self.loses_settings and self.slots[self.booted] == (RELEASE.version, NEW_HASH):
            self.settings = {}

    def lose_power(self) -> None:
        if self.writing is not None and not self.in_place:
            self.slots[self.target] = None
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
    def __init__(self, device: FakeDevice, component: str, faults: Faults, can: Can, refuse_install: bool) -> None:
        self._d, self._component, self._f, self.can, self._refuse = device, component, faults, can, refuse_install

    def _point(self) -> None:
        self._f.point()
        if self._d.dead or self._d.clock.seconds < self._d.silent_until:
            raise LinkError(Text.LINK_LOST, address=LINK.address, detail="it restarts")

    def identify(self) -> Identity:
        self._point()
        version, payload = self._d.runs or ("", "")
        return Identity(
            "Lab", "CityPost 22", "R4", self._d.serial, {self._component: version}, "", {self._component: payload}
        )

    def observe(self) -> Observed:
        self._point()
        d = self._d
        if d.clock.seconds < d.muddled_until:
            raise DeviceError(Text.FACT_FAILED, fact="update service", status=1, detail="no bus")
        running, running_hash = d.runs or (None, None)
        staged, staged_hash = self._staged()
        installing = d.clock.seconds < d.installing_until
        slots = (
            ()
            if d.in_place or d.kind == "self-installing" or not d.tells_slots
            else tuple(
                Slot(name, *d.firmware(name), "bad" if name in d.bad else "good", name == d.booted, name == d.primary)
                for name in sorted(d.slots)
            )
        )
        return Observed(
            serial=d.answers_as or d.serial,
            running=running,
            running_hash=None if installing else running_hash,
            running_slot="" if installing or d.in_place or d.kind == "self-installing" else d.booted,
            staged=staged,
            staged_hash=staged_hash,
            slots=slots,
            installing=installing,
            damaged=d.damaged,
            in_use=d.busy(),
        )

    def _staged(self) -> tuple[str | None, str | None]:
        d = self._d
        if d.in_place:
            return d.firmware("a") if d.slots["a"] != d.memory else (None, None)
        return d.firmware(d.other) if d.primary != d.booted else (None, None)

    def health(self) -> Health:
        self._point()
        new = (self._d.runs or ("", ""))[0] == RELEASE.version
        if self._d.health_lost and new:
            raise LinkError(Text.LINK_LOST, address=LINK.address, detail="noise")
        if self._d.clock.seconds < self._d.health_muddled_until:
            raise DeviceError(Text.FACT_FAILED, fact="connectors", status=1, detail="not yet")
        until = self._d.muddled_until
        if until and self._d.clock.seconds < until + self._d.muddled_for / 2:
            raise DeviceError(Text.FACT_FAILED, fact="connectors", status=1, detail="not yet")
        faults = (*self._d.faults_now, *(("RFID_SILENT",) if self._d.sick and new else ()))
        status = ConnectorStatus.AVAILABLE if self._d.serving else ConnectorStatus.UNAVAILABLE
        return Health(not faults, {"1": status}, faults)

    def snapshot(self) -> Snapshot:
        return Snapshot(self.identify(), self.observe(), self.health())

    def transfer(self, image: FirmwareImage) -> Steps:
        d = self._d
        d.acts.append("transfer")
        while d.files.get(image.sha256, 0) < image.length:
            self._point()
            d.files[image.sha256] = d.files.get(image.sha256, 0) + image.length // d.chunks
            yield Progress(d.files[image.sha256], image.length)
            if d.line_breaks and d.files[image.sha256] < image.length:
                raise LinkError(Text.LINK_LOST, address=LINK.address, detail="noise")

    def verify(self, image: FirmwareImage) -> Steps:
        self._point()
        yield Progress(0, 0)
        if not self._d.upload_ok:
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def install(self, image: FirmwareImage) -> Steps:
        self._point()
        d = self._d
        d.acts.append("install")
        if self._refuse:
            raise DeviceError(Text.INSTALL_FAILED, detail="no")
        if d.files.get(image.sha256, 0) < image.length:
            raise DeviceError(Text.INSTALL_FAILED, detail="the file is gone")
        if self._staged() == (image.version, image.payload_hash):
            return
        new = (image.version, image.payload_hash)
        d.writing = new
        if d.in_place:
            d.slots["a"] = None
        d.acts.append("half written")
        yield Progress(1, 2)
        self._point()
        if d.install_breaks and image.version == RELEASE.version:
            d.writing = None
            raise DeviceError(Text.INSTALL_FAILED, detail="bad block")
        d.writing = None
        d.slots[d.target] = new
        d.confirmed.discard(d.target)
        d.bad.discard(d.target)
        if not d.in_place:
            d.primary = d.target
        d.acts.append("staged")
        if Can.SELF_INSTALL in self.can:  # whether or not anybody still listens
            d.acts.append("restarts itself")
            d.restart()
        self._point()
        yield Progress(2, 2)

    def restart(self) -> Steps:
        self._point()
        yield Progress(0, 0)
        assert not self._d.damaged, "a half-written charger must not be restarted"
        self._d.acts.append("restart")
        self._d.restart()
        self._f.point()

    def confirm(self) -> None:
        self._point()
        self._d.acts.append("confirm")
        self._d.confirmed.add(self._d.booted)
        self._d.bad.discard(self._d.booted)
        self._point()

    def roll_back(self) -> Steps:
        self._point()
        d = self._d
        if Can.ROLL_BACK not in self.can:
            raise AssertionError("this charger cannot be told to go back")
        d.acts.append("roll_back")
        if d.primary != d.booted:
            if d.booted not in d.bad:  # bad: an earlier call has done it
                d.primary = d.booted
        elif d.other in d.bad or d.slots[d.other] is None:
            raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="its other slot is marked bad")
        else:
            d.bad.add(d.booted)
            d.primary = d.other
        self._point()
        yield Progress(1, 1)

    def tidy(self, image: FirmwareImage) -> None:
        self._point()
        self._d.files.pop(image.sha256, None)

    def configuration(self) -> Configuration:
        self._point()
        return Configuration(self._d.layout, dict(self._d.settings))

    def configure(self, wanted: Configuration) -> None:
        self._point()
        self._d.acts.append("configure")
        if not self._d.forgets_settings:
            self._d.settings = dict(wanted.values)
            self._d.layout = wanted.format
        self._point()

    def serve(self, serving: bool) -> None:
        self._point()
        if self._d.deaf_to_service and serving:
            raise DeviceError(Text.FACT_FAILED, fact="service", status=1, detail="no")
        if self._d.serving is not serving:
            self._d.acts.append("serve" if serving else "withdraw")
        self._d.serving = serving


class FakeDriver:
    """Reaches a charger's components, each a device of its own with the same serial number."""

    name, schemes, formats = "fake", frozenset({"ssh"}), frozenset({"raucb"})

    def __init__(
        self, device: FakeDevice, faults: Faults | None = None, can: Can | None = None, refuse_install: bool = False
    ) -> None:
        self.parts = {MAIN: device}
        self.faults, self.can, self.refuse_install = faults or Faults(), can, refuse_install
        self.open_sessions = self.most_sessions = 0

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator[FakeSession]:
        self.faults.point()
        device = self.parts[component.id]
        if device.dead or device.clock.seconds < device.silent_until:
            raise LinkError(Text.LINK_UNREACHABLE, address=component.link.address, detail="no route")
        self.open_sessions += 1
        self.most_sessions = max(self.most_sessions, self.open_sessions)
        can = self.can if self.can is not None else KINDS[device.kind]
        try:
            yield FakeSession(device, component.id, self.faults, can, self.refuse_install)
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
        self.full_at: int | None = None  # the disk takes no row from this number on

    def begin(self, head: Head, first: Record) -> None:
        self.append(head, first)

    def append(self, head: Head, record: Record) -> None:
        self._point()
        if self.full_at is not None and len(self.rows) + 1 >= self.full_at:
            raise StorageError(Text.DATABASE_FULL, folder="data")
        self.rows.append(record)
        self._point()

    def _point(self) -> None:
        with suppress(LinkError):  # a line that is lost while a row is written is noticed later
            self.faults.point()

    def records(self, run: str) -> tuple[Record, ...]:
        return tuple(self.rows)

    @property
    def over(self) -> bool:
        return bool(self.rows) and self.rows[-1].phase in TERMINAL

    def ending(self) -> Ending:
        """As the journal tells it."""
        last = self.rows[-1]
        return Ending(last.run, "S1", Outcome(last.phase.value), last.trouble, None, None)

    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.rows]


class MemoryBackups:
    """Saved settings in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Configuration] = {}
        self.full = False

    def save(self, run: str, component: str, settings: Configuration) -> str:
        if self.full:
            raise StorageError(Text.DATABASE_FULL, folder="settings")
        name = f"{run}-{component}-{len(self.kept)}"
        self.kept[name] = settings
        return name

    def load(self, name: str) -> Configuration:
        return self.kept[name]


class Bench:
    """One charger, one engine, one journal: what most engine tests begin with."""

    def __init__(
        self,
        kind: str = "ab-trial",
        limits: Limits = LIMITS,
        can: Can | None = None,
        refuse_install: bool = False,
        parts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`can`: other than the kind's; `parts`: further components and their kinds."""
        self.clock = FakeClock()
        self.device = FakeDevice(self.clock, kind=kind)
        self.faults = Faults()
        self.rows = MemoryRows(self.faults)
        self.backups = MemoryBackups()
        self.board = Board(self.clock)
        self.hand = Hand()
        self.limits = limits
        self.driver = FakeDriver(self.device, self.faults, can, refuse_install)
        for part, its_kind in parts.items():
            self.driver.parts[part] = FakeDevice(self.clock, kind=its_kind)
        self.images: Images = lambda release: FirmwareImage(Path(release.target), release)
        self.laptop = Laptop(90, True, 10**11)
        self.rules = SiteRules()
        self.rights = Rights()  # nobody directs
        self.releases: tuple[Release, ...] = ()  # in the catalogue

    def engine(self) -> Engine:
        return Engine(
            {"fake": self.driver},
            lambda serial, component: Place(replace(COMPONENT, id=component), PROFILE),
            lambda serial: NoSecrets(),
            self.rows,
            self.board,
            self.clock,
            World(
                lambda: self.laptop,
                lambda: self.rules,
                self.backups,
                rights=lambda serial, run: self.rights,
                releases=lambda: self.releases,
            ),
            self.limits,
        )

    def run(self, head: Head = HEAD) -> Ending:
        return self.engine().run(head, self.images, self.hand)

    def resume(self, head: Head = HEAD) -> Ending:
        """With another program: what the hand was told is forgotten."""
        self.hand = Hand()
        return self.engine().resume(head, self.images, self.hand)

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
