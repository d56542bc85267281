"""One SQLite file per data folder; one unit of work: `with store.write() as tx`."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, get_ident

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from fieldtool.core.errors import StorageError
from fieldtool.core.texts import Text

BUSY_SECONDS = 60  # another process may hold the write lock this long before we call it stuck
POOL = 8  # idle connections kept; 64 run threads take turns at the write lock anyway
FULL_BELOW = 1 << 20  # an I/O error with less free space than this is a full disk, whatever SQLite calls it


@dataclass(frozen=True, slots=True)
class Schema:
    """Which file, and the migrations that make its tables. `head` saves loading Alembic at every start."""

    file: str
    migrations: Path
    head: str


LAPTOP = Schema("fieldtool.sqlite3", Path(__file__).parent / "migrations", "0006")


class Store:
    """The database of one data folder. Threads share it; each unit of work has a connection of its own.

    Writers take turns at a lock of this process and then at SQLite's (BEGIN IMMEDIATE): a plain BEGIN gave 1,182 of
    1,280 "database is locked" with 64 threads. WAL with synchronous=FULL: a commit that returned survives a power cut.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self._engine = engine
        self._writer = Lock()
        self._writing: int | None = None  # the thread inside `write`
        self._write_connection: Connection | None = None  # kept: a pool's bookkeeping costs as much as a record
        self._listeners: list[Callable[[bool], None]] = []

    @classmethod
    def open(cls, folder: Path, schema: Schema = LAPTOP) -> "Store":
        """Open the database in `folder`, making or migrating it as needed.

        StorageError: DATABASE_NEWER, DATABASE_CORRUPT, DATABASE_FULL, DATABASE_UNWRITABLE. Nothing is lost in any.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(Text.DATABASE_UNWRITABLE, folder=str(folder), detail=str(error)) from error
        store = cls(folder, _engine(folder / schema.file))
        try:
            store._migrate(schema)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing; on disk when the block has ended. StorageError when it cannot be.

        A unit of work inside a unit of work would wait for itself: RuntimeError.
        """
        if self._writing == get_ident():
            raise RuntimeError("a unit of work inside a unit of work of the same thread")
        committed = False
        try:
            with self._writer, _translated(self.folder):
                if self._write_connection is None:
                    self._write_connection = self._engine.connect()
                with self._write_connection.begin():
                    self._writing = get_ident()
                    try:
                        yield self._write_connection
                    finally:
                        self._writing = None
            committed = True
        finally:
            for each in self._listeners:
                each(committed)

    def on_end(self, listener: Callable[[bool], None]) -> None:
        """Called in the thread of every unit of work after its end, outside its locks: was it committed?"""
        self._listeners.append(listener)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view. Never waits for a writer."""
        with _translated(self.folder), self._engine.connect() as connection:
            connection = connection.execution_options(fieldtool_read=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """After the unit of work under way. The store opens again by itself when it is used again."""
        with self._writer:
            if self._write_connection is not None:
                self._write_connection.close()
                self._write_connection = None
        self._engine.dispose()

    def _migrate(self, schema: Schema) -> None:
        with self.read() as connection:
            found = _revision(connection)
        if found == schema.head:
            return

        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(schema.migrations).replace("%", "%%"))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise StorageError(Text.DATABASE_NEWER, folder=str(self.folder), found=found)
        with self.write() as connection:  # all steps or none; a second process waits here, and finds them done
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def driver(unit: Connection) -> sqlite3.Connection:
    """Below SQLAlchemy, for the hot path: a statement takes a tenth of the time there, and fails as it does above."""
    found = unit.connection.driver_connection
    if not isinstance(found, sqlite3.Connection):
        raise TypeError("the laptop's database is SQLite")
    return found


def _revision(connection: Connection) -> str | None:
    table = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    if table is None:
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=POOL,
        max_overflow=-1,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")  # or REPLACE would slip past the append-only triggers


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("fieldtool_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        if not isinstance(cause, sqlite3.DatabaseError) or isinstance(cause, sqlite3.IntegrityError):
            raise  # a bug of ours, not a state of the disk
        raise _storage_error(cause, folder) from error


def _storage_error(cause: sqlite3.DatabaseError, folder: Path) -> StorageError:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the primary code
    where = str(folder)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(folder)):
        return StorageError(Text.DATABASE_FULL, folder=where)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StorageError(Text.DATABASE_CORRUPT, folder=where, detail=str(cause))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(Text.DATABASE_BUSY, seconds=BUSY_SECONDS)
    return StorageError(Text.DATABASE_UNWRITABLE, folder=where, detail=str(cause))


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < FULL_BELOW
    except OSError:
        return False
