"""One case of the sweep: a virtual charger, a laptop with its file database, an engine, and what strikes them."""

import logging
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any

from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import Driver
from fieldtool.core.errors import StorageError
from fieldtool.core.model import Component, FirmwareImage, Link, Release, SiteRules
from fieldtool.core.profile import MAIN, Profile
from fieldtool.drivers.rauc_ssh import RaucSsh
from fieldtool.drivers.swupdate_ssh import SwupdateSsh
from fieldtool.lab.state import Nameplate, State, Timing, boot
from fieldtool.store.database import Store, driver
from fieldtool.store.keystore import Keystore
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.backups import Backups
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import TERMINAL, Ending, Head, Leg, Outcome
from tests.audit.support import MemoryKeystore
from tests.drivers.wire import Wire
from tests.faults.sweep_points import LaptopDied, Points, ShakyBackups, ShakyDriver, ShakyRows
from tests.lab_chargers import LabCharger, virtual_charger

TWO_PARTS = "two-components"
KINDS = ("ab-trial", "ab", "ab-swupdate", "self-installing", "in-place", "in-place-rescue", TWO_PARTS)
FIRMWARE = {
    "good": {},
    "sick": {"sick": "check"},  # runs, and does not serve
    "forgetful": {"sick": "settings_lost"},  # its first start loses the settings
    "dead": {"boots": False},  # does not start
}
OLD, NEW, MODEM_OLD, MODEM_NEW = "1.4.2", "2.0.0", "3.1.0", "3.2.0"
SIZE = 20_000  # bytes of an image
TIMING = Timing(shutdown=0.01, boot=0.03, settle=0.0, install=0.02)
LIMITS = Limits(patience=30.0, poll=0.01, tries=4, soak=0.05)
RUN = "run-1"
_SETTINGS = {"backend.password": "hunter2", "max_current": "20"}  # other than the factory's
_HOUR, _SECONDS = 3600.0, 3.0
DRIVERS: tuple[Driver, ...] = (RaucSsh(), SwupdateSsh())


class Hurried(SystemClock):
    """Waits as any clock, but an hour passes at once where waiting cannot help, and some seconds where it may not."""

    def __init__(self, hopeless: Callable[[], bool], idle: Callable[[], bool]) -> None:
        self._hopeless, self._idle, self._ahead = hopeless, idle, 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    def wait(self, stop: Event, seconds: float) -> bool:
        if self._hopeless():
            self._ahead += _HOUR
            return stop.is_set()
        if self._idle():
            self._ahead += _SECONDS
        return stop.wait(seconds)


def sweep_profile(profile: Profile) -> Profile:
    """Every kind has settings and a service switch, and is asked for no more than its end depends on."""
    profile = replace(
        profile,
        health={},
        out_of_service="charger-service out",
        in_service="charger-service back",
        config_format="charger-settings layout",
        config_read="charger-settings read",
        config_write=f"charger-settings write {profile.upload_dir}/fieldtool-settings",
        restart_seconds=LIMITS.patience,
        settle_seconds=0.1,
    )
    parts = {
        id: replace(part, restart_seconds=LIMITS.patience, settle_seconds=0.1)
        for id, part in profile.components.items()
    }
    return replace(profile, components=parts)


@dataclass
class Desk:
    """The laptop's data folder, as one program has it open."""

    folder: Path
    keystore: Keystore
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store.open(self.folder)

    @cached_property
    def log(self) -> AuditLog:
        time = TrustedTime(self.store, SystemClock())
        return AuditLog(self.store, LaptopKey(self.keystore), time, Actor(self.keystore, "ada"))

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.store, self.log)

    @property
    def backups(self) -> Backups:
        return Backups(self.folder / "backups", self.keystore)

    def reopened(self) -> "Desk":
        """By another program."""
        self.store.close()
        return Desk(self.folder, self.keystore)

    def fill(self) -> None:
        """From now on its database cannot grow, and every row wants more than is there."""
        with self.store.write() as unit:
            database = driver(unit)
            database.execute("CREATE TABLE junk (content)")
            database.execute(
                "CREATE TEMP TRIGGER grow BEFORE INSERT ON journal "
                "BEGIN INSERT INTO junk VALUES (zeroblob(1000000)); END"
            )
            pages = database.execute("PRAGMA page_count").fetchone()[0]
            database.execute(f"PRAGMA max_page_count = {pages}")

    def block_backups(self) -> None:
        """No folder for saved settings can be made."""
        (self.folder / "backups").touch()

    def make_room(self) -> "Desk":
        if (self.folder / "backups").is_file():
            (self.folder / "backups").unlink()
        desk = self.reopened()
        with desk.store.write() as unit:
            driver(unit).execute("DROP TABLE IF EXISTS junk")
        return desk


class Scene:
    """Everything of one case. `play` walks it to its end, through every death of the laptop."""

    def __init__(self, folder: Path, charger: LabCharger, kind: str, firmware: str, keys: Keystore) -> None:
        self.charger, self.kind, self.firmware = charger, kind, firmware
        self.points = Points()
        self.profile = sweep_profile(charger.profile)
        self.desk = Desk(folder / "laptop", keys)
        self.images = dict(_images(charger, kind, firmware))
        self.head = Head(RUN, charger.serial, "Bay 01", tuple(self._legs()), "ada")
        self.struck: list[str] = []
        self.struck_at: list[str] = []
        self.reflashed = self.full = False
        self.away = False  # the line is lost until somebody plugs it in again
        self.refusals = 0  # so many connections more fail
        self.elsewhere: Elsewhere | None = None
        self._ssh: Any = None
        self._words = _Words()
        self._silent = _closed_port()
        charger.device.software.write({**charger.device.software.settings(), **_SETTINGS})
        self.settings = charger.device.software.settings()

    def _legs(self) -> Iterator[Leg]:
        new = [release for release in self.images if release.version in (NEW, MODEM_NEW)]
        for release in sorted(new, key=lambda one: one.component):  # "main" before "modem"
            old = next(one for one in self.images if one.component == release.component and one is not release)
            yield Leg(release.component, release, old.version, old)

    # -- the laptop

    def engine(self) -> Engine:
        points = self.points
        points.dead = False
        clock = Hurried(lambda: self.away or self.dark, lambda: self.idle)
        return Engine(
            {one.name: ShakyDriver(one, points, self._connected) for one in DRIVERS},
            self._locate,
            lambda serial: self.charger.credentials,
            ShakyRows(self.desk.journal, points),
            Board(clock),
            clock,
            World(lambda: Laptop(None, True, 10**11), SiteRules, ShakyBackups(self.desk.backups, points)),
            LIMITS,
        )

    def play(self) -> Ending | None:
        """Run, and after each death of the laptop go on with what the journal tells. None: no run began."""
        try:
            return self.engine().run(self.head, self.images.__getitem__, Hand())
        except (LaptopDied, StorageError) as end:
            self._after(end)
        return self.resume()

    def resume(self) -> Ending | None:
        """By another program, until there is an end or it waits."""
        while True:
            rows = self.desk.journal.records(RUN)
            if not rows:
                return None
            if rows[-1].phase in TERMINAL:
                return Ending(RUN, self.head.serial, Outcome(rows[-1].phase.value), rows[-1].trouble, None, None)
            head = self.desk.journal.open_runs()[0]
            try:
                return self.engine().resume(head, self.images.__getitem__, Hand())
            except LaptopDied as end:
                self._after(end)

    def _after(self, end: BaseException) -> None:
        if isinstance(end, StorageError):
            self.make_room()
        else:
            self.desk = self.desk.reopened()

    def _connected(self, ssh: Any) -> None:
        self._ssh = ssh

    def _locate(self, serial: str, component: str) -> Place:
        address = self.elsewhere.address() if self.elsewhere else self.charger.address
        if self.away or self.refusals:
            self.refusals = max(0, self.refusals - 1)
            address = f"127.0.0.1:{self._silent.getsockname()[1]}"
        profile = self.profile.of(component)
        hardware = next(one.hardware for one in self.charger.components if one.id == component)
        return Place(Component(component, hardware, profile.driver, Link("ssh", address)), profile)

    # -- what strikes

    def strike(self, name: str, then: str = "", later: int = 0) -> Callable[[], None]:
        """By name: one of STRIKES, or "power cut in install: copying", which strikes when the charger gets there.

        `then`: another one, so many points later.
        """
        words, _, value = name.partition(": ")

        def strikes() -> None:
            self.struck.append(name)
            self.struck_at.append(self.points.last)
            if then:
                self.points.strike_later(later, self.strike(then))
            if value:
                self.charger.act(_FAULTS[words], value)
            else:
                STRIKES[name](self)

        return strikes

    def was_struck(self, times: int) -> bool:
        faults = self.state.faults
        due = faults.cut_at_install or faults.kill_rauc_at or faults.cut_at_byte >= 0 or faults.flip_at_byte >= 0
        return len(self.struck) == times and not due

    def lose_power(self) -> None:
        self.charger.power_cut()

    def cut_line(self) -> None:
        """Under the driver's hands."""
        if self._ssh is not None:
            with suppress(OSError):
                self._ssh._line.shutdown(socket.SHUT_RDWR)

    def lose_line(self) -> None:
        self.refusals = 2
        self.cut_line()

    def lose_line_for_long(self) -> None:
        self.away = True
        self.cut_line()

    def die(self) -> None:
        self.cut_line()  # what unwinds now must not reach the charger any more
        self.points.dead = True
        raise LaptopDied

    def die_both(self) -> None:
        self.lose_power()
        self.die()

    def move(self) -> None:
        """The charger gets another address, and another charger of the same make its old one."""
        assert self.elsewhere is not None, "the case begins with a charger that can be moved"
        self.elsewhere.move()

    def fill_disk(self) -> None:
        self.full = True
        self.desk.fill()

    def block_backups(self) -> None:
        self.full = True
        self.desk.block_backups()

    # -- and what helps

    def plug_in(self) -> None:
        self.away = False

    def make_room(self) -> None:
        self.full = False
        self.desk = self.desk.make_room()

    def reflash(self) -> None:
        """What somebody with a serial cable does to a charger that does not start any more."""
        self.reflashed = True
        self.charger.act("reflash", OLD)
        self.charger.wait_up()

    # -- what became of it

    @property
    def state(self) -> State:
        return self.charger.state

    @property
    def dark(self) -> bool:
        """It has no power, or nothing starts when it gets some."""
        if self.charger.device.on:
            return False
        after = boot(self.state)
        return not after.booted.starts and not after.rescue

    @property
    def idle(self) -> bool:
        """It answers, and what is waited for may never come: a restart that it was not told of, or a new firmware."""
        modem = self.state.modem
        rescued = self.state.rescue or (modem is not None and modem.runs is None)
        return self.charger.device.on and (rescued or self.points.phase.startswith(("restart", "roll_back")))

    @property
    def told_of_files(self) -> bool:
        """Did the engine say that it left a file on the charger?"""
        return self._words.has("Left a file on")

    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.desk.journal.records(RUN)]

    def close(self) -> None:
        self.desk.store.close()
        self._silent.close()
        self._words.close()


STRIKES: dict[str, Callable[[Scene], None]] = {
    "power": Scene.lose_power,
    "laptop": Scene.die,
    "both": Scene.die_both,
    "line": Scene.lose_line,
    "line for long": Scene.lose_line_for_long,
    "moved": Scene.move,
    "disk full": Scene.fill_disk,
    "no room for settings": Scene.block_backups,
}
_FAULTS = {
    "power cut in install": "cut_at_install",
    "killed in install": "kill_rauc_at",
    "power cut in upload": "cut_at_byte",
    "flipped in upload": "flip_at_byte",
}


class _Words(logging.Handler):
    """What the engine logs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._said: list[str] = []
        self._logger = logging.getLogger("fieldtool.update")
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())

    def has(self, words: str) -> bool:
        return any(words in said for said in self._said)

    def close(self) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level)
        super().close()


class _Line(Wire):
    def lead_to(self, charger: LabCharger) -> None:
        """Whoever connects from now on reaches this one."""
        self._target = (charger.host, charger.port)
        self.cut()


class Elsewhere:
    """Two lines on loopback: the first ends at the charger, after `move` at a neighbour; the other is its new one."""

    def __init__(self, charger: LabCharger, neighbour: LabCharger) -> None:
        self._old, self._new = _Line((charger.host, charger.port)), _Line((charger.host, charger.port))
        self._neighbour, self._as_it_was = neighbour, _all_of(neighbour)
        self._stale = 0  # so often the old address is believed yet
        self.moved = False

    @property
    def neighbour_untouched(self) -> bool:
        return _all_of(self._neighbour) == self._as_it_was

    def address(self) -> str:
        if not self.moved:
            return self._old.address
        self._stale -= 1
        return self._old.address if self._stale >= 0 else self._new.address

    def move(self) -> None:
        self.moved, self._stale = True, 2
        self._old.lead_to(self._neighbour)

    def close(self) -> None:
        self._old.close()
        self._new.close()


def _all_of(charger: LabCharger) -> tuple[State, list[str]]:
    """Its state, and every file on its disk."""
    root = charger.file("/")
    return charger.state, sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def _closed_port() -> socket.socket:
    """Held, so that nobody else answers there; who connects is refused."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held


def _images(charger: LabCharger, kind: str, firmware: str) -> Iterator[tuple[Release, FirmwareImage]]:
    how: dict[str, Any] = FIRMWARE[firmware]
    told: list[tuple[str, str, dict[str, Any]]] = [(OLD, MAIN, {}), (NEW, MAIN, how)]
    if kind == TWO_PARTS:  # the second component is the sick one: the first, which was done, is taken back
        told = [(OLD, MAIN, {}), (NEW, MAIN, {}), (MODEM_OLD, "modem", {}), (MODEM_NEW, "modem", how)]
    for version, component, options in told:
        image = charger.firmware(version, component=component, size=SIZE, **options)
        yield image.release, image


@contextmanager
def scene(
    folder: Path, kind: str, firmware: str, neighbour: LabCharger | None = None, keys: Keystore | None = None
) -> Iterator[Scene]:
    """`neighbour`: the charger can be moved, and this one then answers at its old address. `keys`: of the laptop."""
    what: dict[str, Any] = {"modem": MODEM_OLD} if kind == TWO_PARTS else {"kind": kind}
    plate = Nameplate("", image_bytes=SIZE)
    if neighbour is not None:  # the same host key, as a whole product line may have
        (folder / "LAB-0001" / "charger").mkdir(parents=True)
        shutil.copy(neighbour.folder / "charger" / "host_key", folder / "LAB-0001" / "charger")
    with virtual_charger(folder, serial="LAB-0001", version=OLD, timing=TIMING, nameplate=plate, **what) as charger:
        case = Scene(folder, charger, kind, firmware, keys or MemoryKeystore())
        if neighbour is not None:
            case.elsewhere = Elsewhere(charger, neighbour)
        try:
            yield case
        finally:
            if case.elsewhere is not None:
                case.elsewhere.close()
            case.close()
