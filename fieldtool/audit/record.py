"""Audit record format v1: a DSSE envelope around a JSON payload (design/trust.md section 4).

What is stored, hashed and sent is the exact text of the envelope, one line of ASCII. It is verified as it stands and
never encoded again, so an auditor with openssl, jq and xxd sees the very bytes that were signed.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, Protocol

from fieldtool.audit import dsse
from fieldtool.audit.dsse import Signer as Signer
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text

VERSION = 1
PAYLOAD_TYPE = "application/vnd.fieldtool.audit.v1+json"
NO_RECORD = "0" * 64  # `prev` of the first record
MAX_ENVELOPE = 256 * 1024  # bytes; above the largest that `encode` can make
MAX_FACTS = 64  # per record, told and seen each
MAX_FACT = 1000  # characters: a charger chooses what it tells, it must not choose how large our records are

Fact = str | int | bool | None
NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth a record. Facts told by the device are kept apart from facts that fieldtool saw itself."""

    event: str  # "run-started": lower case, words joined by "-"
    charger: str = ""  # serial
    component: str = ""
    told: Mapping[str, Fact] = field(default_factory=lambda: NO_FACTS)
    seen: Mapping[str, Fact] = field(default_factory=lambda: NO_FACTS)
    fw_sha256: str = ""
    run: str = ""
    grant: str = ""

    def __post_init__(self) -> None:
        if not _EVENT.fullmatch(self.event):
            raise ValueError(f"no name for an event: {self.event!r}")
        object.__setattr__(self, "charger", _cut(self.charger))
        object.__setattr__(self, "component", _cut(self.component))
        object.__setattr__(self, "told", _facts(self.told))
        object.__setattr__(self, "seen", _facts(self.seen))


@dataclass(frozen=True, slots=True)
class Record:
    """One link of the chain, parsed."""

    log: str
    seq: int  # 1, 2, 3 ... without a gap
    prev: str  # hex leaf hash of record seq-1
    at: datetime
    clock: str  # how sure we are of `at`
    actor: str  # pseudonym, see audit.actor
    event: Event


class Verifier(Protocol):
    @property
    def key_id(self) -> str: ...
    def fits(self, signature: bytes, data: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope taken apart. Its signature is unchecked: ask `fits` before anything in it is believed."""

    record: Record
    key_id: str  # that it claims to be signed with
    payload: bytes
    signature: bytes

    def fits(self, verifier: Verifier) -> bool:
        """Did the key of `verifier` sign it?"""
        return self.key_id == verifier.key_id and verifier.fits(self.signature, dsse.pae(PAYLOAD_TYPE, self.payload))


def seal(record: Record, signer: Signer) -> bytes:
    """The signed envelope of `record`: one line without its line end."""
    return dsse.seal(PAYLOAD_TYPE, encode(record), signer)


def opened(envelope: bytes) -> Opened:
    """The parts of `envelope`. AuditError when unreadable."""
    payload, key_id, signature = _split(envelope)
    return Opened(decode(payload), key_id, payload, signature)


def unseal(envelope: bytes, verifier: Verifier) -> Record:
    """The record in `envelope`, if the key of `verifier` signed it. AuditError otherwise."""
    found = opened(envelope)
    if not found.fits(verifier):
        raise AuditError(Text.AUDIT_SIGNATURE_BAD, seq=str(found.record.seq))
    return found.record


def peek(envelope: bytes) -> Record:
    """The record in `envelope`, its signature unchecked: for lists of our own log. AuditError when unreadable."""
    return opened(envelope).record


def leaf(envelope: bytes) -> bytes:
    """Leaf hash of RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + envelope).digest()


def encode(record: Record) -> bytes:
    event = record.event
    content = {
        "v": VERSION,
        "log": record.log,
        "seq": record.seq,
        "prev": record.prev,
        "t": iso(record.at),
        "clock": record.clock,
        "event": event.event,
        "actor": record.actor,
        "charger": event.charger,
        "component": event.component,
        "told": dict(event.told),
        "seen": dict(event.seen),
        "fw_sha256": event.fw_sha256,
        "run": event.run,
        "grant": event.grant,
    }
    return _JSON.encode(content).encode()


def decode(payload: bytes) -> Record:
    """The inverse of `encode`. Unknown, missing and doubled fields are refused: AuditError."""
    try:
        content = _PARSER.decode(payload.decode())
        if not isinstance(content, dict) or {name: type(value) for name, value in content.items()} != _FIELDS:
            raise ValueError("its fields are not those of version 1")
        if content["v"] != VERSION or content["seq"] < 1 or not _HEX64.fullmatch(content["prev"]):
            raise ValueError("version, number or link make no sense")
        return _record(content)
    except (ValueError, RecursionError) as error:
        raise AuditError(Text.AUDIT_RECORD_BAD, seq=_claimed_seq(payload), detail=str(error)) from error


def _record(content: dict[str, Any]) -> Record:
    event = Event(
        event=content["event"],
        charger=content["charger"],
        component=content["component"],
        told=_checked(content["told"]),
        seen=_checked(content["seen"]),
        fw_sha256=content["fw_sha256"],
        run=content["run"],
        grant=content["grant"],
    )
    at = parse_iso(content["t"])
    return Record(content["log"], content["seq"], content["prev"], at, content["clock"], content["actor"], event)


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_EVENT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_FIELDS = dict.fromkeys(("log", "prev", "t", "clock", "event", "actor"), str) | {
    "v": int, "seq": int, "charger": str, "component": str, "told": dict, "seen": dict,
    "fw_sha256": str, "run": str, "grant": str,
}  # fmt: skip

# The envelope has one spelling only: whoever could write it in another way could fork a log without its key.
_ENVELOPE = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/]+={0,2})","payloadType":"'
    + re.escape(PAYLOAD_TYPE).encode()
    + rb'","signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]+={0,2})"\}\]\}'
)


def _split(envelope: bytes) -> tuple[bytes, str, bytes]:
    """Payload, key id, signature."""
    match = _ENVELOPE.fullmatch(envelope) if len(envelope) <= MAX_ENVELOPE else None
    if match is None:
        raise AuditError(Text.AUDIT_RECORD_BAD, seq="?", detail="it is no envelope of version 1")
    return _unbase64(match[1]), match[2].decode(), _unbase64(match[3])


def _unbase64(text: bytes) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise AuditError(Text.AUDIT_RECORD_BAD, seq="?", detail=str(error)) from error
    if base64.b64encode(data) != text:  # unused bits of the last letter are a second spelling
        raise AuditError(Text.AUDIT_RECORD_BAD, seq="?", detail="its base64 is not canonical")
    return data


def _claimed_seq(payload: bytes) -> str:
    match = re.search(rb'"seq":(\d{1,15})[,}]', payload)
    return match[1].decode() if match else "?"


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a field occurs twice")
    return content


_PARSER = json.JSONDecoder(object_pairs_hook=_without_doubles)


def _checked(facts: dict[str, Any]) -> dict[str, Fact]:
    if not all(fact is None or type(fact) in (str, int, bool) for fact in facts.values()):
        raise ValueError("a fact is no plain value")
    return facts


def _facts(facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    if not facts:
        return NO_FACTS
    kept = islice(facts.items(), MAX_FACTS)
    return MappingProxyType({_cut(name): _cut(fact) if isinstance(fact, str) else fact for name, fact in kept})


def _cut(text: str) -> str:
    if text.isascii() and len(text) <= MAX_FACT:
        return text
    plain = text.encode(errors="replace").decode()  # a device may tell half a character
    return plain if len(plain) <= MAX_FACT else plain[: MAX_FACT - 1] + "…"
