"""Central directs with several workers on PostgreSQL: one turn at a time, each change once, one chain of decisions."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from fieldtool.central import decisions, directing
from fieldtool.central.directing import Director
from fieldtool.central.granting import Grants
from fieldtool.central.identity import open_store
from fieldtool.core.errors import FieldtoolError
from tests.central.direct_support import ADMIN, DAY, Direct, direct
from tests.firmware.test_directed_online import GRANT
from tests.peers.postgres import Postgres, needs_postgres, postgres

_NUMBERS = count(1)

pytestmark = [pytest.mark.peer, needs_postgres]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres(fsync="off") as running:
        yield running


@pytest.fixture
def there(server: Postgres, tmp_path: Path) -> Iterator[Direct]:
    with direct(tmp_path, url=server.new_database(f"direct{next(_NUMBERS)}")) as made:
        yield made


@pytest.mark.parametrize("alone", [False, True], ids=["both locks", "the lock of the database alone"])
def test_workers_with_connections_of_their_own_take_turns(
    there: Direct, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    if alone:  # as on machines whose file system locks nobody else out
        monkeypatch.setattr(directing, "wait_for_lock", lambda _file: None)
    stores = [open_store(there.central) for _ in range(2)]
    workers = [Director(store, there.clock) for store in stores]
    there.clock.advance(2 * DAY)
    renewed: list[bool] = []
    errors: list[FieldtoolError] = []

    def work(number: int) -> None:
        try:
            renewed.append(workers[number % 2].keep_alive())
            Grants(workers[number % 2]).issue(ADMIN, replace(GRANT, id=f"grant-{number}"))
        except FieldtoolError as error:
            errors.append(error)

    threads = [Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert errors == [] and renewed.count(True) == 1
    assert {one.id for one in there.director.said().grants} == {f"grant-{number}" for number in range(6)}
    with there.store.read() as unit:
        assert decisions.check(unit) == 2 + 1 + 12 and decisions.unfinished(unit) == ()


def test_what_was_decided_stays(there: Direct) -> None:
    grant = there.grant()
    there.grants.revoke(ADMIN, grant)
    for statement in ("UPDATE decision SET who = 'Eve'", "DELETE FROM decision", "TRUNCATE decision"):
        with pytest.raises(IntegrityError), there.store.write() as unit:
            unit.execute(text(statement))
    with there.store.read() as unit:
        assert decisions.check(unit) == 6
