"""A program that updates one charger and kills itself at a chosen journal row: `python -m tests.faults.victim JSON`."""

import json
import os
import signal
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.core.resources import resource
from fieldtool.drivers.rauc_ssh import DRIVER
from fieldtool.store.database import Store
from fieldtool.store.keystore import keystore
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.engine import Engine
from fieldtool.update.job import Limits, Place, Stop
from fieldtool.update.journal import Head, Journal
from fieldtool.update.live import Board
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Record

LIMITS = Limits(patience=30.0, poll=0.05, tries=4, soak=0.1)


@dataclass(frozen=True)
class Known:
    """What the laptop knows of the charger."""

    serial: str
    key: str
    fingerprint: str

    def password(self, link: Link) -> str | None:
        return None

    def private_key(self, link: Link) -> str | None:
        return self.key

    def pin(self, link: Link) -> str | None:
        return self.fingerprint


@dataclass
class Deadly:
    """The journal; the program dies before or after its n-th row is on disk."""

    journal: Journal
    row: int
    after: bool
    count: int = 0

    def begin(self, head: Head, first: Record) -> None:
        self._strike(after=False)
        self.journal.begin(head, first)
        self._strike(after=True)

    def append(self, head: Head, record: Record) -> None:
        self._strike(after=False)
        self.journal.append(head, record)
        self._strike(after=True)

    def records(self, run: str) -> tuple[Record, ...]:
        return self.journal.records(run)

    def _strike(self, after: bool) -> None:
        if not after:
            self.count += 1
        if self.count == self.row and after == self.after:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Call:
    """All that one run needs, as the test hands it over."""

    folder: str
    address: str
    known: Known
    image: str
    release: Release

    def firmware(self) -> FirmwareImage:
        return FirmwareImage(Path(self.image), self.release)

    @property
    def head(self) -> Head:
        return Head("run-1", self.known.serial, "Bay 01", "main", self.release, None, "demo")


def open_journal(folder: Path) -> tuple[Store, AuditLog, Journal]:
    store = Store.open(folder)
    secrets = keystore(folder)
    log = AuditLog(store, LaptopKey(secrets), TrustedTime(store, SystemClock()), Actor(secrets, "demo"))
    return store, log, Journal(store, log)


def profile() -> Profile:
    file = resource("profiles", "lab-citypost.toml")
    return replace(parse_profile(tomllib.loads(file.read_text()), file.name), restart_seconds=15.0, settle_seconds=1.0)


def engine(call: Call, rows: Deadly | Journal) -> Engine:
    place = Place(Component("main", "", "rauc-ssh", Link("ssh", call.address)), profile())
    clock = SystemClock()
    return Engine(
        {"rauc-ssh": DRIVER},
        lambda serial: place,
        lambda serial: call.known,
        rows,
        Board(clock),
        clock,
        lambda: Laptop(None, True, 10**11),
        LIMITS,
    )


def main() -> None:
    told = json.loads(sys.argv[1])
    release = {
        **told["release"],
        **{name: tuple(told["release"][name]) for name in ("models", "hardware", "advisories", "markets", "requires")},
    }
    call = Call(told["folder"], told["address"], Known(**told["known"]), told["image"], Release(**release))
    _, _, journal = open_journal(Path(call.folder))
    deadly = Deadly(journal, told["row"], told["after"])
    ending = engine(call, deadly).run(call.head, call.firmware, Stop())
    print(ending.outcome.value, deadly.count)


if __name__ == "__main__":
    main()
