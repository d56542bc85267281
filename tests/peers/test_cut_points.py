"""The sweep's faults at every phase, on the real RAUC and the real SWUpdate: the same ends as on virtual chargers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import FirmwareImage, Release, SiteRules
from fieldtool.core.profile import Profile
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import TERMINAL, Head, Leg, Outcome
from tests.audit.support import MemoryKeystore
from tests.drivers.contract import session
from tests.faults.sweep_points import LaptopDied, Point, Points, ShakyBackups, ShakyDriver, ShakyRows
from tests.faults.sweep_scene import DRIVERS, RUN, Desk
from tests.peers import rauc_device, swupdate_device
from tests.peers.rauc_device import Factory, RaucDevice
from tests.peers.swupdate_device import SwupdateDevice

pytestmark = pytest.mark.peer
needs_rauc = pytest.mark.skipif(bool(rauc_device.missing()), reason=rauc_device.missing() or "it can")
needs_swupdate = pytest.mark.skipif(bool(swupdate_device.missing()), reason=swupdate_device.missing() or "it can")

LIMITS = Limits(patience=60.0, poll=0.1, tries=4, soak=0.2)
NEW = "2.6.1"
COPYING = Point("install: install yields", 2)  # the installation stands still then, half way
PHASES = ("preflight", "backup", "transfer", "verify", "install", "restart", "validate", "confirm")
POINTS = (*(Point(f"{phase}: after row {phase}:entered", 1) for phase in PHASES), COPYING)
STRIKES = ("power", "service", "connection", "laptop", "both")
CASES = [pytest.param(strike, point, id=f"{strike}, {point}") for strike in STRIKES for point in POINTS]
Device = RaucDevice | SwupdateDevice


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    return Factory(tmp_path_factory.mktemp("factory"))


class Field:
    """A real charger, a laptop, and what strikes them."""

    def __init__(self, device: Device, profile: Profile, image: FirmwareImage, folder: Path) -> None:
        self.device, self.profile = device, profile
        image, old = _newer(image), _newer(device.image(device.old_version))
        self.images = {image.release: image, old.release: old}
        way_back = old.release if isinstance(device, SwupdateDevice) else None  # RAUC's other slot keeps the old one
        leg = Leg("main", image.release, device.old_version, way_back)
        self.head = Head(RUN, device.serial, "Bay 01", (leg,), "ada")
        self.points = Points()
        self.desk = Desk(folder, MemoryKeystore())

    def strike(self, name: str) -> None:
        if self.points.last == COPYING.where:
            self.device.wait_until_copying()
        if name in ("power", "both"):
            self.device.power_cut()
            self.device.boot()
        elif name == "service":
            self._kill_service()
        elif name == "connection":
            self._kill_connection()
        self.device.let_go()
        if name in ("laptop", "both"):
            self.points.dead = True
            raise LaptopDied

    def _kill_service(self) -> None:
        if isinstance(self.device, RaucDevice):
            self.device.kill_rauc()
        else:
            _kill(self.device, "swupdate")

    def _kill_connection(self) -> None:
        if isinstance(self.device, RaucDevice):
            self.device.kill_ssh_sessions()
        else:
            _kill(self.device, "sshd", but_not=psutil.Process(self.device._init).pid)

    def play(self) -> Outcome:
        """Run; after a death of the laptop another program goes on."""
        try:
            return self._engine().run(self.head, self._image, Hand()).outcome
        except LaptopDied:
            self.desk = self.desk.reopened()
        rows = self.desk.journal.records(RUN)
        if rows[-1].phase in TERMINAL:
            return Outcome(rows[-1].phase.value)
        return self._engine().resume(self.desk.journal.open_runs()[0], self._image, Hand()).outcome

    def _image(self, release: Release) -> FirmwareImage:
        return self.images[release]

    def _engine(self) -> Engine:
        self.points.dead = False
        clock = SystemClock()
        return Engine(
            {one.name: ShakyDriver(one, self.points) for one in DRIVERS},
            lambda serial, component: Place(self.device.component(), self.profile),
            lambda serial: self.device.keys(),
            ShakyRows(self.desk.journal, self.points),
            Board(clock),
            clock,
            World(lambda: Laptop(None, True, 10**11), SiteRules, ShakyBackups(self.desk.backups, self.points)),
            LIMITS,
        )


def _newer(image: FirmwareImage) -> FirmwareImage:
    """Of the security epoch that these chargers demand."""
    return replace(image, release=replace(image.release, security_epoch=3))


def _kill(device: SwupdateDevice, name: str, but_not: int = 0) -> None:
    """What runs on this charger under that name."""
    inside = psutil.Process(device._init)
    for process in inside.children(recursive=True):
        if process.name() == name and process.pid != but_not:
            process.kill()


def check(field: Field, outcome: Outcome, gentle: bool) -> None:
    """The charger itself, the journal and the audit log agree with the end."""
    story = [f"{row.phase}:{row.mark}" for row in field.desk.journal.records(RUN)]
    assert outcome in ((Outcome.DONE,) if gentle else (Outcome.DONE, Outcome.ROLLED_BACK)), story
    with session(field.device) as opened:
        seen = opened.observe()
        names = _left(opened)
    new, device = field.head.legs[0].release, field.device
    old = (device.old_version, device.old_hash)
    wanted = (new.version, new.payload_hash) if outcome is Outcome.DONE else old
    assert (seen.running, seen.running_hash) == wanted, (outcome, story)
    assert seen.staged is None and not seen.damaged and not seen.installing, (seen, story)
    assert names == [], "files were left behind"
    assert field.desk.journal.open_runs() == ()
    assert field.desk.log.verify().ok


def _left(opened: object) -> list[str]:
    with opened.files.sftp() as sftp:  # type: ignore[attr-defined]  # both drivers' sessions have files
        return [name for name in sftp.names() if name != "installing.lock"]


@contextmanager
def struck(field: Field, strike: str, point: Point) -> Iterator[None]:
    hit: list[str] = []

    def strikes() -> None:
        hit.append(strike)
        field.strike(strike)

    field.points.strike_at(point, strikes)
    try:
        yield
        assert hit, "the run did not come there"
    finally:
        field.device.let_go()
        field.desk.store.close()


def quick(profile: Profile, **changes: object) -> Profile:
    return replace(profile, restart_seconds=30.0, settle_seconds=2.0, **changes)  # type: ignore[arg-type]  # its fields


@needs_rauc
@pytest.mark.sweep("cut points on the real RAUC", share=1 / 45)
@pytest.mark.parametrize(("strike", "point"), CASES)
def test_the_real_rauc_struck_at_any_phase_ends_as_virtual_chargers_do(
    tmp_path: Path, factory: Factory, strike: str, point: Point
) -> None:
    with rauc_device.rauc_device(tmp_path / "charger", factory) as device:
        image = device.slow_image(NEW) if point == COPYING else device.image(NEW)
        # Its bootloader, a script of ours, counts no starts: no trial.
        field = Field(device, quick(device.profile, update={"trial": "no"}), image, tmp_path / "laptop")
        with struck(field, strike, point):
            check(field, field.play(), gentle=strike in ("connection", "laptop"))


@needs_swupdate
@pytest.mark.sweep("cut points on the real SWUpdate", share=1 / 90)
@pytest.mark.parametrize("kind", ["ab", "in-place-rescue"])
@pytest.mark.parametrize(("strike", "point"), CASES)
def test_the_real_swupdate_struck_at_any_phase_ends_as_virtual_chargers_do(
    tmp_path: Path, kind: str, strike: str, point: Point
) -> None:
    with swupdate_device.swupdate_device(tmp_path / "charger", kind) as device:
        image = device.half_image(NEW) if point == COPYING else device.image(NEW)
        field = Field(device, quick(device.profile), image, tmp_path / "laptop")
        with struck(field, strike, point):
            check(field, field.play(), gentle=strike in ("connection", "laptop"))
