"""An office with offline keys, a central that directs, and the image catalogue of a vendor."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from fieldtool.central.decisions import By
from fieldtool.central.directing import Director
from fieldtool.central.granting import Grants
from fieldtool.central.identity import open_store
from fieldtool.central.images import Images
from fieldtool.central.inventory import parse_inventory
from fieldtool.central.orders import Made, Orders, Wish
from fieldtool.core.clock import SystemClock
from fieldtool.core.rights import Action, Grant, Scope
from fieldtool.firmware.verification import key_names
from fieldtool.publish.director import BY_SERVER, DirectorRepository
from fieldtool.publish.layout import Holders
from fieldtool.publish.throwaway import Signers
from tests.firmware.site import HARDWARE, MODEL, SERIAL, SITE, START, Laptop, Publisher, SetClock, image, signers

ADMIN, DISPATCHER, VIEWER = By("Ada", "admin"), By("Dan", "dispatcher"), By("Vera", "viewer")
LAPTOP = "ab" * 32
DAY = timedelta(days=1)
PIN = "SHA256:" + "A" * 43


def office_keys() -> Signers:
    return signers("office")


@dataclass
class Direct:
    folder: Path
    clock: SetClock
    publisher: Publisher
    central: Path  # its data folder
    url: str = ""  # of PostgreSQL; "" = SQLite

    def open(self) -> None:
        """As another process: nothing in memory survives."""
        self.store = open_store(self.central, self.url)
        self.director = Director(self.store, self.clock)
        self.images = Images(self.central, self.clock)
        self.orders = Orders(self.director, self.images, self.clock)
        self.grants = Grants(self.director)

    def restart(self) -> None:
        self.store.close()
        self.open()

    # -- the office machine

    @property
    def office(self) -> DirectorRepository:
        return DirectorRepository(self.folder / "office", self.clock)

    def new_office(self, *sites: str, granting: bool = True) -> DirectorRepository:
        """Offline keys for root and targets; all else is given to the key of central."""
        central = Holders((self.director.signer().public_key,))
        names = (*sites, BY_SERVER) if granting else sites
        layout = office_keys().layout(*names)
        layout = replace(layout, snapshot=central, timestamp=central, delegated=dict.fromkeys(names, central))
        made = DirectorRepository.create(self.folder / "office", layout, self.clock)
        made.set_denylist(made.denylist())
        return made

    def sign_in_office(self, repository: DirectorRepository) -> None:
        for role, keys in (("root", office_keys().root[:2]), ("targets", office_keys().targets)):
            for key in keys:
                if repository.missing(role):
                    repository.sign(role, key)

    def bring(self) -> None:
        """From the office to central."""
        self.sign_in_office(self.office)
        self.director.take(self.folder / "office", ADMIN, frozenset(key_names(())))

    def fetch(self) -> DirectorRepository:
        """A fresh copy for the office."""
        shutil.rmtree(self.folder / "office", ignore_errors=True)
        self.director.copy_to(self.folder / "office")
        return self.office

    # -- at central

    def order(self, lines: str = "", by: By = DISPATCHER, **other: object) -> Made:
        wish = Wish("wo-1", SITE, "Spring round", self.clock.now(), self.clock.now() + 14 * DAY, (("main", "2.6.0"),))
        return self.orders.make(by, replace(wish, **other), parse_inventory(inventory(lines), "inventory.csv"))  # type: ignore[arg-type]  # fields by name

    def grant(self, by: By = DISPATCHER, **other: object) -> str:
        now = self.clock.now()
        made = Grant(
            "", LAPTOP, "tech-7", frozenset({Action.UPDATE}),
            Scope(frozenset({SITE}), frozenset("*"), frozenset("*")), now, now + 30 * DAY,
        )  # fmt: skip
        return self.grants.issue(by, replace(made, **other))[0].id  # type: ignore[arg-type]  # fields by name

    # -- a laptop that syncs from the folders that central serves

    def laptop(self) -> Laptop:
        made = Laptop(self.folder / "laptop", self.clock, self.publisher.root)
        made.key_id = LAPTOP
        made.follow(self.director.mirror / "metadata" / "1.root.json")
        return made

    def sync(self, laptop: Laptop) -> None:
        laptop.catalogue.sync(str(self.images.mirror), str(self.director.mirror))


def inventory(lines: str = "") -> bytes:
    head = "serial,model,hardware,site,addresses,host_key,firmware,wanted\n"
    return (head + (lines or f"{SERIAL},{MODEL},{HARDWARE},{SITE},192.0.2.7,{PIN},2.4.0,\n")).encode()


@contextmanager
def direct(folder: Path, *sites: str, granting: bool = True, url: str = "", today: bool = False) -> Iterator[Direct]:
    """Central directs already, and has the vendor's images 2.4.0 and 2.6.0."""
    clock = SetClock(SystemClock().now() if today else START)
    publisher = Publisher(folder / "vendor", clock)
    publisher.make(image(folder / "files", "2.4.0"), image(folder / "files", "2.6.0"))
    made = Direct(folder, clock, publisher, folder / "central", url)
    made.open()
    try:
        made.images.trust(publisher.root, publisher.repository.fingerprint)
        made.images.take(publisher.mirror)
        made.new_office(*(sites or (SITE,)), granting=granting)
        made.bring()
        yield made
    finally:
        made.store.close()
