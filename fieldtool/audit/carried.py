"""Records that are carried by hand: the file for the central system, and the answer that comes back.

The export is NDJSON: a heading that says what the central system cannot see from the records alone, then each record
exactly as it is stored, then the documents that wait (journals of runs, evidence). The answer is one line of JSON
around the signed notes. Neither is believed by itself: records and documents are signed, and notes are.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.core.errors import AuditError, SyncError
from fieldtool.core.texts import Text

EXPORT, ANSWER = "fieldtool-audit-export", "fieldtool-audit-answer"
VERSION = 1
MAX_LINE = 64 * 1024  # bytes of a heading
MAX_ANSWER = 4 * 1024 * 1024  # bytes
MAX_ENTRY = 4 * 1024 * 1024  # bytes of a document; a record is far smaller


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
    """What central says to an export. Only the notes are signed; `code` and `what` say why it took no more."""

    note: str
    key: Ed25519PublicKey  # that signed the notes, as the answer claims: compare its fingerprint
    code: str = ""
    what: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)  # SHA-256 -> note

    def line(self) -> bytes:
        key = b64encode(self.key.public_bytes_raw()).decode()
        told = {ANSWER: VERSION, "note": self.note, "key": key, "code": self.code, "what": self.what}
        return _line(told | {"documents": dict(self.documents)})

    @classmethod
    def read(cls, line: bytes, file: str) -> "CarriedAnswer":
        """What stands in `file`. SyncError(ANSWER_BAD)."""
        found = _object(line, {ANSWER: int, "note": str, "key": str, "code": str, "what": str, "documents": dict})
        try:
            if found is None or found[ANSWER] != VERSION:
                raise ValueError
            if not all(isinstance(note, str) for note in found["documents"].values()):
                raise ValueError
            key = Ed25519PublicKey.from_public_bytes(b64decode(found["key"], validate=True))
        except ValueError as error:
            raise SyncError(Text.ANSWER_BAD, file=file) from error
        return cls(found["note"], key, found["code"], found["what"], found["documents"])


def lines(file: BinaryIO) -> Iterator[bytes]:
    """What stands in an export behind its heading. AuditError(EXPORT_CUT) at a line that is too long or has no end."""
    number = 1
    while line := file.readline(MAX_ENTRY + 2):
        number += 1
        if not line.endswith(b"\n"):
            raise AuditError(Text.EXPORT_CUT, line=number)
        yield line[:-1]


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _object(line: bytes, fields: dict[str, type]) -> dict[str, Any] | None:
    """The JSON object in `line`, if it has exactly these fields."""
    try:
        found = json.loads(line) if len(line) <= MAX_ANSWER else None
    except (ValueError, RecursionError):
        return None
    exact = isinstance(found, dict) and {name: type(value) for name, value in found.items()} == fields
    return found if exact else None
