"""Programs that update one charger and kill themselves: `python -m tests.faults.victim`, an order per line of stdin.

Each order is carried out by a process of its own, a fork: with all imported already it costs no more than the update.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Component, FirmwareImage, Link, Release, SiteRules
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.profile import Profile
from fieldtool.store.keystore import keystore, mark_throw_away
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Place
from fieldtool.update.journal_format import head_from_json, head_to_json
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from tests.faults.sweep_points import Point, Points, ShakyBackups, ShakyDriver, ShakyRows
from tests.faults.sweep_scene import DRIVERS, LIMITS, Desk, Scene
from tests.lab_chargers import KnownCredentials

SECONDS = 60  # that an order may take


@dataclass(frozen=True, slots=True)
class Order:
    """All that one program needs to know; plain data."""

    folder: str
    components: list[Any]
    profile: Any
    known: list[Any]  # fields of KnownCredentials
    head: Any
    images: list[Any]  # (path, release)
    where: str  # the point where it kills itself
    nth: int


def order_of(scene: Scene, point: Point) -> Order:
    known = scene.charger.credentials
    return Order(
        str(scene.desk.folder),
        [[one.id, one.hardware, one.driver, one.link.address] for one in scene.charger.components],
        to_plain(scene.profile),
        [known.serial, known.key, known.secret, known.fingerprint],
        head_to_json(scene.head),
        [[str(image.path), to_plain(image.release)] for image in scene.images.values()],
        point.where,
        point.nth,
    )


def prepared(folder: Path) -> Path:
    """A laptop's folder whose keys lie in it, so that two programs share them."""
    laptop = folder / "laptop"
    (laptop / "trust").mkdir(parents=True)
    (laptop / "trust" / "root.json").write_text("{}")  # no firmware is trusted by it here: only marks the folder
    mark_throw_away(laptop)
    return laptop


class Nursery:
    """The process that forks the victims."""

    def __init__(self, process: "Popen[str]") -> None:
        self._process = process

    def kill_at(self, order: Order) -> int:
        """How the program ended: -9 when it killed itself, 0 when it did not come there."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline() or "1")


@contextmanager
def nursery() -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.faults.victim"]
    process = Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        yield Nursery(process)
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


# ---- in the processes that die ---------------------------------------------------------------------------------------


def update(order: Order) -> None:
    points = Points()
    points.strike_at(Point(order.where, order.nth), lambda: os.kill(os.getpid(), signal.SIGKILL))
    folder, clock = Path(order.folder), SystemClock()
    desk = Desk(folder, keystore(folder))
    profile, known = from_plain(Profile, order.profile), KnownCredentials(*order.known)
    places = {
        id: Place(Component(id, hardware, driver, Link("ssh", address)), profile.of(id))
        for id, hardware, driver, address in order.components
    }
    images = {
        release: FirmwareImage(Path(path), release)
        for path, release in ((path, from_plain(Release, told)) for path, told in order.images)
    }
    engine = Engine(
        {one.name: ShakyDriver(one, points) for one in DRIVERS},
        lambda serial, component: places[component],
        lambda serial: known,
        ShakyRows(desk.journal, points),
        Board(clock),
        clock,
        World(lambda: Laptop(None, True, 10**11), SiteRules, ShakyBackups(desk.backups, points)),
        LIMITS,
    )
    engine.run(head_from_json(order.head), images.__getitem__, Hand())


def in_a_fork(order: Order) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(SECONDS)
    status = 1
    try:
        update(order)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    for line in sys.stdin:
        print(in_a_fork(Order(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
