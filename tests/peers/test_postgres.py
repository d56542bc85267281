"""Central on Debian's PostgreSQL: killed, at once, in several processes; nothing lost, nothing double."""

import importlib
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from fieldtool import central
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.record import Event
from fieldtool.central import ledger as ledger_module
from fieldtool.central.database import exclusively
from fieldtool.central.identity import KEY_FILE, open_identity, open_store
from fieldtool.central.ledger import Ledger, Push
from fieldtool.central.tables import METADATA, record
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import StorageError, UsageError
from fieldtool.core.texts import Text
from tests.audit.support import Laptop, Ticking, laptop
from tests.central.test_kills import Sweep, killed_everywhere
from tests.peers.postgres import Postgres, needs_postgres, postgres

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600), needs_postgres]

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres(fsync="off") as running:
        yield running


@pytest.fixture
def url(server: Postgres) -> str:
    return server.new_database(f"central{next(_NUMBERS)}")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path / "laptop")
    made.log.record(Event("seen"))
    with made.store.write() as unit:
        for number in range(38):
            made.log.append(unit, Event("seen", charger=f"c{number}"))
    yield made
    made.store.close()


class Central:
    """One worker's view of the database, and the laptop `here` is known to it."""

    def __init__(self, folder: Path, url: str, here: Laptop) -> None:
        self.store = open_store(folder, url)
        self.ledger = Ledger(self.store, open_identity(self.store), Ticking())
        pem, key, log = here.log.public_key(), here.log.key_id(), here.log.log_id()
        assert pem and key and log
        (folder / "laptop.pem").write_text(pem)
        self.ledger.add_laptop(folder / "laptop.pem", "Bay laptop")
        self.log, self.key_id = log, key

    def push(self, envelopes: list[bytes]) -> Checkpoint:
        return Checkpoint.read(self.ledger.ingest(Push(self.log, self.key_id, envelopes)).note)

    def envelopes(self) -> list[bytes]:
        with self.store.read() as connection:
            query = select(record.c.envelope).where(record.c.log == self.log).order_by(record.c.seq)
            return list(connection.execute(query).scalars())


@pytest.fixture
def there(tmp_path: Path, url: str, here: Laptop) -> Iterator[Central]:
    made = Central(tmp_path / "central", url, here)
    yield made
    made.store.close()


# ---- the database ---------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_knows(there: Central) -> None:
    for module in pkgutil.iter_modules(central.__path__):  # parts of central have tables of their own
        if module.name.endswith("_tables"):
            importlib.import_module(f"fieldtool.central.{module.name}")
    with there.store.read() as connection:
        found = inspect(connection)
        for name, table in METADATA.tables.items():
            columns = {column["name"]: column["nullable"] for column in found.get_columns(name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}
            assert found.get_pk_constraint(name)["constrained_columns"] == [one.name for one in table.primary_key]


def test_records_cannot_be_changed_deleted_or_truncated(there: Central, here: Laptop) -> None:
    there.push(here.log.envelopes(0, 3))
    for statement in ("UPDATE record SET seq = 9", "DELETE FROM record", "TRUNCATE record", "TRUNCATE log CASCADE"):
        with pytest.raises(IntegrityError, match="append only"), there.store.write() as unit:
            unit.execute(text(statement))
    assert there.envelopes() == here.log.envelopes(0, 3)


_OPEN = "import sys; from pathlib import Path; from fieldtool.central.identity import *; \
print(open_identity(open_store(Path(sys.argv[1]), sys.argv[2])).fingerprint)"


def test_workers_that_find_an_empty_database_at_once_make_it_once(
    tmp_path: Path, url: str, repository_root: Path
) -> None:
    command = [sys.executable, "-c", _OPEN, str(tmp_path / "central"), url]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repository_root) for _ in range(3)]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(set(said)) == 1


def test_a_database_has_one_receipt_key_wherever_its_workers_run(tmp_path: Path, url: str) -> None:
    first = open_store(tmp_path / "one", url)
    mine = open_identity(first, "central.example")
    second = open_store(tmp_path / "two", url)
    with pytest.raises(UsageError) as refused:
        open_identity(second)
    assert refused.value.text is Text.CENTRAL_KEY_GONE
    other = open_store(tmp_path / "three")
    open_identity(other)
    (tmp_path / "two" / KEY_FILE).write_bytes((tmp_path / "three" / KEY_FILE).read_bytes())
    (tmp_path / "two" / KEY_FILE).chmod(0o600)
    with pytest.raises(UsageError) as refused:
        open_identity(second)
    assert refused.value.text is Text.CENTRAL_KEY_SECOND
    (tmp_path / "two" / KEY_FILE).write_bytes((tmp_path / "one" / KEY_FILE).read_bytes())
    again = open_identity(second)
    assert (again.fingerprint, again.name) == (mine.fingerprint, "central.example")
    for store in (first, second, other):
        store.close()


def test_whoever_comes_second_waits_for_the_first(there: Central, tmp_path: Path, url: str) -> None:
    """Two that look first and write then, of two processes: the second sees what the first wrote."""
    other, told, inside = open_store(tmp_path / "central"), list[str](), threading.Event()

    def second() -> None:
        inside.wait()
        with other.write() as unit:
            exclusively(unit, "a thing")
            told.append(str(unit.execute(text("SELECT count(*) FROM laptop WHERE name = 'first'")).scalar()))

    thread = threading.Thread(target=second)
    thread.start()
    with there.store.write() as unit:
        exclusively(unit, "a thing")
        inside.set()
        unit.execute(text("INSERT INTO laptop VALUES ('k', 'p', 'first', 'now')"))
        told.append("first")
    thread.join()
    other.close()
    assert told == ["first", "1"]


@pytest.fixture(scope="module")
def any_database(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return tmp_path_factory.mktemp("any"), server.new_database("any")


# ---- any pushes, at once --------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(pushes=st.lists(st.lists(st.integers(0, 11), max_size=8), max_size=6))
def test_any_pushes_end_in_the_longest_unbroken_beginning(
    any_database: tuple[Path, str], pushes: list[list[int]]
) -> None:
    folder, url = any_database
    here = laptop(folder / f"laptop{next(_NUMBERS)}")
    for number in range(11):
        here.log.record(Event("seen", charger=f"c{number}"))
    there = Central(folder / "central", url, here)
    envelopes, size = here.log.envelopes(0, 12), 0
    for push in pushes:
        said = there.push([envelopes[place] for place in push])
        while size in push:
            size += 1
        assert (said.size, said.root) == (size, here.log.root(size))
    assert there.push(envelopes).root == here.log.root()
    there.store.close()
    here.store.close()


def test_two_workers_that_take_in_the_same_log_at_once_lose_nothing_and_double_nothing(
    there: Central, here: Laptop, tmp_path: Path
) -> None:
    """Each pushes overlapping parts in its own order; the log is begun by both at the same moment."""
    other, envelopes = Central(tmp_path / "central", "", here), here.log.envelopes(0, 99)
    ready, failures = threading.Barrier(2), list[BaseException]()

    def work(one: Central, width: int) -> None:
        try:
            for start in range(0, len(envelopes), 5):
                ready.wait()
                said = one.push(envelopes[max(0, start - 5) : start + width])
                assert said.root == here.log.root(said.size)
        except BaseException as error:
            failures.append(error)
            ready.abort()

    threads = [threading.Thread(target=work, args=arguments) for arguments in ((there, 9), (other, 5))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert there.push(envelopes).size == len(envelopes)
    assert there.envelopes() == envelopes
    other.store.close()


def test_two_workers_that_begin_one_log_at_the_same_moment_begin_it_once(
    there: Central, here: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one comes while the first has looked, and has not written."""
    other, envelopes = Central(tmp_path / "central", "", here), here.log.envelopes(0, 9)
    looked, go_on, sizes = threading.Event(), threading.Event(), list[int]()
    real = Ledger._work_in

    def slowly(ledger: Ledger, *arguments: object) -> object:
        if ledger is there.ledger:
            looked.set()
            go_on.wait()
        return real(ledger, *arguments)  # type: ignore[arg-type]  # whatever it takes

    monkeypatch.setattr(Ledger, "_work_in", slowly)
    threads = [
        threading.Thread(target=lambda one=one: sizes.append(one.push(envelopes).size)) for one in (there, other)
    ]
    threads[0].start()
    looked.wait()
    threads[1].start()
    deadline = SystemClock().monotonic() + 60
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while SystemClock().monotonic() < deadline:
        with there.store.read() as connection:
            if connection.execute(waiting).scalar():
                break
    go_on.set()
    for thread in threads:
        thread.join()
    other.store.close()
    assert sizes == [9, 9]
    assert there.envelopes() == envelopes


# ---- kills ----------------------------------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.timeout(300)
def test_central_killed_after_each_statement_that_writes_loses_nothing_and_doubles_nothing(
    tmp_path: Path,
    repository_root: Path,
    server: Postgres,
    expect_log: Callable[[str], None],
    sweep_cases: Sweep,
) -> None:
    expect_log("after record")
    made = laptop(tmp_path / "laptop")
    what = "central killed after a statement, PostgreSQL"
    killed_everywhere(
        made, tmp_path, repository_root, sweep_cases, what, lambda _place: server.new_database(f"k{next(_NUMBERS)}")
    )
    made.store.close()


@pytest.fixture
def victim(tmp_path: Path, here: Laptop) -> Iterator[tuple[Postgres, Central]]:
    """A server of its own, to be killed."""
    with postgres() as running:
        made = Central(tmp_path / "victim", running.url, here)
        yield running, made
        made.store.close()


def _killing(monkeypatch: pytest.MonkeyPatch, server: Postgres, place: str) -> None:
    """The server dies when central has come to `place` for the second time."""
    times = count(1)

    def die(*_arguments: object) -> None:
        if next(times) == 2:
            server.kill()

    real_insert, real_note = ledger_module.insert_records, Ledger._note

    def insert(*arguments: object) -> None:
        if place == "before the batch":
            die()
        real_insert(*arguments)  # type: ignore[arg-type]  # whatever it takes
        if place == "behind the batch":
            die()

    def note(*arguments: object) -> str:
        if place == "behind the commit":
            die()
        return real_note(*arguments)  # type: ignore[arg-type]  # whatever it takes

    monkeypatch.setattr(ledger_module, "insert_records", insert)
    monkeypatch.setattr(Ledger, "_note", note)


@pytest.mark.parametrize("place", ["before the batch", "behind the batch", "behind the commit"])
def test_a_server_killed_in_mid_batch_keeps_what_was_acknowledged_and_the_rest_comes_again(
    victim: tuple[Postgres, Central], here: Laptop, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    server, there = victim
    envelopes = here.log.envelopes(0, 99)
    with monkeypatch.context() as patch:
        _killing(patch, server, place)
        assert there.push(envelopes[:10]).size == 10
        if place == "behind the commit":
            assert there.push(envelopes[10:20]).size == 20  # it did happen, though nobody answers any more
        else:
            with pytest.raises(StorageError) as refused:
                there.push(envelopes[10:20])
            assert refused.value.text is Text.CENTRAL_DATABASE_GONE
        with pytest.raises(StorageError):
            there.push(envelopes[20:30])
    server.start()
    kept = 20 if place == "behind the commit" else 10
    assert there.envelopes() == envelopes[:kept]
    assert there.push(envelopes).root == here.log.root()
    assert there.envelopes() == envelopes


def test_a_server_that_is_gone_is_said_in_words_without_the_password(tmp_path: Path) -> None:
    gone = "postgresql://someone:geheim@127.0.0.1:9/fieldtool"
    folder = tmp_path / "central"
    folder.mkdir()
    (folder / "database-url").write_text(gone)
    with pytest.raises(UsageError) as open_file:
        open_store(folder)
    assert open_file.value.text is Text.CENTRAL_DATABASE_OPEN
    (folder / "database-url").chmod(0o600)
    with pytest.raises(StorageError) as refused:
        open_store(folder)
    assert refused.value.text is Text.CENTRAL_DATABASE_GONE
    assert "geheim" not in refused.value.what
    assert "someone@127.0.0.1:9" in refused.value.what
