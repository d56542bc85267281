"""Signing keys: in files that are encrypted with a passphrase, or on a PKCS#11 token.

A plaintext key is neither written nor read. A key on a token never leaves it.
"""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, Key, Signer, SSlibKey

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.files import replace_file

SHORTEST = 12  # characters of a passphrase
LARGEST = 20_000  # bytes of a key file
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PUBLIC = b"-----BEGIN PUBLIC KEY-----"


def new_key(file: Path, passphrase: str) -> Signer:
    """Make an Ed25519 key in a new encrypted PKCS#8 file that only its owner may read.

    UsageError: PUBLISH_KEY_EXISTS, PUBLISH_PASSPHRASE_WEAK.
    """
    if len(passphrase) < SHORTEST:
        raise UsageError(Text.PUBLISH_PASSPHRASE_WEAK, length=SHORTEST)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(Text.PUBLISH_KEY_EXISTS, file=str(file)) from None
    with os.fdopen(descriptor, "wb") as content:
        content.write(pem)
        content.flush()
        os.fsync(content.fileno())
    return CryptoSigner(key)


def load_key(file: Path, passphrase: str) -> Signer:
    """Open an encrypted PKCS#8 key: Ed25519, ECDSA or RSA. UsageError(PUBLISH_KEY_BAD), also for a plaintext key."""
    pem = _read(file)
    if _ENCRYPTED not in pem:
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail="it is not an encrypted PKCS#8 key")
    try:
        return CryptoSigner(load_pem_private_key(pem, passphrase.encode()))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library's words do not tell a wrong passphrase from a damaged file; nor do we quote them.
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail="wrong passphrase or damaged") from error


def load_public_key(file: Path) -> Key | None:
    """The public key in a PEM file; None when the file holds something else. UsageError(PUBLISH_KEY_BAD)."""
    pem = _read(file)
    if _PUBLIC not in pem:
        return None
    try:
        return SSlibKey.from_crypto(load_pem_public_key(pem))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail="it is no usable public key") from error


def write_public_key(key: Key, file: Path) -> None:
    """What others need to name this key in their part of a repository."""
    public: str = key.keyval["public"]
    if key.keytype == "ed25519":
        raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        public = raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    replace_file(file, public.encode())


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(LARGEST)
    except OSError as error:
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail=error.strerror or str(error)) from error
