"""The evidence file: the document in a DSSE envelope, signed with the laptop's audit key."""

from pathlib import Path

from fieldtool.audit import dsse
from fieldtool.audit.keys import LaptopSigner
from fieldtool.core.errors import AuditError, UsageError
from fieldtool.core.texts import Text
from fieldtool.report.document import MAX_BYTES, PAYLOAD_TYPE, Document, encode

MAX_FILE = 4 * MAX_BYTES  # of a PDF with its attachment, too


def sign(document: Document, signer: LaptopSigner) -> bytes:
    """The file's bytes: one line and its end. ValueError when the signer is not the document's last key."""
    if signer.key_id != document.key_id:
        raise ValueError(f"{signer.key_id} does not sign for {document.key_id}")
    return dsse.seal(PAYLOAD_TYPE, encode(document), signer) + b"\n"


def envelope_of(file: bytes) -> dsse.Sealed:
    """Its parts, unverified. AuditError: EVIDENCE_NOT_OURS, EVIDENCE_ALTERED."""
    if not file.startswith(b'{"payload":"') or len(file) > MAX_FILE:
        raise AuditError(Text.EVIDENCE_NOT_OURS, detail="it does not begin as one")
    if not file.endswith(b"\n"):
        raise AuditError(Text.EVIDENCE_ALTERED, place="its end is missing")
    try:
        return dsse.split(PAYLOAD_TYPE, file[:-1])
    except ValueError as error:
        raise AuditError(Text.EVIDENCE_ALTERED, place=f"the envelope's {error}") from error


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
