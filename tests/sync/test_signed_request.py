"""Signed requests are those of RFC 9421: its own examples verify, and nothing of a request can be changed."""

import hashlib
from base64 import b64decode
from collections.abc import Callable, Sequence

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fieldtool.audit.keys import PrivateKey, PublicKey
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.signed_request import WINDOW, Claim, claim_of, signature_base, signed

# ---- the examples of RFC 9421, appendix B ---------------------------------------------------------------------------

_P256 = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----
"""
_RSA = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
"""
_ED25519 = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
_RESPONSE_DIGEST = "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:"
_REQUEST_DIGEST = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"


def test_the_p256_example_verifies_b_2_4() -> None:
    values = [
        ("@status", "200"),
        ("content-type", "application/json"),
        ("content-digest", _RESPONSE_DIGEST),
        ("content-length", "23"),
    ]
    names = '("@status" "content-type" "content-digest" "content-length")'
    base = signature_base(values, f'{names};created=1618884473;keyid="test-key-ecc-p256"')
    raw = b64decode("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==")
    assert Claim("", 0, "", b"", base, raw).is_signed_by(PublicKey.from_pem(_P256))
    assert not Claim("", 0, "", b"", base + b" ", raw).is_signed_by(PublicKey.from_pem(_P256))


def test_the_example_of_a_request_with_method_and_path_verifies_b_2_6() -> None:
    values = [
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("@method", "POST"),
        ("@path", "/foo"),
        ("@authority", "example.com"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    ]
    names = '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    base = signature_base(values, f'{names};created=1618884473;keyid="test-key-ed25519"')
    raw = b64decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
    Ed25519PublicKey.from_public_bytes(b64decode(_ED25519)).verify(raw, base)  # raises when it does not hold


def test_the_example_of_a_request_with_a_query_verifies_b_2_3() -> None:
    values = [
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("@method", "POST"),
        ("@path", "/foo"),
        ("@query", "?param=Value&Pet=dog"),
        ("@authority", "example.com"),
        ("content-type", "application/json"),
        ("content-digest", _REQUEST_DIGEST),
        ("content-length", "18"),
    ]
    names = " ".join(f'"{name}"' for name, _ in values)
    base = signature_base(values, f'({names});created=1618884473;keyid="test-key-rsa-pss"')
    raw = b64decode(
        "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0"
        "fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xM"
        "y7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIz"
        "tsDZKEgM4cUA=="
    )
    key = load_pem_public_key(_RSA.encode())
    assert isinstance(key, RSAPublicKey)
    key.verify(raw, base, padding.PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512())


# ---- ours -----------------------------------------------------------------------------------------------------------

KEY = PrivateKey.new()
CERTIFICATE, NONCE, NOW = "ab" * 32, "cd" * 16, 1_780_000_000
Fields = dict[str, list[str]]


def _fields(method: str = "POST", target: str = "/v1/x?a=1&b=%20", body: bytes = b"body") -> Fields:
    made = signed(KEY, CERTIFICATE, method, target, body, NOW, NONCE)
    return {name.lower(): [value] for name, value in made.items()}


def _claim(fields: Fields, method: str = "POST", path: str = "/v1/x", query: str = "a=1&b=%20") -> Claim:
    def values(name: str) -> Sequence[str]:
        return fields.get(name, [])

    return claim_of(method, path, query, values)


def test_what_was_signed_holds() -> None:
    claim = _claim(_fields())
    assert claim.is_signed_by(KEY.public)
    assert claim.fits(hashlib.sha256(b"body").digest())
    assert (claim.certificate, claim.nonce, claim.created) == (CERTIFICATE, NONCE, NOW)
    assert not claim.is_signed_by(PrivateKey.new().public)


def test_an_empty_query_is_a_question_mark() -> None:
    """RFC 9421 section 2.2.7."""
    claim = _claim(_fields("GET", "/v1/x", b""), "GET", "/v1/x", "")
    assert b'"@query": ?\n' in claim.base
    assert claim.is_signed_by(KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: _claim(fields, method="PUT"),
        lambda fields: _claim(fields, path="/v1/y"),
        lambda fields: _claim(fields, query="a=1"),
        lambda fields: _claim(fields, query="a=1&b=+"),
        lambda fields: _claim(_changed(fields, "signature-input", NONCE, "ce" * 16)),
        lambda fields: _claim(_changed(fields, "signature-input", str(NOW), str(NOW + 1))),
        lambda fields: _claim(_changed(fields, "signature-input", CERTIFICATE, "ac" * 32)),
        lambda fields: _claim(fields | {"content-digest": _fields(body=b"other")["content-digest"]}),
    ],
)
def test_whatever_is_changed_the_signature_does_not_hold(change: Callable[[Fields], Claim]) -> None:
    assert not change(_fields()).is_signed_by(KEY.public)


def _changed(fields: Fields, name: str, old: str, new: str) -> Fields:
    assert old in fields[name][0]
    return fields | {name: [fields[name][0].replace(old, new)]}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("signature-input", ' "content-digest"', ""),  # the body is not covered
        ("signature-input", '"@query" ', ""),
        ("signature-input", '"@query"', '"@query" "@query"'),
        ("signature-input", '"@path"', '"@path";req'),
        ("signature-input", f";created={NOW}", ""),
        ("signature-input", f";created={NOW}", f";created={NOW};created={NOW}"),
        ("signature-input", f"created={NOW}", f'created="{NOW}x"'),
        ("signature-input", f"created={NOW}", f"created=-{NOW}"),
        ("signature-input", f';nonce="{NONCE}"', ""),
        ("signature-input", NONCE, NONCE[:-1]),
        ("signature-input", CERTIFICATE, CERTIFICATE.upper()),
        ("signature-input", "ecdsa-p256-sha256", "hmac-sha256"),
        ("signature-input", ";alg=", ";tag="),
        ("signature-input", "laptop=", "other="),
        ("signature-input", "laptop=", "laptop=(), laptop="),
        ("signature", "=:", "="),
        ("signature", "==:", "==:, b=:AA==:"),
        ("content-digest", "sha-256", "sha-512"),
        ("content-digest", "=:", "=: "),
    ],
)
def test_what_is_not_of_our_profile_is_refused(name: str, old: str, new: str) -> None:
    with pytest.raises(RefusedError) as refused:
        _claim(_changed(_fields(), name, old, new))
    assert refused.value.text is Text.ENTRY_SIGNATURE_BAD


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
@pytest.mark.parametrize("count", [0, 2])
def test_each_field_comes_exactly_once(name: str, count: int) -> None:
    fields = _fields()
    with pytest.raises(RefusedError) as refused:
        _claim(fields | {name: fields[name] * count})
    assert refused.value.text is Text.ENTRY_SIGNATURE_BAD


def test_a_second_spelling_of_the_digest_is_refused() -> None:
    """The last letter of base64 has unused bits; SHA-256 of b"body" ends in one whose neighbour means the same."""
    fields = _fields()
    digest = fields["content-digest"][0]
    twin = f"{digest[:-3]}{chr(ord(digest[-3]) + 1)}=:"
    assert b64decode(twin[9:-1]) == b64decode(digest[9:-1])
    with pytest.raises(RefusedError) as refused:
        _claim(fields | {"content-digest": [twin]})
    assert refused.value.text is Text.ENTRY_SIGNATURE_BAD


def test_a_request_counts_for_five_minutes_either_way() -> None:
    claim = _claim(_fields())
    assert [claim.is_fresh(NOW + apart) for apart in (-WINDOW - 1, -WINDOW, 0, WINDOW, WINDOW + 1)] == [
        False, True, True, True, False,
    ]  # fmt: skip
