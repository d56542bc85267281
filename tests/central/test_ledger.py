"""Central believes signatures, links and roots: any pushes end in the laptop's own root, or in an alarm."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from fieldtool.audit.actor import Actor
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.keys import LaptopKey, PrivateKey
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event, Record, leaf, peek, seal
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Answer, Ledger, Push, laptops
from fieldtool.central.tables import fork
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from tests.audit.support import Laptop, Ticking, laptop


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = open_store(tmp_path / "central")
    yield Ledger(store, open_identity(store), Ticking())
    store.close()


def _fill(here: Laptop, count: int) -> list[bytes]:
    for number in range(count - 1):
        here.log.record(Event("seen", charger=f"c{number}"))
    return here.log.envelopes(0, count)


def _know(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    pem = here.log.public_key()
    assert pem is not None
    (tmp_path / "laptop.pem").write_text(pem)
    ledger.add_laptop(tmp_path / "laptop.pem", "Bay laptop")


def _push(ledger: Ledger, here: Laptop, envelopes: list[bytes]) -> Answer:
    log, key = here.log.log_id(), here.log.key_id()
    assert log is not None
    assert key is not None
    return ledger.ingest(Push(log, key, envelopes))


@pytest.fixture
def quiet(expect_log: Callable[[str], None]) -> None:
    """Alarms are logged at central; here they are wanted."""
    expect_log("after record")


def test_what_holds_is_acknowledged_with_the_laptop_s_own_root(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    envelopes = _fill(here, 7)
    _know(ledger, here, tmp_path)
    answer = _push(ledger, here, envelopes)
    note = Checkpoint.opened(answer.note, ledger._identity.key.public_key())
    assert answer.problem is None
    assert (note.size, note.root) == (7, here.log.root())
    assert [(known.name, known.records, known.forks) for known in laptops(ledger._store)] == [("Bay laptop", 7, 0)]


def test_an_unknown_laptop_is_refused_and_nothing_is_kept(ledger: Ledger, here: Laptop) -> None:
    with pytest.raises(RefusedError) as refused:
        _push(ledger, here, _fill(here, 3))
    assert refused.value.text is Text.LAPTOP_UNKNOWN
    with ledger._store.read() as connection:
        for table in ("log", "record", "fork"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_a_laptop_cannot_write_into_another_s_log(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    envelopes = _fill(here, 3)
    _know(ledger, here, tmp_path)
    _push(ledger, here, envelopes)
    thief = PrivateKey.new()
    (tmp_path / "thief.pem").write_text(thief.public.pem)
    ledger.add_laptop(tmp_path / "thief.pem", "thief")
    own = peek(envelopes[2])
    forged = seal(Record(own.log, 4, leaf(envelopes[2]).hex(), own.at, "plausible", "x", Event("seen")), thief)
    with pytest.raises(RefusedError) as refused:
        ledger.ingest(Push(own.log, thief.key_id, [forged]))
    assert refused.value.text is Text.LOG_OF_OTHER


@pytest.mark.usefixtures("quiet")
def test_a_different_record_in_a_taken_place_is_a_fork_and_both_are_kept(
    ledger: Ledger, here: Laptop, tmp_path: Path
) -> None:
    """A snapshot of the laptop was restored and went on: the same key signed two histories."""
    first = _fill(here, 3)
    _know(ledger, here, tmp_path)
    _push(ledger, here, [*first, *_more(here, "one")])
    twin = _twin(here, first[-1])
    for _ in range(2):  # a repeated push adds no evidence
        answer = _push(ledger, here, [*first, twin])
        assert answer.problem is not None
        assert answer.problem.text is Text.LOG_FORKED
        assert answer.size == 4
    with ledger._store.read() as connection:
        assert connection.execute(select(fork.c.envelope)).scalars().all() == [twin]
    assert laptops(ledger._store)[0].forks == 1


@pytest.mark.usefixtures("quiet")
def test_a_record_that_follows_another_history_is_a_fork_too(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    first = _fill(here, 3)
    _know(ledger, here, tmp_path)
    _push(ledger, here, first[:2])
    twin = _twin(here, first[1])  # takes the third place
    own = peek(twin)
    key = LaptopKey(here.keystore).get()
    assert key is not None
    fourth = seal(Record(own.log, 4, leaf(twin).hex(), own.at, "plausible", "x", Event("seen")), key)
    answer = _push(ledger, here, [first[2], fourth])
    assert answer.problem is not None
    assert (answer.problem.text, answer.size) == (Text.LOG_FORKED, 3)


def _more(here: Laptop, charger: str) -> list[bytes]:
    return here.log.envelopes(here.log.record(Event("seen", charger=charger)) - 1, 1)


def _twin(here: Laptop, before: bytes) -> bytes:
    """Another record after `before`, signed with the same key."""
    own, key = peek(before), LaptopKey(here.keystore).get()
    assert key is not None
    return seal(Record(own.log, own.seq + 1, leaf(before).hex(), own.at, "plausible", "x", Event("seen")), key)


@pytest.mark.usefixtures("quiet")
def test_a_corrupted_record_ends_what_is_taken(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    envelopes = _fill(here, 5)
    _know(ledger, here, tmp_path)
    broken = envelopes[3].replace(b"a", b"b", 1)
    answer = _push(ledger, here, [*envelopes[:3], broken, envelopes[4]])
    assert answer.problem is not None
    assert answer.size == 3
    assert _push(ledger, here, envelopes).size == 5


@pytest.mark.usefixtures("quiet")
def test_a_record_of_another_log_is_not_taken(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    envelopes = _fill(here, 2)
    _know(ledger, here, tmp_path)
    key = LaptopKey(here.keystore).get()
    assert key is not None
    foreign = seal(Record("ff" * 16, 3, leaf(envelopes[1]).hex(), peek(envelopes[1]).at, "x", "x", Event("seen")), key)
    answer = _push(ledger, here, [*envelopes, foreign])
    assert answer.problem is not None
    assert answer.size == 2


def test_a_root_that_is_not_the_laptop_s_is_refused_and_nothing_is_kept(
    ledger: Ledger, here: Laptop, tmp_path: Path
) -> None:
    envelopes = _fill(here, 3)
    _know(ledger, here, tmp_path)
    log, key = here.log.log_id(), here.log.key_id()
    assert log is not None
    assert key is not None
    with pytest.raises(RefusedError) as refused:
        ledger.ingest(Push(log, key, envelopes, size=3, root=b"?" * 32))
    assert refused.value.text is Text.ROOT_DIFFERS
    assert _push(ledger, here, []).size == 0


def test_a_log_must_say_how_it_began(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    first = peek(_fill(here, 2)[0])
    _know(ledger, here, tmp_path)
    key = LaptopKey(here.keystore).get()
    assert key is not None
    silent = seal(Record(first.log, 1, first.prev, first.at, "x", "x", Event("seen")), key)
    with pytest.raises(RefusedError) as refused:
        _push(ledger, here, [silent])
    assert refused.value.text is Text.LOG_WITHOUT_BEGIN


def test_records_at_central_cannot_be_changed_or_deleted(ledger: Ledger, here: Laptop, tmp_path: Path) -> None:
    envelopes = _fill(here, 2)
    _know(ledger, here, tmp_path)
    _push(ledger, here, envelopes)
    for statement in ("UPDATE record SET seq = 9", "DELETE FROM record"):
        with pytest.raises(IntegrityError, match="append only"), ledger._store.write() as unit:
            unit.execute(text(statement))


# ---- any sequence of pushes -----------------------------------------------------------------------------------------

SIZE = 12
_PUSH = st.lists(st.integers(0, SIZE - 1), max_size=8)  # with duplicates, gaps, backwards


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    made = laptop(tmp_path_factory.mktemp("full"))
    _fill(made, SIZE)
    yield made
    made.store.close()


@settings(max_examples=40, deadline=None)
@given(pushes=st.lists(_PUSH, max_size=8))
def test_any_pushes_end_in_the_longest_unbroken_beginning(
    full: Laptop, tmp_path_factory: pytest.TempPathFactory, pushes: list[list[int]]
) -> None:
    envelopes = full.log.envelopes(0, SIZE)
    folder = tmp_path_factory.mktemp("pushes")
    store = open_store(folder)
    ledger = Ledger(store, open_identity(store), Ticking())
    _know(ledger, full, folder)
    size = 0
    for push in pushes:
        answer = _push(ledger, full, [envelopes[place] for place in push])
        while size in push:  # place n holds record n+1
            size += 1
        assert answer.problem is None
        assert answer.size == size
        assert Checkpoint.read(answer.note).root == full.log.root(size)
    assert _push(ledger, full, envelopes).size == SIZE
    assert Checkpoint.read(_push(ledger, full, []).note).root == full.log.root()
    store.close()


# ---- throw-away keys ------------------------------------------------------------------------------------------------


def _training(folder: Path, root: bytes) -> Path:
    from fieldtool.store.keystore import mark_throw_away

    (folder / "trust").mkdir(parents=True)
    (folder / "trust" / "root.json").write_bytes(root)
    mark_throw_away(folder)
    return folder


def _training_log(folder: Path) -> tuple[Store, AuditLog]:
    from fieldtool.store.keystore import keystore
    from fieldtool.trusted_time import TrustedTime

    store, keys = Store.open(folder), keystore(folder)
    log = AuditLog(store, LaptopKey(keys), TrustedTime(store, Ticking()), Actor(keys, "ada"))
    log.record(Event("seen"))
    return store, log


def _try(central: Path, log: AuditLog, tmp_path: Path) -> Answer:
    store = open_store(central)
    ledger = Ledger(store, open_identity(store), Ticking())
    try:
        pem, name, key = log.public_key(), log.log_id(), log.key_id()
        assert pem and name and key
        (tmp_path / "x.pem").write_text(pem)
        ledger.add_laptop(tmp_path / "x.pem", "x")
        return ledger.ingest(Push(name, key, log.envelopes(0, 9)))
    finally:
        store.close()


def test_throw_away_keys_count_only_inside_their_own_training_folder(tmp_path: Path) -> None:
    mine = _training(tmp_path / "mine", b"root 1")
    other = _training(tmp_path / "other", b"root 2")
    store, log = _training_log(mine)
    assert _try(mine / "central", log, tmp_path).size == 2
    for refusing in (tmp_path / "real", other / "central"):
        with pytest.raises(RefusedError) as refused:
            _try(refusing, log, tmp_path)
        assert refused.value.text is Text.LAPTOP_THROW_AWAY
    store.close()


def test_the_keys_of_a_real_laptop_say_so_in_their_first_record(here: Laptop) -> None:
    here.log.record(Event("seen"))
    assert here.log.page(after=0)[0].event.seen["training"] == ""
