"""A data folder with a log, its keys in memory and its clock in the test's hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.store.database import Store
from fieldtool.trusted_time import TrustedTime

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@dataclass
class MemoryKeystore:
    """Behaves as a keystore of the system; forgets everything at the end of the process."""

    throw_away: bool = False
    secrets: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        self.secrets[name] = secret

    def remove(self, name: str) -> None:
        self.secrets.pop(name, None)


class Ticking:
    """A clock that moves on by a second at every look, and never waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        self.seconds += 1
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, stop: Event, seconds: float) -> bool:
        self.seconds += seconds
        return stop.is_set()


@dataclass
class Laptop:
    store: Store
    keystore: MemoryKeystore
    log: AuditLog
    time: TrustedTime


def laptop(folder: Path, keystore: MemoryKeystore | None = None, name: str = "ada") -> Laptop:
    keystore = MemoryKeystore() if keystore is None else keystore
    store = Store.open(folder)
    time = TrustedTime(store, Ticking())
    return Laptop(store, keystore, AuditLog(store, LaptopKey(keystore), time, Actor(keystore, name)), time)
