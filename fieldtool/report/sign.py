"""The evidence file: the document in a DSSE envelope, signed with the laptop's audit key."""

import re
from base64 import b64decode
from pathlib import Path

from fieldtool.audit import dsse
from fieldtool.audit.keys import LaptopSigner
from fieldtool.core.errors import AuditError, UsageError
from fieldtool.core.texts import Text
from fieldtool.report.document import PAYLOAD_TYPE, Document
from fieldtool.report.spelling import MAX_BYTES, encode, near

_BEGIN = b'{"payload":"'
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")
MAX_FILE = 4 * MAX_BYTES  # of a PDF with its attachment, too


def sign(document: Document, signer: LaptopSigner) -> bytes:
    """The file's bytes: one line and its end. ValueError when the signer is not the document's last key."""
    if signer.key_id != document.key_id:
        raise ValueError(f"{signer.key_id} does not sign for {document.key_id}")
    return dsse.seal(PAYLOAD_TYPE, encode(document), signer) + b"\n"


def envelope_of(file: bytes) -> dsse.Sealed:
    """Its parts, unverified. AuditError: EVIDENCE_NOT_OURS, EVIDENCE_ALTERED."""
    if not file.startswith(_BEGIN) or len(file) > MAX_FILE:
        raise AuditError(Text.EVIDENCE_NOT_OURS, detail="it does not begin as one")
    if not file.endswith(b"\n"):
        raise AuditError(Text.EVIDENCE_ALTERED, place="its end is missing")
    try:
        return dsse.split(PAYLOAD_TYPE, file[:-1])
    except ValueError as error:
        raise AuditError(Text.EVIDENCE_ALTERED, place=_place(str(error), file)) from error


def _place(part: str, file: bytes) -> str:
    """Where a part is not what it should be. Of the document in it: the field behind which it can be read no more."""
    text = file[len(_BEGIN) :]
    readable = _BASE64.match(text)
    if part != "payload" or readable is None:
        return f"the envelope's {part}"
    whole = readable[0][: len(readable[0]) // 4 * 4]
    return f"the document cannot be read, {near(b64decode(whole), len(whole) // 4 * 3)}"


def read(file: Path) -> bytes:
    """UsageError(FILE_UNREADABLE); AuditError(EVIDENCE_NOT_OURS) when it is larger than evidence is."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=error.strerror or str(error)) from error
    if len(content) > MAX_FILE:
        raise AuditError(Text.EVIDENCE_NOT_OURS, detail="it is too large")
    return content
