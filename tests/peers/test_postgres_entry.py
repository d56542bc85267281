"""Who may come in, on PostgreSQL: one nonce counts once, a revocation counts at every worker, two ask at once."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from fieldtool.audit.record import Event
from fieldtool.central.certificates import KEY_FILE, open_authority
from fieldtool.central.enrolment import Enrolments
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.people import People, Role
from fieldtool.central.standing import Standing, Standings, admitted, keep_apart
from fieldtool.central.turned_away import TurnedAway
from fieldtool.core.errors import RefusedError, UsageError
from fieldtool.core.texts import Text
from tests.audit.support import Laptop, Ticking, laptop
from tests.central.test_enrolment import _application
from tests.peers.postgres import Postgres, needs_postgres, postgres

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600), needs_postgres]

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres(fsync="off") as running:
        yield running


@pytest.fixture
def url(server: Postgres) -> str:
    return server.new_database(f"entry{next(_NUMBERS)}")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path / "laptop")
    made.log.record(Event("seen"))
    yield made
    made.store.close()


class Worker:
    def __init__(self, folder: Path, url: str) -> None:
        self.store, self.clock = open_store(folder, url), Ticking()
        self.authority = open_authority(self.store, open_identity(self.store), self.clock)
        self.enrolments = Enrolments(self.store, self.authority, self.clock)
        self.standings = Standings(self.store, self.authority, self.clock)


@pytest.fixture
def workers(tmp_path: Path, url: str) -> Iterator[tuple[Worker, Worker]]:
    both = Worker(tmp_path / "central", url), Worker(tmp_path / "central", url)
    yield both
    for worker in both:
        worker.store.close()


def test_what_one_worker_decides_counts_at_the_other_at_once(workers: tuple[Worker, Worker], here: Laptop) -> None:
    one, two = workers
    asks = _application(here)
    code = one.enrolments.ask(asks, "x").code
    two.enrolments.approve(code, "grace")
    pem = one.enrolments.decision(asks.request.id).certificate
    shown = one.authority.opened(pem).id
    known = two.standings.of(shown)
    assert known is not None
    assert known.standing is Standing.VALID
    one.standings.use_nonce(shown, "ab" * 16, 1_780_000_000)
    with pytest.raises(RefusedError) as refused:
        two.standings.use_nonce(shown, "ab" * 16, 1_780_000_000)
    assert refused.value.text is Text.ENTRY_REPLAYED
    two.standings.use_nonce(shown, "cd" * 16, 1_780_000_000)  # a refusal leaves the connection usable
    two.standings._sweep()
    two.enrolments.revoke(known.name, "grace", "stolen")
    after = one.standings.of(shown)
    assert after is not None
    assert after.standing is Standing.REVOKED
    assert keep_apart(one.store, one.clock, known.id, asks.log, here.log.envelopes(0, 9)) == 2
    assert keep_apart(two.store, two.clock, known.id, asks.log, here.log.envelopes(0, 9)) == 0
    assert admitted(two.store)[known.id].apart == 2


def test_two_workers_that_get_one_request_at_once_issue_one_certificate(
    workers: tuple[Worker, Worker], here: Laptop
) -> None:
    asks, told = _application(here), []

    def ask(worker: Worker) -> None:
        told.append(worker.enrolments.ask(asks, "x").state)

    threads = [Thread(target=ask, args=(worker,)) for worker in workers * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["waiting"] * 6
    assert len(workers[0].enrolments.waiting()) == 1


def test_people_and_those_who_were_refused(workers: tuple[Worker, Worker]) -> None:
    one, two = (People(worker.store, worker.clock) for worker in workers)
    _, token = one.add("ada", Role.APPROVER)
    secret = one.open_session(two.by_token(token))
    assert two.by_session(secret) is not None
    two.remove("ada")
    assert one.by_session(secret) is None
    away = TurnedAway(workers[0].store, workers[0].clock)
    for _ in range(3):
        away.count("198.51.100.7", Text.ENTRY_TOKEN_BAD)
    assert [(one.peer, one.count) for one in away.all()] == [("198.51.100.7", 3)]


def test_a_worker_without_the_authority_s_key_does_not_start(workers: tuple[Worker, Worker], tmp_path: Path) -> None:
    (tmp_path / "central" / KEY_FILE).unlink()
    store = workers[0].store
    with pytest.raises(UsageError) as refused:
        open_authority(store, open_identity(store), Ticking())
    assert refused.value.text is Text.AUTHORITY_GONE
