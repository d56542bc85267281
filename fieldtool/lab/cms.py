"""Throw-away certificate authorities, and detached CMS signatures as RAUC bundles carry them (RFC 5652).

Written for the lab alone: the virtual charger must not share a misunderstanding with the program under test.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)  # fixed, so that a laptop with a wrong clock can still train
_LIFE = timedelta(days=40 * 365)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_DIGESTS = {
    bytes.fromhex("0609608648016503040201"): hashes.SHA256(),
    bytes.fromhex("0609608648016503040202"): hashes.SHA384(),
    bytes.fromhex("0609608648016503040203"): hashes.SHA512(),
}
_OPTIONS = [
    pkcs7.PKCS7Options.DetachedSignature,
    pkcs7.PKCS7Options.Binary,
    pkcs7.PKCS7Options.NoCapabilities,
]


# What cryptography and a walk through broken DER raise; InvalidVersion is no ValueError.
_MALFORMED = (IndexError, ValueError, KeyError, x509.InvalidVersion, UnsupportedAlgorithm)


class BadSignature(Exception):
    """The signature does not hold; the text is OpenSSL's, as RAUC passes it on."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority and one signer of it, made at run time. Opens no real charger."""

    certificate: x509.Certificate
    signer: x509.Certificate
    signer_key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The root certificate: what goes into a charger's keyring."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def signer_pem(self) -> bytes:
        return self.signer.public_bytes(serialization.Encoding.PEM)

    @property
    def signer_key_pem(self) -> bytes:
        return self.signer_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, content: bytes) -> bytes:
        """A detached CMS signature over `content`, DER."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(self.signer, self.signer_key, hashes.SHA256())
        return builder.sign(serialization.Encoding.DER, _OPTIONS)


def new_authority(name: str = "Lab") -> Authority:
    """A new root and a signer for bundles, with names that say what they are."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(name, f"{name} THROW-AWAY CA")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = _certificate(root_name, root_key.public_key(), True, usage, None)
    root_certificate = root.issuer_name(root_name).sign(root_key, hashes.SHA256())
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    leaf = _certificate(_name(name, f"{name} THROW-AWAY signer"), key.public_key(), False, usage, root_key.public_key())
    # OpenSSL's default purpose for CMS wants emailProtection; release signers carry codeSigning.
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CODE_SIGNING])
    leaf = leaf.add_extension(purposes, critical=False)
    return Authority(root_certificate, leaf.issuer_name(root_name).sign(root_key, hashes.SHA256()), key)


def _name(organization: str, common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    ca: bool,
    usage: x509.KeyUsage,
    issuer_key: ec.EllipticCurvePublicKey | None,
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_BEGIN + _LIFE)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if issuer_key is None:
        return builder
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)


def authority_to_json(authority: Authority) -> dict[str, str]:
    """For the state folder of a lab only."""
    return {
        "root": authority.pem.decode(),
        "signer": authority.signer_pem.decode(),
        "key": authority.signer_key_pem.decode(),
    }


def authority_from_json(kept: dict[str, str]) -> Authority:
    key = serialization.load_pem_private_key(kept["key"].encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("a lab's signer has a P-256 key")
    return Authority(
        x509.load_pem_x509_certificate(kept["root"].encode()),
        x509.load_pem_x509_certificate(kept["signer"].encode()),
        key,
    )


def verify_detached(signature: bytes, digest_of: Callable[[str], bytes], roots: list[x509.Certificate]) -> None:
    """BadSignature unless one signer, certified directly by one of `roots`, signed that content.

    `digest_of("sha256")` gives the digest of the content.
    """
    try:
        _verify(signature, digest_of, roots)
    except _MALFORMED as error:
        raise BadSignature(f"error:068000A8:asn1 encoding routines::wrong tag ({type(error).__name__})") from error
    except InvalidSignature as error:
        raise BadSignature("error:1700009E:CMS routines::verification failure") from error


def _verify(signature: bytes, digest_of: Callable[[str], bytes], roots: list[x509.Certificate]) -> None:
    signer, digest, attributes, value, certificates = _parse(signature)
    leaf = next((one for one in certificates if (one.issuer.public_bytes(), one.serial_number) == signer), None)
    if leaf is None:
        raise BadSignature("error:1700008A:CMS routines::signer certificate not found")
    if not any(_issued(leaf, root) for root in roots):
        raise BadSignature("Verify error: unable to get local issuer certificate")
    if _attribute(attributes, _MESSAGE_DIGEST) != digest_of(digest.name):
        raise InvalidSignature
    _check(leaf, value, attributes, digest)


def _issued(leaf: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check(leaf: x509.Certificate, value: bytes, attributes: bytes, digest: hashes.HashAlgorithm) -> None:
    key = leaf.public_key()
    signed = b"\x31" + attributes[1:]  # signed as a SET, carried as [0]
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(value, signed, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(value, signed, padding.PKCS1v15(), digest)
    else:
        raise BadSignature("error:17000096:CMS routines::unsupported key type")


def file_digest(file: BinaryIO, length: int, name: str) -> bytes:
    """Digest of the first `length` bytes of `file`."""
    file.seek(0)
    digest = hashlib.new(name)
    while length > 0 and (block := file.read(min(length, 1 << 20))):
        digest.update(block)
        length -= len(block)
    return digest.digest()


# ---- just enough DER (X.690) ---------------------------------------------------------------------------------------

_Signer = tuple[tuple[bytes, int], hashes.HashAlgorithm, bytes, bytes, list[x509.Certificate]]


def _parse(signature: bytes) -> _Signer:
    content_type, explicit = _children(signature)[:2]
    if content_type != _SIGNED_DATA:
        raise ValueError("not signed data")
    parts = _children(_children(explicit)[0])
    certificates = [x509.load_der_x509_certificate(one) for part in parts if part[0] == 0xA0 for one in _children(part)]
    info = _children(_children(parts[-1])[0])
    issuer, serial = _children(info[1])
    digest = _DIGESTS[_children(info[2])[0]]
    attributes = info[3]
    if attributes[0] != 0xA0:
        raise ValueError("no signed attributes")
    who = issuer, int.from_bytes(_content(serial), "big", signed=True)
    return who, digest, attributes, _content(info[5]), certificates


def _attribute(attributes: bytes, oid: bytes) -> bytes:
    for attribute in _children(attributes):
        name, values = _children(attribute)
        if name == oid:
            return _content(_children(values)[0])
    raise BadSignature("error:17000072:CMS routines::messagedigest attribute missing")


def _span(der: bytes, at: int) -> tuple[int, int]:
    """Begin and end of the content of the element at `at`."""
    length, begin = der[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, begin = int.from_bytes(der[begin : begin + size], "big"), begin + size
    if begin + length > len(der):
        raise ValueError("an element ends after the data")
    return begin, begin + length


def _content(der: bytes) -> bytes:
    begin, end = _span(der, 0)
    return der[begin:end]


def _children(der: bytes) -> list[bytes]:
    at, end = _span(der, 0)
    found = []
    while at < end:
        _, after = _span(der, at)
        found.append(der[at:after])
        at = after
    return found
