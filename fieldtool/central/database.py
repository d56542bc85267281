"""Where central keeps what it knows: one SQLite file, or a PostgreSQL that several workers share.

Core statements of SQLAlchemy run on both. Two things differ: SQLite has one writer at a time, PostgreSQL has many, so
whoever looks first and writes then takes turns (`exclusively`, or `with_for_update()` on the row that it is about,
which SQLite leaves out); and text in PostgreSQL holds no NUL character.
"""

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, func, select


class Database(Protocol):
    """Threads share it; each unit of work has a connection of its own."""

    folder: Path  # central's data folder: its keys and files, whatever holds the tables

    def write(self) -> AbstractContextManager[Connection]:
        """One unit of work: all or nothing; on disk when the block has ended. StorageError when it cannot be."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """A consistent view. Never waits for a writer. StorageError."""
        ...

    def close(self) -> None: ...


def exclusively(unit: Connection, what: str) -> None:
    """Until this unit of work ends, no other one of any worker is past the same call. On SQLite it is so anyway."""
    if unit.dialect.name == "postgresql":
        unit.execute(select(func.pg_advisory_xact_lock(_number(what))))


def is_alone(unit: Connection, what: str) -> bool:
    """As `exclusively`, but never waits: False when another unit of work is past it. On SQLite always True."""
    if unit.dialect.name != "postgresql":
        return True
    return bool(unit.execute(select(func.pg_try_advisory_xact_lock(_number(what)))).scalar_one())


def _number(what: str) -> int:
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], signed=True)
