"""A laptop that has run updates on fake chargers, and the service that makes evidence of them."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldtool.app.reports import Form, Made, Reports, Subject
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.core.driver import Progress
from fieldtool.core.model import Site, SiteCharger
from fieldtool.discovery.sitefile import load_site, store_site
from fieldtool.firmware.repository import Catalogue
from fieldtool.update.journal import Journal
from fieldtool.update.run import Ending, Head
from tests.audit.support import START, Laptop, laptop
from tests.fakes import HEAD, Bench, FakeClock

_T = TypeVar("_T")
SITE = Site("zuid", "Depot Rotterdam Zuid", tuple(SiteCharger(f"S{n}", f"Bay 0{n}", "fake", (), ()) for n in (1, 2, 3)))


def result(steps: Generator[Progress, None, _T]) -> _T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: _T = end.value
            return made


@dataclass
class Scene:
    folder: Path
    laptop: Laptop
    journal: Journal
    reports: Reports
    central: Ed25519PrivateKey

    @classmethod
    def begin(cls, folder: Path, *, site: bool = True, throw_away: bool = False) -> "Scene":
        here = laptop(folder, name="demo")
        if site:
            with here.store.write() as tx:
                store_site(tx, SITE, START)
        catalogue = Catalogue(folder, here.store, here.time, FakeClock(), here.log.key_id)
        journal = Journal(here.store, here.log)

        def current() -> Site | None:
            with here.store.read() as tx:
                return load_site(tx)

        reports = Reports(folder, here.store, journal, here.log, catalogue, here.time, current, throw_away)
        return cls(folder, here, journal, reports, Ed25519PrivateKey.generate())

    def run(self, head: Head = HEAD, bench: Bench | None = None) -> Ending:
        bench = bench or Bench()
        bench.device.serial = head.serial
        bench.rows = self.journal  # type: ignore[assignment]  # the engine needs only three of its methods
        return bench.run(head)

    def receipt(self, size: int | None = None) -> None:
        """Central confirms so many records, or all."""
        log = self.laptop.log
        number = log.size() if size is None else size
        one = Checkpoint(f"central.example/audit/{log.log_id()}", number, log.root(number), START)
        log.keep_receipt(number, one.signed(self.central), START)

    def make(self, run: str = "run-1", form: Form | None = None, **subject: str) -> Made:
        return result(self.reports.make(Subject(**subject) if subject else Subject(run), form or Form(pdf=False)))

    def root(self) -> str:
        key = self.laptop.log.first_key()
        assert key is not None
        return key.key_id

    def close(self) -> None:
        self.laptop.store.close()


def head(run: str = "run-1", serial: str = "S1", name: str = "Bay 01", **more: object) -> Head:
    return replace(HEAD, run=run, serial=serial, name=name, **more)  # type: ignore[arg-type]  # fields by name


NO_FIELDS: Mapping[str, str] = {}
