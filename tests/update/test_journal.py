"""The journal on disk: rows and audit records are one transaction; every format ever shipped stays readable."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldtool.core.errors import ExitCode, Safety, StorageError, Trouble
from fieldtool.core.model import ConnectorStatus, Health, Observed, Slot
from fieldtool.core.texts import Text
from fieldtool.store import tables
from fieldtool.update.journal import Head, Journal, head_from_json, head_to_json
from fieldtool.update.run import Mark, Phase, Record
from tests.audit.support import Laptop, laptop
from tests.fakes import HEAD, RELEASE, Bench

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BEFORE = Observed(
    "S1", "1.0", "aa", "A", "2.0", "bb", (Slot("rootfs.0", "1.0", "aa", "good", True, True),), False,
    "connector 1 is charging", 3, {"clock": "1700000000"},
)  # fmt: skip
HEALTH = Health(False, {"1": ConnectorStatus.AVAILABLE, "2": ConnectorStatus.FAULTED}, ("DOOR_OPEN",), ("backend",))
TROUBLE = Trouble(Text.VALIDATE_VERSION, (("expected", "2.0"), ("found", "1.0")), Safety.OLD_IS_KEPT, ExitCode.BUG)
ROWS = (
    Record("run-1", AT, "main", Phase.PREFLIGHT, Mark.ENTERED, before=BEFORE, health=HEALTH),
    Record("run-1", AT, "main", Phase.PREFLIGHT, Mark.OK),
    Record("run-1", AT, "main", Phase.INSTALL, Mark.ENTERED),
    Record("run-1", AT, "main", Phase.INSTALL, Mark.FAILED, TROUBLE),
    Record("run-1", AT, "main", Phase.ROLLED_BACK, Mark.ENTERED, TROUBLE),
)
FULL = replace(
    RELEASE,
    published=AT,
    end_of_support=AT,
    advisories=("CVE-1",),
    markets=("EU",),
    duration=(60, 90),
    notes="n",
    requires=(("modem", "1.2"),),
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def journal(here: Laptop) -> Journal:
    return Journal(here.store, here.log)


def write_all(journal: Journal, head: Head = HEAD) -> None:
    journal.begin(head, ROWS[0])
    for row in ROWS[1:]:
        journal.append(head, row)


def test_what_was_written_is_read_back(journal: Journal) -> None:
    write_all(journal, replace(HEAD, release=FULL))
    assert journal.records("run-1") == ROWS
    assert journal.head("run-1") == replace(HEAD, release=FULL)


def test_a_run_is_open_until_its_terminal_row(journal: Journal) -> None:
    journal.begin(HEAD, ROWS[0])
    assert journal.open_runs() == (HEAD,)
    journal.append(HEAD, ROWS[-1])
    assert journal.open_runs() == ()
    assert journal.newest_run("s1") == "run-1", "serial numbers are compared in their normal form"


def test_every_act_and_every_end_has_an_audit_record(journal: Journal, here: Laptop) -> None:
    write_all(journal)
    records = here.log.page(after=0)
    assert [record.event.event for record in records] == [
        "log-opened", "run-started", "run-phase", "run-failed", "run-ended",
    ]  # fmt: skip
    assert records[1].event.told["running"] == "1.0"
    assert records[-1].event.seen["trouble"] == "VALIDATE_VERSION"
    assert here.log.verify().ok


def test_without_its_audit_record_no_row_is_written(
    journal: Journal, here: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.begin(HEAD, ROWS[0])

    def fails(*args: object) -> int:
        raise StorageError(Text.DATABASE_FULL, folder="data")

    monkeypatch.setattr(here.log, "append", fails)
    with pytest.raises(StorageError):
        journal.append(HEAD, ROWS[2])
    assert len(journal.records("run-1")) == 1


def test_rows_cannot_be_changed_or_deleted(journal: Journal, here: Laptop) -> None:
    write_all(journal)
    for statement in (sa.delete(tables.journal), sa.update(tables.journal).values(phase="done")):
        with pytest.raises(sa.exc.IntegrityError, match="append only"), here.store.write() as tx:
            tx.execute(statement)


def test_format_1_is_read_as_it_was_written(here: Laptop, journal: Journal) -> None:
    """tests/golden/journal-v1.json was written by the first release; it is never written again."""
    golden = json.loads((Path(__file__).parents[1] / "golden" / "journal-v1.json").read_text())
    with here.store.write() as tx:
        tx.execute(sa.insert(tables.run).values(**golden["run"]))
        for row in golden["journal"]:
            tx.execute(sa.insert(tables.journal).values(**row))
    assert journal.records("run-1") == ROWS
    assert journal.head("run-1") == replace(HEAD, release=FULL)
    assert head_from_json(head_to_json(HEAD)) == HEAD


def test_a_whole_run_with_the_journal_on_disk(journal: Journal, here: Laptop) -> None:
    bench = Bench()
    bench.rows = journal  # type: ignore[assignment]  # the engine needs only these three methods
    assert bench.run().outcome == "done"
    assert journal.records("run-1")[0].before is not None
    assert journal.open_runs() == ()
    assert here.log.verify().ok
