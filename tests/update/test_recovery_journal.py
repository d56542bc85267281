"""A recovery in the journal on disk: killed after any row it is taken up again; all of it stands in the audit log."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldtool.store import tables
from fieldtool.update.history import History
from fieldtool.update.journal import Journal
from fieldtool.update.journal_format import head_from_json, head_to_json
from fieldtool.update.run import Head, Outcome, Record
from tests.audit.support import Laptop, laptop
from tests.fakes import HEAD, LaptopDied
from tests.update.recovery_support import RECOVERY, WIRE, RecoveryBench


@dataclass
class DiskRows:
    """The journal on disk; the laptop may die before and after every row."""

    journal: Journal
    bench: RecoveryBench | None = None

    def _point(self) -> None:
        if self.bench is not None:
            self.bench.faults.point()

    def begin(self, head: Head, first: Record) -> None:
        self._point()
        self.journal.begin(head, first)
        self._point()

    def append(self, head: Head, record: Record) -> None:
        self._point()
        self.journal.append(head, record)
        self._point()

    def records(self, run: str) -> tuple[Record, ...]:
        return self.journal.records(run)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path)
    yield made
    made.store.close()


def bench_on(here: Laptop) -> RecoveryBench:
    rows = DiskRows(Journal(here.store, here.log))
    rows.bench = RecoveryBench(rows)
    return rows.bench


def die() -> None:
    raise LaptopDied


@pytest.mark.parametrize("point", range(1, 80, 3))
def test_killed_anywhere_it_is_taken_up_from_the_disk(tmp_path: Path, point: int) -> None:
    here = laptop(tmp_path)
    bench = bench_on(here)
    bench.strike_at(point, die)
    try:
        bench.run()
    except LaptopDied:
        here.store.close()
        here = laptop(tmp_path, here.keystore)  # another program, on the same disk
        rows = DiskRows(Journal(here.store, here.log))
        bench.rows = rows
        bench.calm()
        (opened,) = Journal(here.store, here.log).open_runs() or (None,)
        ending = bench.resume(opened) if opened is not None else None
        if ending is None and not rows.records("run-1"):
            ending = bench.run()
        assert ending is None or ending.outcome is Outcome.RECOVERED, (ending.trouble, bench.story())
    with here.store.read() as tx:
        assert tx.execute(sa.select(tables.run.c.outcome)).scalars().all() == ["recovered"]
    assert bench.device.runs == ("2.0", RECOVERY.last.release.payload_hash)
    here.store.close()


def test_heads_of_updates_are_written_as_before_and_those_of_recoveries_are_read_back() -> None:
    assert "recovery" not in head_to_json(HEAD)
    assert head_from_json(json.loads(json.dumps(head_to_json(RECOVERY)))) == RECOVERY
    assert RECOVERY.recovery == WIRE


def test_the_format_of_a_recovery_stays_readable(here: Laptop, repository_root: Path) -> None:
    """As the first version that could do it wrote it."""
    golden = json.loads((repository_root / "tests/golden/journal-v3-recovery.json").read_text())
    with here.store.write() as tx:
        tx.execute(sa.insert(tables.run).values(**golden["run"]))
        for row in golden["journal"]:
            tx.execute(sa.insert(tables.journal).values(**row))
    journal = Journal(here.store, here.log)
    assert journal.head("run-1") == RECOVERY
    told = [f"{row.phase}:{row.mark}" for row in journal.records("run-1")]
    assert told[0] == "preflight:entered" and told[-1] == "recovered:entered" and "write:ok" in told


def test_every_step_that_speaks_to_the_charger_has_its_audit_record(here: Laptop) -> None:
    bench = bench_on(here)
    assert bench.run().outcome is Outcome.RECOVERED
    told = [record.event for record in here.log.page(after=0) if record.event.event.startswith("run-")]
    assert told[0].event == "run-started" and told[-1].event == "run-ended"
    assert told[0].seen["recovery line"] == "serial:///dev/ttyUSB0" and told[0].seen["profile"] == "fake"
    assert not told[0].told.get("serial"), "a dead charger told nothing"
    phases = [one.seen["phase"] for one in told if one.event == "run-phase"]
    assert phases == ["connect", "identify", "fit", "write", "read_back", "start", "validate", "confirm"]


def test_history_counts_a_recovery_as_no_update(here: Laptop) -> None:
    bench = bench_on(here)
    assert bench.run().outcome is Outcome.RECOVERED
    (told,) = History(here.store).newest(5)
    assert told.summary.outcome is Outcome.RECOVERED and told.summary.sent == RECOVERY.last.release.length
    (numbers,) = History(here.store).statistics()
    assert numbers.successes == 0 and numbers.median is None, "how long updates take is not learned from it"


def test_the_epoch_of_what_was_confirmed_is_remembered(here: Laptop) -> None:
    bench = bench_on(here)
    release = replace(RECOVERY.last.release, security_epoch=3)
    bench.releases = (release,)
    head = replace(RECOVERY, legs=(replace(RECOVERY.legs[0], release=release),))
    assert bench.run(head).outcome is Outcome.RECOVERED
    with here.store.read() as tx:
        found = tx.execute(sa.select(tables.mark.c.value).where(tables.mark.c.name.like("epoch:%"))).scalars().all()
    assert found == ["3"]
