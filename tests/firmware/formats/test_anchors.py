"""The file that names a maker's keys is taken exactly, or not at all."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import LARGEST, MANY, parse_anchors
from tests.firmware.formats.attacks import refused
from tests.firmware.formats.samples import anchors_file, issue, mcuboot_key, root, signer


def pem(certificate: Any) -> str:
    return str(certificate.public_bytes(Encoding.PEM).decode())


def key_pem(key: Any) -> str:
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


CERTIFICATE = pem(root().certificate)
KEY = key_pem(mcuboot_key("ed25519").key.public_key())
CMS: dict[str, Any] = {"certificates": [CERTIFICATE], "purposes": ["codeSigning"]}


def test_anchors_of_signatures_with_certificates_arrive_whole() -> None:
    found = parse_anchors(anchors_file("raucb", **CMS, signers=[signer().spki]))
    assert (found.format, found.certificates, found.keys) == ("raucb", (root().certificate,), ())
    assert (found.signers, found.purposes) == ({signer().spki}, {"codeSigning"})


def test_anchors_of_bare_keys_arrive_whole() -> None:
    keys = [mcuboot_key(kind).key.public_key() for kind in ("ed25519", "p256", "rsa2048", "rsa3072")]
    found = parse_anchors(anchors_file("mcuboot", keys=[key_pem(key) for key in keys]))
    assert [key_pem(key) for key in found.keys] == [key_pem(key) for key in keys]


PRIVATE = mcuboot_key("p256").key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("raucb", {"schema": 2}), ("raucb", {"schema": True}), ("raucb", {"schema": "1"}), ("raucb", {"schema": 1.0}),
    ("bin", {}), ("RAUCB", {}), ("", {}),
    ("raucb", {"certificates": []}), ("raucb", {"certificates": CERTIFICATE}), ("raucb", {"certificates": [1]}),
    ("raucb", {"certificates": [CERTIFICATE, CERTIFICATE]}), ("raucb", {"certificates": [CERTIFICATE + CERTIFICATE]}),
    ("raucb", {"certificates": [CERTIFICATE + PRIVATE]}), ("raucb", {"certificates": ["x" + CERTIFICATE]}),
    ("raucb", {"certificates": [CERTIFICATE.replace("M", "N", 3)]}), ("raucb", {"certificates": [KEY]}),
    ("raucb", {"certificates": [pem(issue(str(n)).certificate) for n in range(MANY + 1)]}),
    ("raucb", {"purposes": []}), ("raucb", {"purposes": ["serverAuth"]}), ("raucb", {"purposes": ["codesigning"]}),
    ("raucb", {"purposes": ["codeSigning", "unrestricted"]}), ("raucb", {"purposes": "codeSigning"}),
    ("raucb", {"signers": ["AB" * 32]}), ("raucb", {"signers": ["ab"]}), ("raucb", {"signers": [None]}),
    ("raucb", {"signers": None}), ("raucb", {"keys": [KEY]}), ("raucb", {"extra": 1}), ("raucb", {"x-note": "no"}),
    ("mcuboot", {}), ("mcuboot", {"keys": [KEY]}), ("mcuboot", {"certificates": [], "purposes": [], "keys": []}),
]  # fmt: skip


@pytest.mark.parametrize(("format", "changes"), WRONG)
def test_a_wrong_field_is_refused(format: str, changes: dict[str, Any]) -> None:
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(anchors_file(format, **{**CMS, **changes}))


@pytest.mark.parametrize(
    "key",
    [
        PRIVATE,
        KEY + KEY,
        KEY[:-40],
        CERTIFICATE,
        key_pem(ec.generate_private_key(ec.SECP384R1()).public_key()),
        key_pem(rsa.generate_private_key(65537, 1024).public_key()),
        key_pem(x25519.X25519PrivateKey.generate().public_key()),
        key_pem(dsa.generate_private_key(1024).public_key()),
    ],
    ids=["private", "two", "cut", "certificate", "P-384", "RSA 1024", "X25519", "DSA"],
)
def test_a_key_that_is_weak_secret_or_of_another_kind_is_refused(key: str) -> None:
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(anchors_file("mcuboot", keys=[key]))


@pytest.mark.parametrize("missing", ["schema", "format", "certificates", "signers", "purposes", "keys"])
def test_a_missing_field_is_refused(missing: str) -> None:
    whole = json.loads(anchors_file("raucb", **CMS))
    del whole[missing]
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(json.dumps(whole).encode())


def test_a_field_that_stands_twice_is_refused() -> None:
    """Two readers would take two different ones."""
    whole = anchors_file("raucb", **CMS).decode()
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(whole.replace('"signers"', '"purposes": ["emailProtection"], "signers"').encode())


@pytest.mark.parametrize("format", [None, ["raucb"], {"raucb": 1}, 1])
def test_a_format_that_is_no_text_is_refused(format: Any) -> None:
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(anchors_file(format, **CMS))


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff", b"[" * 100_000, b" " * (LARGEST + 1)])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(data)


@given(st.integers(0, 5000), st.binary(max_size=4), st.integers(0, 40))
def test_any_damage_gives_anchors_or_our_error(at: int, put: bytes, cut: int) -> None:
    data = anchors_file("raucb", **CMS)
    at %= len(data)
    try:
        parse_anchors(data[:at] + put + data[at + cut :])
    except FirmwareError as error:
        assert error.text is Text.NATIVE_ANCHOR_BAD
