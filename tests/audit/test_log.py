"""The log: what is acknowledged stays, what was altered shows."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.log import OPENED
from fieldtool.audit.record import Event, leaf
from fieldtool.audit.tree import Frontier
from fieldtool.core.errors import ExitCode, StorageError
from fieldtool.core.texts import Text
from fieldtool.store.database import LAPTOP
from fieldtool.store.tables import journal, run
from tests.audit.support import Laptop, MemoryKeystore, laptop

STARTED = Event("run-started", charger="00731", component="main", told={"running": "2.2.0"}, seen={"size": 7}, run="r1")


def test_a_record_says_who_when_what_and_how_sure(here: Laptop) -> None:
    assert here.log.record(STARTED) == 2  # the first one says how the log began
    opened, record = here.log.page(after=0)
    assert (opened.seq, opened.event.event) == (1, OPENED)
    assert record.event == STARTED
    assert record.seq == 2
    assert record.clock == "plausible"
    assert record.prev == leaf(here.log.envelopes(0, 1)[0]).hex()


def test_the_chain_verifies_and_has_the_root_of_its_leaves(here: Laptop) -> None:
    for _ in range(20):
        here.log.record(STARTED)
    state = here.log.verify()
    frontier = Frontier()
    for envelope in here.log.envelopes(0, 100):
        frontier.add(leaf(envelope))
    assert state.ok
    assert state.size == here.log.size() == here.log.pending() == 21
    assert state.key_confirmed
    assert state.root == here.log.root() == frontier.root()


def test_an_empty_log_verifies(here: Laptop) -> None:
    assert here.log.verify().ok
    assert here.log.size() == 0
    assert here.log.log_id() is None


def test_a_record_and_a_journal_row_are_one_unit_of_work(here: Laptop) -> None:
    with pytest.raises(ZeroDivisionError), here.store.write() as unit:
        unit.execute(insert(run).values(id="r1", serial="731", opened="t", actor="a", plan="{}"))
        unit.execute(insert(journal).values(run="r1", at="t", component="", phase="p", mark="m", detail="{}"))
        here.log.append(unit, STARTED)
        raise ZeroDivisionError
    assert here.log.size() == 0
    assert here.log.record(STARTED) == 2
    assert here.log.verify().ok


def test_a_record_cannot_be_changed_or_deleted(here: Laptop) -> None:
    here.log.record(STARTED)
    replace = "REPLACE INTO audit SELECT seq, x'00', leaf, at, event, charger, run, actor FROM audit WHERE seq = 2"
    for statement in ("UPDATE audit SET charger = 'other'", "DELETE FROM audit WHERE seq = 2", replace):
        with pytest.raises(IntegrityError, match="append only"), here.store.write() as unit:
            unit.execute(text(statement))
    assert here.log.verify().ok


def _tamper(here: Laptop, *statements: str) -> None:
    """As somebody does who drops our triggers first."""
    with here.store.write() as unit:
        for name in ("audit_no_update", "audit_no_delete"):
            unit.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            unit.execute(text(statement))


SWAP = ("UPDATE audit SET seq = 99 WHERE seq = 2", "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 99")  # fmt: skip
FLIP = ("UPDATE audit SET envelope = CAST(replace(CAST(envelope AS TEXT), 'e', 'f') AS BLOB) WHERE seq = 3",)


@pytest.mark.parametrize(
    ("attack", "expected", "intact"),
    [
        (("DELETE FROM audit WHERE seq = 3",), Text.AUDIT_DELETED, 2),
        (("DELETE FROM audit WHERE seq = 1",), Text.AUDIT_DELETED, 0),
        (SWAP, Text.AUDIT_SWAPPED, 1),
        (("UPDATE audit SET charger = 'other' WHERE seq = 3",), Text.AUDIT_INDEX_ALTERED, 2),
        (("UPDATE audit SET leaf = zeroblob(32) WHERE seq = 3",), Text.AUDIT_INDEX_ALTERED, 2),
        (FLIP, None, 2),
    ],
)
def test_what_was_altered_in_the_database_is_named(
    here: Laptop, attack: tuple[str, ...], expected: Text | None, intact: int
) -> None:
    for _ in range(4):
        here.log.record(STARTED)
    _tamper(here, *attack)
    state = here.log.verify()
    assert state.problem is not None
    assert state.size == intact
    assert state.problem.exit_code is ExitCode.TRUST
    assert expected is None or state.problem.text is expected


def test_a_record_that_is_not_even_an_envelope_is_named_by_its_place(here: Laptop) -> None:
    for _ in range(4):
        here.log.record(STARTED)
    _tamper(here, "UPDATE audit SET envelope = x'00' WHERE seq = 3")
    problem = here.log.verify().problem
    assert problem is not None
    assert "record 3 cannot be read" in problem.what


def _receipt(here: Laptop, size: int, root: bytes) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    note = Checkpoint(f"central/audit/{here.log.log_id()}", size, root, at).signed(Ed25519PrivateKey.generate())
    here.log.keep_receipt(size, note, at)


def test_a_log_that_was_rewritten_after_central_confirmed_it_does_not_pass(here: Laptop) -> None:
    for _ in range(4):
        here.log.record(STARTED)
    _receipt(here, 2, here.log.root(2))
    assert here.log.verify().ok
    assert here.log.pending() == 3
    _receipt(here, 3, here.log.root(2))
    problem = here.log.verify().problem
    assert problem is not None
    assert problem.text is Text.AUDIT_RECEIPT_DIFFERS


def test_a_log_that_lost_its_end_after_central_confirmed_it_does_not_pass(here: Laptop) -> None:
    for _ in range(4):
        here.log.record(STARTED)
    _receipt(here, 5, here.log.root())
    assert here.log.verify().ok
    _tamper(here, "DELETE FROM audit WHERE seq > 3")
    problem = here.log.verify().problem
    assert problem is not None
    assert (problem.text, problem.params) == (Text.AUDIT_TRUNCATED, (("expected", 5), ("found", 3)))
    assert here.log.pending() == 0


def test_a_log_signed_anew_with_another_key_does_not_pass(tmp_path: Path) -> None:
    mine, forged = laptop(tmp_path / "a"), laptop(tmp_path / "b")
    mine.log.record(STARTED)
    forged.log.record(STARTED)
    forged.store.close()
    state = laptop(tmp_path / "b", keystore=mine.keystore).log.verify()
    assert state.problem is not None
    assert state.problem.text is Text.AUDIT_KEY_OTHER
    mine.store.close()


def test_a_log_whose_key_is_gone_stops_before_anything_is_done(here: Laptop, tmp_path: Path) -> None:
    here.log.record(STARTED)
    with pytest.raises(StorageError) as gone:
        laptop(tmp_path, keystore=MemoryKeystore()).log.record(STARTED)
    assert gone.value.text is Text.AUDIT_KEY_GONE
    other = laptop(tmp_path / "other")
    other.log.record(STARTED)
    with pytest.raises(StorageError) as foreign:
        laptop(tmp_path, keystore=other.keystore).log.record(STARTED)
    assert foreign.value.text is Text.AUDIT_KEY_OTHER
    assert here.log.verify().size == 2
    other.store.close()


def test_a_list_is_paged_and_filtered_by_the_database(here: Laptop) -> None:
    for number in range(10):
        here.log.record(Event("seen", charger=f"c{number % 2}"))
    assert [record.seq for record in here.log.page(limit=3)] == [11, 10, 9]
    assert [record.seq for record in here.log.page(before=9, limit=3)] == [8, 7, 6]
    assert [record.seq for record in here.log.page(after=4, limit=3)] == [5, 6, 7]
    assert [record.seq for record in here.log.page(charger="c0", limit=2)] == [10, 8]


def test_a_charger_cannot_blow_up_a_record(here: Laptop) -> None:
    told = {f"{number}": "x" * 100_000 for number in range(500)} | {"half": "\ud800"}
    here.log.record(Event("seen", charger="s" * 5000, told=told))
    assert len(here.log.envelopes(1, 1)[0]) < 200_000
    assert here.log.verify().ok
    assert here.log.page(limit=1)[0].event.told["0"] == "x" * 999 + "…"
    here.log.record(Event("seen", told={"half": "\ud800"}))
    assert here.log.page(limit=1)[0].event.told == {"half": "?"}


def test_a_log_of_an_earlier_version_verifies_and_can_be_searched_by_who(tmp_path: Path) -> None:
    """tests/golden/database-0004.sql: three records, the last a roll-over, written before the list knew who."""
    dump = Path(__file__).parents[1] / "golden" / "database-0004.sql"
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(dump.read_text())
    connection.close()
    old = laptop(tmp_path, MemoryKeystore())
    state = old.log.verify()
    assert state.size == 3
    assert state.problem is not None
    assert state.problem.text is Text.AUDIT_ANCHOR_KEY_GONE  # the anchor stayed where it was; every record holds
    with old.store.read() as reading:
        told = reading.execute(text("SELECT DISTINCT actor FROM audit")).scalars().all()
    assert told == [record.actor for record in old.log.page(limit=1)]
    with pytest.raises(IntegrityError, match="append only"), old.store.write() as unit:
        unit.execute(text("UPDATE audit SET actor = ''"))
    old.store.close()


@pytest.mark.parametrize("table", ["audit_log", "receipt"])
def test_how_the_log_began_and_what_was_confirmed_cannot_be_changed_or_deleted(here: Laptop, table: str) -> None:
    here.log.record(STARTED)
    _receipt(here, 2, here.log.root())
    column = "opened" if table == "audit_log" else "received"
    for statement in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append only"), here.store.write() as unit:
            unit.execute(text(statement))
    assert here.log.verify().ok
