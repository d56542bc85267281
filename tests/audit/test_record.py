"""Record format v1: what was shipped once must be readable for ever, and nothing else must pass."""

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.audit.dsse import pae
from fieldtool.audit.keys import PrivateKey, PublicKey
from fieldtool.audit.record import (
    NO_RECORD,
    PAYLOAD_TYPE,
    Event,
    Record,
    decode,
    encode,
    leaf,
    peek,
    seal,
    unseal,
)
from fieldtool.audit.tree import EMPTY_ROOT, Frontier
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text
from fieldtool.store.p256 import ORDER as _ORDER

GOLDEN = Path(__file__).parents[1] / "golden" / "audit-v1"
KEY = PrivateKey.new()
AT = datetime(2026, 3, 1, 8, 0, 0, 123000, tzinfo=UTC)
EVENT = Event("run-started", "00731", "main", {"running": "2.2.0", "busy": False}, {"size": 7}, "ab" * 32, "r1", "g1")
RECORD = Record("c0" * 16, 1, NO_RECORD, AT, "plausible", "pseudonym", EVENT)
ENVELOPE = seal(RECORD, KEY)


# ---- golden files ---------------------------------------------------------------------------------------------------


def test_records_that_were_shipped_are_read_as_they_were_written() -> None:
    key = PublicKey.from_pem((GOLDEN / "laptop.pem").read_text())
    expected = json.loads((GOLDEN / "expected.json").read_text())
    frontier, prev = Frontier(), NO_RECORD
    for envelope, payload in zip((GOLDEN / "log.ndjson").read_bytes().splitlines(), expected["payloads"], strict=True):
        record = unseal(envelope, key)
        assert json.loads(encode(record)) == payload
        assert record.prev == prev
        prev = leaf(envelope).hex()
        frontier.add(leaf(envelope))
        assert frontier.root().hex() == expected["roots"][frontier.size - 1]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_alone_verifies_a_record(tmp_path: Path) -> None:
    outer = json.loads((GOLDEN / "log.ndjson").read_bytes().splitlines()[1])
    payload = b64decode(outer["payload"])
    (tmp_path / "signed").write_bytes(
        b"DSSEv1 %d %s %d %s" % (len(outer["payloadType"]), outer["payloadType"].encode(), len(payload), payload)
    )
    (tmp_path / "signature").write_bytes(b64decode(outer["signatures"][0]["sig"]))
    command = ["openssl", "dgst", "-sha256", "-verify", str(GOLDEN / "laptop.pem"), "-signature", "signature", "signed"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "Verified OK"


def test_another_implementation_of_dsse_verifies_a_record() -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    key = SSlibKey.from_crypto(load_pem_public_key(KEY.public.pem.encode()), keyid=KEY.key_id)
    envelope = Envelope.from_dict(json.loads(ENVELOPE))
    assert envelope.payload_type == PAYLOAD_TYPE
    envelope.verify([key], 1)


# ---- what is refused ------------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was_written() -> None:
    assert unseal(ENVELOPE, KEY.public) == RECORD
    assert peek(ENVELOPE) == RECORD


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ENVELOPE) - 1), st.integers(1, 255))
def test_no_altered_byte_passes(place: int, mask: int) -> None:
    altered = ENVELOPE[:place] + bytes([ENVELOPE[place] ^ mask]) + ENVELOPE[place + 1 :]
    with pytest.raises(AuditError):
        unseal(altered, KEY.public)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_garbage_is_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(AuditError):
        peek(garbage)
    with pytest.raises(AuditError):
        decode(garbage)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(json.loads(encode(RECORD)))), _JSON)
def test_a_signed_payload_with_a_strange_field_is_refused_or_read(name: str, value: object) -> None:
    content = json.loads(encode(RECORD)) | {name: value}
    try:
        decode(json.dumps(content).encode())
    except AuditError:
        return
    assert type(value) is type(json.loads(encode(RECORD))[name])


@pytest.mark.parametrize(
    "payload",
    [
        encode(RECORD)[:-1] + b',"extra":1}',
        encode(RECORD)[:-1] + b',"v":1}',
        encode(RECORD).replace(b'"v":1', b'"v":2'),
        encode(RECORD).replace(b'"seq":1', b'"seq":0'),
        encode(RECORD).replace(b'"seq":1', b'"seq":true'),
        encode(RECORD).replace(b'"busy":false', b'"busy":{"a":1}'),
        encode(RECORD).replace(b'"busy":false', b'"busy":1.5'),
        encode(RECORD).replace(b"123Z", b"123"),
        b"[" * 100_000,
    ],
)
def test_a_payload_that_is_not_version_1_is_refused(payload: bytes) -> None:
    with pytest.raises(AuditError) as refused:
        decode(payload)
    assert refused.value.text is Text.AUDIT_RECORD_BAD


def test_the_second_signature_that_fits_mathematically_is_refused() -> None:
    """Anybody can make it without the key: a second envelope of the same record would fork a log."""
    outer = json.loads(ENVELOPE)
    r, s = decode_dss_signature(b64decode(outer["signatures"][0]["sig"]))
    twin = encode_dss_signature(r, _ORDER - s)
    forged = ENVELOPE.replace(outer["signatures"][0]["sig"].encode(), b64encode(twin))
    with pytest.raises(AuditError) as refused:
        unseal(forged, KEY.public)
    assert refused.value.text is Text.AUDIT_SIGNATURE_BAD


def test_a_second_spelling_of_an_envelope_is_refused() -> None:
    for other in (ENVELOPE.replace(b'","payloadType', b'", "payloadType'), ENVELOPE + b"\n", b" " + ENVELOPE):
        with pytest.raises(AuditError):
            unseal(other, KEY.public)


def test_another_key_does_not_verify() -> None:
    with pytest.raises(AuditError) as refused:
        unseal(ENVELOPE, PrivateKey.new().public)
    assert refused.value.text is Text.AUDIT_SIGNATURE_BAD
    assert refused.value.params == {"seq": "1"}


@pytest.mark.parametrize("pem", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_key_is_refused_in_words(pem: str) -> None:
    with pytest.raises(AuditError) as refused:
        PublicKey.from_pem(pem)
    assert refused.value.text is Text.AUDIT_KEY_BAD


def test_a_key_of_another_kind_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    for key in (ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        with pytest.raises(AuditError):
            PublicKey.from_pem(pem)


def test_a_private_key_never_shows_itself() -> None:
    secret = KEY.pem.splitlines()[1]
    assert secret not in repr(KEY) + str(KEY)


def test_what_is_signed_is_dsse_s_pre_authentication_encoding() -> None:
    assert pae(PAYLOAD_TYPE, b"{}") == b"DSSEv1 39 application/vnd.fieldtool.audit.v1+json 2 {}"


# ---- the tree -------------------------------------------------------------------------------------------------------


def _root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word by word."""
    import hashlib

    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def test_the_frontier_has_the_root_of_the_rfc_at_every_size() -> None:
    leaves, frontier = [leaf(bytes([number])) for number in range(130)], Frontier()
    assert frontier.root() == EMPTY_ROOT == _root([])
    for number, one in enumerate(leaves):
        frontier = Frontier(frontier.size, frontier.edge)  # goes on from its stored form
        frontier.add(one)
        assert frontier.root() == _root(leaves[: number + 1])


def test_the_roots_are_those_of_the_published_test_vectors() -> None:
    """The first leaves and roots of the reference tree of certificate-transparency-go."""
    frontier = Frontier()
    for data in (b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43"):
        frontier.add(leaf(data))
    assert frontier.root().hex() == "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"


def test_an_edge_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="edge"):
        Frontier(3, [b"x"])
