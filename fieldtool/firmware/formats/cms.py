"""CMS signatures (RFC 5652) as RAUC and SWUpdate make them, read strictly: whatever may vary unseen is refused.

One signer; DER that encodes back to the same bytes; no unsigned attributes; content-type and message-digest among the
signed ones; every certificate on the way from the signer to an anchor. No time of this laptop counts: certificates are
judged at the time at which the signed catalogue says that the release was published.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import UNRESTRICTED, Anchors
from fieldtool.firmware.formats.errors import FormatError, need

LARGEST = 256 << 10  # bytes of a signature with its certificates and, in RAUC, the manifest
DEEPEST = 4  # certificates between a signer's and an anchor
SMALLEST_RSA = 2048  # bits

Oid = x509.ObjectIdentifier
DigestOf = Callable[[str], bytes]
"""Gives the digest of the signed content by its name, "sha256"."""

_DATA, _SIGNED_DATA, _ENVELOPED_DATA = (f"1.2.840.113549.1.7.{last}" for last in (1, 2, 3))
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_MGF1, _RSA, _RSA_PSS = "1.2.840.113549.1.1.8", "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"
_HASHES = {f"2.16.840.1.101.3.4.2.{last}": hash for last, hash in (
    (1, hashes.SHA256()), (2, hashes.SHA384()), (3, hashes.SHA512()),
)}  # fmt: skip
_RSA_WITH = {"sha256": "1.2.840.113549.1.1.11", "sha384": "1.2.840.113549.1.1.12", "sha512": "1.2.840.113549.1.1.13"}
_ECDSA_WITH = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
_PURPOSES = {
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
}


# ---- RFC 5652 as far as we take it ----------------------------------------------------------------------------------


@asn1.sequence
class _DigestAlgorithm:
    algorithm: Oid
    parameters: asn1.Null | None


@asn1.sequence
class _MaskAlgorithm:
    algorithm: Oid
    parameters: _DigestAlgorithm


@asn1.sequence
class _PssParameters:  # RFC 4055; the last field is always its default
    digest: Annotated[_DigestAlgorithm, asn1.Explicit(0)]
    mask: Annotated[_MaskAlgorithm, asn1.Explicit(1)]
    salt: Annotated[int, asn1.Explicit(2)]


@asn1.sequence
class _SignatureAlgorithm:
    algorithm: Oid
    parameters: asn1.Null | _PssParameters | None


@asn1.sequence
class _Attribute:
    type: Oid
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _SignerInfo:
    version: int
    certificate: _IssuerAndSerial
    digest_algorithm: _DigestAlgorithm
    attributes: Annotated[asn1.SetOf[_Attribute], asn1.Implicit(0)]
    signature_algorithm: _SignatureAlgorithm
    signature: bytes


@asn1.sequence
class _Content:
    type: Oid
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[_DigestAlgorithm]
    encapsulated: _Content
    certificates: Annotated[asn1.SetOf[x509.Certificate], asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    type: Oid
    content: Annotated[_SignedData, asn1.Explicit(0)]


@asn1.sequence
class _Outer:
    type: Oid
    content: asn1.TLV


# ---- what it says ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, after everything held."""

    name: str  # subject of the certificate, "CN=Release 1,O=Maker"
    key_id: str  # hex SHA-256 of the key's SubjectPublicKeyInfo
    until: datetime | None = None  # when the first certificate on the way to the anchor ends; None: bare key


@dataclass(frozen=True, slots=True)
class Signature:
    """A well-formed signature that nobody has checked yet. `content`: what it carries along; None: it is detached."""

    content: bytes | None
    _info: _SignerInfo
    _certificates: tuple[x509.Certificate, ...]

    def verify(self, digest_of: DigestOf, anchors: Anchors, at: datetime) -> Signer:
        """Who signed the content whose digest `digest_of` gives, trusted through `anchors` at time `at`.

        FormatError: NATIVE_KEY_UNKNOWN, NATIVE_EXPIRED, NATIVE_PURPOSE, NATIVE_SIGNATURE_BAD, NATIVE_DAMAGED.
        """
        leaf = self._signer()
        path = _path(leaf, [one for one in self._certificates if one is not leaf], anchors, at)
        bound = (*path, *anchors.certificates)
        need(all(one in bound for one in self._certificates), "it carries a certificate that nothing needs")
        digest = _HASHES[self._info.digest_algorithm.algorithm.dotted_string]
        _check_signature(self._info, leaf, digest)
        if _attributes(self._info)[_MESSAGE_DIGEST] != digest_of(digest.name):  # last: it reads the whole file
            raise FormatError(Text.NATIVE_SIGNATURE_BAD, signer=_name(leaf))
        return Signer(_name(leaf), key_id(leaf), min(one.not_valid_after_utc for one in path))

    def verify_carried(self, anchors: Anchors, at: datetime) -> Signer:
        """`verify` for a signature that carries its content along."""
        content = self.content or b""
        return self.verify(lambda name: hashlib.new(name, content).digest(), anchors, at)

    def _signer(self) -> x509.Certificate:
        named = self._info.certificate
        issuer = asn1.encode_der(named.issuer)
        meant = [one for one in self._certificates if one.serial_number == named.serial and _issuer(one) == issuer]
        need(len(meant) == 1, "the certificate of its signer is missing")
        return meant[0]


def parse_signature(der: bytes) -> Signature:
    """Read a signature strictly. FormatError: NATIVE_DAMAGED, NATIVE_UNSIGNED."""
    need(0 < len(der) <= LARGEST, "its signature is empty or too large")
    info = _decoded(der)
    signed = info.content
    need((info.type.dotted_string, signed.version) == (_SIGNED_DATA, 1), "its signature has another version")
    need(signed.encapsulated.type.dotted_string == _DATA, "its signature is over something else than data")
    signers, certificates = signed.signers.as_list(), signed.certificates.as_list()
    if not signers:
        raise FormatError(Text.NATIVE_UNSIGNED)
    need(len(signers) == 1 and signers[0].version == 1, "it has more than one signer")
    algorithms = signed.digest_algorithms.as_list()
    need(len(algorithms) == 1, "its signature names more than one digest")
    same = asn1.encode_der(algorithms[0]) == asn1.encode_der(signers[0].digest_algorithm)
    need(same and algorithms[0].algorithm.dotted_string in _HASHES, "its signature uses a weak or unclear digest")
    need({_CONTENT_TYPE, _MESSAGE_DIGEST} <= _attributes(signers[0]).keys(), "its signature lacks an attribute")
    need(_is_data(signers[0]), "its signature is over something else than data")
    for one in certificates:
        # The count of unused bits stands outside of what an issuer signs; other values than 0 would verify, too.
        need(one.public_bytes(Encoding.DER).endswith(b"\0" + one.signature), "a certificate has an odd signature")
        need(one.serial_number > 0, "a certificate has no positive serial number")
    return Signature(signed.encapsulated.content, signers[0], tuple(certificates))


def is_encrypted(der: bytes) -> bool:
    """Whether this is an encrypted message (RFC 5652 enveloped-data) instead of a signature, whole and nothing else."""
    try:
        outer = asn1.decode_der(_Outer, der)
    except ValueError:
        return False
    return outer.type.dotted_string == _ENVELOPED_DATA and asn1.encode_der(outer) == der


def key_id(certificate: x509.Certificate) -> str:
    """Hex SHA-256 of the key's SubjectPublicKeyInfo, as `rauc info` shows it."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _decoded(der: bytes) -> _ContentInfo:
    try:
        info = asn1.decode_der(_ContentInfo, der)
    except ValueError as error:
        raise FormatError(Text.NATIVE_DAMAGED, detail="its signature cannot be read") from error
    need(asn1.encode_der(info) == der, "its signature is written in an odd way")
    return info


def _attributes(info: _SignerInfo) -> dict[str, bytes]:
    """Type -> content of its one value."""
    found: dict[str, bytes] = {}
    for one in info.attributes.as_list():
        values, name = one.values.as_list(), one.type.dotted_string
        need(name not in found and len(values) == 1, "its signature has an attribute twice")
        found[name] = bytes(values[0].data)
    return found


def _is_data(info: _SignerInfo) -> bool:
    types = [one for one in info.attributes.as_list() if one.type.dotted_string == _CONTENT_TYPE]
    kind: Oid = types[0].values.as_list()[0].parse(Oid)
    return kind.dotted_string == _DATA


def _issuer(certificate: x509.Certificate) -> bytes:
    return certificate.issuer.public_bytes()


def _name(certificate: x509.Certificate) -> str:
    plain = "".join(char if char.isprintable() else "?" for char in certificate.subject.rfc4514_string())
    return plain[:200]


# ---- from the signer to an anchor -----------------------------------------------------------------------------------


def _path(
    leaf: x509.Certificate, others: list[x509.Certificate], anchors: Anchors, at: datetime
) -> list[x509.Certificate]:
    """The certificates from the signer's to an anchor's, both included."""
    pinned = key_id(leaf) in anchors.signers
    if anchors.signers and not pinned:
        raise FormatError(Text.NATIVE_KEY_UNKNOWN, signer=_name(leaf))
    _check_times((leaf, *others), at)
    _check_purpose(leaf, anchors)
    if leaf in anchors.certificates:
        return [leaf]
    try:
        return _verified(leaf, others, anchors, at)
    except VerificationError as error:
        issuer = next((one for one in anchors.certificates if _issued(one, leaf)), None)
        if issuer is None:
            raise FormatError(Text.NATIVE_KEY_UNKNOWN, signer=_name(leaf)) from error
        _check_times([issuer], at)
        if not pinned:
            # x509.verification takes neither brainpool nor Ed25519, and refuses odd certificates. For such makers the
            # anchors name the key itself.
            raise FormatError(Text.NATIVE_KEY_UNKNOWN, signer=_name(leaf)) from error
        return [leaf, issuer]


def _verified(
    leaf: x509.Certificate, others: list[x509.Certificate], anchors: Anchors, at: datetime
) -> list[x509.Certificate]:
    # Not the rules for web sites: RAUC's and SWUpdate's authorities are made by openssl, often with little in them.
    authorities = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_certify)
    )
    signers = ExtensionPolicy.permit_all().may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
    builder = PolicyBuilder().store(Store(list(anchors.certificates))).time(at).max_chain_depth(DEEPEST)
    builder = builder.extension_policies(ca_policy=authorities, ee_policy=signers)
    return builder.build_client_verifier().verify(leaf, others).chain


def _may_certify(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("may not certify")


def _may_sign(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.digital_signature:
        raise ValueError("may not sign")


def _issued(issuer: x509.Certificate, leaf: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check_times(certificates: Iterable[x509.Certificate], at: datetime) -> None:
    for one in certificates:
        begins, until = one.not_valid_before_utc, one.not_valid_after_utc
        if not begins <= at <= until:
            spans = {"begins": f"{begins:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}", "published": f"{at:%Y-%m-%d}"}
            raise FormatError(Text.NATIVE_EXPIRED, signer=_name(one), **spans)


def _check_purpose(leaf: x509.Certificate, anchors: Anchors) -> None:
    """A certificate made for something else, a web server say, signs no firmware."""
    try:
        allowed = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        allowed = {ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    for purpose in sorted(anchors.purposes):
        wanted = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE if purpose == UNRESTRICTED else _PURPOSES[purpose]
        if wanted not in allowed:
            raise FormatError(Text.NATIVE_PURPOSE, signer=_name(leaf), purpose=purpose)


# ---- the signature itself -------------------------------------------------------------------------------------------


def _check_signature(info: _SignerInfo, leaf: x509.Certificate, digest: hashes.HashAlgorithm) -> None:
    key, signed = leaf.public_key(), asn1.encode_der(info.attributes)  # signed as a SET, carried as [0]
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            need(_is_ecdsa(info.signature_algorithm, digest), "its signature names another algorithm than its key's")
            key.verify(info.signature, signed, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
            key.verify(info.signature, signed, _rsa_padding(info.signature_algorithm, digest), digest)
        else:
            raise FormatError(Text.NATIVE_KEY_UNKNOWN, signer=_name(leaf))
    except InvalidSignature as error:
        raise FormatError(Text.NATIVE_SIGNATURE_BAD, signer=_name(leaf)) from error


def _is_ecdsa(algorithm: _SignatureAlgorithm, digest: hashes.HashAlgorithm) -> bool:
    return algorithm.parameters is None and algorithm.algorithm.dotted_string == _ECDSA_WITH[digest.name]


def _rsa_padding(algorithm: _SignatureAlgorithm, digest: hashes.HashAlgorithm) -> padding.PKCS1v15 | padding.PSS:
    name, parameters = algorithm.algorithm.dotted_string, algorithm.parameters
    if name == _RSA_PSS and isinstance(parameters, _PssParameters):
        masked = parameters.mask
        used = [_HASHES.get(one.algorithm.dotted_string) for one in (parameters.digest, masked.parameters)]
        same = all(one is digest for one in used) and masked.algorithm.dotted_string == _MGF1
        need(same and parameters.salt >= digest.digest_size, "its signature has odd parameters")
        return padding.PSS(padding.MGF1(digest), parameters.salt)
    need(name in (_RSA, _RSA_WITH[digest.name]), "its signature names another algorithm than its key's")
    need(not isinstance(parameters, _PssParameters), "its signature has odd parameters")
    return padding.PKCS1v15()
