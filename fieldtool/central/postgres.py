"""Central's tables in PostgreSQL, which several workers share."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Table, create_engine, event, select, text, types
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from fieldtool.central.database import exclusively
from fieldtool.core.errors import StorageError, UsageError
from fieldtool.core.texts import Text

POOL = 8  # connections of one worker at most; its threads take turns
CONNECT_SECONDS = 5
BUSY_SECONDS = 60  # for a lock, and for a statement

# The server's defaults are others' to choose: a commit that returned must survive a power cut, and no lock of ours
# outlives a worker that hangs.
_SESSION = (
    "SET synchronous_commit = on",
    f"SET lock_timeout = '{BUSY_SECONDS}s'",
    f"SET statement_timeout = '{BUSY_SECONDS}s'",
    f"SET idle_in_transaction_session_timeout = '{BUSY_SECONDS}s'",
)


class PostgresStore:
    """A `Database`. Nothing is asked of the server before the first unit of work but what `open` asks."""

    def __init__(self, folder: Path, url: URL) -> None:
        self.folder = folder
        self.where = URL.create("postgresql", url.username, None, url.host, url.port, url.database).render_as_string()
        self._engine = create_engine(
            url,
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=True,  # the server may have been restarted since
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "fieldtool central"},
        )
        event.listen(self._engine, "connect", _configure)

    @classmethod
    def open(cls, folder: Path, url: str, migrations: Path) -> "PostgresStore":
        """The database at `url` (postgresql://…), its tables made or migrated as needed.

        UsageError(CENTRAL_DATABASE_URL), StorageError(CENTRAL_DATABASE_GONE, DATABASE_NEWER, DATABASE_UNWRITABLE).
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(Text.DATABASE_UNWRITABLE, folder=str(folder), detail=str(error)) from error
        store = cls(folder, _parsed(url))
        try:
            store._migrate(migrations)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """READ COMMITTED: what others committed before a lock was got is seen after it."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._translated(), self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _migrate(self, migrations: Path) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(migrations).replace("%", "%%"))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        with self.write() as unit:  # all steps or none; whoever comes second waits here, and finds them done
            exclusively(unit, "fieldtool migrations")
            found = _revision(unit)
            if found is not None and found not in known:
                raise StorageError(Text.DATABASE_NEWER, folder=self.where, found=found)
            config.attributes["connection"] = unit
            command.upgrade(config, "head")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, ProgrammingError):
            raise  # a bug of ours, not a state of the server
        except (DBAPIError, PoolTimeoutError, psycopg.OperationalError) as error:
            detail = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
            raise StorageError(Text.CENTRAL_DATABASE_GONE, where=self.where, detail=detail.rstrip(".")) from error


def copy_rows(unit: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert `rows`: a stream takes PostgreSQL a fraction of the time of a statement for each."""
    connection = unit.connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("only PostgreSQL has COPY")
    names = [column.name for column in table.columns]
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_TYPES[type(column.type)] for column in table.columns])
        for row in rows:
            copy.write_row([row[name] for name in names])


_TYPES = {types.Text: "text", types.Integer: "int4", types.LargeBinary: "bytea"}


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError(Text.CENTRAL_DATABASE_URL) from None  # the cause may quote a password
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise UsageError(Text.CENTRAL_DATABASE_URL)
    return url.set(drivername="postgresql+psycopg")


def _configure(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for statement in _SESSION:
            cursor.execute(statement)
    connection.commit()


def _revision(unit: Connection) -> str | None:
    if unit.execute(select(text("to_regclass('alembic_version')"))).scalar() is None:
        return None
    found = unit.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
