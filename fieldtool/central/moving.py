"""From SQLite to PostgreSQL: all rows in one unit of work, counted, and the old file kept under another name."""

import argparse
import sys
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, select, text

from fieldtool.central.database import exclusively
from fieldtool.central.identity import SCHEMA
from fieldtool.central.where import named_by, remember
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.locks import exclusive

LOCK = "central"  # in the data folder: who serves SQLite, or moves it away
PAGE = 1000  # rows read at a time
_OURS = "alembic_version"  # says how far the tables are, not what they hold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database", required=True, metavar="URL", help="postgresql://user@host/name, an empty database"
    )


def run(args: argparse.Namespace) -> int:
    moved = move(args.data, args.database)
    sys.stdout.write(f"{moved} rows moved. The old file is kept as {SCHEMA.file}.moved\n")
    return ExitCode.DONE.value


def move(folder: Path, url: str) -> int:
    """Returns how many rows there are. Broken off anywhere, it may be begun again.

    RefusedError(LOCKED) while central serves. UsageError: CENTRAL_MOVE_NOTHING, CENTRAL_MOVE_NOT_EMPTY (the database
    holds something else), and those of `open_named`.
    """
    from fieldtool.central.postgres import PostgresStore

    file = folder / SCHEMA.file
    if not file.exists():
        raise UsageError(Text.CENTRAL_MOVE_NOTHING, file=str(file))
    with exclusive(folder, LOCK, "This central system", "fieldtool central move"):
        target = PostgresStore.open(folder, named_by(folder, url), SCHEMA.migrations)
        source = Store.open(folder, SCHEMA)
        try:
            with source.write() as old, target.write() as new:  # nobody else writes to the old one meanwhile
                exclusively(new, "move")
                rows = _copy(old, new)
        finally:
            source.close()
            target.close()
        remember(folder, url)
        file.rename(file.with_name(f"{file.name}.moved"))
    return rows


def _copy(old: Connection, new: Connection) -> int:
    """Table by table in the order of their references."""
    theirs, ours = MetaData(), MetaData()
    theirs.reflect(new)
    ours.reflect(old)
    tables = [table for table in theirs.sorted_tables if table.name != _OURS]
    before = {table.name: _count(new, table) for table in tables}
    counts = {table.name: _count(old, ours.tables[table.name]) for table in tables}
    if before == counts:
        return sum(counts.values())  # moved before, and broken off behind that
    if any(before.values()):
        raise UsageError(Text.CENTRAL_MOVE_NOT_EMPTY)
    for table in tables:
        for page in old.execute(select(ours.tables[table.name])).mappings().partitions(PAGE):
            new.execute(insert(table), [dict(row) for row in page])
        _count_on(new, table)
    if counts != {table.name: _count(new, table) for table in tables}:
        raise RuntimeError("rows were lost on the way")
    return sum(counts.values())


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _count_on(new: Connection, table: Table) -> None:
    """Numbers that PostgreSQL gives by itself go on behind those that were moved."""
    for column in inspect(new).get_columns(table.name):
        if "nextval" in str(column["default"]):
            place = {"table": table.name, "column": column["name"]}
            newest = f"(SELECT coalesce(max({column['name']}), 0) + 1 FROM {table.name})"
            new.execute(text(f"SELECT setval(pg_get_serial_sequence(:table, :column), {newest}, false)"), place)
