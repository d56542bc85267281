"""Journals and evidence at central: signed by the log's own keys, kept once, confirmed by a note."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.dsse import seal
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event, leaf
from fieldtool.central.archive import Archive
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Ledger, Push
from fieldtool.central.tables import document
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.outbox import EVIDENCE, JOURNAL
from tests.audit.support import Laptop, Ticking

PAYLOAD = json.dumps({"run": "r1", "outcome": "done"}).encode()


class Shelf:
    """Central holds the records of `here`."""

    def __init__(self, folder: Path, here: Laptop) -> None:
        self.store = open_store(folder)
        self.identity = open_identity(self.store)
        self.ledger = Ledger(self.store, self.identity, Ticking())
        self.archive = Archive(self.store, self.identity, Ticking(), self.ledger.keys_of)
        here.log.record(Event("seen"))
        pem, log, key = here.log.public_key(), here.log.log_id(), here.log.key()
        assert pem and log and isinstance(key, PrivateKey)
        folder.joinpath("laptop.pem").write_text(pem)
        self.ledger.add_laptop(folder / "laptop.pem", "Bay laptop")
        self.here, self.log, self.key = here, log, key
        self.sync()

    def sync(self) -> None:
        first = self.here.log.first_key()
        assert first is not None
        self.ledger.ingest(Push(self.log, first.key_id, self.here.log.envelopes(0, 99)))

    def keep(self, envelope: bytes, log: str | None = None, sha256: str | None = None) -> str:
        named = hashlib.sha256(envelope).hexdigest() if sha256 is None else sha256
        return self.archive.keep(self.log if log is None else log, named, envelope, "ab" * 16)

    def kept(self) -> list[tuple[str, str, bytes]]:
        with self.store.read() as connection:
            query = select(document.c.payload_type, document.c.run, document.c.envelope)
            return [tuple(row) for row in connection.execute(query)]

    def refuses(self, envelope: bytes, **how: str) -> Text:
        with pytest.raises(RefusedError) as refused:
            self.keep(envelope, **how)
        return refused.value.text


@pytest.fixture
def shelf(tmp_path: Path, here: Laptop) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "central", here)
    yield made
    made.store.close()


@pytest.mark.parametrize("payload_type", [JOURNAL, EVIDENCE])
def test_a_document_is_kept_once_and_confirmed_by_a_note_over_its_very_bytes(shelf: Shelf, payload_type: str) -> None:
    envelope = seal(payload_type, PAYLOAD, shelf.key)
    notes = [shelf.keep(envelope) for _ in range(2)]
    assert shelf.kept() == [(payload_type, "r1", envelope)]
    for note in notes:
        said = Checkpoint.opened(note, shelf.identity.key.public_key())
        assert (said.size, said.root, said.nonce) == (1, leaf(envelope), "ab" * 16)
        assert said.origin == f"fieldtool-central/document/{shelf.log}"


def test_a_document_of_a_key_that_the_log_has_had_or_has_now_counts(shelf: Shelf) -> None:
    queued_before = seal(JOURNAL, PAYLOAD, shelf.key)
    new = PrivateKey.new()
    shelf.here.log.roll(new)
    shelf.sync()
    shelf.keep(queued_before)
    shelf.keep(seal(EVIDENCE, PAYLOAD, new))
    assert len(shelf.kept()) == 2


def test_what_no_key_of_the_log_signed_is_not_kept(shelf: Shelf) -> None:
    honest = seal(JOURNAL, PAYLOAD, shelf.key)
    forged = seal(JOURNAL, PAYLOAD.replace(b"done", b"oops"), shelf.key)
    cut = honest.index(b'","payloadType')
    mixed = forged[: forged.index(b'","payloadType')] + honest[cut:]
    assert shelf.refuses(seal(JOURNAL, PAYLOAD, PrivateKey.new())) is Text.DOCUMENT_FORGED
    assert shelf.refuses(mixed) is Text.DOCUMENT_FORGED
    assert shelf.refuses(honest.replace(JOURNAL.encode(), EVIDENCE.encode())) is Text.DOCUMENT_FORGED
    assert shelf.kept() == []


def test_what_is_no_document_is_not_kept(shelf: Shelf) -> None:
    other_type = seal("application/vnd.fieldtool.audit.v1+json", PAYLOAD, shelf.key)
    for envelope in (
        b"",
        b"{}",
        other_type,
        seal(JOURNAL, b"no json", shelf.key),
        seal(JOURNAL, b"[" * 9999, shelf.key),
    ):
        assert shelf.refuses(envelope) is Text.DOCUMENT_BAD
    honest = seal(JOURNAL, PAYLOAD, shelf.key)
    assert shelf.refuses(honest, sha256="0" * 64) is Text.DOCUMENT_DIFFERS
    assert shelf.refuses(honest, log="0" * 32) is Text.LOG_UNKNOWN
    assert shelf.kept() == []


@pytest.mark.parametrize(
    "payload", [b"{}", b"[1]", b'{"run": 7}', b'{"run": "a\\u0000b"}', b'{"run": "%s"}' % (b"x" * 65)]
)
def test_a_run_that_is_no_plain_name_is_none(shelf: Shelf, payload: bytes) -> None:
    shelf.keep(seal(EVIDENCE, payload, shelf.key))
    assert [run for _, run, _ in shelf.kept()] == [""]


def test_documents_at_central_cannot_be_changed_or_deleted(shelf: Shelf) -> None:
    shelf.keep(seal(JOURNAL, PAYLOAD, shelf.key))
    for statement in ("UPDATE document SET run = 'x'", "DELETE FROM document"):
        with pytest.raises(IntegrityError, match="append only"), shelf.store.write() as unit:
            unit.execute(text(statement))
