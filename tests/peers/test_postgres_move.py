"""From SQLite to PostgreSQL, and back to where it was broken off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.record import Event
from fieldtool.central import moving
from fieldtool.central.identity import SCHEMA, open_identity, open_store
from fieldtool.central.ledger import Ledger, Push
from fieldtool.central.moving import LOCK, move
from fieldtool.central.where import URL_FILE
from fieldtool.core.errors import RefusedError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.locks import exclusive
from tests.audit.support import Laptop, Ticking, laptop
from tests.peers.postgres import needs_postgres, postgres

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300), needs_postgres]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path / "laptop")
    for number in range(12):
        made.log.record(Event("seen", charger=f"c{number}"))
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres(fsync="off") as server:
        yield server.url


def _push(folder: Path, here: Laptop, envelopes: list[bytes]) -> Checkpoint:
    store = open_store(folder)
    ledger = Ledger(store, open_identity(store), Ticking())
    first, log = here.log.first_key(), here.log.log_id()
    assert first is not None
    assert log is not None
    (folder / "laptop.pem").write_text(first.pem)
    ledger.add_laptop(folder / "laptop.pem", "Bay laptop")
    note = ledger.ingest(Push(log, first.key_id, envelopes)).note
    assert Checkpoint.opened(note, open_identity(store).key.public_key())
    store.close()
    return Checkpoint.read(note)


def _refused(folder: Path, url: str) -> Text:
    with pytest.raises(UsageError) as refused:
        move(folder, url)
    return refused.value.text


def test_what_sqlite_holds_moves_and_goes_on_in_postgresql(
    url: str, here: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, envelopes = tmp_path / "central", here.log.envelopes(0, 99)
    assert _refused(folder, url) is Text.CENTRAL_MOVE_NOTHING
    _push(folder, here, envelopes[:8])
    with exclusive(folder, LOCK, "This central system", "serve"), pytest.raises(RefusedError):
        move(folder, url)
    with monkeypatch.context() as patch:
        patch.setattr(moving, "remember", lambda *_arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            move(folder, url)
    assert _push(folder, here, []).size == 8  # broken off: SQLite still counts
    assert move(folder, url) >= 10
    assert not (folder / SCHEMA.file).exists()
    assert (folder / f"{SCHEMA.file}.moved").exists()
    assert (folder / URL_FILE).read_text().strip() == url
    said = _push(folder, here, envelopes[6:])
    assert (said.size, said.root) == (len(envelopes), here.log.root())
    other = tmp_path / "other"
    store = open_store(other)
    open_identity(store)
    store.close()
    assert _refused(other, url) is Text.CENTRAL_MOVE_NOT_EMPTY
    (other / URL_FILE).write_text(url)
    (other / URL_FILE).chmod(0o600)
    with pytest.raises(UsageError) as both:
        open_store(other)
    assert both.value.text is Text.CENTRAL_DATABASE_BOTH
    with pytest.raises(UsageError) as elsewhere:
        open_store(folder, url.replace("fieldtool", "else"))
    assert elsewhere.value.text is Text.CENTRAL_DATABASE_OTHER


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://ada:geheim@127.0.0.1/x", Text.CENTRAL_DATABASE_SHOWN),
        ("postgresql://ada@127.0.0.1/x?password=geheim", Text.CENTRAL_DATABASE_QUERY),
        ("mysql://ada@127.0.0.1/x", Text.CENTRAL_DATABASE_URL),
        ("fieldtool.sqlite3", Text.CENTRAL_DATABASE_URL),
    ],
)
def test_an_address_that_shows_a_password_or_is_none_is_refused_without_repeating_it(
    tmp_path: Path, address: str, expected: Text
) -> None:
    with pytest.raises(UsageError) as refused:
        open_store(tmp_path / "central", address)
    assert refused.value.text is expected
    assert "geheim" not in refused.value.what + refused.value.remedy + repr(refused.value)


def test_rows_with_numbers_of_their_own_go_on_behind_those_that_were_moved(url: str, tmp_path: Path) -> None:
    """Whatever tables there are that PostgreSQL numbers: the next number is free."""
    store = open_store(tmp_path / "central", url)
    with store.read() as connection:
        numbered = connection.execute(
            text("SELECT table_name, column_name FROM information_schema.columns WHERE column_default LIKE 'nextval%'")
        ).all()
        for table, column in numbered:
            newest = connection.execute(text(f"SELECT max({column}) FROM {table}")).scalar() or 0
            sequence = connection.execute(text(f"SELECT pg_get_serial_sequence('{table}', '{column}')")).scalar()
            found = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
            assert found.last_value + bool(found.is_called) > newest
    store.close()
