"""Records that are carried by hand: the file for the central system, and the answer that comes back.

The export is NDJSON: a heading that says what the central system cannot see from the records alone, then each record
exactly as it is stored. The answer is one line of JSON around the signed note. Neither is believed by itself: records
are signed, and the note is.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.audit.record import MAX_ENVELOPE
from fieldtool.core.errors import AuditError, SyncError
from fieldtool.core.texts import Text

EXPORT, ANSWER = "fieldtool-audit-export", "fieldtool-audit-answer"
VERSION = 1
MAX_LINE = 64 * 1024  # bytes of a heading or an answer
BATCH = 1000  # records worked in at a time, and at most so many bytes
BATCH_BYTES = 4 * 1024 * 1024


_LOG, _KEY = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the records `after` + 1 to `size`."""

    log: str
    key: str  # id of the key that the log began with
    after: int
    size: int
    root: bytes  # of the records 1 to `size`

    def line(self) -> bytes:
        told = {EXPORT: VERSION, "log": self.log, "key": self.key, "after": self.after, "size": self.size}
        return _line(told | {"root": self.root.hex()})

    @classmethod
    def read(cls, line: bytes) -> "Heading":
        """AuditError(EXPORT_BAD)."""
        found = _object(line, {EXPORT: int, "log": str, "key": str, "after": int, "size": int, "root": str})
        try:
            if found is None or found[EXPORT] != VERSION or not 0 <= found["after"] <= found["size"]:
                raise ValueError
            if not _LOG.fullmatch(found["log"]) or not _KEY.fullmatch(found["key"]):
                raise ValueError
            return cls(found["log"], found["key"], found["after"], found["size"], bytes.fromhex(found["root"]))
        except ValueError as error:
            raise AuditError(Text.EXPORT_BAD) from error


@dataclass(frozen=True, slots=True)
class CarriedAnswer:
    """What central says to an export. Only the note is signed; `code` and `what` say why it took no more."""

    note: str
    key: Ed25519PublicKey  # that signed the note, as the answer claims: compare its fingerprint
    code: str = ""
    what: str = ""

    def line(self) -> bytes:
        key = b64encode(self.key.public_bytes_raw()).decode()
        return _line({ANSWER: VERSION, "note": self.note, "key": key, "code": self.code, "what": self.what})

    @classmethod
    def read(cls, line: bytes, file: str) -> "CarriedAnswer":
        """What stands in `file`. SyncError(ANSWER_BAD)."""
        found = _object(line, {ANSWER: int, "note": str, "key": str, "code": str, "what": str})
        try:
            if found is None or found[ANSWER] != VERSION:
                raise ValueError
            key = Ed25519PublicKey.from_public_bytes(b64decode(found["key"], validate=True))
        except ValueError as error:
            raise SyncError(Text.ANSWER_BAD, file=file) from error
        return cls(found["note"], key, found["code"], found["what"])


def batches(file: BinaryIO) -> Iterator[list[bytes]]:
    """The records of an export behind its heading. AuditError(EXPORT_CUT) at a line that is too long or has no end.

    What stands before such a line was given out by then.
    """
    kept: list[bytes] = []
    size, number = 0, 0
    while line := file.readline(MAX_ENVELOPE + 2):
        number += 1
        if not line.endswith(b"\n"):
            yield kept
            raise AuditError(Text.EXPORT_CUT, line=number + 1)
        if kept and (len(kept) == BATCH or size + len(line) > BATCH_BYTES):
            yield kept
            kept, size = [], 0
        kept.append(line[:-1])
        size += len(line)
    yield kept


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _object(line: bytes, fields: dict[str, type]) -> dict[str, Any] | None:
    """The JSON object in `line`, if it has exactly these fields."""
    try:
        found = json.loads(line) if len(line) <= MAX_LINE else None
    except (ValueError, RecursionError):
        return None
    exact = isinstance(found, dict) and {name: type(value) for name, value in found.items()} == fields
    return found if exact else None
