"""MCUboot images as `imgtool` makes them: header, payload, and a list of facts with hash and signature.

The payload of a lab image tells in its first line, in JSON, how it behaves; the rest is filling.
"""

import json
import random
import re
import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.lab.cms import Authority

MAGIC, LIST_MAGIC, PROTECTED_MAGIC = 0x96F3B83D, 0x6907, 0x6908
HEADER_SIZE = 0x200
_HEAD = struct.Struct("<IIHHIIBBHI4x")
_FACT = struct.Struct("<HH")
_KEY_HASH, _SHA256, _ED25519, _SECURITY_COUNTER = 0x01, 0x10, 0x24, 0x50


@dataclass(frozen=True, slots=True)
class McubootImage:
    path: Path
    version: str  # "1.2.3+4"
    length: int
    sha256: str  # of the file
    payload_hash: str  # as the device reports it


@dataclass(frozen=True, slots=True)
class Firmware:
    """What a bootloader reads off a slot."""

    version: str  # "1.2.3.4", as devices write it
    hash: bytes
    whole: bool  # the payload is what the hash says
    signed: bool
    boots: bool = True
    sick: str = ""


def make_image(
    path: Path, version: str, key: Ed25519PrivateKey, size: int = 20_000, boots: bool = True, sick: str = ""
) -> McubootImage:
    """A signed image with `size` bytes of payload."""
    whole = image_content(version, key, size, boots, sick)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole)
    found = read_image(whole, key.public_key())
    assert found is not None
    return McubootImage(path, version, len(whole), sha256(whole).hexdigest(), found.hash.hex())


def image_content(version: str, key: Ed25519PrivateKey, size: int, boots: bool = True, sick: str = "") -> bytes:
    """The same for the same, always: what a charger left the factory with is what a release of that version is."""
    told = json.dumps({"boots": boots, "sick": sick}).encode() + b"\n"
    payload = told + random.Random(f"{version} {size} {boots} {sick}").randbytes(max(0, size - len(told)))
    return image_of(payload, version, key)


def is_version(text: str) -> bool:
    """As `imgtool --version` takes it, all three numbers."""
    return re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,5}(\+[0-9]{1,9})?", text) is not None


def maker_key(authority: Authority) -> Ed25519PrivateKey:
    """The key of a lab that its microcontrollers trust: from the one secret that a lab has."""
    secret = authority.signer_key.private_numbers().private_value.to_bytes(32, "big")
    return Ed25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, None, b"MCUboot key of a lab").derive(secret))


def maker_pem(authority: Authority) -> str:
    """The public part."""
    return maker_key(authority).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def image_of(payload: bytes, version: str, key: Ed25519PrivateKey | None = None) -> bytes:
    """Header, payload and list of facts. Without a key it is not signed, for bootloaders that do not ask for it."""
    numbers, _, build = version.partition("+")
    major, minor, revision = (int(part) for part in numbers.split("."))
    protected = b""
    if key is not None:
        protected = _FACT.pack(_SECURITY_COUNTER, 4) + struct.pack("<I", 0)
        protected = _FACT.pack(PROTECTED_MAGIC, len(protected) + 4) + protected
    version_words = (major, minor, revision, int(build or 0))
    head = _HEAD.pack(MAGIC, 0, HEADER_SIZE, len(protected), len(payload), 0, *version_words)
    content = head.ljust(HEADER_SIZE, b"\0") + payload + protected
    digest = sha256(content).digest()
    facts = [(_SHA256, digest)]
    if key is not None:
        facts += [(_KEY_HASH, sha256(_public(key.public_key())).digest()), (_ED25519, key.sign(digest))]
    listed = b"".join(_FACT.pack(kind, len(value)) + value for kind, value in facts)
    return content + _FACT.pack(LIST_MAGIC, len(listed) + 4) + listed


def read_image(content: bytes, trusted: Ed25519PublicKey) -> Firmware | None:
    """What is in a slot; None when it holds no image with its list of facts."""
    if len(content) < _HEAD.size:
        return None
    magic, _, head, protected, size, _, major, minor, revision, build = _HEAD.unpack_from(content)
    at = head + size + protected
    if magic != MAGIC or len(content) < at + 4:
        return None
    facts = _facts(content[at:])
    digest = facts.get(_SHA256)
    if digest is None:
        return None
    version = f"{major}.{minor}.{revision}" + (f".{build}" if build else "")
    whole = sha256(content[:at]).digest() == digest
    signed = facts.get(_KEY_HASH) == sha256(_public(trusted)).digest() and _signed(trusted, facts.get(_ED25519), digest)
    told = _told(content[head : head + size]) if whole else {}
    return Firmware(version, digest, whole, signed, bool(told.get("boots", True)), str(told.get("sick", "")))


def _facts(data: bytes) -> dict[int, bytes]:
    magic, total = _FACT.unpack_from(data)
    if magic != LIST_MAGIC or total > len(data):
        return {}
    found, at = {}, 4
    while at + 4 <= total:
        kind, length = _FACT.unpack_from(data, at)
        found[kind] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _signed(trusted: Ed25519PublicKey, signature: bytes | None, digest: bytes) -> bool:
    try:
        trusted.verify(signature or b"", digest)
    except InvalidSignature:
        return False
    return True


def _told(payload: bytes) -> dict[str, object]:
    """Images of others say nothing: they start and are well."""
    try:
        told = json.loads(payload.partition(b"\n")[0])
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _public(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
