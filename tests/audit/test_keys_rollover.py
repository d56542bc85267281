"""Roll-over: one key counts at every moment, and whoever knows the first one follows all later ones."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import NAME, LaptopKey, PrivateKey, PublicKey
from fieldtool.audit.log import AuditLog
from fieldtool.audit.position import CURRENT
from fieldtool.audit.record import Event, Record, leaf, peek, seal
from fieldtool.audit.rollover import ROLLED, KeyChain, introduction
from fieldtool.core.errors import AuditError, StorageError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.tables import audit, audit_log, mark
from fieldtool.trusted_time import TrustedTime
from tests.audit.support import Laptop, MemoryKeystore, Ticking, laptop

SEEN = Event("seen")


def _key(here: Laptop) -> PrivateKey:
    found = here.log.key()
    assert isinstance(found, PrivateKey)
    return found


def _again(here: Laptop) -> AuditLog:
    """As the next start of the program, or another process, sees the log."""
    return AuditLog(here.store, LaptopKey(here.keystore), here.time, Actor(here.keystore, "ada"))


def _problem(here: Laptop) -> Text | None:
    problem = _again(here).verify().problem
    return None if problem is None else problem.text


# ---- it goes on ------------------------------------------------------------------------------------------------------


def test_the_log_goes_on_with_the_new_key_and_verifies(here: Laptop) -> None:
    here.log.record(SEEN)
    old = _key(here)
    seq = here.log.roll(PrivateKey.new())
    here.log.record(SEEN)
    new = _key(here)
    rolled, after = here.log.page(after=seq - 1)
    assert rolled.event.event == ROLLED
    assert new.key_id == here.log.key_id() == rolled.event.seen["key"] != old.key_id
    assert [_signer(envelope) for envelope in here.log.envelopes(0, 9)] == [old.key_id] * seq + [new.key_id]
    assert after.seq == seq + 1
    state = _again(here).verify()
    assert (state.ok, state.size, state.key_confirmed) == (True, 4, True)


def _signer(envelope: bytes) -> str:
    return str(json.loads(envelope)["signatures"][0]["keyid"])


def test_many_keys_in_a_row_verify_and_only_the_newest_is_kept(here: Laptop) -> None:
    for _ in range(3):
        here.log.record(SEEN)
        here.log.roll(PrivateKey.new())
    here.log.record(SEEN)
    assert _again(here).verify().ok
    assert [name for name in here.keystore.secrets if name.startswith(NAME)] == [f"{NAME}:{here.log.key_id()}"]


def test_the_first_thing_that_a_log_says_may_be_a_roll_over(here: Laptop) -> None:
    assert here.log.roll(PrivateKey.new()) == 2
    assert _again(here).verify().ok


def test_central_is_told_the_first_key_and_grants_go_to_the_newest(here: Laptop) -> None:
    here.log.record(SEEN)
    first = here.log.public_key()
    here.log.roll(PrivateKey.new())
    assert here.log.public_key() == first
    told = here.log.first_key()
    assert told is not None
    assert told.pem == first
    assert here.log.key_id() != told.key_id


def test_a_window_that_is_open_while_the_command_line_rolls_signs_with_the_new_key_at_once(here: Laptop) -> None:
    here.log.record(SEEN)
    command_line = _again(here)
    command_line.roll(PrivateKey.new())
    here.log.record(SEEN)
    command_line.record(SEEN)
    assert _again(here).verify().ok


def test_whoever_knows_only_the_first_key_follows_an_exported_log(here: Laptop) -> None:
    here.log.record(SEEN)
    here.log.roll(PrivateKey.new())
    here.log.record(SEEN)
    first = here.log.first_key()
    assert first is not None
    chain = KeyChain(PublicKey.from_pem(first.pem))
    assert [chain.open(envelope).seq for envelope in here.log.envelopes(0, 9)] == [1, 2, 3, 4]
    assert chain.current.key_id == here.log.key_id()


def test_a_key_that_the_log_has_had_does_not_come_back(here: Laptop) -> None:
    here.log.record(SEEN)
    old = _key(here)
    for again in (old, PrivateKey.new(), old):
        if again is not old:
            here.log.roll(again)
            continue
        with pytest.raises(UsageError) as refused:
            here.log.roll(again)
        assert refused.value.text is Text.KEY_FORMER
    assert _again(here).verify().ok
    assert not any(old.pem == secret for secret in here.keystore.secrets.values())


def test_an_introduction_of_a_key_that_has_ended_does_not_pass(here: Laptop) -> None:
    """A thief of an old key and of the database, once more let in by a mistake of ours."""
    here.log.record(SEEN)
    log, first = here.log.log_id(), _key(here)
    assert log is not None
    here.log.roll(PrivateKey.new())
    for returning in (first, _key(here)):
        chain = KeyChain(first.public)
        for envelope in here.log.envelopes(0, 9):
            chain.open(envelope)
        own = peek(here.log.envelopes(0, 1)[0])
        event = introduction(log, _key(here), returning)
        with pytest.raises(AuditError) as refused:
            chain.open(seal(Record(log, 4, own.prev, own.at, "x", "x", event), _key(here)))
        assert refused.value.text is Text.AUDIT_ROLL_BAD


# ---- attacks ---------------------------------------------------------------------------------------------------------


def _forge(here: Laptop, event: Event, key: PrivateKey) -> None:
    """Append a record that `key` signed, as somebody with the database but without our program does."""
    last = here.log.envelopes(here.log.size() - 1, 1)[0]
    own = peek(last)
    record = Record(own.log, own.seq + 1, leaf(last).hex(), own.at, own.clock, own.actor, event)
    envelope = seal(record, key)
    row = {"seq": record.seq, "envelope": envelope, "leaf": leaf(envelope), "event": event.event}
    told = peek(here.log.envelopes(0, 1)[0])
    assert told.log == own.log
    with here.store.write() as unit:
        at = unit.execute(text("SELECT at FROM audit WHERE seq = :seq"), {"seq": own.seq}).scalar()
        unit.execute(insert(audit).values(**row, at=at, charger=event.charger, run=event.run, actor=own.actor))


def test_a_record_signed_by_a_key_that_was_never_introduced_does_not_pass(here: Laptop) -> None:
    here.log.record(SEEN)
    _forge(here, SEEN, PrivateKey.new())
    assert _problem(here) is Text.AUDIT_KEY_STRANGE


def test_a_record_signed_by_an_old_key_after_its_end_does_not_pass(here: Laptop) -> None:
    here.log.record(SEEN)
    stolen = _key(here)
    here.log.roll(PrivateKey.new())
    _forge(here, SEEN, stolen)
    assert _problem(here) is Text.AUDIT_KEY_ENDED


def test_an_introduction_that_the_current_key_did_not_sign_does_not_pass(here: Laptop) -> None:
    here.log.record(SEEN)
    log, stolen = here.log.log_id(), _key(here)
    assert log is not None
    here.log.roll(PrivateKey.new())
    thief = PrivateKey.new()
    _forge(here, introduction(log, stolen, thief), thief)
    assert _problem(here) is Text.AUDIT_KEY_STRANGE


@pytest.fixture
def rolled(here: Laptop) -> Iterator[tuple[Laptop, Event]]:
    """A log, and the introduction that it would sign next."""
    here.log.record(SEEN)
    log = here.log.log_id()
    assert log is not None
    yield here, introduction(log, _key(here), PrivateKey.new())


def _with(event: Event, **facts: str) -> Event:
    return replace(event, seen={**event.seen, **facts})


def test_an_honest_introduction_passes_so_that_the_next_tests_mean_something(rolled: tuple[Laptop, Event]) -> None:
    here, event = rolled
    _forge(here, event, _key(here))
    assert _problem(here) is Text.AUDIT_KEY_MARK  # the records hold; only the database does not know yet


def test_an_introduction_without_proof_that_the_new_key_is_ours_does_not_pass(rolled: tuple[Laptop, Event]) -> None:
    here, event = rolled
    other = PrivateKey.new().public
    for bad in (
        _with(event, proof=""),
        _with(event, proof="not base64!"),
        _with(event, proof=b64encode(PrivateKey.new().sign(b"x")).decode()),
        _with(event, key=other.key_id),
        _with(event, spki=other.spki, key=other.key_id),  # somebody else's key, of which we only know the public half
        _with(event, spki="AAAA"),
        replace(event, seen={}),
    ):
        first = here.log.first_key()
        assert first is not None
        chain, own = KeyChain(first), peek(here.log.envelopes(0, 1)[0])
        with pytest.raises(AuditError) as refused:
            chain.open(seal(Record(own.log, 9, own.prev, own.at, "x", "x", bad), _key(here)))
        assert refused.value.text is Text.AUDIT_ROLL_BAD
        assert chain.current.key_id == first.key_id


def test_an_introduction_made_for_another_log_does_not_pass(rolled: tuple[Laptop, Event]) -> None:
    """A laptop's proof cannot be carried into a log that it never meant."""
    here, _ = rolled
    key = _key(here)
    event = introduction("ff" * 16, key, PrivateKey.new())
    own = peek(here.log.envelopes(0, 1)[0])
    with pytest.raises(AuditError) as refused:
        KeyChain(key.public).open(seal(Record(own.log, 9, own.prev, own.at, "x", "x", event), key))
    assert refused.value.text is Text.AUDIT_ROLL_BAD


def test_a_database_that_names_another_current_key_than_the_records_does_not_pass(here: Laptop) -> None:
    here.log.record(SEEN)
    first = here.log.public_key()
    here.log.roll(PrivateKey.new())
    with here.store.write() as unit:
        unit.execute(update(mark).where(mark.c.name == CURRENT).values(value=first))
    assert _problem(here) is Text.AUDIT_KEY_MARK
    with pytest.raises(StorageError) as stopped:
        _again(here).record(SEEN)
    assert stopped.value.text is Text.AUDIT_KEY_GONE


def test_a_key_in_the_list_of_logs_that_is_not_the_one_that_began_it_does_not_pass(here: Laptop) -> None:
    here.log.record(SEEN)
    here.log.roll(PrivateKey.new())
    with here.store.write() as unit:
        unit.execute(text("DROP TRIGGER audit_log_no_update"))
        unit.execute(update(audit_log).values(public_key=PrivateKey.new().public.pem))
    assert _problem(here) is Text.AUDIT_KEY_BAD


# ---- crashes ---------------------------------------------------------------------------------------------------------


class PowerCutError(Exception):
    pass


class CutKeystore(MemoryKeystore):
    """Ends the program at the n-th change of the keystore: before it (even), or right after it (odd)."""

    cut: int | None = None
    changes = 0

    def put(self, name: str, secret: str) -> None:
        self._change(lambda: super(CutKeystore, self).put(name, secret))

    def remove(self, name: str) -> None:
        self._change(lambda: super(CutKeystore, self).remove(name))

    def _change(self, change: "object") -> None:
        assert callable(change)
        for step in (None, change):
            if step is not None:
                step()
            if self.cut == self.changes:
                raise PowerCutError
            self.changes += 1


def _points(tmp_path: Path) -> int:
    keys = CutKeystore()
    here = laptop(tmp_path / "counting", keys)
    here.log.record(SEEN)
    keys.changes = 0
    here.log.roll(PrivateKey.new())
    here.store.close()
    return keys.changes


def test_a_crash_at_any_point_of_a_roll_over_leaves_one_key_that_counts(tmp_path: Path) -> None:
    points = _points(tmp_path)
    assert points == 4  # before and after the new key is put in, before and after the old one is removed
    for cut in (*range(points), "commit"):
        folder, keys = tmp_path / str(cut), CutKeystore()
        here = laptop(folder, keys)
        here.log.record(SEEN)
        keys.changes, keys.cut = 0, cut if isinstance(cut, int) else None
        with pytest.raises((PowerCutError, StorageError)):
            if cut == "commit":
                _fill_the_disk(here.store)
            here.log.roll(PrivateKey.new())
        keys.cut = None
        here.store.close()
        _goes_on(folder, keys, rolled=cut in (2, 3))


def _fill_the_disk(store: Store) -> None:
    """The record is written, the commit fails: as a full disk does it."""
    with store.write() as unit:
        unit.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON mark WHEN NEW.name = 'audit-key' "
                "BEGIN SELECT zeroblob(3000000000); END"
            )
        )


def _goes_on(folder: Path, keys: MemoryKeystore, *, rolled: bool) -> None:
    here = laptop(folder, keys)
    with here.store.write() as unit:
        unit.execute(text("DROP TRIGGER IF EXISTS full"))
    here.log.record(SEEN)
    assert here.log.size() == (4 if rolled else 3)
    here.log.roll(PrivateKey.new())  # and it can be done again, which also sweeps up
    here.log.record(SEEN)
    state = here.log.verify()
    assert (state.ok, state.key_confirmed) == (True, True)
    assert NAME not in keys.secrets
    here.store.close()


def test_a_keystore_that_keeps_nothing_leaves_the_old_key_in_charge(here: Laptop) -> None:
    here.log.record(SEEN)
    old = _key(here).key_id
    here.keystore.put = lambda name, secret: None  # type: ignore[method-assign]  # a vault that forgets
    with pytest.raises(UsageError) as refused:
        here.log.roll(PrivateKey.new())
    assert refused.value.text is Text.KEYSTORE_FAILED
    here.log.record(SEEN)
    assert here.log.key_id() == old
    assert _again(here).verify().ok


def test_a_public_key_has_one_spelling(here: Laptop) -> None:
    spki = PrivateKey.new().public.spki
    assert PublicKey.from_spki(spki).spki == spki
    for bad in (spki[:-1], spki + "=", spki.replace("M", "\nM", 1), "", b64encode(b64decode(spki) + b"\0").decode()):
        with pytest.raises(AuditError) as refused:
            PublicKey.from_spki(bad)
        assert refused.value.text is Text.AUDIT_KEY_BAD


def test_a_laptop_with_an_ended_key_and_no_other_stops_before_anything_is_done(tmp_path: Path) -> None:
    keys = MemoryKeystore()
    here = laptop(tmp_path, keys)
    here.log.record(SEEN)
    backup = dict(keys.secrets)
    here.log.roll(PrivateKey.new())
    restored = AuditLog(
        here.store, LaptopKey(MemoryKeystore(secrets=backup)), TrustedTime(here.store, Ticking()), Actor(keys, "ada")
    )
    with pytest.raises(StorageError) as stopped:
        restored.record(SEEN)
    assert stopped.value.text is Text.AUDIT_KEY_OTHER
    here.store.close()
