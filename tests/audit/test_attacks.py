"""Attacks on a log that nobody has synced yet: each shows by itself at the next start, and each has its own name."""

import json
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from fieldtool.audit.actor import Actor
from fieldtool.audit.anchor import FILE, NAME
from fieldtool.audit.keys import LaptopKey, PublicKey
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event, leaf, peek, seal
from fieldtool.audit.watch import Standing, glance, look
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Answer, Ledger, Push, laptops
from fieldtool.core.errors import StorageError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import LAPTOP
from tests.audit.support import MemoryKeystore, Ticking, laptop

SEEN = Event("seen", charger="00731")
RECORDS = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a log of six records, closed."""
    here = laptop(tmp_path / "data", KEYS)
    for _ in range(RECORDS - 1):
        here.log.record(SEEN)
    here.store.close()
    return tmp_path / "data"


KEYS = MemoryKeystore()


@pytest.fixture(autouse=True)
def _keys() -> None:
    KEYS.secrets.clear()


def _start(folder: Path, keystore: MemoryKeystore = KEYS) -> tuple[Standing, Standing]:
    """What the next start of the program sees: at the end of the log, and in all of it."""
    here = laptop(folder, keystore)
    try:
        return glance(here.log), look(here.log)
    finally:
        here.store.close()


def _alarms(folder: Path, keystore: MemoryKeystore = KEYS) -> tuple[Text | None, Text | None]:
    at_end, whole = _start(folder, keystore)
    return (None if at_end.alarm is None else at_end.alarm.text, None if whole.alarm is None else whole.alarm.text)


def _sql(folder: Path, *statements: str) -> None:
    """As somebody does who drops our triggers first."""
    here = laptop(folder)
    with here.store.write() as unit:
        for statement in (
            "DROP TRIGGER IF EXISTS audit_no_update",
            "DROP TRIGGER IF EXISTS audit_no_delete",
            *statements,
        ):
            unit.execute(text(statement))
    here.store.close()


def _append(folder: Path, count: int = 1) -> None:
    here = laptop(folder, KEYS)
    for _ in range(count):
        here.log.record(SEEN)
    here.store.close()


def _copy(folder: Path, *names: str) -> Callable[[], None]:
    """Copies files; what it returns puts them back."""
    kept = {name: (folder / name).read_bytes() for name in names}

    def put_back() -> None:
        for leftover in (f"{LAPTOP.file}-wal", f"{LAPTOP.file}-shm"):
            (folder / leftover).unlink(missing_ok=True)
        for name, content in kept.items():
            (folder / name).write_bytes(content)

    return put_back


# ---- nothing happened ------------------------------------------------------------------------------------------------


def test_a_log_that_nobody_touched_raises_nothing_and_goes_on(folder: Path) -> None:
    for size in (RECORDS, RECORDS + 3):
        at_end, whole = _start(folder)
        assert (at_end, whole) == (Standing(size), Standing(size, whole=True))
        _append(folder, 3)


def test_a_kill_between_a_record_and_its_anchor_is_no_alarm(folder: Path) -> None:
    put_back = _copy(folder, FILE)
    _append(folder, 3)
    put_back()
    assert _alarms(folder) == (None, None)
    _append(folder)
    assert _alarms(folder) == (None, None)


@pytest.mark.parametrize("place", [0, 4096])
def test_a_power_cut_while_the_anchor_is_written_is_no_alarm(folder: Path, place: int) -> None:
    """It tears the place that is written, the database is ahead then, and the other place holds."""
    content = bytearray((folder / FILE).read_bytes())
    _append(folder)
    content[place : place + 300] = bytes(300)
    (folder / FILE).write_bytes(content)
    assert _alarms(folder) == (None, None)
    _append(folder)
    assert _alarms(folder) == (None, None)


def test_a_crash_before_the_first_record_is_no_alarm(tmp_path: Path) -> None:
    here = laptop(tmp_path, KEYS)
    with pytest.raises(KeyError), here.store.write() as unit:
        here.log.append(unit, SEEN)
        raise KeyError
    here.store.close()
    assert _alarms(tmp_path) == (None, None)
    _append(tmp_path)
    assert _alarms(tmp_path) == (None, None)


# ---- the end of the log ----------------------------------------------------------------------------------------------


def test_truncate(folder: Path) -> None:
    _sql(folder, "DELETE FROM audit WHERE seq > 4")
    assert _alarms(folder) == (Text.AUDIT_CUT, Text.AUDIT_CUT)


def test_truncate_by_one_record(folder: Path) -> None:
    _sql(folder, f"DELETE FROM audit WHERE seq = {RECORDS}")
    assert _alarms(folder) == (Text.AUDIT_CUT, Text.AUDIT_CUT)


def test_truncate_and_damage_the_newest_place_of_the_anchor(folder: Path) -> None:
    """The other place then tells of a shorter log, which the database equals: a cut write would have left it ahead."""
    _sql(folder, f"DELETE FROM audit WHERE seq = {RECORDS}", f"UPDATE mark SET value = '{RECORDS - 1}'")
    content = (folder / FILE).read_bytes()
    newest = 0 if f" {RECORDS} ".encode() in content[:4096] else 4096
    (folder / FILE).write_bytes(content[:newest] + bytes(4096) + content[newest + 4096 :])
    assert _alarms(folder) == (Text.AUDIT_ANCHOR_BAD, Text.AUDIT_ANCHOR_BAD)


def test_restore_an_old_copy_of_the_database(folder: Path) -> None:
    put_back = _copy(folder, LAPTOP.file)
    _append(folder, 3)
    put_back()
    assert _alarms(folder) == (Text.AUDIT_OLD_COPY, Text.AUDIT_OLD_COPY)
    at_end, _ = _start(folder)
    assert at_end.alarm is not None
    assert dict(at_end.alarm.params) == {"found": RECORDS, "expected": RECORDS + 3}


def test_restore_an_old_copy_and_go_on_past_where_the_log_was(folder: Path) -> None:
    put_back = _copy(folder, LAPTOP.file)
    _append(folder, 3)
    put_back()
    _append(folder, 5)
    assert _alarms(folder) == (Text.AUDIT_FORKED, Text.AUDIT_FORKED)


def test_the_alarm_does_not_go_away_by_itself(folder: Path) -> None:
    put_back = _copy(folder, LAPTOP.file)
    _append(folder, 3)
    put_back()
    for _ in range(3):
        assert None not in _alarms(folder)
        _append(folder, 2)


def test_delete_the_database(folder: Path) -> None:
    _copy(folder)()
    (folder / LAPTOP.file).unlink()
    assert _alarms(folder) == (Text.AUDIT_GONE, Text.AUDIT_GONE)
    here = laptop(folder, KEYS)
    with pytest.raises(StorageError) as refused:
        here.log.record(SEEN)
    here.store.close()
    assert refused.value.text is Text.AUDIT_GONE
    assert _alarms(folder) == (Text.AUDIT_GONE, Text.AUDIT_GONE)


def test_delete_the_whole_data_folder(folder: Path) -> None:
    """The keystore remembers that there was a log."""
    shutil.rmtree(folder)
    assert _alarms(folder) == (Text.AUDIT_GONE, Text.AUDIT_GONE)
    here = laptop(folder, KEYS)
    with pytest.raises(StorageError) as refused:
        here.log.record(SEEN)
    here.store.close()
    assert refused.value.text is Text.AUDIT_GONE


def test_put_another_laptop_s_log_in(folder: Path, tmp_path: Path) -> None:
    other = laptop(tmp_path / "other")
    for _ in range(RECORDS + 5):
        other.log.record(SEEN)
    other.store.close()
    shutil.copy(tmp_path / "other" / LAPTOP.file, folder / LAPTOP.file)
    assert _alarms(folder) == (Text.AUDIT_OTHER_LOG, Text.AUDIT_OTHER_LOG)
    here = laptop(folder, MemoryKeystore(secrets={NAME: KEYS.secrets[NAME]}))
    problem = here.log.verify().problem
    here.store.close()
    assert problem is not None
    assert problem.text is Text.AUDIT_OTHER_LOG


def test_put_another_laptop_s_whole_folder_in(folder: Path, tmp_path: Path) -> None:
    other = laptop(tmp_path / "other")
    other.log.record(SEEN)
    other.store.close()
    assert _alarms(tmp_path / "other") == (Text.AUDIT_ANCHOR_BAD, Text.AUDIT_ANCHOR_BAD)


# ---- the middle of the log -------------------------------------------------------------------------------------------

SWAP = ("UPDATE audit SET seq = 99 WHERE seq = 2", "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 99")  # fmt: skip


@pytest.mark.parametrize("looked", [False, True], ids=["never looked at before", "looked at before"])
@pytest.mark.parametrize(
    ("attack", "alarm"),
    [
        (("edit",), Text.AUDIT_SIGNATURE_BAD),
        (("DELETE FROM audit WHERE seq = 3",), Text.AUDIT_DELETED),
        (("DELETE FROM audit WHERE seq = 1",), Text.AUDIT_DELETED),
        (SWAP, Text.AUDIT_SWAPPED),
        (("UPDATE audit SET leaf = zeroblob(32) WHERE seq = 3",), Text.AUDIT_INDEX_ALTERED),
    ],
    ids=["edit", "delete", "delete the first", "swap", "edit a hash"],
)
def test_in_the_middle(folder: Path, attack: tuple[str, ...], alarm: Text, looked: bool) -> None:
    if looked:
        here = laptop(folder, KEYS)
        assert look(here.log).alarm is None
        here.log.record(SEEN)
        here.store.close()
    _sql(folder, *(_edit(folder, 3) if attack == ("edit",) else attack))
    assert _alarms(folder) == (None, alarm)  # the look at the end only is not meant to see it


def _edit(folder: Path, seq: int, *, and_its_hash: bool = False) -> tuple[str, ...]:
    """The record says afterwards that it was another charger."""
    here = laptop(folder)
    envelope = here.log.envelopes(seq - 1, 1)[0]
    here.store.close()
    payload = json.loads(envelope)["payload"]
    edited = b64encode(b64decode(payload).replace(b"00731", b"00732")).decode()
    forged = envelope.replace(payload.encode(), edited.encode())
    values = f"envelope = x'{forged.hex()}'" + (f", leaf = x'{leaf(forged).hex()}'" if and_its_hash else "")
    return (f"UPDATE audit SET {values} WHERE seq = {seq}",)


def test_edit_a_record_and_its_hash_after_it_was_looked_at(folder: Path) -> None:
    """Its signature would not be looked at again: the anchor's root shows it, and the whole walk names it."""
    here = laptop(folder, KEYS)
    assert look(here.log).alarm is None
    here.log.record(SEEN)
    here.store.close()
    _sql(folder, *_edit(folder, 3, and_its_hash=True))
    assert _alarms(folder) == (None, Text.AUDIT_SIGNATURE_BAD)


def test_insert_a_record_of_another_log(folder: Path, tmp_path: Path) -> None:
    other = laptop(tmp_path / "other", MemoryKeystore(secrets={"audit-key": KEYS.secrets["audit-key"]}))
    other.log.record(SEEN)
    strange = other.log.envelopes(1, 1)[0]
    other.store.close()
    _sql(folder, f"UPDATE audit SET envelope = x'{strange.hex()}' WHERE seq = 2")
    assert _alarms(folder) == (None, Text.AUDIT_FOREIGN)


def test_rewrite_the_log_with_the_laptop_s_own_key(folder: Path) -> None:
    """Every signature, link and list entry is right then; only the anchor knows that it was another history."""
    here = laptop(folder, KEYS)
    key, envelopes = here.log.key(), here.log.envelopes(0, RECORDS)
    here.store.close()
    assert key is not None
    statements, prev = [], leaf(envelopes[1]).hex()
    for own in map(peek, envelopes[2:]):
        forged = seal(replace(own, prev=prev, event=Event("seen", charger="other")), key)
        prev = leaf(forged).hex()
        columns = f"envelope = x'{forged.hex()}', leaf = x'{prev}', charger = 'other'"
        statements.append(f"UPDATE audit SET {columns} WHERE seq = {own.seq}")
    _sql(folder, *statements)
    assert _alarms(folder) == (Text.AUDIT_FORKED, Text.AUDIT_FORKED)


# ---- the anchor ------------------------------------------------------------------------------------------------------


def test_delete_the_anchor(folder: Path) -> None:
    (folder / FILE).unlink()
    assert _alarms(folder) == (Text.AUDIT_ANCHOR_GONE, Text.AUDIT_ANCHOR_GONE)
    _append(folder)  # what has begun is brought to its end
    assert _alarms(folder) == (Text.AUDIT_ANCHOR_GONE, Text.AUDIT_ANCHOR_GONE)


@pytest.mark.parametrize("content", [b"", b"x" * 8192, bytes(8192), bytes(100_000)])
def test_overwrite_the_anchor(folder: Path, content: bytes) -> None:
    (folder / FILE).write_bytes(content)
    assert _alarms(folder) == (Text.AUDIT_ANCHOR_BAD, Text.AUDIT_ANCHOR_BAD)


def test_write_another_size_into_the_anchor(folder: Path) -> None:
    _sql(folder, "DELETE FROM audit WHERE seq > 4", "UPDATE mark SET value = '4'")
    content = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(content.replace(f" {RECORDS} ".encode(), b" 4 "))
    assert None not in _alarms(folder)


def test_remove_the_anchor_s_key_from_the_keystore(folder: Path) -> None:
    KEYS.remove(NAME)
    assert _alarms(folder) == (Text.AUDIT_ANCHOR_KEY_GONE, Text.AUDIT_ANCHOR_KEY_GONE)


def test_restore_a_snapshot_of_everything_is_seen_by_the_central_system_and_here_by_nobody(
    folder: Path, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    """Database and anchor together, as with a snapshot of the whole virtual machine: all of it agrees with itself."""
    expect_log("after record")
    put_back = _copy(folder, LAPTOP.file, FILE)
    _append(folder, 3)
    store = open_store(tmp_path / "central")
    ledger = Ledger(store, open_identity(store), Ticking())
    assert _push(ledger, folder, tmp_path / "key.pem").problem is None
    put_back()
    _append(folder, 2)
    assert _alarms(folder) == (None, None)
    problem = _push(ledger, folder, tmp_path / "key.pem").problem
    store.close()
    assert problem is not None
    assert problem.text is Text.LOG_FORKED


def _push(ledger: Ledger, folder: Path, pem: Path) -> Answer:
    """All that the laptop has, to a central system that knows it."""
    here = laptop(folder, KEYS)
    log, key, envelopes = here.log.log_id(), here.log.key_id(), here.log.envelopes(0, 100)
    pem.write_text(here.log.public_key() or "")
    here.store.close()
    if not laptops(ledger._store):
        ledger.add_laptop(pem, "Bay laptop")
    assert log is not None
    assert key is not None
    return ledger.ingest(Push(log, key, envelopes))


# ---- when it cannot be told ------------------------------------------------------------------------------------------


class _Locked(MemoryKeystore):
    def get(self, name: str) -> str | None:
        raise UsageError(Text.KEYSTORE_FAILED, detail="locked")


def test_without_a_keystore_it_is_said_that_the_end_was_not_checked(folder: Path) -> None:
    at_end, whole = _start(folder, _Locked())
    assert at_end.unchecked is not None
    assert at_end.unchecked.text is Text.KEYSTORE_FAILED
    assert whole.unchecked == at_end.unchecked
    here = laptop(folder, _Locked())
    state = here.log.verify()
    here.store.close()
    assert state.ok
    assert state.unanchored == at_end.unchecked


def test_without_a_keystore_what_shows_by_itself_is_still_an_alarm(folder: Path) -> None:
    _sql(folder, "DELETE FROM audit WHERE seq > 4")
    assert _alarms(folder, _Locked()) == (Text.AUDIT_CUT, Text.AUDIT_CUT)


def test_an_anchor_that_cannot_be_written_stops_the_next_record_and_nothing_is_lost(folder: Path) -> None:
    here = laptop(folder, KEYS)
    here.log.record(SEEN)
    (folder / FILE).rename(folder / "away")
    (folder / FILE).mkdir()
    here.log.record(SEEN)  # was on disk before its anchor could fail
    with pytest.raises(StorageError) as refused:
        here.log.record(SEEN)
    assert refused.value.text is Text.AUDIT_ANCHOR_UNWRITABLE
    (folder / FILE).rmdir()
    (folder / "away").rename(folder / FILE)
    assert here.log.record(SEEN) == RECORDS + 3
    here.store.close()
    assert _alarms(folder) == (None, None)


# ---- logs from before there were anchors -----------------------------------------------------------------------------


def test_a_log_without_an_anchor_gets_one_with_its_next_record_and_says_so(folder: Path) -> None:
    KEYS.remove(NAME)
    (folder / FILE).unlink()
    _sql(folder, "DELETE FROM mark WHERE name LIKE 'audit.%'")
    assert _alarms(folder) == (None, None)
    here = laptop(folder, KEYS)
    assert here.log.record(SEEN) == RECORDS + 2
    told = here.log.page(after=RECORDS, limit=1)[0].event
    here.store.close()
    assert (told.event, dict(told.seen)) == ("log-anchored", {"records": RECORDS})
    assert _alarms(folder) == (None, None)
    _sql(folder, f"DELETE FROM audit WHERE seq > {RECORDS}")
    assert _alarms(folder) == (Text.AUDIT_CUT, Text.AUDIT_CUT)


def test_a_crash_while_a_log_gets_its_anchor_is_no_alarm(folder: Path) -> None:
    (folder / FILE).unlink()  # the key is made first, the file after it, the mark with the commit
    _sql(folder, "DELETE FROM mark WHERE name LIKE 'audit.%'")
    _append(folder)
    assert _alarms(folder) == (None, None)


# ---- what it costs ---------------------------------------------------------------------------------------------------


def test_a_signature_that_was_looked_at_once_is_not_looked_at_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []
    fits = PublicKey.fits

    def counted(self: PublicKey, signature: bytes, data: bytes) -> bool:
        checked.append(signature)
        return fits(self, signature, data)

    monkeypatch.setattr(PublicKey, "fits", counted)
    here = laptop(folder, KEYS)
    assert look(here.log).alarm is None
    assert len(checked) == RECORDS
    here.log.record(SEEN)  # takes the news to the anchor
    checked.clear()
    again = AuditLog(here.store, LaptopKey(KEYS), here.time, Actor(KEYS, "ada"))
    assert look(again) == Standing(RECORDS + 1, whole=True)
    here.store.close()
    assert len(checked) == 1
