"""Receipts of the central system: checkpoints of C2SP (tlog-checkpoint in a signed note), Ed25519 only."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text

MAX_NOTE = 16 * 1024  # characters
_ED25519 = b"\x01"  # signature type, see signed-note
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What central says it holds of one log."""

    origin: str  # "<central's name>/audit/<log id>"; also the name of the key in the signature line
    size: int
    root: bytes
    received: datetime
    nonce: str = ""  # as the laptop sent it: shows that the note, and so its time, is not an old one

    def signed(self, key: Ed25519PrivateKey) -> str:
        """The note's text."""
        text = self._text()
        signature = key.sign(text.encode())
        blob = base64.b64encode(_key_id(self.origin, key.public_key()) + signature).decode()
        return f"{text}\n{_DASH}{self.origin} {blob}\n"

    @classmethod
    def opened(cls, note: str, key: Ed25519PublicKey) -> "Checkpoint":
        """The checkpoint in `note`, if `key` signed it. AuditError(RECEIPT_BAD, RECEIPT_FORGED) otherwise."""
        checkpoint = cls.read(note)
        expected = _key_id(checkpoint.origin, key)
        for name, blob in _signatures(note):
            if name == checkpoint.origin and blob[:4] == expected:
                try:
                    key.verify(blob[4:], _split(note)[0].encode())
                except InvalidSignature as error:
                    raise AuditError(Text.RECEIPT_FORGED) from error
                return checkpoint
        raise AuditError(Text.RECEIPT_FORGED)

    @classmethod
    def read(cls, note: str) -> "Checkpoint":
        """The checkpoint in `note`, its signature unchecked. AuditError(RECEIPT_BAD)."""
        match = _CHECKPOINT.fullmatch(_split(note)[0])
        if match is None:
            raise AuditError(Text.RECEIPT_BAD)
        origin, size, root, received, nonce = match.groups(default="")
        try:
            return cls(origin, int(size), _hash(root), parse_iso(received), nonce)
        except ValueError as error:
            raise AuditError(Text.RECEIPT_BAD) from error

    def _text(self) -> str:
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), f"received {iso(self.received)}"]
        if self.nonce:
            lines.append(f"nonce {self.nonce}")
        return "".join(f"{line}\n" for line in lines)


def fingerprint(key: Ed25519PublicKey) -> str:
    """How people compare central's key: "SHA256:" and base64 without padding, as OpenSSH prints its own."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.public_bytes_raw()).digest()).decode().rstrip("=")


_CHECKPOINT = re.compile(
    r"([!-*,-~]{1,200})\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/]{43}=)\nreceived ([0-9T:.Z-]{20,30})\n"
    r"(?:nonce ([0-9a-f]{32})\n)?"
)


def _split(note: str) -> tuple[str, str]:
    """The signed text with its last line end, and the signature lines."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or len(note) > MAX_NOTE or not signatures.endswith("\n"):
        raise AuditError(Text.RECEIPT_BAD)
    return text + "\n", signatures


def _signatures(note: str) -> list[tuple[str, bytes]]:
    found = []
    for line in _split(note)[1].splitlines():
        name, _, blob = line.removeprefix(_DASH).partition(" ")
        try:
            found.append((name, binascii.a2b_base64(blob, strict_mode=True)))
        except (ValueError, binascii.Error) as error:
            raise AuditError(Text.RECEIPT_BAD) from error
    return found


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:4]


def _hash(text: str) -> bytes:
    data = binascii.a2b_base64(text, strict_mode=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 is not canonical")
    return data
