"""Receipts: a C2SP checkpoint in a signed note."""

from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.audit.checkpoint import Checkpoint, _key_id, fingerprint
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text

GOLDEN = Path(__file__).parents[1] / "golden" / "audit-v1"
KEY = Ed25519PrivateKey.generate()
CHECKPOINT = Checkpoint("central/audit/5f", 7, b"r" * 32, datetime(2026, 3, 1, 8, tzinfo=UTC), "ab" * 16)
NOTE = CHECKPOINT.signed(KEY)


def test_a_receipt_that_was_shipped_is_still_accepted() -> None:
    key = Ed25519PublicKey.from_public_bytes(b64decode((GOLDEN / "central.key").read_text()))
    checkpoint = Checkpoint.opened((GOLDEN / "receipt.txt").read_text(), key)
    assert (checkpoint.size, checkpoint.received) == (3, datetime(2026, 3, 1, 9, tzinfo=UTC))


def test_the_note_has_the_lines_of_the_specification() -> None:
    assert NOTE.splitlines()[:6] == [
        "central/audit/5f",
        "7",
        "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=",
        "received 2026-03-01T08:00:00.000Z",
        "nonce " + "ab" * 16,
        "",
    ]
    assert NOTE.splitlines()[6].startswith("\N{EM DASH} central/audit/5f ")


def test_a_key_has_the_id_that_another_implementation_gives_it() -> None:
    """A verifier key of the tests of golang.org/x/mod/sumdb/note: name, key id, algorithm and key."""
    name, key_id, blob = ["EnochRoot", "af0cfe78", "ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"]
    assert _key_id(name, Ed25519PublicKey.from_public_bytes(b64decode(blob)[1:])).hex() == key_id


def test_a_receipt_comes_back_as_it_was_signed() -> None:
    assert Checkpoint.opened(NOTE, KEY.public_key()) == CHECKPOINT


def test_the_receipt_of_another_central_is_refused() -> None:
    with pytest.raises(AuditError) as refused:
        Checkpoint.opened(NOTE, Ed25519PrivateKey.generate().public_key())
    assert refused.value.text is Text.RECEIPT_FORGED


def test_a_cosignature_of_somebody_else_does_not_hurt() -> None:
    other = CHECKPOINT.signed(Ed25519PrivateKey.generate()).splitlines()[-1]
    assert Checkpoint.opened(NOTE + other + "\n", KEY.public_key()) == CHECKPOINT


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_no_altered_letter_passes(place: int, letter: str) -> None:
    altered = NOTE[:place] + letter + NOTE[place + 1 :]
    if altered == NOTE:
        return
    with pytest.raises(AuditError):
        Checkpoint.opened(altered, KEY.public_key())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_garbage_is_refused_in_words(garbage: str) -> None:
    with pytest.raises(AuditError):
        Checkpoint.opened(garbage, KEY.public_key())


@pytest.mark.parametrize("size", ["07", "-1", "+7", "7 ", "٧", "9" * 30])
def test_a_size_has_one_spelling(size: str) -> None:
    with pytest.raises(AuditError):
        Checkpoint.read(NOTE.replace("\n7\n", f"\n{size}\n", 1))


def test_a_fingerprint_looks_as_people_know_it() -> None:
    assert fingerprint(KEY.public_key()).startswith("SHA256:")
    assert len(fingerprint(KEY.public_key())) == 7 + 43
