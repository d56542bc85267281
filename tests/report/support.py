"""A laptop that has run updates on fake chargers, and the service that makes evidence of them."""

from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldtool.app.reports import Form, Made, Reports, Subject
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.core.driver import Can, Progress
from fieldtool.core.errors import Safety, Trouble
from fieldtool.core.model import ConnectorStatus, Health, Observed, Site, SiteCharger, Slot
from fieldtool.core.texts import Text
from fieldtool.discovery.sitefile import load_site, store_site
from fieldtool.firmware.repository import Catalogue
from fieldtool.update.approval import Approval, How, Request
from fieldtool.update.evidence import Finding, Grade, Waiver
from fieldtool.update.journal import Journal
from fieldtool.update.run import Ending, Head, Mark, Override, Phase, Record
from tests.audit.support import START, Laptop, laptop
from tests.fakes import HEAD, LEG, OLD_HASH, Bench, FakeClock

_T = TypeVar("_T")
SERIAL = "HL180-24-007731"
CHARGERS = (("S1", "Bay 01"), ("S2", "Bay 02"), ("S3", "Bay 03"), (SERIAL, "Bay 04"))
SITE = Site("zuid", "Depot Rotterdam Zuid", tuple(SiteCharger(serial, name, "fake") for serial, name in CHARGERS))


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
        key = b64encode(self.central.public_key().public_bytes_raw()).decode()
        log.keep_receipt(number, one.signed(self.central), START, key)

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


# ---- a run with everything in it -------------------------------------------------------------------------------------

BEGAN = datetime(2026, 11, 20, 9, 38, tzinfo=UTC)
REQUEST = Request("ab" * 32, "demo", "0f" * 16, (), BEGAN)
RICH = replace(
    HEAD,
    run="run-7",
    serial=SERIAL,
    name="Bay 04",
    legs=(replace(LEG, model="CityPost 22", hardware="R4"),),
    overrides=(Override("OUTSIDE_WINDOW", "demo", "the depot is closed today"),),
    waivers=(Waiver("backend", "demo", "no network at the site yet"),),
    grants=("g-17",),
    approvals=(Approval(REQUEST, "g-9", "second", How.PIN, BEGAN, BEGAN + timedelta(hours=24)),),
)
BEFORE = Observed(
    SERIAL, "1.0", OLD_HASH, "a", slots=(Slot("rootfs.0", "1.0", OLD_HASH, "good", True, True),), security_epoch=3
)
WELL = Health(
    True,
    {"1": ConnectorStatus.AVAILABLE, "2": ConnectorStatus.OCCUPIED},
    faults=("DOOR_OPEN",),
    failed_checks=("rfid",),
    asked=frozenset({"faults", "checks"}),
    clock=BEGAN.timestamp() + 2,
    uptime=90.0,
    backend=False,
    meter={"total": 12_345.5},
    meter_checksum="47D1",
    certificates={"tls": 1_800_000_000.0},
)


def _found(rule: str, grade: Grade, text: Text, waiver: Waiver | None = None, **params: str | int | float) -> Finding:
    return Finding(rule, grade, Trouble(text, tuple(sorted(params.items()))), waiver)


FINDINGS = (
    _found("version", Grade.PASS, Text.VALIDATE_VERSION_OK, found="2.0"),
    _found("payload_hash", Grade.PASS, Text.VALIDATE_HASH_OK, found="2.0"),
    _found("connectors", Grade.PASS, Text.VALIDATE_CONNECTORS_OK, found="1 available, 2 occupied"),
    _found("faults", Grade.FAIL, Text.VALIDATE_FAULTS, found="DOOR_OPEN"),
    _found("clock", Grade.PASS, Text.VALIDATE_CLOCK_OK, found=75, expected=300),
    _found("settings", Grade.NOT_APPLICABLE, Text.VALIDATE_NONE, what="settings"),
    _found("backend", Grade.WAIVED, Text.VALIDATE_BACKEND, RICH.waivers[0]),
    _found("meter", Grade.NOT_CHECKED, Text.VALIDATE_NOT_ASKED, what="meter registers"),
    _found("soak", Grade.PASS, Text.VALIDATE_SOAK_OK, found=10.2, expected=10.0),
)


def rich_rows() -> tuple[Record, ...]:
    """Every kind of row that a report tells of; the charger falls back at the end."""
    why = Trouble(Text.VALIDATE_VERSION, (("expected", "2.0"), ("found", "1.0")), Safety.RETURNED)
    rows = (
        (Phase.PREFLIGHT, Mark.ENTERED, {"before": BEFORE, "can": Can.KEEP_OLD | Can.TRIAL, "health": WELL}),
        (Phase.PREFLIGHT, Mark.OK, {}),
        (Phase.TRANSFER, Mark.ENTERED, {}),
        (Phase.TRANSFER, Mark.LOST, {"trouble": Trouble(Text.LINK_LOST, (("address", "x"), ("detail", "noise")))}),
        (Phase.TRANSFER, Mark.ENTERED, {}),
        (Phase.TRANSFER, Mark.OK, {}),
        (Phase.VALIDATE, Mark.ENTERED, {}),
        (Phase.VALIDATE, Mark.FAILED, {"health": WELL, "findings": FINDINGS, "trouble": why}),
        (Phase.ROLL_BACK, Mark.ENTERED, {}),
        (Phase.ROLL_BACK, Mark.OK, {}),
        (Phase.ROLLED_BACK, Mark.OK, {"trouble": why}),
    )
    return tuple(
        Record("run-7", BEGAN + timedelta(seconds=10 * number), "main", phase, mark, **more)  # type: ignore[arg-type]  # by name
        for number, (phase, mark, more) in enumerate(rows)
    )


def write_rich(scene: Scene) -> None:
    first, *rest = rich_rows()
    scene.journal.begin(RICH, first)
    for row in rest:
        scene.journal.append(RICH, row)
