"""An update of the emulated MCUboot board by our engine, with journal and audit log in a data folder.

As a program of its own, which tests kill: FOLDER PORT VERSION, with the image below FOLDER's parent.
"""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Component, Expectation, FirmwareImage, Link, Release, SiteRules
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.store.keystore import keystore
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Ending, Head, Leg
from tests.faults.sweep_scene import Desk
from tests.lab_chargers import KnownCredentials
from tests.peers.mcuboot_qemu import DRIVER, HARDWARE, PROFILE, SERIAL

RUN = "run-1"
RULES = frozenset({"version", "payload_hash", "checks", "resets"})  # that the site demands, and the board can answer
LIMITS = Limits(patience=30.0, poll=0.1, tries=4, soak=0.5)
FOREVER = 60.0  # seconds of soak, for who is killed meanwhile


@dataclass
class McubootDesk:
    """One program on the laptop: opened again by the next one."""

    folder: Path
    port: Path
    required: frozenset[str] = RULES
    soak: float = LIMITS.soak
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(self.folder, keystore(self.folder))

    def engine(self) -> Engine:
        part = Component("main", HARDWARE, "mcuboot-smp", Link("serial", str(self.port)))
        rules = SiteRules(validation=Expectation(soak=self.soak, required=self.required))
        clock = SystemClock()
        return Engine(
            {"mcuboot-smp": DRIVER},
            lambda serial, component: Place(part, PROFILE),
            lambda serial: KnownCredentials(SERIAL, None, None, None),
            self.desk.journal,
            Board(clock),
            clock,
            World(lambda: Laptop(None, True, 10**11), lambda: rules, self.desk.backups),
            LIMITS,
        )

    def update(self, image: FirmwareImage) -> Ending:
        head = Head(RUN, SERIAL, "Bay 01", (Leg("main", image.release, None),), "ada")
        return self.engine().run(head, lambda release: image, Hand())

    def resume(self, image: FirmwareImage) -> Ending:
        (head,) = self.desk.journal.open_runs()
        return self.engine().resume(head, lambda release: image, Hand())

    @property
    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.desk.journal.records(RUN)]

    def grades(self) -> dict[str, str]:
        """What the newest look at the rules found."""
        found = next(row.findings for row in reversed(self.desk.journal.records(RUN)) if row.findings)
        return {one.rule: one.grade.value for one in found}

    def close(self) -> None:
        self.desk.store.close()


def order(image: FirmwareImage) -> str:
    return json.dumps([str(image.path), to_plain(image.release)])


def main(folder: str, port: str, told: str) -> None:
    path, release = json.loads(told)
    McubootDesk(Path(folder), Path(port), soak=FOREVER).update(FirmwareImage(Path(path), from_plain(Release, release)))


if __name__ == "__main__":
    main(*sys.argv[1:])
