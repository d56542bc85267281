"""The journal on disk: rows and audit records are one transaction; every format ever shipped stays readable."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldtool.core.driver import Can, EndedBy, ManualStep
from fieldtool.core.errors import ExitCode, Safety, StorageError, Trouble
from fieldtool.core.model import ConnectorStatus, Expectation, Health, Observed, Slot
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.store import tables
from fieldtool.update.approval import LASTS, Approval, Asked, How, Request
from fieldtool.update.journal import Journal
from fieldtool.update.journal_format import head_from_json, head_to_json
from fieldtool.update.run import Head, Leg, Mark, Override, Phase, Record
from fieldtool.update.validation import Finding, Grade, Waiver
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
FULL_HEAD = Head("run-1", "S1", "Bay 01", (Leg("main", FULL, "1.0"),), "demo")
WAIVER = Waiver("clock", "demo", "no time server here yet")
SECOND = replace(
    RELEASE,
    component="modem",
    backends=("ocpp2.0.1",),
    config_format="city-3",
    config_renames=(("a", "b"),),
    config_sets=(("c", "1"),),
    config_drops=("d",),
    metering_checksum="4711",
    validation=Expectation(60.0, frozenset({"meter"}), frozenset({"clock"}), 5.0, 1, frozenset({"name"})),
)
HEAD_2 = Head(
    "run-1", "S1", "Bay 01", (Leg("main", FULL, "1.0", RELEASE), Leg("modem", SECOND, None)), "demo",
    (Override("DOWNGRADE", "demo", "agreed with the operator"),), (WAIVER,),
)  # fmt: skip
APPROVAL = Approval(
    Request(
        "ab" * 32, "demo", "cd" * 16, (Asked("S1", frozenset({"22" * 32}), frozenset({Action.DOWNGRADE})),), AT
    ),
    "grant-2", "grace", How.PIN, AT, AT + LASTS,
)  # fmt: skip
HEAD_3 = replace(HEAD_2, grants=("grant-1",), approvals=(APPROVAL,))
STEP = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
FINDINGS = (
    Finding("version", Grade.PASS, Trouble(Text.VALIDATE_VERSION, (("expected", "2.0"), ("found", "2.0")))),
    Finding("clock", Grade.WAIVED, Trouble(Text.CLOCK_OFF, (("found", 400),)), WAIVER),
)
FELT = replace(
    HEALTH, clock=1.5e9, uptime=12.0, resets=1, backend=True, responds=False, meter={"total": 4.5}, meter_checksum="47",
    certificates={"tls": 1.8e9}, disk_free=1_000_000, dns=True, ntp=False, ota_pending="", reserved="by app",
)  # fmt: skip
ROWS_2 = (
    Record("run-1", AT, "main", Phase.PREFLIGHT, Mark.ENTERED, before=BEFORE, health=HEALTH, can=Can.KEEP_OLD),
    Record("run-1", AT, "main", Phase.BACKUP, Mark.OK, health=FELT, backup="run-1.main.00000000"),
    Record("run-1", AT, "main", Phase.RESTART, Mark.ASKED, asked=STEP),
    Record("run-1", AT, "main", Phase.RESTART, Mark.ANSWERED, asked=STEP),
    Record("run-1", AT, "main", Phase.VALIDATE, Mark.OK, health=FELT, findings=FINDINGS),
    Record(
        "run-1", AT, "modem", Phase.PREFLIGHT, Mark.ENTERED,
        before=replace(BEFORE, running=None, damaged=True), leg=1, can=Can.BOOTLOADER | Can.RESUME,
    ),
    Record("run-1", AT, "modem", Phase.ROLLED_BACK, Mark.ENTERED, TROUBLE, leg=1),
)  # fmt: skip


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
    write_all(journal, FULL_HEAD)
    assert journal.records("run-1") == ROWS
    assert journal.head("run-1") == FULL_HEAD


def test_everything_that_a_row_can_say_is_read_back(journal: Journal) -> None:
    journal.begin(HEAD_2, ROWS_2[0])
    for row in ROWS_2[1:]:
        journal.append(HEAD_2, row)
    assert journal.records("run-1") == ROWS_2
    assert journal.head("run-1") == HEAD_2


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


@pytest.mark.parametrize(
    ("version", "head", "rows"), [("1", FULL_HEAD, ROWS), ("2", HEAD_2, ROWS_2), ("3", HEAD_3, ROWS_2)]
)
def test_every_format_is_read_as_it_was_written(
    here: Laptop, journal: Journal, version: str, head: Head, rows: tuple[Record, ...]
) -> None:
    """tests/golden/journal-v*.json were written by the releases that shipped them; they are never written again."""
    golden = json.loads((Path(__file__).parents[1] / "golden" / f"journal-v{version}.json").read_text())
    with here.store.write() as tx:
        tx.execute(sa.insert(tables.run).values(**golden["run"]))
        for row in golden["journal"]:
            tx.execute(sa.insert(tables.journal).values(**row))
    assert journal.records("run-1") == rows
    assert journal.head("run-1") == head
    assert head_from_json(head_to_json(head)) == head


def test_what_a_person_is_asked_and_what_validation_found_stand_in_the_audit_log(
    journal: Journal, here: Laptop
) -> None:
    journal.begin(HEAD_2, ROWS_2[0])
    for row in ROWS_2[1:]:
        journal.append(HEAD_2, row)
    events = {record.event.event: record.event for record in here.log.page(after=0)}
    assert "Switch the charger off" in str(events["run-asked"].seen["step"])
    assert str(events["run-validated"].seen["rule clock"]).startswith("waived")
    assert "rule version" not in events["run-validated"].seen, "what passed is told by the row alone"
    assert events["run-leg-started"].component == "modem"


def test_a_whole_run_with_the_journal_on_disk(journal: Journal, here: Laptop) -> None:
    bench = Bench()
    bench.rows = journal  # type: ignore[assignment]  # the engine needs only these three methods
    assert bench.run().outcome == "done"
    assert journal.records("run-1")[0].before is not None
    assert journal.open_runs() == ()
    assert here.log.verify().ok


def test_who_approved_is_named_by_pseudonym_in_the_words_of_a_record_too(journal: Journal, here: Laptop) -> None:
    """A record can never be changed: a name in it could not be erased."""
    used = Trouble(Text.APPROVAL_USED, (("actor", "Grace Hopper"), ("serial", "S1")))
    journal.begin(FULL_HEAD, ROWS[0])
    journal.append(FULL_HEAD, Record("run-1", AT, "main", Phase.REFUSED, Mark.ENTERED, used))
    words = str(here.log.page(limit=1)[0].event.seen["words"])
    assert "Grace" not in words
    assert here.log.known_as("Grace Hopper") in words
    assert "S1" in words
