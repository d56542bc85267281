"""Central follows a roll-over by the log's own words, and whoever took an old key cannot go on with it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event, Record, leaf, peek, seal
from fieldtool.audit.rollover import introduction
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Answer, Ledger, Push, laptops
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.client import SyncClient
from tests.audit.support import Laptop, Ticking
from tests.central.support import as_version_left_it, central

SEEN = Event("seen")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = open_store(tmp_path / "central")
    yield Ledger(store, open_identity(store), Ticking())
    store.close()


@pytest.fixture
def quiet(expect_log: Callable[[str], None]) -> None:
    expect_log("after record")


class Rolled:
    """A log of eleven records: three keys, introduced by the records 4 and 8, and central knows the first one."""

    def __init__(self, ledger: Ledger, here: Laptop, folder: Path) -> None:
        self.keys: list[PrivateKey] = []
        for turn in range(3):
            if turn:
                here.log.roll(PrivateKey.new())
            for _ in range(2 if turn == 0 else 3):
                here.log.record(SEEN)
            key = here.log.key()
            assert isinstance(key, PrivateKey)
            self.keys.append(key)
        self.envelopes = here.log.envelopes(0, 99)
        first, log = here.log.public_key(), here.log.log_id()
        assert first is not None
        assert log is not None
        (folder / "laptop.pem").write_text(first)
        ledger.add_laptop(folder / "laptop.pem", "Bay laptop")
        self.ledger, self.log, self.here = ledger, log, here

    def push(self, envelopes: list[bytes], key: int = 0) -> Answer:
        return self.ledger.ingest(Push(self.log, self.keys[key].key_id, envelopes))

    def forged(self, seq: int, event: Event, key: PrivateKey) -> bytes:
        """Record `seq` after the honest one before it, signed with `key`."""
        own, before = peek(self.envelopes[0]), self.envelopes[seq - 2]
        return seal(Record(self.log, seq, leaf(before).hex(), own.at, "plausible", "x", event), key)


@pytest.fixture
def rolled(ledger: Ledger, here: Laptop, tmp_path: Path) -> Rolled:
    return Rolled(ledger, here, tmp_path)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 11])
def test_a_log_with_three_keys_arrives_whole_in_pushes_of_any_size(rolled: Rolled, size: int) -> None:
    for first in range(0, 11, size):
        answer = rolled.push(rolled.envelopes[first : first + size])
        assert answer.problem is None
    assert (answer.size, Checkpoint.read(answer.note).root) == (11, rolled.here.log.root())
    (known,) = laptops(rolled.ledger._store)
    assert (known.key_id, known.signs, known.records) == (rolled.keys[0].key_id, (rolled.keys[2].key_id,), 11)


def test_what_was_sent_before_is_ignored_whoever_signed_it(rolled: Rolled) -> None:
    for end in (6, 11):
        assert rolled.push(rolled.envelopes[:end]).problem is None
    for first, last in ((0, 3), (2, 7), (5, 11), (9, 11)):
        answer = rolled.push(rolled.envelopes[first:last][::-1])
        assert (answer.problem, answer.size) == (None, 11)


def test_a_gap_over_an_introduction_is_a_gap_and_no_alarm(rolled: Rolled) -> None:
    answer = rolled.push(rolled.envelopes[:2] + rolled.envelopes[6:])
    assert (answer.problem, answer.size) == (None, 2)


def test_after_it_was_introduced_a_push_may_name_any_key_of_the_log(rolled: Rolled) -> None:
    with pytest.raises(RefusedError) as refused:
        rolled.push(rolled.envelopes, key=2)
    assert refused.value.text is Text.LAPTOP_UNKNOWN
    rolled.push(rolled.envelopes)
    assert rolled.push([], key=2).size == 11


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("key", "said"), [(0, Text.AUDIT_KEY_ENDED), (1, Text.AUDIT_KEY_ENDED)])
@pytest.mark.parametrize("held", [11, 5])  # central knows of the end already, or learns of it in this push
def test_a_stolen_old_key_cannot_go_on_with_the_log(rolled: Rolled, key: int, said: Text, held: int) -> None:
    rolled.push(rolled.envelopes[:held])
    answer = rolled.push([*rolled.envelopes[held - 1 :], rolled.forged(12, SEEN, rolled.keys[key])])
    assert answer.problem is not None
    assert (answer.problem.text, answer.size) == (said, 11)


@pytest.mark.usefixtures("quiet")
def test_a_key_that_was_never_introduced_is_refused(rolled: Rolled) -> None:
    rolled.push(rolled.envelopes)
    answer = rolled.push([rolled.forged(12, SEEN, PrivateKey.new())])
    assert answer.problem is not None
    assert (answer.problem.text, answer.size) == (Text.AUDIT_KEY_STRANGE, 11)


@pytest.mark.usefixtures("quiet")
def test_an_introduction_that_the_current_key_did_not_sign_is_refused(rolled: Rolled) -> None:
    rolled.push(rolled.envelopes)
    thief = PrivateKey.new()
    for signer, said in ((rolled.keys[0], Text.AUDIT_KEY_ENDED), (thief, Text.AUDIT_KEY_STRANGE)):
        answer = rolled.push([rolled.forged(12, introduction(rolled.log, rolled.keys[2], thief), signer)])
        assert answer.problem is not None
        assert (answer.problem.text, answer.size) == (said, 11)


@pytest.mark.usefixtures("quiet")
def test_an_introduction_without_proof_is_refused_and_nothing_after_it_is_taken(rolled: Rolled) -> None:
    rolled.push(rolled.envelopes)
    own, other = rolled.keys[2], PrivateKey.new().public
    honest = introduction(rolled.log, own, PrivateKey.new())
    lie = replace(honest, seen={**honest.seen, "spki": other.spki, "key": other.key_id})
    answer = rolled.push([rolled.forged(12, lie, own)])
    assert answer.problem is not None
    assert (answer.problem.text, answer.size) == (Text.AUDIT_ROLL_BAD, 11)
    assert laptops(rolled.ledger._store)[0].signs == (own.key_id,)


@pytest.mark.usefixtures("quiet")
def test_a_second_introduction_in_a_taken_place_is_a_fork_and_its_key_signs_nothing(rolled: Rolled) -> None:
    """The first key was stolen before its end: with it somebody introduces a key of his own instead."""
    rolled.push(rolled.envelopes)
    thief = PrivateKey.new()
    forged = rolled.forged(4, introduction(rolled.log, rolled.keys[0], thief), rolled.keys[0])
    after = seal(Record(rolled.log, 5, leaf(forged).hex(), peek(forged).at, "x", "x", SEEN), thief)
    for pushed in ([forged, after], [*rolled.envelopes[:4], forged, after]):
        answer = rolled.push(pushed)
        assert answer.problem is not None
        assert (answer.problem.text, answer.size) == (Text.LOG_FORKED, 11)
    assert laptops(rolled.ledger._store)[0].signs == (rolled.keys[2].key_id,)
    assert laptops(rolled.ledger._store)[0].forks == 1
    with pytest.raises(RefusedError) as refused:
        rolled.ledger.ingest(Push(rolled.log, thief.key_id, [after]))
    assert refused.value.text is Text.LOG_OF_OTHER


def test_introduced_keys_at_central_cannot_be_changed_or_deleted(rolled: Rolled) -> None:
    rolled.push(rolled.envelopes)
    for statement in ("UPDATE log_key SET since = 1", "DELETE FROM log_key"):
        with pytest.raises(IntegrityError, match="append only"), rolled.ledger._store.write() as unit:
            unit.execute(text(statement))


def test_a_central_that_was_made_before_there_were_roll_overs_is_migrated_and_follows(
    here: Laptop, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "new")
    rolled = Rolled(Ledger(store, open_identity(store), Ticking()), here, tmp_path)
    rolled.push(rolled.envelopes[:3])
    store.close()
    as_version_left_it("0001", tmp_path / "new", tmp_path / "central")
    store = open_store(tmp_path / "central")
    rolled.ledger = Ledger(store, open_identity(store), Ticking())
    assert rolled.push(rolled.envelopes[3:]).size == 11
    store.close()


def test_a_laptop_that_rolled_over_offline_syncs_as_before(here: Laptop, tmp_path: Path) -> None:
    here.log.record(SEEN)
    with central(tmp_path / "central") as served:
        served.know(here.log, tmp_path / "laptop.pem")
        client = SyncClient(here.log, lambda: served.address)
        sizes = [client.push()]
        for _ in range(2):
            here.log.roll(PrivateKey.new())
            here.log.record(SEEN)
            sizes.append(client.push())
        client.close()
        assert here.log.pending() == 0
        assert sizes == [2, 2, 2]
        assert [peek(one).seq - peek(two).seq for one, two in pairwise(served.envelopes(here.log.log_id() or ""))] == [
            -1
        ] * 5
