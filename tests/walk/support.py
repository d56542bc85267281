"""An engine with a real journal and the real driver, on a virtual charger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import Credentials
from fieldtool.core.model import FirmwareImage, Release, SiteRules
from fieldtool.core.profile import Profile
from fieldtool.drivers.rauc_ssh import DRIVER, RaucSsh
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Ending, Head, Leg
from tests.audit.support import Laptop as AuditedLaptop
from tests.audit.support import laptop
from tests.fakes import MemoryBackups
from tests.lab_chargers import LabCharger, virtual_charger

QUICK = Limits(patience=20.0, poll=0.05, tries=4, soak=0.2)


def shelf(*images: FirmwareImage) -> Callable[[Release], FirmwareImage]:
    """Hands out these images, by release."""
    kept = {image.release.target: image for image in images}
    return lambda release: kept[release.target]


@dataclass
class Walk:
    charger: LabCharger
    here: AuditedLaptop
    journal: Journal
    board: Board
    hand: Hand
    profile: Profile
    limits: Limits = QUICK
    driver: RaucSsh = DRIVER
    rules: SiteRules = SiteRules()
    backups: MemoryBackups = field(default_factory=MemoryBackups)

    def engine(self, credentials: Callable[[str], Credentials] | None = None) -> Engine:
        """`credentials`: instead of those that fit the charger now."""
        return Engine(
            {"rauc-ssh": self.driver},
            lambda serial, component: Place(self.charger.component, self.profile),
            credentials or (lambda serial: self.charger.credentials),
            self.journal,
            self.board,
            SystemClock(),
            World(lambda: Laptop(None, True, 10**11), lambda: self.rules, self.backups),
            self.limits,
        )

    def update(self, version: str = "2.0.0", run: str = "run-1", **image: object) -> Ending:
        found = self.charger.firmware(version, **image)
        return self.engine().run(self.head(found, run), shelf(found), self.hand)

    def resume(self, image: FirmwareImage, run: str = "run-1") -> Ending:
        return self.engine().resume(self.head(image, run), shelf(image), Hand())

    def head(self, image: FirmwareImage, run: str = "run-1") -> Head:
        return Head(run, self.charger.serial, "Bay 01", (Leg("main", image.release, None),), "demo")

    def story(self, run: str = "run-1") -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.journal.records(run)]


@contextmanager
def walk(folder: Path, **faults: object) -> Iterator[Walk]:
    with virtual_charger(folder / "device", **faults) as charger:
        here = laptop(folder / "laptop")
        try:
            profile = replace(charger.profile, restart_seconds=15.0, settle_seconds=1.0)
            yield Walk(charger, here, Journal(here.store, here.log), Board(SystemClock()), Hand(), profile)
        finally:
            here.store.close()
