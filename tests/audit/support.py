"""A data folder with a log, its keys in memory and its clock in the test's hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.store.database import Store

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
    """A trusted time that moves on by a second at every look."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> tuple[datetime, str]:
        self.at += timedelta(seconds=1)
        return self.at, "plausible"


@dataclass
class Laptop:
    store: Store
    keystore: MemoryKeystore
    log: AuditLog


def laptop(folder: Path, keystore: MemoryKeystore | None = None, name: str = "ada") -> Laptop:
    keystore = MemoryKeystore() if keystore is None else keystore
    store = Store.open(folder)
    return Laptop(store, keystore, AuditLog(store, LaptopKey(keystore), Ticking(), Actor(keystore, name)))
