"""The database: what is committed stays, and what is wrong with it is said in words."""

import importlib
import os
import pkgutil
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, insert, inspect, select, text

from fieldtool import central
from fieldtool.central.identity import SCHEMA
from fieldtool.central.tables import METADATA as CENTRAL
from fieldtool.core.errors import ExitCode, StorageError
from fieldtool.core.texts import Text
from fieldtool.store import database
from fieldtool.store.database import LAPTOP, Schema, Store
from fieldtool.store.tables import METADATA, mark, setting


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path)
    yield made
    made.close()


def _put(store: Store, name: str, value: str = "") -> None:
    with store.write() as unit:
        unit.execute(insert(mark).values(name=name, value=value))


def _names(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(mark.c.name).order_by(mark.c.name)).scalars())


# ---- units of work --------------------------------------------------------------------------------------------------


def test_what_a_unit_of_work_wrote_is_there_after_it_and_not_after_an_error(store: Store) -> None:
    _put(store, "a")
    with pytest.raises(KeyError), store.write() as unit:
        unit.execute(insert(mark).values(name="b", value=""))
        raise KeyError
    assert _names(store) == ["a"]


def test_a_unit_of_work_inside_another_is_a_bug_that_shows(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside a unit of work"), store.write(), store.write():
        pass
    _put(store, "a")  # and locks nobody out


def test_a_reader_sees_the_database_as_it_was_and_waits_for_no_writer(store: Store) -> None:
    _put(store, "a")
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM mark")).scalar() == 1
        _put(store, "b")
        assert connection.execute(text("SELECT count(*) FROM mark")).scalar() == 1
    with store.write() as unit:
        unit.execute(insert(mark).values(name="c", value=""))
        assert _names(store) == ["a", "b"]


def test_64_threads_write_without_one_being_refused(store: Store) -> None:
    errors: list[Exception] = []

    def write(thread: int) -> None:
        try:
            for number in range(5):
                _put(store, f"{thread:02} {number}")
        except StorageError as error:
            errors.append(error)

    threads = [Thread(target=write, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(_names(store)) == 320


def test_a_commit_survives_a_power_cut(store: Store) -> None:
    """FULL in a write-ahead log syncs every commit; NORMAL would lose the newest."""
    with store.read() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


# ---- other processes ------------------------------------------------------------------------------------------------

_WRITER = """
import os, sys
from pathlib import Path
from sqlalchemy import insert
from fieldtool.store.database import Store
from fieldtool.store.tables import mark
store = Store.open(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    with store.write() as unit:
        unit.execute(insert(mark).values(name=f"{sys.argv[2]} {number:04}", value="x" * 2000))
    os.write(1, b"%d\\n" % number)
"""


def _writer(folder: Path, name: str, count: int, root: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root)


def test_processes_that_find_an_empty_folder_at_once_all_write(tmp_path: Path, repository_root: Path) -> None:
    writers = [_writer(tmp_path, f"p{number}", 20, repository_root) for number in range(3)]
    assert [len(writer.communicate()[0].splitlines()) for writer in writers] == [20, 20, 20]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    store = Store.open(tmp_path)
    assert len(_names(store)) == 60
    store.close()


@pytest.mark.sweep
@pytest.mark.timeout(600)
def test_a_kill_in_mid_commit_loses_nothing_that_was_acknowledged(
    tmp_path: Path, repository_root: Path, sweep_cases: Callable[[str, range], list[Any]]
) -> None:
    for case in sweep_cases("kill -9 of a writing process", range(30)):
        writer = _writer(tmp_path, f"k{case}", 10_000, repository_root)
        assert writer.stdout is not None
        for _ in range(5 + case):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = 5 + case + sum(line.endswith(b"\n") for line in writer.communicate()[0].splitlines(keepends=True))
        store = Store.open(tmp_path)
        kept = [name for name in _names(store) if name.startswith(f"k{case} ")]
        assert kept == [f"k{case} {number:04}" for number in range(len(kept))]
        assert told <= len(kept) <= told + 1
        with store.read() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        store.close()


def test_another_process_that_writes_for_too_long_is_named_as_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    store = Store.open(tmp_path)
    other = sqlite3.connect(tmp_path / LAPTOP.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError) as refused:
        _put(store, "a")
    assert refused.value.text is Text.DATABASE_BUSY
    assert _names(store) == []  # reading works all the time
    other.execute("ROLLBACK")
    other.close()
    _put(store, "a")
    store.close()


# ---- broken ---------------------------------------------------------------------------------------------------------


def _refused(folder: Path) -> StorageError:
    with pytest.raises(StorageError) as refused:
        Store.open(folder)
    assert refused.value.exit_code is ExitCode.STORAGE
    return refused.value


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with store.write() as unit:
        unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    before = (tmp_path / LAPTOP.file).read_bytes()
    assert _refused(tmp_path).text is Text.DATABASE_NEWER
    assert (tmp_path / LAPTOP.file).read_bytes() == before


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / LAPTOP.file).write_bytes(b"no database at all " * 500)
    assert _refused(tmp_path).text is Text.DATABASE_CORRUPT
    assert (tmp_path / LAPTOP.file).read_bytes().startswith(b"no database")


def test_a_damaged_database_is_said_when_the_damage_is_met(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with store.write() as unit:
        empty = int(unit.execute(text("PRAGMA page_count")).scalar_one())
        for number in range(300):
            unit.execute(insert(setting).values(name=f"{number}", value="x" * 500))
    store.close()
    content = bytearray((tmp_path / LAPTOP.file).read_bytes())
    page = 4096
    for start in range(empty * page, len(content), page):
        content[start : start + 200] = b"\xff" * 200
    (tmp_path / LAPTOP.file).write_bytes(content)
    store = Store.open(tmp_path)
    with pytest.raises(StorageError) as refused, store.read() as connection:
        connection.execute(select(setting)).all()
    assert refused.value.text is Text.DATABASE_CORRUPT
    store.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert _refused(tmp_path / "file" / "data").text is Text.DATABASE_UNWRITABLE


def test_a_full_disk_is_said_and_loses_nothing(store: Store) -> None:
    """SQLite's own limit of pages gives the error that a full disk gives."""
    _put(store, "a")
    with store.write() as unit:
        pages = unit.execute(text("PRAGMA page_count")).scalar()
        unit.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StorageError) as full, store.write() as unit:
        for number in range(1000):
            unit.execute(insert(mark).values(name=f"{number}", value="x" * 4000))
    assert full.value.text is Text.DATABASE_FULL
    assert _names(store) == ["a"]
    with store.write() as unit:
        unit.execute(text("PRAGMA max_page_count = 100000"))
    _put(store, "b")
    assert _names(store) == ["a", "b"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.skipif(shutil.which("mount") is None, reason="mount is not installed")
def test_a_disk_that_is_really_full_is_said_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("cannot: mounting is not allowed here")
    try:
        store = Store.open(disk)
        put = 0
        with pytest.raises(StorageError) as full:
            for number in range(1000):
                _put(store, f"{number:04}", "x" * 5000)
                put += 1
        assert full.value.text is Text.DATABASE_FULL
        assert _names(store) == [f"{number:04}" for number in range(put)]
        store.close()
        again = Store.open(disk)
        assert len(_names(again)) == put
        again.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


# ---- migrations -----------------------------------------------------------------------------------------------------


def _shape(url: str) -> dict[str, Any]:
    """Everything about the tables that could differ between a migration and tables.py."""
    engine = create_engine(url)
    found = inspect(engine)
    shape = {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            "primary key": found.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": [
                (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in found.get_foreign_keys(table)
            ],
            "indexes": sorted((index["name"], index["column_names"]) for index in found.get_indexes(table)),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }
    engine.dispose()
    return shape


@pytest.mark.parametrize(("schema", "metadata"), [(LAPTOP, METADATA), (SCHEMA, CENTRAL)], ids=["laptop", "central"])
def test_migrations_make_the_very_tables_of_tables_py(tmp_path: Path, schema: Schema, metadata: MetaData) -> None:
    for module in pkgutil.iter_modules(central.__path__):  # parts of central have tables of their own
        if module.name.endswith("_tables"):
            importlib.import_module(f"fieldtool.central.{module.name}")
    Store.open(tmp_path, schema).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'expected'}")
    metadata.create_all(engine)
    engine.dispose()
    assert _shape(f"sqlite:///{tmp_path / schema.file}") == _shape(f"sqlite:///{tmp_path / 'expected'}")


@pytest.mark.parametrize("schema", [LAPTOP, SCHEMA], ids=["laptop", "central"])
def test_the_head_that_spares_us_alembic_is_the_head(schema: Schema) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.head


@pytest.mark.parametrize("written", ["0001", "0002"])
def test_a_database_of_an_older_version_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path, written: str) -> None:
    """tests/golden/database-*.sql is what those versions wrote."""
    dump = Path(__file__).parent / "golden" / f"database-{written}.sql"
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(dump.read_text())
    connection.close()
    store = Store.open(tmp_path)
    with store.read() as reading:
        assert reading.execute(select(setting.c.value)).scalars().all() == ["kept"]
        assert reading.execute(text("SELECT version_num FROM alembic_version")).scalar() == LAPTOP.head
    store.close()


def test_opening_an_up_to_date_database_does_not_load_alembic(tmp_path: Path, repository_root: Path) -> None:
    Store.open(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from fieldtool.store.database import Store; "
        "Store.open(Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=repository_root).returncode == 0
