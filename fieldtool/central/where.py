"""Which database central works with: its own file, or the PostgreSQL that somebody named for this data folder."""

import os
import stat
from pathlib import Path

from fieldtool.central.database import Database
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Schema, Store

URL_FILE = "database-url"  # in the data folder: so every verb finds the same database
VARIABLE = "FIELDTOOL_CENTRAL_DATABASE"


def open_named(folder: Path, schema: Schema, url: str = "") -> Database:
    """The database of this folder: SQLite in it, or the PostgreSQL that the environment or the folder names.

    `url` names one for good: the folder remembers it, so that every verb finds the same. StorageError as `Store.open`
    and `PostgresStore.open`; UsageError: CENTRAL_DATABASE_URL, CENTRAL_DATABASE_SHOWN (it holds a password),
    CENTRAL_DATABASE_OPEN (others may read the file), CENTRAL_DATABASE_OTHER, CENTRAL_DATABASE_BOTH.
    """
    named = named_by(folder, url)
    if not named:
        return Store.open(folder, schema)
    if (folder / schema.file).exists():
        raise UsageError(Text.CENTRAL_DATABASE_BOTH, file=str(folder / schema.file))
    from fieldtool.central.postgres import PostgresStore

    store = PostgresStore.open(folder, named, schema.migrations)
    if url:
        remember(folder, url)
    return store


def named_by(folder: Path, url: str) -> str:
    """The address of the PostgreSQL that counts; "": none was named. Errors as `open_named`."""
    file = folder / URL_FILE
    named = os.environ.get(VARIABLE, "").strip() or _written(file)
    if url and named and _shown(url) != _shown(named):
        raise UsageError(Text.CENTRAL_DATABASE_OTHER, found=_shown(named))
    if url and _password(url):
        raise UsageError(Text.CENTRAL_DATABASE_SHOWN, file=str(file))
    return named or url


def remember(folder: Path, url: str) -> None:
    """From now on the folder names this database. What it named before stays."""
    try:
        with os.fdopen(os.open(folder / URL_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(url + "\n")
    except FileExistsError:  # it may hold the password that `url` does not
        return


def check_owner_only(file: Path, refusal: Text) -> None:
    """UsageError(refusal) when others may read `file`."""
    # Windows has no such bits: there the folder's own access list counts, see the guide.
    if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(refusal, file=str(file))


def _shown(url: str) -> str:
    """Without the password."""
    password = _password(url)
    return url.replace(f":{password}@", "@", 1) if password else url


def _password(url: str) -> str:
    """ "" without one. UsageError(CENTRAL_DATABASE_QUERY): it stands where it would not be taken out of messages."""
    if "password=" in url:
        raise UsageError(Text.CENTRAL_DATABASE_QUERY)
    return url.partition("://")[2].partition("/")[0].rpartition("@")[0].partition(":")[2]


def _written(file: Path) -> str:
    try:
        content = file.read_text()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=type(error).__name__) from error
    check_owner_only(file, Text.CENTRAL_DATABASE_OPEN)
    return content.strip()
