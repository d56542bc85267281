"""Does this evidence hold? Needs the file and the fingerprint of a key that is trusted; no database, no network.

Trusted may be a key of the laptop's log, or the key with which the central system signs receipts. The second is enough
because the document carries how the log began, and proofs that central holds those records: its tree names the key.
"""

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.audit import dsse
from fieldtool.audit.checkpoint import Checkpoint, fingerprint
from fieldtool.audit.keys import PublicKey
from fieldtool.audit.log import OPENED
from fieldtool.audit.record import Record, leaf, peek
from fieldtool.audit.rollover import ROLLED, KeyChain
from fieldtool.core.errors import AuditError, UsageError
from fieldtool.core.model import same_serial
from fieldtool.core.texts import Text
from fieldtool.report.document import PAYLOAD_TYPE, Attached, Document, Receipt, Run
from fieldtool.report.proof import root_of
from fieldtool.report.seal import PAYLOAD_TYPE as SEAL_TYPE
from fieldtool.report.seal import PDF, unseal
from fieldtool.report.sign import envelope_of
from fieldtool.report.spelling import altered, decode, parsed
from fieldtool.update.run import Outcome


@dataclass(frozen=True, slots=True)
class Trust:
    """The fingerprints that whoever verifies has from elsewhere."""

    laptops: frozenset[str]  # SHA-256 of SubjectPublicKeyInfo, hexadecimal
    centrals: frozenset[str]  # "SHA256:...", of receipt keys
    keys: tuple[Ed25519PublicKey, ...] = ()  # of those, the ones that were given whole


@dataclass(frozen=True, slots=True)
class Verdict:
    """Evidence that holds."""

    document: Document
    by_laptop: bool  # a trusted key of the laptop's log stands behind it
    by_central: bool  # a trusted central system's receipt covers how its log began, and so its key
    receipted: int  # of its audit records, that the receipt covers
    records: int


def trust(roots: Sequence[str]) -> Trust:
    """UsageError: EVIDENCE_NO_ROOT, EVIDENCE_ROOT_BAD."""
    if not roots:
        raise UsageError(Text.EVIDENCE_NO_ROOT)
    laptops, centrals, keys = set(), set(), []
    for given in (one.strip() for one in roots):
        if _LAPTOP.fullmatch(given.lower()):
            laptops.add(given.lower())
        elif _CENTRAL.fullmatch(given):
            centrals.add(given)
        elif _KEY.fullmatch(given):
            keys.append(_ed25519(given))
        else:
            raise UsageError(Text.EVIDENCE_ROOT_BAD, given=given[:100])
    return Trust(frozenset(laptops), frozenset(centrals | {fingerprint(key) for key in keys}), tuple(keys))


def verify(file: bytes, trusted: Trust) -> Verdict:
    """Of the signed JSON, or of the PDF that it is attached to.

    AuditError: EVIDENCE_ALTERED names the place; EVIDENCE_NOT_OURS, EVIDENCE_ROOT_OTHER, EVIDENCE_KEY_NEEDED,
    EVIDENCE_NOT_COVERED.
    """
    return _verify_pdf(file, trusted) if file.startswith(PDF) else _verify(file, trusted)


def _verify_pdf(file: bytes, trusted: Trust) -> Verdict:
    """The attachment first: if that was altered, it names the place; then every byte around it, by the seal."""
    taken = unseal(file)
    try:
        verdict = _verify(taken.attached, trusted)
    except AuditError as error:
        place = error.params.get("place", error.what.rstrip("."))
        if error.text in (Text.EVIDENCE_ALTERED, Text.EVIDENCE_NOT_OURS):
            _refuse(f"the attachment of the PDF: {place}", error)
        raise
    key = PublicKey.from_spki(verdict.document.keys[-1].spki)
    envelope = taken.envelope
    if envelope.key_id != key.key_id or not key.fits(envelope.signature, dsse.pae(SEAL_TYPE, envelope.payload)):
        _refuse("the seal at the end of the PDF")
    found = (len(taken.pdf), hashlib.sha256(taken.pdf).hexdigest())
    if found != (taken.seal.length, taken.seal.sha256):
        _refuse("the pages of the PDF; the document that is attached to it holds")
    if hashlib.sha256(taken.attached).hexdigest() != taken.seal.document:
        _refuse("the attachment of the PDF is another one")
    return verdict


def _verify(file: bytes, trusted: Trust) -> Verdict:
    sealed = envelope_of(file)
    document = _signed(sealed)
    chain = _key_chain(document)
    _check_records(document, chain)
    covered, central = _check_receipt(document, trusted.keys)
    for number, run in enumerate(document.runs):
        _check_run(document, number, run)
    by_laptop = not trusted.laptops.isdisjoint(key.id for key in document.keys)
    known = central is not None and fingerprint(central) in trusted.centrals
    by_central = known and _is_covered(document)
    if not by_laptop and not by_central:
        if known:
            raise AuditError(Text.EVIDENCE_NOT_COVERED)
        if document.receipt is not None and central is None and len(trusted.centrals) > len(trusted.keys):
            raise AuditError(Text.EVIDENCE_KEY_NEEDED)
        raise AuditError(Text.EVIDENCE_ROOT_OTHER, found=document.key_id)
    return Verdict(document, by_laptop, by_central, covered, len(document.records))


# ---- the document ----------------------------------------------------------------------------------------------------


def _signed(sealed: dsse.Sealed) -> Document:
    """The document, if the key that it names last has signed it. Whether that key is trusted is asked later."""
    try:
        plain = parsed(sealed.payload)
    except ValueError as error:
        _refuse(f"the document cannot be read, {error}", error)
    try:
        document = decode(sealed.payload)
        key = PublicKey.from_spki(document.keys[-1].spki)
    except (ValueError, IndexError, AuditError) as error:
        place = altered(plain)
        _refuse(f"the field {place}" if place else f"the document, {_words(error)}", error)
    if sealed.key_id != key.key_id or key.key_id != document.key_id:
        place = altered(plain)
        _refuse(f"the field {place}" if place else "the envelope's keyid")
    if not key.fits(sealed.signature, dsse.pae(PAYLOAD_TYPE, sealed.payload)):
        _refuse(_place_of(plain, document))
    if place := altered(plain):
        _refuse(f"the field {place}")  # signed, but by somebody who does not make them as we do
    return document


def _place_of(plain: Mapping[str, object], document: Document) -> str:
    """What was altered in a document whose signature does not fit: found by its checksums, which prove nothing."""
    place = altered(plain)
    match = _RECORD.match(place)
    if match is not None:
        return f"audit record {document.records[int(match[1])].seq}, field {place}"
    return f"the field {place}" if place else "its signature, or its list of checksums"


# ---- keys and records ------------------------------------------------------------------------------------------------


def _key_chain(document: Document) -> Mapping[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    for number, one in enumerate(document.keys):
        try:
            key = PublicKey.from_spki(one.spki)
        except AuditError as error:
            _refuse(f"keys[{number}].spki", error)
        if key.key_id != one.id or one.id in keys:
            _refuse(f"keys[{number}].id")
        keys[one.id] = key
    return keys


def _check_records(document: Document, keys: Mapping[str, PublicKey]) -> None:
    """Each is signed by the key whose turn it is, belongs to the log, and follows the one before it."""
    if not document.records or document.records[0].seq != 1:
        _refuse("records: how the log was opened is missing")
    chain = KeyChain(keys[document.keys[0].id])
    before: tuple[int, str] = (0, "0" * 64)
    for one in document.records:
        envelope = one.envelope.encode("ascii", errors="replace")
        try:
            record = chain.open(envelope)
        except AuditError as error:
            _refuse(f"audit record {one.seq}: {_words(error)}", error)
        if record.log != document.log.id or record.seq != one.seq:
            _refuse(f"audit record {one.seq}: it is record {record.seq} of the log {record.log[:16]}")
        if record.seq <= before[0] or (record.seq == before[0] + 1 and record.prev != before[1]):
            _refuse(f"audit record {one.seq}: it does not follow record {before[0]}")
        before = record.seq, leaf(envelope).hex()
    opened = peek(document.records[0].envelope.encode("ascii"))
    if opened.event.event == OPENED and opened.event.seen.get("key") != document.keys[0].id:
        _refuse("keys[0].id: the log was opened with another key")
    introduced = [document.keys[0].id, *(_introduced(one) for one in document.records if _is_roll(one))]
    if introduced != [key.id for key in document.keys]:
        _refuse("keys: they are not those that the log introduces")


def _is_roll(one: Attached) -> bool:
    return peek(one.envelope.encode("ascii")).event.event == ROLLED


def _introduced(one: Attached) -> str:
    return str(peek(one.envelope.encode("ascii")).event.seen.get("key"))


# ---- receipt ---------------------------------------------------------------------------------------------------------


def _check_receipt(document: Document, given: Sequence[Ed25519PublicKey]) -> tuple[int, Ed25519PublicKey | None]:
    """Note and proofs agree with each other and with the document.

    Returns how many of its records central has confirmed, and the key that signed so; None: nobody knows that key.
    """
    told = document.receipt
    proved = [one for one in document.records if one.proof is not None]
    if told is None:
        if proved:
            _refuse(f"audit record {proved[0].seq}: it has a proof, and there is no receipt")
        return 0, None
    checkpoint, key = _checkpoint(told, given)
    facts = (told.origin, told.size, told.root, told.received)
    if facts != (checkpoint.origin, checkpoint.size, checkpoint.root.hex(), checkpoint.received):
        _refuse("receipt: it is not what its note says")
    if not checkpoint.origin.endswith(f"/audit/{document.log.id}") or checkpoint.size > document.log.size:
        _refuse("receipt.origin: it is for another log")
    for one in document.records:
        if (one.proof is not None) != (one.seq <= checkpoint.size):
            _refuse(f"audit record {one.seq}: its proof")
        if one.proof is not None and _root(one, checkpoint.size) != checkpoint.root:
            _refuse(f"audit record {one.seq}: its proof does not lead to the receipt")
    return len(proved), key


def _checkpoint(told: Receipt, given: Sequence[Ed25519PublicKey]) -> tuple[Checkpoint, Ed25519PublicKey | None]:
    """By the key in the document, else by one that was given."""
    try:
        if told.key is not None:
            key = _ed25519(told.key)
            return Checkpoint.opened(told.note, key), key
        for key in given:
            with suppress(AuditError):  # another central's
                return Checkpoint.opened(told.note, key), key
        return Checkpoint.read(told.note), None
    except (AuditError, ValueError) as error:
        _refuse("receipt.note" if isinstance(error, AuditError) else "receipt.key", error)


def _root(one: Attached, size: int) -> bytes | None:
    try:
        proof = [bytes.fromhex(text) for text in one.proof or ()]
    except ValueError as error:
        _refuse(f"audit record {one.seq}: its proof", error)
    return root_of(leaf(one.envelope.encode("ascii")), one.seq, size, proof)


def _is_covered(document: Document) -> bool:
    """Does the receipt cover how the log began, and every key that it introduced since?"""
    needed = [document.records[0], *(one for one in document.records if _is_roll(one))]
    opened = peek(needed[0].envelope.encode("ascii"))
    return opened.event.event == OPENED and all(one.proof is not None for one in needed)


def _ed25519(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError(str(error)) from error


# ---- what the records say, against what the document says ------------------------------------------------------------


def _check_run(document: Document, number: int, run: Run) -> None:
    """The facts that stand in the audit records too must be the same."""
    by_seq = {one.seq: peek(one.envelope.encode("ascii")) for one in document.records}
    place = f"runs[{number}]"
    own = [by_seq[seq] for seq in run.records if seq in by_seq]
    if not own or len(own) != len(run.records):
        _refuse(f"{place}.records: not all are attached")
    images = {leg.image.sha256 for leg in run.legs}
    for record in own:
        if record.event.run != run.id or not same_serial(record.event.charger, run.serial):
            _refuse(f"{place}: record {record.seq} is about another run")
        if record.event.fw_sha256 not in images:
            _refuse(f"{place}.legs: record {record.seq} names another image")
        if record.actor != run.technician and record.event.event == "run-started":
            _refuse(f"{place}.technician: record {record.seq} names another person")
    if _outcome(own) != run.outcome:
        _refuse(f"{place}.outcome: the records say {_outcome(own)}")


def _outcome(records: Sequence[Record]) -> Outcome:
    ended = [one for one in records if one.event.event == "run-ended"]
    return Outcome(str(ended[-1].event.seen.get("phase"))) if ended else Outcome.WAITING


def _refuse(place: str, cause: Exception | None = None) -> NoReturn:
    raise AuditError(Text.EVIDENCE_ALTERED, place=place) from cause


def _words(error: Exception) -> str:
    words = error.what if isinstance(error, AuditError) else str(error)
    return words.rstrip(".")[:300]


_LAPTOP = re.compile(r"[0-9a-f]{64}")
_CENTRAL = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")
_RECORD = re.compile(r"records\[(\d+)\]")
