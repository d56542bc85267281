"""The laptop's signing key: ECDSA on P-256, in the keystore, made on first use."""

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from sqlalchemy import Connection

from fieldtool.core.errors import AuditError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.keystore import Keystore

NAME = "audit-key"  # in the keystore
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256, SEC 2 section 2.4.2
_SCHEME = ec.ECDSA(hashes.SHA256())


class PublicKey:
    """A laptop's public key: checks signatures, and names itself by the SHA-256 of its SubjectPublicKeyInfo."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(spki).hexdigest()

    @classmethod
    def from_pem(cls, pem: str) -> "PublicKey":
        """AuditError(AUDIT_KEY_BAD) when this is no P-256 public key."""
        try:
            key = load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise AuditError(Text.AUDIT_KEY_BAD) from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise AuditError(Text.AUDIT_KEY_BAD)
        return cls(key)

    @property
    def pem(self) -> str:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def fits(self, signature: bytes, data: bytes) -> bool:
        """Of the two signatures that fit mathematically only the one with the smaller s counts.

        The other can be made from it without the key, and would be a second envelope of the same record.
        """
        try:
            self._key.verify(signature, data, _SCHEME)
            return decode_dss_signature(signature)[1] <= _ORDER // 2
        except (InvalidSignature, ValueError):
            return False


class PrivateKey:
    """Signs for one laptop. The secret itself leaves this object only as `pem`, for the keystore."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    @classmethod
    def new(cls) -> "PrivateKey":
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: str) -> "PrivateKey":
        try:
            key = load_pem_private_key(pem.encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise AuditError(Text.AUDIT_KEY_BAD) from None  # the cause may quote the secret
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuditError(Text.AUDIT_KEY_BAD)
        return cls(key)

    @property
    def pem(self) -> str:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def key_id(self) -> str:
        return self.public.key_id

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, _SCHEME))
        return encode_dss_signature(r, min(s, _ORDER - s))

    def __repr__(self) -> str:
        return f"PrivateKey({self.key_id})"


class LaptopKey:
    """The key of this data folder. The keystore is asked when it is first needed, and once."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._key: PrivateKey | None = None

    @property
    def throw_away(self) -> bool:
        return self._keystore.throw_away

    def get(self) -> PrivateKey | None:
        """None: not made yet. UsageError when there is no keystore."""
        if self._key is None and (pem := self._keystore.get(NAME)) is not None:
            self._key = PrivateKey.from_pem(pem)
        return self._key

    def make(self, unit: Connection) -> PrivateKey:
        """The key, made if need be. Inside a unit of work only: its lock keeps two processes from making two."""
        if not unit.in_transaction():
            raise ValueError("a key is made inside a unit of work")
        if (found := self.get()) is not None:
            return found
        self._keystore.put(NAME, PrivateKey.new().pem)
        made = self.get()
        if made is None:
            raise UsageError(Text.KEYSTORE_FAILED, detail="it does not keep what is put in")
        return made
