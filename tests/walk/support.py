"""An engine with a real journal and the real driver, on a virtual charger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import Credentials
from fieldtool.core.model import FirmwareImage
from fieldtool.core.profile import Profile
from fieldtool.drivers.rauc_ssh import DRIVER, RaucSsh
from fieldtool.update.engine import Engine
from fieldtool.update.job import Limits, Place, Stop
from fieldtool.update.journal import Head, Journal
from fieldtool.update.live import Board
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Ending
from tests.audit.support import Laptop as AuditedLaptop
from tests.audit.support import laptop
from tests.lab_chargers import LabCharger, virtual_charger

QUICK = Limits(patience=20.0, poll=0.05, tries=4, soak=0.2)


@dataclass
class Walk:
    charger: LabCharger
    here: AuditedLaptop
    journal: Journal
    board: Board
    stop: Stop
    profile: Profile
    limits: Limits = QUICK
    driver: RaucSsh = DRIVER

    def engine(self, credentials: Callable[[str], Credentials] | None = None) -> Engine:
        """`credentials`: instead of those that fit the charger now."""
        return Engine(
            {"rauc-ssh": self.driver},
            lambda serial: Place(self.charger.component, self.profile),
            credentials or (lambda serial: self.charger.credentials),
            self.journal,
            self.board,
            SystemClock(),
            lambda: Laptop(None, True, 10**11),
            self.limits,
        )

    def update(self, version: str = "2.0.0", run: str = "run-1", **image: object) -> Ending:
        found = self.charger.firmware(version, **image)
        return self.engine().run(self.head(found, run), lambda: found, self.stop)

    def resume(self, image: FirmwareImage, run: str = "run-1") -> Ending:
        return self.engine().resume(self.head(image, run), lambda: image, Stop())

    def head(self, image: FirmwareImage, run: str = "run-1") -> Head:
        return Head(run, self.charger.serial, "Bay 01", "main", image.release, None, "demo")

    def story(self, run: str = "run-1") -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.journal.records(run)]


@contextmanager
def walk(folder: Path, **faults: object) -> Iterator[Walk]:
    with virtual_charger(folder / "device", **faults) as charger:
        here = laptop(folder / "laptop")
        try:
            profile = replace(charger.profile, restart_seconds=15.0, settle_seconds=1.0)
            yield Walk(charger, here, Journal(here.store, here.log), Board(SystemClock()), Stop(), profile)
        finally:
            here.store.close()
