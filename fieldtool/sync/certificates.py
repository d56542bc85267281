"""The certificate that central gives to a laptop's key: what both ends say about it and check.

X.509 with P-256, one step long: central's authority signs the laptop's certificate. A laptop believes the authority
because the key that signs receipts, whose fingerprint a person typed, introduces it.
"""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.utils import Buffer
from cryptography.x509.oid import NameOID

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import Signer
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text

LAPTOP_URI = "urn:fieldtool:laptop:"  # alternative name in a certificate; behind it the id of the laptop
MAX_NAME = 64  # characters of a laptop's name, as X.520 bounds a common name
_CODE = 12  # letters of 5 bits: to find a second request with the same code takes 2**60 tries


@dataclass(frozen=True, slots=True)
class LaptopCertificate:
    """A certificate that central's authority signed."""

    id: str  # SHA-256 of its DER, hex: what signed requests name
    laptop: str  # id of the key that the laptop's log began with
    key: PublicKey  # that it is for
    since: datetime
    until: datetime

    @classmethod
    def opened(cls, pem: str, authority: x509.Certificate) -> "LaptopCertificate":
        """RefusedError(CERTIFICATE_BAD): the authority did not sign it, or it is not for a P-256 key."""
        found = certificate_of(pem)
        try:
            found.verify_directly_issued_by(authority)
            key = found.public_key()
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
            raise RefusedError(Text.CERTIFICATE_BAD) from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise RefusedError(Text.CERTIFICATE_BAD)
        return cls(
            id_of(found),
            uri.removeprefix(LAPTOP_URI),
            PublicKey(key),
            found.not_valid_before_utc,
            found.not_valid_after_utc,
        )


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request (PKCS#10) whose signature shows that who asks has the key."""

    id: str  # SHA-256 of its DER, hex
    name: str  # as the laptop calls itself, made harmless
    key: PublicKey

    @classmethod
    def opened(cls, der: bytes) -> "CertificateRequest":
        """RefusedError(ENROL_REQUEST_BAD)."""
        try:
            request = x509.load_der_x509_csr(der)
            valid, key = request.is_signature_valid, request.public_key()
            names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        except Exception as error:  # noqa: BLE001  # a stranger's DER; the library has many kinds of no
            raise RefusedError(Text.ENROL_REQUEST_BAD) from error
        p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
        if not valid or not p256 or len(names) != 1 or request.public_bytes(Encoding.DER) != der:
            raise RefusedError(Text.ENROL_REQUEST_BAD)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return cls(hashlib.sha256(der).hexdigest(), laptop_name(str(names[0].value)), PublicKey(key))

    @property
    def code(self) -> str:
        """What the technician reads out, and the approving person types: XXXX-XXXX-XXXX."""
        return code_of(self.id)


def request_for(signer: Signer, public: PublicKey, name: str) -> bytes:
    """The request of this key, DER. Errors as `signer.sign`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, laptop_name(name))])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(_Elsewhere(signer, public), hashes.SHA256()).public_bytes(Encoding.DER)


def code_of(request: str) -> str:
    letters = b32encode(bytes.fromhex(request)).decode()[:_CODE]
    return "-".join(letters[at : at + 4] for at in range(0, _CODE, 4))


def plain_code(typed: str) -> str:
    """A code as a person may write it: without dashes, in small letters."""
    letters = "".join(typed.split()).replace("-", "").upper()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def laptop_name(name: str) -> str:
    """One line of printable letters."""
    letters = "".join(letter if letter.isprintable() else " " for letter in name[: 4 * MAX_NAME])
    return " ".join(letters.split())[:MAX_NAME].strip() or "laptop"


def certificate_of(pem: str) -> x509.Certificate:
    """RefusedError(CERTIFICATE_BAD) when it is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except Exception as error:  # noqa: BLE001  # a stranger's DER; the library has many kinds of no
        raise RefusedError(Text.CERTIFICATE_BAD) from error


def id_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def introduction_of(authority: x509.Certificate) -> bytes:
    """What the key that signs receipts signs to introduce the authority."""
    return b"fieldtool authority v1\n" + authority.public_bytes(Encoding.DER)


def introduced(pem: str, signature: bytes, receipts: Ed25519PublicKey) -> x509.Certificate:
    """The authority, if the key that signs receipts introduces it. RefusedError(CERTIFICATE_BAD)."""
    authority = certificate_of(pem)
    try:
        receipts.verify(signature, introduction_of(authority))
    except InvalidSignature as error:
        raise RefusedError(Text.CERTIFICATE_BAD) from error
    return authority


def told_time(now: str, nonce: str) -> bytes:
    """What the key that signs receipts signs to tell a laptop the time, in answer to the request with this nonce."""
    return f"fieldtool time v1\n{now}\n{nonce}\n".encode()


class _Elsewhere(ec.EllipticCurvePrivateKey):
    """The laptop's key, wherever it is, as the builder of requests wants it: it may never leave its token."""

    def __init__(self, signer: Signer, public: PublicKey) -> None:
        self._signer = signer
        self._public = public

    def public_key(self) -> ec.EllipticCurvePublicKey:
        key = load_pem_public_key(self._public.pem.encode())
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        return self._signer.sign(bytes(data))

    @property
    def curve(self) -> ec.EllipticCurve:
        return ec.SECP256R1()

    @property
    def key_size(self) -> int:
        return self.curve.key_size

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        raise NotImplementedError("it only signs")

    def private_numbers(self) -> NoReturn:
        raise NotImplementedError("it only signs")

    def private_bytes(self, *_arguments: object) -> NoReturn:
        raise NotImplementedError("it only signs")

    def __copy__(self) -> "_Elsewhere":
        return self

    def __deepcopy__(self, memo: object) -> "_Elsewhere":
        return self
