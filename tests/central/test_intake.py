"""The routes by which records and documents come up, and what they tell of a log."""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.dsse import seal
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event, Record, leaf, peek
from fieldtool.audit.record import seal as seal_record
from fieldtool.central.people import People, Role
from fieldtool.core.clock import SystemClock
from fieldtool.sync.outbox import JOURNAL, MAX_DOCUMENT
from tests.audit.support import Laptop
from tests.central.support import Central, Visitor, ask


@pytest.fixture
def visitor(here: Laptop, there: Central, tmp_path: Path) -> Visitor:
    for number in range(4):
        here.log.record(Event("seen", charger=f"c{number}"))
    return Visitor(there, here.log, tmp_path / "key.pem")


@pytest.fixture
def person(there: Central) -> dict[str, str]:
    """The header of somebody who may look."""
    _, token = People(there.store, SystemClock()).add("Vera", Role.VIEWER)
    return {"Authorization": f"Bearer {token}"}


def _records(here: Laptop, envelopes: list[bytes]) -> str:
    first = here.log.first_key()
    assert first is not None
    root = here.log.root(len(envelopes)).hex()
    return (
        f"/v1/logs/{here.log.log_id()}/records?key={first.key_id}&nonce={secrets.token_hex(16)}"
        f"&size={len(envelopes)}&root={root}"
    )


def _document(here: Laptop, envelope: bytes) -> str:
    sha256 = hashlib.sha256(envelope).hexdigest()
    return f"/v1/logs/{here.log.log_id()}/documents/{sha256}?nonce={secrets.token_hex(16)}"


def _key(here: Laptop) -> PrivateKey:
    key = here.log.key()
    assert isinstance(key, PrivateKey)
    return key


def test_records_may_come_packed_or_not(here: Laptop, visitor: Visitor) -> None:
    envelopes = here.log.envelopes(0, 99)
    plain, packed = envelopes[:2], zstandard.ZstdCompressor().compress(b"\n".join(envelopes) + b"\n")
    status, answer = visitor.ask("POST", _records(here, plain), b"\n".join(plain))
    assert (status, Checkpoint.read(answer["note"]).size) == (200, 2)
    path = _records(here, envelopes)
    fields = {**visitor.fields("POST", path, packed), "Content-Encoding": "zstd"}
    status, answer = ask(visitor.there, "POST", path, packed, fields)
    assert (status, Checkpoint.read(answer["note"]).size) == (200, len(envelopes))


@pytest.mark.parametrize("encoding", ["gzip", "zstd, zstd", "br"])
def test_other_packings_are_refused_in_words(here: Laptop, visitor: Visitor, encoding: str) -> None:
    path = _records(here, here.log.envelopes(0, 1))
    fields = {**visitor.fields("POST", path, b"x"), "Content-Encoding": encoding}
    status, answer = ask(visitor.there, "POST", path, b"x", fields)
    assert (status, answer["code"]) == (400, "BODY_ENCODED")


def test_a_bomb_is_413_and_nothing_is_kept(here: Laptop, visitor: Visitor) -> None:
    bomb = zstandard.ZstdCompressor().compress(b"\0" * (64 << 20))
    path = _records(here, here.log.envelopes(0, 1))
    fields = {**visitor.fields("POST", path, bomb), "Content-Encoding": "zstd"}
    status, answer = ask(visitor.there, "POST", path, bomb, fields)
    assert (status, answer["code"]) == (413, "PUSH_TOO_LARGE")
    assert visitor.there.envelopes(str(here.log.log_id())) == []


def test_a_document_is_confirmed_by_a_signed_note_and_bounded(here: Laptop, visitor: Visitor) -> None:
    envelope = seal(JOURNAL, b'{"run":"r1"}', _key(here))
    status, answer = visitor.ask("POST", _document(here, envelope), envelope)
    assert (status, answer["code"]) == (404, "LOG_UNKNOWN")  # the records come first
    envelopes = here.log.envelopes(0, 99)
    visitor.ask("POST", _records(here, envelopes), b"\n".join(envelopes))
    status, answer = visitor.ask("POST", _document(here, envelope), envelope)
    assert status == 200
    assert Checkpoint.read(answer["note"]).root == leaf(envelope)
    assert visitor.there.documents(str(here.log.log_id())) == [envelope]
    large = b"x" * (MAX_DOCUMENT + 1)
    assert visitor.ask("POST", _document(here, large), large)[0] == 413
    forged = seal(JOURNAL, b"{}", PrivateKey.new())
    assert visitor.ask("POST", _document(here, forged), forged)[1]["code"] == "DOCUMENT_FORGED"


def test_a_person_sees_the_signed_state_of_a_log_and_both_sides_of_its_forks(
    here: Laptop, visitor: Visitor, person: dict[str, str], expect_log: Callable[[str], None]
) -> None:
    expect_log("after record")
    envelopes, log = here.log.envelopes(0, 99), here.log.log_id()
    assert ask(visitor.there, "GET", f"/v1/logs/{log}/checkpoint", fields=person)[0] == 404
    assert ask(visitor.there, "GET", f"/v1/logs/{log}/forks", fields=person)[0] == 404
    visitor.ask("POST", _records(here, envelopes), b"\n".join(envelopes))
    second = peek(envelopes[1])
    twin = Record(second.log, 3, leaf(envelopes[1]).hex(), second.at, "x", "x", Event("seen"))
    other = seal_record(twin, _key(here))
    assert visitor.ask("POST", _records(here, envelopes), other)[1]["code"] == "LOG_FORKED"
    _, said = ask(visitor.there, "GET", f"/v1/logs/{log}/checkpoint", fields=person)
    note = Checkpoint.opened(said["note"], visitor.there.identity.key.public_key())
    assert (note.size, note.root) == (len(envelopes), here.log.root())
    _, said = ask(visitor.there, "GET", f"/v1/logs/{log}/forks", fields=person)
    (fork,) = said["forks"]
    assert (fork["seq"], fork["first"], fork["second"]) == (3, envelopes[2].decode(), other.decode())
    assert fork["received"]
    assert ask(visitor.there, "GET", f"/v1/logs/{log}/forks?skip=1", fields=person)[1] == {"forks": []}


def test_the_openapi_document_says_for_whom_each_route_is(there: Central, person: dict[str, str]) -> None:
    _, document = ask(there, "GET", "/openapi.json", fields=person)
    assert document["openapi"].startswith("3.")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 5
    assert all(operation.get("x-caller") for operation in operations)
    assert document["paths"]["/v1/logs/{log}/records"]["post"]["x-caller"].startswith("laptop")
