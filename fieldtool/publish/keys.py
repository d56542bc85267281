"""Signing keys in files that are encrypted with a passphrase. A plaintext key is neither written nor read."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Signer

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

SHORTEST = 12  # characters of a passphrase
LARGEST = 20_000  # bytes of a key file
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


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
    try:
        with file.open("rb") as content:
            pem = content.read(LARGEST)
    except OSError as error:
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail=error.strerror or str(error)) from error
    if _ENCRYPTED not in pem:
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail="it is not an encrypted PKCS#8 key")
    try:
        return CryptoSigner(load_pem_private_key(pem, passphrase.encode()))
    except (ValueError, TypeError) as error:
        # The library's words do not tell a wrong passphrase from a damaged file; nor do we quote them.
        raise UsageError(Text.PUBLISH_KEY_BAD, file=str(file), detail="wrong passphrase or damaged") from error
