"""Central's pages over Debian's PostgreSQL: the same facts as over SQLite, worked out by several workers at once."""

from collections.abc import Iterator
from threading import Thread

import pytest
from sqlalchemy import select

from fieldtool.central.alarms import alarms, take
from fieldtool.central.database import Database
from fieldtool.central.fleet import Fleet, Paging, RunQuery, UnitQuery
from fieldtool.central.fleet_tables import DERIVED
from fieldtool.central.identity import open_store
from fieldtool.central.ledger import Push
from fieldtool.central.projection import Projection
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from tests.audit.support import Ticking
from tests.central.stories import Story, crowd, keep
from tests.central.test_pages import HOSTILE, Refusing
from tests.peers.postgres import needs_postgres, postgres

pytestmark = [pytest.mark.peer, needs_postgres]

A = "aa" * 16


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres(fsync="off") as running:
        yield running.new_database("pages")


@pytest.fixture(scope="module")
def stores(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    """(on PostgreSQL, on SQLite), with the same records."""
    both = open_store(tmp_path_factory.mktemp("pg"), url), open_store(tmp_path_factory.mktemp("lite"))
    hostile = Story(A, actor=HOSTILE, clock=HOSTILE).site(HOSTILE + "\0")
    hostile.update("r\0\ud800", HOSTILE + "\0", HOSTILE, HOSTILE, "stuck", trouble=HOSTILE, words="\0" + HOSTILE)
    for store in both:
        for story in [*crowd(2000, chargers=40, laptops=5), hostile]:
            keep(store, story.records)
    yield both
    for store in both:
        store.close()


def _dump(store: Database) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as tx:
        return {table.name: sorted(map(tuple, tx.execute(select(table)))) for table in DERIVED}


def test_several_workers_at_once_work_out_the_same_facts_as_one_on_sqlite(stores: tuple[Database, Database]) -> None:
    on_postgres, on_sqlite = stores
    workers = [Thread(target=Projection(on_postgres, 50).catch_up) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    Projection(on_postgres).catch_up()
    Projection(on_sqlite).catch_up()
    found = _dump(on_postgres)
    assert found == _dump(on_sqlite)
    assert len(found["fleet_run"]) == 251
    Projection(on_postgres).rebuild()
    assert _dump(on_postgres) == found


def test_lists_are_the_same_on_both(stores: tuple[Database, Database]) -> None:
    answers = []
    for store in stores:
        Projection(store).catch_up()
        fleet = Fleet(store)
        runs = [
            fleet.runs(asked, Paging(2, 20))
            for asked in (RunQuery(), RunQuery(state="stuck"), RunQuery(found="S0001"), RunQuery(site="-"))
        ]
        units = [
            fleet.units(UnitQuery(state=state, found="bay"), Paging()) for state in ("", "doubted", "contradicted")
        ]
        answers.append((runs, units, fleet.summary(), fleet.choices(), set(fleet.matrix(UnitQuery())), fleet.logs()))
        assert fleet.history("S00003", Paging(1, 9)).total > 9
    assert answers[0] == answers[1]


def test_alarms_are_kept_there_too(stores: tuple[Database, Database]) -> None:
    refusing, clock = Refusing(RefusedError(Text.LAPTOP_THROW_AWAY)), Ticking()
    for _ in range(2):
        with pytest.raises(RefusedError):
            take(stores[0], refusing, clock, Push(A, "ff" * 32, []))
    [alarm] = [one for one in alarms(stores[0]) if one.trouble.text is Text.ALARM_THROW_AWAY]
    assert alarm.times == 2
