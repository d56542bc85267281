"""The laptop's signing key: ECDSA on P-256, in the keystore or on a token, made on first use.

The keystore holds the first key under one name, and every later one (see audit.rollover) under its own: nothing is ever
overwritten. A key on a token stands there as its address; the secret is on the token, the PIN nowhere.
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from sqlalchemy import Connection

from fieldtool.core.errors import AuditError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.keystore import Keystore
from fieldtool.store.p256 import encoded, has_small_s

if TYPE_CHECKING:
    from fieldtool.store.token import TokenSigner

NAME = "audit-key"  # in the keystore: the first key; later ones have their id behind it
_TOKEN = "pkcs11:"
_SCHEME = ec.ECDSA(hashes.SHA256())


class LaptopSigner(Protocol):
    """The laptop's key, wherever it is."""

    public: "PublicKey"

    @property
    def key_id(self) -> str: ...
    @property
    def place(self) -> str:
        """ "keystore", or the address of a key on a token."""
        ...

    def sign(self, data: bytes) -> bytes: ...


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
            return cls._checked(load_pem_public_key(pem.encode()))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise AuditError(Text.AUDIT_KEY_BAD) from error

    @classmethod
    def from_spki(cls, text: str) -> "PublicKey":
        """From SubjectPublicKeyInfo in base64, in its one spelling. AuditError(AUDIT_KEY_BAD)."""
        try:
            key = cls._checked(load_der_public_key(b64decode(text, validate=True)))
        except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
            raise AuditError(Text.AUDIT_KEY_BAD) from error
        if key.spki != text:
            raise AuditError(Text.AUDIT_KEY_BAD)
        return key

    @classmethod
    def _checked(cls, key: object) -> "PublicKey":
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise AuditError(Text.AUDIT_KEY_BAD)
        return cls(key)

    @property
    def pem(self) -> str:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def spki(self) -> str:
        """SubjectPublicKeyInfo in base64, as an introduction holds it."""
        return b64encode(self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def fits(self, signature: bytes, data: bytes) -> bool:
        """Of the two signatures that fit mathematically only the one with the smaller s counts.

        The other can be made from it without the key, and would be a second envelope of the same record.
        """
        try:
            self._key.verify(signature, data, _SCHEME)
            return has_small_s(signature)
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
    def place(self) -> str:
        return "keystore"

    @property
    def pem(self) -> str:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def key_id(self) -> str:
        return self.public.key_id

    def sign(self, data: bytes) -> bytes:
        return encoded(*decode_dss_signature(self._key.sign(data, _SCHEME)))

    def __repr__(self) -> str:
        return f"PrivateKey({self.key_id})"


def nobody(token: str) -> str:
    """Nobody is there who could be asked for a PIN."""
    raise UsageError(Text.TOKEN_PIN_NEEDED, token=token)


class TokenKey:
    """Signs for one laptop with a key on a token. `unlock` it before a unit of work: it may ask a person."""

    def __init__(self, uri: str, public: PublicKey, keys: "LaptopKey") -> None:
        self._uri = uri
        self._keys = keys
        self._signer: TokenSigner | None = None
        self._unlocking = Lock()
        self.public = public

    @property
    def key_id(self) -> str:
        return self.public.key_id

    @property
    def place(self) -> str:
        return self._uri

    def unlock(self) -> None:
        """Log in, if need be. UsageError(TOKEN_...), AuditError(AUDIT_KEY_OTHER): another key stands at the address."""
        with self._unlocking:
            if self._signer is None:
                self.use(open_token(self._uri, self._keys.ask_pin))

    def use(self, signer: "TokenSigner") -> None:
        found = public_of(signer)
        if found.key_id != self.key_id:
            signer.close()
            raise AuditError(Text.AUDIT_KEY_OTHER, expected=self.key_id[:16], found=found.key_id[:16])
        self._signer = signer

    def sign(self, data: bytes) -> bytes:
        """UsageError: TOKEN_LOCKED (unlock it first), TOKEN_REMOVED, TOKEN_FAILED."""
        signer = self._signer
        if signer is None:
            raise UsageError(Text.TOKEN_LOCKED)
        try:
            return signer.sign_bytes(data)
        except UsageError as error:
            if error.text is Text.TOKEN_REMOVED:
                self._signer = None
            raise

    def close(self) -> None:
        """Log out. The PIN is asked for again."""
        if self._signer is not None:
            self._signer.close()
            self._signer = None


def open_token(uri: str, ask_pin: Callable[[str], str], *, make: bool = False) -> "TokenSigner":
    """The key at `uri`, logged in; made there first when `make`. UsageError(TOKEN_...)."""
    from fieldtool.store.token import TokenSigner
    from fieldtool.store.tokenuri import parse_uri

    wanted = parse_uri(uri)  # before anybody types a PIN
    pin = ask_pin(wanted.token or wanted.serial or str(wanted))
    return (TokenSigner.make if make else TokenSigner.open)(uri, pin)


def public_of(signer: "TokenSigner") -> PublicKey:
    """AuditError(AUDIT_KEY_BAD) for a key that is not P-256: others cannot sign records."""
    key = signer.crypto_key
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise AuditError(Text.AUDIT_KEY_BAD)
    return PublicKey(key)


class LaptopKey:
    """The keys of this data folder. The keystore is asked when a key is first needed, and once."""

    def __init__(self, keystore: Keystore, ask_pin: Callable[[str], str] = nobody) -> None:
        self._keystore = keystore
        self._known: dict[str, PrivateKey | TokenKey] = {}  # by key id
        self.ask_pin = ask_pin  # given the token's name; the window sets its own

    @property
    def throw_away(self) -> bool:
        return self._keystore.throw_away

    @property
    def keystore(self) -> Keystore:
        return self._keystore

    def get(self, public: PublicKey | None = None) -> "PrivateKey | TokenKey | None":
        """The key that belongs to `public`, else the first one. None: it is not there.

        UsageError when there is no keystore. AuditError(AUDIT_KEY_OTHER): the keystore has another first key.
        """
        if public is not None and public.key_id in self._known:
            return self._known[public.key_id]
        later = None if public is None else self._keystore.get(_name(public.key_id))
        secret = later or self._keystore.get(NAME)
        if secret is None:
            return None
        key = self._opened(secret, public)
        if public is not None and key.key_id != public.key_id:
            raise AuditError(Text.AUDIT_KEY_OTHER, expected=public.key_id[:16], found=key.key_id[:16])
        self._known[key.key_id] = key
        return key

    def _opened(self, secret: str, public: PublicKey | None) -> "PrivateKey | TokenKey":
        if not secret.startswith(_TOKEN):
            return PrivateKey.from_pem(secret)
        if public is None:
            raise AuditError(Text.AUDIT_KEY_BAD)
        return TokenKey(secret, public, self)

    def make(self, unit: Connection) -> "PrivateKey | TokenKey":
        """The first key, made if need be. Inside a unit of work only: its lock keeps two processes from making two."""
        if not unit.in_transaction():
            raise ValueError("a key is made inside a unit of work")
        if (found := self.get()) is not None:
            return found
        self._put(NAME, PrivateKey.new().pem)
        made = self.get()
        if made is None:
            raise UsageError(Text.KEYSTORE_FAILED, detail="it does not keep what is put in")
        return made

    def keep(self, key: "PrivateKey | TokenKey") -> None:
        """Put a further key in beside the others. It counts only when the log says so, see AuditLog.roll."""
        self._put(_name(key.key_id), key.pem if isinstance(key, PrivateKey) else key.place)
        self._known[key.key_id] = key

    def _put(self, name: str, secret: str) -> None:
        self._keystore.put(name, secret)
        if self._keystore.get(name) != secret:
            raise UsageError(Text.KEYSTORE_FAILED, detail="it does not keep what is put in")

    def forget(self, former: str, *, first: bool) -> None:
        """Remove a key that has ended. Safe to repeat."""
        self._keystore.remove(NAME if first else _name(former))
        key = self._known.pop(former, None)
        if isinstance(key, TokenKey):
            key.close()

    def close(self) -> None:
        """Log out of tokens. The keys open again by themselves."""
        for key in self._known.values():
            if isinstance(key, TokenKey):
                key.close()


def _name(key_id: str) -> str:
    return f"{NAME}:{key_id}"
