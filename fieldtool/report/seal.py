"""The seal of a PDF: one line behind its end, which signs every byte before it and says where the attachment lies.

Readers of PDF look for %%EOF in the last kilobyte and skip what begins with "%". Whoever saves the PDF anew loses the
seal; the attached document still holds by itself.
"""

import hashlib
import json
import re
import zlib
from dataclasses import dataclass

from fieldtool.audit import dsse
from fieldtool.audit.keys import LaptopSigner
from fieldtool.core.errors import AuditError
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.texts import Text
from fieldtool.report.spelling import MAX_BYTES

PDF = b"%PDF-"  # how such a file begins
PAYLOAD_TYPE = "application/vnd.fieldtool.evidence-pdf.v1+json"
_MARK = b"%fieldtool-seal "
_STREAM = re.compile(rb"stream\r?\n")


@dataclass(frozen=True, slots=True)
class Seal:
    v: int
    length: int  # of the PDF before the seal
    sha256: str  # of the PDF before the seal
    document: str  # SHA-256 of the attached document
    at: int  # where the attachment's stream begins
    size: int  # of that stream


@dataclass(frozen=True, slots=True)
class Sealed:
    """A PDF taken apart; nothing is verified but that it has this form."""

    pdf: bytes
    seal: Seal
    envelope: dsse.Sealed
    attached: bytes


def seal(pdf: bytes, signed: bytes, signer: LaptopSigner) -> bytes:
    """The PDF with its seal. ValueError when `signed` is not attached to it."""
    at, size = _find(pdf, signed)
    told = Seal(1, len(pdf), hashlib.sha256(pdf).hexdigest(), hashlib.sha256(signed).hexdigest(), at, size)
    payload = json.dumps(to_plain(told), sort_keys=True, separators=(",", ":")).encode()
    return pdf + _MARK + dsse.seal(PAYLOAD_TYPE, payload, signer) + b"\n"


def unseal(file: bytes) -> Sealed:
    """AuditError(EVIDENCE_ALTERED): the seal or the attachment is gone or cannot be read."""
    begin = file.rfind(_MARK)
    if begin < 0 or not file.endswith(b"\n"):
        raise AuditError(Text.EVIDENCE_ALTERED, place="the seal at the end of the PDF is missing")
    try:
        envelope = dsse.split(PAYLOAD_TYPE, file[begin + len(_MARK) : -1])
        told = from_plain(Seal, json.loads(envelope.payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AuditError(Text.EVIDENCE_ALTERED, place="the seal at the end of the PDF") from error
    return Sealed(file[:begin], told, envelope, _inflated(file[told.at : told.at + told.size]))


def _inflated(stream: bytes) -> bytes:
    """The attachment; a stream that grows without end is cut off, and then does not hold."""
    try:
        unpack = zlib.decompressobj()
        return unpack.decompress(stream, 2 * MAX_BYTES)
    except zlib.error as error:
        raise AuditError(Text.EVIDENCE_ALTERED, place="the attachment of the PDF") from error


def _find(pdf: bytes, signed: bytes) -> tuple[int, int]:
    for match in _STREAM.finditer(pdf):
        end = pdf.find(b"endstream", match.end())
        unpack = zlib.decompressobj()
        try:
            if unpack.decompress(pdf[match.end() : end], len(signed) + 1) == signed:
                return match.end(), end - match.end() - len(unpack.unused_data)
        except zlib.error:
            continue  # a font or a page that is not packed
    raise ValueError("the document is not attached to this PDF")
