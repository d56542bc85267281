"""`fieldtool central serve --workers 2` on Debian's PostgreSQL: one address, one log, whichever worker answers."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from fieldtool.audit.record import Event
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.core.clock import NEVER, SystemClock
from fieldtool.core.errors import SyncError, UsageError
from fieldtool.core.texts import Text
from fieldtool.sync.client import CentralAddress, SyncClient
from tests.audit.support import Laptop, laptop
from tests.central.support import Central, central_process
from tests.peers.postgres import Postgres, needs_postgres, postgres

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600), needs_postgres]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


def _until(what: Callable[[], object], seconds: float = 240.0) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + seconds
    while not what():
        assert clock.monotonic() < deadline, "it did not come to that"
        clock.wait(NEVER, 0.02)


class Serving:
    """Central with two workers, and its administrator's view of the same database."""

    def __init__(self, folder: Path, url: str, pid: int, line: dict[str, str]) -> None:
        store = open_store(folder)
        identity = open_identity(store)
        self.admin = Central(store, identity, Ledger(store, identity, SystemClock()), line["listening"])
        self.keeper = psutil.Process(pid)
        self.address = CentralAddress(line["listening"], line["key"])

    def workers(self) -> list[int]:
        return [child.pid for child in self.keeper.children()]

    def push(self, here: Laptop) -> None:
        """As the loop does it: again and again until nothing is pending."""
        client = SyncClient(here.log, lambda: self.address)

        def done() -> bool:
            try:
                client.push()
            except SyncError as error:
                assert error.text in (Text.CENTRAL_UNREACHABLE, Text.CENTRAL_LATER, Text.CENTRAL_STRANGE), error.what
            return here.log.pending() == 0

        try:
            _until(done)
        finally:
            client.close()


@contextmanager
def serving(folder: Path, url: str) -> Iterator[Serving]:
    open_store(folder, url).close()  # the folder remembers the database
    with central_process(folder, "--port", "0", "--workers", "2") as (process, line):
        made = Serving(folder, url, process.pid, line)
        try:
            _until(lambda: len(made.workers()) == 2)
            yield made
        finally:
            made.admin.store.close()
            process.terminate()
            process.wait(30)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path / "laptop")
    made.log.record(Event("seen"))
    with made.store.write() as unit:
        for number in range(2400):
            made.log.append(unit, Event("seen", charger=f"c{number}"))
    yield made
    made.store.close()


def test_two_clients_that_push_one_log_through_two_workers_lose_and_double_nothing(
    server: Postgres, here: Laptop, tmp_path: Path
) -> None:
    with serving(tmp_path / "central", server.new_database("two")) as running:
        running.admin.know(here.log, tmp_path / "key.pem")
        threads = [threading.Thread(target=running.push, args=(here,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        log = str(here.log.log_id())
        assert running.admin.envelopes(log) == here.log.envelopes(0, 9999)
        assert running.admin.ledger.forks(log) == []


def test_a_worker_that_is_killed_is_replaced_and_the_push_comes_again(
    server: Postgres, here: Laptop, tmp_path: Path
) -> None:
    with serving(tmp_path / "central", server.new_database("killed")) as running:
        running.admin.know(here.log, tmp_path / "key.pem")
        first = set(running.workers())
        pushing = threading.Thread(target=running.push, args=(here,))
        pushing.start()
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        _until(lambda: len(set(running.workers()) - first) == 2)
        pushing.join()
        assert running.admin.envelopes(str(here.log.log_id())) == here.log.envelopes(0, 9999)


def test_workers_end_with_their_keeper_however_it_ends(server: Postgres, tmp_path: Path) -> None:
    with serving(tmp_path / "central", server.new_database("keeper")) as running:
        workers = [psutil.Process(pid) for pid in running.workers()]
        running.keeper.kill()
        _, alive = psutil.wait_procs(workers, timeout=240)
        assert alive == []


def test_a_postgresql_that_is_killed_under_two_workers_loses_nothing(here: Laptop, tmp_path: Path) -> None:
    with postgres() as server, serving(tmp_path / "central", server.url) as running:
        running.admin.know(here.log, tmp_path / "key.pem")
        pushing = threading.Thread(target=running.push, args=(here,))
        pushing.start()
        log = str(here.log.log_id())
        _until(lambda: here.log.pending() < here.log.size())  # something was acknowledged
        server.kill()
        acknowledged = here.log.size() - here.log.pending()
        server.start()
        pushing.join()
        assert acknowledged >= 1000
        assert running.admin.envelopes(log) == here.log.envelopes(0, 9999)


def test_several_workers_need_postgresql(tmp_path: Path) -> None:
    from argparse import ArgumentParser

    from fieldtool.central.command import add_arguments, run

    parser = ArgumentParser()
    add_arguments(parser)
    with pytest.raises(UsageError) as refused:
        run(parser.parse_args(["serve", "--data", str(tmp_path / "x"), "--port", "0", "--workers", "2"]))
    assert refused.value.text is Text.CENTRAL_WORKERS
