"""A charger that no longer boots, its bootloader on a serial line, and an engine that brings it back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from fieldtool.core.driver import EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError, RefusedError
from fieldtool.core.model import FirmwareImage, Identity, Link, Release, SiteRules
from fieldtool.core.profile import Profile
from fieldtool.core.recovery import Recovery
from fieldtool.core.texts import Text
from fieldtool.update.engine import Rows
from fieldtool.update.job import Hand, Images, Limits, Place
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.recovery import RecoveryEngine
from fieldtool.update.rights import Rights
from fieldtool.update.run import Ending, Head, Leg, Wire
from tests.fakes import (
    COMPONENT,
    HEAD,
    PROFILE,
    RELEASE,
    Acts,
    FakeClock,
    FakeDevice,
    FakeDriver,
    Faults,
    MemoryBackups,
    MemoryRows,
    NoSecrets,
)

WIRE = Wire(Link("serial", "/dev/ttyUSB0"), "fake")
BRICKED = replace(PROFILE, recovery=MappingProxyType({"driver": "fake-boot"}))
RECOVERY = replace(HEAD, legs=(Leg("main", RELEASE, None, model="CityPost 22", hardware="R4"),), recovery=WIRE)
QUICK = Limits(patience=120.0, poll=2.0, tries=4, soak=4.0)


class Brick(FakeDevice):
    """Its only slot is empty: nothing starts. Its bootloader writes a medium, and starts what is whole there."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, kind="in-place")
        self.dead, self.memory, self.slots["a"] = True, None, None
        self.at_prompt = False
        self.medium: dict[str, int] = {}  # sha256 -> bytes that were written
        self.written: list[tuple[str, str]] = []  # (serial that the bootloader told, sha256) of every chunk
        self.lies = False  # what is read back is not what was written
        self.told = Identity("Lab", "CityPost 22", "R4", "S1", {})
        self.too_small = False
        self.sulks = 0  # starts that fail
        self.starts_other = False
        self.signature_bad = False

    def power_cut(self) -> None:
        self.at_prompt = False
        if not self.dead:
            self.restart()

    def boot(self, image: FirmwareImage) -> None:
        self.dead, self.bootloader, self.at_prompt = False, False, False
        version = "9.9" if self.starts_other else image.version
        self.slots["a"] = self.memory = (version, image.payload_hash)
        self.silent_until = self.clock.seconds + self.down_for


@dataclass
class FakeRecovery:
    """`Recovery` on a `Brick`, with a point before and after everything it does."""

    device: Brick
    faults: Faults

    def _point(self) -> None:
        self.faults.point()

    def _at_prompt(self) -> None:
        self._point()
        if not self.device.at_prompt:
            raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="no prompt")

    def enter(self) -> Steps:
        self._point()
        if not self.device.at_prompt:
            yield ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
            self.device.power_cut()
            self._point()
            self.device.at_prompt = True
            self.device.dead = True  # its firmware does not run while the bootloader waits
        self.device.acts.append("prompt")
        yield Progress(0, 0)

    def identify(self) -> Identity:
        self._at_prompt()
        return self.device.told

    def fits(self, image: FirmwareImage) -> None:
        self._at_prompt()
        if self.device.too_small:
            raise RefusedError(Text.INSTALL_INCOMPATIBLE, detail="it is larger than the medium")

    def write(self, image: FirmwareImage) -> Steps:
        d, chunk = self.device, image.length // self.device.chunks
        while d.medium.get(image.sha256, 0) < image.length:
            self._at_prompt()
            d.medium[image.sha256] = d.medium.get(image.sha256, 0) + chunk
            d.written.append((d.told.serial, image.sha256))
            d.acts.append("write")
            yield Progress(d.medium[image.sha256], image.length)

    def verify(self, image: FirmwareImage) -> Steps:
        self._at_prompt()
        yield Progress(0, 0)
        if self.device.lies or self.device.medium.get(image.sha256, 0) < image.length:
            self.device.medium.clear()
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def start(self, image: FirmwareImage) -> Steps:
        d = self.device
        self._at_prompt()
        yield Progress(0, 0)
        assert d.medium.get(image.sha256, 0) == image.length, "half an image is never started"
        d.acts.append("start")
        if d.sulks:
            d.sulks -= 1
            raise DeviceError(Text.NEW_DOES_NOT_START)
        d.boot(image)
        self._point()

    def log(self) -> tuple[str, ...]:
        return ("U-Boot 2023.01",)


@dataclass
class FakeRecoverer:
    device: Brick
    faults: Faults
    name: str = "fake-boot"
    schemes: frozenset[str] = frozenset({"serial"})
    open_lines: int = 0

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator[Recovery]:
        self.faults.point()
        assert self.open_lines == 0, "one port, one line"
        self.open_lines += 1
        try:
            yield FakeRecovery(self.device, self.faults)
        finally:
            self.open_lines -= 1


class RecoveryBench:
    """One dead charger, one engine, one journal."""

    def __init__(self, rows: Rows | None = None) -> None:
        self.clock = FakeClock()
        self.device = Brick(self.clock)
        self.faults = Faults()
        self.memory = MemoryRows(self.faults)
        self.rows: Rows = rows or self.memory
        self.board = Board(self.clock)
        self.hand = Hand()
        self.limits = QUICK
        self.profile = BRICKED
        self.driver = FakeDriver(self.device, self.faults)
        self.recoverer = FakeRecoverer(self.device, self.faults)
        self.images: Images = lambda release: FirmwareImage(Path(release.target), release)
        self.laptop = Laptop(90, True, 10**11)
        self.rules = SiteRules()
        self.rights = Rights()
        self.releases: tuple[Release, ...] = (RELEASE,)
        self.located: Callable[[], None] = lambda: None  # raises when nobody has seen the charger

    def engine(self) -> RecoveryEngine:
        def locate(serial: str, component: str) -> Place:
            assert self.recoverer.open_lines == 0, "its normal driver may need the port"
            self.located()
            return Place(replace(COMPONENT, id=component), self.profile)

        return RecoveryEngine(
            {"fake-boot": self.recoverer},
            lambda id: self.profile,
            {"fake": self.driver},
            locate,
            lambda serial: NoSecrets(),
            self.rows,
            self.board,
            self.clock,
            World(
                lambda: self.laptop,
                lambda: self.rules,
                MemoryBackups(),
                rights=lambda serial, run: self.rights,
                releases=lambda: self.releases,
            ),
            self.limits,
        )

    def run(self, head: Head = RECOVERY) -> Ending:
        return self.engine().run(head, self.images, self.hand)

    def resume(self, head: Head = RECOVERY) -> Ending:
        """With another program: what the hand was told is forgotten, and no port is open any more."""
        self.hand = Hand()
        self.recoverer.open_lines = 0
        return self.engine().resume(head, self.images, self.hand)

    @property
    def acts(self) -> Acts:
        acts = self.device.acts
        assert isinstance(acts, Acts)
        return acts

    def when(self, act: str, do: Callable[[], None], after: bool) -> None:
        """Let something happen in the world when this is done to the charger."""
        self.acts.hooks.append((act, do, after))

    def strike_at(self, point: int, strike: Callable[[], None]) -> None:
        self.use(Faults(point, strike))

    def calm(self) -> None:
        self.use(Faults())

    def use(self, faults: Faults) -> None:
        self.faults = self.memory.faults = self.driver.faults = self.recoverer.faults = faults

    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.rows.records("run-1")]
