"""Firmware as the virtual U-Boot starts it: it begins like a FIT, names its version, and is signed.

A stand-in: the real FIT with its RSA signature is what tests/peers/test_uboot.py boots. What follows from a good, a
damaged and an unsigned one is the same, and so are the words.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAGIC = b"\xd0\x0d\xfe\xed"
_SIGNATURE = 64
_HASH = 32


@dataclass(frozen=True, slots=True)
class Firmware:
    version: str
    speaks: bool = True  # says its name on the console
    resets: bool = False  # restarts as soon as it runs


class NotStarted(Exception):
    """In U-Boot's words."""


def image_of(firmware: Firmware, key: Ed25519PrivateKey | None, filler: bytes = b"") -> bytes:
    """`key` None: unsigned."""
    facts = json.dumps({"version": firmware.version, "speaks": firmware.speaks, "resets": firmware.resets}).encode()
    body = len(facts).to_bytes(4, "big") + facts + filler
    length = len(MAGIC) + 4 + len(body) + _HASH + _SIGNATURE
    content = MAGIC + length.to_bytes(4, "big") + body
    content += sha256(content).digest()
    return content + (key.sign(content) if key is not None else bytes(_SIGNATURE))


def start(memory: bytes, trusted: Ed25519PublicKey) -> Firmware:
    """What begins at `memory`. NotStarted."""
    length = int.from_bytes(memory[4:8], "big")
    if memory[:4] != MAGIC or not 8 + _HASH + _SIGNATURE < length <= len(memory):
        raise NotStarted("Wrong Image Format for bootm command\nERROR: can't get kernel image!")
    content, signature = memory[: length - _SIGNATURE], memory[length - _SIGNATURE : length]
    if sha256(content[:-_HASH]).digest() != content[-_HASH:]:
        raise NotStarted("   Verifying Hash Integrity ... sha256 error!\nBad Data Hash\nERROR: can't get kernel image!")
    try:
        trusted.verify(signature, content)
    except InvalidSignature as error:
        words = "Failed to verify required signature 'key-maker'\nBad Data Hash\nERROR: can't get kernel image!"
        raise NotStarted(words) from error
    size = int.from_bytes(content[8:12], "big")
    return Firmware(**json.loads(content[12 : 12 + size]))
